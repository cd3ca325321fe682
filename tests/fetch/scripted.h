/*
 * A transfer that follows a script instead of a network: the table of fetch/transfer.h for tests.
 */
#ifndef TESTS_FETCH_SCRIPTED_H
#define TESTS_FETCH_SCRIPTED_H

#include "fetch/headers.h"
#include "uxm/io.h"

enum step_kind {
	STEP_FINISH = 0, /* end with `end` and `detail`; FETCH_COMPLETE where `end` is 0 */
	STEP_NOTHING,    /* nothing comes in this perform, which takes `length` milliseconds */
	STEP_SILENT,     /* nothing comes any more */
	STEP_CONNECTED,  /* the server is connected; otherwise it is with the headers */
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
	size_t held;  /* the pieces of what is offered again, 0 for as before */
	const char *detail;
	uint64_t spoiled; /* one more than the offset of a byte that is another one, 0 for none */
	uint64_t pace;    /* milliseconds for each piece, which then needs a perform of its own */
};

/* The steps of one transfer; the last one is STEP_FINISH. */
struct script {
	const struct step *steps;
	enum fetch_end start; /* what start returns */
};

#define SCRIPTED_STARTS 32

struct scripted {
	const struct script *scripts; /* one for each start, in this order */
	size_t count;
	/* What was seen. */
	size_t starts;
	size_t performs;
	size_t stops;
	uint64_t time; /* of its clock, in milliseconds */
	uint64_t started[SCRIPTED_STARTS];
	char url[SCRIPTED_STARTS][256];
	char if_range[SCRIPTED_STARTS][FETCH_ETAG_TEXT];
	/* Of the state that is known already, "" where none was named. */
	struct fetch_validators known[SCRIPTED_STARTS];
	char user[SCRIPTED_STARTS][FETCH_ACCESS_TEXT]; /* "" where nobody was named */
	uint64_t from[SCRIPTED_STARTS];
	size_t most_held; /* bytes that were offered again, at most */
	uint64_t offered; /* bytes of all bodies, those that were offered again once */
	/* The transfer under way. */
	bool running;
	bool connected;
	uint64_t again; /* bytes of the step that have been offered */
	const struct step *step;
	uint64_t sent; /* of the step */
	struct fetch_receiver receiver;
	struct fetch_headers headers;
};

struct fetch_transfer scripted_transfer(struct scripted *scripted);

/* The clock that shows `time`. */
struct uxm_clock scripted_clock(struct scripted *scripted);

/* Whether nothing comes any more, or nothing is under way: only time can change that. */
bool scripted_is_silent(const struct scripted *scripted);

#endif
