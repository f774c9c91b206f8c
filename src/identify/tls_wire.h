/* tls_wire.h - the numbers of TLS that the parts of the TLS parser share (IANA registries). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum tls_record_type {
	TLS_RECORD_CHANGE_CIPHER_SPEC = 20,
	TLS_RECORD_ALERT = 21,
	TLS_RECORD_HANDSHAKE = 22,
	TLS_RECORD_APPLICATION_DATA = 23,
	TLS_RECORD_HEARTBEAT = 24,
};

enum tls_message_type {
	TLS_HELLO_REQUEST = 0,
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_NEW_SESSION_TICKET = 4,
	TLS_HELLO_RETRY_REQUEST = 6, /* of its own type until draft 21 of TLS 1.3 */
	TLS_CERTIFICATE = 11,
	TLS_SERVER_KEY_EXCHANGE = 12,
	TLS_CERTIFICATE_REQUEST = 13,
	TLS_SERVER_HELLO_DONE = 14,
	TLS_CERTIFICATE_VERIFY = 15,
	TLS_CLIENT_KEY_EXCHANGE = 16,
	TLS_FINISHED = 20,
	TLS_CERTIFICATE_STATUS = 22,
	TLS_SUPPLEMENTAL_DATA = 23,
};

enum tls_extension_type {
	TLS_EXT_SERVER_NAME = 0,
	TLS_EXT_SUPPORTED_GROUPS = 10,
	TLS_EXT_EC_POINT_FORMATS = 11,
	TLS_EXT_SIGNATURE_ALGORITHMS = 13,
	TLS_EXT_ALPN = 16,
	TLS_EXT_SESSION_TICKET = 35,
	TLS_EXT_PRE_SHARED_KEY = 41,
	TLS_EXT_EARLY_DATA = 42,
	TLS_EXT_SUPPORTED_VERSIONS = 43,
	TLS_EXT_KEY_SHARE = 51,
	TLS_EXT_ECH = 0xfe0d,
	TLS_EXT_ESNI = 0xffce, /* what came before ECH: draft-ietf-tls-esni-02 */
};

enum tls_version {
	TLS_VERSION_SSL2 = 0x0002,
	TLS_VERSION_SSL3 = 0x0300,
	TLS_VERSION_10 = 0x0301,
	TLS_VERSION_11 = 0x0302,
	TLS_VERSION_12 = 0x0303,
	TLS_VERSION_13 = 0x0304,
};

enum { TLS_MESSAGE_HEADER_BYTES = 4, TLS_RANDOM_BYTES = 32 };

/* Values that clients throw in so that servers learn to ignore what they do not know (RFC 8701). */
static inline bool tls_wire_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* TLS 1.3, its drafts (0x7f..) and the experiments of Google and Facebook (0x7e.., 0xfb..). */
static inline bool tls_wire_is_13(uint16_t version)
{
	return version == TLS_VERSION_13 || version >> 8 == 0x7f || version >> 8 == 0x7e ||
	       version >> 8 == 0xfb;
}
