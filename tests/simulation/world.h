/*
 * The world that a seed draws: modules, bus, server, images, and what happens in which run.
 */
#ifndef TESTS_SIMULATION_WORLD_H
#define TESTS_SIMULATION_WORLD_H

#include "tests/simulation/mishap.h"

#define WORLD_RUNS 3

struct world {
	uint64_t seed;
	struct desk_options desk;
	struct network_options network;
	uint64_t size[SERVED_FILES]; /* of the payload, in bytes */
	uint64_t shared; /* bytes of the beginning that the changed file has of the first */
	bool has_header;
	bool is_signed;    /* then modules have a key, and want signed images alone */
	bool host_has_key; /* so has the host */
	bool gives_digest; /* with the order */
	struct plan plans[WORLD_RUNS];
	size_t runs;
};

/* Draws it. `keys` are those that modules know. */
void world_draw(struct world *world, uint64_t seed, const struct uxm_keys *keys);

/* A world of short updates in which all is well, with an id that is known beforehand or not. */
void world_plain(struct world *world, bool knows_digest);

/* What mishaps depend on, in the run of this plan. */
struct mishap_world world_for_mishaps(const struct world *world, const struct plan *plan);

/* What a run with this plan may take at most, in milliseconds: the sum of its deadlines
 * (uxm/deadline.h), each as often as it may begin anew. */
uint32_t world_limit(const struct world *world, const struct plan *plan);

#endif
