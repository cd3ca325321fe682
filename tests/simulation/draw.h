/*
 * Numbers drawn from a seed: the same seed draws the same.
 */
#ifndef TESTS_SIMULATION_DRAW_H
#define TESTS_SIMULATION_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
	uint64_t state;
};

/* A number of 0 to `below` - 1; `below` is 1 or more. */
uint64_t draw_below(struct draw *draw, uint64_t below);

/* A number of `least` to `most`. */
uint64_t draw_between(struct draw *draw, uint64_t least, uint64_t most);

/* A number of `least` (1 or more) to `most`, each of its lengths in bits as likely as the others:
 * what is small matters as much as what is large. */
uint64_t draw_any_size(struct draw *draw, uint64_t least, uint64_t most);

/* True `percent` times of 100. */
bool draw_chance(struct draw *draw, unsigned percent);

#endif
