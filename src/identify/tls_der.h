/* tls_der.h - just enough DER (X.690) to read a certificate: no indefinite lengths, no tags of
 * several bytes, no lengths of more than three. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_T61_STRING = 0x14,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

struct tls_der {
	uint8_t tag;
	struct cursor whole;   /* tag and length included; lent */
	struct cursor content; /* lent */
};

/* Takes the next element. False at the end, and at damage, which sets cursor->failed. */
bool tls_der_next(struct cursor *cursor, struct tls_der *element);

/* Takes the next element, which must have this tag, and gives its content; an empty and failed
 * cursor otherwise, and then `cursor` fails too. */
struct cursor tls_der_take(struct cursor *cursor, uint8_t tag);

/* Takes the next element only if it has this tag. */
bool tls_der_skip_if(struct cursor *cursor, uint8_t tag);

/* Takes a UTCTime or GeneralizedTime: seconds since the epoch. False: not one. */
bool tls_der_time(struct cursor *cursor, int64_t *seconds);
