/* tls_record.h - telling the records of TLS and SSLv2 by their first bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TLS_RECORD_HEADER_BYTES = 5, TLS_SSL2_CLIENT_HELLO = 1, TLS_SSL2_SERVER_HELLO = 4 };

/* Whether a record header, or as much of it as is there, is one. Its body may be empty. */
bool tls_record_is_header(const uint8_t *bytes, size_t have);

/* Whether the header of a direction's first record, or as much of it as is there, is one: a record
 * of type handshake or alert with something in it. */
bool tls_record_is_first(const uint8_t *bytes, size_t have);

/* Whether the first bytes are, or with fewer than five of them may be, a hello in the framing of
 * SSLv2, of this type. */
bool tls_record_is_ssl2_hello(const uint8_t *bytes, size_t have, uint8_t type);
