/* Texts that come from outside. */
#include "phone/text.h"

#include <stdio.h>
#include <string.h>

/* What stands for a query. */
#define QUERY_SHOWN "?..."
/* What stands for what cannot be told from a password. */
#define HIDDEN      "..."
#define URL_MOST    8192

/* Bytes of the UTF-8 character that begins here (RFC 3629, section 4), 0 if there is none. The
 * final zero is no continuation, so nothing behind it is read. */
static size_t character(const unsigned char *at)
{
	size_t length = at[0] < 0x80   ? 1
			: at[0] < 0xC2 ? 0
			: at[0] < 0xE0 ? 2
			: at[0] < 0xF0 ? 3
			: at[0] < 0xF5 ? 4
				       : 0;

	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xC0) != 0x80)
			return 0;
	}
	if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F) ||
	    (at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F))
		return 0;
	return length;
}

static bool is_control(const unsigned char *at)
{
	return at[0] < ' ' || at[0] == 0x7F || (at[0] == 0xC2 && at[1] < 0xA0);
}

bool text_is_clean(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at != '\0') {
		size_t length = character(at);

		if (length == 0 || is_control(at))
			return false;
		at += length;
	}
	return true;
}

char *text_take(char *to, size_t room, const char *from)
{
	const unsigned char *at = (const unsigned char *)(from != NULL ? from : "");
	size_t used = 0;

	while (*at != '\0') {
		size_t length = character(at);
		bool keep = length > 0 && !is_control(at);
		size_t written = keep ? length : 1;

		if (used + written >= room)
			break;
		if (keep)
			memcpy(to + used, at, length);
		else
			to[used] = '?';
		used += written;
		at += length > 0 ? length : 1;
	}
	to[used] = '\0';
	return to;
}

/* Whether so many bytes are a host, with or without a port, and not a part of "user:password". */
static bool is_host(const char *text, size_t length)
{
	const char *bracket = length > 0 && text[0] == '[' ? memchr(text, ']', length) : NULL;
	size_t i = bracket != NULL ? (size_t)(bracket - text) + 1 : 0;

	while (i < length && text[i] != ':')
		i++;
	for (i++; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

/* The last '@' of so many bytes, or NULL. */
static const char *last_at(const char *text, size_t length)
{
	const char *at = NULL;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '@')
			at = text + i;
	}
	return at;
}

char *text_url_shown(const char *url, char *shown, size_t room)
{
	const char *scheme = strstr(url, "://");
	size_t before = 0;
	const char *host = url;
	const char *at;
	char whole[URL_MOST];
	size_t head;

	/* A "://" in a query is none of a URL. */
	if (scheme != NULL && scheme < url + strcspn(url, "?#"))
		before = (size_t)(scheme - url) + 3;
	host = url + before;
	at = last_at(host, before > 0 ? strcspn(host, "/?#") : strlen(host));
	if (at != NULL)
		host = at + 1;
	if (before > 0 && !is_host(host, strcspn(host, "/?#")))
		host = "";
	snprintf(whole, sizeof(whole), "%.*s%s%s", (int)before, url,
		 (host[0] == '\0' && url[0] != '\0') || (before == 0 && at != NULL) ? HIDDEN : "",
		 host);
	head = strcspn(whole, "?#");
	if (whole[head] == '?' && head + strlen(QUERY_SHOWN) < sizeof(whole))
		memcpy(whole + head, QUERY_SHOWN, strlen(QUERY_SHOWN) + 1);
	else
		whole[head] = '\0';
	return text_take(shown, room, whole);
}
