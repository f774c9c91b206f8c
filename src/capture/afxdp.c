/* AF_XDP: for each queue of each interface a socket, and a program in the driver that counts decided flows
 * and ends them there. Nothing reaches the host's stack: for mirror ports.
 *
 *     eth0 queue 0 --program--> socket --\
 *          queue 1 --program--> socket ---+--> the worker
 *                         \--> counted: bypassed
 *
 * One worker. A frame can only go to sockets of the queue that it came by, and the card chooses that, mostly
 * differently for a flow's two directions; and every worker would have to see all DNS answers, which XDP
 * cannot copy. So more workers would be wrong without a sign of it; this one sees all queues.
 */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/units.h"
#include "capture/afxdp_ring.h"
#include "capture/live_ops.h"

#define ETHERNET_BYTES 22 /* with two VLAN tags */

struct port { /* one interface */
	char name[IF_NAMESIZE];
	unsigned index;
	int promiscuous; /* a packet socket that keeps it so; -1 */
	uint32_t first_ring, queues;
	uint32_t frame_most;
	bool is_native;
};

struct afxdp {
	struct live_options options;
	struct bypass *bypass;
	struct fault note;
	size_t ports, rings;
	size_t turn;        /* the ring whose turn it is */
	struct xring *lent; /* whose frames the worker has; or NULL */
	struct port port[LIVE_INTERFACES_MAX];
	struct xring ring[BPF_SOCKETS];
};

/* What the host would lose ------------------------------------------------------------------- */

static bool has_address(const char *name)
{
	struct ifaddrs *all, *each;
	bool found = false;

	if (getifaddrs(&all) != 0)
		return true; /* not known: the careful answer */
	for (each = all; each; each = each->ifa_next) {
		if (!each->ifa_addr || strcmp(each->ifa_name, name) != 0)
			continue;
		const struct sockaddr_in6 *v6 = (const void *)each->ifa_addr;

		/* The kernel gives each interface a link-local one, unasked. */
		found |= each->ifa_addr->sa_family == AF_INET ||
			 (each->ifa_addr->sa_family == AF_INET6 &&
			  !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr));
	}
	freeifaddrs(all);
	return found;
}

static bool is_set(const char *family, const char *name)
{
	char path[64 + IF_NAMESIZE], value = '0';
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/forwarding", family, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false; /* the family is not there */
	bool read_one = read(fd, &value, 1) == 1;

	close(fd);
	return read_one && value != '0';
}

static bool has_master(const char *name)
{
	char path[64 + IF_NAMESIZE];

	snprintf(path, sizeof(path), "/sys/class/net/%s/master", name);
	return access(path, F_OK) == 0;
}

/* Why frames must not be taken from this interface, or NULL. */
static const char *use_of(const char *name)
{
	if (has_address(name))
		return "it has an address";
	if (is_set("ipv4", name) || is_set("ipv6", name))
		return "this host forwards what it receives";
	return has_master(name) ? "it belongs to a bridge or a bond" : NULL;
}

static int refuse_used(const struct afxdp *capture, const char *name, struct fault *fault)
{
	const char *use = capture->options.take_frames ? NULL : use_of(name);

	if (!use)
		return 0;
	fault_set(
		fault,
		"afxdp takes every frame of %s from this host, but %s; use --capture afpacket, or "
		"--take-frames if it may go deaf",
		name, use);
	return -EBUSY;
}

/* Opening ------------------------------------------------------------------------------------ */

static int ask(const char *name, unsigned long request, struct ifreq *answer)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;

	if (fd < 0)
		return -errno;
	memcpy(answer->ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
	if (ioctl(fd, request, answer) != 0)
		error = -errno;
	close(fd);
	return error;
}

/* A driver that does not say has one. */
static uint32_t queues_of(const char *name)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq request = { .ifr_data = (void *)&channels };
	uint32_t queues;

	if (ask(name, SIOCETHTOOL, &request) != 0)
		return 1;
	queues = channels.rx_count + channels.combined_count;
	return queues ? queues : 1;
}

static int find_port(struct port *port, const char *name, struct fault *fault)
{
	struct ifreq request = { .ifr_mtu = 0 };
	int error;

	port->index = if_nametoindex(name);
	if (port->index == 0) {
		fault_set(fault, "there is no interface %s; ip link lists those there are", name);
		return -ENODEV;
	}
	memcpy(port->name, name, strnlen(name, sizeof(port->name) - 1));
	port->queues = queues_of(name);
	error = ask(name, SIOCGIFMTU, &request);
	port->frame_most = (uint32_t)request.ifr_mtu + ETHERNET_BYTES;
	if (error || port->frame_most <= XRING_FRAME_MAX)
		return error;
	fault_set(fault,
		  "%s has an MTU of %d and afxdp takes at most %d; lower it with ip link, or use "
		  "--capture afpacket",
		  name, request.ifr_mtu, XRING_FRAME_MAX - ETHERNET_BYTES);
	return -EMSGSIZE;
}

static int make_promiscuous(struct port *port)
{
	const struct packet_mreq request = { .mr_ifindex = (int)port->index,
					     .mr_type = PACKET_MR_PROMISC };

	/* No protocol: it receives nothing. */
	port->promiscuous = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (port->promiscuous < 0)
		return -errno;
	return setsockopt(port->promiscuous, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request,
			  sizeof(request)) == 0
		       ? 0
		       : -errno;
}

static int attach(struct afxdp *capture, struct port *port, struct fault *fault)
{
	int error = bypass_attach(capture->bypass, port->index, &port->is_native);

	if (error == -EBUSY)
		fault_set(
			fault,
			"another XDP program is on %s, and there can be one; see ip link show %s, "
			"and end what put it there",
			port->name, port->name);
	else if (error)
		fault_set(fault, "the kernel puts no XDP program on %s: %s; use --capture afpacket",
			  port->name, strerror(-error));
	return error;
}

static int open_rings(struct afxdp *capture, struct port *port, struct fault *fault)
{
	struct xring_options options = {
		.interface = port->index,
		.port = (uint16_t)(port - capture->port),
		.bytes = capture->options.ring_bytes / port->queues,
		.frame_most = port->frame_most,
		.only_copy = !port->is_native,
	};
	int error = 0;

	if (capture->rings + port->queues > BPF_SOCKETS) {
		fault_set(fault, "more than %d queues with %s; lower them with ethtool -L",
			  BPF_SOCKETS, port->name);
		return -E2BIG;
	}
	port->first_ring = (uint32_t)capture->rings;
	for (; options.queue < port->queues && !error; options.queue++) {
		struct xring *ring = &capture->ring[capture->rings];

		error = xring_open(ring, &options, fault);
		if (error)
			return error;
		error = bypass_set_socket(capture->bypass, (uint32_t)capture->rings++, ring->fd);
	}
	return error;
}

static void note_cost(struct afxdp *capture, const struct port *port)
{
	if (!port->is_native)
		fault_set(&capture->note,
			  "%s: its driver has no XDP, so the kernel runs the program later; each "
			  "frame costs more",
			  port->name);
	else if (!xring_is_zero_copy(&capture->ring[port->first_ring]))
		fault_set(&capture->note,
			  "%s: its driver has no AF_XDP without copying; frames that are not "
			  "bypassed are copied once",
			  port->name);
}

static int open_port(struct afxdp *capture, const char *name, struct fault *fault)
{
	struct port *port = &capture->port[capture->ports++];
	int error;

	port->promiscuous = -1;
	error = find_port(port, name, fault);
	error = error ? error : refuse_used(capture, name, fault);
	if (!error && capture->options.promiscuous)
		error = make_promiscuous(port);
	error = error ? error : attach(capture, port, fault);
	error = error ? error : open_rings(capture, port, fault);
	if (error)
		return error;
	note_cost(capture, port);
	/* From here on it takes frames. */
	return bypass_watch_queues(capture->bypass, port->index, port->first_ring, port->queues);
}

static void close_all(void *state)
{
	struct afxdp *capture = state;

	bypass_close(capture->bypass); /* first: frames reach the stack again */
	for (size_t i = 0; i < capture->rings; i++)
		xring_close(&capture->ring[i]);
	for (size_t i = 0; i < capture->ports; i++)
		if (capture->port[i].promiscuous >= 0)
			close(capture->port[i].promiscuous);
	free(capture);
}

static int open_all(void **state, const struct live_options *options, struct fault *fault)
{
	const struct bypass_options programs = {
		.workers = options->workers,
		.flows = options->bypass,
		.refresh_ns = options->refresh_s * NS_PER_S,
		.vxlan_ports = options->vxlan_ports,
		.geneve_ports = options->geneve_ports,
		.xdp = true,
	};
	struct afxdp *capture;
	int error;

	if (options->workers != 1) {
		fault_set(fault,
			  "afxdp has one worker, which sees all queues: the card would spread the "
			  "two directions of a flow; give --workers 1, or use --capture afpacket");
		return -EINVAL;
	}
	capture = calloc(1, sizeof(*capture));
	if (!capture)
		return -ENOMEM;
	capture->options = *options;
	error = bypass_open(&capture->bypass, &programs, fault);
	for (size_t i = 0; i < options->interface_count && !error; i++)
		error = open_port(capture, options->interfaces[i], fault);
	if (error) {
		close_all(capture);
		return error;
	}
	*state = capture;
	return 0;
}

static const char *note(const void *state)
{
	const struct afxdp *capture = state;

	return capture->note.text[0] ? capture->note.text : NULL;
}

/* Receiving ---------------------------------------------------------------------------------- */

/* In turn, so that a busy queue does not starve the others. */
static size_t take(struct afxdp *capture, struct packet *packets, size_t most)
{
	for (size_t i = 0; i < capture->rings; i++) {
		struct xring *ring = &capture->ring[capture->turn];
		size_t taken = xring_next(ring, packets, most);

		capture->turn = (capture->turn + 1) % capture->rings;
		if (taken != 0) {
			capture->lent = ring;
			return taken;
		}
	}
	return 0;
}

static void wait(struct afxdp *capture, int wait_ms)
{
	struct pollfd fds[BPF_SOCKETS];

	for (size_t i = 0; i < capture->rings; i++)
		fds[i] = (struct pollfd){ capture->ring[i].is_gone ? -1 : capture->ring[i].fd,
					  POLLIN, 0 };
	if (poll(fds, capture->rings, wait_ms) <= 0)
		return;
	for (size_t i = 0; i < capture->rings; i++)
		if (fds[i].revents & (POLLERR | POLLHUP | POLLNVAL))
			__atomic_store_n(&capture->ring[i].is_gone, true, __ATOMIC_RELAXED);
}

static size_t next(void *state, uint32_t worker, struct packet *packets, size_t most, int wait_ms)
{
	struct afxdp *capture = state;
	size_t taken;

	(void)worker; /* there is one */
	if (capture->lent)
		xring_give_back(capture->lent);
	capture->lent = NULL;
	taken = take(capture, packets, most);
	if (taken != 0 || wait_ms == 0)
		return taken;
	wait(capture, wait_ms);
	return take(capture, packets, most);
}

/* The one worker has them all. */
static size_t answers(void *state, uint32_t worker, struct packet *packets, size_t most)
{
	(void)state;
	(void)worker;
	(void)packets;
	(void)most;
	return 0;
}

static struct bypass *bypass_of(void *state)
{
	struct afxdp *capture = state;

	return capture->options.bypass != 0 ? capture->bypass : NULL;
}

static bool stats(void *state, size_t interface, struct live_stats *result)
{
	struct afxdp *capture = state;
	const struct port *port = &capture->port[interface];
	const struct bpf_counters counted = bypass_counted(capture->bypass, port->index);

	*result = (struct live_stats){
		.is_up = true,
		.received = counted.received,
		.received_bytes = counted.received_bytes,
		.bypassed = counted.bypassed,
		.bypassed_bytes = counted.bypassed_bytes,
		.dropped = counted.homeless,
	};
	for (uint32_t i = 0; i < port->queues; i++) {
		const struct xring *ring = &capture->ring[port->first_ring + i];

		result->processed += __atomic_load_n(&ring->processed, __ATOMIC_RELAXED);
		result->dropped += xring_dropped(ring);
		result->waiting += xring_waiting(ring);
		if (__atomic_load_n(&ring->is_gone, __ATOMIC_RELAXED)) {
			result->is_up = false;
			result->losses = 1;
		}
	}
	return true;
}

const struct live_ops afxdp_ops = {
	.open = open_all,
	.close = close_all,
	.note = note,
	.next = next,
	.answers = answers,
	.bypass = bypass_of,
	.stats = stats,
};
