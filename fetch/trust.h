/*
 * Whom a connection trusts, and as whom it is made. Texts are NULL where nothing is given.
 */
#ifndef FETCH_TRUST_H
#define FETCH_TRUST_H

#include "fetch/transfer.h"
#include "uxm/result.h"

struct fetch_trust {
	const char *ca_file;      /* PEM, of authorities trusted instead of the system's */
	const char *ca_directory; /* of such files by hash, as openssl rehash makes it */
	const char *certificate;  /* PEM, the client's own */
	const char *key;          /* PEM, its private key; needed with `certificate` */
	/* What the server's public key must be, beside being trusted: "sha256//" and the SHA-256
	 * of its SubjectPublicKeyInfo in base64 (RFC 7469, section 2.4); several with ';'. */
	const char *pin;
	/* A file of users and passwords by host, as .netrc. It counts for the server of the URL
	 * alone, not for those that redirects lead to. */
	const char *netrc;
	/* What HTTP's User-Agent says; NULL: "uxm/" and the version. Not told to servers of FTP. */
	const char *user_agent;
};

/*
 * Looks at it before anything is sent: that the netrc file can be read, that certificate and key
 * are given together, that the pin is written as one, and that `user_agent` and `access` (or NULL)
 * hold no control characters: else *why is UXM_USAGE; and that the authorities' folder can be read
 * and their file, if it is there, is not empty: else UXM_FETCH_FAILED. Returns whether all of that
 * is so; *why names what is wrong, never a secret.
 */
bool fetch_trust_check(const struct fetch_trust *trust, const struct fetch_access *access,
		       struct uxm_failure *why);

/* Whether it is one pin, or several with ';' between them. libcurl would take any other text for
 * the name of a file. */
bool fetch_trust_is_pin(const char *text);

#endif
