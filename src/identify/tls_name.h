/* tls_name.h - a distinguished name of a certificate as a line of text. */
#pragma once

#include "base/cursor.h"
#include "pewit/identity.h"

/* Writes the RDNSequence in the form of RFC 4514: last part first, so that the common name leads.
 * All that is not printable ASCII is written as hex pairs of its UTF-8, attributes without a short
 * name as number and hex. Cut at the limit, between two characters. False: damaged. */
bool tls_name_print(struct cursor rdns, char text[TLS_TEXT_MAX + 1]);
