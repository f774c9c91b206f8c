/* From Destination Connection ID to plain text (RFC 9001 section 5):
 *
 *   initial = HMAC(salt of the version, DCID)                     HKDF-Extract
 *   client  = Expand-Label(initial, "client in")                  32 bytes
 *   key, iv, hp = Expand-Label(client, "quic key" ...)            16, 12 and 16 bytes
 *   mask    = AES-ECB(hp, 16 bytes of cipher text)                unveils the packet number
 *   frames  = AES-GCM(key, iv ^ packet number, AAD = the header)  the tag must fit
 *
 * Each output fits one block of HKDF-Expand, so Expand-Label is one HMAC over a short constant.
 * HMAC is written out over the plain SHA256_ functions: all the newer ones of OpenSSL 3.0 allocate
 * each time that they begin. The cipher contexts are made once; a key is put into them per packet,
 * which costs less than a context per connection would in memory.
 */
#define OPENSSL_API_COMPAT 0x10101000L /* declares SHA256_Init() without a warning: see above */

#include "identify/quic_crypto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

enum {
	SECRET_BYTES = 32,  /* SHA-256 */
	BLOCK_BYTES = 64,   /* of SHA-256 */
	TAG_BYTES = 16,     /* of AES-128-GCM */
	SAMPLE_BYTES = 16,  /* for header protection */
	NUMBER_BYTES = 4,   /* longest packet number */
	LABEL_BYTES = 24,   /* longest HkdfLabel below, with its counter */
	PLAIN_BYTES = 65536 /* a UDP datagram is shorter */
};

struct quic_crypto {
	EVP_CIPHER *ecb, *gcm;
	EVP_CIPHER_CTX *mask, *aead;
	uint8_t plain[PLAIN_BYTES];
};

int quic_crypto_new(struct quic_crypto **crypto)
{
	struct quic_crypto *made = calloc(1, sizeof(*made));

	*crypto = NULL;
	if (!made)
		return -ENOMEM;
	made->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	made->gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	made->mask = EVP_CIPHER_CTX_new();
	made->aead = EVP_CIPHER_CTX_new();
	if (!made->ecb || !made->gcm || !made->mask || !made->aead ||
	    !EVP_EncryptInit_ex2(made->mask, made->ecb, NULL, NULL, NULL) ||
	    !EVP_CIPHER_CTX_set_padding(made->mask, 0) ||
	    !EVP_DecryptInit_ex2(made->aead, made->gcm, NULL, NULL, NULL)) {
		quic_crypto_free(made);
		return -ENOMEM;
	}
	*crypto = made;
	return 0;
}

void quic_crypto_free(struct quic_crypto *crypto)
{
	if (!crypto)
		return;
	EVP_CIPHER_CTX_free(crypto->aead);
	EVP_CIPHER_CTX_free(crypto->mask);
	EVP_CIPHER_free(crypto->gcm);
	EVP_CIPHER_free(crypto->ecb);
	free(crypto);
}

/* SHA-256 of a block (the padded key) followed by a text. */
static bool digest(const uint8_t block[BLOCK_BYTES], const uint8_t *text, size_t length,
		   uint8_t out[SECRET_BYTES])
{
	SHA256_CTX context;

	return SHA256_Init(&context) && SHA256_Update(&context, block, BLOCK_BYTES) &&
	       SHA256_Update(&context, text, length) && SHA256_Final(out, &context);
}

struct bytes {
	const uint8_t *at;
	size_t length;
};

static bool hmac(struct bytes key, struct bytes text, uint8_t out[SECRET_BYTES])
{
	uint8_t inner[BLOCK_BYTES], outer[BLOCK_BYTES];

	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (size_t i = 0; i < key.length; i++) { /* never longer than a block here */
		inner[i] ^= key.at[i];
		outer[i] ^= key.at[i];
	}
	return digest(inner, text.at, text.length, out) && digest(outer, out, SECRET_BYTES, out);
}

/* HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context, `length` up to SECRET_BYTES. */
static bool expand(const uint8_t secret[SECRET_BYTES], const char *label, uint8_t *out,
		   size_t length)
{
	static const char prefix[] = "tls13 ";
	uint8_t info[LABEL_BYTES], block[SECRET_BYTES];
	size_t label_length = strlen(label), at = 0;

	info[at++] = 0;
	info[at++] = (uint8_t)length;
	info[at++] = (uint8_t)(sizeof(prefix) - 1 + label_length);
	memcpy(info + at, prefix, sizeof(prefix) - 1);
	at += sizeof(prefix) - 1;
	memcpy(info + at, label, label_length);
	at += label_length;
	info[at++] = 0; /* context */
	info[at++] = 1; /* the first and only block of HKDF-Expand */

	if (!hmac((struct bytes){ secret, SECRET_BYTES }, (struct bytes){ info, at }, block))
		return false;
	memcpy(out, block, length);
	return true;
}

bool quic_crypto_derive(const struct quic_version *version, const uint8_t *dcid, size_t dcid_length,
			struct quic_keys *keys)
{
	static const char *const labels[2][3] = {
		{ "quic key", "quic iv", "quic hp" },
		{ "quicv2 key", "quicv2 iv", "quicv2 hp" }, /* RFC 9369 section 3.3.2 */
	};
	const char *const *label = labels[version->second];
	uint8_t initial[SECRET_BYTES], client[SECRET_BYTES];

	if (!version->salt)
		return false;
	return hmac((struct bytes){ version->salt, QUIC_SALT_BYTES },
		    (struct bytes){ dcid, dcid_length }, initial) &&
	       expand(initial, "client in", client, sizeof(client)) &&
	       expand(client, label[0], keys->key, sizeof(keys->key)) &&
	       expand(client, label[1], keys->iv, sizeof(keys->iv)) &&
	       expand(client, label[2], keys->hp, sizeof(keys->hp));
}

/* What header protection hid, and the nonce that follows from it. A client that has not been
 * answered must send packet numbers in full, so the wire's number is the number. */
struct unveiled {
	uint8_t first;
	uint8_t number[NUMBER_BYTES];
	uint8_t number_length;
	uint8_t nonce[12];
};

static bool unveil(struct quic_crypto *crypto, const struct quic_keys *keys,
		   const struct quic_packet *packet, struct unveiled *unveiled)
{
	const uint8_t *number = packet->bytes + packet->protected_at;
	uint8_t mask[SAMPLE_BYTES];
	int length;

	if (!EVP_EncryptInit_ex2(crypto->mask, NULL, keys->hp, NULL, NULL) ||
	    !EVP_EncryptUpdate(crypto->mask, mask, &length, number + NUMBER_BYTES, SAMPLE_BYTES))
		return false;
	unveiled->first = packet->bytes[0] ^ (mask[0] & 0x0f);
	unveiled->number_length = (unveiled->first & 3) + 1;
	memcpy(unveiled->nonce, keys->iv, sizeof(unveiled->nonce));
	for (uint8_t i = 0; i < unveiled->number_length; i++) {
		unveiled->number[i] = number[i] ^ mask[1 + i];
		unveiled->nonce[sizeof(unveiled->nonce) - unveiled->number_length + i] ^=
			unveiled->number[i];
	}
	return true;
}

/* The authenticated data is the header as it was before protection: its first byte, the bytes that
 * are as on the wire, and the packet number. */
static bool add_header(EVP_CIPHER_CTX *aead, const struct quic_packet *packet,
		       const struct unveiled *unveiled)
{
	int length;

	return EVP_DecryptUpdate(aead, NULL, &length, &unveiled->first, 1) &&
	       EVP_DecryptUpdate(aead, NULL, &length, packet->bytes + 1,
				 (int)packet->protected_at - 1) &&
	       EVP_DecryptUpdate(aead, NULL, &length, unveiled->number, unveiled->number_length);
}

bool quic_crypto_open(struct quic_crypto *crypto, const struct quic_keys *keys,
		      const struct quic_packet *packet, struct cursor *plain)
{
	struct unveiled unveiled;
	int length, rest;

	if (packet->cut || packet->length > PLAIN_BYTES ||
	    packet->length - packet->protected_at < NUMBER_BYTES + SAMPLE_BYTES)
		return false;
	if (!unveil(crypto, keys, packet, &unveiled) ||
	    !EVP_DecryptInit_ex2(crypto->aead, NULL, keys->key, unveiled.nonce, NULL) ||
	    !add_header(crypto->aead, packet, &unveiled))
		return false;

	size_t from = packet->protected_at + unveiled.number_length;
	size_t to = packet->length - TAG_BYTES;
	uint8_t tag[TAG_BYTES]; /* a copy, because libcrypto asks for one that it may write to */

	memcpy(tag, packet->bytes + to, sizeof(tag));
	if (!EVP_DecryptUpdate(crypto->aead, crypto->plain, &length, packet->bytes + from,
			       (int)(to - from)) ||
	    !EVP_CIPHER_CTX_ctrl(crypto->aead, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) ||
	    EVP_DecryptFinal_ex(crypto->aead, crypto->plain + length, &rest) <= 0)
		return false;
	*plain = cursor_over(crypto->plain, (size_t)(length + rest));
	return true;
}
