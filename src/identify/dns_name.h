/* dns_name.h - domain names on the wire, compressed or not (RFC 1035 sections 3.1 and 4.1.4). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "identify/dns_text.h"

#define DNS_NAME_WIRE_MAX 255 /* octets, length octets and root included: RFC 1035 section 2.3.4 */
#define DNS_NAME_HOPS_MAX 64  /* pointers followed for one name; real ones need two or three */

/* Writes the name at the cursor in presentation form, without the trailing dot; the root is
 * nothing. `whole` is the message from its first byte: what pointers refer to. False: not a name
 * (a pointer that does not lead back, a reserved label type, too long, past the end); the cursor is
 * then anywhere, and part of the name may have been written. */
bool dns_name_print(struct dns_text *text, struct cursor *cursor, struct cursor whole);

/* Passes over a name without following its pointer. False: past the end, or a reserved type. */
bool dns_name_skip(struct cursor *cursor);
