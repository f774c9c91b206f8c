/* tls_certificate.h - what a server's own certificate says of it (RFC 5280). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pewit/identity.h"

/* Reads one certificate in DER into *certificate, replacing what was there. False: it does not hold
 * together; the fingerprint and what came before the damage are there. */
bool tls_certificate_read(const uint8_t *der, size_t length, struct tls_certificate *certificate);
