/* What befalls requests on their way, and whether the host must bear it; and data. */
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tools/module/model.h"

/* A module that hears nothing of its session for 30 s leaves it (uxm/PROTOCOL.md, reason "time"):
 * no request is later than this. In microseconds. */
#define LATE_MOST  UINT64_C(25000000)
/* "Done" may pass within this, in microseconds (uxm/PROTOCOL.md, state 4), after the pace of
 * asking. */
#define DONE_LASTS UINT64_C(800000)
/* What a module takes within the silence that it announces (uxm/PROTOCOL.md, IDENTITY), in bytes.
 */
#define STEP       4096u
/* It dozes no longer than this; STATUS tells after LOOK how far it is. In microseconds. */
#define DOZE_MOST  UINT64_C(60000000)
#define LOOK       UINT64_C(500000)

static bool is_question(const struct bus_transfer *seen, enum uxm_wire_request question)
{
	return seen->buffer[0] == UXM_WIRE_IN && seen->buffer[1] == question;
}

static bool is_lost(enum desk_what what)
{
	return what == DESK_LOSE_REQUEST || what == DESK_LOSE_ANSWER;
}

/* COMMIT is sent again where STATUS says that it did not arrive. Where the same version ran before,
 * success is known from "done" alone, which passes while the answer is waited for. */
static bool bears_commit(const struct desk *desk, enum desk_what what)
{
	const struct device *device = desk->slot[desk->opened].device;

	if (what == DESK_LOSE_ANSWER)
		return uxm_version_compare(&device->version, &device->record.running) != 0;
	return what != DESK_REFUSE;
}

/*
 * What is promised (uxm/PROTOCOL.md, "How a host recovers" and steps 6 to 8; uxm/send.h,
 * uxm/follow.h, uxm/deadline.h): an answer that is wrong is asked for again while it streams, once
 * the module has its COMMIT, and when it is back. One that never comes is a module fallen silent.
 */
static bool is_borne(const struct desk *desk, const struct bus_transfer *seen, enum desk_what what)
{
	if (desk_is_order(seen, UXM_WIRE_COMMIT))
		return bears_commit(desk, what);
	/* What was about to be said is said all the same. */
	if (desk_is_order(seen, UXM_WIRE_ABORT))
		return true;
	if (is_question(seen, UXM_WIRE_STATUS)) {
		if (desk->commits)
			return !is_lost(what) && !desk->unconfirmed;
		return !is_lost(what) && desk->progress.step == UXM_STEP_SEND;
	}
	/* Stalled, a device may not be configured yet. */
	if (is_question(seen, UXM_WIRE_IDENTITY) && what == DESK_REFUSE)
		return true;
	if (seen->buffer[0] == UXM_WIRE_OUT)
		return false;
	return seen->buffer[0] == DESK_CLEAR_REQUEST || desk->progress.step == UXM_STEP_RETURN;
}

/* A module that has its COMMIT must still be heard to be done. */
static bool delay(const struct desk *desk, uint64_t percent, struct desk_transfer *transfer)
{
	uint64_t most = desk_patience_answer(desk, &transfer->seen);

	most = desk_least(most * percent / 100, desk->committed ? DONE_LASTS : LATE_MOST);
	transfer->late = most;
	return true;
}

bool desk_spoil(struct desk *desk, size_t event, struct desk_transfer *transfer)
{
	enum desk_what what = desk->run.events[event].what;
	bool in = (transfer->seen.buffer[0] & DESK_DIRECTION_IN) != 0;
	bool has_data = transfer->seen.length > BUS_SETUP_SIZE;

	transfer->mishap = what;
	if (what == DESK_LATE)
		return delay(desk, desk->run.events[event].amount, transfer);
	/* A request without an answer has none that could be another one. */
	if (what == DESK_CUT && !has_data)
		return false;
	if (!in && !is_lost(what) && what != DESK_REFUSE && what != DESK_CUT)
		return false;
	desk->spoiled++;
	if (!is_borne(desk, &transfer->seen, what))
		desk->unborne |= UINT32_C(1) << event;
	return true;
}

void desk_spoil_answer(struct desk_transfer *transfer)
{
	uint8_t *data = transfer->seen.buffer + BUS_SETUP_SIZE;

	if (transfer->mishap == DESK_CUT)
		transfer->moved /= 2;
	if (transfer->mishap == DESK_GARBLE && transfer->moved > 1)
		data[0] = data[1] = 0xEE;
	if (transfer->moved != UXM_WIRE_STATUS_SIZE)
		return;
	/*
	 * STATUS: byte 4 begins `session`, bytes 8 to 15 are `accepted`, 16 to 23 `durable`, 32 to
	 * 39 `received`.
	 */
	if (transfer->mishap == DESK_STRAY)
		data[4] ^= 1;
	if (transfer->mishap == DESK_FORGET)
		memset(data + 8, 0, 16);
	if (transfer->mishap == DESK_BOAST)
		data[13] = data[37] = 1;
}

/* What STATUS says of the session. The one that the host is told before it streams is the one that
 * it streams in. */
static void note_session(struct desk *desk, const struct desk_transfer *transfer)
{
	struct uxm_status status;

	if (!uxm_wire_read_status(transfer->seen.buffer + BUS_SETUP_SIZE, transfer->moved, &status))
		return;
	desk->patience.misled = desk->patience.misled || transfer->mishap == DESK_FORGET;
	desk->timed_out = desk->timed_out || status.reason == UXM_WIRE_TIME;
	if (desk->progress.step != UXM_STEP_SEND)
		desk->session = status.session;
	else if (status.session != desk->session)
		desk->strayed = true;
}

void desk_spoil_seen(struct desk *desk, const struct desk_transfer *transfer)
{
	if (transfer->seen.endpoint != 0) {
		desk->hole = desk->hole || transfer->status != BUS_OK ||
			     transfer->moved != transfer->seen.length;
		return;
	}
	if (desk_is_order(&transfer->seen, UXM_WIRE_COMMIT))
		desk->unconfirmed = transfer->status != BUS_OK || transfer->mishap == DESK_CUT;
	if (is_question(&transfer->seen, UXM_WIRE_STATUS) && transfer->status == BUS_OK &&
	    !transfer->unwanted)
		note_session(desk, transfer);
}

bool desk_slot_doze(struct desk *desk, struct desk_slot *slot, uint64_t percent)
{
	const struct desk_options *options = &desk->options;
	uint64_t whole = desk_least(desk_patience_silence(desk), DOZE_MOST);
	/* The bytes before and behind it that are of the same step, and a look at how far it is. */
	uint64_t rest = desk_time(2 * STEP, options->module.flash_rate) +
			desk_time(2 * STEP, options->bus_rate) + LOOK;

	if (whole <= rest)
		return false;
	slot->awake_at = desk->now + (whole - rest) * percent / 100;
	return true;
}
