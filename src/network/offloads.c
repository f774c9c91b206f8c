#include "network/offloads.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(int fd, const char *name, void *question)
{
	struct ifreq request = { .ifr_data = question };
	size_t length = strlen(name);

	if (length >= sizeof(request.ifr_name))
		return -ENODEV;
	memcpy(request.ifr_name, name, length);
	return ioctl(fd, SIOCETHTOOL, &request) == 0 ? 0 : -errno;
}

int offloads_read(struct offloads *offloads, const char *name)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_GGRO }, flags = { .cmd = ETHTOOL_GFLAGS };
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error;

	*offloads = (struct offloads){ .gro = false };
	if (fd < 0)
		return -errno;
	error = ask(fd, name, &gro);
	offloads->gro = !error && gro.data != 0;
	if (ask(fd, name, &flags) == 0)
		offloads->lro = (flags.data & ETH_FLAG_LRO) != 0;
	if (ask(fd, name, &driver) == 0)
		memcpy(offloads->driver, driver.driver, sizeof(offloads->driver) - 1);
	close(fd);
	return error;
}

bool offloads_advise(const struct offloads *offloads, const char *name, bool forwards,
		     struct fault *advice)
{
	if (!offloads->gro && !offloads->lro)
		return false;
	fault_set(
		advice,
		"%s merges frames before pewit sees them: packets are fewer and larger than on the "
		"wire, bytes of headers are missing%s; ethtool -K %s%s%s",
		name,
		offloads->lro && forwards ? ", and a host that forwards must not have lro on" : "",
		name, offloads->gro ? " gro off" : "", offloads->lro ? " lro off" : "");
	return true;
}
