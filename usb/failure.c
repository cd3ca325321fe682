/* Failures of the bus in sentences. */
#include "usb/failure.h"

static void not_permitted(const struct uxm_candidate *candidate, struct uxm_failure *why)
{
	uxm_fail(why, UXM_NOT_PERMITTED,
		 "No permission to open /dev/bus/usb/%03u/%03u, the module at %s: copy %s to "
		 "/etc/udev/rules.d, run `udevadm control --reload` and `udevadm trigger "
		 "--subsystem-match=usb`, and be a member of the group plugdev; or run this as "
		 "root.",
		 candidate->bus, candidate->address, candidate->port_path, USB_RULE);
}

enum uxm_io usb_failure(const struct uxm_candidate *candidate, const char *what,
			enum bus_status status, struct uxm_failure *why)
{
	const char *path = candidate->port_path;
	const char *end = "failed on the bus";

	switch (status) {
	case BUS_STALL:
		uxm_fail(why, UXM_TRANSFER_FAILED, "The module at %s refused %s (stall).", path,
			 what);
		return UXM_IO_STALL;
	case BUS_GONE:
		uxm_fail(why, UXM_TRANSFER_FAILED, "The module at %s has left the bus.", path);
		return UXM_IO_GONE;
	case BUS_BUSY:
		uxm_fail(why, UXM_BUSY, "The module at %s is in use by another program.", path);
		return UXM_IO_FAILED;
	case BUS_DENIED:
		not_permitted(candidate, why);
		return UXM_IO_FAILED;
	case BUS_NO_MEMORY:
		uxm_fail(why, UXM_TRANSFER_FAILED,
			 "The module at %s: no memory for %s; what all USB transfers together may "
			 "use is set by /sys/module/usbcore/parameters/usbfs_memory_mb.",
			 path, what);
		return UXM_IO_FAILED;
	case BUS_TIME:
		end = "was not answered in time";
		break;
	case BUS_OVERFLOW:
		end = "brought more than was asked for";
		break;
	case BUS_CANCELLED:
		end = "was cancelled";
		break;
	case BUS_SHORT:
		end = "moved only a part of its bytes";
		break;
	case BUS_OK:
	case BUS_ERROR:
		break;
	}
	uxm_fail(why, UXM_TRANSFER_FAILED, "The module at %s: %s %s.", path, what, end);
	return UXM_IO_BROKEN;
}

enum uxm_io usb_failure_at_once(const struct uxm_candidate *candidate, const char *what,
				enum bus_status status, struct uxm_failure *why)
{
	return usb_failure(candidate, what, status, why) == UXM_IO_GONE ? UXM_IO_GONE
									: UXM_IO_FAILED;
}

enum uxm_io usb_misuse(const char *sentence, struct uxm_failure *why)
{
	uxm_fail(why, UXM_INTERNAL, "%s", sentence);
	return UXM_IO_FAILED;
}
