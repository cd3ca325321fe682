/*
 * The bus's budget of packets.
 */
#include "tools/module/pace.h"

#include <stddef.h>

#define SECOND UINT64_C(1000000)

void pace_init(struct pace *pace, enum pace_bus bus, uint64_t rate)
{
	static const struct pace buses[] = {
		[PACE_FULL] = {.rate = 19 * 64 * 1000, .interval = 1000, .packet = 64},
		[PACE_HIGH] = {.rate = 13 * 512 * 8000, .interval = 125, .packet = 512},
		[PACE_SUPER] = {.rate = 48 * 1024 * 8000, .interval = 125, .packet = 1024},
		[PACE_NONE] = {.rate = 0, .interval = 125, .packet = 512},
	};

	*pace = buses[bus];
	if (rate != 0)
		pace->rate = rate;
}

uint64_t pace_rate(const struct pace *pace)
{
	return pace->rate;
}

/* As on a bus, where (micro)frames begin at their own time, not when somebody has data. */
static void begin(struct pace *pace, uint64_t now)
{
	pace->running = true;
	pace->epoch = now - now % pace->interval;
	pace->spent = 0;
}

uint64_t pace_budget(struct pace *pace, uint64_t now)
{
	uint64_t bytes;

	if (pace->rate == 0) {
		pace->running = true;
		return UINT64_MAX;
	}
	if (!pace->running || now < pace->epoch)
		begin(pace, now);
	/* Whole seconds leave the sum, so that it stays small however long a transfer lasts. */
	while (now - pace->epoch >= SECOND && pace->spent >= pace->rate) {
		pace->epoch += SECOND;
		pace->spent -= pace->rate;
	}
	bytes = (now - pace->epoch) / pace->interval * pace->interval * pace->rate / SECOND;
	bytes -= bytes % pace->packet;
	return bytes > pace->spent ? bytes - pace->spent : 0;
}

void pace_spend(struct pace *pace, uint64_t bytes)
{
	if (pace->rate == 0)
		return;
	pace->spent += (bytes + pace->packet - 1) / pace->packet * pace->packet;
}

uint64_t pace_when(const struct pace *pace, uint64_t bytes)
{
	uint64_t needed = pace->spent + (bytes + pace->packet - 1) / pace->packet * pace->packet;
	uint64_t frame = pace->interval * pace->rate;

	if (pace->rate == 0)
		return 0;
	return pace->epoch + (needed * SECOND + frame - 1) / frame * pace->interval;
}

void pace_lose(struct pace *pace, uint64_t now)
{
	if (pace->rate != 0)
		begin(pace, now);
}

void pace_rest(struct pace *pace)
{
	pace->running = false;
}
