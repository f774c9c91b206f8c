/* tls_bytes.h - handshake bytes for the tests of TLS, written as hex and wrapped as asked. */
#pragma once

#include <ctype.h>
#include <string.h>

#include "identify/tls_wire.h"
#include "tests/unit/unit.h"

struct bytes {
	size_t length;
	uint8_t at[1 << 17];
};

/* RFC 8448 section 3. */
#define RFC8448_CLIENT_HELLO                                                                       \
	"010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113" \
	"031302010000910000000b0009000006736572766572ff01000100000a00140012001d0017001800190100"   \
	"010101020103010400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51"     \
	"c13cae4d5413691e529aaf2c002b0003020304000d0020001e040305030603020308040805080604010501"   \
	"060102010402050206020202002d00020101001c00024001"
#define RFC8448_SERVER_HELLO                                                                       \
	"020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e26928001301000"    \
	"02e00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833dd1dd69b1b04e751f0f002b"  \
	"00020304"

/* Self-signed, for www.example.org: made with openssl req. */
#define EXAMPLE_CERTIFICATE                                                                        \
	"30820205308201aca003020102021464e759ce64acbdbd0ec6b8c1c87ff81972dff422300a06082a"         \
	"8648ce3d040302303f310b300906035504061302555331163014060355040a0c0d4578616d706c65"         \
	"2c20496e632e3118301606035504030c0f7777772e6578616d706c652e6f7267301e170d32363131"         \
	"32323233333233365a170d3336313131393233333233365a303f310b300906035504061302555331"         \
	"163014060355040a0c0d4578616d706c652c20496e632e3118301606035504030c0f7777772e6578"         \
	"616d706c652e6f72673059301306072a8648ce3d020106082a8648ce3d03010703420004ab75b296"         \
	"666a282926a4ab44b06650e130583580bc7d463c7061573b1ff7f61d67b6b096c5d2627b906f3587"         \
	"81136f130f4c3732ff5b6a189be5c06a2b4d6b4fa38185308182301d0603551d0e041604141a3f3d"         \
	"46bf7b3afd3bb944edb0c8d59320cd80b1301f0603551d230418301680141a3f3d46bf7b3afd3bb9"         \
	"44edb0c8d59320cd80b1300f0603551d130101ff040530030101ff302f0603551d1104283026820f"         \
	"7777772e6578616d706c652e6f72678704c0000201820d2a2e6578616d706c652e6f7267300a0608"         \
	"2a8648ce3d04030203470030440220338b51fb8fa428a199a9691c419ffe72611c3d45573d3dbe36"         \
	"3476dde7dd49d30220522a9841ce04dd4b1229885a1534a56c4bd10b1bc997bcc02a1e87d9955e20"         \
	"0c"

static inline void put_zeros(struct bytes *bytes, size_t count)
{
	assert_true(count <= sizeof(bytes->at) - bytes->length);
	memset(bytes->at + bytes->length, 0, count);
	bytes->length += count;
}

static inline void put_number(struct bytes *bytes, size_t value, int size)
{
	put_zeros(bytes, (size_t)size);
	for (size_t i = bytes->length; size-- > 0; value >>= 8)
		bytes->at[--i] = (uint8_t)value;
}

static inline void put_bytes(struct bytes *bytes, const void *from, size_t length)
{
	put_zeros(bytes, length);
	memcpy(bytes->at + bytes->length - length, from, length);
}

/* Spaces in the hex are for the reader. */
static inline void put_hex(struct bytes *bytes, const char *hex)
{
	unsigned int value = 0, digits = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		assert_true(isxdigit((unsigned char)*hex));
		value = value << 4 |
			(unsigned int)(isdigit((unsigned char)*hex) ? *hex - '0' : *hex - 'a' + 10);
		if (++digits % 2 == 0)
			put_number(bytes, value & 0xff, 1);
	}
	assert_int_equal(digits % 2, 0);
}

/* What stands before the ciphers in a ClientHello, and what a test wants to say of the rest. */
struct hello_shape {
	uint16_t version;       /* 0: 0x0303 */
	uint8_t session_id;     /* bytes of it */
	const char *ciphers;    /* NULL: "1301" */
	const char *extensions; /* NULL: not even their length is there */
};

static inline void set_number(struct bytes *bytes, size_t at, size_t value, int size)
{
	while (size-- > 0) {
		bytes->at[at + (size_t)size] = (uint8_t)value;
		value >>= 8;
	}
}

/* Appends a whole ClientHello message. */
static inline void put_client_hello(struct bytes *bytes, const struct hello_shape *shape)
{
	size_t start = bytes->length, from;

	put_hex(bytes, "01000000");
	put_number(bytes, shape->version ? shape->version : 0x0303, 2);
	put_zeros(bytes, 32);
	put_number(bytes, shape->session_id, 1);
	put_zeros(bytes, shape->session_id);
	put_number(bytes, 0, 2);
	from = bytes->length;
	put_hex(bytes, shape->ciphers ? shape->ciphers : "1301");
	set_number(bytes, from - 2, bytes->length - from, 2);
	put_hex(bytes, "0100");
	if (shape->extensions) {
		put_number(bytes, 0, 2);
		from = bytes->length;
		put_hex(bytes, shape->extensions);
		set_number(bytes, from - 2, bytes->length - from, 2);
	}
	set_number(bytes, start + 1, bytes->length - start - 4, 3);
}

/* Appends a ServerHello of TLS 1.2 with these extensions. */
static inline void put_server_hello(struct bytes *bytes, const char *extensions)
{
	size_t start = bytes->length, from;

	put_hex(bytes, "02000000 0303");
	put_zeros(bytes, 32);
	put_hex(bytes, "00 c02f 00 0000");
	from = bytes->length;
	put_hex(bytes, extensions);
	set_number(bytes, from - 2, bytes->length - from, 2);
	set_number(bytes, start + 1, bytes->length - start - 4, 3);
}

/* Appends a Certificate message with the example, and `chain` bytes behind it. */
static inline void put_certificate(struct bytes *bytes, size_t chain)
{
	size_t start = bytes->length;

	put_hex(bytes, "0b000000 000000 000209");
	put_hex(bytes, EXAMPLE_CERTIFICATE);
	put_zeros(bytes, chain);
	set_number(bytes, start + 1, bytes->length - start - 4, 3);
	set_number(bytes, start + 4, bytes->length - start - 7, 3);
}

/* Appends a record of this type. */
static inline void put_record(struct bytes *bytes, uint8_t type, const void *body, size_t length)
{
	put_number(bytes, type, 1);
	put_number(bytes, 0x0303, 2);
	put_number(bytes, length, 2);
	put_bytes(bytes, body, length);
}

/* Appends handshake bytes in records of at most `most` each. */
static inline void put_records(struct bytes *bytes, const struct bytes *handshake, size_t most)
{
	for (size_t at = 0; at < handshake->length; at += most) {
		size_t left = handshake->length - at;

		put_record(bytes, TLS_RECORD_HANDSHAKE, handshake->at + at,
			   left < most ? left : most);
	}
}
