/* dns.h - DNS messages from the wire, over UDP or in a TCP stream (RFC 1035 section 4). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/outcome.h"
#include "pewit/dns.h"

/* Whether a payload can be a DNS message although its port does not say so: a header whose counts
 * and first question fit the length exactly enough that random bytes do not pass. */
bool dns_looks_like(const uint8_t *payload, size_t length);

/* Parses one message. PARSE_DONE (message->damaged says whether to the end), PARSE_NOT when the
 * header is no DNS header, PARSE_BAD when not even the first question could be read. */
enum parse_outcome dns_parse(const uint8_t *payload, size_t length, struct dns_message *message);

struct dns_reader {          /* one direction of a TCP connection; all zero at its start */
	struct buffer frame; /* a message that has not come whole */
	uint8_t prefix[2];   /* its length */
	uint8_t prefix_have; /* octets of the length so far */
};

/* Takes the next bytes of a direction; calls `found` for each whole message, in order, `bytes` lent
 * for the call. PARSE_MORE while all is well; PARSE_NOT, PARSE_LIMIT end the direction. */
enum parse_outcome dns_read(struct dns_reader *reader, struct buffer_pool *pool,
			    const uint8_t *bytes, size_t length,
			    void (*found)(void *context, const uint8_t *message, size_t length),
			    void *context);
void dns_reader_release(struct dns_reader *reader, struct buffer_pool *pool);

/* "A", "AAAA", "HTTPS", ...; "TYPE123" written into unknown (RFC 3597). */
const char *dns_type_name(uint16_t type, char unknown[12]);
const char *dns_rcode_name(uint16_t rcode, char unknown[12]); /* "NOERROR", "NXDOMAIN", ... */
