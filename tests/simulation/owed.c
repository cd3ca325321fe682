/* What the server owes. */
#include "tests/simulation/owed.h"

#include <stddef.h>

/* What README promises ("Servers, passwords, stored defaults" and `--network-timeout`): numbers of
 * their own, for those of uxm/deadline.h are among what is judged here. */
#define STALL         UINT64_C(60000000)
#define STALL_BYTES   65536u
#define QUIET         UINT64_C(15000000)
#define ATTEMPTS      5u
#define PAUSE         UINT64_C(250000)
#define PAUSE_MOST    UINT64_C(30000000)
#define LATER_MOST    UINT64_C(600000000)
/* Questions to the module come in between, whose time is not counted exactly. */
#define ROUNDED(time) ((time) + (time) / 20 + 200000u)

static void blame(struct owed *owed, const char *wrong)
{
	if (owed->wrong == NULL)
		owed->wrong = wrong;
}

static void count(struct owed *owed, uint64_t now)
{
	if (owed->connected)
		owed->quiet += now - owed->mark;
	/* The time for the answer is each attempt's own. */
	if (owed->connected && owed->speaks)
		*(owed->repeats ? &owed->again : &owed->waited) += now - owed->mark;
	owed->mark = now;
	/* The host counts what it reads, which may lie here for a while; and of what comes again it
	 * has a part no longer. */
	if (owed->waited > ROUNDED(2 * STALL) || owed->again > ROUNDED(2 * STALL))
		blame(owed, "waited too long for 64 KiB of the server's");
	if (owed->quiet > ROUNDED(owed->speaks ? QUIET : STALL))
		blame(owed, "waited too long for a silent server");
}

void owed_begin(struct owed *owed, uint64_t now)
{
	*owed = (struct owed){.mark = now};
}

/* Drawn between half and one and a half of what grows fourfold. */
static uint64_t pause_most(unsigned failures)
{
	uint64_t pause = PAUSE;

	while (--failures > 0 && pause < PAUSE_MOST)
		pause *= 4;
	return (pause < PAUSE_MOST ? pause : PAUSE_MOST) * 3 / 2;
}

void owed_ask(struct owed *owed, uint64_t now)
{
	if (owed->failed) {
		uint64_t most = pause_most(owed->pauses[0].failures);
		uint64_t other = pause_most(owed->pauses[1].failures);

		if (owed->later)
			most = LATER_MOST;
		else if (other > most)
			most = other;
		if (now - owed->mark > ROUNDED(most))
			blame(owed, "paused too long before it asked the server again");
		if (owed->attempts > ATTEMPTS)
			blame(owed, "asked a failing server too often");
	}
	owed->failed = false;
	owed->later = false;
	owed->mark = now;
}

void owed_connect(struct owed *owed, uint64_t now)
{
	count(owed, now);
	owed->connected = true;
	owed->speaks = false;
	owed->quiet = 0;
}

void owed_answer(struct owed *owed, uint64_t now, uint64_t at, uint64_t from)
{
	count(owed, now);
	if (from > owed->most)
		owed->most = from;
	owed->speaks = true;
	owed->repeats = at < owed->most;
	owed->quiet = owed->again = owed->known = 0;
}

void owed_receive(struct owed *owed, uint64_t now, uint64_t at, uint64_t length)
{
	uint64_t end = at + length;
	uint64_t more = end > owed->most ? end - (at > owed->most ? at : owed->most) : 0;

	count(owed, now);
	owed->known += length - more;
	if (owed->known >= STALL_BYTES)
		owed->known = owed->again = 0;
	owed->repeats = end < owed->most;
	owed->quiet = 0;
	if (end > owed->most)
		owed->most = end;
	owed->fresh += more;
	owed->new_bytes += more;
	if (owed->fresh >= STALL_BYTES)
		owed->fresh = owed->waited = 0;
	if (owed->new_bytes >= STALL_BYTES)
		owed->new_bytes = owed->attempts = 0;
	for (size_t i = 0; i < 2; i++) {
		owed->pauses[i].bytes += more;
		if (owed->pauses[i].bytes >= STALL_BYTES)
			owed->pauses[i] = (struct owed_pauses){.failures = 0};
	}
}

void owed_end(struct owed *owed, uint64_t now, bool failed)
{
	count(owed, now);
	owed->connected = owed->repeats = false;
	owed->quiet = 0;
	owed->failed = failed;
	for (size_t i = 0; i < 2; i++)
		owed->pauses[i].failures += failed ? 1 : 0;
	owed->attempts += failed ? 1 : 0;
}

void owed_leave(struct owed *owed)
{
	owed->failed = false;
	owed->attempts = 0;
	owed->fresh = owed->waited = 0;
	owed->pauses[0].bytes = 0;
}
