/*
 * What a module's display shows. The model offers the text; whoever drives it decides how often to
 * look.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tools/module/model.h"

enum device_screen device_screen(const struct device *device, char text[DEVICE_SCREEN_TEXT])
{
	char version[UXM_VERSION_TEXT];

	switch (device->state) {
	case UXM_WIRE_RECEIVING:
		snprintf(text, DEVICE_SCREEN_TEXT, "Receiving %" PRIu64 " of %" PRIu64 " bytes",
			 device->accepted, device->size);
		return DEVICE_SCREEN_RECEIVING;
	case UXM_WIRE_VERIFYING:
		snprintf(text, DEVICE_SCREEN_TEXT, "Update in progress: verify %u %%",
			 device->verify_percent);
		return DEVICE_SCREEN_VERIFY;
	case UXM_WIRE_INSTALLING:
		snprintf(text, DEVICE_SCREEN_TEXT, "Update in progress: install %u %%",
			 device->install_percent);
		return DEVICE_SCREEN_INSTALL;
	case UXM_WIRE_DONE:
		snprintf(text, DEVICE_SCREEN_TEXT, "Update successful, rebooting...");
		return DEVICE_SCREEN_SUCCESS;
	case UXM_WIRE_FAILED:
		snprintf(text, DEVICE_SCREEN_TEXT, "Update failed: %s",
			 uxm_wire_reason_name(device->failure));
		return DEVICE_SCREEN_FAILED;
	default:
		snprintf(text, DEVICE_SCREEN_TEXT, "%s %s  [F1] [F2] [F3] [F4] [F5] [F6]",
			 device->options.model, uxm_version_text(&device->record.running, version));
		return DEVICE_SCREEN_NORMAL;
	}
}
