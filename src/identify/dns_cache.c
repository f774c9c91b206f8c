/* Three tables share the memory, none of which ever grows:
 *
 *     slots  3/8  (client, address) -> who said it, when, until when, and a position in texts;
 *                 buckets of WAYS slots, chosen by a seeded hash
 *     texts  3/8  a ring of "name\0chain\0", one for all the addresses of an answer (dns_texts.h)
 *     told   2/8  a set of (client, address, name) and (client, name, ech) facts (dns_told.h)
 *
 * A name with its chain takes from 20 bytes to 1300; fixed fields for the longest would make a
 * hundred thousand entries 150 MB instead of 30. And one address may have any number of names for
 * one client (all sites behind one front door), of which a slot can hold but the last: so what an
 * SNI claims is looked up among the facts, and a slot knows of other names only until when the
 * longest-lived one stands.
 *
 * Slots and facts have a bit for each bucket that was ever written to. Most questions are about what was never
 * learnt, and the table itself would have to be waited for. Besides, a page that is read before it is
 * written is at first the kernel's page of zeroes, which must then be taken back from every processor that
 * runs a worker.
 */
#include "identify/dns_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/ip.h"
#include "base/units.h"
#include "identify/dns_answer.h"
#include "identify/dns_texts.h"
#include "identify/dns_told.h"

#define WAYS 8 /* slots in a bucket: the most that one look-up compares */
#define BYTES_MIN (64 * KIB)
#define BYTES_MAX (64 * GIB)
#define SHARES 8
#define SLOT_SHARES 3
#define TEXT_SHARES 3
#define OPCODE_QUERY 0

struct slot {
	struct ip_addr client, address; /* the key */
	struct ip_addr resolver;
	uint64_t learnt_ns, expires_ns;        /* by its TTL; kept DNS_CACHE_KEEP_S longer */
	uint64_t other_hash, other_expires_ns; /* of the longest-lived other name; 0: none */
	uint64_t text;                         /* position in texts */
	uint16_t chain_at;                     /* where the chain starts in the text; 0: no CNAME */
	bool is_used, has_privatelink;
	uint8_t padding[4];
};
_Static_assert(sizeof(struct slot) == 96, "the header promises some 256 bytes with text and facts");

struct dns_cache {
	struct hash_seed seed; /* answers cannot be chosen to crowd one bucket */
	struct dns_cache_stats stats;
	struct dns_texts *texts;
	struct dns_told *told;
	struct slot *slots; /* buckets * WAYS */
	uint64_t *begun;    /* a bit for each bucket that was ever written to */
	size_t buckets;
};

/* What is being noted, and for whom. */
struct lesson {
	const struct ip_addr *client, *resolver;
	uint64_t now_ns;
	uint64_t name_hash;
	uint64_t position; /* of the answer's text, once it is stored */
	bool is_stored;
	struct dns_answer answer;
};

static const struct ip_addr no_address;

enum fact_kind { FACT_ADDRESS = 'A', FACT_ECH = 'E' };

int dns_cache_new(struct dns_cache **cache, size_t bytes, struct hash_seed seed)
{
	*cache = NULL;
	if (bytes < BYTES_MIN || bytes > BYTES_MAX)
		return -EINVAL;

	struct dns_cache *made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->seed = seed;
	made->buckets = bytes / SHARES * SLOT_SHARES / (WAYS * sizeof(struct slot));
	made->slots = calloc(made->buckets * WAYS, sizeof(struct slot));
	made->begun = calloc(BITS_WORDS(made->buckets), sizeof(*made->begun));
	made->texts = dns_texts_new(bytes / SHARES * TEXT_SHARES);
	made->told = dns_told_new(bytes / SHARES * (SHARES - SLOT_SHARES - TEXT_SHARES));
	if (!made->slots || !made->begun || !made->texts || !made->told) {
		dns_cache_free(made);
		return -ENOMEM;
	}
	*cache = made;
	return 0;
}

void dns_cache_free(struct dns_cache *cache)
{
	if (!cache)
		return;
	free(cache->slots);
	free(cache->begun);
	dns_texts_free(cache->texts);
	dns_told_free(cache->told);
	free(cache);
}

static uint64_t fact_hash(const struct dns_cache *cache, enum fact_kind kind,
			  const struct ip_addr *client, const struct ip_addr *address,
			  const char *name)
{
	struct {
		char kind;
		struct ip_addr client, address;
		char name[NAME_MAX_BYTES + 1];
	} fact; /* bytes only: no padding */
	size_t length = dns_answer_lower(fact.name, name);

	fact.kind = (char)kind;
	fact.client = *client;
	fact.address = *address;
	return hash_bytes(&cache->seed, &fact, offsetof(typeof(fact), name) + length);
}

static bool holds(const struct slot *slot, const struct ip_addr *client,
		  const struct ip_addr *address)
{
	return slot->is_used && ip_equal(&slot->client, client) &&
	       ip_equal(&slot->address, address);
}

static uint64_t kept_until(const struct slot *slot)
{
	return slot->expires_ns + DNS_CACHE_KEEP_S * NS_PER_S;
}

/* The slot's "name\0chain\0", or NULL when the ring has forgotten it. */
static const char *text_of(const struct dns_cache *cache, const struct slot *slot, size_t *length)
{
	return slot->is_used ? dns_texts_at(cache->texts, slot->text, length) : NULL;
}

/* When it is no longer of use: already, without its text. */
static uint64_t worth_until(const struct dns_cache *cache, const struct slot *slot)
{
	return slot->is_used && dns_texts_has(cache->texts, slot->text) ? kept_until(slot) : 0;
}

static size_t bucket_of(const struct dns_cache *cache, const struct ip_addr *client,
			const struct ip_addr *address)
{
	const struct ip_addr key[2] = { *client, *address };

	return hash_bytes(&cache->seed, key, sizeof(key)) % cache->buckets;
}

/* The slot that holds the key or, failing that, the one that runs out soonest. */
static struct slot *slot_in(const struct dns_cache *cache, size_t bucket,
			    const struct ip_addr *client, const struct ip_addr *address)
{
	struct slot *slot = cache->slots + bucket * WAYS, *soonest = slot;

	for (const struct slot *end = slot + WAYS; slot < end; slot++) {
		if (holds(slot, client, address))
			return slot;
		if (worth_until(cache, slot) < worth_until(cache, soonest))
			soonest = slot;
	}
	return soonest;
}

/* Of the name that gives way and the other one known so far, the one that stands longer. */
static void note_other(struct dns_cache *cache, struct slot *slot, const char *old,
		       uint64_t new_hash)
{
	uint64_t old_hash = hash_bytes(&cache->seed, old, strlen(old));
	bool other_returns = slot->other_hash == new_hash;

	if (old_hash == new_hash)
		return;
	if (other_returns || slot->expires_ns > slot->other_expires_ns) {
		slot->other_hash = old_hash;
		slot->other_expires_ns = slot->expires_ns;
	}
}

static void give_up(struct dns_cache *cache, const struct slot *slot, uint64_t now_ns)
{
	if (!slot->is_used || !dns_texts_has(cache->texts, slot->text))
		return;
	if (kept_until(slot) > now_ns)
		cache->stats.evicted++;
	dns_texts_drop(cache->texts, slot->text);
}

/* The slot for the address, emptied of what it held for another. */
static struct slot *claim(struct dns_cache *cache, const struct lesson *lesson,
			  const struct ip_addr *address)
{
	size_t bucket = bucket_of(cache, lesson->client, address);
	struct slot *slot = cache->slots + bucket * WAYS;

	if (bits_has(cache->begun, bucket)) {
		slot = slot_in(cache, bucket, lesson->client, address);
		if (holds(slot, lesson->client, address))
			return slot;
		give_up(cache, slot, lesson->now_ns);
	}
	bits_set(cache->begun, bucket);
	*slot = (struct slot){ .client = *lesson->client, .address = *address };
	return slot;
}

/* Makes the slot refer to the lesson's text: to its own copy, if that is the same and not about to
 * be forgotten, else to the one that the lesson's addresses share, which is stored when first
 * used. */
static void refer(struct dns_cache *cache, struct slot *slot, struct lesson *lesson)
{
	const struct dns_answer *answer = &lesson->answer;
	size_t length;
	const char *old = text_of(cache, slot, &length);

	if (old) {
		bool same = length == answer->length && memcmp(old, answer->text, length) == 0;

		note_other(cache, slot, old, lesson->name_hash);
		dns_texts_drop(cache->texts, slot->text);
		if (same && !dns_texts_is_old(cache->texts, slot->text))
			return;
	}
	if (!lesson->is_stored)
		lesson->position = dns_texts_add(cache->texts, answer->text, answer->length,
						 lesson->now_ns, &cache->stats.evicted);
	lesson->is_stored = true;
	slot->text = lesson->position;
}

static void note_address(struct dns_cache *cache, struct lesson *lesson,
			 const struct dns_record *record)
{
	const struct dns_answer *answer = &lesson->answer;
	struct slot *slot = claim(cache, lesson, &record->addr);
	uint32_t ttl_s = dns_answer_ttl(record->ttl_s);

	if (ttl_s > answer->ttl_s)
		ttl_s = answer->ttl_s;
	refer(cache, slot, lesson);
	slot->is_used = true;
	slot->chain_at = answer->chain_at;
	slot->has_privatelink = answer->has_privatelink;
	slot->resolver = *lesson->resolver;
	slot->learnt_ns = lesson->now_ns;
	slot->expires_ns = lesson->now_ns + ttl_s * NS_PER_S;
	dns_texts_refer(cache->texts, slot->text, kept_until(slot));
	for (unsigned i = 0; i < answer->count; i++)
		dns_told_add(cache->told,
			     fact_hash(cache, FACT_ADDRESS, lesson->client, &record->addr,
				       answer->names[i]),
			     kept_until(slot));
	cache->stats.learnt++;
}

/* The client will encrypt its hello to the name that it asked for, or asks for next: the owner. */
static void note_ech(struct dns_cache *cache, const struct lesson *lesson,
		     const struct dns_record *record)
{
	uint64_t keep_s = (uint64_t)dns_answer_ttl(record->ttl_s) + DNS_CACHE_KEEP_S;
	uint64_t until_ns = lesson->now_ns + keep_s * NS_PER_S;
	const char *const names[] = { lesson->answer.names[0], dns_answer_owner(&lesson->answer) };

	for (int i = 0; i < 2; i++)
		dns_told_add(cache->told,
			     fact_hash(cache, FACT_ECH, lesson->client, &no_address, names[i]),
			     until_ns);
}

static bool is_address(const struct dns_record *record)
{
	return record->has_addr &&
	       (dns_answer_is(record, DNS_TYPE_A) || dns_answer_is(record, DNS_TYPE_AAAA));
}

static void learn_records(struct dns_cache *cache, struct lesson *lesson,
			  const struct dns_message *response)
{
	const char *owner = dns_answer_owner(&lesson->answer);

	for (unsigned i = 0; i < response->record_count; i++) {
		const struct dns_record *record = &response->record[i];
		bool address = is_address(record);
		bool ech = record->has_ech && dns_answer_is(record, DNS_TYPE_HTTPS);

		if (!address && !ech)
			continue;
		if (strcasecmp(record->name, owner) != 0)
			cache->stats.off_chain += address;
		else if (address)
			note_address(cache, lesson, record);
		else
			note_ech(cache, lesson, record);
	}
}

/* 224.0.0.0/4 and up, ff00::/8: nobody's address. */
static bool is_multicast(const struct ip_addr *addr)
{
	return ip_is_v4(addr) ? addr->bytes[12] >= 224 : addr->bytes[0] == 0xff;
}

void dns_cache_learn(struct dns_cache *cache, const struct ip_addr *client,
		     const struct ip_addr *resolver, const struct dns_message *response,
		     uint64_t now_ns)
{
	struct lesson lesson; /* 1.4 KiB of text: only what is used is set */

	if (!response->response || response->opcode != OPCODE_QUERY || response->rcode != 0 ||
	    response->record_count == 0 || is_multicast(client))
		return;
	lesson.client = client;
	lesson.resolver = resolver;
	lesson.now_ns = now_ns;
	for (unsigned i = 0; i < response->question_count; i++) {
		struct dns_answer *answer = &lesson.answer;

		if (!dns_answer_follow(answer, response, response->question[i].name))
			continue;
		lesson.is_stored = false;
		lesson.name_hash = hash_bytes(&cache->seed, answer->text, strlen(answer->text));
		learn_records(cache, &lesson, response);
	}
}

bool dns_cache_find(const struct dns_cache *cache, const struct ip_addr *client,
		    const struct ip_addr *address, uint64_t now_ns, struct dns_known *known)
{
	size_t bucket = bucket_of(cache, client, address), length;
	const struct slot *slot;
	const char *text;

	if (!bits_has(cache->begun, bucket))
		return false;
	slot = slot_in(cache, bucket, client, address);
	if (!holds(slot, client, address) || kept_until(slot) <= now_ns)
		return false;
	text = text_of(cache, slot, &length);
	if (!text)
		return false;
	*known = (struct dns_known){
		.name = {
			.value = text,
			.age_ns = now_ns > slot->learnt_ns ? now_ns - slot->learnt_ns : 0,
			.resolver = slot->resolver,
			.source = NAME_DNS,
			.ambiguous = slot->other_expires_ns > now_ns,
		},
		.has_privatelink = slot->has_privatelink,
		.chain = text + slot->chain_at,
	};
	return true;
}

bool dns_cache_has_ech(const struct dns_cache *cache, const struct ip_addr *client,
		       const char *name, uint64_t now_ns)
{
	return dns_told_has(cache->told, fact_hash(cache, FACT_ECH, client, &no_address, name),
			    now_ns);
}

bool dns_cache_confirms(const struct dns_cache *cache, const struct ip_addr *client,
			const struct ip_addr *address, const char *name, uint64_t now_ns)
{
	return dns_told_has(cache->told, fact_hash(cache, FACT_ADDRESS, client, address, name),
			    now_ns);
}

struct dns_cache_stats dns_cache_stats(const struct dns_cache *cache)
{
	return cache->stats;
}
