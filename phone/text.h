/*
 * Texts that come from outside: what they may hold, and how they are cut and shown.
 */
#ifndef PHONE_TEXT_H
#define PHONE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text is UTF-8 (RFC 3629, section 4) without control characters: none of C0, DEL or
 * C1 (U+0080 to U+009F). */
bool text_is_clean(const char *text);

/*
 * Copies `from` into the `room` bytes of `to` (at least one), cut between characters where it is
 * longer; what text_is_clean refuses becomes '?'. `from` may be NULL, which is "". Returns `to`.
 */
char *text_take(char *to, size_t room, const char *from);

/*
 * A URL as it may be shown and logged, into `shown`: without user, password and fragment, and with
 * "?..." for its query. Where a host ought to be and something else is, which may be half of a
 * password, all of it is "..."; what is no URL (holds no "://") loses all up to its last '@'.
 * Nothing is nothing. Returns `shown`.
 */
char *text_url_shown(const char *url, char *shown, size_t room);

#endif
