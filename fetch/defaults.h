/*
 * From a bare file name to the URL that is fetched, by stored download defaults.
 */
#ifndef FETCH_DEFAULTS_H
#define FETCH_DEFAULTS_H

#include "fetch/mac.h"
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
	const char *account; /* FTP's ACCT, for FTP and FTPS alone */
	const char *user;
	const char *password;
	const char *path; /* folder on the server; from its root on where it begins with '/' */
	/* The folder's URL, for HTTP and HTTPS alone (the others do not look at it). With it,
	 * server, port and path do not count; its scheme is the method's. A user and a password in
	 * it stand in for those that are not stored. */
	const char *base_url;
};

/* A method's name, as in "https"; it is the scheme, too. */
const char *fetch_method_name(enum fetch_method method);

/* Reads a method's name, in any case. Returns false if it is none. */
bool fetch_method_parse(const char *name, enum fetch_method *method);

/*
 * The URL of the file `name` by the defaults, into `url`, and who asks for it into `access`; user
 * and password never stand in the URL. A name that is a complete URL (it holds "://") stands for
 * itself, as it is, and is asked for by nobody. Server, path and name are plain texts: what a path
 * segment must not hold is percent-encoded (RFC 3986, section 3.3), '%' too, and "{mac}" stays for
 * fetch_mac_put. Returns whether there is a URL; else *why is UXM_USAGE and names what is missing
 * or wrong: the server, a base URL of another scheme or with a query, a name with '/' or that is
 * empty, "." or "..", a path with one of these two, a text that is too long or holds a control
 * character; or UXM_INTERNAL (no memory). Outputs are set only with true.
 */
bool fetch_defaults_url(const struct fetch_defaults *defaults, const char *name,
			char url[FETCH_URL_TEXT], struct fetch_access *access,
			struct uxm_failure *why);

#endif
