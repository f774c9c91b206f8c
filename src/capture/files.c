/* Capture files, many as one.
 *
 * The files are merged by the time of their next packet; each keeps its own order, whatever its
 * time stamps do, and equal times keep the order in which files were named. In natural order all
 * keys are zero, so the same merge reads each file to its end.
 *
 * A file is opened twice. First at the start, to say at once what cannot be read, and to learn the
 * time of its first packet; then it sleeps, closed, until its turn. So a day of captures rotated
 * every minute needs one or two descriptors at a time. A pipe gives its bytes once and stays open.
 *
 *   asleep --wake--> ready --handed out--> spent --next packet--> ready ... --end--> done
 *
 * Packets of a streamed file lie in a buffer that its refill moves, and the batch in the making
 * points into it: so a refill waits for the start of a batch, and a batch may come back short.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/file.h"
#include "capture/filter.h"
#include "capture/merge.h"
#include "capture/paths.h"
#include "capture/source_ops.h"

enum capture_stage { ASLEEP, SPENT, READY, DONE };

struct capture {
	struct file *file; /* NULL while asleep; once done, only of a mapped file */
	const struct path_entry *path;
	uint64_t bytes; /* of the file; of a pipe, once it is done */
	struct packet head;
	enum capture_stage stage;
	bool damaged;
};

struct files {
	struct paths paths;
	struct capture *captures; /* one per path */
	struct merge merge;       /* those that have more */
	struct filter *filter;    /* NULL: all packets */
	uint64_t last_ns;
	struct source_progress progress; /* all but bytes_done */
	bool natural_order, mapped, total_unknown;
	uint32_t links_usable, links_unusable; /* link types that the filter compiles for, or not */
	uint32_t opened;                       /* files that could be opened at the start */
	size_t damage_count;                   /* of those kept */
	struct fault damage[SOURCE_DAMAGE_MAX];
};

static void note_damage(struct files *files, struct capture *capture, const struct fault *damage)
{
	if (files->damage_count < SOURCE_DAMAGE_MAX)
		files->damage[files->damage_count++] = *damage;
	if (!capture->damaged)
		files->progress.files_damaged++;
	capture->damaged = true;
}

/* Compiles the filter for a link type that no packet had before. */
static int learn_link(struct files *files, struct capture *capture, struct fault *fault)
{
	struct fault why = { 0 }, damage;
	int error = filter_add_link(files->filter, capture->head.link, &why);

	if (!error) {
		files->links_usable++;
		return 0;
	}
	files->links_unusable++;
	fault_set(fault, "%s", why.text);
	fault_set(&damage, "%s: packets are left out: %s", capture->path->path, why.text);
	note_damage(files, capture, &damage);
	return error;
}

static bool passes(struct files *files, struct capture *capture)
{
	if (!files->filter)
		return true;
	if (!filter_has_link(files->filter, capture->head.link))
		learn_link(files, capture, NULL);
	if (filter_passes(files->filter, &capture->head))
		return true;
	files->progress.filtered++;
	return false;
}

static void count_packet(struct files *files, struct packet *packet)
{
	struct source_progress *progress = &files->progress;

	packet->sequence = progress->packets++;
	progress->bytes += packet->length;
	progress->cut += packet->captured < packet->length;
	progress->time_backwards += packet->time_ns < files->last_ns;
	files->last_ns = packet->time_ns;
}

/* Puts the head of the file into the batch, unless it is filtered. Returns how many: 0 or 1. */
static size_t hand_out(struct files *files, struct capture *capture, struct packet *packet)
{
	capture->stage = SPENT;
	if (!passes(files, capture))
		return 0;
	*packet = capture->head;
	count_packet(files, packet);
	return 1;
}

/* All at once, where no other file can come between and each packet is wanted. */
static size_t hand_out_many(struct files *files, struct packet *packets, size_t most)
{
	const struct capture *capture = &files->captures[merge_top(&files->merge)];
	size_t count = 0;

	if (capture->stage == SPENT && !files->filter &&
	    (files->merge.count == 1 || files->natural_order))
		count = file_many(capture->file, packets, most);
	for (size_t i = 0; i < count; i++)
		count_packet(files, &packets[i]);
	return count;
}

static uint64_t key_of(const struct files *files, const struct capture *capture)
{
	return files->natural_order ? 0 : capture->head.time_ns;
}

/* Opens a sleeping file again; what it says has changed is damage. */
static bool wake(struct files *files, struct capture *capture)
{
	struct fault damage;
	int error = file_open(&capture->file, capture->path->path, &damage);

	if (!error && files->mapped && !file_is_mapped(capture->file)) {
		fault_set(&damage, "%s: became another kind of file before its turn",
			  capture->path->path);
		error = -EINVAL;
	}
	if (error)
		note_damage(files, capture, &damage);
	return error == 0;
}

/* Reads the next packet into capture->head. */
static enum read_outcome advance(struct files *files, struct capture *capture, bool may_refill)
{
	struct fault damage;
	bool was_asleep = capture->stage == ASLEEP;

	if (was_asleep && !capture->file && !wake(files, capture))
		return READ_DAMAGE;
	enum read_outcome outcome = file_next(capture->file, may_refill, &capture->head, &damage);
	if (outcome == READ_END && was_asleep) {
		fault_set(&damage, "%s: lost its packets before its turn", capture->path->path);
		outcome = READ_DAMAGE;
	}
	if (outcome == READ_DAMAGE)
		note_damage(files, capture, &damage);
	return outcome;
}

static void finish(struct capture *capture)
{
	capture->stage = DONE;
	if (!capture->file)
		return;
	if (capture->bytes == 0)
		capture->bytes = file_bytes_done(capture->file);
	if (file_is_mapped(capture->file)) {
		file_release(capture->file); /* its packets may still be in use */
	} else {
		file_close(capture->file);
		capture->file = NULL;
	}
}

static size_t files_next(void *state, struct packet *packets, size_t most)
{
	struct files *files = state;
	size_t count = files->merge.count > 0 ? hand_out_many(files, packets, most) : 0;

	while (count < most && files->merge.count > 0) {
		struct capture *capture = &files->captures[merge_top(&files->merge)];

		if (capture->stage == READY) {
			count += hand_out(files, capture, &packets[count]);
			continue;
		}
		enum read_outcome outcome = advance(files, capture, count == 0);
		if (outcome == READ_LATER)
			break;
		if (outcome == READ_PACKET) {
			capture->stage = READY;
			merge_rekey_top(&files->merge, key_of(files, capture));
		} else {
			finish(capture);
			merge_drop_top(&files->merge);
		}
	}
	return count;
}

/* Reads the first packet, and closes what can be opened again at its turn. */
static int probe(struct files *files, struct capture *capture, struct fault *fault)
{
	struct fault damage;
	int error = file_open(&capture->file, capture->path->path, &damage);

	if (error) {
		fault_set(fault, "%s", damage.text);
		note_damage(files, capture, &damage);
		finish(capture);
		return capture->path->from_directory && error != -ENOMEM ? 0 : error;
	}
	files->opened++;
	files->mapped = files->mapped && file_is_mapped(capture->file);
	capture->bytes = file_bytes_total(capture->file);
	files->progress.bytes_total += capture->bytes;
	if (capture->bytes == 0 && !file_is_mapped(capture->file))
		files->total_unknown = true;

	capture->stage = SPENT;
	if (advance(files, capture, true) != READ_PACKET) {
		finish(capture);
		return 0;
	}
	if (files->filter && !filter_has_link(files->filter, capture->head.link))
		error = learn_link(files, capture, fault);
	capture->stage = READY;
	if (file_can_reopen(capture->file)) {
		file_close(capture->file);
		capture->file = NULL;
		capture->stage = ASLEEP;
	}
	merge_add(&files->merge, key_of(files, capture), (uint32_t)(capture - files->captures));
	return error == -ENOMEM ? error : 0;
}

/* An expression that is right for some of the files is in order; one that is right for none is not,
 * and without packets it is tried on Ethernet, so that a slip in it never passes unseen. */
static int check_filter(struct files *files, struct fault *fault)
{
	if (!files->filter || files->links_usable > 0)
		return 0;
	if (files->links_unusable > 0)
		return -EINVAL; /* the sentence is that of the last one */
	return filter_add_link(files->filter, LINK_ETHERNET, fault);
}

static int open_files(struct files *files, struct fault *fault)
{
	uint32_t count = files->paths.count;
	int error = 0;

	files->captures = calloc(count, sizeof(*files->captures));
	files->merge.entries = calloc(count, sizeof(*files->merge.entries));
	if (!files->captures || !files->merge.entries)
		return -ENOMEM;
	files->progress.files = count;
	for (uint32_t i = 0; !error && i < count; i++) {
		files->captures[i].path = &files->paths.entries[i];
		error = probe(files, &files->captures[i], fault);
	}
	if (!error && files->opened == 0) {
		fault_set(fault, "%s", files->damage[0].text);
		error = -EINVAL;
	}
	return error ? error : check_filter(files, fault);
}

static void files_close(void *state)
{
	struct files *files = state;

	for (uint32_t i = 0; files->captures && i < files->paths.count; i++)
		file_close(files->captures[i].file);
	free(files->captures);
	free(files->merge.entries);
	filter_close(files->filter);
	paths_free(&files->paths);
	free(files);
}

int files_open(void **state, const char *const *paths, size_t path_count,
	       const struct source_options *options, struct fault *fault)
{
	struct files *files = calloc(1, sizeof(*files));
	int error = 0;

	if (!files)
		return -ENOMEM;
	files->mapped = true;
	files->natural_order = options && options->natural_order;
	if (path_count == 0) {
		fault_set(fault, "no capture is named");
		error = -EINVAL;
	}
	for (size_t i = 0; !error && i < path_count; i++)
		error = paths_add(&files->paths, paths[i], fault);
	if (!error && options && options->filter)
		error = filter_open(&files->filter, options->filter);
	if (!error)
		error = open_files(files, fault);
	if (error) {
		files_close(files);
		return error;
	}
	*state = files;
	return 0;
}

static bool files_is_mapped(const void *state)
{
	return ((const struct files *)state)->mapped;
}

static struct source_progress files_progress(const void *state)
{
	const struct files *files = state;
	struct source_progress progress = files->progress;

	if (files->total_unknown)
		progress.bytes_total = 0;
	for (uint32_t i = 0; i < files->paths.count; i++) {
		const struct capture *capture = &files->captures[i];

		if (capture->stage == DONE)
			progress.bytes_done += capture->bytes;
		else if (capture->file)
			progress.bytes_done += file_bytes_done(capture->file);
	}
	return progress;
}

static size_t files_damage(const void *state, const struct fault **texts)
{
	const struct files *files = state;

	*texts = files->damage;
	return files->damage_count;
}

const struct source_ops files_ops = {
	.next = files_next,
	.is_mapped = files_is_mapped,
	.progress = files_progress,
	.damage = files_damage,
	.close = files_close,
};
