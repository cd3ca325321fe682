/*
 * A date as HTTP writes it.
 */
#ifndef FETCH_DATE_H
#define FETCH_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the `length` characters of an IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110,
 * section 5.6.7), without asking whether the day of the week is right. Returns whether it is one
 * from 1601 on; *seconds, counted from the beginning of 1970 without leap seconds, is set only
 * then. The two obsolete forms are not read: no server that is maintained sends them.
 */
bool fetch_date_read(const char *text, size_t length, int64_t *seconds);

#endif
