#include "unit.h"

#include <stdio.h>
#include <string.h>

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

static void credentials_are_seen_and_never_kept(void **state)
{
	static const struct {
		const char *why, *target, *field;
		uint32_t credentials;
		const char *scheme;
	} rows[] = {
		{ "bearer", "/", "Authorization: Bearer s3cret", CREDENTIAL_BEARER, "Bearer" },
		{ "basic, oddly written", "/", "AUTHORIZATION:\tbasic\ts3cret", CREDENTIAL_BASIC,
		  "basic" },
		{ "another scheme", "/", "Authorization: SharedKey acct:s3cret",
		  CREDENTIAL_OTHER_AUTH, "SharedKey" },
		{ "no scheme", "/", "Authorization: s3cret", CREDENTIAL_OTHER_AUTH, "" },
		{ "no scheme, and a blank after it", "/", "Authorization: s3cret \t",
		  CREDENTIAL_OTHER_AUTH, "" },
		{ "a first word that is no token", "/", "Authorization: s3cret== x",
		  CREDENTIAL_OTHER_AUTH, "" },
		{ "a first word of 40 letters", "/",
		  "Authorization: s3cretaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa x",
		  CREDENTIAL_OTHER_AUTH, "" },
		{ "a scheme folded from its secret", "/", "Authorization: Bearer\r\n s3cret",
		  CREDENTIAL_BEARER, "Bearer" },
		{ "nothing after the name", "/", "Authorization: ", 0, "" },
		{ "to a proxy", "/", "Proxy-Authorization: Basic s3cret", CREDENTIAL_BASIC, "" },
		{ "Azure OpenAI", "/", "api-key: s3cret", CREDENTIAL_API_KEY, "" },
		{ "API Management", "/", "ocp-apim-subscription-key:s3cret", CREDENTIAL_API_KEY,
		  "" },
		{ "Functions", "/", "X-Functions-Key: s3cret", CREDENTIAL_API_KEY, "" },
		{ "a key without value", "/", "api-key:  ", 0, "" },
		{ "a cookie", "/", "Cookie: a=s3cret", CREDENTIAL_COOKIE, "" },
		{ "a shared access signature", "/c/b?sv=1&se=2&sig=s3cret", "X: y", CREDENTIAL_SAS,
		  "" },
		{ "with its name escaped", "/c/b?se=2&s%69g=s3cret", "X: y", CREDENTIAL_SAS, "" },
		{ "sig alone says nothing", "/c/b?sig=s3cret", "X: y", 0, "" },
		{ "a function's code", "/api/f?code=s3cret", "X: y", CREDENTIAL_API_KEY, "" },
		{ "a key in the query", "/f?a=b&Subscription-Key=s3cret", "X: y",
		  CREDENTIAL_API_KEY, "" },
		{ "a value that names a key", "/f?a=code=s3cret", "X: y", 0, "" },
		{ "in the fragment", "/f#code=s3cret", "X: y", 0, "" },
		{ "a log-in in the target", "ftp://me:s3cret@a.test/f", "X: y", CREDENTIAL_BASIC,
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char text[512];

		print_message("%s\n", rows[i].why);
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n%s\r\nHost: a.test\r\n\r\n",
			 rows[i].target, rows[i].field);
		for (size_t part = 0; part < 3; part++) {
			struct http_head head = read_head(text, part);

			assert_int_equal(head.info.credentials, rows[i].credentials);
			assert_string_equal(head.info.auth_scheme, rows[i].scheme);
			assert_string_equal(head.info.host, "a.test");
			assert_null(memmem(&head, sizeof(head), "s3cret", 6));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_are_seen_and_never_kept),
	};

	return cmocka_run_group_tests_name("http_field", tests, NULL, NULL);
}
