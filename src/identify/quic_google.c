/* Google QUIC before it took the IETF's Initial packets (Q050) sent its hello in the clear:
 *
 *   Q024-Q043  flags:8  connection:64  "Q043":32  number:8-48  hash:96  frames
 *   Q044-Q046  1?:8  "Q046":32  ID lengths:4+4  ID, 64 or nothing, twice  number  hash:96  frames
 *
 * The CHLO is the first bytes of a STREAM frame, mostly behind nothing else but in a second
 * flight behind an ACK whose layout changed from version to version. Looking for the message is
 * shorter than reading all those frames, and it is strict: its tags must ascend to its end.
 *
 *   "CHLO"  tags:16le  0:16  { tag:32  end of its value:32le } ...  values
 */
#include "identify/quic_google.h"

#include <string.h>

#include "base/cursor.h"
#include "identify/quic_version.h"

enum {
	TAGS_MAX = 128,     /* the most that Google's own parser takes */
	SEARCH_BYTES = 512, /* headers and an ACK are shorter: where a CHLO may begin */
	PUBLIC_VERSION = 0x01,
	PUBLIC_CONNECTION = 0x08,
	PUBLIC_RESERVED = 0x80,
};

static const uint8_t chlo[4] = { 'C', 'H', 'L', 'O' };
#define TAG_SNI UINT32_C(0x534e4900) /* "SNI" and a zero */
#define VERSION_Q044 UINT32_C(0x51303434)

static bool is_clear(uint32_t number)
{
	const struct quic_version *version = quic_version_find(number);

	return version && !version->salt;
}

uint32_t quic_google_version(const uint8_t *datagram, size_t length)
{
	struct cursor cursor = cursor_over(datagram, length);
	uint8_t first = cursor_u8(&cursor);
	uint32_t number;

	if (first & PUBLIC_RESERVED) { /* the long header of Q044 and later */
		number = cursor_u32(&cursor);

		uint8_t lengths = cursor_u8(&cursor);
		bool known = lengths == 0x50 || lengths == 0x05 || lengths == 0x55;

		return known && is_clear(number) && number >= VERSION_Q044 ? number : 0;
	}
	if (!(first & PUBLIC_VERSION) || !(first & PUBLIC_CONNECTION))
		return 0;
	cursor_skip(&cursor, 8);
	number = cursor_u32(&cursor);
	return is_clear(number) && number < VERSION_Q044 ? number : 0;
}

static void keep_name(const uint8_t *bytes, size_t length, struct tls_info *tls)
{
	bool fits = length != 0 && length <= NAME_MAX_BYTES;

	for (size_t i = 0; fits && i < length; i++)
		fits = bytes[i] > ' ' && bytes[i] < 0x7f;
	tls->sni_is_malformed = !fits;
	if (!fits)
		return;
	memcpy(tls->sni, bytes, length);
	tls->sni[length] = '\0';
}

enum parse_outcome quic_google_read(const uint8_t *message, size_t length, struct tls_info *tls)
{
	struct cursor cursor = cursor_over(message, length);
	const uint8_t *kind = cursor_take(&cursor, sizeof(chlo));
	uint16_t tags = cursor_le16(&cursor);
	uint32_t from = 0, to = 0, name_from = 0, name_to = 0;
	bool named = false;

	cursor_skip(&cursor, 2);
	if (kind && (memcmp(kind, chlo, sizeof(chlo)) != 0 || tags > TAGS_MAX))
		return PARSE_BAD;
	for (uint16_t i = 0; i < tags && !cursor.failed; i++, from = to) {
		uint32_t tag = cursor_u32(&cursor);

		to = cursor_le32(&cursor);
		if (!cursor.failed && to < from)
			return PARSE_BAD;
		if (tag == TAG_SNI) {
			named = true;
			name_from = from;
			name_to = to;
		}
	}
	if (cursor.failed || name_to > cursor.left)
		return PARSE_MORE;
	*tls = (struct tls_info){ .client_hello = true };
	if (named)
		keep_name(cursor.at + name_from, name_to - name_from, tls);
	return PARSE_DONE;
}

enum parse_outcome quic_google_scan(const uint8_t *datagram, size_t length, struct tls_info *tls)
{
	const uint8_t *end = datagram + length, *at = datagram;
	const uint8_t *stop = length < SEARCH_BYTES ? end : datagram + SEARCH_BYTES;

	while ((at = memmem(at, (size_t)(stop - at), chlo, sizeof(chlo))) != NULL) {
		if (quic_google_read(at, (size_t)(end - at), tls) == PARSE_DONE)
			return PARSE_DONE;
		at += sizeof(chlo);
	}
	return PARSE_MORE;
}
