/* baseline_field.h - typed members of events and baselines: what both readers take out of JSON. */
#pragma once

#include "base/ip.h"
#include "base/json.h"
#include "baseline/baseline.h"

/* object may be NULL: then everything is absent. What is wrong goes to the reader. */
const char *baseline_field_text(struct json_reader *reader, const struct json_value *object,
				const char *key); /* "" when absent */
uint64_t baseline_field_count(struct json_reader *reader, const struct json_value *object,
			      const char *key, enum json_need need);
uint64_t baseline_field_time(struct json_reader *reader, const struct json_value *object,
			     const char *key, enum json_need need);
/* The value of an enum's name; `none` when it is absent. */
unsigned baseline_field_word(struct json_reader *reader, const struct json_value *object,
			     const char *key, int (*value_of)(const char *name), unsigned none);
/* The same of a text value at hand. */
unsigned baseline_field_value(struct json_reader *reader, const struct json_value *value,
			      const char *what, int (*value_of)(const char *name), unsigned none);
struct ip_addr baseline_field_ip(struct json_reader *reader, const struct json_value *value);
