/* Any bytes as a capture file, read mapped and through a pipe: both must give the same packets and
 * the same damage, and every byte handed out must be readable. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "capture/source.h"

#define INPUT_MAX (64 * 1024) /* what a pipe holds without a reader */
#define BATCH 5               /* small: so that batches meet refills */

struct result {
	int error;
	uint64_t packets, bytes, damaged, hash;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct result *result, const struct packet *packet)
{
	const struct hash_seed seed = { { result->hash, packet->time_ns } };

	if (packet->sequence != result->packets || packet->captured > packet->length)
		abort();
	result->packets++;
	result->bytes += packet->length;
	result->hash = hash_bytes(&seed, packet->data, packet->captured) + packet->link +
		       ((uint64_t)packet->port << 32);
}

static struct result read_fd(int fd)
{
	struct result result = { 0 };
	struct packet packets[BATCH];
	struct source *source;
	struct fault fault = { 0 };
	char path[32];
	size_t got;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	const char *paths[] = { path };
	result.error = source_open(&source, paths, 1, NULL, &fault);
	if (result.error) {
		if (!fault.text[0])
			abort();
		return result;
	}
	while ((got = source_next(source, packets, BATCH)) > 0) {
		for (size_t i = 0; i < got; i++)
			take(&result, &packets[i]);
	}
	struct source_progress progress = source_progress(source);
	const struct fault *texts;

	result.damaged = progress.files_damaged;
	if (progress.packets != result.packets || progress.bytes != result.bytes ||
	    source_damage(source, &texts) != result.damaged)
		abort();
	source_close(source);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int file, ends[2];

	if (size > INPUT_MAX)
		return -1;
	file = memfd_create("capture", MFD_CLOEXEC);
	if (file < 0 || write(file, data, size) != (ssize_t)size || pipe2(ends, O_CLOEXEC) != 0 ||
	    write(ends[1], data, size) != (ssize_t)size)
		abort();
	close(ends[1]);
	struct result mapped = read_fd(file), streamed = read_fd(ends[0]);
	close(file);
	close(ends[0]);
	if (memcmp(&mapped, &streamed, sizeof(mapped)) != 0)
		abort();
	return 0;
}
