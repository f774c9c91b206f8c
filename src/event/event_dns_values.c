#include <stddef.h>

#include "event/event_names.h"
#include "event/event_text.h"
#include "event/event_values.h"
#include "pewit/dns.h"

#define EVE_DNS_VERSION 3 /* the format of Suricata 8: queries[] in requests and responses */

void event_value_dns_version(struct emit *json, const void *part)
{
	(void)part;
	emit_u64(json, EVE_DNS_VERSION);
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

void event_value_record_data(struct emit *json, const void *part)
{
	const struct dns_record *record = part;

	char text[IP_TEXT_SIZE];

	if (record->data)
		emit_text(json, record->data);
	else if (record->has_addr)
		emit_string(json, text, event_text_ip(&record->addr, text));
}
