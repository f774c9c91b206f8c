/* dns_rdata.h - what a record says, as master files write it. */
#pragma once

#include <stdbool.h>

#include "base/cursor.h"
#include "identify/dns_text.h"
#include "pewit/dns.h"

#define DNS_RDATA_TEXT_MAX 1023 /* of one record; longer TXT data is cut, and counted */

/* Writes the rdata of record->type, and sets what of *record comes from it: the address, `ech`.
 * `whole` is the message, for pointers. False: a type that is not printed, or rdata that does not
 * fit its type; something may have been written. */
bool dns_rdata_print(struct dns_text *text, struct cursor rdata, struct cursor whole,
		     struct dns_record *record);
