/*
 * How long a server is waited for that is connected but sends nothing, or too little. For files
 * that nobody reads in pieces: all the time counts, but for pauses and connecting.
 */
#ifndef FETCH_PATIENCE_H
#define FETCH_PATIENCE_H

#include <stdbool.h>

#include "uxm/deadline.h"

/* Milliseconds in which something must come: `network_quiet`, but at most a quarter of `network`,
 * for somebody who gives a server less time than usual means this as well; 1 or more. */
uint64_t fetch_quiet(const struct uxm_deadlines *deadlines);

/* Times are those of one clock, in milliseconds. */
struct fetch_patience {
	const struct uxm_deadlines *deadlines;
	bool connected;  /* the server owes something */
	bool sending;    /* and has begun to send it */
	uint64_t looked; /* when the clock was read last */
	uint64_t heard;  /* when something came last */
	uint64_t waited; /* over all attempts, since `fresh` started over */
	uint64_t fresh;  /* new bytes */
};

/* What is to be done. */
enum fetch_patience_end {
	FETCH_PATIENT = 0, /* wait on */
	FETCH_QUIET,       /* nothing more has come for fetch_quiet: the connection is dead */
	FETCH_STALLED,     /* less than `network_bytes` came in `network`: give up */
};

/* Nothing has been waited for. `deadlines` outlives it. */
void fetch_patience_init(struct fetch_patience *patience, const struct uxm_deadlines *deadlines);

/* The server is connected: from now on it is waited for. */
void fetch_patience_connected(struct fetch_patience *patience, uint64_t now);

/* Nothing is asked for any more: a pause begins, or another connection. */
void fetch_patience_rest(struct fetch_patience *patience);

/* Something came, `bytes` of it that had not come before. */
void fetch_patience_heard(struct fetch_patience *patience, uint64_t now, uint64_t bytes);

/* Counts the time until `now`. */
enum fetch_patience_end fetch_patience_look(struct fetch_patience *patience, uint64_t now);

/* When the next look says something else if nothing comes; UINT64_MAX where nothing is owed. */
uint64_t fetch_patience_due(const struct fetch_patience *patience);

#endif
