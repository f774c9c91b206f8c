/* config.h - everything that `pewit run` can be told: the configuration file, conf.d, and the command line
 * over them.
 *
 * JSON, as the map and the rules are: one document, and then every *.json of the folder conf.d beside it in
 * order of names; members of later ones replace those of earlier ones, lists as a whole, and null makes a
 * member what it is by default. One table (config_member.c) says which members there are: it reads, prints,
 * and makes deploy/pewit.schema.json and docs/configuration.md. Errors name file, line, column and the cure.
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
#define CONFIG_FILES_MAX 64 /* the document and those of conf.d; also words of the command line */

struct config { /* strings are the document's, or NULL: not set */
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
		/* 0 ends them */
		uint16_t vxlan_ports[CONFIG_PORTS_MAX + 1], geneve_ports[CONFIG_PORTS_MAX + 1];
	} capture;
	struct {
		uint32_t flows, refresh_s;
	} bypass;
	const char *map, *service_tags;
	const char *rules[CONFIG_RULES_MAX + 1];
	size_t rules_count;
	uint8_t vantage; /* enum vantage; VANTAGE_UNKNOWN: as the interfaces look */
	struct {
		const char *file; /* "-": standard output; NULL: none */
		uint32_t types;   /* 1u << enum event_type, or-ed */
		uint32_t stats_s; /* a stats event this often; 0: only at the end */
	} output;
	struct {
		const char *path; /* Unix socket of status, flows, reload; NULL: none */
	} control;
	struct {
		/* "127.0.0.1:9109", "[::1]:9109" or "unix:/run/..."; NULL: off */
		const char *listen;
		bool beyond_loopback; /* `listen` may be an address that others reach */
	} metrics;
	struct {
		const char *user, *group; /* NULL: stay who we are; NULL group: the user's */
		bool seccomp, landlock;
	} privileges;
	struct {
		uint64_t flow_limit, fold_window_s, fold_findings, window_keys;
	} limits;
	uint64_t packet_limit; /* stop after so many packets; 0: never */
	bool summary;
	const char *path; /* of the file; NULL: command line alone */
};

/* The defaults. */
struct config config_default(void);

/* A configuration, the files that it was read from, and which of them set what. */
struct config_document;

/* From a file and the folder conf.d beside it; path NULL: the defaults. Paths in a file are relative to the
 * file's folder. 0 and *document, given; or -errno with a sentence in fault. */
int config_read(struct config_document **document, const char *path, struct fault *fault);
/* From a text, as if it were the file `path`; nothing else is read. */
int config_parse(struct config_document **document, const char *text, size_t length,
		 const char *path, struct fault *fault);
void config_free(struct config_document *document); /* NULL is allowed */

/* Lent, and what it holds. Later words of the command line change it. */
const struct config *config_of(const struct config_document *document);

/* A word of the command line: `value` for the member `key` (one that there is), in place of what files say.
 * A further one for the same list is added to it. option ("--workers"), lent, is for messages.
 * False with a sentence in fault. */
bool config_set(struct config_document *document, const char *option, const char *key,
		const char *value, struct fault *fault);
/* The same for "KEY=VALUE"; the whole list at once, with commas between its elements. No value makes the
 * member what it is by default. */
bool config_assign(struct config_document *document, const char *option, const char *assignment,
		   struct fault *fault);

/* The whole of it as JSON that reads back to the same; paths are absolute in it. */
void config_dump(const struct config *config, FILE *out);
/* And, in a member "$set_by" that readers pass over, where each member got its value. */
void config_dump_document(const struct config_document *document, FILE *out);

/* What the machine has, for config_check(); 0: not known. */
struct config_machine {
	uint64_t memory_bytes;
	uint32_t processors;
};
struct config_machine config_machine(void);

enum config_finding { CONFIG_NOTE, CONFIG_ERROR };
typedef void config_hear(void *context, enum config_finding finding, const char *sentence);

/* What cannot work, and what is probably not meant, beyond what reading finds. The number of errors. */
size_t config_check(const struct config_document *document, const struct config_machine *machine,
		    config_hear *hear, void *context);

/* Calls `hear` with the key of each member that differs, and whether a reload can change it. */
void config_compare(const struct config *now, const struct config *next,
		    void (*hear)(void *context, const char *key, bool reloads), void *context);

/* deploy/pewit.schema.json, docs/configuration.md, and what follows "Settings for --set:". */
void config_print_schema(FILE *out);
void config_print_docs(FILE *out);
void config_print_keys(FILE *out);
