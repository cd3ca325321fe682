/*
 * The phone's MAC in URLs: each phone asks one server for a file of its own.
 */
#ifndef FETCH_MAC_H
#define FETCH_MAC_H

#include "fetch/url.h"

/* What the MAC is put in the place of, in any case of its letters. */
#define FETCH_MAC_PLACE "{mac}"

/* Whether `text` begins with it. */
bool fetch_is_mac_place(const char *text);

/* Room for a MAC as it is put into URLs: twelve lower-case hexadecimal digits and a zero. */
#define FETCH_MAC_TEXT 13

/* Reads a MAC: six pairs of hexadecimal digits, with ':' or '-' or '.' between all of them, or
 * nothing. Returns false if it is none. */
bool fetch_mac_parse(const char *text, char mac[FETCH_MAC_TEXT]);

/*
 * Puts `mac` (fetch_mac_parse; "" where it is not known) in the place of every "{mac}" of `url`,
 * in any case of its letters. Returns whether it did, also where there was nothing to replace; else
 * *why is UXM_USAGE: the MAC is not known, or the URL becomes too long.
 */
bool fetch_mac_put(const char *url, const char *mac, char filled[FETCH_URL_TEXT],
		   struct uxm_failure *why);

#endif
