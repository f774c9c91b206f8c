/* A certificate is hostile bytes like any other, and arrives in one connection out of two, so it
 * is not given to a library that builds a tree of it. The fields lie in a fixed order:
 *
 *   Certificate ::= SEQUENCE {
 *     TBSCertificate ::= SEQUENCE {
 *       [0] version, serialNumber, signature, issuer, validity { notBefore, notAfter },
 *       subject, subjectPublicKeyInfo, [1] issuerUniqueID, [2] subjectUniqueID,
 *       [3] extensions { SEQUENCE { extnID, critical, extnValue OCTET STRING } ... } },
 *     signatureAlgorithm, signatureValue }
 *
 * No signature is checked: the certificate says what the server claims, and no more.
 */
#include "identify/tls_certificate.h"

#include <string.h>

#include "base/cursor.h"
#include "identify/tls_der.h"
#include "identify/tls_fingerprint.h"
#include "identify/tls_name.h"

enum {
	TAG_VERSION = 0xa0,
	TAG_ISSUER_ID = 0x81,
	TAG_SUBJECT_ID = 0x82,
	TAG_EXTENSIONS = 0xa3,
	TAG_DNS_NAME = 0x82, /* GeneralName [2] IMPLICIT IA5String */
};

static const uint8_t oid_subject_alt_name[] = { 0x55, 0x1d, 0x11 }; /* 2.5.29.17 */

/* Hex pairs as they stand in the certificate: a leading 00 that makes a number positive stays. */
static void print_serial(struct cursor serial, char *text, size_t room)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t at = 0;

	while (serial.left != 0 && at + 3 <= room) {
		uint8_t byte = cursor_u8(&serial);

		text[at++] = digits[byte >> 4];
		text[at++] = digits[byte & 15];
		text[at++] = ':';
	}
	text[at == 0 ? 0 : at - 1] = '\0';
}

static bool is_name(struct cursor name)
{
	if (name.left == 0 || name.left > NAME_MAX_BYTES)
		return false;
	while (name.left != 0) {
		uint8_t byte = cursor_u8(&name);

		if (byte <= 0x20 || byte >= 0x7f)
			return false;
	}
	return true;
}

static bool read_alt_names(struct cursor value, struct tls_certificate *certificate)
{
	struct cursor names = tls_der_take(&value, DER_SEQUENCE);
	struct tls_der name;

	while (tls_der_next(&names, &name)) {
		if (name.tag != TAG_DNS_NAME)
			continue;
		certificate->san_total += certificate->san_total < UINT16_MAX;
		if (certificate->san_count == TLS_SAN_MAX || !is_name(name.content))
			continue;

		char *san = certificate->san[certificate->san_count++];
		memcpy(san, name.content.at, name.content.left);
		san[name.content.left] = '\0';
	}
	return !names.failed;
}

static bool read_extensions(struct cursor wrapper, struct tls_certificate *certificate)
{
	struct cursor extensions = tls_der_take(&wrapper, DER_SEQUENCE);

	while (extensions.left != 0) {
		struct cursor extension = tls_der_take(&extensions, DER_SEQUENCE);
		struct cursor oid = tls_der_take(&extension, DER_OID);

		if (extension.failed)
			return false;
		if (oid.left != sizeof(oid_subject_alt_name) ||
		    memcmp(oid.at, oid_subject_alt_name, oid.left) != 0)
			continue;
		tls_der_skip_if(&extension, DER_BOOLEAN);
		return read_alt_names(tls_der_take(&extension, DER_OCTET_STRING), certificate);
	}
	return !extensions.failed;
}

static bool read_validity(struct cursor *tbs, struct tls_certificate *certificate)
{
	struct cursor validity = tls_der_take(tbs, DER_SEQUENCE);

	return tls_der_time(&validity, &certificate->not_before_s) &&
	       tls_der_time(&validity, &certificate->not_after_s);
}

static bool equal(struct cursor a, struct cursor b)
{
	return a.left == b.left && (a.left == 0 || memcmp(a.at, b.at, a.left) == 0);
}

bool tls_certificate_read(const uint8_t *der, size_t length, struct tls_certificate *certificate)
{
	struct cursor input = cursor_over(der, length);
	struct cursor whole, tbs, issuer, subject;

	memset(certificate, 0, sizeof(*certificate));
	certificate->seen = true;
	tls_fingerprint_sha256(der, length, certificate->sha256);

	whole = tls_der_take(&input, DER_SEQUENCE);
	tbs = tls_der_take(&whole, DER_SEQUENCE);
	tls_der_skip_if(&tbs, TAG_VERSION);
	print_serial(tls_der_take(&tbs, DER_INTEGER), certificate->serial,
		     sizeof(certificate->serial));
	tls_der_take(&tbs, DER_SEQUENCE); /* signature algorithm */
	issuer = tls_der_take(&tbs, DER_SEQUENCE);
	if (!tls_name_print(issuer, certificate->issuer) || !read_validity(&tbs, certificate))
		return false;
	subject = tls_der_take(&tbs, DER_SEQUENCE);
	if (!tls_name_print(subject, certificate->subject))
		return false;
	certificate->self_signed = !tbs.failed && equal(issuer, subject);
	tls_der_take(&tbs, DER_SEQUENCE); /* public key */
	tls_der_skip_if(&tbs, TAG_ISSUER_ID);
	tls_der_skip_if(&tbs, TAG_SUBJECT_ID);
	if (tbs.failed)
		return false;
	return tbs.left == 0 || read_extensions(tls_der_take(&tbs, TAG_EXTENSIONS), certificate);
}
