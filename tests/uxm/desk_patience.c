/*
 * How patient the host is, judged from outside: how long it waits for what, and how often it looks.
 */
#include "tests/uxm/desk_inside.h"
#include "tools/module/model.h"

/*
 * What is promised (README, design.md's decision 7, PROTOCOL.md), in microseconds. These are
 * numbers of their own, for those of uxm/deadline.h are among what is judged here.
 */
#define ANSWER            UINT64_C(5000000)
#define SILENCE_MOST      UINT64_C(120000000)
#define ABORT_ANSWER      UINT64_C(2000000)
#define BACK              UINT64_C(60000000)
#define REOPEN            UINT64_C(2000000)
#define RECOVERIES        5u
#define RECOVERIES_AGAIN  65536u
/* Before the second one in a row; twice as long before each one after that. */
#define RECOVERY_PAUSE    UINT64_C(50000)
/* Asleep, with nothing under way: it waits for a module that is to be plugged in, or for the next
 * step of one that is committed, at a pace of a second; in a session, or for the return, more
 * often.
 */
#define SLEEPS            UINT64_C(1000000)
#define SLEEPS_IN_SESSION UINT64_C(500000)
/* Whether a module leaves is seen within this. */
#define LEAVES            UINT64_C(500000)
/* STATUS while it streams, ten times in a second; recovering takes up to 400 ms more. */
#define STATUS_PACE       (100000u + LEAVES)
/* The clock counts whole ones. */
#define MILLISECOND       UINT64_C(1000)
/* And looks wait for each other. */
#define ROUNDED(time)     ((time) + (time) / 50 + 20000u)
/* In a second: questions, and calls of any table at all. */
#define QUESTIONS_MOST    800u
#define CALLS_MOST        200000u

uint64_t desk_patience_silence(const struct desk *desk)
{
	uint64_t announced = desk->options.module.silence * UINT64_C(1000);

	if (announced < ANSWER)
		return ANSWER;
	return desk_least(announced, SILENCE_MOST);
}

/* Within which the module has to answer it. */
uint64_t desk_patience_answer(const struct desk *desk, const struct bus_transfer *seen)
{
	const uint8_t *setup = seen->buffer;

	if (desk_is_order(seen, UXM_WIRE_ABORT))
		return ABORT_ANSWER;
	if (setup[0] == DESK_STRING_REQUEST ||
	    (setup[0] == UXM_WIRE_IN && setup[1] == UXM_WIRE_IDENTITY))
		return ANSWER;
	return desk_patience_silence(desk);
}

void desk_patience_reset(struct desk *desk)
{
	desk->patience = (struct desk_patience){.refused_since = DEVICE_NEVER};
}

/* Whether nobody need wait for it any longer: it has had its time, or a second stop has come. */
static bool may_be_given_up(const struct desk *desk, uint64_t took)
{
	return took + MILLISECOND > ABORT_ANSWER || desk->stop == UXM_STOP_NOW;
}

void desk_patience_ended(struct desk *desk, const struct desk_transfer *transfer,
			 enum bus_status status)
{
	uint64_t took = desk->now - transfer->since;
	uint64_t most;

	if (transfer->seen.endpoint != 0)
		return;
	if (desk_is_order(&transfer->seen, UXM_WIRE_ABORT) &&
	    (status != BUS_CANCELLED || transfer->delivered || may_be_given_up(desk, took)))
		desk->aborted = true;
	most = desk_patience_answer(desk, &transfer->seen);
	/* Before it is given up, its leaving is looked for. */
	if (took > ROUNDED(most + LEAVES))
		desk_blame(desk, DESK_WAITED_FOR_ANSWER);
	desk->patience.late += transfer->late;
	if (ROUNDED(took) < most)
		return;
	if ((transfer->seen.buffer[0] & DESK_DIRECTION_IN) == 0)
		desk->patience.unanswered++;
	else
		desk->patience.lost = true;
}

/* A number that is another one whenever the module has got on. */
static uint64_t got_on(const struct desk *desk)
{
	const struct device *device = desk->slot[desk->opened].device;

	return (desk->moved + device->written) * 1000 + device->state * UINT64_C(303) +
	       device->verify_percent + device->install_percent;
}

/* From now on it has a whole silence again. */
static void start_silence(struct desk_patience *patience)
{
	patience->quiet = 0;
	patience->late = 0;
	patience->unanswered = 0;
	patience->lost = false;
}

/* It was its turn for so long. */
static void wait_for_module(struct desk *desk, uint64_t time)
{
	struct desk_patience *patience = &desk->patience;
	uint64_t mark = got_on(desk);
	uint64_t questions = 1;

	if (mark != patience->mark || desk->gone) {
		patience->mark = mark;
		start_silence(patience);
		return;
	}
	/* Whoever aborts has given it up. */
	if (!desk->claimed || (desk->control.count > 0 &&
			       desk_is_order(&desk->control.transfer[0]->seen, UXM_WIRE_ABORT)))
		return;
	/* Each order that was not answered may cost one silence, and a question one. */
	questions += patience->unanswered + (patience->lost || desk->control.count > 0 ? 1 : 0);
	patience->quiet += time;
	if (patience->quiet >
	    ROUNDED(desk_patience_silence(desk) * questions + patience->late + SLEEPS))
		desk_blame(desk, DESK_WAITED_FOR_PROGRESS);
}

static void sleep_idly(struct desk *desk, uint64_t time)
{
	struct desk_patience *patience = &desk->patience;
	bool in_session = desk->opened != DESK_NONE ? desk->begun && !desk->commits : desk->commits;

	patience->idle += time;
	if (patience->idle > ROUNDED(in_session ? SLEEPS_IN_SESSION : SLEEPS))
		desk_blame(desk, DESK_SLEPT_TOO_LONG);
	if (desk->opened != DESK_NONE || desk->run.waits)
		return;
	patience->away += time;
	if (patience->away > ROUNDED(BACK))
		desk_blame(desk, DESK_WAITED_FOR_RETURN);
}

static bool is_for_server(const struct desk *desk)
{
	/* Without a module nobody asks it for anything. */
	if (desk->commits || !desk->claimed)
		return false;
	if (desk_side_due(desk) != DEVICE_NEVER)
		return true;
	return desk->source.asked &&
	       (desk->source.read < desk->run.image.size || desk->source.waiting);
}

enum desk_wait desk_patience_waits(const struct desk *desk)
{
	if (desk->control.count > 0)
		return DESK_WAIT_ANSWER;
	if (desk->bulk.count > 0)
		return DESK_WAIT_DATA;
	return is_for_server(desk) ? DESK_WAIT_SERVER : DESK_WAIT_NOTHING;
}

void desk_patience_slept(struct desk *desk, enum desk_wait what, uint64_t since)
{
	struct desk_patience *patience = &desk->patience;
	uint64_t time = desk->now - since;

	if (what == DESK_WAIT_SERVER) {
		patience->for_server += time;
		start_silence(patience);
	} else if (desk->opened != DESK_NONE) {
		wait_for_module(desk, time);
	}
	if (what == DESK_WAIT_NOTHING)
		sleep_idly(desk, time);
	else
		patience->idle = 0;
	if (desk->begun && !desk->commits && !desk->gone && what != DESK_WAIT_ANSWER) {
		patience->unasked += time;
		if (patience->unasked > ROUNDED(STATUS_PACE))
			desk_blame(desk, DESK_ASKED_TOO_SELDOM);
	}
}

void desk_patience_claimed(struct desk *desk)
{
	desk->patience.away = 0;
	desk->patience.refused_since = DEVICE_NEVER;
	desk->patience.recoveries = 0;
}

void desk_patience_refused(struct desk *desk, const struct desk_slot *slot)
{
	struct desk_patience *patience = &desk->patience;

	/* Others may stay closed for as long as they want. */
	if (!desk->took || slot->port != desk->took_port)
		return;
	if (patience->refused_since == DEVICE_NEVER || patience->refused_address != slot->address)
		patience->refused_since = desk->now;
	patience->refused_address = slot->address;
	if (desk->now - patience->refused_since > ROUNDED(REOPEN + SLEEPS / 4))
		desk_blame(desk, DESK_OPENED_TOO_LONG);
}

void desk_patience_recovers(struct desk *desk)
{
	struct desk_patience *patience = &desk->patience;
	uint64_t accepted = desk->slot[desk->opened].device->accepted;

	/* What is offered anew may take as long again. */
	start_silence(patience);
	if (accepted < patience->recovered_at ||
	    accepted - patience->recovered_at >= RECOVERIES_AGAIN)
		patience->recoveries = 0;
	if (patience->recoveries == 0) {
		patience->recovered_at = accepted;
		patience->recovers_at = 0;
	}
	if (++patience->recoveries > RECOVERIES ||
	    (!patience->misled && desk->now + 1000 < patience->recovers_at))
		desk_blame(desk, DESK_RECOVERED_TOO_OFTEN);
	patience->recovers_at = desk->now + (RECOVERY_PAUSE << (patience->recoveries - 1));
}

void desk_patience_called(struct desk *desk, bool question)
{
	struct desk_patience *patience = &desk->patience;
	uint64_t second = desk->now / 1000000;

	patience->idle = question ? 0 : patience->idle;
	if (second != patience->second) {
		patience->second = second;
		patience->calls = 0;
		patience->questions = 0;
	}
	patience->questions += question ? 1 : 0;
	if (++patience->calls <= CALLS_MOST && patience->questions <= QUESTIONS_MOST)
		return;
	desk_blame(desk, DESK_SPINS);
	/* So that it comes to its limit. */
	desk->now += 1000;
}

uint64_t desk_waited_for_side(const struct desk *desk)
{
	return desk->patience.for_server;
}
