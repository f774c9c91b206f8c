#include "tool/progress.h"

#include <stdio.h>
#include <time.h>

#include "base/units.h"

#define INTERVAL_NS (100 * NS_PER_MS)

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void progress_draw(void *context, const struct source_progress *source)
{
	struct progress *progress = context;
	uint64_t now_ns = monotonic_ns();

	if (now_ns < progress->next_ns)
		return;
	progress->next_ns = now_ns + INTERVAL_NS;
	progress->shown = true;
	fprintf(stderr, "\r\033[K%llu packets, %llu MB", (unsigned long long)source->packets,
		(unsigned long long)(source->bytes_done / 1000000));
	if (source->bytes_total != 0)
		fprintf(stderr, " of %llu MB (%u %%)",
			(unsigned long long)(source->bytes_total / 1000000),
			(unsigned)(source->bytes_done * 100 / source->bytes_total));
	fflush(stderr);
}

void progress_clear(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
