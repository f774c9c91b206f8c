/* http_sink.h - where one call to http_read() reports and counts. */
#pragma once

#include "identify/http.h"
#include "pewit/identity.h"

struct http_sink {
	http_found *found;
	void *context;
	const struct http_info *early; /* see http_read() */
	struct http_stats *stats;
};
