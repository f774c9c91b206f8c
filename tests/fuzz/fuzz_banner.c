/* The input is a row of pieces, each behind two bytes: direction (top bit) and length (15 bits). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/units.h"
#include "identify/banner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum parse_outcome feed(struct banner_reader *reader, struct buffer_pool *pool,
			       struct cursor *input, struct banner_found *found)
{
	static struct ssh_info ssh;
	uint16_t head = cursor_u16(input);
	enum direction direction = head >> 15 ? TO_CLIENT : TO_SERVER;
	size_t length = head & 0x7fff;
	uint8_t app = found->app;
	uint8_t *copy;

	memset(&ssh, 0, sizeof(ssh));
	length = length < input->left ? length : input->left;
	copy = malloc(length + 1); /* so that reading past the piece is seen */
	memcpy(copy, cursor_take(input, length), length);
	enum parse_outcome outcome =
		banner_read(reader, pool, direction, copy, length, found, &ssh);
	free(copy);
	assert(outcome == PARSE_MORE || outcome == PARSE_DONE || outcome == PARSE_NOT);
	assert(outcome != PARSE_NOT || found->app == APP_UNKNOWN);
	assert(app == APP_UNKNOWN || found->app == app);
	assert(found->app < APPS && app_name(found->app));
	assert(found->inner_at <= length);
	assert(!found->starttls || outcome == PARSE_DONE);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buffer_pool *pool;
	struct banner_reader reader = { 0 };
	struct banner_found found = { 0 };
	struct cursor input = cursor_over(data, size);
	enum parse_outcome outcome = PARSE_MORE;

	if (!pool && buffer_pool_new(&pool, MIB) != 0)
		return 0;
	while (input.left >= 2 && outcome == PARSE_MORE)
		outcome = feed(&reader, pool, &input, &found);
	banner_reader_release(&reader, pool);
	for (int i = 0; i < 3; i++)
		assert(buffer_pool_stats(pool).in_use[i] == 0);
	return 0;
}
