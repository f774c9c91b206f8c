/* A list loads or says where it is wrong; every address then has a tag that holds it, or none. The
 * address looked up is the last 16 bytes of the input. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "judge/service_tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct service_tags *tags, const struct ip_addr *addr)
{
	const struct service_tag *tag = service_tags_find(tags, addr), *all[4];
	size_t count = service_tags_all(tags, addr, all, 4);

	if ((tag != NULL) != (count != 0))
		abort();
	if (tag && (!service_tags_holds(tags, tag->name, addr) || tag->name[0] == '\0'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct service_tags *tags;
	struct fault fault = { "" };
	struct ip_addr addr;

	if (service_tags_parse(&tags, (const char *)data, size, "t", &fault) != 0) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	memset(&addr, 0, sizeof(addr));
	memcpy(addr.bytes, data + (size > 16 ? size - 16 : 0), size > 16 ? 16 : size);
	look_up(tags, &addr);
	addr = ip_from_v4(addr.bytes);
	look_up(tags, &addr);
	service_tags_free(tags);
	return 0;
}
