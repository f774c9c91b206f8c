#include "run/interfaces.h"

#include <errno.h>
#include <stdlib.h>

#include "network/offloads.h"

struct interfaces {
	struct links *links;
	const char *name[LIVE_INTERFACES_MAX];
	size_t count;
	bool was_told; /* the follower, of what there was at first */
};

static void note(const struct interfaces_say *say, const char *sentence)
{
	if (say && say->note && sentence[0] != '\0')
		say->note(say->context, sentence);
}

static int choose(struct interfaces *made, const struct interfaces_options *options,
		  const struct interfaces_say *say, struct fault *fault)
{
	struct links_advice advice[LIVE_INTERFACES_MAX];

	advice_check(made->links, options->names, options->count, options->may_come, advice);
	for (size_t i = 0; i < options->count; i++) {
		if (advice[i].action == ADVICE_REFUSE) {
			fault_set(fault, "%s", advice[i].text.text);
			return -EINVAL;
		}
		note(say, advice[i].text.text);
		if (advice[i].action == ADVICE_ATTACH)
			made->name[made->count++] = options->names[i];
	}
	return 0;
}

static void advise(const struct interfaces *interfaces, const struct interfaces_say *say)
{
	struct offloads offloads;
	struct fault text;

	for (size_t i = 0; i < interfaces->count; i++)
		if (offloads_read(&offloads, interfaces->name[i]) == 0 &&
		    offloads_advise(&offloads, interfaces->name[i],
				    links_forward(interfaces->links), &text))
			note(say, text.text);
}

enum vantage interfaces_vantage(const struct interfaces *interfaces, struct fault *why)
{
	static const enum vantage vantage[] = { [ADVICE_HOST] = VANTAGE_HOST,
						[ADVICE_NVA] = VANTAGE_NVA,
						[ADVICE_MIRROR] = VANTAGE_MIRROR };

	return vantage[advice_vantage(interfaces->links, interfaces->name, interfaces->count, why)];
}

int interfaces_open(struct interfaces **interfaces, const struct interfaces_options *options,
		    const struct interfaces_say *say, struct fault *fault)
{
	struct interfaces *made = calloc(1, sizeof(*made));
	int error = made ? links_open(&made->links, fault) : -ENOMEM;

	*interfaces = NULL;
	error = error ? error : choose(made, options, say, fault);
	if (error) {
		interfaces_close(made);
		return error;
	}
	advise(made, say);
	*interfaces = made;
	return 0;
}

void interfaces_close(struct interfaces *interfaces)
{
	if (!interfaces)
		return;
	links_close(interfaces->links);
	free(interfaces);
}

const char *const *interfaces_names(const struct interfaces *interfaces, size_t *count)
{
	*count = interfaces->count;
	return interfaces->name;
}

int interfaces_fd(const struct interfaces *interfaces)
{
	return links_fd(interfaces->links);
}

struct turn {
	const struct interfaces *interfaces;
	const struct interfaces_follower *follower;
};

/* At each change, not after all: one that goes and comes back in the meantime was gone. */
static void tell_all(void *context, enum link_change change, const struct link *link,
		     const struct link *before)
{
	const struct turn *turn = context;

	(void)change, (void)link, (void)before;
	for (size_t i = 0; i < turn->interfaces->count; i++) {
		const struct link *now =
			links_find(turn->interfaces->links, turn->interfaces->name[i]);

		turn->follower->link(turn->follower->context, turn->interfaces->name[i],
				     now ? now->index : 0, now && now->is_up);
	}
}

void interfaces_turn(struct interfaces *interfaces, const struct interfaces_follower *follower)
{
	struct turn turn = { interfaces, follower };
	const struct links_watcher watcher = { tell_all, &turn };

	if (!interfaces->was_told)
		tell_all(&turn, LINK_CAME, NULL, NULL);
	interfaces->was_told = true;
	links_turn(interfaces->links, &watcher);
}
