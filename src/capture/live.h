/* live.h - frames from interfaces, as they pass. The host's own traffic is never touched.
 *
 * One `struct live` stands for all interfaces and all workers: a frame goes to the worker that its
 * inner five-tuple says, both directions to one. Each worker takes its frames in its own thread;
 * nothing is shared between them, and nothing here blocks longer than it is told to.
 *
 * The law, to the packet: received = processed + bypassed + dropped (live_stats()).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/bpf_shared.h"
#include "pewit/packet.h"

#define LIVE_INTERFACES_MAX 16
#define LIVE_WORKERS_MAX 16

enum live_kind {
	LIVE_AFPACKET, /* AF_PACKET rings: the default; forwarding is not touched */
	LIVE_AFXDP,    /* takes frames from the stack: mirror ports only */
	LIVE_PCAP,     /* libpcap: whatever else it can open; one worker, no bypass */
};

enum live_direction {
	LIVE_BOTH, /* a host: its own frames too */
	LIVE_IN,   /* an appliance: each forwarded frame once, as it arrives */
};

struct live_options {
	const char *const *interfaces; /* names; at most LIVE_INTERFACES_MAX */
	size_t interface_count;
	uint32_t workers;   /* 1 to LIVE_WORKERS_MAX */
	uint8_t kind;       /* enum live_kind */
	uint8_t direction;  /* enum live_direction */
	const char *filter; /* pcap-filter(7), LIVE_PCAP alone; or NULL */
	bool promiscuous;   /* taken back when the capture ends */
	size_t ring_bytes;  /* per worker and interface; rounded to whole blocks */
	uint32_t bypass;    /* flows that may be bypassed at once; 0: none */
	uint32_t refresh_s; /* a bypassed flow passes a frame up this often */
	const uint16_t *vxlan_ports, *geneve_ports; /* as decode's; 0 ends them */
	bool take_frames; /* LIVE_AFXDP even where the host uses or forwards what it takes */
	bool wait_for_interfaces; /* one that is not there yet is no error: live_link() brings it */
	/* A new packet socket without a protocol, as socket(AF_PACKET, SOCK_RAW, 0), or -errno: all that
	 * opening again needs privileges for. From workers' threads. NULL: the capture calls socket(). */
	int (*packet_socket)(void *context);
	void *packet_socket_context;
};

struct live;

/* Opens everything that needs privileges: call before they are dropped. 0 and *live, given
 * (live_close()), or -errno with what to do in fault. Bypass that cannot be had (an old kernel, no
 * privilege) is no error: see live_note(). */
int live_open(struct live **live, const struct live_options *options, struct fault *fault);
void live_close(struct live *live); /* NULL is allowed */

/* What became of an interface, by its name: index 0 when it is gone. Its workers close the rings of an
 * index that is gone, once what they hold has been handed out, and open those of a new one, each at its next
 * live_next(). Counts go on where they were. Names that the capture does not know are passed over, as are
 * kinds of capture that cannot. From one thread alone, the one that calls live_stats(). */
void live_link(struct live *live, const char *name, unsigned index, bool is_up);

/* One sentence on what could not be had and what that costs, or NULL. */
const char *live_note(const struct live *live);

/* The next frames of a worker, at most `most`, over all interfaces in the order of their time; when there
 * are none it waits up to wait_ms and returns 0: call again. Frames may be held back for a moment, until no
 * earlier one can be on its way. Bytes are lent until the same worker's next call. */
size_t live_next(struct live *live, uint32_t worker, struct packet *packets, size_t most,
		 int wait_ms);

/* Answers to DNS questions over UDP that went to other workers: every worker learns from all of them. */
size_t live_answers(struct live *live, uint32_t worker, struct packet *packets, size_t most);

/* The end of a worker's capture: nothing more is received. live_answers() and live_next() then give what
 * came until now; nothing is held back any more, and 0 is the end. May wait a moment. */
void live_finish(struct live *live, uint32_t worker);

/* Bypass, from the worker's thread: as the bypass_ function of that name (bypass.h). */
bool live_insert(struct live *live, uint32_t worker, const struct bypass_key *key);
bool live_take(struct live *live, const struct bypass_key *key, struct bypass_count *count);
void live_pass(struct live *live, const struct bypass_key *key);
bool live_end(struct live *live, uint32_t worker, const struct bypass_key *key,
	      struct bypass_count *count);

struct live_stats {         /* of one interface, since it was opened */
	uint64_t received;  /* frames the kernel offered: the sum of the next three */
	uint64_t processed; /* handed out by live_next() */
	uint64_t bypassed;
	uint64_t dropped; /* by the kernel: a ring was full */
	uint64_t waiting; /* in a ring, not handed out yet: processed counts them later */
	uint64_t received_bytes, bypassed_bytes; /* 0 without bypass */
	uint64_t freezes;                        /* times that a ring was found full */
	uint64_t losses;                         /* times the interface went away, or down */
	uint64_t unopened; /* rings that could not be opened when it came back */
	bool is_up;
};
bool live_stats(struct live *live, size_t interface, struct live_stats *stats);
