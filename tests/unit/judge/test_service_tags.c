/* A small list of made-up prefixes; and, where they are, the real lists against a plain scan. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/json.h"
#include "judge/service_tags.h"

#define TAG(name, region, prefixes)                                                                \
	"{\"name\":\"" name "\",\"id\":\"" name "\",\"properties\":{\"changeNumber\":3,"           \
	"\"region\":\"" region "\",\"addressPrefixes\":[" prefixes "],\"networkFeatures\":null}}"

static const char list[] = "{\"changeNumber\":12,\"cloud\":\"Public\",\"values\":[" TAG("Storage", "", "\"203.0.112.0/22\",\"2001:db8:10::/44\"") "," TAG(
	"Storage.FabrikamEast", "fabrikame",
	"\"203.0.112.0/23\","
	"\"198.51.100.16/28\"") "," TAG("AzureCloud", "",
					"\"203.0.113.0/24\",\"198.51.100.0/24\",\"2001:db8::/32\"") "," TAG("AzureCloud.fabrikame",
													    "fabrikame",
													    "\"203.0.113.0/24\"") "," TAG("Login",
																	  "",
																	  "\"192.0.2.0/25\"") "," TAG("LoginDomainServices",
																				      "",
																				      "\"192.0.2.0/25\"") "," TAG("Monitor",
																								  "",
																								  "\"192.0.2.128/26\"") "," TAG("Monitor.East",
																												"east",
																												"\"192.0.2.128/26\",\"192.0.2.128/26\"") "]}";

static struct ip_addr addr(const char *text)
{
	struct ip_addr made;

	assert_true(ip_parse(text, &made));
	return made;
}

static struct service_tags *parse(const char *text, const char *path)
{
	struct service_tags *tags;
	struct fault fault = { "" };

	if (service_tags_parse(&tags, text, strlen(text), path, &fault) != 0)
		fail_msg("%s", fault.text);
	return tags;
}

static void the_tag_that_says_most_is_found(void **state)
{
	static const struct {
		const char *why, *address, *tag;
	} rows[] = {
		{ "the longest of a service's", "203.0.113.9", "Storage.FabrikamEast" },
		{ "a service's before a longer one of the cloud", "2001:db8:12::1", "Storage" },
		{ "only the service's is left", "203.0.115.1", "Storage" },
		{ "inside the cloud's", "198.51.100.17", "Storage.FabrikamEast" },
		{ "only the cloud's", "198.51.100.1", "AzureCloud" },
		{ "only the cloud's, IPv6", "2001:db8:ff::1", "AzureCloud" },
		{ "the same prefix: the shorter name", "192.0.2.1", "Login" },
		{ "the same prefix: with a region", "192.0.2.129", "Monitor.East" },
		{ "nobody's", "192.0.2.200", NULL },
		{ "nobody's, IPv6", "2001:db9::1", NULL },
	};
	struct service_tags *tags = parse(list, "tags.json");

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_addr at = addr(rows[i].address);
		const struct service_tag *tag = service_tags_find(tags, &at);

		if (!tag != !rows[i].tag || (tag && strcmp(tag->name, rows[i].tag) != 0))
			fail_msg("%s: %s", rows[i].why, tag ? tag->name : "none");
	}
	service_tags_free(tags);
}

static void every_tag_of_an_address_is_known(void **state)
{
	static const struct {
		const char *why, *tag, *address;
		bool holds;
	} rows[] = {
		{ "a service, by one of its regions", "Storage", "198.51.100.17", true },
		{ "one region of it", "Storage.FabrikamEast", "198.51.100.17", true },
		{ "in any case", "storage.fabrikameast", "203.0.113.9", true },
		{ "the cloud, beside a service", "AzureCloud", "203.0.113.9", true },
		{ "the second of two with one prefix", "LoginDomainServices", "192.0.2.1", true },
		{ "a shorter prefix without a region", "Storage.FabrikamEast", "203.0.115.1",
		  false },
		{ "the beginning of a name is not it", "Stor", "203.0.113.9", false },
		{ "a region is no tag", "FabrikamEast", "203.0.113.9", false },
		{ "no tag at all", "Storage", "192.0.2.200", false },
	};
	struct service_tags *tags = parse(list, "tags.json");
	const struct service_tag *found[2];
	struct ip_addr at = addr("203.0.113.9");

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_addr row_at = addr(rows[i].address);

		if (service_tags_holds(tags, rows[i].tag, &row_at) != rows[i].holds)
			fail_msg("%s", rows[i].why);
	}
	assert_int_equal(service_tags_all(tags, &at, found, 2), 4);
	assert_string_equal(found[0]->name, "AzureCloud.fabrikame");
	assert_string_equal(found[1]->name, "AzureCloud");
	service_tags_free(tags);
}

static void a_tag_knows_its_service_and_region(void **state)
{
	struct service_tags *tags = parse(list, "tags.json");
	struct ip_addr at = addr("198.51.100.17"), cloud = addr("203.0.113.9");
	const struct service_tag *tag = service_tags_find(tags, &at), *all[4];

	(void)state;
	assert_string_equal(tag->service, "Storage");
	assert_string_equal(tag->region, "fabrikameast");
	assert_false(tag->is_cloud);
	assert_int_equal(service_tags_all(tags, &cloud, all, 4), 4);
	assert_true(all[0]->is_cloud);
	assert_string_equal(all[0]->region, "fabrikameast"); /* though its name has the old code */
	service_tags_free(tags);
}

static void the_list_says_what_it_is(void **state)
{
	static const struct {
		const char *why, *path, *version;
		int64_t date_s;
	} rows[] = {
		{ "as Microsoft names it", "d_20200101/ServiceTags_Public_20251117.json",
		  "list of 2025-11-17", 1763337600 },
		{ "no date", "ServiceTags_Public.json", "list number 12", 0 },
		{ "a number that is no date", "x_20251317.json", "list number 12", 0 },
		{ "a longer number", "x_202511171.json", "list number 12", 0 },
		{ "a date of the folder", "x_20251117/tags.json", "list number 12", 0 },
	};

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		struct service_tags *tags = parse(list, rows[i].path);
		const struct service_tags_info info = service_tags_info(tags);

		if (info.date_s != rows[i].date_s || info.date_is_named != (rows[i].date_s != 0) ||
		    strcmp(service_tags_version(tags), rows[i].version) != 0)
			fail_msg("%s: %s", rows[i].why, service_tags_version(tags));
		assert_string_equal(info.cloud, "Public");
		assert_int_equal(info.change_number, 12);
		assert_int_equal(info.tags, 8);
		assert_int_equal(info.prefixes, 13);
		assert_int_equal(info.distinct_prefixes, 9);
		service_tags_free(tags);
	}
}

static void a_bad_list_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *why, *text, *said;
	} rows[] = {
		{ "a map", "{\"version\":1,\"vnets\":[]}",
		  "t.json:1:1: no member \"values\": this is no list of service tags, as Microsoft "
		  "publishes them weekly" },
		{ "no prefix in it", "{\"values\":[]}", "t.json:1:1: the list holds no prefix" },
		{ "no address", "{\"values\":[\n" TAG("A", "", "\"10.0.0.0/33\"") "]}",
		  "t.json:2:84: \"10.0.0.0/33\" is no prefix such as 20.60.0.0/16; take the file as "
		  "Microsoft publishes it" },
		{ "host bits", "{\"values\":[\n" TAG("A", "", "\"10.0.0.1/24\"") "]}",
		  "t.json:2:84: \"10.0.0.1/24\" has host bits set" },
		{ "no name", "{\"values\":[{\"properties\":{}}]}",
		  "t.json:1:12: a tag without a name" },
		{ "a name to fool a terminal", "{\"values\":[{\"name\":\"\\u001b[2J\"}]}",
		  "t.json:1:20: this is no name of a tag: letters, digits, dots, dashes" },
		{ "a cloud to fool one", "{\"cloud\":\"\\u001b[2J\"}",
		  "t.json:1:10: this is no cloud: letters, digits, dots, dashes" },
		{ "cut", "{\"values\":[{\"name\":\"A\"",
		  "t.json:1:23: expected a comma or }, found the end of the file: it is cut short" },
	};
	struct service_tags *tags;
	struct fault fault;

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(rows); i++) {
		const char *text = rows[i].text;

		fault.text[0] = '\0';
		assert_int_equal(service_tags_parse(&tags, text, strlen(text), "t.json", &fault),
				 -EINVAL);
		assert_null(tags);
		if (strcmp(fault.text, rows[i].said) != 0)
			fail_msg("%s: %s", rows[i].why, fault.text);
	}
	assert_int_equal(service_tags_load(&tags, "no-such-file.json", &fault), -ENOENT);
	assert_string_equal(fault.text, "no-such-file.json: cannot be read: No such file or "
					"directory");
}

/* The real lists, read by the other JSON reader and searched from end to end. ----------------------- */

#define EVERY 199 /* of the prefixes, whose edges are looked up */

struct listed {
	struct ip_prefix prefix;
	const char *tag;
	bool regional;
};

struct plain {
	struct json *json;
	struct listed *listed;
	size_t count;
};

static void read_plain(struct plain *plain, const char *path)
{
	struct fault fault = { "" };
	size_t room = 0;

	*plain = (struct plain){ 0 };
	if (json_load(&plain->json, path, &fault) != 0)
		fail_msg("%s", fault.text);
	const struct json_value *values = json_member(json_root(plain->json), "values");

	for (const struct json_value *v = json_first(values); v; v = json_next(v))
		room += json_count(json_member(json_member(v, "properties"), "addressPrefixes"));
	plain->listed = calloc(room, sizeof(*plain->listed));
	assert_non_null(plain->listed);
	for (const struct json_value *v = json_first(values); v; v = json_next(v)) {
		const struct json_value *prefixes =
			json_member(json_member(v, "properties"), "addressPrefixes");

		for (const struct json_value *p = json_first(prefixes); p; p = json_next(p)) {
			struct listed *to = &plain->listed[plain->count++];

			to->tag = json_text(json_member(v, "name"));
			to->regional = strlen(json_text(json_member(json_member(v, "properties"),
								    "region"))) != 0;
			assert_true(ip_prefix_parse(json_text(p), &to->prefix, NULL));
		}
	}
}

static bool says_more(const struct listed *a, const struct listed *b)
{
	bool cloud_a = strncasecmp(a->tag, "AzureCloud", 10) == 0,
	     cloud_b = strncasecmp(b->tag, "AzureCloud", 10) == 0;

	if (cloud_a != cloud_b)
		return cloud_b;
	if (a->prefix.bits != b->prefix.bits)
		return a->prefix.bits > b->prefix.bits;
	if (a->regional != b->regional)
		return a->regional;
	if (strlen(a->tag) != strlen(b->tag))
		return strlen(a->tag) < strlen(b->tag);
	return strcmp(a->tag, b->tag) < 0;
}

static void compare(const struct service_tags *tags, const struct plain *plain,
		    const struct ip_addr *at)
{
	const struct service_tag *found = service_tags_find(tags, at);
	const struct listed *best = NULL;
	size_t holding = 0;
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < plain->count; i++) {
		const struct listed *one = &plain->listed[i];

		if (!ip_prefix_contains(&one->prefix, at))
			continue;
		holding++;
		if (!service_tags_holds(tags, one->tag, at))
			fail_msg("not in %s", one->tag);
		if (!best || says_more(one, best))
			best = one;
	}
	ip_print(at, text);
	if (!best != !found || (best && strcmp(best->tag, found->name) != 0))
		fail_msg("%s: %s, not %s", text, found ? found->name : "none",
			 best ? best->tag : "none");
	assert_int_equal(service_tags_all(tags, at, NULL, 0), holding);
}

static void compare_edges(const struct service_tags *tags, const struct plain *plain)
{
	srandom(376);
	for (size_t i = 0; i < plain->count; i += EVERY) {
		const struct ip_prefix *prefix = &plain->listed[i].prefix;
		struct ip_addr first = prefix->addr, last = first, before = first, any = first;

		for (unsigned bit = prefix->bits; bit < 128; bit++)
			last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		for (int n = 15; n >= 12 && before.bytes[n]-- == 0;)
			n--;
		for (int n = 13; n < 16; n++)
			any.bytes[n] = (uint8_t)random();
		compare(tags, plain, &first);
		compare(tags, plain, &last);
		compare(tags, plain, &before);
		compare(tags, plain, &any);
	}
}

static void the_real_lists_answer_as_a_scan_does(void **state)
{
	static const char *const files[] = { "ServiceTags_Public.json",
					     "ServiceTags_AzureGovernment.json",
					     "ServiceTags_China.json" };
	const char *folder = getenv("FACTS"), *ci = getenv("CI");
	char path[4096];

	(void)state;
	for (unsigned i = 0; i < ROW_COUNT(files); i++) {
		struct service_tags *tags;
		struct plain plain;
		struct fault fault = { "" };
		int length = snprintf(path, sizeof(path), "%s/%s",
				      folder ? folder : "../shared/facts", files[i]);

		assert_in_range(length, 1, sizeof(path) - 1);
		if (access(path, R_OK) != 0) {
			if (ci && strcmp(ci, "true") == 0)
				fail_msg("%s is missing; FACTS=... says where it is", path);
			skip();
		}
		if (service_tags_load(&tags, path, &fault) != 0)
			fail_msg("%s", fault.text);
		read_plain(&plain, path);
		assert_int_equal(service_tags_info(tags).prefixes, plain.count);
		compare_edges(tags, &plain);
		free(plain.listed);
		json_free(plain.json);
		service_tags_free(tags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tag_that_says_most_is_found),
		cmocka_unit_test(every_tag_of_an_address_is_known),
		cmocka_unit_test(a_tag_knows_its_service_and_region),
		cmocka_unit_test(the_list_says_what_it_is),
		cmocka_unit_test(a_bad_list_is_refused_with_its_place),
		cmocka_unit_test(the_real_lists_answer_as_a_scan_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
