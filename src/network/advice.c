#include "network/advice.h"

#include <string.h>

#include "base/spelling.h"

static bool is_asked(const struct link *link, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], link->name) == 0)
			return true;
	return false;
}

static void say_missing(const struct links *links, const char *name, bool may_come,
			struct links_advice *advice)
{
	const char *known[LINKS_MAX], *near;
	size_t count = links_count(links);

	for (size_t i = 0; i < count; i++)
		known[i] = links_at(links, i)->name;
	near = spelling_nearest(name, known, count);
	advice->action = may_come ? ADVICE_ATTACH : ADVICE_REFUSE;
	if (may_come)
		fault_set(&advice->text, "there is no interface %s yet: waiting for it", name);
	else if (near)
		fault_set(&advice->text, "there is no interface %s; did you mean %s?", name, near);
	else
		fault_set(&advice->text, "there is no interface %s; ip link lists those there are",
			  name);
}

static void check_one(const struct links *links, const struct link *link, const char *const *names,
		      size_t count, struct links_advice *advice)
{
	const struct link *port = links_port(links, link);
	const struct link *master = link->master ? links_find_index(links, link->master) : NULL;

	if (port != link) {
		bool has_both = is_asked(port, names, count);

		advice->action = has_both ? ADVICE_SKIP : ADVICE_REFUSE;
		fault_set(
			&advice->text,
			"%s is the virtual function of %s: SYNs and broadcasts arrive only there, "
			"and servicing takes the function away; %s %s",
			link->name, port->name,
			has_both ? "both are one port, listening once, on" : "listen on",
			port->name);
	} else if (master && is_asked(master, names, count)) {
		advice->action = ADVICE_REFUSE;
		fault_set(&advice->text,
			  "%s belongs to the %s %s, which is listened on too: its frames would be "
			  "counted twice; listen on one of them",
			  link->name, master->kind[0] ? master->kind : "device", master->name);
	}
}

void advice_check(const struct links *links, const char *const *names, size_t count, bool may_come,
		  struct links_advice *advice)
{
	for (size_t i = 0; i < count; i++) {
		const struct link *link = links_find(links, names[i]);

		advice[i] = (struct links_advice){ .action = ADVICE_ATTACH };
		if (link && is_asked(link, names, i)) {
			advice[i].action = ADVICE_SKIP;
			fault_set(&advice[i].text, "%s is named twice: listening once", names[i]);
		} else if (link) {
			check_one(links, link, names, count, &advice[i]);
		} else {
			say_missing(links, names[i], may_come, &advice[i]);
		}
	}
}

enum advice_vantage advice_vantage(const struct links *links, const char *const *names,
				   size_t count, struct fault *why)
{
	size_t with_address = 0, forwarding = 0;
	const char *bare = NULL;

	for (size_t i = 0; i < links_count(links); i++) {
		const struct link *link = links_at(links, i);
		bool has_address = link->addresses != 0 && !(link->flags & IFF_LOOPBACK);

		with_address += has_address;
		forwarding += has_address && link->forwards;
		if (!bare && link->addresses == 0 && is_asked(link, names, count))
			bare = link->name;
	}
	if (bare) {
		fault_set(why, "%s has no address: what it receives are copies", bare);
		return ADVICE_MIRROR;
	}
	if (forwarding >= 2) {
		fault_set(why, "this host forwards, and %zu interfaces have addresses",
			  with_address);
		return ADVICE_NVA;
	}
	fault_set(why, "this host %s",
		  forwarding ? "forwards, but has one interface with addresses"
			     : "does not forward");
	return ADVICE_HOST;
}
