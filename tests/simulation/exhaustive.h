/*
 * Every single mishap at every call: of the bus's table, of the network's, at every request; and
 * the module's own faults at every chunk and step.
 */
#ifndef TESTS_SIMULATION_EXHAUSTIVE_H
#define TESTS_SIMULATION_EXHAUSTIVE_H

#include "tests/simulation/sim.h"

struct exhaustive {
	uint64_t cases;
	uint64_t happened; /* in so many of them the mishap found something to befall */
	uint64_t failed;
	uint64_t kinds;  /* mishaps that were tried */
	uint64_t places; /* calls, requests, bytes and steps, in all updates */
};

/* All cases, or the one with this number (1 is the first; 0: all). What fails is printed. */
void exhaustive_run(struct sim *sim, uint64_t only, struct exhaustive *done);

#endif
