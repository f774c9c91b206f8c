/* config.h - everything that `pewit run` can be told: the configuration file, conf.d, and the command line
 * over them.
 *
 * JSON, as the map and the rules are: one document, and then every *.json of the folder conf.d beside it in
 * order of names; members of later ones replace those of earlier ones, lists as a whole. Published as
 * deploy/pewit.schema.json. Errors name file, line, column and the cure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "capture/live.h"

#define CONFIG_RULES_MAX 64
#define CONFIG_PORTS_MAX 8

struct config { /* strings are the configuration's, or NULL: not set */
	struct {
		const char *interface[LIVE_INTERFACES_MAX + 1];
		size_t interface_count;
		uint8_t kind;      /* enum live_kind */
		uint8_t direction; /* enum live_direction */
		bool promiscuous;
		bool wait_for_interfaces; /* start although one does not exist yet */
		bool take_frames;         /* AF_XDP: on an interface that the host itself uses */
		const char *filter;       /* BPF expression; libpcap only */
		uint32_t workers;
		uint32_t ring_mib;
		uint16_t vxlan_ports[CONFIG_PORTS_MAX + 1], geneve_ports[CONFIG_PORTS_MAX + 1];
	} capture;
	struct {
		uint32_t flows, refresh_s;
	} bypass;
	const char *map, *service_tags;
	const char *rules[CONFIG_RULES_MAX + 1];
	size_t rules_count;
	uint8_t vantage; /* enum vantage */
	struct {
		const char *file; /* "-": standard output; NULL: none */
		uint32_t types;   /* 1u << enum event_type, or-ed */
		uint32_t stats_s; /* a stats event this often; 0: only at the end */
	} output;
	struct {
		const char *path; /* Unix socket of status, flows, reload; NULL: none */
	} control;
	struct {
		const char
			*listen; /* "127.0.0.1:9109", "[::1]:9109" or "unix:/run/..."; NULL: off */
	} metrics;
	struct {
		const char *user, *group; /* NULL: stay who we are */
		bool seccomp, landlock;
	} privileges;
	struct {
		uint64_t flow_limit, fold_window_s, fold_findings, window_keys;
	} limits;              /* what --set changes */
	uint64_t packet_limit; /* -c COUNT of the command line; 0: none */
	bool summary;
	const char *path; /* of the file; NULL: command line alone */
};

/* The defaults. */
struct config config_default(void);
