/* tls_extension.h - walking the extensions of a hello and the lists inside them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "pewit/identity.h"

struct tls_extension {
	uint16_t type;
	struct cursor body; /* lent */
};

/* Takes the next extension. False at the end, and at damage, which sets extensions->failed; then
 * *extension is what there is of the damaged one, or of type and body zero. */
bool tls_extension_next(struct cursor *extensions, struct tls_extension *extension);

/* The list behind an extension's own length of one or two bytes, or as much of it as is there. */
struct cursor tls_extension_list8(struct cursor body);
struct cursor tls_extension_list16(struct cursor body);

/* Takes the next protocol name off an ALPN list (RFC 7301), passing over GREASE. False at the end
 * and at damage. */
bool tls_extension_next_protocol(struct cursor *list, struct cursor *protocol);

/* Appends a protocol name to text, after a comma if there is something before it. Bytes that are
 * not printable ASCII, and commas, become dots. False, and nothing appended, when it does not fit
 * whole; the list ends there. */
bool tls_extension_print_protocol(struct cursor protocol, char text[TLS_ALPN_MAX + 1]);
