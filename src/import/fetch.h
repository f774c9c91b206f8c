/* fetch.h - asking Azure what is there: Azure Resource Graph over HTTPS, with a managed identity.
 *
 *	IMDS  --token-->  fetch  --query-->  Azure Resource Graph
 *	                        <--page ($skipToken: one more)--
 *
 * Two queries, for resources and for DNS records, each page by page. What may pass is tried again, with
 * growing waits or as long as the service asks for: 429, 5xx, cut answers. A token that has run out is
 * replaced. All is bounded: pages, bytes, tries, time. Only reading rights are needed. The token is kept
 * in memory alone, and wiped.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* What one query may name; Azure takes no more, and either the one or the other. */
#define FETCH_SUBSCRIPTIONS_MAX 1000
#define FETCH_GROUPS_MAX 10

struct fetch_settings {
	const char *arm, *imds; /* base URLs, without a slash at the end */
	const char *audience;   /* what the token is for: Azure Resource Manager of the cloud */
	const char *client_id;  /* of a user-assigned identity; or NULL */
	const char *ca;         /* certificates to trust in place of the system's; or NULL */
	const char *const *subscriptions;
	size_t subscription_count; /* none, and no groups: all that the identity may read */
	const char *const *groups; /* management groups */
	size_t group_count;
	uint32_t time_limit_s;
};

struct fetch_totals {
	size_t rows, pages, tries, bytes;
};

/* The rows as {"data": [...]}, given (free()). Returns 0, or -errno with what went wrong in fault:
 * -EACCES the token or the rights, -EINVAL an answer of another form, -EIO no answer, -ETIMEDOUT,
 * -E2BIG, -ENOMEM. */
int fetch_rows(const struct fetch_settings *settings, char **text, size_t *length,
	       struct fetch_totals *totals, struct fault *fault);
