/*
 * From what was asked for to the URL that is fetched: stored download defaults, and the phone's
 * MAC.
 */
#ifndef FETCH_DEFAULTS_H
#define FETCH_DEFAULTS_H

#include "fetch/url.h"

/* How a file is downloaded; FTP is the default (Unify's "Download method"). */
enum fetch_method {
	FETCH_METHOD_FTP = 0,
	FETCH_METHOD_FTPS,
	FETCH_METHOD_HTTP,
	FETCH_METHOD_HTTPS,
	FETCH_METHODS,
};

/* Stored download defaults. Texts are NULL or "" where nothing is stored. */
struct fetch_defaults {
	enum fetch_method method;
	const char *server;  /* a name or an address; an IPv6 address with or without brackets */
	uint16_t port;       /* 0: the method's own */
	const char *account; /* FTP's ACCT */
	const char *user;
	const char *password;
	const char *path; /* folder on the server; from its root on where it begins with '/' */
	/* With it, server, port and path do not count; its scheme is the method's. For HTTP and
	 * HTTPS alone. */
	const char *base_url;
};

/* A method's name, as in "https"; it is the scheme, too. */
const char *fetch_method_name(enum fetch_method method);

/* Reads a method's name, in any case. Returns false if it is none. */
bool fetch_method_parse(const char *name, enum fetch_method *method);

/*
 * The URL of the file `name` by the defaults, into `url`, and who asks for it into `access`. A name
 * that is a complete URL (it holds "://") stands for itself, and is asked for by nobody. Characters
 * that a path segment must not hold are percent-encoded (RFC 3986, section 3.3). Returns whether
 * there is one; else *why is UXM_USAGE and names what is missing or wrong: the server, a base URL
 * of another scheme or with a query, a name with '/' or that is empty, "." or "..", a text that is
 * too long or holds a control character; or UXM_INTERNAL (no memory). Outputs are set only with
 * true.
 */
bool fetch_defaults_url(const struct fetch_defaults *defaults, const char *name,
			char url[FETCH_URL_TEXT], struct fetch_access *access,
			struct uxm_failure *why);

/* Room for a MAC as it is put into URLs: twelve lower-case hexadecimal digits and a zero. */
#define FETCH_MAC_TEXT 13

/* Reads a MAC: six pairs of hexadecimal digits, with ':', '-', '.' or nothing between them. Returns
 * false if it is none. */
bool fetch_mac_parse(const char *text, char mac[FETCH_MAC_TEXT]);

/*
 * Puts `mac` (fetch_mac_parse; "" where it is not known) in the place of every "{mac}" of `url`,
 * in any case of its letters. Returns whether it did, also where there was nothing to replace; else
 * *why is UXM_USAGE: the MAC is not known, or the URL becomes too long.
 */
bool fetch_mac_put(const char *url, const char *mac, char filled[FETCH_URL_TEXT],
		   struct uxm_failure *why);

#endif
