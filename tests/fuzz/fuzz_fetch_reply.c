/* Any bytes as an answer of Azure: a token, a page and an error, each whole or refused. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "import/fetch_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_token(const char *text, size_t size)
{
	static struct fetch_token token;
	struct fault fault = { "" };
	bool taken = fetch_reply_token(text, size, "a", &token, &fault) == 0;

	if (taken != (token.text[0] != '\0') || taken != (fault.text[0] == '\0'))
		abort();
	/* It goes into a header line. */
	if (strpbrk(token.text, "\r\n "))
		abort();
}

static void read_page(const char *text, size_t size)
{
	static struct fetch_page page;
	struct fault fault = { "" };

	if (fetch_reply_page(text, size, "a", &page, &fault) != 0) {
		if (fault.text[0] == '\0')
			abort();
		return;
	}
	if ((page.row_count == 0) != (page.length == 0) || page.length > size ||
	    (page.rows && (page.rows < text || page.rows + page.length > text + size)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char said[FETCH_ERROR_TEXT_MAX];

	read_token((const char *)data, size);
	read_page((const char *)data, size);
	fetch_reply_error((const char *)data, size, "secret", said);
	if (strlen(said) >= FETCH_ERROR_TEXT_MAX || strstr(said, "secret"))
		abort();
	return 0;
}
