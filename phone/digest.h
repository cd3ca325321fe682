/*
 * The response of Digest (RFC 7616, section 3.4.1), with SHA-256 and qop=auth alone.
 */
#ifndef PHONE_DIGEST_H
#define PHONE_DIGEST_H

#include <stdbool.h>

/* The longest URI that is looked at, with what is said of it, in characters. */
#define DIGEST_FIELD 2048u

/*
 * Whether Digest can be offered to this user at all. libmicrohttpd 0.9.75 knows no empty one, takes
 * at most 127 bytes, and compares what stands in quotation marks as it stands, while clients put a
 * backslash before a quotation mark and a backslash: the right answer of others would be wrong. One
 * with a colon cannot be told from its password (RFC 7617, section 2).
 */
bool digest_can_carry(const char *user);

/*
 * Whether the header's value, which comes from anybody, answers the challenge that it names itself
 * as who knows user and password would; `method` and `realm` are those of the request. That the
 * challenge was one, and is not answered a second time, is not looked at.
 */
bool digest_is_right(const char *authorization, const char *method, const char *realm,
		     const char *user, const char *password);

#endif
