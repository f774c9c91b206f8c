#include "capture/format.h"

#include <string.h>

#include "base/units.h"

/* libpcap, tcpdump and Wireshark write no larger packets than these. */
#define PACKET_MAX (256 * KIB)
#define BUS_PACKET_MAX (128 * MIB) /* D-Bus messages, USB transfers */

enum {
	LINK_USB_LINUX = 189,
	LINK_USB_LINUX_MMAPPED = 220,
	LINK_DBUS = 231,
	LINK_USBPCAP = 249,
	LINK_EBHSCR = 279,
};

static const struct format *const formats[] = { &format_pcap, &format_pcapng };

const struct format *format_find(const uint8_t *head, size_t size)
{
	if (size > FORMAT_MAGIC_BYTES)
		size = FORMAT_MAGIC_BYTES;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		for (size_t k = 0; k < formats[i]->magic_count; k++) {
			if (memcmp(head, formats[i]->magics[k], size) == 0)
				return formats[i];
		}
	}
	return NULL;
}

enum read_outcome format_short(const struct input *input, enum input_state state,
			       struct fault *damage)
{
	const char *failure = input_failure(input);

	if (state == INPUT_LATER)
		return READ_LATER;
	if (state == INPUT_END)
		return READ_END;
	fault_set(damage, "%s", failure ? failure : "the file ends in the middle of this packet");
	return READ_DAMAGE;
}

uint32_t format_packet_max(uint16_t link)
{
	switch (link) {
	case LINK_USB_LINUX:
	case LINK_USB_LINUX_MMAPPED:
	case LINK_DBUS:
	case LINK_USBPCAP:
	case LINK_EBHSCR:
		return BUS_PACKET_MAX;
	default:
		return PACKET_MAX;
	}
}
