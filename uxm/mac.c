/* The phone's MAC into texts. */
#include "uxm/mac.h"

#include <string.h>
#include <strings.h>

#define PLACE (sizeof(UXM_MAC_PLACE) - 1)

bool uxm_is_mac_place(const char *text)
{
	return strncasecmp(text, UXM_MAC_PLACE, PLACE) == 0;
}

static size_t filled_length(const char *text, size_t mac)
{
	size_t length = 0;

	while (*text != '\0') {
		bool place = uxm_is_mac_place(text);

		length += place ? mac : 1;
		text += place ? PLACE : 1;
	}
	return length;
}

bool uxm_mac_put(const char *text, const char *mac, char *filled, size_t room)
{
	size_t length = strlen(mac);

	if (filled_length(text, length) >= room)
		return false;
	while (*text != '\0') {
		if (uxm_is_mac_place(text)) {
			memcpy(filled, mac, length);
			filled += length;
			text += PLACE;
		} else {
			*filled++ = *text++;
		}
	}
	*filled = '\0';
	return true;
}
