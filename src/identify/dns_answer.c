#include "identify/dns_answer.h"

#include <string.h>
#include <strings.h>

size_t dns_answer_lower(char to[NAME_MAX_BYTES + 1], const char *name)
{
	size_t length = strnlen(name, NAME_MAX_BYTES + 1);

	if (length > 0 && name[length - 1] == '.')
		length--;
	if (length > NAME_MAX_BYTES)
		return 0;
	for (size_t i = 0; i < length; i++)
		to[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	to[length] = '\0';
	return length;
}

uint32_t dns_answer_ttl(uint32_t ttl_s)
{
	if (ttl_s > INT32_MAX)
		return 0;
	return ttl_s < DNS_CACHE_TTL_MAX_S ? ttl_s : DNS_CACHE_TTL_MAX_S;
}

static bool has_privatelink_label(const char *name)
{
	static const char label[] = "privatelink";

	for (;;) {
		size_t length = strcspn(name, ".");

		if (length == sizeof(label) - 1 && strncasecmp(name, label, length) == 0)
			return true;
		if (name[length] == '\0')
			return false;
		name += length + 1;
	}
}

/* The CNAME of a name, looked for from *from on and round, as chains mostly stand in order. */
static const struct dns_record *cname_of(const struct dns_message *response, const char *name,
					 unsigned *from)
{
	for (unsigned i = 0; i < response->record_count; i++) {
		unsigned at = (*from + i) % response->record_count;
		const struct dns_record *record = &response->record[at];

		if (dns_answer_is(record, DNS_TYPE_CNAME) && record->data &&
		    strcasecmp(record->name, name) == 0) {
			*from = at + 1;
			return record;
		}
	}
	return NULL;
}

static void follow_chain(struct dns_answer *answer, const struct dns_message *response,
			 const char *question)
{
	const struct dns_record *cname = NULL;
	unsigned from = 0;

	answer->count = 0;
	answer->ttl_s = DNS_CACHE_TTL_MAX_S;
	answer->has_privatelink = false;
	for (const char *name = question; name; name = cname ? cname->data : NULL) {
		answer->names[answer->count++] = name;
		answer->has_privatelink |= has_privatelink_label(name);
		cname = answer->count <= DNS_CACHE_CHAIN_MAX ? cname_of(response, name, &from)
							     : NULL;
		if (cname && dns_answer_ttl(cname->ttl_s) < answer->ttl_s)
			answer->ttl_s = dns_answer_ttl(cname->ttl_s);
	}
}

/* Writes "name\0chain\0", or only "name\0" when there is no CNAME. False: a name of no use. */
static bool compose(struct dns_answer *answer)
{
	char name[NAME_MAX_BYTES + 1];
	size_t length = dns_answer_lower(answer->text, answer->names[0]), end = 0;
	char *chain = answer->text + length + 1;

	if (length == 0)
		return false;
	answer->length = length + 1;
	answer->chain_at = 0;
	if (answer->count == 1)
		return true;
	for (unsigned i = 0; i < answer->count; i++) {
		size_t left = DNS_ANSWER_CHAIN_TEXT_MAX - end, arrow = i == 0 || left < 4 ? 0 : 4;

		memcpy(chain + end, " -> ", arrow);
		end += arrow;
		left -= arrow;
		length = dns_answer_lower(name, answer->names[i]);
		length = length < left ? length : left;
		memcpy(chain + end, name, length);
		end += length;
	}
	chain[end] = '\0';
	answer->chain_at = (uint16_t)answer->length;
	answer->length += end + 1;
	return true;
}

bool dns_answer_follow(struct dns_answer *answer, const struct dns_message *response,
		       const char *question)
{
	follow_chain(answer, response, question);
	return compose(answer);
}
