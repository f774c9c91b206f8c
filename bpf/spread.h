/* spread.h - which worker a frame belongs to: both directions of a flow to one, whatever it is wrapped in. */
#pragma once

/* One end's share; the two are added, so that their order does not matter. */
static __always_inline __u64 hash_end(const __u8 address[16], __u16 port)
{
	__u64 a, b;

	__builtin_memcpy(&a, address, 8);
	__builtin_memcpy(&b, address + 8, 8);
	a = (a ^ settings.hash_seed) * 0x9e3779b97f4a7c15ULL;
	b = (b ^ a ^ a >> 32 ^ port) * 0xc2b2ae3d27d4eb4fULL;
	return b ^ b >> 29;
}

/* Fragments have no ports: those of a datagram go to one worker by their addresses alone. */
static __always_inline __u32 worker_of(const struct frame *frame)
{
	struct five_tuple tuple;

	if (settings.workers < 2 || !frame_five_tuple(frame, &tuple, &settings))
		return 0;
	__u64 hash = hash_end(tuple.src, tuple.src_port) + hash_end(tuple.dst, tuple.dst_port) +
		     tuple.protocol;

	hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ULL;
	return (hash >> 32) % settings.workers;
}
