/*
 * Whom a connection trusts, and as whom it is made. Texts are NULL where nothing is given.
 */
#ifndef FETCH_TRUST_H
#define FETCH_TRUST_H

struct fetch_trust {
	const char *ca_file;      /* PEM, of authorities trusted instead of the system's */
	const char *ca_directory; /* of such files by hash, as openssl rehash makes it */
	const char *certificate;  /* PEM, the client's own */
	const char *key;          /* PEM, its private key; needed with `certificate` */
	/* What the server's public key must be, beside being trusted: "sha256//" and the SHA-256
	 * of its SubjectPublicKeyInfo in base64 (RFC 7469, section 2.4); several with ';'. */
	const char *pin;
	const char *netrc; /* a file of users and passwords by host, as .netrc */
};

#endif
