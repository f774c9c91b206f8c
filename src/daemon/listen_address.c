#include "daemon/listen_address.h"

#include <stdlib.h>
#include <string.h>

/* The address before the last ':', without the brackets of IPv6. */
bool listen_address_read(const char *text, struct ip_addr *addr, uint16_t *port)
{
	char host[IP_TEXT_SIZE + 2];
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	char *end;

	if (length < 2 || length >= sizeof(host) || colon[1] < '0' || colon[1] > '9')
		return false;
	unsigned long number = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || number == 0 || number > UINT16_MAX)
		return false;
	bool bracketed = text[0] == '[' && text[length - 1] == ']';
	length -= bracketed ? 2 : 0;
	memcpy(host, text + bracketed, length);
	host[length] = '\0';
	*port = (uint16_t)number;
	return ip_parse(host, addr) && ip_is_v4(addr) != bracketed;
}
