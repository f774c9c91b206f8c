#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "identify/http.h"
#include "identify/http_head.h"

/* Reads one request head in parts of `part` bytes (0: whole). */
static struct http_head read_head(const char *text, size_t part)
{
	size_t left = strlen(text);
	enum parse_outcome outcome = PARSE_MORE;
	struct http_head head;

	http_head_start(&head, false);
	while (left > 0) {
		size_t length = part != 0 && part < left ? part : left;
		struct cursor bytes = cursor_over(text, length);

		assert_int_equal(outcome, PARSE_MORE);
		outcome = http_head_read(&head, &bytes);
		text += length;
		left -= length;
	}
	assert_int_equal(outcome, PARSE_DONE);
	return head;
}

static void an_imds_request_says_what_it_asks_for(void **state)
{
	static const struct {
		const char *why, *head;
		enum imds_request expected;
		const char *resource, *version, *identity;
	} rows[] = {
		{ "a token",
		  "GET /metadata/identity/oauth2/token?api-version=2018-02-01"
		  "&resource=https%3A%2F%2Fvault.azure.net&client_id=abc HTTP/1.1\r\n"
		  "Host: 169.254.169.254\r\nMetadata: true",
		  IMDS_TOKEN, "https://vault.azure.net", "2018-02-01", "client_id" },
		{ "through a proxy, with a port",
		  "GET http://169.254.169.254:80/metadata/identity/oauth2/token?mi_res_id=x HTTP/1.1\r\n"
		  "X: y",
		  IMDS_TOKEN, "", "", "mi_res_id" },
		{ "the instance",
		  "GET /metadata/instance?api-version=1 HTTP/1.1\r\nHost: 169.254.169.254",
		  IMDS_INSTANCE, "", "1", "" },
		{ "another cloud's path at this address",
		  "GET /latest/meta-data/ HTTP/1.1\r\nHost: 169.254.169.254", IMDS_INSTANCE, "", "",
		  "" },
		{ "a token under another name",
		  "GET /metadata/identity/oauth2/token?resource=r HTTP/1.1\r\nHost: rebind.test",
		  IMDS_TOKEN, "r", "", "" },
		{ "the instance under another name",
		  "GET /metadata/instance HTTP/1.1\r\nHost: rebind.test\r\nMetadata: true",
		  IMDS_INSTANCE, "", "", "" },
		{ "a web site's own /metadata/", "GET /metadata/x.json HTTP/1.1\r\nHost: a.test",
		  IMDS_NONE, "", "", "" },
		{ "another address that begins alike", "GET / HTTP/1.1\r\nHost: 169.254.169.25",
		  IMDS_NONE, "", "", "" },
		{ "the same parameters elsewhere are dropped",
		  "GET /x?resource=r&api-version=1&client_id=c HTTP/1.1\r\nHost: a.test", IMDS_NONE,
		  "", "", "" },
		{ "a byte that may not be shown",
		  "GET /metadata/identity/oauth2/token?resource=a%00b%zz%2 HTTP/1.1\r\nX: y",
		  IMDS_TOKEN, "a?bzz", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char text[512];

		print_message("%s\n", rows[i].why);
		snprintf(text, sizeof(text), "%s\r\n\r\n", rows[i].head);
		for (size_t part = 0; part < 2; part++) {
			struct http_head head = read_head(text, part);

			assert_int_equal(http_imds_request(&head.info), rows[i].expected);
			assert_string_equal(head.info.imds_resource, rows[i].resource);
			assert_string_equal(head.info.imds_api_version, rows[i].version);
			assert_string_equal(head.info.imds_identity, rows[i].identity);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_imds_request_says_what_it_asks_for),
	};

	return cmocka_run_group_tests_name("http_imds", tests, NULL, NULL);
}
