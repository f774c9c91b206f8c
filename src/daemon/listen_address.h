/* listen_address.h - where the metrics are served: "127.0.0.1:9109", "[::1]:9109". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

/* False: no address, or no port (1 to 65535) after it. */
bool listen_address_read(const char *text, struct ip_addr *addr, uint16_t *port);
