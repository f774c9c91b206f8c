/* fuzz_hpack.c - header blocks, decoded whole and a byte at a time: both must agree.
 *
 * Input: blocks, each after its length in one byte. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "identify/hpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum { /* of all that was found */
	size_t fields, text;
	uint32_t credentials;
};

static void found(void *context, const struct http_field *field)
{
	struct sum *sum = context;

	if (field->length > HTTP_FIELD_TEXT_MAX || field->text[field->length] != '\0')
		abort();
	sum->fields++;
	sum->credentials = sum->credentials * 31 + field->credentials;
	for (size_t i = 0; i < field->length; i++)
		sum->text = sum->text * 31 + (uint8_t)field->text[i];
}

static bool read_bytewise(struct hpack *hpack, const uint8_t *bytes, size_t length, struct sum *sum)
{
	for (size_t i = 0; i < length; i++)
		if (!hpack_read(hpack, bytes + i, 1, found, sum))
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hpack whole, parts;
	struct cursor input = cursor_over(data, size);
	struct sum sum_whole = { 0 }, sum_parts = { 0 };

	hpack_start(&whole);
	hpack_start(&parts);
	while (input.left > 0) {
		size_t length = cursor_u8(&input);

		if (length > input.left)
			length = input.left;

		const uint8_t *block = cursor_take(&input, length);
		bool good = hpack_read(&whole, block, length, found, &sum_whole);

		if (good != read_bytewise(&parts, block, length, &sum_parts) ||
		    memcmp(&sum_whole, &sum_parts, sizeof(sum_whole)) != 0)
			abort();
		if (whole.size > whole.limit || whole.limit > HPACK_TABLE_MAX ||
		    whole.count > HPACK_ENTRIES_MAX || whole.size != parts.size)
			abort();
		if (!good)
			break;
	}
	return 0;
}
