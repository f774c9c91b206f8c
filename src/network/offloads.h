/* offloads.h - settings of a network device that make a capture differ from the wire: ethtool(8). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct offloads {
	bool gro, lro; /* frames are merged before anyone sees them */
	char driver[32];
};

/* 0, or -errno: the device has no such settings, or is gone. */
int offloads_read(struct offloads *offloads, const char *name);

/* Names what breaks the counts, and the command that fixes it. False: nothing does. Not named, because
 * capture copes: VLAN tags taken off by the card (they come beside the frame), and frames that leave merged
 * (TSO, GSO), which a capture of what arrives does not see. */
bool offloads_advise(const struct offloads *offloads, const char *name, bool forwards,
		     struct fault *advice);
