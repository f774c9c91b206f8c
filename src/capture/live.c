#include "capture/live.h"

#include <errno.h>
#include <stdlib.h>

#include "capture/live_ops.h"

struct live {
	const struct live_ops *ops;
	void *state;
};

static const struct live_ops *const kinds[] = {
	[LIVE_AFPACKET] = &afpacket_ops,
	[LIVE_PCAP] = &live_pcap_ops,
	[LIVE_AFXDP] = &afxdp_ops,
};

int live_open(struct live **live, const struct live_options *options, struct fault *fault)
{
	struct live *opened;
	int error;

	*live = NULL;
	if (options->kind >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[options->kind] ||
	    options->interface_count == 0 || options->interface_count > LIVE_INTERFACES_MAX ||
	    options->workers == 0 || options->workers > LIVE_WORKERS_MAX)
		return -EINVAL;
	if (options->filter && options->kind != LIVE_PCAP) {
		fault_set(fault,
			  "a filter expression needs --capture pcap: elsewhere the kernel runs "
			  "pewit's own program in that place");
		return -EINVAL;
	}
	opened = malloc(sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->ops = kinds[options->kind];
	error = opened->ops->open(&opened->state, options, fault);
	if (error) {
		free(opened);
		return error;
	}
	*live = opened;
	return 0;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	live->ops->close(live->state);
	free(live);
}

void live_link(struct live *live, const char *name, unsigned index, bool is_up)
{
	if (live->ops->link)
		live->ops->link(live->state, name, index, is_up);
}

const char *live_note(const struct live *live)
{
	return live->ops->note(live->state);
}

size_t live_next(struct live *live, uint32_t worker, struct packet *packets, size_t most,
		 int wait_ms)
{
	return live->ops->next(live->state, worker, packets, most, wait_ms);
}

size_t live_answers(struct live *live, uint32_t worker, struct packet *packets, size_t most)
{
	return live->ops->answers(live->state, worker, packets, most);
}

void live_finish(struct live *live, uint32_t worker)
{
	if (live->ops->finish)
		live->ops->finish(live->state, worker);
}

bool live_insert(struct live *live, uint32_t worker, const struct bypass_key *key)
{
	struct bypass *bypass = live->ops->bypass(live->state);

	return bypass && bypass_insert(bypass, worker, key);
}

bool live_take(struct live *live, const struct bypass_key *key, struct bypass_count *count)
{
	return bypass_take(live->ops->bypass(live->state), key, count);
}

void live_pass(struct live *live, const struct bypass_key *key)
{
	bypass_pass(live->ops->bypass(live->state), key);
}

bool live_end(struct live *live, uint32_t worker, const struct bypass_key *key,
	      struct bypass_count *count)
{
	return bypass_end(live->ops->bypass(live->state), worker, key, count);
}

bool live_stats(struct live *live, size_t interface, struct live_stats *stats)
{
	return live->ops->stats(live->state, interface, stats);
}
