/* Fingerprints are hashes of texts that can be far longer than any buffer (64 KiB of hello make
 * 190 KiB of JA3), so the text is hashed as it is made, a piece at a time: a call for each number would cost
 * more than the hash. JA4 sorts its lists first; that is the one thing here with a limit.
 *
 * OpenSSL's one-shot calls look the algorithm up and allocate for each hash. The calls with a
 * state of the caller's do neither; they are deprecated because they know no providers, which a
 * fingerprint does not need.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "identify/tls_fingerprint.h"

#include <openssl/md5.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/emit.h"
#include "identify/tls_extension.h"
#include "identify/tls_wire.h"

enum { JA4_HASH_CHARS = 12, JA4_COUNT_MAX = 99 };

#define PIECE_BYTES 512 /* of text that waits to be hashed: most of it fits */
#define FEW_VALUES 32   /* so many are sorted the short way */

static const char hex_digits[] = "0123456789abcdef";

static void print_hex(const uint8_t *bytes, size_t length, char *hex)
{
	for (size_t i = 0; i < length; i++) {
		*hex++ = hex_digits[bytes[i] >> 4];
		*hex++ = hex_digits[bytes[i] & 15];
	}
	*hex = '\0';
}

/* ---- JA3 and JA3S ---- */

struct ja3 {
	MD5_CTX md5;
	char *text; /* a copy of the beginning, if wanted */
	size_t length, room;
	size_t waiting;
	char piece[PIECE_BYTES];
};

static void ja3_start(struct ja3 *ja3, char *text, size_t room)
{
	MD5_Init(&ja3->md5);
	ja3->text = text;
	ja3->length = ja3->waiting = 0;
	ja3->room = room;
}

static void ja3_hash_piece(struct ja3 *ja3)
{
	size_t room = ja3->room - ja3->length;
	size_t kept = ja3->waiting < room ? ja3->waiting : room;

	MD5_Update(&ja3->md5, ja3->piece, ja3->waiting);
	if (kept != 0)
		memcpy(ja3->text + ja3->length, ja3->piece, kept);
	ja3->length += kept;
	ja3->waiting = 0;
}

static void ja3_comma(struct ja3 *ja3)
{
	if (ja3->waiting == PIECE_BYTES)
		ja3_hash_piece(ja3);
	ja3->piece[ja3->waiting++] = ',';
}

/* Appends a number to a list; *first: it is the first of its list. */
static void ja3_number(struct ja3 *ja3, uint16_t value, bool *first)
{
	if (PIECE_BYTES - ja3->waiting < 1 + EMIT_U64_DIGITS)
		ja3_hash_piece(ja3);
	if (!*first)
		ja3->piece[ja3->waiting++] = '-';
	*first = false;
	ja3->waiting += emit_digits(value, ja3->piece + ja3->waiting);
}

static void ja3_values(struct ja3 *ja3, struct cursor values)
{
	bool first = true;

	while (values.left >= 2) {
		uint16_t value = cursor_u16(&values);

		if (!tls_wire_is_grease(value))
			ja3_number(ja3, value, &first);
	}
}

static void ja3_extensions(struct ja3 *ja3, struct cursor extensions)
{
	struct tls_extension extension;
	bool first = true;

	while (tls_extension_next(&extensions, &extension))
		if (!tls_wire_is_grease(extension.type))
			ja3_number(ja3, extension.type, &first);
}

static void ja3_end(struct ja3 *ja3, char hash[33])
{
	uint8_t digest[MD5_DIGEST_LENGTH];

	ja3_hash_piece(ja3);
	MD5_Final(digest, &ja3->md5);
	print_hex(digest, sizeof(digest), hash);
}

void tls_fingerprint_ja3(const struct tls_client_hello *hello, struct tls_info *info)
{
	struct cursor formats = tls_extension_list8(hello->part[HELLO_POINT_FORMATS]);
	struct ja3 ja3;
	bool first = true;

	ja3_start(&ja3, info->ja3_text, sizeof(info->ja3_text) - 1);
	ja3_number(&ja3, hello->legacy_version, &first);
	ja3_comma(&ja3);
	ja3_values(&ja3, hello->ciphers);
	ja3_comma(&ja3);
	ja3_extensions(&ja3, hello->extensions);
	ja3_comma(&ja3);
	ja3_values(&ja3, tls_extension_list16(hello->part[HELLO_GROUPS]));
	ja3_comma(&ja3);
	for (first = true; formats.left != 0;)
		ja3_number(&ja3, cursor_u8(&formats), &first);
	ja3_end(&ja3, info->ja3);
	info->ja3_text[ja3.length] = '\0';
}

void tls_fingerprint_ja3s(const struct tls_server_hello *hello, char ja3s[33])
{
	struct ja3 ja3;
	bool first = true;

	ja3_start(&ja3, NULL, 0);
	ja3_number(&ja3, hello->legacy_version, &first);
	ja3_comma(&ja3);
	first = true;
	ja3_number(&ja3, hello->cipher, &first);
	ja3_comma(&ja3);
	ja3_extensions(&ja3, hello->extensions);
	ja3_end(&ja3, ja3s);
}

/* ---- JA4 ---- */

struct values {
	uint16_t count;
	uint16_t value[TLS_FINGERPRINT_SORTED_MAX];
};

static bool values_add(struct values *values, uint16_t value)
{
	if (values->count == TLS_FINGERPRINT_SORTED_MAX)
		return false;
	values->value[values->count++] = value;
	return true;
}

static void sift_down(struct values *values, size_t at, size_t count)
{
	uint16_t *v = values->value;

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		uint16_t held = v[at];

		if (child + 1 < count && v[child + 1] > v[child])
			child++;
		if (held >= v[child])
			return;
		v[at] = v[child];
		v[child] = held;
	}
}

/* By insertion: for few values the fastest. */
static void values_sort_few(struct values *values)
{
	uint16_t *v = values->value;

	for (size_t i = 1; i < values->count; i++) {
		uint16_t held = v[i];
		size_t at = i;

		for (; at > 0 && v[at - 1] > held; at--)
			v[at] = v[at - 1];
		v[at] = held;
	}
}

/* Heapsort: a hello cannot choose an order that makes it slow, and it needs no memory. */
static void values_sort(struct values *values)
{
	if (values->count <= FEW_VALUES) {
		values_sort_few(values);
		return;
	}
	for (size_t i = values->count / 2; i-- > 0;)
		sift_down(values, i, values->count);
	for (size_t end = values->count; end-- > 1;) {
		uint16_t largest = values->value[0];

		values->value[0] = values->value[end];
		values->value[end] = largest;
		sift_down(values, 0, end);
	}
}

struct ja4_hash {
	SHA256_CTX sha;
	size_t waiting;
	char piece[PIECE_BYTES];
};

static void ja4_hash_start(struct ja4_hash *hash)
{
	SHA256_Init(&hash->sha);
	hash->waiting = 0;
}

static void ja4_hash_piece(struct ja4_hash *hash)
{
	SHA256_Update(&hash->sha, hash->piece, hash->waiting);
	hash->waiting = 0;
}

/* Appends one value: four hex digits after a separator, if any. */
static void ja4_hash_value(struct ja4_hash *hash, char separator, uint16_t value)
{
	if (PIECE_BYTES - hash->waiting < 5)
		ja4_hash_piece(hash);

	char *at = hash->piece + hash->waiting;

	*at = separator;
	at += separator != '\0';
	for (int shift = 12; shift >= 0; shift -= 4)
		*at++ = hex_digits[value >> shift & 15];
	hash->waiting = (size_t)(at - hash->piece);
}

static void ja4_hash_sorted(struct ja4_hash *hash, struct values *values)
{
	ja4_hash_start(hash);
	values_sort(values);
	for (size_t i = 0; i < values->count; i++)
		ja4_hash_value(hash, i == 0 ? '\0' : ',', values->value[i]);
}

static void ja4_hash_print(struct ja4_hash *hash, char out[JA4_HASH_CHARS])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char hex[JA4_HASH_CHARS + 1];

	ja4_hash_piece(hash);
	SHA256_Final(digest, &hash->sha);
	print_hex(digest, JA4_HASH_CHARS / 2, hex);
	memcpy(out, hex, JA4_HASH_CHARS);
}

/* Hash of nothing: zeros, so that a person sees it. */
static void print_zeros(char out[JA4_HASH_CHARS])
{
	memset(out, '0', JA4_HASH_CHARS);
}

static void print_count(unsigned int count, char out[2])
{
	if (count > JA4_COUNT_MAX)
		count = JA4_COUNT_MAX;
	out[0] = (char)('0' + count / 10);
	out[1] = (char)('0' + count % 10);
}

static const char *version_code(uint16_t version)
{
	switch (version) {
	case TLS_VERSION_13:
		return "13";
	case TLS_VERSION_12:
		return "12";
	case TLS_VERSION_11:
		return "11";
	case TLS_VERSION_10:
		return "10";
	case TLS_VERSION_SSL3:
		return "s3";
	case TLS_VERSION_SSL2:
		return "s2";
	}
	return "00";
}

static bool is_alphanumeric(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z');
}

/* First and last character of the first protocol; of its hex form, if either is none. */
static void print_protocol(const struct tls_client_hello *hello, char out[2])
{
	struct cursor list = tls_extension_list16(hello->part[HELLO_ALPN]);
	struct cursor protocol;

	out[0] = out[1] = '0';
	if (!tls_extension_next_protocol(&list, &protocol) || protocol.left == 0)
		return;

	uint8_t head = protocol.at[0], tail = protocol.at[protocol.left - 1];
	bool plain = is_alphanumeric(head) && is_alphanumeric(tail);
	out[0] = plain ? (char)head : hex_digits[head >> 4];
	out[1] = plain ? (char)tail : hex_digits[tail & 15];
}

/* Writes count and hash of the ciphers. False: too many. */
static bool print_ciphers(const struct tls_client_hello *hello, char count[2], char *hash)
{
	struct cursor ciphers = hello->ciphers;
	struct values values;
	struct ja4_hash sum;

	values.count = 0;
	while (ciphers.left >= 2) {
		uint16_t cipher = cursor_u16(&ciphers);

		if (!tls_wire_is_grease(cipher) && !values_add(&values, cipher))
			return false;
	}
	print_count(values.count, count);
	print_zeros(hash);
	if (values.count != 0) {
		ja4_hash_sorted(&sum, &values);
		ja4_hash_print(&sum, hash);
	}
	return true;
}

/* Gathers the extensions that are hashed; *total counts SNI and ALPN too. False: too many. */
static bool gather_extensions(const struct tls_client_hello *hello, struct values *values,
			      unsigned int *total)
{
	struct cursor extensions = hello->extensions;
	struct tls_extension extension;

	values->count = 0;
	for (*total = 0; tls_extension_next(&extensions, &extension);) {
		if (tls_wire_is_grease(extension.type))
			continue;
		(*total)++;
		if (extension.type == TLS_EXT_SERVER_NAME || extension.type == TLS_EXT_ALPN)
			continue;
		if (!values_add(values, extension.type))
			return false;
	}
	return true;
}

/* Writes count and hash of the extensions with the signature algorithms. False: too many. */
static bool print_extensions(const struct tls_client_hello *hello, char count[2], char *hash)
{
	struct cursor signatures = tls_extension_list16(hello->part[HELLO_SIGNATURES]);
	struct values values;
	unsigned int total;
	struct ja4_hash sum;
	char separator = '_';

	if (!gather_extensions(hello, &values, &total))
		return false;
	print_count(total, count);
	print_zeros(hash);
	if (values.count == 0)
		return true;
	ja4_hash_sorted(&sum, &values);
	while (signatures.left >= 2) {
		uint16_t signature = cursor_u16(&signatures);

		if (tls_wire_is_grease(signature))
			continue;
		ja4_hash_value(&sum, separator, signature);
		separator = ',';
	}
	ja4_hash_print(&sum, hash);
	return true;
}

/* Where each part stands:
 *   0 1  3 4  6  8  10           23
 *   t 13 d 15 16 h2 _8daaf6152771_b186095e22b6
 *      4: ciphers, 6: extensions, 8: protocol, 11 and 24: hashes */
void tls_fingerprint_ja4(const struct tls_client_hello *hello, bool quic, char ja4[37])
{
	ja4[0] = quic ? 'q' : 't';
	memcpy(ja4 + 1, version_code(hello->highest_version), 2);
	ja4[3] = hello->has[HELLO_SERVER_NAME] ? 'd' : 'i';
	print_protocol(hello, ja4 + 8);
	ja4[10] = ja4[23] = '_';
	ja4[36] = '\0';
	if (!print_ciphers(hello, ja4 + 4, ja4 + 11) || !print_extensions(hello, ja4 + 6, ja4 + 24))
		ja4[0] = '\0';
}

/* ---- certificates ---- */

void tls_fingerprint_sha256(const uint8_t *bytes, size_t length, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA256_CTX sha;

	SHA256_Init(&sha);
	SHA256_Update(&sha, bytes, length);
	SHA256_Final(digest, &sha);
	print_hex(digest, sizeof(digest), hex);
}
