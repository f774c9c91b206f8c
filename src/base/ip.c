#include "base/ip.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define V4_IN_V6_BITS 96

/* Every event prints two of them, and inet_ntop() goes through sprintf(). */
static size_t print_v4(const uint8_t *bytes, char *text)
{
	char *at = text;

	for (int i = 0; i < 4; i++) {
		if (i != 0)
			*at++ = '.';
		if (bytes[i] >= 100)
			*at++ = (char)('0' + bytes[i] / 100);
		if (bytes[i] >= 10)
			*at++ = (char)('0' + bytes[i] / 10 % 10);
		*at++ = (char)('0' + bytes[i] % 10);
	}
	*at = '\0';
	return (size_t)(at - text);
}

size_t ip_print(const struct ip_addr *addr, char text[IP_TEXT_SIZE])
{
	if (ip_is_v4(addr))
		return print_v4(addr->bytes + 12, text);
	inet_ntop(AF_INET6, addr->bytes, text, IP_TEXT_SIZE);
	return strlen(text);
}

bool ip_parse(const char *text, struct ip_addr *addr)
{
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) == 1) {
		*addr = ip_from_v4(v4);
		return true;
	}
	return inet_pton(AF_INET6, text, addr->bytes) == 1;
}

/* The number after the slash, or -1. */
static int parse_bits(const char *text, int most)
{
	char *end;
	long bits = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || bits > most)
		return -1;
	return (int)bits;
}

/* Clears what lies beyond the prefix; says whether anything was set there. */
static bool clear_host_bits(struct ip_prefix *prefix)
{
	bool had = false;

	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = prefix->bits > 8 * i ? prefix->bits - 8 * i : 0;
		uint8_t mask = kept >= 8 ? 0xff : (uint8_t)(0xff00u >> kept);

		had = had || (prefix->addr.bytes[i] & ~mask) != 0;
		prefix->addr.bytes[i] &= mask;
	}
	return had;
}

bool ip_prefix_parse(const char *text, struct ip_prefix *prefix, bool *had_host_bits)
{
	char address[IP_TEXT_SIZE];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!ip_parse(address, &prefix->addr))
		return false;

	int offset = ip_is_v4(&prefix->addr) ? V4_IN_V6_BITS : 0;
	int bits = slash ? parse_bits(slash + 1, 128 - offset) : 128 - offset;
	if (bits < 0)
		return false;
	prefix->bits = (uint8_t)(bits + offset);
	bool had = clear_host_bits(prefix);
	if (had_host_bits)
		*had_host_bits = had;
	return true;
}

bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip_addr *addr)
{
	unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;

	if (memcmp(prefix->addr.bytes, addr->bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return ((prefix->addr.bytes[whole] ^ addr->bytes[whole]) & (uint8_t)(0xff00u >> rest)) == 0;
}
