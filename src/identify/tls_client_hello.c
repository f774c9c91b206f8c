/* A ClientHello is first split into its lists, which stay where they lie, and then read for what
 * it says. Damage inside one extension costs that extension only: a server may well pass over what
 * is unknown to it, and the name is what matters here.
 */
#include "identify/tls_client_hello.h"

#include <string.h>

#include "identify/tls_extension.h"
#include "identify/tls_wire.h"

enum { NAME_TYPE_HOST = 0 };

/* Key shares that a quantum computer does not open: hybrids, and ML-KEM alone. */
static const uint16_t post_quantum_groups[] = {
	0x0200, /* MLKEM512 */
	0x0201, /* MLKEM768 */
	0x0202, /* MLKEM1024 */
	0x11eb, /* SecP256r1MLKEM768 */
	0x11ec, /* X25519MLKEM768 */
	0x11ed, /* SecP384r1MLKEM1024 */
	0x4138, /* CECPQ2, an experiment of 2019 */
	0x6399, /* X25519Kyber768Draft00 */
	0x639a, /* SecP256r1Kyber768Draft00 */
	0xfe30, /* X25519Kyber512Draft00 */
	0xfe31, /* X25519Kyber768Draft00, before it had a number of its own */
};

static const struct {
	uint16_t type;
	uint8_t part; /* enum tls_hello_part */
} known[] = {
	{ TLS_EXT_SERVER_NAME, HELLO_SERVER_NAME },
	{ TLS_EXT_SUPPORTED_GROUPS, HELLO_GROUPS },
	{ TLS_EXT_EC_POINT_FORMATS, HELLO_POINT_FORMATS },
	{ TLS_EXT_SIGNATURE_ALGORITHMS, HELLO_SIGNATURES },
	{ TLS_EXT_ALPN, HELLO_ALPN },
	{ TLS_EXT_SESSION_TICKET, HELLO_SESSION_TICKET },
	{ TLS_EXT_PRE_SHARED_KEY, HELLO_PRE_SHARED_KEY },
	{ TLS_EXT_EARLY_DATA, HELLO_EARLY_DATA },
	{ TLS_EXT_SUPPORTED_VERSIONS, HELLO_VERSIONS },
	{ TLS_EXT_KEY_SHARE, HELLO_KEY_SHARE },
	{ TLS_EXT_ECH, HELLO_ECH },
	{ TLS_EXT_ESNI, HELLO_ESNI },
};

/* Two extensions of a kind are forbidden; the first is the one that is kept. */
static void keep(struct tls_client_hello *hello, const struct tls_extension *extension)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint8_t part = known[i].part;

		if (known[i].type != extension->type || hello->has[part])
			continue;
		hello->part[part] = extension->body;
		hello->has[part] = true;
	}
}

static uint16_t highest_version(const struct tls_client_hello *hello)
{
	struct cursor versions = tls_extension_list8(hello->part[HELLO_VERSIONS]);
	uint16_t highest = 0;

	while (versions.left >= 2) {
		uint16_t version = cursor_u16(&versions);

		if (!tls_wire_is_grease(version) && version > highest)
			highest = version;
	}
	return highest ? highest : hello->legacy_version;
}

bool tls_client_hello_split(struct cursor body, struct tls_client_hello *hello)
{
	struct tls_extension extension;

	memset(hello, 0, sizeof(*hello));
	hello->legacy_version = cursor_u16(&body);
	hello->highest_version = hello->legacy_version;
	cursor_skip(&body, TLS_RANDOM_BYTES);
	hello->session_id = cursor_sub(&body, cursor_u8(&body));
	hello->ciphers = cursor_sub(&body, cursor_u16(&body));
	cursor_skip(&body, cursor_u8(&body)); /* compression methods */
	if (body.failed)
		return false;
	if (body.left == 0)
		return true; /* a client from before RFC 3546 sends no extensions */

	uint16_t length = cursor_u16(&body);
	bool whole = !body.failed && length <= body.left;
	hello->extensions = cursor_sub(&body, whole ? length : body.left);

	struct cursor rest = hello->extensions;
	while (tls_extension_next(&rest, &extension))
		keep(hello, &extension);
	hello->highest_version = highest_version(hello);
	return whole && !rest.failed;
}

/* What a client that knows both would like best: TLS 1.3 itself before any draft of it. */
static uint16_t client_version(const struct tls_client_hello *hello)
{
	struct cursor versions = tls_extension_list8(hello->part[HELLO_VERSIONS]);

	while (versions.left >= 2)
		if (cursor_u16(&versions) == TLS_VERSION_13)
			return TLS_VERSION_13;
	return hello->highest_version;
}

static bool is_printable(struct cursor name)
{
	while (name.left != 0) {
		uint8_t byte = cursor_u8(&name);

		if (byte <= 0x20 || byte >= 0x7f)
			return false;
	}
	return true;
}

/* The first host_name of a server_name extension (RFC 6066 section 3). */
static bool host_name(struct cursor body, struct cursor *name)
{
	struct cursor names = tls_extension_list16(body);

	while (names.left != 0) {
		uint8_t type = cursor_u8(&names);

		*name = cursor_sub(&names, cursor_u16(&names));
		if (names.failed)
			return false;
		if (type == NAME_TYPE_HOST)
			return true;
	}
	return false;
}

static void note_name(const struct tls_client_hello *hello, struct tls_info *info)
{
	struct cursor name;

	if (!hello->has[HELLO_SERVER_NAME])
		return;
	info->sni[0] = '\0';
	info->sni_is_malformed = false;
	if (!host_name(hello->part[HELLO_SERVER_NAME], &name) || name.left == 0 ||
	    name.left > NAME_MAX_BYTES || !is_printable(name)) {
		info->sni_is_malformed = true;
		return;
	}
	memcpy(info->sni, name.at, name.left);
	info->sni[name.left] = '\0';
}

static void note_protocols(const struct tls_client_hello *hello, struct tls_info *info)
{
	struct cursor list = tls_extension_list16(hello->part[HELLO_ALPN]);
	struct cursor protocol;

	info->alpn_offered[0] = '\0';
	while (tls_extension_next_protocol(&list, &protocol))
		if (!tls_extension_print_protocol(protocol, info->alpn_offered))
			return;
}

static bool is_post_quantum(uint16_t group)
{
	for (size_t i = 0; i < sizeof(post_quantum_groups) / sizeof(post_quantum_groups[0]); i++)
		if (post_quantum_groups[i] == group)
			return true;
	return false;
}

static uint16_t post_quantum_share(const struct tls_client_hello *hello)
{
	struct cursor shares = tls_extension_list16(hello->part[HELLO_KEY_SHARE]);

	while (shares.left != 0) {
		uint16_t group = cursor_u16(&shares);

		cursor_skip(&shares, cursor_u16(&shares));
		if (shares.failed)
			return 0;
		if (is_post_quantum(group))
			return group;
	}
	return 0;
}

/* A client that offers TLS 1.3 fills the session id with noise for the sake of old middleboxes
 * (RFC 8446 appendix D.4), so it means something only without that. */
static bool offers_resumption(const struct tls_client_hello *hello)
{
	return hello->has[HELLO_PRE_SHARED_KEY] || hello->part[HELLO_SESSION_TICKET].left != 0 ||
	       (hello->session_id.left != 0 && !tls_wire_is_13(client_version(hello)));
}

void tls_client_hello_note(const struct tls_client_hello *hello, struct tls_info *info)
{
	info->client_hello = true;
	info->client_version = client_version(hello);
	note_name(hello, info);
	note_protocols(hello, info);
	if (info->post_quantum_group == 0)
		info->post_quantum_group = post_quantum_share(hello);
	info->resumption_offered |= offers_resumption(hello);
	info->early_data |= hello->has[HELLO_EARLY_DATA];
	if (hello->has[HELLO_ECH] || hello->has[HELLO_ESNI])
		info->ech = ECH_GREASE;
}
