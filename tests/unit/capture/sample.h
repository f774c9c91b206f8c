/* sample.h - captures made byte by byte, and what reading them gave. Included after unit.h. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/source.h"

#define SAMPLE_BYTES ((size_t)1 << 20)
#define SAMPLE_PACKETS 512
#define SAMPLE_PACKET_BYTES 64 /* of each packet that are kept */

struct sample {
	size_t size;
	bool big; /* big endian */
	uint8_t bytes[SAMPLE_BYTES];
};

static inline void put(struct sample *sample, const void *bytes, size_t size)
{
	assert_true(size <= SAMPLE_BYTES - sample->size);
	memcpy(sample->bytes + sample->size, bytes, size);
	sample->size += size;
}

static inline void put_number(struct sample *sample, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		unsigned shift = 8 * (sample->big ? size - 1 - i : i);
		uint8_t byte = (uint8_t)(value >> shift);

		put(sample, &byte, 1);
	}
}

static inline void put_16(struct sample *sample, uint16_t value)
{
	put_number(sample, value, 2);
}

static inline void put_32(struct sample *sample, uint32_t value)
{
	put_number(sample, value, 4);
}

static inline void put_fill(struct sample *sample, uint8_t value, size_t count)
{
	while (count-- > 0)
		put(sample, &value, 1);
}

#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d
#define MAGIC_PATCHED 0xa1b2cd34

static inline void put_pcap_header(struct sample *sample, uint32_t magic, uint32_t link)
{
	put_32(sample, magic);
	put_16(sample, 2);
	put_16(sample, 4);
	put_fill(sample, 0, 8);
	put_32(sample, 65535);
	put_32(sample, link);
}

/* A record whose bytes are all `fill`. */
static inline void put_pcap_packet(struct sample *sample, uint32_t seconds, uint8_t fill,
				   uint32_t size)
{
	put_32(sample, seconds);
	put_32(sample, 0);
	put_32(sample, size);
	put_32(sample, size);
	put_fill(sample, fill, size);
}

/* A pcapng block round `body`, which is as big endian as `sample` is. */
static inline void put_block(struct sample *sample, uint32_t type, const struct sample *body)
{
	uint32_t padded = ((uint32_t)body->size + 3) & ~3u;

	put_32(sample, type);
	put_32(sample, padded + 12);
	put(sample, body->bytes, body->size);
	put_fill(sample, 0, padded - body->size);
	put_32(sample, padded + 12);
}

/* A file without a name; `path` opens it. The caller closes the descriptor. */
static inline int sample_file(const struct sample *sample, size_t size, char path[32])
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, sample->bytes, size), (ssize_t)size);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/* The same through a pipe that somebody has filled and closed. */
static inline int sample_pipe(const struct sample *sample, size_t size, char path[32])
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, SAMPLE_BYTES) >= (int)size);
	assert_int_equal(write(ends[1], sample->bytes, size), (ssize_t)size);
	close(ends[1]);
	snprintf(path, 32, "/proc/self/fd/%d", ends[0]);
	return ends[0];
}

struct reading {
	int error;
	struct fault fault;
	size_t count;
	struct packet packets[SAMPLE_PACKETS]; /* data points into bytes[] */
	uint8_t bytes[SAMPLE_PACKETS][SAMPLE_PACKET_BYTES];
	size_t damage_count;
	struct fault damage; /* the first */
	struct source_progress progress;
	bool mapped;
};

static inline void keep(struct reading *reading, const struct packet *packet)
{
	size_t size =
		packet->captured < SAMPLE_PACKET_BYTES ? packet->captured : SAMPLE_PACKET_BYTES;

	assert_true(reading->count < SAMPLE_PACKETS);
	assert_int_equal(packet->sequence, reading->count);
	memcpy(reading->bytes[reading->count], packet->data, size);
	reading->packets[reading->count] = *packet;
	reading->packets[reading->count].data = reading->bytes[reading->count];
	reading->count++;
}

/* Reads everything, `batch` packets at a time (up to 64). */
static inline void read_all(struct reading *reading, const char *const *paths, size_t path_count,
			    const struct source_options *options, size_t batch)
{
	struct source *source;
	struct packet packets[64];
	const struct fault *texts;
	size_t got;

	memset(reading, 0, sizeof(*reading));
	reading->error = source_open(&source, paths, path_count, options, &reading->fault);
	if (reading->error) {
		assert_null(source);
		return;
	}
	while ((got = source_next(source, packets, batch)) > 0) {
		for (size_t i = 0; i < got; i++)
			keep(reading, &packets[i]);
	}
	assert_int_equal(source_next(source, packets, batch), 0);
	reading->damage_count = source_damage(source, &texts);
	if (reading->damage_count > 0)
		reading->damage = texts[0];
	reading->progress = source_progress(source);
	reading->mapped = source_is_mapped(source);
	source_close(source);
}

static inline void read_path(struct reading *reading, const char *path)
{
	read_all(reading, &path, 1, NULL, 64);
}

/* Reads the first `size` bytes of a sample as a mapped file. */
static inline void read_sample(struct reading *reading, const struct sample *sample, size_t size)
{
	char path[32];
	int fd = sample_file(sample, size, path);

	read_path(reading, path);
	close(fd);
}

#define assert_text_has(text, part)                                                                \
	do {                                                                                       \
		if (!strstr((text), (part)))                                                       \
			fail_msg("\"%s\" does not say \"%s\"", (text), (part));                    \
	} while (0)
