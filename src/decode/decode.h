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

struct fragments_whole;

struct decode_config {
	uint16_t vxlan_ports[DECODE_PORTS_MAX]; /* UDP destination ports; 0 ends the list */
	uint16_t geneve_ports[DECODE_PORTS_MAX];
};

/* VXLAN 4789, 10800, 10801 (virtual network TAP, Gateway Load Balancer), GENEVE 6081. */
extern const struct decode_config decode_config_default;

/* Fills *layers, all of it that the outcome promises, and returns layers->outcome.
 *
 * DECODE_FLOW: addresses, protocol, ports, ttl, payload, ip_header and what the protocol has; in a
 * packet cut within its TCP or UDP header the ports are there, flags and numbers may be zero.
 * DECODE_FRAGMENT: addresses, `fragment`, payload (the fragment's data), ip_header.
 * Any other: counts, lists and ether_type as far as decode came; addresses are not to be used.
 * src, dst, fragment, vlan[] and tunnel[] keep what they held unless the above says otherwise.
 *
 * Checksums are not verified: offload leaves them to the card, so that a host captures its own
 * packets without. A length that reaches past the frame's end counts as cut, not as malformed:
 * mirrors shorten frames without a trace. An IP length of zero (TSO) means the frame's own length.
 * An envelope that IP carries and whose inside is malformed or unsupported is itself the flow. */
enum decode_outcome decode_packet(const struct decode_config *config, const struct packet *packet,
				  struct layers *layers);

/* Goes on where DECODE_FRAGMENT stopped: `layers` are those of the completing fragment, `whole` what
 * fragments_add() made of it, lent. Keeps addresses, tunnels, VLANs and depth. ip_header is NULL
 * afterwards, unless another IP header was found inside: no header stands before these bytes.
 * May itself end in DECODE_FRAGMENT (a tunnel in fragments that carries fragments): again, then. */
enum decode_outcome decode_datagram(const struct decode_config *config,
				    const struct fragments_whole *whole, struct layers *layers);

/* "not_ip", "truncated", ...: the counter's name of an outcome. */
const char *decode_outcome_name(enum decode_outcome outcome);
const char *tunnel_type_name(enum tunnel_type type);
