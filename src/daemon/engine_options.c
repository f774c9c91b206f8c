#include "daemon/engine_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

_Static_assert(CONFIG_RULES_MAX <= RULES_FOLDERS_MAX, "what is configured can be asked for");

int engine_options_rules(struct rules_folders **folders, const struct config *config,
			 struct fault *fault)
{
	struct rules_asked asked = { .count = config->rules_count };

	*folders = malloc(sizeof(**folders));
	if (!*folders)
		return -ENOMEM;
	memcpy(asked.path, config->rules, config->rules_count * sizeof(asked.path[0]));
	if (rules_folders_find(*folders, &asked, fault))
		return 0;
	free(*folders);
	*folders = NULL;
	return -ENOENT;
}

struct knowledge_paths engine_options_knowledge(const struct config *config,
						const struct rules_folders *folders)
{
	return (struct knowledge_paths){
		.catalog = folders->catalog,
		.rules = folders->path,
		.rules_count = folders->count,
		.map = config->map,
		.tags = config->service_tags,
	};
}

struct live_options engine_options_capture(const struct config *config)
{
	return (struct live_options){
		.interfaces = config->capture.interface,
		.interface_count = config->capture.interface_count,
		.workers = config->capture.workers,
		.kind = config->capture.kind,
		.direction = config->capture.direction,
		.promiscuous = config->capture.promiscuous,
		.take_frames = config->capture.take_frames,
		.ring_bytes = config->capture.ring_mib * MIB,
		.bypass = config->bypass.flows,
		.refresh_s = config->bypass.refresh_s,
		.wait_for_interfaces = config->capture.wait_for_interfaces,
		.filter = config->capture.filter,
		.vxlan_ports = config->capture.vxlan_ports,
		.geneve_ports = config->capture.geneve_ports,
	};
}
