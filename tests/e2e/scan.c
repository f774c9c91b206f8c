/* scan.c - new flows, as many and as fast as told: one UDP datagram each, to another port or address of
 * 192.0.2.0/24 (RFC 5737), from one socket. Bounded in count; ends by itself.
 *
 *     scan COUNT RATE SEED      RATE datagrams a second, 0: as fast as it goes
 *
 * Prints how many the kernel took.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define SIZE 64
#define ADDRESSES 254
#define FIRST_PORT 1024
#define PORTS 60000
#define NS_PER_S 1000000000ull

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* A permutation of all targets, so that none comes twice in the first 15 million. */
static struct sockaddr_in target(uint64_t i)
{
	const uint64_t all = (uint64_t)ADDRESSES * PORTS, at = i * 7919 % all;
	struct sockaddr_in to = { .sin_family = AF_INET };

	to.sin_port = htons((uint16_t)(FIRST_PORT + at % PORTS));
	to.sin_addr.s_addr = htonl(0xc0000201u + (uint32_t)(at / PORTS));
	return to;
}

static void wait_until(uint64_t due_ns)
{
	uint64_t now = now_ns();
	struct timespec nap = { .tv_nsec = 0 };

	if (now >= due_ns)
		return;
	nap.tv_sec = (time_t)((due_ns - now) / NS_PER_S);
	nap.tv_nsec = (long)((due_ns - now) % NS_PER_S);
	nanosleep(&nap, NULL);
}

int main(int argc, char **argv)
{
	static char bytes[SIZE];
	struct sockaddr_in to[BATCH];
	struct iovec part = { bytes, sizeof(bytes) };
	struct mmsghdr message[BATCH];
	uint64_t count, rate, seed, sent = 0, begun = now_ns();
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 4 || fd < 0)
		return 2;
	count = strtoull(argv[1], NULL, 10);
	rate = strtoull(argv[2], NULL, 10);
	seed = strtoull(argv[3], NULL, 10);
	while (sent < count) {
		unsigned batch = count - sent < BATCH ? (unsigned)(count - sent) : BATCH;
		int took;

		for (unsigned i = 0; i < batch; i++) {
			to[i] = target(seed + sent + i);
			message[i] = (struct mmsghdr){ .msg_hdr = { .msg_name = &to[i],
								    .msg_namelen = sizeof(to[i]),
								    .msg_iov = &part,
								    .msg_iovlen = 1 } };
		}
		if (rate != 0)
			wait_until(begun + sent * NS_PER_S / rate);
		took = sendmmsg(fd, message, batch, 0);
		if (took > 0)
			sent += (uint64_t)took;
	}
	printf("%llu\n", (unsigned long long)sent);
	return 0;
}
