/* event_text.h - times and addresses as text, without printf. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

/* "2026-11-22T22:00:38.609260+0000": UTC, microseconds, as EVE; no NUL. */
#define EVENT_TIME_LENGTH 31
void event_text_time(uint64_t time_ns, char text[EVENT_TIME_LENGTH]);

/* What follows the date in it: ".609260+0000". */
#define EVENT_FRACTION_LENGTH 12
void event_text_fraction(uint32_t of_second_ns, char text[EVENT_FRACTION_LENGTH]);

/* Reads what event_text_time() writes; false: it is something else. */
bool event_text_read_time(const char *text, uint64_t *time_ns);

/* "2026-11-22T22:00:38": UTC, whole seconds, as EVE writes the dates of certificates; no NUL.
 * Years outside 0 to 9999 are held at these bounds. */
#define EVENT_DATE_LENGTH 19
void event_text_date(int64_t time_s, char text[EVENT_DATE_LENGTH]);

/* Dotted for IPv4, RFC 5952 for IPv6; no NUL. Returns its length. */
size_t event_text_ip(const struct ip_addr *addr, char text[IP_TEXT_SIZE]);

/* Base64 with padding (RFC 4648 section 4), no NUL; returns 4 for each 3 bytes begun. */
size_t event_text_base64(const uint8_t *bytes, size_t size, char *text);
