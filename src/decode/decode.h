/* decode.h - from the bytes of a frame to its layers.
 *
 * Pure: no allocation, no log, no clock, no state. Every byte is read through a cursor, and the
 * number of headers walked is bounded, so the time per packet is too.
 */
#pragma once

#include <stdint.h>

#include "pewit/layers.h"
#include "pewit/packet.h"

#define DECODE_DEPTH_MAX 24 /* headers in one packet: deeper than any real stack of tunnels */
#define DECODE_PORTS_MAX 8  /* tunnel ports per kind: Azure and its partners use two or three */

struct decode_config {
	uint16_t vxlan_ports[DECODE_PORTS_MAX]; /* UDP destination ports; 0 ends the list */
	uint16_t geneve_ports[DECODE_PORTS_MAX];
};

/* VXLAN 4789, 10800, 10801 (virtual network TAP, Gateway Load Balancer), GENEVE 6081. */
extern const struct decode_config decode_config_default;

/* Fills *layers, all of it that the outcome promises, and returns layers->outcome. */
enum decode_outcome decode_packet(const struct decode_config *config, const struct packet *packet,
				  struct layers *layers);

/* Goes on where DECODE_FRAGMENT stopped: `layers` are those of the completing fragment, `datagram`
 * the whole payload of the IP packet (lent by fragments_add()). Keeps tunnels, VLANs and depth. */
enum decode_outcome decode_datagram(const struct decode_config *config, const uint8_t *datagram,
				    uint32_t length, struct layers *layers);

/* "not_ip", "truncated", ...: the counter's name of an outcome. */
const char *decode_outcome_name(enum decode_outcome outcome);
const char *tunnel_type_name(enum tunnel_type type);
