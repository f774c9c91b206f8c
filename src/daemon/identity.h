/* identity.h - who the daemon becomes: a user and group that own nothing, without capabilities. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/fault.h"

struct identity {
	uid_t uid;
	gid_t gid;
	bool is_kept; /* stays who it is: not root, or told so */
};

/* Looks names up, while /etc can be read. Without root, or with no user ("" or NULL), who we are is kept; an
 * unknown name is -EINVAL with what to do in fault. */
int identity_find(struct identity *identity, const char *user, const char *group,
		  struct fault *fault);

/* Becomes it, for good: user, groups, every capability, the bounding set where that may be.
 * Kernels before 5.19 may refuse to touch BPF maps without CAP_BPF, which is then all that is kept
 * (*keeps_bpf). Needs one thread. 0 or -errno with fault. */
int identity_enter(const struct identity *identity, bool *keeps_bpf, struct fault *fault);

/* Whether we have it now. Without CAP_SETPCAP the bounding set stays: no_new_privs keeps us from its use. */
bool identity_has(unsigned capability);
