/* dns_header.h - whether bytes can open a DNS message: what the TCP reader asks before it waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_HEADER_BYTES 12

/* have: bytes that are there, DNS_HEADER_BYTES at least, or the answer is no; length: of the whole
 * message, which must have room for what the header counts. */
bool dns_header_fits(const uint8_t *bytes, size_t have, size_t length);
