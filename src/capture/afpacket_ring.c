#include "capture/afpacket_ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/units.h"

#define VLAN_TAG_BYTES 4
#define MAC_BYTES 12 /* both addresses: what stands before an 802.1Q tag */
/* linux/if_packet.h has it since 6.2 only. */
#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

#define FRAME_BYTES 2048 /* only what the kernel checks block sizes by; V3 packs frames tightly */

static int set(int fd, int option, const void *value, socklen_t size)
{
	return setsockopt(fd, SOL_PACKET, option, value, size) == 0 ? 0 : -errno;
}

static int set_number(int fd, int option, int value)
{
	return set(fd, option, &value, sizeof(value));
}

/* A socket must be bound before it can join a fanout group, and receives everything in between: each
 * frame would come once to each worker. So nothing passes until all is set up. */
static int refuse_all(int fd)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog program = { .len = 1, .filter = &nothing };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0
		       ? 0
		       : -errno;
}

void ring_refuse(struct ring *ring)
{
	if (ring->fd >= 0)
		refuse_all(ring->fd);
}

static int let_pass(int fd, int program)
{
	int none = 0, error;

	if (program >= 0)
		error = setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program));
	else
		error = setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none));
	return error == 0 ? 0 : -errno;
}

static int join_fanout(int fd, const struct ring_options *options)
{
	int error;

	if (options->fanout_group == 0)
		return 0;
	/* Without a program of ours: the kernel's own hash, which does not look into tunnels. */
	int mode = options->fanout_program >= 0 ? PACKET_FANOUT_EBPF : PACKET_FANOUT_HASH;

	/* A group receives for its members, so what they ignore it must be told (Linux 5.11). */
	if (options->only_in)
		mode |= PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
	error = set_number(fd, PACKET_FANOUT, options->fanout_group | mode << 16);
	if (error || options->fanout_program < 0)
		return error;
	return set_number(fd, PACKET_FANOUT_DATA, options->fanout_program);
}

static int map_ring(struct ring *ring, const struct ring_options *options)
{
	size_t blocks = options->bytes / RING_BLOCK_BYTES;
	struct tpacket_req3 request = {
		.tp_block_size = RING_BLOCK_BYTES,
		.tp_block_nr = (uint32_t)(blocks < 2 ? 2 : blocks),
		.tp_frame_size = FRAME_BYTES,
		.tp_retire_blk_tov = RING_RETIRE_MS,
	};
	int error;

	request.tp_frame_nr = RING_BLOCK_BYTES / FRAME_BYTES * request.tp_block_nr;
	error = set_number(ring->fd, PACKET_VERSION, TPACKET_V3);
	/* Room for a VLAN tag before the addresses: the kernel takes it out of the frame. */
	error = error ? error : set_number(ring->fd, PACKET_RESERVE, VLAN_TAG_BYTES);
	error = error ? error : set(ring->fd, PACKET_RX_RING, &request, sizeof(request));
	if (error)
		return error;
	ring->block_count = request.tp_block_nr;
	ring->memory = mmap(NULL, (size_t)ring->block_count * RING_BLOCK_BYTES,
			    PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (ring->memory == MAP_FAILED) {
		ring->memory = NULL;
		return -errno;
	}
	return 0;
}

static int start(struct ring *ring, const struct ring_options *options)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = options->interface,
	};
	struct packet_mreq promiscuous = { .mr_ifindex = options->interface,
					   .mr_type = PACKET_MR_PROMISC };

	if (bind(ring->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -errno;
	return options->promiscuous
		       ? set(ring->fd, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous))
		       : 0;
}

int ring_open(struct ring *ring, const struct ring_options *options, struct fault *fault)
{
	int error;

	/* No protocol: nothing is received before the ring and the filter are there. */
	*ring = (struct ring){ .fd = options->socket,
			       .interface = (unsigned)options->interface,
			       .port = options->port };
	error = map_ring(ring, options);
	error = error ? error : refuse_all(ring->fd);
	if (!error && options->only_in)
		error = set_number(ring->fd, PACKET_IGNORE_OUTGOING, 1);
	error = error ? error : start(ring, options);
	error = error ? error : join_fanout(ring->fd, options);
	error = error ? error : let_pass(ring->fd, options->filter_program);
	if (error) {
		fault_set(fault, "cannot set up a ring of %zu MiB: %s", options->bytes / MIB,
			  strerror(-error));
		ring_close(ring);
	}
	return error;
}

void ring_close(struct ring *ring)
{
	if (ring->memory)
		munmap(ring->memory, (size_t)ring->block_count * RING_BLOCK_BYTES);
	if (ring->fd >= 0)
		close(ring->fd);
	ring->memory = NULL;
	ring->fd = -1;
}

static struct tpacket_hdr_v1 *header_of(const struct ring *ring, uint32_t block)
{
	return &((struct tpacket_block_desc *)(void *)(ring->memory +
						       (size_t)block * RING_BLOCK_BYTES))
			->hdr.bh1;
}

static bool take_block(struct ring *ring)
{
	struct tpacket_hdr_v1 *header = header_of(ring, ring->block);

	if (!(__atomic_load_n(&header->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	ring->left = header->num_pkts;
	ring->frame =
		ring->memory + (size_t)ring->block * RING_BLOCK_BYTES + header->offset_to_first_pkt;
	ring->holds = true;
	return true;
}

bool ring_is_short(const struct ring *ring)
{
	uint32_t ahead = (ring->block + ring->block_count / 2) % ring->block_count;

	return ring->block_count < RING_BLOCKS_TO_WAIT ||
	       __atomic_load_n(&header_of(ring, ahead)->block_status, __ATOMIC_ACQUIRE) &
		       TP_STATUS_USER;
}

static void give_block(struct ring *ring)
{
	__atomic_store_n(&header_of(ring, ring->block)->block_status, TP_STATUS_KERNEL,
			 __ATOMIC_RELEASE);
	ring->block = (ring->block + 1) % ring->block_count;
	ring->holds = false;
}

/* Puts a tag back where it was on the wire, in the room before the frame. */
static uint8_t *put_vlan(uint8_t *data, const struct tpacket3_hdr *frame)
{
	uint16_t type = frame->tp_status & TP_STATUS_VLAN_TPID_VALID ? frame->hv1.tp_vlan_tpid
								     : ETH_P_8021Q;
	uint16_t tag[2] = { htons(type), htons((uint16_t)frame->hv1.tp_vlan_tci) };

	memmove(data - VLAN_TAG_BYTES, data, MAC_BYTES);
	memcpy(data - VLAN_TAG_BYTES + MAC_BYTES, tag, sizeof(tag));
	return data - VLAN_TAG_BYTES;
}

static void fill(const struct ring *ring, struct tpacket3_hdr *frame, struct packet *packet)
{
	uint8_t *data = (uint8_t *)frame + frame->tp_mac;

	packet->time_ns = frame->tp_sec * NS_PER_S + frame->tp_nsec;
	packet->captured = frame->tp_snaplen;
	packet->length = frame->tp_len;
	packet->link = LINK_ETHERNET;
	packet->port = ring->port;
	if (frame->tp_status & TP_STATUS_VLAN_VALID && frame->tp_snaplen >= MAC_BYTES) {
		data = put_vlan(data, frame);
		packet->captured += VLAN_TAG_BYTES;
		packet->length += VLAN_TAG_BYTES;
	}
	packet->data = data;
}

uint64_t ring_time(const struct ring *ring)
{
	const struct tpacket3_hdr *frame = (const void *)ring->frame;

	return frame->tp_sec * NS_PER_S + frame->tp_nsec;
}

bool ring_head(struct ring *ring, uint64_t *time_ns)
{
	if (ring->holds && ring->left == 0)
		give_block(ring);
	if ((!ring->holds && !take_block(ring)) || ring->left == 0)
		return false;
	*time_ns = ring_time(ring);
	return true;
}

size_t ring_next(struct ring *ring, struct packet *packets, size_t most, uint64_t until_ns)
{
	uint64_t time_ns;
	size_t count = 0;

	if (!ring_head(ring, &time_ns))
		return 0;
	while (count < most && ring->left != 0 && ring_time(ring) <= until_ns) {
		struct tpacket3_hdr *frame = (struct tpacket3_hdr *)(void *)ring->frame;

		fill(ring, frame, &packets[count++]);
		ring->frame += frame->tp_next_offset;
		ring->left--;
	}
	ring->processed += count;
	return count;
}

void ring_take_error(struct ring *ring)
{
	int taken;
	socklen_t size = sizeof(taken);

	getsockopt(ring->fd, SOL_SOCKET, SO_ERROR, &taken, &size);
}

void ring_count(struct ring *ring)
{
	struct tpacket_stats_v3 stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(ring->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0)
		return;
	ring->received += stats.tp_packets;
	ring->dropped += stats.tp_drops;
	ring->freezes += stats.tp_freeze_q_cnt;
}

uint64_t ring_waiting(const struct ring *ring)
{
	return ring->received - ring->dropped - ring->processed;
}
