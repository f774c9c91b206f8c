/* dns_header.h - whether bytes can open a DNS message: what the TCP reader asks before it waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_HEADER_BYTES 12

/* At least DNS_HEADER_BYTES are needed, or the answer is no. */
bool dns_header_fits(const uint8_t *bytes, size_t length);
