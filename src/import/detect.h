/* detect.h - what a document is, by its content; its name does not matter. */
#pragma once

#include "import/reading.h"

/* What a text that is not JSON, or JSON that is not a source of a map, turns out to be: "a flow log; give it
 * to ...", or NULL. */
const char *detect_foreign_text(const char *text, size_t length);
const char *detect_foreign(const struct json_value *root);

/* Takes all that the document says. Nothing known in it is wrong, and the fault says so. */
void detect_read(struct reading *reading);
