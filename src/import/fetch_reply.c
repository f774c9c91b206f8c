#include "import/fetch_reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

#define KEY_MAX 32
#define MESSAGE_MAX 4096 /* of an error; longer ones are not shown */
#define LIFETIME_LEAST_S 1
#define LIFETIME_MOST_S 86400 /* tokens of managed identities last a day at most */

/* A token goes into a header: nothing may be in it that could end one. */
static bool is_token(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* IMDS writes numbers as strings. */
static uint64_t lifetime(struct json_scan *scan)
{
	char digits[16] = "";
	char *end;

	if (!json_scan_is(scan, '"'))
		return json_scan_number(scan);
	if (!json_scan_text(scan, digits, sizeof(digits)))
		return 0;
	unsigned long long seconds = strtoull(digits, &end, 10);
	return *end == '\0' ? seconds : 0;
}

int fetch_reply_token(const char *text, size_t length, const char *from, struct fetch_token *token,
		      struct fault *fault)
{
	/* No fault: its sentence would quote the answer, and with it perhaps the token. */
	struct json_scan scan = json_scan_over(text, length, from, NULL);
	char key[KEY_MAX];

	token->text[0] = '\0';
	token->lifetime_s = 0;
	json_scan_begin(&scan, '{');
	while (json_scan_member(&scan, key, sizeof(key))) {
		if (strcmp(key, "access_token") == 0)
			json_scan_text(&scan, token->text, sizeof(token->text));
		else if (strcmp(key, "expires_in") == 0)
			token->lifetime_s = lifetime(&scan);
		else
			json_scan_skip(&scan);
	}
	if (json_scan_end(&scan) == 0 && is_token(token->text) &&
	    token->lifetime_s >= LIFETIME_LEAST_S) {
		if (token->lifetime_s > LIFETIME_MOST_S)
			token->lifetime_s = LIFETIME_MOST_S;
		return 0;
	}
	fault_set(fault,
		  "%s: the answer holds no access_token with expires_in; is this the instance "
		  "metadata service?",
		  from);
	explicit_bzero(token->text, sizeof(token->text));
	return -EINVAL;
}

static void read_rows(struct json_scan *scan, struct fetch_page *page)
{
	if (!json_scan_begin(scan, '['))
		return;
	page->rows = scan->at;
	while (json_scan_element(scan)) {
		if (!json_scan_is(scan, '{'))
			json_scan_wrong(scan, scan->at, "a row is no object");
		json_scan_skip(scan);
		page->row_count++;
		page->length = (size_t)(scan->at - page->rows);
	}
}

int fetch_reply_page(const char *text, size_t length, const char *from, struct fetch_page *page,
		     struct fault *fault)
{
	struct json_scan scan = json_scan_over(text, length, from, fault);
	char key[KEY_MAX], truncated[8] = "false";
	bool has_rows = false;

	*page = (struct fetch_page){ .rows = NULL };
	json_scan_begin(&scan, '{');
	while (json_scan_member(&scan, key, sizeof(key))) {
		if (strcmp(key, "data") == 0 && !has_rows) {
			has_rows = true;
			read_rows(&scan, page);
		} else if (strcmp(key, "$skipToken") == 0 && json_scan_is(&scan, '"')) {
			json_scan_text(&scan, page->skip_token, sizeof(page->skip_token));
		} else if (strcmp(key, "resultTruncated") == 0 && json_scan_is(&scan, '"')) {
			json_scan_text(&scan, truncated, sizeof(truncated));
		} else {
			json_scan_skip(&scan);
		}
	}
	if (json_scan_end(&scan) != 0)
		return -EINVAL;
	if (!has_rows) {
		fault_set(fault, "%s: the answer holds no \"data\"; is this Azure Resource Graph?",
			  from);
		return -EINVAL;
	}
	page->cut_off = strcmp(truncated, "true") == 0 && page->skip_token[0] == '\0';
	return 0;
}

static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = ' ';
}

/* {"error": {"code", "message"}} of Azure Resource Manager; {"error", "error_description"} of IMDS. */
static void read_error(struct json_scan *scan, bool inside, char code[64],
		       char message[MESSAGE_MAX])
{
	char key[KEY_MAX];

	json_scan_begin(scan, '{');
	while (json_scan_member(scan, key, sizeof(key))) {
		if (!inside && strcmp(key, "error") == 0 && json_scan_is(scan, '{'))
			read_error(scan, true, code, message);
		else if ((strcmp(key, "code") == 0 || strcmp(key, "error") == 0) &&
			 json_scan_is(scan, '"'))
			json_scan_text(scan, code, 64);
		else if ((strcmp(key, "message") == 0 || strcmp(key, "error_description") == 0) &&
			 json_scan_is(scan, '"'))
			json_scan_text(scan, message, MESSAGE_MAX);
		else
			json_scan_skip(scan);
	}
}

void fetch_reply_error(const char *text, size_t length, const char *secret,
		       char said[FETCH_ERROR_TEXT_MAX])
{
	struct fault ignored;
	struct json_scan scan = json_scan_over(text, length, "answer", &ignored);
	char code[64] = "", message[MESSAGE_MAX] = "";
	size_t used, room;

	read_error(&scan, false, code, message);
	said[0] = '\0';
	if (secret && *secret != '\0' && (strstr(message, secret) || strstr(code, secret)))
		return;
	make_printable(code);
	make_printable(message);
	used = strlen(code);
	memcpy(said, code, used + 1);
	room = FETCH_ERROR_TEXT_MAX - used - 3;
	if (message[0] == '\0')
		return;
	if (used > 0) {
		memcpy(said + used, ": ", 3);
		used += 2;
	}
	if (strlen(message) < room)
		room = strlen(message);
	memcpy(said + used, message, room);
	said[used + room] = '\0';
}
