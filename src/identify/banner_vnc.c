/* VNC: both sides say "RFB xxx.yyy\n", the server first (RFC 6143 section 7.1.1). */
#include "identify/banner_protocol.h"

#define VERSION_BYTES 12

static enum parse_outcome probe_side(struct cursor bytes)
{
	enum parse_outcome outcome = banner_starts(bytes, "RFB ", 4);

	if (outcome != PARSE_DONE)
		return outcome;
	if (bytes.left < VERSION_BYTES)
		return PARSE_MORE;
	return bytes.at[7] == '.' && bytes.at[11] == '\n' ? PARSE_DONE : PARSE_NOT;
}

enum parse_outcome banner_vnc_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	(void)app;
	return banner_either(probe_side(side[TO_SERVER]), probe_side(side[TO_CLIENT]));
}
