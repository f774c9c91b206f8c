/* A conversation of datagrams. What fails authentication is not looked at, so a fuzzer that made
 * datagrams alone would never reach the frames: it may also give frames, which are sealed here.
 *
 *   { how:8  length:16  bytes } ...
 *   how: 0x01 frames to seal, not a datagram; 0x02 from the server; 0x0c which connection ID;
 *        0xf0 which version
 */
#include <stdlib.h>

#include "../unit/identify/quic_client.h"
#include "base/cursor.h"
#include "base/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

enum {
	HOW_SEAL = 0x01,
	HOW_SERVER = 0x02,
};

static struct quic_crypto *crypto;
static struct buffer_pool *pool;

static void check(const struct quic_reader *reader, const struct quic_info *info)
{
	const struct quic_stream *hello = &reader->hello;

	if (!memchr(info->tls.sni, '\0', sizeof(info->tls.sni)))
		abort();
	if (hello->range_count > QUIC_RANGES_MAX)
		abort();
	for (uint8_t i = 0; i < hello->range_count; i++) {
		if (hello->range[i].from >= hello->range[i].to)
			abort();
		if (i > 0 && hello->range[i - 1].to >= hello->range[i].from)
			abort();
		if (hello->range[i].to > hello->bytes.length)
			abort();
	}
}

static void seal(uint8_t how, struct cursor frames, struct quic_bytes *datagram)
{
	static const uint32_t versions[16] = {
		0x00000001, 0x6b3343cf, 0x709a50c4, 0xff000016, 0xff00001b, 0xff00001d,
		0xfaceb002, 0x1a2a3a4a, 0x51303530, 0x54303530, 0x54303531,
	};
	static const char *const ids[4] = { "connectA", "connectB", "connectC", "connectD" };
	const struct quic_client client = { versions[how >> 4], ids[how >> 2 & 3], 1, 0 };
	struct quic_bytes plain = { 0 };

	quic_client_put(&plain, frames.at, frames.left < 3900 ? frames.left : 3900);
	quic_client_put(&plain, "\0\0\0\0", 4); /* the least that header protection needs */
	quic_client_seal(&client, &plain, datagram);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct cursor cursor = cursor_over(input, size);
	struct quic_reader reader = { 0 };
	struct quic_info info = { 0 };
	struct quic_bytes sealed;

	if (!crypto && (quic_crypto_new(&crypto) || buffer_pool_new(&pool, MIB)))
		abort();
	for (int i = 0; i < 200 && cursor.left > 3; i++) {
		uint8_t how = cursor_u8(&cursor);
		size_t length = cursor_u16(&cursor);
		struct cursor datagram =
			cursor_sub(&cursor, length < cursor.left ? length : cursor.left);

		if (how & HOW_SEAL) {
			seal(how, datagram, &sealed);
			datagram = cursor_over(sealed.at, sealed.length);
		}
		quic_looks_like(datagram.at, datagram.left);
		quic_read(&reader, crypto, pool, how & HOW_SERVER ? TO_CLIENT : TO_SERVER,
			  datagram.at, datagram.left, &info);
		check(&reader, &info);
	}
	quic_reader_release(&reader, pool);

	struct buffer_pool_stats stats = buffer_pool_stats(pool);

	if (stats.in_use[0] + stats.in_use[1] + stats.in_use[2] != 0)
		abort();
	return 0;
}
