/*
 * When a server is asked again: how often, after which pause, and what for.
 */
#ifndef FETCH_ATTEMPTS_H
#define FETCH_ATTEMPTS_H

#include "fetch/transfer.h"
#include "uxm/deadline.h"

struct fetch_attempts {
	const struct uxm_deadlines *deadlines;
	uint64_t random; /* of the pauses */
	unsigned made;   /* further attempts since `bytes` last started over */
	uint64_t bytes;  /* new ones since then */
	bool met;        /* the server has sent a part of the image before */
};

/* Nothing has been tried. `deadlines` outlives it; `seed` decides the pauses. */
void fetch_attempts_init(struct fetch_attempts *attempts, const struct uxm_deadlines *deadlines,
			 uint64_t seed);

/* All attempts may be made anew, for somebody who asks once more after the last one. A server that
 * was met stays so. */
void fetch_attempts_anew(struct fetch_attempts *attempts);

/* `bytes`, 0 or more, have come that had not come before. */
void fetch_attempts_came(struct fetch_attempts *attempts, uint64_t bytes);

/*
 * Whether what ended a transfer so may pass by itself. Refused connections, unknown names, missing
 * routes, proxies that are not reached, time-outs of connecting, failures of TLS and what has no
 * name do only with a server that was met: before that the URL is wrong more often than the
 * network. What a certificate says, or FTP refuses for good, never. FETCH_COMPLETE is asked about a
 * body that ended too early.
 */
bool fetch_attempts_end_passes(const struct fetch_attempts *attempts, enum fetch_end end);

/* Whether a response with that status may be another one later: 408, 425, 429, and 5xx but 501 and
 * 505 (RFC 9110, sections 15.5 and 15.6; RFC 8470; RFC 6585). */
bool fetch_attempts_status_passes(unsigned status);

/* Whether a server that asks for `retry_after` seconds is waited for so long. */
bool fetch_attempts_waits(const struct fetch_attempts *attempts, uint32_t retry_after);

/*
 * Whether there may be another attempt, which is counted; then *pause is set to the milliseconds
 * before it: drawn at random as uxm/deadline.h says, or what the server asked for (`retry_after`
 * seconds, 0 where it did not) where that is more. False when all attempts were made, or the server
 * asks for more than is waited for; nothing is counted then.
 */
bool fetch_attempts_again(struct fetch_attempts *attempts, uint32_t retry_after, uint64_t *pause);

#endif
