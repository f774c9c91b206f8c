/* identity.h - who a flow talks to and in what protocol, with where each name came from. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pewit/ip_addr.h"

#define NAME_MAX_BYTES 255 /* longest name kept, without the NUL: an SNI may fill its limit */

enum app { /* protocols that pewit tells by itself; for the rest see nDPI's label */
	   APP_UNKNOWN,
	   APP_TLS,
	   APP_QUIC,
	   APP_DNS,
	   APP_HTTP,
	   APP_HTTP2, /* cleartext: prior knowledge or upgrade */
	   APP_SSH,
	   APP_RDP,
	   APP_SMB,
	   APP_POSTGRES,
	   APP_MYSQL,
	   APP_REDIS,
	   APP_FTP,
	   APP_SMTP,
	   APP_IMAP,
	   APP_POP3,
	   APP_TELNET,
	   APP_LDAP,
	   APP_MSSQL, /* TDS */
	   APP_MONGODB,
	   APP_AMQP,
	   APP_MQTT,
	   APP_VNC,
	   APP_NTP,
	   APP_MDNS,
	   APP_LLMNR,
	   APP_SSDP,
	   APP_ICMP,
	   APP_ICMPV6,
	   APP_SOCKS,
	   APPS
};

enum name_source {
	NAME_NONE,
	NAME_SNI,  /* a TLS ClientHello: a claim of the client */
	NAME_QUIC, /* the SNI of a QUIC Initial: a claim */
	NAME_HTTP, /* Host or :authority in the clear: a claim */
	NAME_DNS,  /* an answer that this client was seen to get for this address: evidence */
	NAME_CERTIFICATE, /* the server's own words, TLS <= 1.2 */
	NAME_MAP,         /* nothing on the wire: the expected map knows the address */
	NAME_QUESTION,    /* of a DNS flow: the first name that it asked for */
	NAME_SOURCES
};

struct name {
	const char *value; /* lower case, no trailing dot, NUL-terminated; lent; NULL: no name */
	uint64_t age_ns;   /* NAME_DNS: since the answer was seen; 0 otherwise */
	struct ip_addr resolver; /* NAME_DNS: who answered; zero otherwise */
	uint8_t source;          /* enum name_source */
	bool ambiguous;          /* NAME_DNS: the client was told several names for this address */
};

/* Credentials seen in the clear: only that, and of which kind; never their values. */
enum credential {
	CREDENTIAL_API_KEY = 1 << 0,    /* api-key, Ocp-Apim-Subscription-Key, x-api-key headers */
	CREDENTIAL_BEARER = 1 << 1,     /* Authorization: Bearer */
	CREDENTIAL_BASIC = 1 << 2,      /* Authorization: Basic */
	CREDENTIAL_OTHER_AUTH = 1 << 3, /* any other Authorization scheme */
	CREDENTIAL_COOKIE = 1 << 4,     /* seen and reported; not a finding by itself */
	CREDENTIAL_SAS =
		1 << 5, /* sig= in a query string (Azure storage shared access signature) */
	CREDENTIAL_LOGIN = 1 << 6, /* a log-in of FTP, PostgreSQL, MySQL, Redis, SMTP, ... */
};

/* How TLS Encrypted Client Hello appeared (RFC 9849). */
enum ech_kind {
	ECH_NONE,
	ECH_GREASE, /* an extension, and nothing that says that it is real */
	ECH_OFFERED, /* the client had seen an HTTPS record with an ECH configuration for this name */
};

#define TLS_ALPN_MAX 63
#define TLS_TEXT_MAX 127
#define TLS_SAN_MAX 8 /* subject alternative names kept; a certificate may list hundreds */

struct tls_certificate { /* leaf of a TLS <= 1.2 handshake */
	bool seen;
	bool self_signed;                  /* issuer and subject are the same */
	uint8_t san_count;                 /* names in san[] */
	uint16_t san_total;                /* names in the certificate */
	int64_t not_before_s, not_after_s; /* seconds since the epoch */
	char subject[TLS_TEXT_MAX + 1];    /* RFC 4514 form, cut at the limit */
	char issuer[TLS_TEXT_MAX + 1];
	char serial[64]; /* upper-case hex pairs with colons, as EVE */
	char sha256[65]; /* fingerprint, lower-case hex */
	char san[TLS_SAN_MAX][NAME_MAX_BYTES + 1];
};

/* One TLS handshake, as far as it is in the clear. Also that inside QUIC. */
struct tls_info {
	uint16_t
		client_version; /* highest offered, as on the wire (0x0304 is TLS 1.3), GREASE aside */
	uint16_t version;       /* chosen by the server; 0: no ServerHello seen */
	uint16_t cipher;        /* chosen by the server */
	uint16_t post_quantum_group; /* first hybrid or ML-KEM group offered in key_share, or 0 */
	bool client_hello, server_hello;
	bool hello_retry;                    /* the server asked for another ClientHello */
	bool resumption_offered;             /* PSK, session ticket or session id from before */
	bool resumed;                        /* the server accepted it */
	bool early_data;                     /* 0-RTT offered */
	bool sni_is_malformed;               /* the extension was there, its name was not one */
	uint8_t ech;                         /* enum ech_kind */
	char sni[NAME_MAX_BYTES + 1];        /* as sent: case kept; "" if none */
	char alpn_offered[TLS_ALPN_MAX + 1]; /* comma-separated, cut at the limit */
	char alpn[TLS_ALPN_MAX + 1];         /* chosen, when it is in the clear */
	char ja3[33];                        /* MD5 in hex */
	char ja3_text
		[512]; /* the string that was hashed; cut at the limit, the hash is of the whole */
	char ja3s[33];
	char ja4[37]; /* t13d1516h2_8daaf6152771_b186095e22b6 */
	struct tls_certificate certificate;
};

struct quic_info {
	uint32_t version; /* as on the wire; 0: unknown */
	bool retry;
	bool version_negotiation;
	struct tls_info tls;
};

#define HTTP_TEXT_MAX 255

struct http_info { /* one request, with its response when that was seen */
	char method[16];
	char host[NAME_MAX_BYTES + 1]; /* Host or :authority as sent, port included; "" if none */
	char path[HTTP_TEXT_MAX + 1];  /* without the query string: that may hold secrets */
	char user_agent[HTTP_TEXT_MAX + 1];
	char upgrade[32];     /* Upgrade header of the request: websocket, h2c, ... */
	char auth_scheme[32]; /* of Authorization: Bearer, Basic, ...; never the value */
	uint32_t credentials; /* enum credential, or-ed */
	uint16_t status;      /* 0: no response seen */
	uint8_t version;      /* 10, 11 or 20 */
	bool has_query;
	bool metadata_header;                   /* Metadata: true (IMDS) */
	bool forwarded_header;                  /* X-Forwarded-For */
	bool is_request;                        /* a request was seen (a response may come alone) */
	char imds_resource[NAME_MAX_BYTES + 1]; /* `resource` parameter of a token request */
	char imds_api_version[32];
	char imds_identity[16]; /* client_id, object_id, msi_res_id: which selector was used */
};

enum imds_request {
	IMDS_NONE,
	IMDS_INSTANCE, /* /metadata/instance and other reads */
	IMDS_TOKEN,    /* /metadata/identity/oauth2/token: a managed-identity token */
};

/* How a token request says which of a host's managed identities is meant. */
enum imds_selector {
	IMDS_BY_DEFAULT = 1 << 0, /* it does not: the only one, or the system-assigned one */
	IMDS_BY_CLIENT_ID = 1 << 1,
	IMDS_BY_OBJECT_ID = 1 << 2,
	IMDS_BY_RESOURCE_ID = 1 << 3,
};

struct ssh_info {
	char client_software[HTTP_TEXT_MAX + 1]; /* the banner after "SSH-2.0-" */
	char server_software[HTTP_TEXT_MAX + 1];
	char client_proto[8], server_proto[8]; /* 2.0, 1.99, ... */
};
