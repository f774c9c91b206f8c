/* filter.h - a BPF expression over packets of any link type. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/packet.h"

struct filter;

/* expression: pcap-filter(7) syntax; copied. It is compiled per link type: filter_add_link().
 * A host name in it is looked up when it is compiled. 0, or -ENOMEM. */
int filter_open(struct filter **filter, const char *expression);
void filter_close(struct filter *filter); /* NULL is allowed */

bool filter_has_link(const struct filter *filter, uint16_t link);

/* Compiles for a link type that filter_has_link() does not know yet. On an error no packet of that
 * type will pass. Returns 0, -EINVAL with a sentence that quotes the expression, or -ENOMEM. */
int filter_add_link(struct filter *filter, uint16_t link, struct fault *fault);

bool filter_passes(const struct filter *filter, const struct packet *packet);
