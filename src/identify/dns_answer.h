/* dns_answer.h - what one question of a response leads to: the chain of CNAMEs and its text.
 * Part of the DNS cache; see dns_cache.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "identify/dns_cache.h"
#include "pewit/dns.h"
#include "pewit/identity.h"

#define DNS_ANSWER_CHAIN_TEXT_MAX 1023
#define DNS_ANSWER_TEXT_BYTES (NAME_MAX_BYTES + 1 + DNS_ANSWER_CHAIN_TEXT_MAX + 1)

struct dns_answer {
	const char *names[DNS_CACHE_CHAIN_MAX + 1]; /* the question's, then each CNAME's; as sent */
	unsigned count;                             /* of names; 1 at least */
	uint32_t ttl_s;                             /* the least along the chain */
	bool has_privatelink;
	uint16_t chain_at; /* where the chain starts in text; 0: no CNAME, so it is the name */
	size_t length;     /* of text, its NULs included */
	char text[DNS_ANSWER_TEXT_BYTES]; /* "name\0chain\0", or only "name\0" */
};

/* Follows the CNAMEs of the answer section from the question's name and writes the text. False: a
 * name of no use (the root). The names are lent by the response. */
bool dns_answer_follow(struct dns_answer *answer, const struct dns_message *response,
		       const char *question);

/* Where the chain ends: the owner that the addresses must have (RFC 2181 section 10.1: a name that
 * has a CNAME has nothing else). */
static inline const char *dns_answer_owner(const struct dns_answer *answer)
{
	return answer->names[answer->count - 1];
}

/* Whether the record is of this type, of the Internet, and in the answer section. */
static inline bool dns_answer_is(const struct dns_record *record, uint16_t type)
{
	return record->section == DNS_ANSWER && record->type == type && record->class == 1 /* IN */;
}

/* RFC 2181 section 8 (with the top bit set a TTL is zero), and not above DNS_CACHE_TTL_MAX_S. */
uint32_t dns_answer_ttl(uint32_t ttl_s);

/* Copies in lower case, without a trailing dot; returns the length, or 0 if it is too long. */
size_t dns_answer_lower(char to[NAME_MAX_BYTES + 1], const char *name);
