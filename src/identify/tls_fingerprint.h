/* tls_fingerprint.h - JA3, JA3S, JA4, and the SHA-256 of a certificate.
 *
 * Nothing here allocates: the hash states are on the stack.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "identify/tls_client_hello.h"
#include "identify/tls_server_hello.h"
#include "pewit/identity.h"

/* More ciphers or extensions than this in one hello are not sorted, and the hello gets no JA4:
 * IANA knows about 350 ciphers, and what offers more is no client but a test. */
#define TLS_FINGERPRINT_SORTED_MAX 1024

/* version,ciphers,extensions,groups,point formats: decimal, in order of arrival, without GREASE. */
void tls_fingerprint_ja3(const struct tls_client_hello *hello, struct tls_info *info);

/* version,cipher,extensions. */
void tls_fingerprint_ja3s(const struct tls_server_hello *hello, char ja3s[33]);

/* As FoxIO specifies it; `quic`: starts with q. "" past TLS_FINGERPRINT_SORTED_MAX. */
void tls_fingerprint_ja4(const struct tls_client_hello *hello, bool quic, char ja4[37]);

void tls_fingerprint_sha256(const uint8_t *bytes, size_t length, char hex[65]);
