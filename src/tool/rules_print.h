/* rules_print.h - rules for people, as JSON, and as the table of docs/rules-table.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "judge/rules.h"

enum rules_form { RULES_FOR_PEOPLE, RULES_AS_JSON, RULES_AS_MARKDOWN };

/* All rules, by system; of one system only, unless NULL. False: there is no memory. */
bool rules_print_list(const struct rules *rules, const char *system, enum rules_form form);

/* All that a rule says of itself. */
void rules_print_rule(const struct rule_view *view, bool json);

/* What a condition may ask, and the writers of evidence. */
void rules_print_fields(bool json);
