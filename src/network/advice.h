/* advice.h - what a person should know before pewit listens on these interfaces. */
#pragma once

#include "network/links.h"

enum advice_action {
	ADVICE_ATTACH,
	ADVICE_SKIP,   /* the same port is listened on already */
	ADVICE_REFUSE, /* counts would be wrong */
};

struct links_advice {
	enum advice_action action;
	struct fault text; /* "": nothing to say */
};

/* One row of `advice` for each of `count` names. Names that are not there: with `may_come` they are attached
 * when they come, otherwise refused, and the text says what there is. */
void advice_check(const struct links *links, const char *const *names, size_t count, bool may_come,
		  struct links_advice *advice);

enum advice_vantage {
	ADVICE_HOST,   /* a host that has the addresses itself */
	ADVICE_NVA,    /* forwards between ports */
	ADVICE_MIRROR, /* a port without an address: it is sent copies */
};

/* What these interfaces look like, and why in one sentence. */
enum advice_vantage advice_vantage(const struct links *links, const char *const *names,
				   size_t count, struct fault *why);
