/* live_ops.h - what every kind of live capture provides to capture/live.c: one table per kind. */
#pragma once

#include "capture/bypass.h"
#include "capture/live.h"

struct live_ops { /* each as the live_ function of that name */
	int (*open)(void **state, const struct live_options *options, struct fault *fault);
	void (*close)(void *state);
	const char *(*note)(const void *state);
	/* NULL: what went away stays away */
	void (*link)(void *state, const char *name, unsigned index, bool is_up);
	size_t (*next)(void *state, uint32_t worker, struct packet *packets, size_t most,
		       int wait_ms);
	size_t (*answers)(void *state, uint32_t worker, struct packet *packets, size_t most);
	void (*finish)(void *state, uint32_t worker); /* NULL: nothing has to be done */
	struct bypass *(*bypass)(void *state);        /* NULL: there is none */
	bool (*stats)(void *state, size_t interface, struct live_stats *stats);
};

extern const struct live_ops afpacket_ops;
extern const struct live_ops live_pcap_ops;
extern const struct live_ops afxdp_ops;
