/* command.h - the subcommands, and what they share. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum exit_status {
	STATUS_FINE = 0,
	STATUS_FAILED = 1,   /* at run time */
	STATUS_USAGE = 2,    /* usage or configuration */
	STATUS_FINDINGS = 3, /* at or above --fail-on */
	STATUS_UNTRUSTED = 4 /* loss, a damaged capture: the result cannot be trusted */
};

/* Each takes its own name as argv[0] and returns an exit status. */
int command_replay(int argc, char **argv);
int command_run(int argc, char **argv);
int command_status(int argc, char **argv);
int command_flows(int argc, char **argv);
int command_reload(int argc, char **argv);
int command_top(int argc, char **argv);
int command_map(int argc, char **argv);
int command_map_check(int argc, char **argv);
int command_map_diff(int argc, char **argv);
int command_map_fetch(int argc, char **argv);
int command_map_show(int argc, char **argv);
int command_map_build(int argc, char **argv); /* a subcommand of map */
int command_catalog(int argc, char **argv);
int command_rules(int argc, char **argv);
int command_tags(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_learn(int argc, char **argv);
int command_diff(int argc, char **argv);
const char *command_version_text(void); /* "0.1.0" */
int command_version(int argc, char **argv);
int command_build_info(int argc, char **argv);
int command_event_docs(int argc, char **argv);
int command_event_schema(int argc, char **argv);
int command_config_docs(int argc, char **argv);
int command_config_schema(int argc, char **argv);

/* Whether to use colour on the stream: only on a terminal, and not where NO_COLOR is set. */
bool command_colour(FILE *stream);

/* Says on standard error what is wrong and how to get help; returns STATUS_USAGE. */
int command_usage_fault(const char *command, const char *text);

/* Flushes standard output; status, or STATUS_FAILED, said on standard error, if it was not all
 * written. */
int command_finish(int status);
