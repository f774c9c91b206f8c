#include "capture/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct file {
	struct input *input;
	const struct format *format; /* NULL: the header is cut, see `damage` */
	void *state;
	uint64_t packets;
	struct fault damage; /* found while opening, to be told by the first file_next() */
	char name[];         /* as people read it */
};

static int not_a_capture(const struct file *file, const char *why, struct fault *fault)
{
	const char *packing = input_packing(file->input);

	fault_set(fault, "%s: not a capture (%s%s%s)", file->name, packing ? packing : "",
		  packing ? " of something else: " : "", why);
	return -EINVAL;
}

/* The file has fewer bytes than any header: damage if they may be the start of one. */
static int open_cut(struct file *file, struct fault *fault)
{
	size_t ready = input_ready(file->input);
	const char *failure = input_failure(file->input);

	if (ready > 0 && !format_find(input_bytes(file->input), ready))
		return not_a_capture(file, "its first bytes are of no known kind", fault);
	if (failure)
		fault_set(&file->damage, "%s: byte %zu: %s; no packets were read", file->name,
			  ready, failure);
	else if (ready > 0)
		fault_set(&file->damage,
			  "%s: the file ends at byte %zu, in the middle of its header; "
			  "no packets were read",
			  file->name, ready);
	else
		fault_set(&file->damage, "%s: the file is empty, it has not even a capture header",
			  file->name);
	return 0;
}

static int open_format(struct file *file, struct fault *fault)
{
	struct fault why = { 0 };

	if (input_need(file->input, FORMAT_MAGIC_BYTES) != INPUT_READY)
		return open_cut(file, fault);
	const struct format *format = format_find(input_bytes(file->input), FORMAT_MAGIC_BYTES);
	if (!format)
		return not_a_capture(file, "its first bytes are of no known kind", fault);
	if (input_need(file->input, format->header_bytes) != INPUT_READY)
		return open_cut(file, fault);
	int error = format->open(&file->state, file->input, &why);
	if (error == -EINVAL)
		return not_a_capture(file, why.text, fault);
	if (error == 0)
		file->format = format;
	return error;
}

int file_open(struct file **file, const char *path, struct fault *fault)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	struct file *opened = calloc(1, sizeof(*opened) + strlen(name) + 1);

	int error = -ENOMEM;

	*file = NULL;
	if (opened) {
		memcpy(opened->name, name, strlen(name) + 1);
		error = input_open(&opened->input, path, fault);
	}
	if (!error)
		error = open_format(opened, fault);
	if (error == -ENOMEM)
		fault_set(fault, "%s: there is not enough memory to open it", name);
	if (error) {
		file_close(opened);
		return error;
	}
	*file = opened;
	return 0;
}

static void name_damage(const struct file *file, const char *what, struct fault *damage)
{
	fault_set(damage, "%s: packet %llu at byte %llu%s: %s; %llu packets before it were read",
		  file->name, (unsigned long long)file->packets + 1,
		  (unsigned long long)input_offset(file->input),
		  input_packing(file->input) ? " of the unpacked data" : "", what,
		  (unsigned long long)file->packets);
}

enum read_outcome file_next(struct file *file, bool may_refill, struct packet *packet,
			    struct fault *damage)
{
	struct fault what;

	if (!file->format) {
		*damage = file->damage;
		return READ_DAMAGE;
	}
	input_allow_refill(file->input, may_refill);
	enum read_outcome outcome = file->format->next(file->state, file->input, packet, &what);

	if (outcome == READ_PACKET)
		file->packets++;
	else if (!may_refill && !file_is_mapped(file))
		return READ_LATER; /* the end frees the buffer: so it waits as a refill does */
	else if (outcome == READ_DAMAGE)
		name_damage(file, what.text, damage);
	return outcome;
}

size_t file_many(struct file *file, struct packet *packets, size_t most)
{
	if (!file->format || !file->format->many)
		return 0;
	size_t count = file->format->many(file->state, file->input, packets, most);

	file->packets += count;
	return count;
}

void file_release(struct file *file)
{
	if (file->format)
		file->format->close(file->state);
	file->format = NULL;
	file->state = NULL;
	input_release(file->input);
}

void file_close(struct file *file)
{
	if (!file)
		return;
	if (file->input)
		file_release(file);
	input_close(file->input);
	free(file);
}

bool file_is_mapped(const struct file *file)
{
	return input_is_mapped(file->input);
}

bool file_can_reopen(const struct file *file)
{
	return input_can_reopen(file->input);
}

uint64_t file_bytes_done(const struct file *file)
{
	return input_bytes_done(file->input);
}

uint64_t file_bytes_total(const struct file *file)
{
	return input_bytes_total(file->input);
}
