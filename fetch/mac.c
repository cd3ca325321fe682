/* The phone's MAC into URLs. */
#include "fetch/mac.h"

#include <string.h>
#include <strings.h>

#define DIGITS (FETCH_MAC_TEXT - 1)

bool fetch_is_mac_place(const char *text)
{
	return strncasecmp(text, FETCH_MAC_PLACE, sizeof(FETCH_MAC_PLACE) - 1) == 0;
}

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
	char text[FETCH_URL_TEXT];
	size_t length = 0;

	for (const char *at = url; *at != '\0';) {
		bool place = fetch_is_mac_place(at);
		const char *from = place ? mac : at;
		size_t more = place ? strlen(mac) : 1;

		if (more == 0) {
			uxm_fail(why, UXM_USAGE,
				 "%s holds " FETCH_MAC_PLACE ", but the phone's MAC is not known; "
				 "give it: --mac for uxm, mac in /etc/uxm/uxmd.conf for uxmd.",
				 fetch_url_shown(url, shown));
			return false;
		}
		if (more >= sizeof(text) - length) {
			uxm_fail(why, UXM_USAGE, "The URL is longer than %d characters.",
				 FETCH_URL_TEXT - 1);
			return false;
		}
		memcpy(text + length, from, more);
		length += more;
		at += place ? sizeof(FETCH_MAC_PLACE) - 1 : 1;
	}
	text[length] = '\0';
	memcpy(filled, text, length + 1);
	return true;
}
