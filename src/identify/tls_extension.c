#include "identify/tls_extension.h"

#include <string.h>

#include "identify/tls_wire.h"

/* Member by member: a whole struct would be put together on the stack and read back before it is there. */
bool tls_extension_next(struct cursor *extensions, struct tls_extension *extension)
{
	bool is_there = false;

	extension->type = 0;
	extension->body.at = NULL;
	extension->body.left = 0;
	extension->body.failed = false;
	if (extensions->left != 0) {
		uint16_t type = cursor_u16(extensions), length = cursor_u16(extensions);
		const uint8_t *body = cursor_take(extensions, length);

		is_there = !extensions->failed;
		extension->type = is_there ? type : 0;
		extension->body.at = is_there ? body : NULL;
		extension->body.left = is_there ? length : 0;
	}
	return is_there;
}

static struct cursor list(struct cursor body, size_t length)
{
	return cursor_sub(&body, length < body.left ? length : body.left);
}

struct cursor tls_extension_list8(struct cursor body)
{
	uint8_t length = cursor_u8(&body);

	return list(body, length);
}

struct cursor tls_extension_list16(struct cursor body)
{
	uint16_t length = cursor_u16(&body);

	return list(body, length);
}

static bool is_grease(const struct cursor *protocol)
{
	struct cursor copy = *protocol;

	return copy.left == 2 && tls_wire_is_grease(cursor_u16(&copy));
}

bool tls_extension_next_protocol(struct cursor *protocols, struct cursor *protocol)
{
	while (protocols->left != 0) {
		*protocol = cursor_sub(protocols, cursor_u8(protocols));
		if (protocols->failed)
			return false;
		if (!is_grease(protocol))
			return true;
	}
	return false;
}

bool tls_extension_print_protocol(struct cursor protocol, char text[TLS_ALPN_MAX + 1])
{
	size_t at = strnlen(text, TLS_ALPN_MAX);
	size_t comma = at != 0;

	if (protocol.left + comma > TLS_ALPN_MAX - at)
		return false;
	if (comma)
		text[at++] = ',';
	while (protocol.left != 0) {
		uint8_t byte = cursor_u8(&protocol);

		text[at++] = (char)(byte > 0x20 && byte < 0x7f && byte != ',' ? byte : '.');
	}
	text[at] = '\0';
	return true;
}
