#include "daemon/config_member.h"

#include <string.h>

#include "base/emit.h"
#include "base/spelling.h"
#include "base/text.h"
#include "event/event_names.h"
#include "judge/coverage.h"
#include "run/settings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WORD_OF(array, number) ((number) < COUNT(array) ? (array)[number] : NULL)

static const char *kind_word(unsigned number)
{
	static const char *const words[] = {
		[LIVE_AFPACKET] = "afpacket", [LIVE_AFXDP] = "afxdp", [LIVE_PCAP] = "pcap"
	};

	return WORD_OF(words, number);
}

static const char *direction_word(unsigned number)
{
	static const char *const words[] = { [LIVE_BOTH] = "both", [LIVE_IN] = "in" };

	return WORD_OF(words, number);
}

static const char *vantage_word(unsigned number)
{
	if (number == VANTAGE_UNKNOWN)
		return "auto";
	return number < VANTAGES ? coverage_vantage_name((enum vantage)number) : NULL;
}

static const char *type_word(unsigned number)
{
	return number < EVENT_TYPES ? event_type_name((enum event_type)number) : NULL;
}

/* As decode_config_default; a unit test holds them together. */
static const uint16_t vxlan_ports[] = { 4789, 10800, 10801, 0 };
static const uint16_t geneve_ports[] = { 6081, 0 };

#define ALL_TYPES ((1u << EVENT_TYPES) - 1)

#define AT(field)                                                                                  \
	.offset = offsetof(struct config, field), .width = sizeof(((struct config *)0)->field)
#define LIST(field, count)                                                                         \
	.offset = offsetof(struct config, field), .count_offset = offsetof(struct config, count)
#define SETTING(field, its_key, its_meaning, its_least, its_most, its_standard)                    \
	{ .key = its_key,                                                                          \
	  .kind = CONFIG_NUMBER,                                                                   \
	  AT(limits.field),                                                                        \
	  .least = its_least,                                                                      \
	  .most = its_most,                                                                        \
	  .standard = its_standard,                                                                \
	  .meaning = its_meaning },

static const struct config_member members[] = {
	{ .key = "map",
	  .kind = CONFIG_PATH,
	  AT(map),
	  .reloads = true,
	  .meaning = "the expected map; without it nothing is judged" },
	{ .key = "service_tags",
	  .kind = CONFIG_PATH,
	  AT(service_tags),
	  .reloads = true,
	  .meaning = "Microsoft's list of Azure prefixes (ServiceTags_*.json)" },
	{ .key = "rules",
	  .kind = CONFIG_PATHS,
	  LIST(rules, rules_count),
	  .most = CONFIG_RULES_MAX,
	  .reloads = true,
	  .meaning = "files and folders of rules, on top of pewit's own unless a catalog is with "
		     "them" },
	{ .key = "vantage",
	  .kind = CONFIG_WORD,
	  AT(vantage),
	  .word = vantage_word,
	  .standard = VANTAGE_UNKNOWN,
	  .meaning = "where pewit listens, and so what it can see; auto: as the interfaces look" },
	{ .key = "summary",
	  .kind = CONFIG_FLAG,
	  AT(summary),
	  .meaning = "print a summary at the end" },

	{ .key = "capture.interfaces",
	  .kind = CONFIG_TEXTS,
	  LIST(capture.interface, capture.interface_count),
	  .most = LIVE_INTERFACES_MAX,
	  .meaning = "names of the interfaces to listen on" },
	{ .key = "capture.kind",
	  .kind = CONFIG_WORD,
	  AT(capture.kind),
	  .word = kind_word,
	  .standard = LIVE_AFPACKET,
	  .meaning = "afpacket: rings, the host's traffic goes on untouched; afxdp: takes the "
		     "frames, for mirror ports; pcap: whatever else libpcap can open" },
	{ .key = "capture.direction",
	  .kind = CONFIG_WORD,
	  AT(capture.direction),
	  .word = direction_word,
	  .standard = LIVE_BOTH,
	  .meaning = "in: only what arrives, not what the host sends: on an appliance, each "
		     "forwarded packet once" },
	{ .key = "capture.promiscuous",
	  .kind = CONFIG_FLAG,
	  AT(capture.promiscuous),
	  .standard = true,
	  .meaning = "put the interfaces into promiscuous mode" },
	{ .key = "capture.wait_for_interfaces",
	  .kind = CONFIG_FLAG,
	  AT(capture.wait_for_interfaces),
	  .meaning = "start although one of them does not exist yet" },
	{ .key = "capture.take_frames",
	  .kind = CONFIG_FLAG,
	  AT(capture.take_frames),
	  .meaning = "afxdp: on an interface that has an address or forwards too; its traffic is "
		     "lost to the host" },
	{ .key = "capture.filter",
	  .kind = CONFIG_TEXT,
	  AT(capture.filter),
	  .meaning = "BPF expression (pcap-filter(7)); pcap only" },
	{ .key = "capture.workers",
	  .kind = CONFIG_NUMBER,
	  AT(capture.workers),
	  .least = 1,
	  .most = LIVE_WORKERS_MAX,
	  .standard = 1,
	  .meaning = "threads, each with a ring on each interface" },
	{ .key = "capture.ring_mib",
	  .kind = CONFIG_NUMBER,
	  AT(capture.ring_mib),
	  .least = 2,
	  .most = 16384,
	  .standard = 64,
	  .meaning = "MiB of each ring" },
	{ .key = "capture.vxlan_ports",
	  .kind = CONFIG_PORTS,
	  AT(capture.vxlan_ports),
	  .most = CONFIG_PORTS_MAX,
	  .standard_ports = vxlan_ports,
	  .meaning = "UDP ports of VXLAN" },
	{ .key = "capture.geneve_ports",
	  .kind = CONFIG_PORTS,
	  AT(capture.geneve_ports),
	  .most = CONFIG_PORTS_MAX,
	  .standard_ports = geneve_ports,
	  .meaning = "UDP ports of GENEVE" },
	{ .key = "capture.packets",
	  .kind = CONFIG_NUMBER,
	  AT(packet_limit),
	  .most = CONFIG_COUNT_MAX,
	  .meaning = "stop after so many packets; 0: never" },

	{ .key = "bypass.flows",
	  .kind = CONFIG_NUMBER,
	  AT(bypass.flows),
	  .most = 1 << 24,
	  .standard = 1 << 18,
	  .meaning = "flows that the kernel may count without copying them; 0: none" },
	{ .key = "bypass.refresh_s",
	  .kind = CONFIG_NUMBER,
	  AT(bypass.refresh_s),
	  .least = 1,
	  .most = 3600,
	  .standard = 5,
	  .meaning = "seconds after which a bypassed flow passes a frame up" },

	{ .key = "output.file",
	  .kind = CONFIG_PATH,
	  AT(output.file),
	  .meaning = "events as JSON Lines; \"-\" is standard output; without it there is a "
		     "summary alone" },
	{ .key = "output.types",
	  .kind = CONFIG_WORDS,
	  AT(output.types),
	  .word = type_word,
	  .standard = ALL_TYPES,
	  .most = EVENT_TYPES,
	  .meaning = "the types of events that are written" },
	{ .key = "output.stats_s",
	  .kind = CONFIG_NUMBER,
	  AT(output.stats_s),
	  .most = 86400,
	  .reloads = true,
	  .meaning = "seconds between stats events; 0: one at the end" },

	{ .key = "control.path",
	  .kind = CONFIG_PATH,
	  AT(control.path),
	  .meaning = "Unix socket for pewit status, flows, reload and top" },

	{ .key = "metrics.listen",
	  .kind = CONFIG_TEXT,
	  AT(metrics.listen),
	  .meaning = "where Prometheus asks: \"127.0.0.1:9109\", \"[::1]:9109\" or "
		     "\"unix:/run/pewit/metrics.sock\"" },
	{ .key = "metrics.beyond_loopback",
	  .kind = CONFIG_FLAG,
	  AT(metrics.beyond_loopback),
	  .meaning = "metrics.listen may be an address that others can reach" },

	{ .key = "privileges.user",
	  .kind = CONFIG_TEXT,
	  AT(privileges.user),
	  .meaning = "user that root becomes before the first packet is read; without it, pewit if "
		     "there is such a user, else nobody" },
	{ .key = "privileges.group",
	  .kind = CONFIG_TEXT,
	  AT(privileges.group),
	  .meaning = "group to become; without it, the user's own" },
	{ .key = "privileges.seccomp",
	  .kind = CONFIG_FLAG,
	  AT(privileges.seccomp),
	  .standard = true,
	  .meaning = "allow the system calls that pewit needs, and no other" },
	{ .key = "privileges.landlock",
	  .kind = CONFIG_FLAG,
	  AT(privileges.landlock),
	  .standard = true,
	  .meaning = "allow the files that pewit needs, and no other" },

	SETTINGS(SETTING)
};

_Static_assert(COUNT(members) <= CONFIG_MEMBERS_MAX, "an origin for each member");

static const struct config_section sections[] = {
	{ "", "What traffic is held against" },
	{ "capture", "Where frames come from" },
	{ "bypass", "Flows that are decided: the kernel counts them and does not copy them" },
	{ "output", "Where events go" },
	{ "control", "How pewit's other commands reach it" },
	{ "metrics", "Prometheus metrics: off without an address" },
	{ "privileges", "What pewit gives up before it reads the first packet" },
	{ "flow", "The table of flows" },
	{ "alert", "Alerts of one finding fold into one summary" },
	{ "window", "Rules that count over time" },
};

const struct config_member *config_member_at(size_t i)
{
	return i < COUNT(members) ? &members[i] : NULL;
}

const struct config_member *config_member_find(const char *key, size_t length)
{
	for (size_t i = 0; i < COUNT(members); i++)
		if (strlen(members[i].key) == length && memcmp(members[i].key, key, length) == 0)
			return &members[i];
	return NULL;
}

size_t config_member_index(const struct config_member *member)
{
	return (size_t)(member - members);
}

const struct config_section *config_member_section(size_t i)
{
	return i < COUNT(sections) ? &sections[i] : NULL;
}

bool config_member_in(const struct config_member *member, const struct config_section *section)
{
	const char *dot = strchr(member->key, '.');
	size_t length = dot ? (size_t)(dot - member->key) : 0;

	return strlen(section->name) == length && memcmp(member->key, section->name, length) == 0;
}

const char *config_member_name(const struct config_member *member)
{
	const char *dot = strchr(member->key, '.');

	return dot ? dot + 1 : member->key;
}

const char *config_member_nearest(const char *word)
{
	const char *keys[COUNT(members)];

	for (size_t i = 0; i < COUNT(members); i++)
		keys[i] = members[i].key;
	return spelling_nearest(word, keys, COUNT(members));
}

int config_member_word(const struct config_member *member, const char *word, const char **nearest)
{
	const char *words[32];
	unsigned count = 0;

	for (; count < COUNT(words) && member->word(count); count++) {
		words[count] = member->word(count);
		if (strcmp(words[count], word) == 0)
			return (int)count;
	}
	*nearest = spelling_nearest(word, words, count);
	return -1;
}

void config_member_words(const struct config_member *member, char text[CONFIG_WORDS_SIZE])
{
	struct text list = text_over(text, CONFIG_WORDS_SIZE);

	for (unsigned i = 0; member->word(i); i++) {
		text_add(&list, i == 0 ? NULL : ", ");
		text_add(&list, member->word(i));
	}
}

void config_member_place(const struct config_origin *origin, char text[CONFIG_PLACE_SIZE])
{
	struct text place = text_over(text, CONFIG_PLACE_SIZE);

	if (!origin->json) {
		text_add(&place, origin->option);
		return;
	}
	struct json_place at = json_place(origin->json, origin->value);
	text_add(&place, json_path(origin->json));
	text_add(&place, ":");
	text_add_number(&place, at.line);
	text_add(&place, ":");
	text_add_number(&place, at.column);
}

bool config_member_is_text(const char *text)
{
	const uint8_t *at = (const uint8_t *)text, *end = at + strlen(text);

	while (at < end) {
		size_t sequence = *at < 0x80 ? 1 : emit_utf8_length(at, (size_t)(end - at));

		if (sequence == 0 || *at < ' ' || *at == 0x7f)
			return false;
		at += sequence;
	}
	return true;
}

bool config_member_is_path(const struct config_member *member)
{
	return member->kind == CONFIG_PATH || member->kind == CONFIG_PATHS;
}

void config_member_tidy(char *path)
{
	const bool is_absolute = path[0] == '/';
	const char *from = path;
	char *to = path;

	if (strcmp(path, "-") == 0)
		return;
	while (*from != '\0') {
		size_t length = strcspn(from, "/");
		bool is_part = length != 0 && !(length == 1 && from[0] == '.');

		if (is_part) {
			if (to != path || is_absolute)
				*to++ = '/';
			memmove(to, from, length);
			to += length;
		}
		from += length;
		from += strspn(from, "/");
	}
	if (to == path)
		*to++ = is_absolute ? '/' : '.';
	*to = '\0';
	if (strcmp(path, "-") == 0) /* a file of that name: it was longer before */
		memcpy(path, "./-", sizeof("./-"));
}

/* Values ------------------------------------------------------------------------------------- */

static void *place(const struct config_member *member, struct config *config)
{
	return (char *)config + member->offset;
}

uint64_t config_member_number(const struct config_member *member, const struct config *config)
{
	const void *from = (const char *)config + member->offset;
	uint8_t byte;
	uint32_t word;
	uint64_t whole;

	switch (member->width) {
	case sizeof(byte):
		memcpy(&byte, from, sizeof(byte));
		return byte;
	case sizeof(word):
		memcpy(&word, from, sizeof(word));
		return word;
	default:
		memcpy(&whole, from, sizeof(whole));
		return whole;
	}
}

void config_member_put(const struct config_member *member, struct config *config, uint64_t number)
{
	const uint8_t byte = (uint8_t)number;
	const uint32_t word = (uint32_t)number;

	switch (member->width) {
	case sizeof(byte):
		memcpy(place(member, config), &byte, sizeof(byte));
		break;
	case sizeof(word):
		memcpy(place(member, config), &word, sizeof(word));
		break;
	default:
		memcpy(place(member, config), &number, sizeof(number));
	}
}

const char **config_member_texts(const struct config_member *member, struct config *config)
{
	return place(member, config);
}

size_t *config_member_count(const struct config_member *member, struct config *config)
{
	return (size_t *)((char *)config + member->count_offset);
}

uint16_t *config_member_ports(const struct config_member *member, struct config *config)
{
	return place(member, config);
}

void config_member_reset(const struct config_member *member, struct config *config)
{
	const uint16_t *port = member->standard_ports;
	uint16_t *to = config_member_ports(member, config);

	switch ((enum config_kind)member->kind) {
	case CONFIG_TEXT:
	case CONFIG_PATH:
		*config_member_texts(member, config) = NULL;
		break;
	case CONFIG_TEXTS:
	case CONFIG_PATHS:
		*config_member_count(member, config) = 0;
		*config_member_texts(member, config) = NULL;
		break;
	case CONFIG_PORTS:
		while ((*to++ = *port) != 0)
			port++;
		break;
	default:
		config_member_put(member, config, member->standard);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_texts(const struct config_member *member, struct config *a, struct config *b)
{
	size_t count = *config_member_count(member, a);

	if (*config_member_count(member, b) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same_text(config_member_texts(member, a)[i],
			       config_member_texts(member, b)[i]))
			return false;
	return true;
}

static bool same_ports(const uint16_t *a, const uint16_t *b)
{
	while (*a == *b && *a != 0) {
		a++;
		b++;
	}
	return *a == *b;
}

bool config_member_same(const struct config_member *member, const struct config *a,
			const struct config *b)
{
	struct config left = *a, right = *b; /* the accessors are for writers too */

	switch ((enum config_kind)member->kind) {
	case CONFIG_TEXT:
	case CONFIG_PATH:
		return same_text(*config_member_texts(member, &left),
				 *config_member_texts(member, &right));
	case CONFIG_TEXTS:
	case CONFIG_PATHS:
		return same_texts(member, &left, &right);
	case CONFIG_PORTS:
		return same_ports(config_member_ports(member, &left),
				  config_member_ports(member, &right));
	default:
		return config_member_number(member, a) == config_member_number(member, b);
	}
}
