/*
 * Where mishaps are put: place.c, and place_network.c for those of the network.
 */
#ifndef TESTS_SIMULATION_PLACE_H
#define TESTS_SIMULATION_PLACE_H

#include "tests/simulation/mishap.h"

/* As mishap_place, for one of the network's. */
bool place_network(enum network_what what, const struct mishap_world *world, struct draw *draw,
		   struct plan *plan);

/* The plan's last one of the network's happens at this byte of the file, not before the host's so
 * many-th connection, and so often. */
void place_network_move(struct plan *plan, uint64_t at, unsigned from_start, unsigned times);

#endif
