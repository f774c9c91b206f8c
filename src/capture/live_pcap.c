/* libpcap: whatever else it can open of a network (`any`, devices without Ethernet headers), with a filter
 * expression as tcpdump's. One worker: libpcap spreads nothing.
 *
 * The law needs what the kernel counted and what was handed out to be of the same frames, and libpcap drops
 * some between the two without a count: those that came before the filter was set, those of a direction that
 * was not asked for, the second copy of what passes the loopback. So the kernel refuses everything until
 * the ring is empty and the counts have been read; the direction is a matter of the socket; and the
 * loopback's second copies are part of the filter. Not so the direction: libpcap applies a new filter to the
 * first blocks of the ring itself, and "inbound" does not hold there for any frame.
 *
 * Not immediate mode: with it libpcap has a slot of the snapshot length for each frame, 256 of them in
 * 64 MiB; without, frames are packed and come RETIRE_MS late at most. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include <pcap/pcap.h>
/* After pcap.h, which has a struct bpf_program of its own and not the kernel's. */
#include <linux/filter.h>
#include <linux/if_packet.h>

#include "base/text.h"
#include "base/units.h"
#include "capture/live_ops.h"

#define SNAPLEN 262144 /* holds what GRO makes of many frames */
#define RETIRE_MS 10   /* frames wait for company this long */
#define SETTLE_MS 50   /* ... and have come after this, when the kernel takes no more */
#define BATCH 64
#define ARENA_BYTES ((size_t)BATCH * SNAPLEN) /* touched as used: frames stand close together */
#define EXPRESSION_MAX 65536
#define LOOPBACK_INDEX "1" /* in every network namespace */

struct port { /* one interface */
	pcap_t *pcap;
	bool is_gone;             /* it does not come back by itself */
	struct pcap_stat counted; /* by the kernel, when it was asked last: of 32 bits */
	uint64_t received, dropped, processed;
	uint16_t link;
};

struct capture {
	size_t port_count, turn; /* the port whose turn it is */
	struct port port[LIVE_INTERFACES_MAX];
	uint8_t *arena;
};

/* What pcap_dispatch() fills. */
struct taking {
	struct packet *packets;
	size_t count;
	uint8_t *at; /* in the arena */
	uint16_t port, link;
};

/* Opening ------------------------------------------------------------------------------------ */

static int refuse(struct fault *fault, const char *name, int status, const char *why)
{
	switch (status) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		fault_set(fault, "%s: listening needs root or CAP_NET_RAW", name);
		return -EPERM;
	case PCAP_ERROR_NO_SUCH_DEVICE:
		fault_set(fault, "there is no interface %s; ip link lists those there are", name);
		return -ENODEV;
	case PCAP_ERROR_IFACE_NOT_UP:
		fault_set(fault, "%s is down: ip link set dev %s up", name, name);
		return -ENETDOWN;
	default:
		fault_set(fault, "%s: %s", name, why && *why ? why : pcap_statustostr(status));
		return -EIO;
	}
}

static bool is_any(const char *name)
{
	return strcmp(name, "any") == 0;
}

static int activate(struct port *port, const char *name, const struct live_options *options,
		    struct fault *fault)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int status;

	port->pcap = pcap_create(name, why);
	if (!port->pcap)
		return refuse(fault, name, PCAP_ERROR, why);
	pcap_set_snaplen(port->pcap, SNAPLEN);
	pcap_set_timeout(port->pcap, RETIRE_MS);
	pcap_set_promisc(port->pcap, options->promiscuous && !is_any(name));
	pcap_set_buffer_size(port->pcap, options->ring_bytes < INT32_MAX ? (int)options->ring_bytes
									 : INT32_MAX);
	pcap_set_tstamp_precision(port->pcap, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(port->pcap);
	if (status < 0)
		return refuse(fault, name, status, pcap_geterr(port->pcap));
	/* Of the cooked headers, the one that says which interface: the filter asks for it. */
	if (is_any(name) && pcap_set_datalink(port->pcap, DLT_LINUX_SLL2) != 0)
		return refuse(fault, name, PCAP_ERROR, pcap_geterr(port->pcap));
	return 0;
}

static bool is_known(int link)
{
	static const int known[] = { LINK_NULL,      LINK_ETHERNET,   LINK_PPP,
				     LINK_RAW_BSD,   LINK_PPP_HDLC,   LINK_RAW,
				     LINK_C_HDLC,    LINK_IEEE802_11, LINK_LOOP,
				     LINK_LINUX_SLL, LINK_PPI,        LINK_IEEE802_11_RADIOTAP,
				     LINK_IPV4,      LINK_IPV6,       LINK_LINUX_SLL2 };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == link)
			return true;
	return false;
}

static int check_link(struct port *port, const char *name, struct fault *fault)
{
	int link = pcap_datalink(port->pcap);
	const char *known_as = pcap_datalink_val_to_name(link);

	if (!is_known(link)) {
		fault_set(fault, "%s has frames of link type %d (%s), which pewit does not read",
			  name, link, known_as ? known_as : "unknown to libpcap");
		return -EINVAL;
	}
	port->link = (uint16_t)link;
	return 0;
}

static int ignore_outgoing(const struct port *port)
{
	const int yes = 1;

	return setsockopt(pcap_fileno(port->pcap), SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes,
			  sizeof(yes)) == 0
		       ? 0
		       : -errno;
}

/* The kernel lets nothing pass from here on; libpcap does not know. */
static int close_gate(const struct port *port)
{
	struct sock_filter nothing = { .code = BPF_RET | BPF_K };
	const struct sock_fprog program = { .len = 1, .filter = &nothing };

	return setsockopt(pcap_fileno(port->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) == 0
		       ? 0
		       : -errno;
}

static void pass_over(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
	(void)context;
	(void)header;
	(void)bytes;
}

/* Empties the ring of what came before the filter. */
static int empty(struct port *port)
{
	const struct timespec settle = { .tv_nsec = SETTLE_MS * NS_PER_MS };
	char why[PCAP_ERRBUF_SIZE];
	int error = close_gate(port);

	if (error || pcap_setnonblock(port->pcap, 1, why) != 0)
		return error ? error : -EIO;
	nanosleep(&settle, NULL);
	while (pcap_dispatch(port->pcap, -1, pass_over, NULL) > 0)
		;
	return pcap_stats(port->pcap, &port->counted) == 0 ? 0 : -EIO;
}

/* What the expression says, and of what passes the loopback one copy. */
static int write_expression(char text[EXPRESSION_MAX], const char *name,
			    const struct live_options *options)
{
	struct text to = text_over(text, EXPRESSION_MAX);

	if (is_any(name))
		text_add(&to, "not (outbound and ifindex " LOOPBACK_INDEX ")");
	if (options->filter && *options->filter != '\0') {
		if (text[0] != '\0')
			text_add(&to, " and ");
		text_add(&to, "(");
		text_add(&to, options->filter);
		text_add(&to, ")");
		if (strlen(text) + 1 >= EXPRESSION_MAX)
			return -E2BIG;
	}
	return 0;
}

static int set_filter(struct port *port, const char *name, const struct live_options *options,
		      char text[EXPRESSION_MAX], struct fault *fault)
{
	struct bpf_program program;
	int status;

	if (write_expression(text, name, options) != 0) {
		fault_set(fault, "the filter expression is longer than %d bytes", EXPRESSION_MAX);
		return -E2BIG;
	}
	if (pcap_compile(port->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		fault_set(fault, "filter \"%s\": %s (on %s)",
			  options->filter ? options->filter : text, pcap_geterr(port->pcap), name);
		return -EINVAL;
	}
	status = pcap_setfilter(port->pcap, &program);
	pcap_freecode(&program);
	return status == 0 ? 0 : refuse(fault, name, PCAP_ERROR, pcap_geterr(port->pcap));
}

static int open_port(struct capture *capture, const char *name, const struct live_options *options,
		     struct fault *fault)
{
	struct port *port = &capture->port[capture->port_count++];
	char *text = calloc(1, EXPRESSION_MAX);
	int error = text ? activate(port, name, options, fault) : -ENOMEM;

	error = error ? error : check_link(port, name, fault);
	if (error) {
		free(text);
		return error;
	}
	if (options->direction == LIVE_IN || strcmp(name, "lo") == 0)
		error = ignore_outgoing(port);
	error = error ? error : empty(port);
	if (error)
		refuse(fault, name, PCAP_ERROR, strerror(-error));
	error = error ? error : set_filter(port, name, options, text, fault);
	free(text);
	return error;
}

static void close_all(void *state)
{
	struct capture *capture = state;

	for (size_t i = 0; i < capture->port_count; i++)
		if (capture->port[i].pcap)
			pcap_close(capture->port[i].pcap);
	munmap(capture->arena, ARENA_BYTES);
	free(capture);
}

static int open_all(void **state, const struct live_options *options, struct fault *fault)
{
	struct capture *capture;
	int error = 0;

	if (options->workers > 1) {
		fault_set(
			fault,
			"libpcap has one worker, and %u are asked for: leave --workers out, or use "
			"--capture afpacket",
			options->workers);
		return -EINVAL;
	}
	capture = calloc(1, sizeof(*capture));
	if (!capture)
		return -ENOMEM;
	capture->arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (capture->arena == MAP_FAILED) {
		free(capture);
		return -ENOMEM;
	}
	for (size_t i = 0; i < options->interface_count && !error; i++)
		error = open_port(capture, options->interfaces[i], options, fault);
	if (error) {
		close_all(capture);
		return error;
	}
	*state = capture;
	return 0;
}

static const char *note(const void *state)
{
	(void)state;
	return NULL;
}

/* Taking ------------------------------------------------------------------------------------- */

static void keep(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct taking *taking = (struct taking *)context;
	uint32_t captured = header->caplen < SNAPLEN ? header->caplen : SNAPLEN;

	memcpy(taking->at, bytes, captured);
	taking->packets[taking->count++] = (struct packet){
		/* In nanoseconds, as asked for. */
		.time_ns = (uint64_t)header->ts.tv_sec * NS_PER_S + (uint64_t)header->ts.tv_usec,
		.data = taking->at,
		.captured = captured,
		.length = header->len,
		.link = taking->link,
		.port = taking->port,
	};
	taking->at += captured;
}

static void read_counts(struct port *port)
{
	struct pcap_stat counted;

	if (pcap_stats(port->pcap, &counted) != 0)
		return;
	/* On Linux the received ones hold the dropped ones. */
	port->received += counted.ps_recv - port->counted.ps_recv;
	port->dropped += counted.ps_drop - port->counted.ps_drop;
	port->counted = counted;
}

static size_t take(struct capture *capture, struct packet *packets, size_t most)
{
	for (size_t i = 0; i < capture->port_count; i++) {
		size_t at = capture->turn;
		struct port *port = &capture->port[at];
		struct taking taking = { .packets = packets,
					 .at = capture->arena,
					 .port = (uint16_t)at,
					 .link = port->link };

		capture->turn = (at + 1) % capture->port_count;
		if (port->is_gone)
			continue;
		int status = pcap_dispatch(port->pcap, most < BATCH ? (int)most : BATCH, keep,
					   (u_char *)&taking);

		port->processed += taking.count;
		port->is_gone = status < 0;
		if (taking.count != 0)
			return taking.count;
	}
	return 0;
}

static void wait(const struct capture *capture, int wait_ms)
{
	struct pollfd fds[LIVE_INTERFACES_MAX];

	for (size_t i = 0; i < capture->port_count; i++) {
		const struct port *port = &capture->port[i];
		int fd = port->is_gone ? -1 : pcap_get_selectable_fd(port->pcap);

		fds[i] = (struct pollfd){ fd, POLLIN, 0 };
	}
	poll(fds, capture->port_count, wait_ms);
}

static size_t next(void *state, uint32_t worker, struct packet *packets, size_t most, int wait_ms)
{
	struct capture *capture = state;
	size_t taken = take(capture, packets, most);

	(void)worker;
	if (taken != 0 || wait_ms == 0)
		return taken;
	wait(capture, wait_ms);
	return take(capture, packets, most);
}

/* One worker sees every answer as it is. */
static size_t answers(void *state, uint32_t worker, struct packet *packets, size_t most)
{
	(void)state;
	(void)worker;
	(void)packets;
	(void)most;
	return 0;
}

static struct bypass *bypass(void *state)
{
	(void)state;
	return NULL;
}

static bool stats(void *state, size_t interface, struct live_stats *result)
{
	struct capture *capture = state;
	struct port *port = &capture->port[interface];

	read_counts(port);
	*result = (struct live_stats){
		.received = port->received,
		.processed = port->processed,
		.dropped = port->dropped,
		.waiting = port->received - port->dropped - port->processed,
		.losses = port->is_gone,
		.is_up = !port->is_gone,
	};
	return true;
}

const struct live_ops live_pcap_ops = {
	.open = open_all,
	.close = close_all,
	.note = note,
	.next = next,
	.answers = answers,
	.bypass = bypass,
	.stats = stats,
};
