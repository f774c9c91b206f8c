/* monitor_serve.h - what the monitor does with each request; runs in the monitor's process. */
#pragma once

#include "daemon/monitor.h"

struct monitor_service {
	const struct grant *grants;
	size_t grant_count;
	struct trusted_path_suspect suspect;
	struct monitor_counts *counts;
	int notify_fd;
};

/* Answers one request. 0, or -errno when no more will come. */
int monitor_serve(const struct monitor_service *service);
