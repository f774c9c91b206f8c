/* live_frames - sends UDP frames out of an interface as fast as one core can, by the kernel's test run of
 * an XDP program with live frames. For measuring only.
 *
 *     live_frames INTERFACE FLOWS FRAMES BYTES      FLOWS: a power of 2; ports 16384 and on to 9999
 */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

#define BATCH 64
#define ROUND (1u << 18) /* frames of one system call: it takes only a fraction of a second */
#define PORT_AT 34       /* of the UDP source port: Ethernet, IPv4 without options */
#define FRAME_LEAST 64
#define FRAME_MOST 1514

#define INSN(c, d, s, o, i)                                                                        \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })

/* Writes a random source port of so many, and redirects the frame to the interface. */
static int load(int interface, int flows)
{
	const struct bpf_insn program[] = {
		INSN(BPF_LDX | BPF_MEM | BPF_W, 6, 1, 0, 0), /* data */
		INSN(BPF_LDX | BPF_MEM | BPF_W, 7, 1, 4, 0), /* data_end */
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 6, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, PORT_AT + 2),
		INSN(BPF_JMP | BPF_JGT | BPF_X, 2, 7, 9, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32),
		INSN(BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, flows - 1),
		INSN(BPF_ALU64 | BPF_OR | BPF_K, 0, 0, 0, 16384),
		INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 16),
		INSN(BPF_STX | BPF_MEM | BPF_H, 6, 0, PORT_AT, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, interface),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_DROP),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "live_frames", "GPL", program,
			     sizeof(program) / sizeof(program[0]), NULL);
}

static void make_frame(uint8_t frame[FRAME_MOST], uint16_t bytes)
{
	static const uint8_t start[] = { 0,  0,    0, 0,  0,   0, 0,   0,  0,    0,  0,    0,   8,
					 0,  0x45, 0, 0,  0,   0, 1,   0,  0,    64, 17,   0,   0,
					 10, 10,   1, 10, 203, 0, 113, 12, 0x40, 0,  0x27, 0x0f };
	uint32_t sum = 0;

	memset(frame, 0, FRAME_MOST);
	memcpy(frame, start, sizeof(start));
	frame[16] = (uint8_t)((bytes - 14) >> 8);
	frame[17] = (uint8_t)(bytes - 14);
	frame[38] = (uint8_t)((bytes - 34) >> 8);
	frame[39] = (uint8_t)(bytes - 34);
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)frame[i] << 8 | frame[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	frame[24] = (uint8_t)(sum >> 8);
	frame[25] = (uint8_t)sum;
}

static int send_all(int program, uint64_t frames, uint16_t bytes)
{
	uint8_t frame[FRAME_MOST];
	struct xdp_md context = { .data_end = bytes };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = bytes,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .batch_size = BATCH,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	make_frame(frame, bytes);
	for (uint64_t sent = 0; sent < frames; sent += (uint64_t)options.repeat) {
		options.repeat = frames - sent < ROUND ? (int)(frames - sent) : (int)ROUND;
		int error = bpf_prog_test_run_opts(program, &options);

		if (error)
			return error;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct timespec begun, ended;
	int interface = argc == 5 ? (int)if_nametoindex(argv[1]) : 0;
	uint64_t frames = argc == 5 ? strtoull(argv[3], NULL, 10) : 0;
	long flows = argc == 5 ? strtol(argv[2], NULL, 10) : 0;
	long bytes = argc == 5 ? strtol(argv[4], NULL, 10) : 0;

	if (interface == 0 || flows < 1 || (flows & (flows - 1)) != 0 || flows > 16384 ||
	    bytes < FRAME_LEAST || bytes > FRAME_MOST) {
		fputs("usage: live_frames INTERFACE FLOWS FRAMES BYTES\n", stderr);
		return 2;
	}
	int program = load(interface, (int)flows);

	clock_gettime(CLOCK_MONOTONIC, &begun);
	int error = program < 0 ? program : send_all(program, frames, (uint16_t)bytes);

	clock_gettime(CLOCK_MONOTONIC, &ended);
	if (error) {
		fprintf(stderr, "live_frames: %s\n", strerror(-error));
		return 1;
	}
	printf("%.4f\n", (double)(ended.tv_sec - begun.tv_sec) +
				 (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
	return 0;
}
