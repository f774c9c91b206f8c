/* Any bytes as a file given to `pewit map build`: it is refused with a sentence, or makes a map that
 * loads, also when it is given twice and with itself over it as what was written by hand.
 */
#include <errno.h>
#include <stdint.h>

#include "import/import.h"
#include "import_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build(struct import *import, const struct json *by_hand)
{
	struct fault fault = { "" };
	char *text = NULL;
	size_t length = 0;
	int error = import_build(import, by_hand, &text, &length, &fault);

	if (error != 0 && (fault.text[0] == '\0' || !by_hand))
		import_fuzz_fail(fault.text);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t heard = 0;
	struct import_options options = { .catalog = import_fuzz_catalog(),
					  .hearer = { import_fuzz_hear, &heard } };
	const char *text = (const char *)data;
	struct import *import = import_new(&options);
	struct fault fault = { "" };
	struct json *by_hand = NULL;

	if (!import)
		return 0;
	if (import_read(import, text, size, "f", &fault) == 0) {
		if (import_read(import, text, size, "g", &fault) != 0)
			abort();
		if (size % 2 == 0)
			json_parse(&by_hand, text, size, "h", &fault);
		build(import, by_hand);
	} else if (fault.text[0] == '\0') {
		abort();
	}
	json_free(by_hand);
	import_free(import);
	return 0;
}
