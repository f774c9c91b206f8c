/* Hosts: virtual machines, scale sets, Kubernetes clusters, compute of Azure Machine Learning. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/arm.h"

#define NUMBER_TEXT 24

void arm_say_identity(struct reading *reading, struct thing *thing, struct node resource)
{
	struct node identity = reading_member(reading, resource, "identity");
	const char *type = reading_type(identity) == JSON_OBJECT
				   ? reading_text(reading, identity, "type")
				   : NULL;

	if (reading_is_null(identity) || type)
		thing_say_text(reading->inventory, thing, FACT_IDENTITY,
			       !type || strcasecmp(type, "none") == 0 ? "false" : "true",
			       reading_place(reading, identity));
}

static struct thing *compute(struct reading *reading, struct node resource, const char *id,
			     const char *type)
{
	struct thing *thing = reading_thing(reading, THING_COMPUTE, id, NULL, resource);

	thing_say_text(reading->inventory, thing, FACT_TYPE, type,
		       reading_place(reading, resource));
	arm_say_identity(reading, thing, resource);
	reading_say_zone_tag(reading, thing, resource);
	return thing;
}

/* "10.0.0.4,10.0.0.5", as `az vm list -d` has them. */
static void say_joined_addresses(struct reading *reading, struct thing *thing, struct node node)
{
	const char *text = reading_type(node) == JSON_TEXT ? reading_text_of(reading, node) : NULL;

	while (text && *text) {
		size_t length = strcspn(text, ",");
		char bytes[64];
		struct text one = text_over(bytes, sizeof(bytes));

		text_add_bytes(&one, text, length);
		struct node part = { .at = node.at, .text = bytes };
		const char *address = length ? reading_address(reading, part) : NULL;
		thing_add_text(reading->inventory, thing, FACT_IPS, address,
			       reading_place(reading, node));
		text += length;
		text += *text == ',';
	}
}

void arm_vm(struct reading *reading, struct node resource, const char *id)
{
	struct thing *vm = compute(reading, resource, id, "vm");
	struct node public_ips = reading_member(reading, resource, "publicIps");

	say_joined_addresses(reading, vm, reading_member(reading, resource, "privateIps"));
	if (reading_type(public_ips) == JSON_TEXT)
		thing_say_text(reading->inventory, vm, FACT_PUBLIC_IP,
			       reading_text_of(reading, public_ips) ? "true" : "false",
			       reading_place(reading, public_ips));
	reading_say_each(reading, vm, FACT_NICS,
			 reading_path(reading, resource, "networkProfile.networkInterfaces"), "id",
			 reading_text_of);
}

void arm_scale_set(struct reading *reading, struct node resource, const char *id)
{
	struct thing *set = compute(reading, resource, id, "vmss");
	struct node profile = reading_path(
		reading, resource,
		"virtualMachineProfile.networkProfile.networkInterfaceConfigurations.0");
	struct node config = reading_path(reading, profile, "ipConfigurations.0");
	struct node public_ip = reading_member(reading, config, "publicIPAddressConfiguration");

	reading_say_text(reading, set, FACT_SUBNET, config, "subnet.id");
	if (config.at)
		thing_say_text(reading->inventory, set, FACT_PUBLIC_IP,
			       reading_type(public_ip) == JSON_OBJECT ? "true" : "false",
			       reading_place(reading, config));
}

void arm_cluster(struct reading *reading, struct node resource, const char *id)
{
	struct thing *cluster = compute(reading, resource, id, "aks");

	reading_say_text(reading, cluster, FACT_SUBNET, resource,
			 "agentPoolProfiles.0.vnetSubnetID");
}

/* Seconds of a duration such as PT1H30M; 0: none. */
static uint64_t duration_s(const char *text)
{
	uint64_t total = 0;
	bool of_time = false;

	if (text[0] != 'P')
		return 0;
	for (const char *at = text + 1; *at;) {
		if (*at == 'T') {
			of_time = true;
			at++;
			continue;
		}
		char *end;
		unsigned long number = strtoul(at, &end, 10);

		if (end == at || number > 1000000)
			return 0;
		switch (*end) {
		case 'D':
			total += number * 86400;
			break;
		case 'H':
			total += number * 3600;
			break;
		case 'M':
			total += of_time ? number * 60 : 0;
			break;
		case 'S':
			total += number;
			break;
		default:
			return 0;
		}
		at = end + 1;
	}
	return total;
}

/* As a duration, or in minutes, as a text or a number. */
static void say_idle(struct reading *reading, struct thing *thing, struct node resource)
{
	struct node minutes = reading_member(reading, resource, "idleTimeBeforeShutdownMinutes");
	struct node duration = reading_member(reading, resource, "idleTimeBeforeShutdown");
	uint64_t seconds = 0;
	char bytes[NUMBER_TEXT];
	struct text text = text_over(bytes, sizeof(bytes));

	if (reading_type(minutes) == JSON_NUMBER)
		seconds = 60 * (uint64_t)json_read_value_number(&reading->reader, minutes.at, 0,
								UINT32_MAX / 60);
	else if (reading_type(minutes) == JSON_TEXT && reading_text_of(reading, minutes))
		seconds = 60 * strtoul(reading_text_of(reading, minutes), NULL, 10);
	else if (reading_type(duration) == JSON_TEXT && reading_text_of(reading, duration))
		seconds = duration_s(reading_text_of(reading, duration));
	if (seconds == 0 || seconds > UINT32_MAX)
		return;
	text_add_number(&text, seconds);
	thing_say_text(reading->inventory, thing, FACT_IDLE_SHUTDOWN, bytes,
		       reading_place(reading, resource));
}

static const char *ml_type(const char *word)
{
	if (word && strcasecmp(word, "computeinstance") == 0)
		return "aml-compute-instance";
	if (word && strcasecmp(word, "amlcompute") == 0)
		return "aml-cluster";
	return word && strcasecmp(word, "kubernetes") == 0 ? "aks" : NULL;
}

void arm_ml_compute(struct reading *reading, struct node resource, const char *id)
{
	const char *word = reading_text(reading, resource, "computeType");

	if (!word)
		word = reading_text(reading, resource, "type"); /* of az ml */
	if (!ml_type(word)) {
		reading_note(reading, resource, "compute of type %.60s says nothing of a map",
			     word ? word : "(none)");
		return;
	}
	struct thing *thing = compute(reading, resource, id, ml_type(word));
	struct node address =
		reading_path(reading, resource, "connectivityEndpoints.privateIpAddress");

	reading_say_text(reading, thing, FACT_SUBNET, resource, "subnet.id");
	if (reading_type(reading_member(reading, resource, "subnet")) == JSON_TEXT)
		reading_say_text(reading, thing, FACT_SUBNET, resource, "subnet");
	reading_say_flag(reading, thing, FACT_PUBLIC_IP, resource, "enableNodePublicIp", false);
	reading_say_flag(reading, thing, FACT_SSH_PUBLIC, resource, "sshPublicAccessEnabled",
			 false);
	reading_say_flag(reading, thing, FACT_SSH_PUBLIC, resource, "sshSettings.sshPublicAccess",
			 false);
	say_idle(reading, thing, resource);
	if (address.at)
		thing_say_text(reading->inventory, thing, FACT_IPS,
			       reading_address(reading, address), reading_place(reading, address));
}
