/*
 * How fast a bus moves bulk bytes: whole packets in whole (micro)frames, on an absolute schedule,
 * so that a late wake-up costs nothing as long as there is something to move. Times in
 * microseconds.
 */
#ifndef MODULE_PACE_H
#define MODULE_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum pace_bus {
	/* 19 packets of 64 bytes in 1 ms (USB 2.0, section 5.8.4, table 5-9): 1,216,000 B/s. */
	PACE_FULL = 0,
	/* 13 packets of 512 bytes in 125 us (USB 2.0, section 5.8.4, table 5-10): 53,248,000 B/s.
	 */
	PACE_HIGH,
	/* 48 packets of 1024 bytes in 125 us, 393,216,000 B/s: the whole packets of the 400 MB/s
	 * that USB 3.0, section 4.4.11, calls realistic at 5 Gbit/s. */
	PACE_SUPER,
	/* No limit. */
	PACE_NONE,
};

struct pace {
	uint64_t rate;     /* bytes per second, 0: no limit */
	uint64_t interval; /* one (micro)frame */
	uint64_t packet;   /* bytes of a whole packet */
	bool running;
	uint64_t epoch; /* the (micro)frame in which the schedule began */
	uint64_t spent; /* bytes moved since then, counted in whole packets */
};

/* The highest rate that can be set, in bytes per second. */
#define PACE_RATE_MOST UINT64_C(10000000000)

/* Sets up a bus at rest. `rate` overrides its own, in bytes per second up to PACE_RATE_MOST; 0 does
 * not. */
void pace_init(struct pace *pace, enum pace_bus bus, uint64_t rate);

/* How many bytes it moves at most, in bytes per second; 0: no limit. */
uint64_t pace_rate(const struct pace *pace);

/*
 * There is something to move: how many bytes may move by `now`, a multiple of the packet;
 * UINT64_MAX without limit. The schedule begins here when the bus was at rest.
 */
uint64_t pace_budget(struct pace *pace, uint64_t now);

/* `bytes`, at most the budget, have moved; a short packet takes a whole one's place. */
void pace_spend(struct pace *pace, uint64_t bytes);

/* When `bytes` more will have moved. The schedule must be running (pace_budget). */
uint64_t pace_when(const struct pace *pace, uint64_t bytes);

/* The module does not take what it could get (NAK): what might have moved until `now` is lost. */
void pace_lose(struct pace *pace, uint64_t now);

/* There is nothing to move: time that passes now is not saved up. */
void pace_rest(struct pace *pace);

#endif
