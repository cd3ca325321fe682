/* Numbers drawn from a seed. */
#include "tests/simulation/draw.h"

#include "tests/uxm/desk.h"

uint64_t draw_below(struct draw *draw, uint64_t below)
{
	/* The bias is far below what counting could show. */
	return (desk_chance(&draw->state) >> 8) % below;
}

uint64_t draw_between(struct draw *draw, uint64_t least, uint64_t most)
{
	return least + draw_below(draw, most - least + 1);
}

uint64_t draw_any_size(struct draw *draw, uint64_t least, uint64_t most)
{
	unsigned lengths = 1;
	uint64_t low = least;
	uint64_t high;

	while (least << lengths <= most && lengths < 63)
		lengths++;
	low = least << draw_below(draw, lengths);
	high = 2 * low - 1 < most ? 2 * low - 1 : most;
	return draw_between(draw, low, high);
}

bool draw_chance(struct draw *draw, unsigned percent)
{
	return draw_below(draw, 100) < percent;
}
