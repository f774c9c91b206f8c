/* event_names.h - how the enums of include/pewit are spelt in events and in what people read.
 *
 * The one place for these texts: rules, sinks and people rely on them. A value outside its enum
 * gives NULL, unless the function takes room for an unknown one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pewit/event.h"
#include "pewit/flow.h"
#include "pewit/identity.h"
#include "pewit/verdict.h"

const char *event_name_verdict(unsigned verdict);      /* "private_endpoint_bypass" */
const char *event_name_severity(unsigned severity);    /* "high" */
const char *event_name_source(unsigned name_source);   /* "sni", "dns", ... */
const char *event_name_evidence(unsigned kind);        /* "name", "map", ... */
const char *event_name_tunnel(unsigned tunnel_type);   /* "VXLAN" */
const char *event_name_ech(unsigned ech_kind);         /* "grease", "offered" */
const char *event_name_flow_end(unsigned flow_end);    /* EVE's flow.reason */
const char *event_name_tcp_state(unsigned tcp_state);  /* EVE's tcp.state */
const char *event_name_imds(unsigned imds_request);    /* "token", "instance" */
const char *event_name_credential(unsigned bit_index); /* of enum credential: "api_key" */

/* The values of these names, or -1: no such name. */
int event_severity_from_name(const char *name);
int event_verdict_from_name(const char *name);
int event_source_from_name(const char *name);
int event_protocol_from_name(const char *name); /* also a number in decimal: "132" */

/* Room for the name of a number that has none. */
#define EVENT_NAME_UNKNOWN 12

const char *event_name_protocol(uint8_t number, char unknown[EVENT_NAME_UNKNOWN]);
const char *event_name_dns_type(uint16_t type, char unknown[EVENT_NAME_UNKNOWN]);
const char *event_name_dns_rcode(uint16_t rcode, char unknown[EVENT_NAME_UNKNOWN]);
const char *event_name_tls_version(uint16_t version, char unknown[EVENT_NAME_UNKNOWN]);
const char *event_name_tls_group(uint16_t group, char unknown[EVENT_NAME_UNKNOWN]);
const char *event_name_quic_version(uint32_t version, char unknown[EVENT_NAME_UNKNOWN]);

const char *event_type_name(enum event_type type);         /* "flow" */
int event_type_from_name(const char *name, size_t length); /* -1: none */
