/* Pages, escaped. */
#include "phone/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a page takes at first; most pages are not longer. */
#define ROOM_FIRST 8192u

static bool make_room(struct html *html, size_t more)
{
	size_t room = html->room > 0 ? html->room : ROOM_FIRST;
	char *text;

	if (html->failed || more > HTML_MOST - html->length) {
		html->failed = true;
		return false;
	}
	while (room < html->length + more)
		room *= 2;
	if (room == html->room)
		return true;
	text = realloc(html->text, room);
	if (text == NULL) {
		html->failed = true;
		return false;
	}
	html->text = text;
	html->room = room;
	return true;
}

static void put(struct html *html, const char *text, size_t length)
{
	if (length == 0 || !make_room(html, length))
		return;
	memcpy(html->text + html->length, text, length);
	html->length += length;
}

static void put_escaped(struct html *html, const char *text)
{
	static const char odd[] = "&<>\"'";
	static const char *const references[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	const char *from = text;

	for (; *text != '\0'; text++) {
		const char *at = strchr(odd, *text);
		bool control = ((unsigned char)*text < 0x20 && *text != '\t' && *text != '\n') ||
			       *text == 0x7F;

		if (at == NULL && !control)
			continue;
		put(html, from, (size_t)(text - from));
		if (control)
			put(html, "?", 1);
		else
			put(html, references[at - odd], strlen(references[at - odd]));
		from = text + 1;
	}
	put(html, from, (size_t)(text - from));
}

void html_write(struct html *html, const char *format, ...)
{
	char digits[16];
	const char *text;
	va_list values;

	va_start(values, format);
	while (*format != '\0') {
		size_t plain = strcspn(format, "%");

		put(html, format, plain);
		format += plain;
		if (*format == '\0')
			break;
		switch (format[1]) {
		case 's':
			text = va_arg(values, const char *);
			put_escaped(html, text != NULL ? text : "");
			break;
		case 'u':
			snprintf(digits, sizeof(digits), "%u", va_arg(values, unsigned));
			put(html, digits, strlen(digits));
			break;
		case '%':
			put(html, "%", 1);
			break;
		default:
			/* Which arguments follow is not known any more. */
			html->failed = true;
			va_end(values);
			return;
		}
		format += 2;
	}
	va_end(values);
}

void html_clear(struct html *html)
{
	free(html->text);
	memset(html, 0, sizeof(*html));
}
