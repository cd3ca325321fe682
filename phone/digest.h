/*
 * The response of Digest (RFC 7616, section 3.4.1), with SHA-256 and qop=auth alone.
 */
#ifndef PHONE_DIGEST_H
#define PHONE_DIGEST_H

#include <stdbool.h>

/* The longest URI that is looked at, with what is said of it, in characters. */
#define DIGEST_FIELD 2048u

/*
 * Whether the header's value, which comes from anybody, answers the challenge that it names itself
 * as who knows user and password would; `method` and `realm` are those of the request. That the
 * challenge was one, and is not answered a second time, is not looked at.
 */
bool digest_is_right(const char *authorization, const char *method, const char *realm,
		     const char *user, const char *password);

#endif
