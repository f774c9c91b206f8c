/* fetch_reply.h - what Azure answers to `pewit map fetch`: tokens, pages of rows, errors.
 *
 * The bytes come from the network. Nothing is taken that is not of the form expected, and nothing of an
 * answer gets into a sentence but printable ASCII.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define FETCH_TOKEN_MAX 16384 /* bytes; managed identities get 1 to 2 KiB */
#define FETCH_SKIP_MAX 16384  /* a $skipToken; those seen have some hundred bytes */

struct fetch_token {
	char text[FETCH_TOKEN_MAX]; /* "": there is none */
	uint64_t lifetime_s;
};

struct fetch_page {
	const char *rows; /* lent from the reply: elements of a JSON array, without its brackets */
	size_t length, row_count;
	char skip_token[FETCH_SKIP_MAX]; /* "": this was the last page */
	bool cut_off;                    /* the service left rows out and names no further page */
};

/* Each returns 0 or -EINVAL with what is wrong in fault; `from` is named in it. */
int fetch_reply_token(const char *text, size_t length, const char *from, struct fetch_token *token,
		      struct fault *fault);
int fetch_reply_page(const char *text, size_t length, const char *from, struct fetch_page *page,
		     struct fault *fault);

/* "code: message" of an error as the services send it, "" if it is none; `secret`, if it is in there, is
 * not shown. */
#define FETCH_ERROR_TEXT_MAX 240
void fetch_reply_error(const char *text, size_t length, const char *secret,
		       char said[FETCH_ERROR_TEXT_MAX]);
