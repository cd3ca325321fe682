/*
 * All that can go wrong in a run, one table: what it is called, where it is put, and which results
 * it explains. A run in which nothing happened ends with "updated"; any other result needs one of
 * the mishaps that happened to explain it.
 */
#ifndef TESTS_SIMULATION_MISHAP_H
#define TESTS_SIMULATION_MISHAP_H

#include "tests/simulation/draw.h"
#include "tests/simulation/network.h"

/* What happens to the host, the bus and the modules (tests/uxm/desk.h), or is otherwise unusual. */
enum mishap_event {
	MISHAP_KILL = 0,
	MISHAP_STOP,
	MISHAP_STOP_TWICE,
	MISHAP_UNPLUG,
	MISHAP_REPLUG,
	MISHAP_AWAIT, /* it is unplugged, and plugged in again much later, which the host awaits */
	MISHAP_AWAIT_OTHER, /* ... and another one is plugged in before that, or for good */
	MISHAP_CYCLE,
	MISHAP_SECOND,       /* a second module is plugged in */
	MISHAP_SECOND_FIRST, /* ... before the host begins */
	MISHAP_DENY,
	MISHAP_OCCUPY,
	MISHAP_HALT,
	MISHAP_BREAK,
	MISHAP_DEAF, /* the module takes no data any more, and answers */
	MISHAP_DOZE, /* ... for as long as it may */
	MISHAP_WEAR,
	MISHAP_TIRE,
	MISHAP_LOSE_REQUEST,
	MISHAP_LOSE_ANSWER,
	MISHAP_REFUSE,
	MISHAP_GARBLE,
	MISHAP_CUT,
	MISHAP_FORGET,
	MISHAP_BOAST,
	MISHAP_STRAY,
	MISHAP_LATE, /* an answer takes as long as it may */
	MISHAP_CALL_FAILS,
	MISHAP_OTHER_HOST, /* another program has begun an update of its own */
	MISHAP_WRONG_MODEL,
	MISHAP_WRONG_KEY,
	MISHAP_TWO_DIGESTS, /* one is given for an image that has a header */
	MISHAP_EVENTS,
};

/* Mishaps by number: the network's, the module's faults, events. */
#define MISHAP_NETWORK 0u
#define MISHAP_MODULE  (MISHAP_NETWORK + NETWORK_WHATS)
#define MISHAP_EVENT   (MISHAP_MODULE + FAULT_WHATS)
#define MISHAPS        (MISHAP_EVENT + MISHAP_EVENTS)

#define MISHAPS_A_RUN 4

/* What a mishap's place and consequences depend on. */
struct mishap_world {
	uint64_t size;     /* of the payload, bytes */
	bool knows_digest; /* before the last byte has come */
	bool gives_digest; /* with the order */
	bool has_header;
	bool without_serial;
	bool opens_late;   /* a module that came back cannot be opened at once */
	bool tells_states; /* the server's files have validators or digests */
};

/* One run as it is planned. */
struct plan {
	enum served_file wanted;
	struct desk_run desk;
	size_t events;
	struct fault_list faults;
	struct network_fault network[NETWORK_FAULTS];
	size_t network_count;
	struct {
		unsigned number;
		size_t at; /* among its kind: events, faults or the network's */
	} mishaps[MISHAPS_A_RUN];
	size_t count;
	bool second_first;
	bool waits; /* for a module to be plugged in */
	bool wrong_model;
	bool wrong_key;
	bool two_digests;
	bool other_host;
	bool other_spoiled;
	enum uxm_wire_state other_state;
	uint64_t other_size;
	/* Afterwards. */
	uint64_t pause; /* microseconds */
	bool repaired;  /* whatever holds the module up is put in order */
};

/* Its name, as in "net:reset", "module:drop", "kill". */
const char *mishap_name(unsigned mishap, char text[40]);

/* Adds it to the plan at a place that is drawn. False: in this world it would be no mishap, or one
 * that nobody can notice. */
bool mishap_place(unsigned mishap, const struct mishap_world *world, struct draw *draw,
		  struct plan *plan);

/* Whether the plan's mishap `index` has happened. */
bool mishap_happened(const struct plan *plan, size_t index, const struct desk *desk,
		     const struct network *network);

/* The results that the plan's mishap `index` explains besides "updated": 1 << enum uxm_result. */
unsigned mishap_results(const struct plan *plan, size_t index, const struct mishap_world *world,
			const struct desk *desk, const struct network *network);

#endif
