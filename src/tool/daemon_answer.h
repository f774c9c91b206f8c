/* daemon_answer.h - what a daemon's answer says; an older daemon may not say it. */
#pragma once

#include "base/json.h"

/* A member of an object, or of none (NULL). */
double daemon_answer_number(const struct json_value *object, const char *key);    /* or 0 */
const char *daemon_answer_text(const struct json_value *object, const char *key); /* or "" */
bool daemon_answer_flag(const struct json_value *object, const char *key);        /* or false */

/* The first of the elements of a list, or NULL. */
const struct json_value *daemon_answer_list(const struct json_value *object, const char *key);

/* Names come from the wire: what a terminal could take for a command becomes a '?'. */
void daemon_answer_tame(char *text);
