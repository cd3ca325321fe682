/*
 * How patient the host is with the server, judged from outside: what the server owes, and for how
 * long that is waited for. Times in microseconds of waiting for nothing else.
 */
#ifndef TESTS_SIMULATION_OWED_H
#define TESTS_SIMULATION_OWED_H

#include <stdbool.h>
#include <stdint.h>

struct owed {
	uint64_t mark;   /* the time up to which it is counted */
	bool connected;  /* so it is counted */
	bool speaks;     /* its answer has come */
	bool repeats;    /* and begins with what has come before */
	uint64_t waited; /* since `fresh` started over */
	uint64_t fresh;  /* bytes that had not come before */
	uint64_t again;  /* as `waited`, for bytes that come once more */
	uint64_t known;  /* as `fresh`, of those */
	uint64_t most;   /* of the file, that have come */
	uint64_t quiet;  /* since the last byte */
	/* Connections that failed, since their bytes started over (as `fresh`, but for pauses).
	 * Whether these start over with another wish too is the host's affair: once they do, once
	 * they do not.
	 */
	struct owed_pauses {
		unsigned failures;
		uint64_t bytes;
	} pauses[2];
	unsigned attempts;  /* as `failures`, for one and the same wish, since `new_bytes` did */
	uint64_t new_bytes; /* as `fresh`, but for attempts */
	bool failed;        /* the last connection, at `mark` */
	bool later;         /* the server said when it wants to be asked again */
	const char *wrong;  /* what the host did wrong first, or NULL */
};

/* A run begins; `now` is the time waited. */
void owed_begin(struct owed *owed, uint64_t now);

/* Another connection is asked for. */
void owed_ask(struct owed *owed, uint64_t now);

/* It is connected: from now on the server owes an answer. */
void owed_connect(struct owed *owed, uint64_t now);

/* The answer has come: it owes the file from `at` on; those before `from`, from where on it was
 * asked for, are known. */
void owed_answer(struct owed *owed, uint64_t now, uint64_t at, uint64_t from);

/* `length` bytes of the file have come, from `at` on. */
void owed_receive(struct owed *owed, uint64_t now, uint64_t at, uint64_t length);

/* The connection has ended, well or not. */
void owed_end(struct owed *owed, uint64_t now, bool failed);

/* It was no failure: what the host wants now is another thing. */
void owed_leave(struct owed *owed);

#endif
