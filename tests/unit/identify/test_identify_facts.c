/* What is kept of a flow for the rules: the version of TLS, the certificate's dates, how IMDS is asked. */
#include "unit.h"

#include "tests/unit/identify/conversation.h"

static void the_version_is_the_one_that_the_server_chose(void **state)
{
	struct conversation talk;

	(void)state;
	begin(&talk, PROTOCOL_TCP, 443);
	show_hello(&talk);
	assert_int_equal(talk.identity.tls_version, 0);
	show_answer(&talk);
	assert_int_equal(talk.identity.tls_version, 0x0304);
	assert_false(talk.identity.certificate_seen);
	end(&talk);
}

static void a_certificate_in_the_clear_is_kept_with_its_end(void **state)
{
	static struct bytes handshake, records;
	struct conversation talk;

	(void)state;
	handshake.length = records.length = 0;
	put_server_hello(&handshake, "");
	put_certificate(&handshake, 1);
	put_records(&records, &handshake, handshake.length);
	begin(&talk, PROTOCOL_TCP, 443);
	show_hello(&talk);
	show(&talk, TO_CLIENT, records.at, records.length);
	end(&talk);
	assert_int_equal(talk.identity.tls_version, 0x0303);
	assert_true(talk.identity.certificate_seen);
	assert_true(talk.identity.certificate_self_signed);
	assert_int_equal(talk.identity.certificate_not_after_s, 2110750356);
	assert_string_equal(talk.identity.certificate_name, "www.example.org");
}

#define TOKEN(query)                                                                               \
	"GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://"             \
	"vault.azure.net" query " HTTP/1.1\r\nHost: 169.254.169.254\r\nMetadata: true\r\n\r\n"

static void the_ways_in_which_tokens_are_asked_for_add_up(void **state)
{
	static const struct {
		const char *why, *request;
		uint8_t selectors; /* so far */
	} rows[] = {
		{ "data is no token",
		  "GET /metadata/instance HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n", 0 },
		{ "the host's own", TOKEN(""), IMDS_BY_DEFAULT },
		{ "by client id", TOKEN("&client_id=11111111-2222-3333-4444-555555555555"),
		  IMDS_BY_DEFAULT | IMDS_BY_CLIENT_ID },
		{ "by resource id", TOKEN("&msi_res_id=/subscriptions/x"),
		  IMDS_BY_DEFAULT | IMDS_BY_CLIENT_ID | IMDS_BY_RESOURCE_ID },
	};
	struct conversation talk;

	(void)state;
	begin(&talk, PROTOCOL_TCP, 80);
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		say(&talk, TO_SERVER, rows[i].request);
		if (talk.identity.imds_selectors != rows[i].selectors)
			fail_msg("%s: %u", rows[i].why, talk.identity.imds_selectors);
		say(&talk, TO_CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	}
	end(&talk);
}

static void hops_before_a_metadata_request_are_told_by_its_ttl(void **state)
{
	static const struct {
		const char *why;
		uint8_t ttl, hops;
	} rows[] = {
		{ "Linux, on the link", 64, 0 },
		{ "Linux, a router between", 63, 1 },
		{ "Windows, on the link", 128, 0 },
		{ "Windows, three routers", 125, 3 },
		{ "a device", 255, 0 },
		{ "an old host, two routers", 30, 2 },
		{ "not known", 0, 0 },
	};
	static const char request[] = TOKEN("");

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		struct conversation talk;

		begin(&talk, PROTOCOL_TCP, 80);
		const struct layers layers = {
			.payload = (const uint8_t *)request,
			.payload_captured = sizeof(request) - 1,
			.payload_length = sizeof(request) - 1,
			.protocol = PROTOCOL_TCP,
			.tcp_seq = talk.seq[TO_SERVER],
			.tcp_flags = TCP_ACK,
			.ttl = rows[i].ttl,
		};

		identify_packet(identify, &talk.flow, &layers, TO_SERVER, ns(1));
		if (talk.identity.imds_hops != rows[i].hops)
			fail_msg("%s: %u", rows[i].why, talk.identity.imds_hops);
		end(&talk);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_identify, close_identify)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_version_is_the_one_that_the_server_chose),
		TEST(a_certificate_in_the_clear_is_kept_with_its_end),
		TEST(the_ways_in_which_tokens_are_asked_for_add_up),
		TEST(hops_before_a_metadata_request_are_told_by_its_ttl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
