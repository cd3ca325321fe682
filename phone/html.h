/*
 * A page as it is written: a buffer that grows up to a bound, and escapes all that is put into it.
 */
#ifndef PHONE_HTML_H
#define PHONE_HTML_H

#include <stdbool.h>
#include <stddef.h>

/* The largest page, in bytes; what would be longer has failed. */
#define HTML_MOST 262144u

/* Zeroed before the first use. */
struct html {
	char *text; /* NULL while nothing was written; never ends in '\0' */
	size_t length;
	size_t room;
	bool failed; /* without memory, or longer than HTML_MOST; what is written then is left out
		      */
};

/*
 * Writes `format` as it stands. In it %s is a text that is escaped (& < > " ' by references,
 * control characters but tab and line feed as '?'; NULL is ""), so that it may stand between
 * elements and in quoted attributes; %u is an unsigned; %% a percent sign. There is nothing else.
 */
void html_write(struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees the text; the html may be used again. */
void html_clear(struct html *html);

#endif
