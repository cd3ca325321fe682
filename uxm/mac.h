/*
 * Where the phone's MAC is put: each phone asks one server for a file of its own.
 */
#ifndef UXM_MAC_H
#define UXM_MAC_H

#include <stdbool.h>
#include <stddef.h>

/* What the MAC is put in the place of, in any case of its letters. */
#define UXM_MAC_PLACE "{mac}"

/* Whether `text` begins with it. */
bool uxm_is_mac_place(const char *text);

/*
 * Puts `mac` in the place of every "{mac}" of `text`, in any case of its letters, into the `room`
 * bytes of `filled`, which is none of the two. Returns whether there was room; else nothing is set.
 */
bool uxm_mac_put(const char *text, const char *mac, char *filled, size_t room);

#endif
