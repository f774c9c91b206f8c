/* quic_client.h - what a QUIC client would send, for tests: hellos, frames and sealed Initials. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>

#include "identify/quic.h"

#define QUIC_CLIENT_ROOM 4096

struct quic_bytes {
	size_t length;
	uint8_t at[QUIC_CLIENT_ROOM];
};

static inline void quic_client_put(struct quic_bytes *bytes, const void *from, size_t length)
{
	if (length > sizeof(bytes->at) - bytes->length)
		length = sizeof(bytes->at) - bytes->length;
	if (length != 0)
		memcpy(bytes->at + bytes->length, from, length);
	bytes->length += length;
}

/* `width` bytes of a number, in network order. */
static inline void quic_client_number(struct quic_bytes *bytes, int width, uint64_t number)
{
	for (int i = width - 1; i >= 0; i--) {
		uint8_t byte = (uint8_t)(number >> (8 * i));

		quic_client_put(bytes, &byte, 1);
	}
}

/* A ClientHello for a name, padded (RFC 7685) to `size` bytes if that is more than it needs. */
static inline void quic_client_hello(struct quic_bytes *hello, const char *name, size_t size)
{
	static const uint8_t random[32] = { 1, 2, 3 }, zeros[QUIC_CLIENT_ROOM];
	size_t name_length = strlen(name), least = 47 + 9 + name_length + 4;
	size_t padding = size > least ? size - least : 0;

	hello->length = 0;
	quic_client_number(hello, 1, 1);
	quic_client_number(hello, 3, least - 4 + padding);
	quic_client_number(hello, 2, 0x0303);
	quic_client_put(hello, random, sizeof(random));
	quic_client_number(hello, 1, 0);          /* session */
	quic_client_number(hello, 4, 0x00021301); /* one cipher suite */
	quic_client_number(hello, 2, 0x0100);     /* no compression */
	quic_client_number(hello, 2, 9 + name_length + 4 + padding);
	quic_client_number(hello, 2, 0); /* server_name */
	quic_client_number(hello, 2, name_length + 5);
	quic_client_number(hello, 2, name_length + 3);
	quic_client_number(hello, 1, 0);
	quic_client_number(hello, 2, name_length);
	quic_client_put(hello, name, name_length);
	quic_client_number(hello, 2, 21); /* padding */
	quic_client_number(hello, 2, padding);
	quic_client_put(hello, zeros, padding);
}

/* A CRYPTO frame; `type` is 6, or 8 in Google QUIC. */
static inline void quic_client_crypto(struct quic_bytes *frames, uint8_t type, uint32_t offset,
				      const void *bytes, size_t length)
{
	quic_client_number(frames, 1, type);
	quic_client_number(frames, 4, UINT32_C(0x80000000) | offset);
	quic_client_number(frames, 2, 0x4000 | length);
	quic_client_put(frames, bytes, length);
}

struct quic_client { /* how to seal */
	uint32_t version;
	const char *dcid;  /* eight bytes */
	uint32_t number;   /* of the packet */
	uint32_t keys_for; /* another version's keys and packet types; 0: those of `version` */
};

/* The header of a client's Initial up to the packet number; returns where that is. */
static inline size_t quic_client_header(struct quic_bytes *packet, const struct quic_client *client,
					bool second, size_t payload)
{
	packet->length = 0;
	quic_client_number(packet, 1, second ? 0xd3 : 0xc3);
	quic_client_number(packet, 4, client->version);
	quic_client_number(packet, 1, 8);
	quic_client_put(packet, client->dcid, 8);
	quic_client_number(packet, 2, 0); /* no source ID, no token */
	quic_client_number(packet, 2, 0x4000 | (payload + 20));
	quic_client_number(packet, 4, client->number);
	return packet->length - 4;
}

/* Protects what quic_client_header() and the frames made (RFC 9001 section 5.4). */
static inline void quic_client_mask(struct quic_bytes *packet, size_t number_at, const uint8_t *hp)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t mask[32];
	int length;

	EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, hp, NULL);
	EVP_EncryptUpdate(context, mask, &length, packet->at + number_at + 4, 16);
	packet->at[0] ^= mask[0] & 0x0f;
	for (int i = 0; i < 4; i++)
		packet->at[number_at + i] ^= mask[1 + i];
	EVP_CIPHER_CTX_free(context);
}

/* Makes an Initial out of frames. At least four bytes of them; at most about 4000. */
static inline void quic_client_seal(const struct quic_client *client,
				    const struct quic_bytes *frames, struct quic_bytes *packet)
{
	const struct quic_version *version =
		quic_version_find(client->keys_for ? client->keys_for : client->version);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t sealed[QUIC_CLIENT_ROOM], tag[16];
	struct quic_keys keys = { 0 };
	int length;

	if (!version)
		version = quic_version_guess(0);
	quic_crypto_derive(version, (const uint8_t *)client->dcid, 8, &keys);

	size_t number_at = quic_client_header(packet, client, version->second, frames->length);

	for (int i = 0; i < 4; i++)
		keys.iv[8 + i] ^= packet->at[number_at + i];
	EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, keys.key, keys.iv);
	EVP_EncryptUpdate(context, NULL, &length, packet->at, (int)packet->length);
	EVP_EncryptUpdate(context, sealed, &length, frames->at, (int)frames->length);
	EVP_EncryptFinal_ex(context, sealed + length, &length);
	EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, sizeof(tag), tag);
	EVP_CIPHER_CTX_free(context);
	quic_client_put(packet, sealed, frames->length);
	quic_client_put(packet, tag, sizeof(tag));
	quic_client_mask(packet, number_at, keys.hp);
}
