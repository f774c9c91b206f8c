/* dns.h - one DNS message, parsed (RFC 1035, 3596, 6891, 9460). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "pewit/ip_addr.h"

#define DNS_NAME_MAX 1020    /* presentation form kept: 255 octets, each escaped in four */
#define DNS_QUESTIONS_MAX 32 /* unicast messages carry one; multicast DNS asks up to 17 at once */
#define DNS_RECORDS_MAX 64   /* records kept of one message; the rest are counted in record_total */
#define DNS_TEXT_BYTES 16384 /* room for all the names and rdata texts of one message */

enum { /* record types that are decoded further than a number */
       DNS_TYPE_A = 1,
       DNS_TYPE_NS = 2,
       DNS_TYPE_CNAME = 5,
       DNS_TYPE_SOA = 6,
       DNS_TYPE_PTR = 12,
       DNS_TYPE_MX = 15,
       DNS_TYPE_TXT = 16,
       DNS_TYPE_AAAA = 28,
       DNS_TYPE_SRV = 33,
       DNS_TYPE_OPT = 41,
       DNS_TYPE_SVCB = 64,
       DNS_TYPE_HTTPS = 65,
       DNS_TYPE_ANY = 255,
};

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

struct dns_question {
	const char *name; /* presentation form, case as sent, no trailing dot; the root is "" */
	uint16_t type, class;
};

struct dns_record {
	const char *name;
	const char *data;    /* presentation form of the rdata where the type is known, else NULL */
	struct ip_addr addr; /* A and AAAA */
	uint32_t ttl_s;
	uint16_t data_bytes; /* of the rdata on the wire */
	uint16_t type, class;
	uint8_t section; /* enum dns_section */
	bool has_addr;
	bool has_ech; /* HTTPS, SVCB: an `ech` parameter (RFC 9460 section 7.3, RFC 9848) */
};

/* How a question looks; lengths are bytes, and an escape of the presentation form is one. */
struct dns_traits {
	const char
		*site;   /* the end of the name that somebody registers: contoso.com, contoso.co.uk;
			   * "" for the root. Lent by the name */
	uint16_t data;   /* in the labels in front of the site */
	uint16_t digits; /* of these */
	uint8_t longest; /* of these labels */
	uint8_t labels;  /* of the whole name */
	bool is_data_type; /* NULL, TXT, CNAME, MX, SRV, KEY, NAPTR, private: answers hold data */
	bool is_coded;     /* a label of letters and digits mixed, or longer than words are */
	bool is_lengthy;   /* a label of 40 bytes and more that is not made of words */
	bool is_binary;    /* a label of 40 bytes and more, with bytes of no host's name */
	bool is_exempt;    /* a service's name (_dmarc) or an address's (arpa) */
};

struct dns_message {
	uint16_t id;
	uint16_t flags; /* the header's second word as sent: QR, opcode, AA, TC, RD, RA, RCODE */
	uint16_t rcode; /* extended by EDNS */
	uint8_t opcode;
	bool response, truncated;
	bool damaged; /* part, mostly the tail, could not be parsed; what could be is here */
	uint16_t question_count, record_count; /* in the arrays */
	uint16_t question_total, record_total; /* as the header announces */
	struct dns_question question[DNS_QUESTIONS_MAX];
	struct dns_record record[DNS_RECORDS_MAX];
	uint16_t texts_cut; /* names and rdata texts that did not fit their limit */
	uint32_t text_used;
	char text[DNS_TEXT_BYTES]; /* what `name` and `data` point into */
};
