/* Where what goes wrong in the network is put. */
#include "tests/simulation/place.h"

static bool tells_length(enum network_what what)
{
	return what == NETWORK_TELLS_LESS || what == NETWORK_TELLS_MORE;
}

static bool lasts(enum network_what what)
{
	return what < NETWORK_REDIRECT || what == NETWORK_RESET || what == NETWORK_CLOSE ||
	       what == NETWORK_STALL;
}

bool place_network(enum network_what what, const struct mishap_world *world, struct draw *draw,
		   struct plan *plan)
{
	static const uint32_t statuses[] = {404, 403, 410, 500, 502, 503, 504, 429, 408, 301, 304};
	struct network_fault *fault = &plan->network[plan->network_count];

	if (plan->network_count == NETWORK_FAULTS)
		return false;
	/* Nothing but a digest tells. */
	if (!world->knows_digest && (what == NETWORK_CORRUPT || what == NETWORK_OTHER_PART))
		return false;
	/* A length that nothing but a digest contradicts is believed. */
	if (!world->knows_digest && plan->network_count > 0 &&
	    (tells_length(what) || tells_length(plan->network[0].what)))
		return false;
	if (!world->tells_states && what == NETWORK_CHANGED)
		return false;
	*fault = (struct network_fault){
		.what = what,
		.from_call = draw_chance(draw, 70) ? 0 : (unsigned)draw_any_size(draw, 1, 40),
		.times = draw_chance(draw, 80) ? 1 : (unsigned)draw_between(draw, 2, 8),
		.at = draw_chance(draw, 5) ? 0 : draw_below(draw, world->size + 1),
		.amount = (uint32_t)draw_any_size(draw, 1, 1000),
	};
	/* A server that fails for good is asked only so often. */
	if (lasts(what) && draw_chance(draw, 10))
		fault->times = NETWORK_EVER;
	if (what == NETWORK_CORRUPT || what == NETWORK_CHANGED)
		fault->times = 1;
	/* Without its magic a header is a part of the payload (uxm/IMAGE.md). */
	if (what == NETWORK_CORRUPT)
		fault->at = (world->has_header ? 4 : 0) + draw_below(draw, world->size);
	if (what == NETWORK_MORE)
		fault->at = world->size;
	if (what == NETWORK_STATUS)
		fault->amount = statuses[draw_below(draw, sizeof(statuses) / sizeof(*statuses))];
	if (what == NETWORK_PAUSE)
		fault->amount = (uint32_t)draw_any_size(draw, 1000, 70000000);
	if (what == NETWORK_TRICKLE)
		fault->amount = (uint32_t)draw_any_size(draw, 100, 100000);
	if (what == NETWORK_RANGE_FIRST)
		fault->amount = (uint32_t)draw_below(draw, world->size);
	plan->network_count++;
	return true;
}

void place_network_move(struct plan *plan, uint64_t at, unsigned from_start, unsigned times)
{
	struct network_fault *fault = &plan->network[plan->network_count - 1];

	fault->at = at;
	fault->from_call = 0;
	fault->from_start = from_start;
	fault->times = times;
}
