/* quic_google.h - Google QUIC: its headers before Q050, and the CHLO that carries SNI up to Q050. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "identify/outcome.h"
#include "pewit/identity.h"

/* The version of a datagram of Q024 to Q046 that tells its version, or 0. */
uint32_t quic_google_version(const uint8_t *datagram, size_t length);

/* Looks for a CHLO in such a datagram, which is in the clear. PARSE_DONE or PARSE_MORE. */
enum parse_outcome quic_google_scan(const uint8_t *datagram, size_t length, struct tls_info *tls);

/* Reads a CHLO from its tag on. PARSE_DONE once the name is in *tls, PARSE_MORE when the message is
 * longer than what is here, PARSE_BAD when it is no CHLO. */
enum parse_outcome quic_google_read(const uint8_t *message, size_t length, struct tls_info *tls);
