#include "capture/afxdp_ring.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"

#define KEPT_FREE 256    /* XDP_PACKET_HEADROOM, before each frame */
#define PIECE_SMALL 2048 /* the kernel takes these two sizes alone without huge pages */
#define PIECE_LARGE 4096
#define PIECES_LEAST 64
#define PIECES_MOST (1u << 20)
#define COMPLETIONS 64 /* of sending, which there is none of; the kernel wants the ring */

static int set(int fd, int option, const void *value, socklen_t size)
{
	return setsockopt(fd, SOL_XDP, option, value, size) == 0 ? 0 : -errno;
}

static int map_memory(struct xring *ring)
{
	const int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;

	ring->memory_bytes = (size_t)ring->pieces * ring->piece_bytes;
	ring->memory =
		mmap(NULL, ring->memory_bytes, PROT_READ | PROT_WRITE, how | MAP_HUGETLB, -1, 0);
	if (ring->memory == MAP_FAILED)
		ring->memory = mmap(NULL, ring->memory_bytes, PROT_READ | PROT_WRITE, how, -1, 0);
	if (ring->memory == MAP_FAILED) {
		ring->memory = NULL;
		return -errno;
	}
	return 0;
}

static int make_rings(const struct xring *ring)
{
	const struct xdp_umem_reg memory = { .addr = (uintptr_t)ring->memory,
					     .len = ring->memory_bytes,
					     .chunk_size = ring->piece_bytes };
	const uint32_t completions = COMPLETIONS;
	int error = set(ring->fd, XDP_UMEM_REG, &memory, sizeof(memory));

	error = error ? error
		      : set(ring->fd, XDP_UMEM_FILL_RING, &ring->pieces, sizeof(ring->pieces));
	error = error ? error
		      : set(ring->fd, XDP_UMEM_COMPLETION_RING, &completions, sizeof(completions));
	return error ? error : set(ring->fd, XDP_RX_RING, &ring->pieces, sizeof(ring->pieces));
}

static int map_queue(const struct xring *ring, struct xring_queue *queue,
		     const struct xdp_ring_offset *offset, off_t page)
{
	size_t place = page == XDP_PGOFF_RX_RING ? sizeof(struct xdp_desc) : sizeof(uint64_t);

	queue->map_bytes = offset->desc + ring->pieces * place;
	queue->map = mmap(NULL, queue->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			  ring->fd, page);
	if (queue->map == MAP_FAILED) {
		queue->map = NULL;
		return -errno;
	}
	queue->producer = (uint32_t *)(void *)((uint8_t *)queue->map + offset->producer);
	queue->consumer = (uint32_t *)(void *)((uint8_t *)queue->map + offset->consumer);
	queue->flags = (uint32_t *)(void *)((uint8_t *)queue->map + offset->flags);
	queue->places = (uint8_t *)queue->map + offset->desc;
	return 0;
}

static int map_queues(struct xring *ring)
{
	struct xdp_mmap_offsets offsets;
	socklen_t size = sizeof(offsets);
	int error;

	if (getsockopt(ring->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) != 0)
		return -errno;
	if (size != sizeof(offsets)) /* before 5.4: no flags */
		return -EOPNOTSUPP;
	error = map_queue(ring, &ring->receive, &offsets.rx, XDP_PGOFF_RX_RING);
	return error ? error
		     : map_queue(ring, &ring->fill, &offsets.fr, (off_t)XDP_UMEM_PGOFF_FILL_RING);
}

static void fill_all(struct xring *ring)
{
	uint64_t *places = ring->fill.places;

	for (uint32_t i = 0; i < ring->pieces; i++)
		places[i] = (uint64_t)i * ring->piece_bytes;
	__atomic_store_n(ring->fill.producer, ring->pieces, __ATOMIC_RELEASE);
}

/* Told neither to copy nor not to, the kernel tries without copying first. */
static int bind_to_queue(const struct xring *ring, const struct xring_options *options)
{
	const struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = XDP_USE_NEED_WAKEUP | (options->only_copy ? XDP_COPY : 0),
		.sxdp_ifindex = options->interface,
		.sxdp_queue_id = options->queue,
	};

	return bind(ring->fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : -errno;
}

static uint32_t pieces_of(size_t bytes, uint32_t piece_bytes)
{
	uint32_t pieces = PIECES_LEAST;

	while (pieces < PIECES_MOST && (size_t)pieces * 2 * piece_bytes <= bytes)
		pieces *= 2;
	return pieces;
}

int xring_open(struct xring *ring, const struct xring_options *options, struct fault *fault)
{
	int error;

	*ring = (struct xring){ .port = options->port };
	ring->piece_bytes =
		options->frame_most + KEPT_FREE <= PIECE_SMALL ? PIECE_SMALL : PIECE_LARGE;
	ring->pieces = pieces_of(options->bytes, ring->piece_bytes);
	ring->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (ring->fd < 0) {
		error = -errno;
		fault_set(fault, "cannot open an AF_XDP socket: %s; %s", strerror(-error),
			  error == -EPERM ? "run as root or with CAP_NET_RAW"
					  : "use --capture afpacket");
		return error;
	}
	error = map_memory(ring);
	error = error ? error : make_rings(ring);
	error = error ? error : map_queues(ring);
	if (!error) {
		fill_all(ring);
		error = bind_to_queue(ring, options);
	}
	if (error) {
		fault_set(fault, "cannot set up an AF_XDP ring of %zu MiB for queue %u: %s",
			  ring->memory_bytes / MIB, options->queue,
			  error == -EBUSY ? "another AF_XDP socket has this queue; end its program"
					  : strerror(-error));
		xring_close(ring);
	}
	return error;
}

static void unmap(struct xring_queue *queue)
{
	if (queue->map)
		munmap(queue->map, queue->map_bytes);
	queue->map = NULL;
}

void xring_close(struct xring *ring)
{
	unmap(&ring->fill);
	unmap(&ring->receive);
	if (ring->fd >= 0)
		close(ring->fd);
	if (ring->memory)
		munmap(ring->memory, ring->memory_bytes);
	ring->memory = NULL;
	ring->fd = -1;
}

bool xring_is_zero_copy(const struct xring *ring)
{
	struct xdp_options options = { 0 };
	socklen_t size = sizeof(options);

	return getsockopt(ring->fd, SOL_XDP, XDP_OPTIONS, &options, &size) == 0 &&
	       options.flags & XDP_OPTIONS_ZEROCOPY;
}

/* AF_XDP gives no time: frames of one batch have that of its taking. */
static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

size_t xring_next(struct xring *ring, struct packet *packets, size_t most)
{
	const struct xdp_desc *places = ring->receive.places;
	uint32_t first = *ring->receive.consumer;
	uint32_t count = __atomic_load_n(ring->receive.producer, __ATOMIC_ACQUIRE) - first;

	count = count < most ? count : (uint32_t)most;
	if (count == 0)
		return 0;
	uint64_t now = now_ns();

	for (uint32_t i = 0; i < count; i++) {
		const struct xdp_desc *place = &places[(first + i) & (ring->pieces - 1)];

		packets[i] = (struct packet){
			.time_ns = now,
			.data = ring->memory + place->addr,
			.captured = place->len,
			.length = place->len,
			.link = LINK_ETHERNET,
			.port = ring->port,
		};
	}
	ring->lent = count;
	__atomic_store_n(&ring->processed, ring->processed + count, __ATOMIC_RELAXED);
	return count;
}

void xring_give_back(struct xring *ring)
{
	const struct xdp_desc *frames = ring->receive.places;
	uint64_t *pieces = ring->fill.places;
	uint32_t first = *ring->receive.consumer, to = *ring->fill.producer;

	if (ring->lent == 0)
		return;
	for (uint32_t i = 0; i < ring->lent; i++)
		pieces[(to + i) & (ring->pieces - 1)] =
			frames[(first + i) & (ring->pieces - 1)].addr &
			~(uint64_t)(ring->piece_bytes - 1);
	__atomic_store_n(ring->receive.consumer, first + ring->lent, __ATOMIC_RELEASE);
	__atomic_store_n(ring->fill.producer, to + ring->lent, __ATOMIC_RELEASE);
	ring->lent = 0;
	if (__atomic_load_n(ring->fill.flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP)
		recvfrom(ring->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

uint64_t xring_dropped(const struct xring *ring)
{
	struct xdp_statistics statistics = { 0 };
	socklen_t size = sizeof(statistics);

	if (ring->fd < 0 || getsockopt(ring->fd, SOL_XDP, XDP_STATISTICS, &statistics, &size) != 0)
		return 0;
	/* A frame that found no free piece is in rx_dropped, and once more in
	 * rx_fill_ring_empty_descs, which is therefore not added. */
	return statistics.rx_dropped + statistics.rx_ring_full;
}

uint32_t xring_waiting(const struct xring *ring)
{
	if (ring->fd < 0)
		return 0;
	uint32_t handed_out = (uint32_t)__atomic_load_n(&ring->processed, __ATOMIC_RELAXED);

	return __atomic_load_n(ring->receive.producer, __ATOMIC_ACQUIRE) - handed_out;
}
