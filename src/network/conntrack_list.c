#include "network/conntrack_list.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

int conntrack_list_ask(int fd)
{
	const struct {
		struct nlmsghdr header;
		struct nfgenmsg family;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.family = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 },
	};

	/* write(), not send(): the monitor's filter has it already. */
	return write(fd, &request, sizeof(request)) < 0 ? -errno : 0;
}
