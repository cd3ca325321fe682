/*
 * URLs: which ones are fetched, what of them may be shown, and where a redirect leads.
 */
#ifndef FETCH_URL_H
#define FETCH_URL_H

#include "fetch/transfer.h"
#include "uxm/result.h"

/* Room for a URL as it is shown, and for a scheme's name; longer ones are cut. */
#define FETCH_SHOWN_TEXT  320
#define FETCH_SCHEME_TEXT 16

/*
 * Writes what may be shown of `url` into `shown` and returns that: without user, password, query
 * and fragment, in which secrets travel; a query shows as "?...". Of what is no URL nothing before
 * its last '@' is shown.
 */
const char *fetch_url_shown(const char *url, char shown[FETCH_SHOWN_TEXT]);

/* The same for what may be a file's path: one without '@' and "://" is shown as it is. A URL that
 * was mistyped looks like a path. */
const char *fetch_location_shown(const char *location, char shown[FETCH_SHOWN_TEXT]);

/*
 * Returns whether `url` is an absolute http, https, ftp or ftps URL with a host, shorter than
 * FETCH_URL_TEXT, without control characters (percent-encoded ones either) where a protocol would
 * take them for its own: in user and password, and in a path of FTP. Else *why is set: UXM_USAGE,
 * or UXM_INTERNAL when there was no memory.
 */
bool fetch_url_check(const char *url, struct uxm_failure *why);

/* Whether the scheme of `url` (checked by fetch_url_check) is ftp or ftps; `secure`, if not NULL,
 * is set to whether it is ftps or https. Without memory both are false. */
bool fetch_url_is_ftp(const char *url, bool *secure);

/*
 * Writes the URL of the file beside the one that `url` (checked by fetch_url_check) names: its path
 * has `suffix` (at most 15 characters) behind it, all else stays; and the path of `url`
 * itself, its percent-encoding undone, into `path`. Returns whether it did; else *why is UXM_USAGE
 * (the new one is too long, or the path's encoding is wrong) or UXM_INTERNAL (no memory). Both are
 * set only with true.
 */
bool fetch_url_beside(const char *url, const char *suffix, char beside[FETCH_URL_TEXT],
		      char path[FETCH_URL_TEXT], struct uxm_failure *why);

/* Whether scheme, host and port of two URLs are the same, each port by its scheme where it is not
 * given. False as well for what is no URL, and without memory. */
bool fetch_url_same_server(const char *a, const char *b);

/* Where a redirect leads. */
enum fetch_hop {
	FETCH_HOP_OK = 0,
	FETCH_HOP_BAD,      /* `location` is no URL */
	FETCH_HOP_SCHEME,   /* it is neither http nor https */
	FETCH_HOP_INSECURE, /* from https to http */
	FETCH_HOP_NO_MEMORY,
};

/*
 * Resolves a Location against the URL that was asked for (RFC 9110, section 10.2.2). `next` is set
 * with FETCH_HOP_OK only; user and password of `url` stay in it as long as scheme, host and port
 * do. `scheme`, in lower case, is set with FETCH_HOP_SCHEME only.
 */
enum fetch_hop fetch_url_follow(const char *url, const char *location, char next[FETCH_URL_TEXT],
				char scheme[FETCH_SCHEME_TEXT]);

#endif
