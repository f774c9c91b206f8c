/* SMB: a NetBIOS session header, 00 length(3), before ff, fe (SMB2), fd (encrypted) or fc
 * (compressed) and "SMB" ([MS-SMB2] 2.1 and 2.2). On port 139 a session request comes first: 81 00
 * 00 44, and two names in their half-ASCII spelling, 20 and 32 letters from A to P each (RFC 1002
 * section 4.3.2). */
#include "identify/banner_protocol.h"

#define MESSAGE 0x00
#define SESSION_REQUEST 0x81
#define MAGIC_AT 4
#define NAME_BYTES 32

static enum parse_outcome probe_message(struct cursor bytes)
{
	cursor_skip(&bytes, MAGIC_AT);
	if (bytes.failed || bytes.left == 0)
		return PARSE_MORE;
	if (cursor_u8(&bytes) < 0xfc)
		return PARSE_NOT;
	return banner_starts(bytes, "SMB", 3);
}

static enum parse_outcome probe_request(struct cursor bytes)
{
	enum parse_outcome outcome = banner_starts(bytes, "\x81\0\0\x44\x20", 5);

	if (outcome != PARSE_DONE)
		return outcome;
	cursor_skip(&bytes, 5);
	for (int i = 0; i < NAME_BYTES; i++) {
		uint8_t letter = cursor_u8(&bytes);

		if (bytes.failed)
			return PARSE_MORE;
		if (letter < 'A' || letter > 'P')
			return PARSE_NOT;
	}
	return PARSE_DONE;
}

static enum parse_outcome probe_side(struct cursor bytes)
{
	if (bytes.left == 0)
		return PARSE_MORE;
	if (bytes.at[0] == MESSAGE)
		return probe_message(bytes);
	if (bytes.at[0] == SESSION_REQUEST)
		return probe_request(bytes);
	return banner_starts(bytes, "\x82\0\0\0", 4) == PARSE_NOT ? PARSE_NOT : PARSE_MORE;
}

enum parse_outcome banner_smb_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	(void)app;
	return banner_either(probe_side(side[TO_SERVER]), probe_side(side[TO_CLIENT]));
}
