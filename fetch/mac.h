/*
 * The phone's MAC in URLs that are fetched.
 */
#ifndef FETCH_MAC_H
#define FETCH_MAC_H

#include "fetch/url.h"
#include "uxm/mac.h"

/* Room for a MAC as it is put into URLs: twelve lower-case hexadecimal digits and a zero. */
#define FETCH_MAC_TEXT 13

/* Reads a MAC: six pairs of hexadecimal digits, with ':' or '-' or '.' between all of them, or
 * nothing. Returns false if it is none. */
bool fetch_mac_parse(const char *text, char mac[FETCH_MAC_TEXT]);

/*
 * Puts `mac` (fetch_mac_parse; "" where it is not known) into `url`, as uxm_mac_put does. Returns
 * whether it did, also where there was nothing to replace; else *why is UXM_USAGE: the MAC is not
 * known, or the URL becomes too long.
 */
bool fetch_mac_put(const char *url, const char *mac, char filled[FETCH_URL_TEXT],
		   struct uxm_failure *why);

#endif
