/*     0            tail               head           size
 *     |  newer ... | oldest ... newest | oldest ...  |
 *
 * Positions count bytes ever written; a position's place is its rest by the ring's size. No text
 * runs over the end: what does not fit there is left unused, and tail steps over it as head did. */
#include "identify/dns_texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define ALIGN 8

struct text {
	uint64_t until_ns; /* the last of its references is good until then */
	uint32_t references;
	uint16_t size; /* of this header and the bytes, rounded up to ALIGN; or of a filler */
	uint16_t length;
	char bytes[];
};

struct dns_texts {
	uint64_t head, tail; /* positions: tail <= head <= tail + size */
	size_t size;         /* of ring, a multiple of ALIGN */
	uint8_t *ring;
};

struct dns_texts *dns_texts_new(size_t bytes)
{
	struct dns_texts *texts = calloc(1, sizeof(*texts));

	if (!texts)
		return NULL;
	texts->size = bytes / ALIGN * ALIGN;
	texts->ring = pages_take_dense(texts->size);
	if (!texts->ring) {
		free(texts);
		return NULL;
	}
	return texts;
}

void dns_texts_free(struct dns_texts *texts)
{
	if (!texts)
		return;
	pages_give(texts->ring, texts->size);
	free(texts);
}

static struct text *text_at(const struct dns_texts *texts, uint64_t position)
{
	return (struct text *)(void *)(texts->ring + position % texts->size);
}

/* Where a text of `size` may start at or after the position. */
static uint64_t start_for(const struct dns_texts *texts, uint64_t position, size_t size)
{
	size_t left = texts->size - (size_t)(position % texts->size);

	return left < size ? position + left : position;
}

/* Forgets the oldest texts until the ring has room up to `end`. The filler before the ring's end
 * is a text of no references: start_for() put it there when there was room for its header. */
static void forget(struct dns_texts *texts, uint64_t end, uint64_t now_ns, uint64_t *lost)
{
	while (texts->tail < texts->head && end - texts->tail > texts->size) {
		const struct text *oldest;

		texts->tail = start_for(texts, texts->tail, sizeof(*oldest));
		if (texts->tail >= texts->head)
			break;
		oldest = text_at(texts, texts->tail);
		if (oldest->until_ns > now_ns)
			*lost += oldest->references;
		texts->tail += oldest->size;
	}
	if (texts->tail > texts->head)
		texts->tail = texts->head;
}

/* Marks what is left unused between head and start. */
static void fill(struct dns_texts *texts, uint64_t start)
{
	size_t unused = (size_t)(start - texts->head);

	if (unused >= sizeof(struct text))
		*text_at(texts, texts->head) = (struct text){ .size = (uint16_t)unused };
	texts->head = start;
}

uint64_t dns_texts_add(struct dns_texts *texts, const char *bytes, size_t length, uint64_t now_ns,
		       uint64_t *lost)
{
	size_t size = (sizeof(struct text) + length + ALIGN - 1) / ALIGN * ALIGN;
	uint64_t start = start_for(texts, texts->head, size);
	struct text *text;

	forget(texts, start + size, now_ns, lost);
	fill(texts, start);
	text = text_at(texts, start);
	*text = (struct text){ .size = (uint16_t)size, .length = (uint16_t)length };
	memcpy(text->bytes, bytes, length);
	texts->head = start + size;
	return start;
}

bool dns_texts_has(const struct dns_texts *texts, uint64_t position)
{
	return position >= texts->tail && position < texts->head;
}

const char *dns_texts_at(const struct dns_texts *texts, uint64_t position, size_t *length)
{
	if (!dns_texts_has(texts, position))
		return NULL;
	*length = text_at(texts, position)->length;
	return text_at(texts, position)->bytes;
}

bool dns_texts_is_old(const struct dns_texts *texts, uint64_t position)
{
	return !dns_texts_has(texts, position) || texts->head - position > texts->size / 2;
}

void dns_texts_refer(struct dns_texts *texts, uint64_t position, uint64_t until_ns)
{
	struct text *text = text_at(texts, position);

	if (!dns_texts_has(texts, position))
		return;
	text->references++;
	if (until_ns > text->until_ns)
		text->until_ns = until_ns;
}

void dns_texts_drop(struct dns_texts *texts, uint64_t position)
{
	if (dns_texts_has(texts, position))
		text_at(texts, position)->references--;
}
