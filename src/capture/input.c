/* The bytes of one file.
 *
 * A file that shrinks while it is mapped: reading a page that is gone raises SIGBUS, and no mapping
 * flag prevents it. So the size is asked again every CHECK_EVERY requests (a request or two is a
 * packet) and for each window (a batch of packets; fstat costs less than one packet does), and a file
 * that became shorter ends there, with the reason named. What is left is a race of some milliseconds:
 * a packet that was handed out just before the file was cut, and is read after. Catching the signal
 * would need a process-wide handler and a global list of maps, which a library must not have. Rotation
 * by renaming is harmless; only truncating in place (copytruncate) shows it, and
 * `cat file | pewit replay -` avoids it altogether.
 *
 * A mapped file would otherwise cost a page fault every few packets, and at its end all of it would
 * count as memory of ours. So pages are mapped in steps ahead of the reader, and given back well
 * behind it; whoever still reads there gets them again from the file.
 */
#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "capture/unpack.h"

#define CHECK_EVERY 64               /* requests between two looks at the size of a mapped file */
#define AHEAD_BYTES (4 * MIB)        /* mapped in one go: a thousand faults saved */
#define BEHIND_BYTES (16 * MIB)      /* kept: the packets on their way between threads */
#define BUFFER_BYTES (256 * KIB)     /* some batches of packets; grows for a larger record */
#define RAW_BYTES ((size_t)64 * KIB) /* packed bytes read at once */

struct input {
	const uint8_t *at; /* the window */
	size_t ready;
	uint64_t offset; /* of `at` */
	int fd;
	bool mapped, can_reopen;
	bool refill_allowed;
	bool ended;          /* streamed: no more bytes will come */
	unsigned next_check; /* mapped: requests until the size is asked again */
	uint64_t bytes_read, bytes_total;
	uint8_t *map; /* NULL when the file is empty */
	size_t map_size;
	size_t ahead,
		behind;  /* what was mapped ahead ends, and what is kept begins; page-aligned */
	uint8_t *buffer; /* streamed: what the window lies in */
	size_t buffer_size;
	const struct unpack_kind *packing; /* NULL: the bytes are as they are */
	void *unpack;
	uint8_t *raw; /* packed bytes, RAW_BYTES */
	size_t raw_at, raw_left;
	struct fault failure; /* "" while all is well */
};

static const struct unpack_kind *const packings[] = { &unpack_gzip, &unpack_zstd };

static const struct unpack_kind *packing_of(const uint8_t *head, size_t size)
{
	for (size_t i = 0; size >= UNPACK_HEAD_BYTES && i < sizeof(packings) / sizeof(*packings);
	     i++) {
		if (packings[i]->recognises(head))
			return packings[i];
	}
	return NULL;
}

static bool is_over(const struct input *input)
{
	return input->ended || input->failure.text[0] != '\0';
}

/* As read(2); 0 also after an error, which is then told by `failure`. */
static size_t read_some(struct input *input, uint8_t *bytes, size_t size)
{
	ssize_t got;

	do
		got = read(input->fd, bytes, size);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		fault_set(&input->failure, "reading failed: %s", strerror(errno));
		return 0;
	}
	input->bytes_read += (uint64_t)got;
	return (size_t)got;
}

/* Refills the packed bytes. False at the end, which is too early inside a frame. */
static bool read_raw(struct input *input)
{
	input->raw_at = 0;
	input->raw_left = read_some(input, input->raw, RAW_BYTES);
	if (input->raw_left > 0)
		return true;
	if (!is_over(input) && !input->packing->is_whole(input->unpack))
		fault_set(&input->failure, "the %s data ends too early", input->packing->name);
	return false;
}

static size_t unpack_some(struct input *input, uint8_t *bytes, size_t size)
{
	struct unpack_io io = { .out = bytes, .out_left = size };
	const char *wrong = NULL;

	do {
		io.in = input->raw + input->raw_at;
		io.in_left = input->raw_left;
		wrong = input->packing->run(input->unpack, &io);
		input->raw_at += input->raw_left - io.in_left;
		bool used = io.in_left < input->raw_left;
		input->raw_left = io.in_left;
		if (wrong)
			fault_set(&input->failure, "the %s data is broken (%s)",
				  input->packing->name, wrong);
		else if (io.out_left == size && !used && !read_raw(input))
			break;
	} while (!wrong && io.out_left == size);
	return size - io.out_left;
}

/* Makes room for `length` bytes in a row; the window moves to the start of the buffer. */
static bool make_room(struct input *input, size_t length)
{
	if (input->ready > 0)
		memmove(input->buffer, input->at, input->ready);
	if (length > input->buffer_size) {
		uint8_t *larger = realloc(input->buffer, length);

		if (larger) {
			input->buffer = larger;
			input->buffer_size = length;
		} else {
			fault_set(&input->failure, "no memory for a record of %zu bytes", length);
		}
	}
	input->at = input->buffer;
	return !is_over(input);
}

static void refill(struct input *input, size_t length)
{
	if (!make_room(input, length))
		return;
	while (input->ready < length && !is_over(input)) {
		uint8_t *end = input->buffer + input->ready;
		size_t room = input->buffer_size - input->ready;
		size_t got = input->packing ? unpack_some(input, end, room)
					    : read_some(input, end, room);

		input->ready += got;
		input->ended = input->ended || got == 0;
	}
}

static void check_size(struct input *input)
{
	struct stat status;

	if (input->fd < 0 || fstat(input->fd, &status) != 0 ||
	    (uint64_t)status.st_size >= input->offset + input->ready)
		return;
	uint64_t size = (uint64_t)status.st_size;
	fault_set(&input->failure,
		  "the file became shorter while it was read (from %zu to %llu bytes)",
		  input->map_size, (unsigned long long)size);
	input->ready = size > input->offset ? (size_t)(size - input->offset) : 0;
}

/* Both calls only advise: where the kernel will not, pages come and stay as they otherwise would. */
static void move_pages(struct input *input)
{
	size_t at = (size_t)input->offset;

	if (at >= input->ahead) {
		size_t from = at & ~(size_t)(AHEAD_BYTES - 1);
		size_t left = input->map_size - from;

		madvise(input->map + from, left < AHEAD_BYTES ? left : AHEAD_BYTES,
			MADV_POPULATE_READ);
		input->ahead = from + AHEAD_BYTES;
	}
	if (at - input->behind >= BEHIND_BYTES + AHEAD_BYTES) {
		madvise(input->map + input->behind, AHEAD_BYTES, MADV_DONTNEED);
		input->behind += AHEAD_BYTES;
	}
}

static void tend_map(struct input *input)
{
	input->next_check = CHECK_EVERY;
	check_size(input);
	if (input->ready > 0)
		move_pages(input);
}

enum input_state input_need(struct input *input, size_t length)
{
	if (input->mapped && --input->next_check == 0)
		tend_map(input);
	if (length <= input->ready)
		return INPUT_READY;
	if (!input->mapped && !is_over(input)) {
		if (!input->refill_allowed)
			return INPUT_LATER;
		refill(input, length);
		if (length <= input->ready)
			return INPUT_READY;
	}
	return input->ready == 0 && !input_failure(input) ? INPUT_END : INPUT_CUT;
}

const uint8_t *input_window(struct input *input, size_t *ready)
{
	if (input->mapped)
		tend_map(input);
	*ready = input->ready;
	return input->at;
}

void input_take(struct input *input, size_t length)
{
	if (length > input->ready)
		length = input->ready;
	if (length == 0)
		return;
	input->at += length;
	input->ready -= length;
	input->offset += length;
}

static bool map(struct input *input, size_t size)
{
	if (size > 0) {
		void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, input->fd, 0);

		if (bytes == MAP_FAILED)
			return false; /* some file systems cannot: then it is streamed */
		madvise(bytes, size, MADV_SEQUENTIAL);
		input->map = bytes;
	}
	input->map_size = size;
	input->at = input->map;
	input->ready = size;
	input->mapped = true;
	input->next_check = CHECK_EVERY;
	return true;
}

/* Puts the unpacker between the bytes read so far and the window. */
static int start_unpacking(struct input *input, const struct unpack_kind *packing)
{
	input->raw = malloc(RAW_BYTES > input->ready ? RAW_BYTES : input->ready);
	input->unpack = packing->open();
	if (!input->raw || !input->unpack)
		return -ENOMEM;
	memcpy(input->raw, input->at, input->ready);
	input->raw_left = input->ready;
	input->ready = 0;
	input->ended = false;
	input->packing = packing;
	return 0;
}

static int start_stream(struct input *input)
{
	input->buffer_size = BUFFER_BYTES;
	input->buffer = malloc(input->buffer_size);
	if (!input->buffer)
		return -ENOMEM;
	input->at = input->buffer;
	if (input_need(input, UNPACK_HEAD_BYTES) != INPUT_READY)
		return 0; /* too short to be packed; a failure will be told by the first read */

	const struct unpack_kind *packing = packing_of(input->at, input->ready);
	return packing ? start_unpacking(input, packing) : 0;
}

static int start(struct input *input)
{
	uint8_t head[UNPACK_HEAD_BYTES];
	struct stat status;

	if (fstat(input->fd, &status) != 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	bool is_file = S_ISREG(status.st_mode) && lseek(input->fd, 0, SEEK_CUR) == 0;
	input->can_reopen = input->can_reopen && is_file;
	if (is_file) {
		input->bytes_total = (uint64_t)status.st_size;
		ssize_t got = pread(input->fd, head, sizeof(head), 0);
		if (got < 0)
			return -errno;
		if (!packing_of(head, (size_t)got) && map(input, (size_t)status.st_size))
			return 0;
	}
	return start_stream(input);
}

int input_open(struct input **input, const char *path, struct fault *fault)
{
	bool is_standard = strcmp(path, "-") == 0;
	struct input *opened = calloc(1, sizeof(*opened));

	*input = NULL;
	if (!opened)
		return -ENOMEM;
	opened->refill_allowed = true;
	opened->can_reopen = !is_standard;
	opened->fd = is_standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
				 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int error = opened->fd < 0 ? -errno : start(opened);
	if (error) {
		fault_set(fault, "%s: cannot be read: %s", is_standard ? "standard input" : path,
			  strerror(-error));
		input_close(opened);
		return error;
	}
	*input = opened;
	return 0;
}

void input_release(struct input *input)
{
	if (input->unpack)
		input->packing->close(input->unpack);
	free(input->raw);
	free(input->buffer);
	if (input->map)
		madvise(input->map, input->map_size, MADV_DONTNEED); /* its packets come back */
	if (input->fd >= 0)
		close(input->fd);
	input->fd = -1;
	input->unpack = NULL;
	input->raw = input->buffer = NULL;
	input->at = NULL;
	input->ready = 0;
	input->ended = true;
}

void input_close(struct input *input)
{
	if (!input)
		return;
	input_release(input);
	if (input->map)
		munmap(input->map, input->map_size);
	free(input);
}

void input_allow_refill(struct input *input, bool allowed)
{
	input->refill_allowed = allowed;
}

const uint8_t *input_bytes(const struct input *input)
{
	return input->at;
}

size_t input_ready(const struct input *input)
{
	return input->ready;
}

uint64_t input_offset(const struct input *input)
{
	return input->offset;
}

const char *input_failure(const struct input *input)
{
	return input->failure.text[0] ? input->failure.text : NULL;
}

const char *input_packing(const struct input *input)
{
	return input->packing ? input->packing->name : NULL;
}

bool input_is_mapped(const struct input *input)
{
	return input->mapped;
}

bool input_can_reopen(const struct input *input)
{
	return input->can_reopen;
}

uint64_t input_bytes_done(const struct input *input)
{
	return input->mapped ? input->offset : input->bytes_read;
}

uint64_t input_bytes_total(const struct input *input)
{
	return input->bytes_total;
}
