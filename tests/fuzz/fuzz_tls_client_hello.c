/* Any bytes as one ClientHello message: nothing is read past its end, and every text that comes out
 * ends within its array. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "identify/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t room)
{
	size_t length = strnlen(text, room);

	if (length == room)
		abort();
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_info info = { 0 };
	enum parse_outcome outcome = tls_parse_client_hello(data, size, size % 2 != 0, &info);

	if (outcome != PARSE_DONE && outcome != PARSE_BAD)
		abort();
	if (outcome == PARSE_DONE && (!info.client_hello || strlen(info.ja3) != 32))
		abort();
	check_text(info.sni, sizeof(info.sni));
	check_text(info.alpn_offered, sizeof(info.alpn_offered));
	check_text(info.ja3_text, sizeof(info.ja3_text));
	check_text(info.ja4, sizeof(info.ja4));
	return 0;
}
