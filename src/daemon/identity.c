#include "daemon/identity.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/bpf.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CAP_BPF
#define CAP_BPF 39
#endif

static bool is_named(const char *name)
{
	return name && name[0] != '\0';
}

int identity_find(struct identity *identity, const char *user, const char *group,
		  struct fault *fault)
{
	const struct passwd *account;
	const struct group *entry;

	*identity = (struct identity){ .uid = geteuid(), .gid = getegid(), .is_kept = true };
	if (geteuid() != 0 || !is_named(user))
		return 0;
	account = getpwnam(user);
	if (!account) {
		fault_set(fault,
			  "there is no user \"%s\" to become; make it with useradd --system %s, or "
			  "name another with --user (nobody will do, if nothing else runs as it)",
			  user, user);
		return -EINVAL;
	}
	*identity = (struct identity){ .uid = account->pw_uid, .gid = account->pw_gid };
	if (identity->uid == 0) {
		fault_set(fault, "user \"%s\" is root, who cannot be without power; name another",
			  user);
		return -EINVAL;
	}
	if (!is_named(group))
		return 0;
	entry = getgrnam(group);
	if (!entry) {
		fault_set(fault, "there is no group \"%s\" to become; groupadd --system makes it",
			  group);
		return -EINVAL;
	}
	identity->gid = entry->gr_gid;
	return 0;
}

/* Whether the kernel lets a process without CAP_BPF read a map that it has open -------------- */

static long bpf_call(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int make_map(void)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_type = BPF_MAP_TYPE_ARRAY;
	attributes.key_size = 4;
	attributes.value_size = 8;
	attributes.max_entries = 1;
	return (int)bpf_call(BPF_MAP_CREATE, &attributes);
}

static bool may_read(int map)
{
	union bpf_attr attributes;
	unsigned key = 0;
	unsigned long long value;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_fd = (unsigned)map;
	attributes.key = (unsigned long)&key;
	attributes.value = (unsigned long)&value;
	return bpf_call(BPF_MAP_LOOKUP_ELEM, &attributes) == 0;
}

bool identity_has(unsigned capability)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, capability) == 1;
}

/* Capabilities -------------------------------------------------------------------------------- */

enum bpf_power { BPF_NONE, BPF_HELD, BPF_IN_USE };

static void choose(enum bpf_power bpf)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (bpf != BPF_NONE)
		capng_update(CAPNG_ADD, CAPNG_PERMITTED, CAP_BPF);
	if (bpf == BPF_IN_USE)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, CAP_BPF);
}

static int apply(enum bpf_power bpf)
{
	choose(bpf);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

static int become(const struct identity *identity, enum bpf_power bpf)
{
	bool bounds = identity_has(CAP_SETPCAP);
	int flags = CAPNG_DROP_SUPP_GRP | (bounds ? CAPNG_CLEAR_BOUNDING : 0);

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	choose(bpf);
	if (!identity->is_kept)
		return capng_change_id((int)identity->uid, (int)identity->gid, flags) == 0 ? 0
											   : -EPERM;
	return capng_apply(bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

int identity_enter(const struct identity *identity, bool *keeps_bpf, struct fault *fault)
{
	int map = make_map();
	/* No map could be made: there is none to be read. */
	enum bpf_power bpf = map >= 0 && geteuid() == 0 ? BPF_HELD : BPF_NONE;
	int error = become(identity, bpf);

	*keeps_bpf = false;
	if (!error && bpf == BPF_HELD) {
		*keeps_bpf = !may_read(map);
		error = apply(*keeps_bpf ? BPF_IN_USE : BPF_NONE);
	}
	if (map >= 0)
		close(map);
	if (error)
		fault_set(fault, "cannot give up privileges (user %u, group %u): %s",
			  (unsigned)identity->uid, (unsigned)identity->gid, strerror(-error));
	return error;
}
