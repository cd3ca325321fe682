/*
 * The simulation: a seed's world is made, lived through, and judged after every run; in the end
 * nothing goes wrong any more, and the update must succeed.
 */
#ifndef TESTS_SIMULATION_SIM_H
#define TESTS_SIMULATION_SIM_H

#include "tests/simulation/host.h"
#include "tests/simulation/rules.h"
#include "tests/simulation/world.h"

/* How often what occurred. */
struct sim_counts {
	uint64_t seeds;
	uint64_t updates;
	uint64_t kills;
	uint64_t mishaps[MISHAPS];
	uint64_t results[UXM_NOT_PERMITTED + 1];
};

struct sim {
	struct desk *desk;
	struct network network;
	struct served files[SERVED_FILES];
	struct served_keys keys;
	struct host host;
	struct world world;
	struct sim_counts counts;
	/* How often the first run of the last world called the bus's table, and others. */
	unsigned first_calls;
	unsigned first_calls_away;
	char broken[RULES_TEXT]; /* why the last world failed */
	bool trace;
};

/* Takes all memory that is needed. NULL: there is none. */
struct sim *sim_new(void);

void sim_free(struct sim *sim);

/* Lives through the seed's world. Returns whether all that must hold did; else `broken` says what
 * did not. */
bool sim_seed(struct sim *sim, uint64_t seed);

/* Lives through sim->world, which the caller has made. */
bool sim_live(struct sim *sim);

#endif
