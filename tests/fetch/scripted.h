/*
 * A transfer that follows a script instead of a network: the table of fetch/transfer.h for tests.
 */
#ifndef TESTS_FETCH_SCRIPTED_H
#define TESTS_FETCH_SCRIPTED_H

#include "fetch/headers.h"

enum step_kind {
	STEP_FINISH = 0, /* end with `end` and `detail`; FETCH_COMPLETE where `end` is 0 */
	STEP_NOTHING,    /* nothing comes in this perform */
	STEP_HEADERS,    /* `lines`, as a server sends them, with '\n' between them */
	STEP_BODY,       /* `length` bytes of the pattern from `offset` on, in pieces of `piece` */
};

/* What happens in one perform, or in several where the receiver has no room. */
struct step {
	enum step_kind kind;
	enum fetch_end end;
	const char *lines;
	uint64_t offset;
	uint64_t length;
	size_t piece; /* 0 for 16 KiB */
	const char *detail;
};

/* The steps of one transfer; the last one is STEP_FINISH. */
struct script {
	const struct step *steps;
	enum fetch_end start; /* what start returns */
};

#define SCRIPTED_STARTS 8

struct scripted {
	const struct script *scripts; /* one for each start, in this order */
	size_t count;
	/* What was seen. */
	size_t starts;
	size_t performs;
	size_t stops;
	char url[SCRIPTED_STARTS][256];
	uint64_t from[SCRIPTED_STARTS];
	size_t most_held; /* bytes that were offered again, at most */
	/* The transfer under way. */
	bool running;
	const struct step *step;
	uint64_t sent; /* of the step */
	struct fetch_receiver receiver;
	struct fetch_headers headers;
};

struct fetch_transfer scripted_transfer(struct scripted *scripted);

#endif
