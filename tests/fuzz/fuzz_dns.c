/* Parses a message and teaches it to a cache. Every text must lie whole in the message's room. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/units.h"
#include "identify/dns.h"
#include "identify/dns_cache.h"
#include "identify/dns_traits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct dns_message *message, const char *text)
{
	if (*text == '\0')
		return;
	assert(text >= message->text && text < message->text + message->text_used);
	assert(memchr(text, '\0', (size_t)(message->text + message->text_used - text)));
}

static void check(const struct dns_message *message)
{
	assert(message->question_count <= DNS_QUESTIONS_MAX);
	assert(message->record_count <= DNS_RECORDS_MAX);
	assert(message->question_count <= message->question_total);
	assert(message->record_count <= message->record_total);
	assert(message->text_used <= DNS_TEXT_BYTES);
	for (unsigned i = 0; i < message->question_count; i++) {
		check_text(message, message->question[i].name);
		assert(strlen(message->question[i].name) <= DNS_NAME_MAX);
	}
	for (unsigned i = 0; i < message->record_count; i++) {
		check_text(message, message->record[i].name);
		assert(strlen(message->record[i].name) <= DNS_NAME_MAX);
		if (message->record[i].data)
			check_text(message, message->record[i].data);
	}
}

static void teach(const struct dns_message *message)
{
	static struct dns_cache *cache; /* over all runs: that is how it fills */
	static uint64_t now_ns;
	const struct ip_addr client = { .bytes[15] = 1 }, resolver = { .bytes[15] = 2 };
	struct dns_known known;

	if (!cache && dns_cache_new(&cache, 64 * KIB, hash_seed_fixed()) != 0)
		abort();
	now_ns += NS_PER_S;
	dns_cache_learn(cache, &client, &resolver, message, now_ns);
	for (unsigned i = 0; i < message->record_count; i++)
		if (dns_cache_find(cache, &client, &message->record[i].addr, now_ns, &known))
			assert(strlen(known.name.value) <= NAME_MAX_BYTES &&
			       strlen(known.chain) <= 1023);
}

/* Traits lie within the name, and a flow's counts never pass its names. */
static void look_at(const struct dns_message *message)
{
	const struct hash_seed seed = hash_seed_fixed();
	struct dns_activity activity = { 0 };
	struct dns_traits traits;

	for (unsigned i = 0; i < message->question_count; i++) {
		const char *name = message->question[i].name;

		dns_traits_of(name, message->question[i].type, &traits);
		assert(traits.longest <= traits.data && traits.digits <= traits.data);
		assert(traits.data <= strlen(name));
		assert(*traits.site == '\0' ||
		       (traits.site >= name && traits.site < name + strlen(name)));
	}
	dns_activity_add(&activity, message, &seed);
	assert(activity.coded <= message->question_count);
	assert(activity.lengthy <= message->question_count);
	assert(!dns_activity_add(&activity, message, &seed)); /* nothing new in it */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_message message;
	bool likely = dns_looks_like(data, size);
	enum parse_outcome outcome = dns_parse(data, size, &message);

	assert(!likely || outcome != PARSE_NOT);
	if (outcome == PARSE_NOT)
		return 0;
	check(&message);
	look_at(&message);
	if (outcome == PARSE_DONE)
		teach(&message);
	return 0;
}
