#include <stddef.h>

#include "event/event_names.h"
#include "event/event_text.h"
#include "event/event_values.h"
#include "pewit/dns.h"

#define DNS_AA 0x0400u /* bits of the header's second word, RFC 1035 section 4.1.1 */
#define DNS_TC 0x0200u
#define DNS_RD 0x0100u
#define DNS_RA 0x0080u

#define EVE_DNS_VERSION 3 /* the format of Suricata 8: queries[] in requests and responses */

void event_value_dns_version(struct emit *json, const void *part)
{
	(void)part;
	emit_u64(json, EVE_DNS_VERSION);
}

void event_value_dns_type(struct emit *json, const void *part)
{
	emit_text(json, ((const struct dns_message *)part)->response ? "response" : "request");
}

/* As EVE: hex without leading zeros. */
void event_value_dns_flags(struct emit *json, const void *part)
{
	uint16_t flags = ((const struct dns_message *)part)->flags;
	char text[4];
	size_t length = 0;

	for (int shift = 12; shift >= 0; shift -= 4)
		if (flags >> shift != 0 || shift == 0)
			text[length++] = "0123456789abcdef"[flags >> shift & 15];
	emit_string(json, text, length);
}

/* EVE names only the flags that are set. */
static void put_flag(struct emit *json, const void *part, uint16_t flag)
{
	if (((const struct dns_message *)part)->flags & flag)
		emit_bool(json, true);
}

void event_value_dns_aa(struct emit *json, const void *part)
{
	put_flag(json, part, DNS_AA);
}

void event_value_dns_tc(struct emit *json, const void *part)
{
	put_flag(json, part, DNS_TC);
}

void event_value_dns_rd(struct emit *json, const void *part)
{
	put_flag(json, part, DNS_RD);
}

void event_value_dns_ra(struct emit *json, const void *part)
{
	put_flag(json, part, DNS_RA);
}

void event_value_dns_rcode(struct emit *json, const void *part)
{
	const struct dns_message *dns = part;
	char unknown[EVENT_NAME_UNKNOWN];

	if (dns->response)
		emit_text(json, event_name_dns_rcode(dns->rcode, unknown));
}

void event_value_dns_records_left_out(struct emit *json, const void *part)
{
	const struct dns_message *dns = part;

	if (dns->record_total > dns->record_count)
		emit_u64(json, (uint64_t)dns->record_total - dns->record_count);
}

static void put_type(struct emit *json, uint16_t type)
{
	char unknown[EVENT_NAME_UNKNOWN];

	emit_text(json, event_name_dns_type(type, unknown));
}

/* The root is "" in a message and is written so: an empty name says something here. */
void event_value_question_name(struct emit *json, const void *part)
{
	emit_text(json, ((const struct dns_question *)part)->name);
}

void event_value_question_type(struct emit *json, const void *part)
{
	put_type(json, ((const struct dns_question *)part)->type);
}

void event_value_record_name(struct emit *json, const void *part)
{
	emit_text(json, ((const struct dns_record *)part)->name);
}

void event_value_record_type(struct emit *json, const void *part)
{
	put_type(json, ((const struct dns_record *)part)->type);
}

void event_value_record_data(struct emit *json, const void *part)
{
	const struct dns_record *record = part;

	char text[IP_TEXT_SIZE];

	if (record->data)
		emit_text(json, record->data);
	else if (record->has_addr)
		emit_string(json, text, event_text_ip(&record->addr, text));
}
