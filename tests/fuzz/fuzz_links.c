/* Messages of rtnetlink: whatever they say, the picture stays whole: each link has an index of its own,
 * and a name that ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "network/advice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_all(struct links *links, const uint8_t *data, size_t size)
{
	while (size >= sizeof(uint32_t)) {
		uint32_t length;

		memcpy(&length, data, sizeof(length));
		if (length < sizeof(length) || length > size)
			length = (uint32_t)size;
		uint8_t *copy = malloc(length); /* so that reading past the message is seen */

		memcpy(copy, data, length);
		links_take_message(links, copy, length, NULL);
		free(copy);
		data += length;
		size -= length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "tap", "both", "near" };
	struct links_advice advice[3];
	struct links *links = links_new();
	struct fault why;

	if (!links)
		abort();
	take_all(links, data, size);
	for (size_t i = 0; i < links_count(links); i++) {
		const struct link *link = links_at(links, i);

		if (link->index == 0 || links_find_index(links, link->index) != link ||
		    strnlen(link->name, sizeof(link->name)) == sizeof(link->name))
			abort();
	}
	advice_check(links, names, 3, false, advice);
	advice_vantage(links, names, 3, &why);
	links_close(links);
	return 0;
}
