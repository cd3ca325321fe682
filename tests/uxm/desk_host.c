/* The host on a desk: its clock, how its calls are counted, and its death. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"

/* So often a host may wait without a moment passing: a few times for each of the transfers that
 * ends, where they take no time. */
#define WAITS_MOST 20000u
#define TRACE_TEXT 512

void desk_host_reset(struct desk *desk)
{
	desk->enumerated = 0;
	desk->begun = false;
	desk->begins = false;
	desk->commits = false;
	desk->committed = false;
	desk->committed_slot = 0;
	desk->switched = false;
	desk->rebooted_at = DEVICE_NEVER;
	desk->begins_seen = 0;
	desk->unconfirmed = false;
	desk->strayed = false;
	desk->timed_out = false;
	desk->spoiled = 0;
	desk->awake_at = 0;
	desk->unborne = 0;
	desk->aborted = false;
	desk->stop = UXM_STOP_NO;
	desk->stop_seen = UXM_STOP_NO;
	desk->told_stop = false;
	desk->told_now_at = DEVICE_NEVER;
	desk->took = false;
	desk->begun_once = false;
	desk->begun_unnamed = false;
	desk->wrongs = 0;
	desk->calls = 0;
	desk->calls_away = 0;
	desk->refusal = BUS_OK;
	desk->plugged = 0;
	desk->left_at = DEVICE_NEVER;
	desk->killed = false;
	desk_patience_reset(desk);
}

void desk_set_side(struct desk *desk, const struct desk_side *side)
{
	desk->side.due = NULL;
	if (side != NULL)
		desk->side = *side;
}

uint64_t desk_side_due(const struct desk *desk)
{
	return desk->side.due == NULL ? DEVICE_NEVER : desk->side.due(desk->side.self);
}

void desk_set_trace(struct desk *desk, void (*line)(void *self, const char *text), void *self)
{
	desk->trace = line;
	desk->trace_self = self;
}

void desk_trace(struct desk *desk, const char *format, ...)
{
	char text[TRACE_TEXT];
	va_list arguments;
	int used;

	if (desk->trace == NULL)
		return;
	used = snprintf(text, sizeof(text), "%10.3f ms  ", (double)desk_elapsed(desk) / 1000);
	va_start(arguments, format);
	vsnprintf(text + used, sizeof(text) - (size_t)used, format, arguments);
	va_end(arguments);
	desk->trace(desk->trace_self, text);
}

void desk_set_death(struct desk *desk, jmp_buf *death)
{
	desk->death = death;
}

bool desk_is_dead(const struct desk *desk)
{
	return desk->dead;
}

void desk_live(struct desk *desk)
{
	if (!desk->killed || desk->dead)
		return;
	desk->killed = false;
	desk->dead = true;
	desk_trace(desk, "the host dies");
	/* Nothing of the desk's is half done here; what the host has half done is what it is about.
	 * NOLINTNEXTLINE(cert-err52-cpp) */
	longjmp(*desk->death, 1);
}

enum bus_status desk_call(struct desk *desk, const char *name)
{
	enum bus_status refusal;

	desk->calls++;
	desk_patience_called(desk, strcmp(name, "events") != 0);
	desk->plugged = desk_count_plugged(desk);
	if (desk->trace != NULL)
		desk_trace(desk, "%s (call %u)", name, desk->calls);
	desk_happen(desk, DESK_AT_CALL, desk->calls, NULL);
	desk_live(desk);
	refusal = desk->refusal;
	desk->refusal = BUS_OK;
	return refusal;
}

void desk_call_away(struct desk *desk, const char *name)
{
	if (desk->dead)
		return;
	desk->calls_away++;
	desk_patience_called(desk, false);
	if (desk->trace != NULL)
		desk_trace(desk, "%s (call away %u)", name, desk->calls_away);
	desk_happen(desk, DESK_AT_AWAY, desk->calls_away, NULL);
	desk_live(desk);
}

const char *desk_transfer_name(const struct bus_transfer *seen)
{
	static const char *const requests[] = {"submit a request", "submit IDENTITY",
					       "submit BEGIN",     "submit STATUS",
					       "submit COMMIT",    "submit ABORT"};
	uint8_t request = seen->buffer[1];

	if (seen->endpoint != 0)
		return "submit data";
	if ((seen->buffer[0] & UXM_WIRE_OUT) != UXM_WIRE_OUT || request > UXM_WIRE_ABORT)
		return requests[0];
	return requests[request];
}

unsigned desk_sessions(const struct desk *desk)
{
	return desk->begins_seen;
}

unsigned desk_calls(const struct desk *desk)
{
	return desk->calls;
}

unsigned desk_calls_away(const struct desk *desk)
{
	return desk->calls_away;
}

uint64_t desk_left_at(const struct desk *desk)
{
	return desk->left_at;
}

/* Each of the transfers ends as if it were cancelled, in any order. */
static void end_transfers(struct desk *desk)
{
	while (desk->control.count + desk->bulk.count > 0) {
		uint64_t chance = desk_chance(&desk->random);
		struct desk_queue *queue = &desk->control;

		if (queue->count == 0 || (desk->bulk.count > 0 && (chance & 1) != 0))
			queue = &desk->bulk;
		desk_transfer_cancel(desk, queue->transfer[(size_t)(chance >> 8) % queue->count]);
	}
	for (size_t i = 0; i < DESK_TRANSFERS; i++) {
		desk->transfer[i].ended = false;
		desk->transfer[i].seen.under_way = false;
	}
	desk->ended = 0;
}

bool desk_bury(struct desk *desk)
{
	desk->dead = true;
	end_transfers(desk);
	desk->opened = DESK_NONE;
	desk->claimed = false;
	desk->naked = false;
	usb_module_free(desk->module);
	desk->module = usb_module_over(&desk_bus_ops, desk, NULL, 0);
	desk->killed = false;
	desk->dead = false;
	return desk->module != NULL;
}

static uint64_t clock_now(void *self)
{
	const struct desk *desk = self;

	return desk->now / 1000;
}

/* One look at what has happened. Returns whether the update may get on. */
static bool see(struct desk *desk)
{
	bool sees = desk_host_sees(desk);
	bool left = desk->left;

	usb_module_events(desk->module);
	sees = sees || desk->left != left;
	desk->stop_seen = desk->stop;
	/* What has come for the image wakes once: a reader who waits for something else does not
	 * look at it. */
	if (desk_source_next(desk) <= desk->now)
		desk->source.waiting = false;
	if (desk_side_due(desk) <= desk->now)
		sees = desk->side.work(desk->side.self) || sees;
	if (++desk->waits > WAITS_MOST) {
		desk_blame(desk, DESK_SPINS);
		desk->now += 1000;
	}
	return sees;
}

/* What the host learns of somebody's wish from this wait. */
static void note_stop(struct desk *desk)
{
	if (desk->stop != UXM_STOP_NO && !desk->commits)
		desk->told_stop = true;
	if (desk->stop == UXM_STOP_NOW && desk->commits)
		desk->told_now_at = desk_least(desk->told_now_at, desk->now);
}

static enum uxm_stop clock_wait(void *self, uint64_t until)
{
	struct desk *desk = self;
	uint64_t time = until > DEVICE_NEVER / 1000 ? DEVICE_NEVER - 1 : until * 1000;

	do {
		enum desk_wait what = desk_patience_waits(desk);
		uint64_t since = desk->now;

		desk_sleep(desk, time);
		desk_patience_slept(desk, what, since);
		desk_live(desk);
	} while (!see(desk) && desk->now < time);
	if (desk_elapsed(desk) / 1000 > desk->run.limit) {
		desk_blame(desk, DESK_RAN_TOO_LONG);
		return UXM_STOP_NOW;
	}
	note_stop(desk);
	return desk->stop;
}

struct uxm_clock desk_clock(struct desk *desk)
{
	static const struct uxm_clock_ops ops = {.now = clock_now, .wait = clock_wait};

	return (struct uxm_clock){.ops = &ops, .self = desk};
}

struct uxm_module desk_module(struct desk *desk)
{
	return (struct uxm_module){.ops = &usb_module_ops, .self = desk->module};
}
