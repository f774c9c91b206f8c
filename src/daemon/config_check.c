/* What reading cannot see: members that do not go together, or not with this machine. */
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/units.h"
#include "daemon/config_member.h"
#include "daemon/listen_address.h"
#include "judge/coverage.h"

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define UNIX "unix:"

struct check {
	const struct config_document *document;
	const struct config *config;
	config_hear *hear;
	void *context;
	size_t errors;
};

/* The sentence, behind the place where the member was set. */
static void say(struct check *check, enum config_finding finding, const char *key,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

static void say(struct check *check, enum config_finding finding, const char *key,
		const char *format, ...)
{
	const struct config_member *member = config_member_find(key, strlen(key));
	char place[CONFIG_PLACE_SIZE], sentence[FAULT_TEXT_MAX + 1];
	struct fault fault;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	config_member_place(&check->document->origin[config_member_index(member)], place);
	fault_set(&fault, "%s%s%s", place, place[0] ? ": " : "", sentence);
	check->errors += finding == CONFIG_ERROR;
	check->hear(check->context, finding, fault.text);
}

/* Capture ------------------------------------------------------------------------------------ */

static void check_name(struct check *check, size_t i)
{
	const char *name = check->config->capture.interface[i];

	if (check->config->capture.kind != LIVE_PCAP && strlen(name) >= IFNAMSIZ)
		say(check, CONFIG_ERROR, "capture.interfaces",
		    "\"%.60s\" is longer than an interface's name may be (%d bytes)", name,
		    IFNAMSIZ - 1);
	for (size_t j = 0; j < i; j++)
		if (strcmp(check->config->capture.interface[j], name) == 0)
			say(check, CONFIG_ERROR, "capture.interfaces",
			    "\"%s\" is named twice; each frame would count twice", name);
}

static void check_interfaces(struct check *check)
{
	const struct config *config = check->config;

	if (config->capture.interface_count == 0)
		say(check, CONFIG_ERROR, "capture.interfaces",
		    "no interface to listen on; name one with -i or in capture.interfaces: ip link "
		    "lists them");
	for (size_t i = 0; i < config->capture.interface_count; i++)
		check_name(check, i);
	if (config->capture.take_frames && config->capture.kind != LIVE_AFXDP)
		say(check, CONFIG_NOTE, "capture.take_frames",
		    "capture.take_frames says something with capture.kind afxdp alone");
	if (config->capture.filter && config->capture.kind != LIVE_PCAP)
		say(check, CONFIG_ERROR, "capture.filter",
		    "a BPF expression works with libpcap alone; give --capture pcap (capture.kind) "
		    "or leave it out");
	if (config->capture.kind == LIVE_PCAP && config->capture.workers > 1)
		say(check, CONFIG_ERROR, "capture.workers",
		    "%u workers: libpcap has one; leave it at 1, or use afpacket",
		    config->capture.workers);
	if (config->vantage == VANTAGE_NVA && config->capture.direction == LIVE_BOTH)
		say(check, CONFIG_NOTE, "capture.direction",
		    "on an appliance a forwarded packet arrives and leaves; --only-in "
		    "(capture.direction \"in\") counts it once");
}

static void check_ports(struct check *check)
{
	for (const uint16_t *vxlan = check->config->capture.vxlan_ports; *vxlan; vxlan++)
		for (const uint16_t *port = check->config->capture.geneve_ports; *port; port++)
			if (*vxlan == *port)
				say(check, CONFIG_ERROR, "capture.geneve_ports",
				    "port %u cannot be VXLAN and GENEVE both; remove it from one",
				    *port);
}

/* Each worker has a ring on each interface. */
static void check_machine(struct check *check, const struct config_machine *machine)
{
	const struct config *config = check->config;
	uint64_t rings = config->capture.interface_count * (uint64_t)config->capture.workers;
	uint64_t mib = rings * config->capture.ring_mib, half_mib = machine->memory_bytes / 2 / MIB;

	if (machine->processors != 0 && config->capture.workers > machine->processors)
		say(check, CONFIG_NOTE, "capture.workers",
		    "%u workers on %u processors: more than one each only costs",
		    config->capture.workers, machine->processors);
	if (machine->memory_bytes != 0 && mib > half_mib)
		say(check, CONFIG_ERROR, "capture.ring_mib",
		    "rings of %u MiB, for %u workers on %zu interfaces, make %llu MiB: more than half "
		    "of this machine's memory (%llu MiB); make them smaller or fewer",
		    config->capture.ring_mib, config->capture.workers,
		    config->capture.interface_count, (unsigned long long)mib,
		    (unsigned long long)half_mib);
}

/* Files and sockets -------------------------------------------------------------------------- */

static bool same_file(const char *a, const char *b)
{
	if (!a || !b || strcmp(a, "-") == 0)
		return false;
	char *left = realpath(a, NULL), *right = realpath(b, NULL);
	bool same = strcmp(left ? left : a, right ? right : b) == 0;

	free(left);
	free(right);
	return same;
}

static void check_output(struct check *check)
{
	const struct config *config = check->config;
	const char *file = config->output.file;

	if (same_file(file, config->map) || same_file(file, config->service_tags) ||
	    same_file(file, config->path))
		say(check, CONFIG_ERROR, "output.file",
		    "\"%.200s\" is read too: events would overwrite it; name another file", file);
	for (size_t i = 0; i < config->rules_count; i++)
		if (same_file(file, config->rules[i]))
			say(check, CONFIG_ERROR, "output.file",
			    "\"%.200s\" holds rules: events would overwrite it; name another file",
			    file);
	if (!config->map)
		say(check, CONFIG_NOTE, "map",
		    "without a map nothing is judged: name one with --map, or build it (pewit map "
		    "build)");
}

static void check_socket(struct check *check, const char *key, const char *path)
{
	if (strlen(path) > SOCKET_PATH_MAX)
		say(check, CONFIG_ERROR, key,
		    "%s: a path of %zu bytes; a Unix socket's has %zu at most", key, strlen(path),
		    SOCKET_PATH_MAX);
}

static bool is_loopback(const struct ip_addr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };

	return ip_is_v4(addr) ? addr->bytes[12] == 127 : memcmp(addr->bytes, one, sizeof(one)) == 0;
}

static void check_metrics(struct check *check)
{
	const char *listen = check->config->metrics.listen, *control = check->config->control.path;
	struct ip_addr addr;
	uint16_t port;

	if (!listen)
		return;
	if (strncmp(listen, UNIX, strlen(UNIX)) == 0) {
		check_socket(check, "metrics.listen", listen + strlen(UNIX));
		if (listen[strlen(UNIX)] != '/')
			say(check, CONFIG_ERROR, "metrics.listen",
			    "\"%.100s\": give the whole path of the socket, as in "
			    "unix:/run/pewit/metrics.sock",
			    listen);
		if (control && strcmp(listen + strlen(UNIX), control) == 0)
			say(check, CONFIG_ERROR, "metrics.listen",
			    "\"%.100s\" is the control socket too; give them two", listen);
	} else if (!listen_address_read(listen, &addr, &port)) {
		say(check, CONFIG_ERROR, "metrics.listen",
		    "\"%.100s\" is no address with a port; write one like 127.0.0.1:9109, [::1]:9109 "
		    "or unix:/run/pewit/metrics.sock",
		    listen);
	} else if (!is_loopback(&addr) && !check->config->metrics.beyond_loopback) {
		say(check, CONFIG_ERROR, "metrics.listen",
		    "\"%.100s\" can be reached from outside; use 127.0.0.1 or [::1], or set "
		    "metrics.beyond_loopback if that is meant",
		    listen);
	}
}

static bool climbs(const char *path)
{
	return strncmp(path, "../", 3) == 0 || strstr(path, "/../");
}

/* The monitor of a confined pewit opens what is written as it was configured, and follows no "..". */
static void check_climbing(struct check *check)
{
	struct config copy = *check->config; /* the accessors are for writers too */
	const struct config_member *member;

	for (size_t i = 0; (member = config_member_at(i)); i++) {
		const char **path = config_member_texts(member, &copy);

		if (!config_member_is_path(member))
			continue;
		for (; *path; path += member->kind == CONFIG_PATHS) {
			if (climbs(*path))
				say(check, CONFIG_NOTE, member->key,
				    "\"%.200s\" has \"..\" in it: a confined pewit cannot open it "
				    "again at a reload; write the whole path",
				    *path);
			if (member->kind == CONFIG_PATH)
				break;
		}
	}
}

static void check_privileges(struct check *check)
{
	const struct config *config = check->config;

	if (config->privileges.group && !config->privileges.user)
		say(check, CONFIG_ERROR, "privileges.group",
		    "a group without a user to go with it; set privileges.user too");
}

size_t config_check(const struct config_document *document, const struct config_machine *machine,
		    config_hear *hear, void *context)
{
	struct check check = {
		.document = document, .config = &document->config, .hear = hear, .context = context
	};

	check_interfaces(&check);
	check_ports(&check);
	check_machine(&check, machine);
	check_output(&check);
	if (document->config.control.path)
		check_socket(&check, "control.path", document->config.control.path);
	check_metrics(&check);
	check_privileges(&check);
	check_climbing(&check);
	return check.errors;
}
