/* dns_tap.h - DNS answers that come over TCP, put together for the reader.
 *
 * A name taught over TCP belongs to flows of any worker, in stream order; so the reader must see the
 * whole message before it deals the packet that completes it. Follows the server's side of
 * connections from port 53, DNS_TAP_STREAMS at a time; the one unused longest gives way, counted.
 */
#pragma once

#include <stdint.h>

#include "base/hash.h"
#include "pewit/layers.h"

#define DNS_TAP_STREAMS                                                                            \
	256 /* DNS over TCP is rare and short: a truncated answer, a zone transfer */

struct dns_tap;
int dns_tap_new(struct dns_tap **tap);
void dns_tap_free(struct dns_tap *tap);

/* Takes a TCP segment from port 53; calls `found` for each answer it completes. `message` is lent for
 * the call. */
typedef void dns_tap_found(void *context, const uint8_t *message, uint32_t length);
void dns_tap_segment(struct dns_tap *tap, const struct layers *layers, dns_tap_found *found,
		     void *context);

uint64_t dns_tap_evicted(const struct dns_tap *tap);
