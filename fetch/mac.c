/* The phone's MAC into URLs. */
#include "fetch/mac.h"

#include <string.h>

#define DIGITS (FETCH_MAC_TEXT - 1)

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool fetch_mac_parse(const char *text, char mac[FETCH_MAC_TEXT])
{
	char separator = text[0] != '\0' && text[1] != '\0' && strchr(":-.", text[2]) != NULL
				 ? text[2]
				 : '\0';
	char digits[FETCH_MAC_TEXT] = "";
	size_t count = 0;

	while (count < DIGITS) {
		if (!is_hex(*text))
			return false;
		digits[count++] = *text >= 'A' && *text <= 'F' ? (char)(*text - 'A' + 'a') : *text;
		text++;
		if (separator != '\0' && count % 2 == 0 && count < DIGITS && *text++ != separator)
			return false;
	}
	if (*text != '\0')
		return false;
	memcpy(mac, digits, sizeof(digits));
	return true;
}

bool fetch_mac_put(const char *url, const char *mac, char filled[FETCH_URL_TEXT],
		   struct uxm_failure *why)
{
	char shown[FETCH_SHOWN_TEXT];

	if (mac[0] == '\0' && strcasestr(url, UXM_MAC_PLACE) != NULL) {
		uxm_fail(why, UXM_USAGE,
			 "%s holds " UXM_MAC_PLACE ", but the phone's MAC is not known; "
			 "give it: --mac for uxm, mac in /etc/uxm/uxmd.conf for uxmd.",
			 fetch_url_shown(url, shown));
		return false;
	}
	if (uxm_mac_put(url, mac, filled, FETCH_URL_TEXT))
		return true;
	uxm_fail(why, UXM_USAGE, "The URL is longer than %d characters.", FETCH_URL_TEXT - 1);
	return false;
}
