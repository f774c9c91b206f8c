/* fuzz_http.c - one connection, both ways: HTTP/1, HTTP/2 and what may follow an upgrade.
 *
 * Input: pieces, each a byte (bit 0: to the client, bit 1: after a gap, bit 2: flush first, the
 * rest: its length in units of 16; 31 of them: all that is left) and its bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "identify/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
	if (!memchr(text, '\0', size))
		abort();
}

static void found(void *context, const struct http_info *info)
{
	(*(size_t *)context)++;
	check_text(info->method, sizeof(info->method));
	check_text(info->host, sizeof(info->host));
	check_text(info->path, sizeof(info->path));
	check_text(info->user_agent, sizeof(info->user_agent));
	check_text(info->upgrade, sizeof(info->upgrade));
	check_text(info->auth_scheme, sizeof(info->auth_scheme));
	check_text(info->imds_resource, sizeof(info->imds_resource));
	check_text(info->imds_api_version, sizeof(info->imds_api_version));
	check_text(info->imds_identity, sizeof(info->imds_identity));
	(void)http_imds_request(info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_pool *pool;
	struct cursor input = cursor_over(data, size);
	struct http_reader *reader;
	size_t count = 0;

	if (!pool && http_pool_new(&pool, 1) != 0)
		abort();
	reader = http_reader_take(pool);
	while (input.left > 0) {
		uint8_t head = cursor_u8(&input);
		size_t length = (size_t)(head >> 3) * 16;
		const struct http_info *early = NULL;

		if (head >> 3 == 31 || length > input.left)
			length = input.left;

		uint8_t *piece = malloc(length + 1); /* its own block, so that its end is watched */
		if (length > 0)
			memcpy(piece, cursor_take(&input, length), length);
		piece = realloc(piece, length > 0 ? length : 1);
		if (head & 4)
			http_flush(reader, found, &count);
		(void)http_looks_like(piece, length);
		http_read(reader, NULL, head & 1 ? TO_CLIENT : TO_SERVER, piece, length,
			  head & 2 ? length / 2 + 1 : 0, found, &count, &early);
		if (early && !early->is_request)
			abort();
		if (http_tunnel_offset(reader) > length)
			abort();
		free(piece);
	}
	http_flush(reader, found, &count);
	http_reader_release(reader, pool, NULL);
	return 0;
}
