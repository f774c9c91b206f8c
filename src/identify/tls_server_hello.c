#include "identify/tls_server_hello.h"

#include <string.h>

#include "identify/tls_extension.h"
#include "identify/tls_wire.h"

/* SHA-256 of "HelloRetryRequest": the random that makes a ServerHello one (RFC 8446 4.1.3). */
static const uint8_t retry_random[TLS_RANDOM_BYTES] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
	0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
	0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* Until draft 21 the version stood in its old place, without session id and compression. */
static bool is_short_form(uint16_t version)
{
	return version >> 8 == 0x7f;
}

static void read_extension(const struct tls_extension *extension, struct tls_server_hello *hello)
{
	struct cursor body = extension->body;

	switch (extension->type) {
	case TLS_EXT_SUPPORTED_VERSIONS:
		if (body.left == 2)
			hello->version = cursor_u16(&body);
		break;
	case TLS_EXT_PRE_SHARED_KEY:
		hello->psk_selected = true;
		break;
	case TLS_EXT_ALPN:
		hello->alpn = tls_extension_list16(body);
		break;
	}
}

bool tls_server_hello_split(struct cursor body, struct tls_server_hello *hello)
{
	struct tls_extension extension;
	const uint8_t *random;

	memset(hello, 0, sizeof(*hello));
	hello->version = hello->legacy_version = cursor_u16(&body);
	random = cursor_take(&body, TLS_RANDOM_BYTES);
	hello->is_retry = random && memcmp(random, retry_random, TLS_RANDOM_BYTES) == 0;
	if (!is_short_form(hello->legacy_version))
		cursor_skip(&body, cursor_u8(&body)); /* session id */
	hello->cipher = cursor_u16(&body);
	if (!is_short_form(hello->legacy_version))
		cursor_u8(&body); /* compression method */
	if (body.failed)
		return false;
	if (body.left == 0)
		return true;

	uint16_t length = cursor_u16(&body);
	bool whole = !body.failed && length <= body.left;
	hello->extensions = cursor_sub(&body, whole ? length : body.left);

	struct cursor rest = hello->extensions;
	while (tls_extension_next(&rest, &extension))
		read_extension(&extension, hello);
	return whole && !rest.failed;
}

void tls_server_hello_note(const struct tls_server_hello *hello, struct tls_info *info)
{
	struct cursor list = hello->alpn;
	struct cursor protocol;

	info->version = hello->version;
	info->cipher = hello->cipher;
	if (hello->is_retry) {
		info->hello_retry = true;
		return; /* the ServerHello itself is still to come */
	}
	info->server_hello = true;
	info->resumed |= hello->psk_selected && tls_wire_is_13(hello->version);
	info->alpn[0] = '\0';
	if (tls_extension_next_protocol(&list, &protocol))
		tls_extension_print_protocol(protocol, info->alpn);
}
