/* Netlink messages of conntrack: read to the end without looking past it, and whatever they say, the table
 * that is filled with it answers what was put last. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "network/conntrack_read.h"
#include "network/nat_table.h"

static void put(struct nat_table *table, const struct conntrack_row *row)
{
	struct nat_sides found;

	nat_table_put(table, &row->key, &row->sides, 1);
	if (!nat_table_find(table, &row->key, &found) ||
	    memcmp(&found, &row->sides, sizeof(found)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor messages = cursor_over(data, size);
	struct conntrack_message message;
	struct conntrack_row rows[CONNTRACK_ROWS_MAX];
	struct nat_table *table;

	if (nat_table_new(&table, 16, hash_seed_fixed()) != 0)
		abort();
	while (conntrack_read(&messages, &message)) {
		size_t count = conntrack_rows(&message, rows);

		if (message.damaged && message.kind != CONNTRACK_OTHER)
			abort();
		for (size_t i = 0; i < count && message.kind == CONNTRACK_NEW; i++)
			put(table, &rows[i]);
		for (size_t i = 0; i < count && message.kind == CONNTRACK_GONE; i++)
			nat_table_end(table, &rows[i].key, &rows[i].sides, 2);
	}
	nat_table_free(table);
	return 0;
}
