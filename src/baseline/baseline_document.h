/* baseline_document.h - the groups of a baseline as JSON: written by learn, read by diff and learn.
 *
 * docs/learn.md describes the fields.
 */
#pragma once

#include "base/json_print.h"
#include "baseline/baseline.h"

/* "seen": [...]: every group. */
void baseline_print_seen(struct json_print *print, const struct baseline *baseline);

/* Parts of a group, as members of the object at hand: what it is, how much it was, its sets. */
void baseline_print_destination(struct json_print *print, const struct baseline_group *group);
void baseline_print_amounts(struct json_print *print, const struct baseline_group *group);
void baseline_print_ports(struct json_print *print, const struct baseline_group *group);
void baseline_print_zones(struct json_print *print, const char *key,
			  const struct baseline_group *group);
void baseline_print_addresses(struct json_print *print, const char *key,
			      const struct baseline_group *group);
void baseline_print_more(struct json_print *print, const struct baseline_group *group);

/* "TCP 443", "ICMP" */
#define BASELINE_PORT_TEXT 24
const char *baseline_port_text(struct baseline_port port, char text[BASELINE_PORT_TEXT]);

/* A prefix as text: an address without its length when it is one. */
#define BASELINE_PLACE_TEXT (IP_TEXT_SIZE + 4)
const char *baseline_place_text(const struct ip_prefix *place, char text[BASELINE_PLACE_TEXT]);
