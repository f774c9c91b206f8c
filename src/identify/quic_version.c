/* Initial packets are encrypted with keys that come from a salt, one per version, and from the
 * Destination Connection ID. The salt is public: it only keeps middleboxes that know one version
 * from guessing at the next. Each version below costs one row; RFC 9369 changes also the packet
 * types and the key labels, and Google QUIC from Q050 to T051 has frames of its own.
 */
#include "identify/quic_version.h"

static const uint8_t salt_draft_22[QUIC_SALT_BYTES] = {
	0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
	0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a,
};
static const uint8_t salt_draft_23[QUIC_SALT_BYTES] = {
	0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
	0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02,
};
static const uint8_t salt_draft_29[QUIC_SALT_BYTES] = {
	0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
	0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99,
};
static const uint8_t salt_v1[QUIC_SALT_BYTES] = {
	/* RFC 9001 section 5.2; drafts 33 and 34 have it too */
	0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
	0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
};
static const uint8_t salt_v2[QUIC_SALT_BYTES] = {
	/* RFC 9369 section 3.3.1 */
	0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
	0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
};
static const uint8_t salt_v2_draft[QUIC_SALT_BYTES] = {
	0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
	0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3,
};
static const uint8_t salt_q050[QUIC_SALT_BYTES] = {
	0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
	0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45,
};
static const uint8_t salt_t050[QUIC_SALT_BYTES] = {
	0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
	0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10,
};
static const uint8_t salt_t051[QUIC_SALT_BYTES] = {
	0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
	0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d,
};

static const struct quic_version versions[] = {
	{ 0x00000001, 0x00000001, .name = "1", .salt = salt_v1 },
	{ 0x6b3343cf, 0x6b3343cf, .name = "2", .salt = salt_v2, .second = true },
	{ 0x709a50c4, 0x709a50c4, .name = "2-draft", .salt = salt_v2_draft, .second = true },
	{ 0xff000016, 0xff000016, .salt = salt_draft_22 },
	{ 0xff000017, 0xff00001c, .salt = salt_draft_23 },
	{ 0xff00001d, 0xff000020, .salt = salt_draft_29 },
	{ 0xff000021, 0xff000022, .salt = salt_v1 },
	/* mvfst, Facebook's: aliases of drafts 22 and 27, and two of version 1. */
	{ 0xfaceb001, 0xfaceb001, .name = "mvfst-22", .salt = salt_draft_22 },
	{ 0xfaceb002, 0xfaceb002, .name = "mvfst-27", .salt = salt_draft_23 },
	{ 0xfaceb003, 0xfaceb004, .salt = salt_v1 },
	{ 0xfaceb00e, 0xfaceb00e, .name = "mvfst-exp", .salt = salt_draft_23 },
	{ 0xfaceb00f, 0xfaceb01f, .salt = salt_draft_23 },
	/* Google's: the number is text. */
	{ 0x51303530, 0x51303530, .salt = salt_q050, .google_frames = true },
	{ 0x54303530, 0x54303530, .salt = salt_t050, .google_frames = true },
	{ 0x54303531, 0x54303531, .salt = salt_t051, .google_frames = true },
	{ 0x51303234, 0x51303239, .google_frames = true }, /* Q024 to Q029 */
	{ 0x51303330, 0x51303339, .google_frames = true }, /* Q030 to Q039 */
	{ 0x51303430, 0x51303436, .google_frames = true }, /* Q040 to Q046 */
};

enum { VERSIONS = sizeof(versions) / sizeof(versions[0]) };

const struct quic_version *quic_version_find(uint32_t number)
{
	for (size_t i = 0; i < VERSIONS; i++)
		if (number >= versions[i].first && number <= versions[i].last)
			return &versions[i];
	return NULL;
}

const struct quic_version *quic_version_guess(size_t index)
{
	static const uint32_t likely[] = { 0x00000001, 0xff00001d, 0xff00001b, 0xff000016 };

	return index < sizeof(likely) / sizeof(likely[0]) ? quic_version_find(likely[index]) : NULL;
}

bool quic_version_is_reserved(uint32_t number)
{
	return (number & 0x0f0f0f0f) == 0x0a0a0a0a;
}

static const char *draft_name(uint32_t version, char text[12])
{
	static const char prefix[] = "draft-";
	size_t at;

	for (at = 0; prefix[at]; at++)
		text[at] = prefix[at];
	text[at++] = (char)('0' + (version & 0xff) / 10);
	text[at++] = (char)('0' + (version & 0xff) % 10);
	text[at] = '\0';
	return text;
}

static const char *ascii_name(uint32_t version, char text[12])
{
	for (int i = 0; i < 4; i++)
		text[i] = (char)(version >> (24 - 8 * i));
	text[4] = '\0';
	return text;
}

static const char *hex_name(uint32_t version, char text[12])
{
	text[0] = '0';
	text[1] = 'x';
	for (int i = 0; i < 8; i++)
		text[2 + i] = "0123456789abcdef"[version >> (28 - 4 * i) & 0x0f];
	text[10] = '\0';
	return text;
}

const char *quic_version_name(uint32_t version, char unknown[12])
{
	const struct quic_version *row = quic_version_find(version);

	if (row && row->name)
		return row->name;
	if (row && row->google_frames)
		return ascii_name(version, unknown);
	if (row && version >> 8 == 0xff0000)
		return draft_name(version, unknown);
	return hex_name(version, unknown);
}
