/* map_entry.h - entries of a map's document as people call them: for showing and comparing maps.
 *
 * Over the JSON document and not the loaded map, so that fields which this version does not know are
 * shown and compared too.
 */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

#define MAP_ENTRY_TEXT_MAX 320 /* a DNS name and a resource type fit */

/* What tells an entry from its neighbours: its name (or zone, fqdn, cidr, prefix, ip, from_zone), and
 * its type or where it leads; of what is no object, its value. */
void map_entry_name(const struct json_value *value, struct text *text);
/* The member that map_entry_name() begins with, or NULL. */
const struct json_value *map_entry_key(const struct json_value *value);
/* The text, which may hold anything, with "?" for what no terminal should get. */
void map_entry_plain(const char *from, struct text *text);
/* A text, number, flag or null; "..." for others. */
void map_entry_value(const struct json_value *value, struct text *text);
/* How a map came to be, which is no part of what it says: generated, learned, $schema. */
bool map_entry_is_remark(const struct json_value *member);
