/* Where mishaps are put. */
#include "tests/simulation/place.h"
#include "usb/bus.h"

/* A short update calls the bus so often, and tables besides. */
#define CALLS          300u
#define CALLS_AWAY     60u
/* And is over after this, in microseconds. */
#define MOMENTS        UINT64_C(6000000)
/* So many requests in a row are answered late. */
#define LATE_MOST      3u
/* So long somebody waits for a module that nobody plugs in, in milliseconds. */
#define PLACE_PATIENCE 2000000u

static struct desk_event *add_event(struct plan *plan, enum desk_when when, enum desk_what what)
{
	struct desk_event *event = &plan->desk.events[plan->events++];

	*event = (struct desk_event){.when = when, .what = what};
	return event;
}

static uint64_t draw_request(struct draw *draw)
{
	static const uint64_t requests[] = {
		UXM_WIRE_IDENTITY, UXM_WIRE_BEGIN,      UXM_WIRE_STATUS,
		UXM_WIRE_STATUS,   UXM_WIRE_STATUS,     UXM_WIRE_COMMIT,
		UXM_WIRE_ABORT,    DESK_GET_DESCRIPTOR, DESK_CLEAR_FEATURE};

	return requests[draw_below(draw, sizeof(requests) / sizeof(requests[0]))];
}

/* Any instant of a run, by one of the ways to name one. */
static struct desk_event *add_at_any_instant(struct plan *plan, const struct mishap_world *world,
					     struct draw *draw, enum desk_what what)
{
	struct desk_event *event = add_event(plan, DESK_AT_CALL, what);

	switch (draw_below(draw, 8)) {
	case 0:
		event->when = DESK_AT_AWAY;
		event->value = draw_any_size(draw, 1, CALLS_AWAY);
		break;
	case 1:
	case 2:
		event->when = DESK_AT_MOMENT;
		event->value = draw_any_size(draw, 1, MOMENTS);
		break;
	case 3:
	case 4:
		event->when = DESK_AT_MOVED;
		event->value = 1 + draw_below(draw, world->size);
		break;
	case 5:
		event->when = DESK_AT_STEP;
		event->value = draw_below(draw, UXM_STEPS);
		break;
	default:
		event->value = draw_any_size(draw, 1, CALLS);
		break;
	}
	return event;
}

static void add_at_request(struct plan *plan, struct draw *draw, enum desk_what what,
			   uint64_t request)
{
	struct desk_event *event = add_event(plan, DESK_AT_REQUEST, what);

	event->value = request;
	event->nth = (unsigned)draw_any_size(draw, 1, request == UXM_WIRE_STATUS ? 30 : 3);
	event->times = draw_chance(draw, 85) ? 1 : (unsigned)draw_between(draw, 2, 8);
	if (what == DESK_LATE) {
		event->times = event->times < LATE_MOST ? event->times : LATE_MOST;
		event->amount = draw_between(draw, 10, 95);
	}
}

static bool place_module(enum fault_what what, const struct mishap_world *world, struct draw *draw,
			 struct plan *plan)
{
	unsigned points = fault_kind(what)->points;
	struct fault fault = {.what = what};

	/* At the bytes half of the time, where that is possible. */
	if ((points & 1u << FAULT_AT_BYTE) != 0 && draw_chance(draw, 50))
		points = 1u << FAULT_AT_BYTE;
	do {
		fault.point = (enum fault_point)draw_below(draw, FAULT_POINTS);
	} while ((points & 1u << fault.point) == 0);
	fault.offset = draw_below(draw, world->size);
	if (fault.point == FAULT_AT_VERIFY || fault.point == FAULT_AT_INSTALL)
		fault.percent = (unsigned)draw_below(draw, 101);
	return fault_add(&plan->faults, &fault);
}

static void place_other_host(const struct mishap_world *world, struct draw *draw, struct plan *plan)
{
	plan->other_host = true;
	plan->other_state =
		(enum uxm_wire_state)draw_between(draw, UXM_WIRE_RECEIVING, UXM_WIRE_DONE);
	plan->other_spoiled = plan->other_state == UXM_WIRE_VERIFYING && draw_chance(draw, 30);
	plan->other_size = draw_any_size(draw, 1, world->size < 4096 ? 4096 : world->size);
}

/* What happens to a request. */
static bool place_at_request(unsigned event, struct draw *draw, struct plan *plan)
{
	static const struct {
		unsigned event;
		enum desk_what what;
		bool of_status;
	} requests[] = {
		{MISHAP_LOSE_REQUEST, DESK_LOSE_REQUEST, false},
		{MISHAP_LOSE_ANSWER, DESK_LOSE_ANSWER, false},
		{MISHAP_REFUSE, DESK_REFUSE, false},
		{MISHAP_GARBLE, DESK_GARBLE, false},
		{MISHAP_CUT, DESK_CUT, false},
		{MISHAP_FORGET, DESK_FORGET, true},
		{MISHAP_BOAST, DESK_BOAST, true},
		{MISHAP_STRAY, DESK_STRAY, true},
		{MISHAP_LATE, DESK_LATE, false},
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].event != event)
			continue;
		add_at_request(plan, draw, requests[i].what,
			       requests[i].of_status ? UXM_WIRE_STATUS : draw_request(draw));
		return true;
	}
	return false;
}

/* Whoever waits has to be told to stop where nobody plugs anything in. */
static void place_await(const struct mishap_world *world, struct draw *draw, struct plan *plan)
{
	struct desk_event *plugged;

	plan->waits = true;
	(void)add_at_any_instant(plan, world, draw, DESK_UNPLUG);
	plugged = add_event(plan, DESK_AT_MOMENT, DESK_PLUG);
	plugged->value = draw_between(draw, MOMENTS, 20 * MOMENTS);
	add_event(plan, DESK_AT_TIME, DESK_STOP)->value = PLACE_PATIENCE;
	add_event(plan, DESK_AT_TIME, DESK_STOP)->value = PLACE_PATIENCE + 60000;
}

/* Another one is plugged in instead of the one that has left; that one comes later, or never. */
static void place_await_other(const struct mishap_world *world, struct draw *draw,
			      struct plan *plan)
{
	uint64_t comes = draw_between(draw, MOMENTS, 20 * MOMENTS);
	struct desk_event *other;

	plan->waits = true;
	(void)add_at_any_instant(plan, world, draw, DESK_UNPLUG);
	other = add_event(plan, DESK_AT_MOMENT, DESK_PLUG);
	other->value = comes;
	other->module = 1;
	if (draw_chance(draw, 70)) {
		comes += draw_any_size(draw, 1, 10 * MOMENTS);
		other = add_event(plan, DESK_AT_MOMENT, DESK_UNPLUG);
		other->value = comes;
		other->module = 1;
		add_event(plan, DESK_AT_MOMENT, DESK_PLUG)->value = comes + 1;
	}
	add_event(plan, DESK_AT_TIME, DESK_STOP)->value = PLACE_PATIENCE;
	add_event(plan, DESK_AT_TIME, DESK_STOP)->value = PLACE_PATIENCE + 60000;
}

/* Twice, often the second time after the commit, when there is something left to end. */
static void place_stop_twice(const struct mishap_world *world, struct draw *draw, struct plan *plan)
{
	(void)add_at_any_instant(plan, world, draw, DESK_STOP);
	(void)add_at_any_instant(plan, world, draw, DESK_STOP);
	if (draw_chance(draw, 60))
		return;
	for (size_t i = 1; i <= 2; i++) {
		plan->desk.events[plan->events - i].when = DESK_AT_STEP;
		plan->desk.events[plan->events - i].value =
			draw_between(draw, UXM_STEP_COMMIT, UXM_STEP_RETURN);
	}
}

/* The host sees what happens at this byte together with what happens soon after. */
static void add_drowse(struct plan *plan, struct draw *draw, uint64_t moved)
{
	struct desk_event *drowse = add_event(plan, DESK_AT_MOVED, DESK_DROWSE);

	drowse->value = moved;
	drowse->amount = draw_any_size(draw, 1000, 200000);
}

/* What happens at an instant. */
static bool place_at_instant(unsigned event, const struct mishap_world *world, struct draw *draw,
			     struct plan *plan)
{
	static const enum bus_status refusals[] = {BUS_ERROR, BUS_NO_MEMORY, BUS_DENIED, BUS_BUSY};
	static const enum bus_status breaks[] = {BUS_ERROR, BUS_TIME, BUS_SHORT};
	struct desk_event *happens;

	switch (event) {
	case MISHAP_KILL:
		(void)add_at_any_instant(plan, world, draw, DESK_KILL);
		return true;
	case MISHAP_STOP:
		(void)add_at_any_instant(plan, world, draw, DESK_STOP);
		return true;
	case MISHAP_STOP_TWICE:
		place_stop_twice(world, draw, plan);
		return true;
	case MISHAP_UNPLUG:
		(void)add_at_any_instant(plan, world, draw, DESK_UNPLUG);
		return true;
	case MISHAP_REPLUG:
		(void)add_at_any_instant(plan, world, draw, DESK_PLUG);
		return true;
	case MISHAP_AWAIT:
		place_await(world, draw, plan);
		return true;
	case MISHAP_AWAIT_OTHER:
		place_await_other(world, draw, plan);
		return true;
	case MISHAP_CYCLE:
		(void)add_at_any_instant(plan, world, draw, DESK_CYCLE);
		return true;
	case MISHAP_SECOND:
		add_at_any_instant(plan, world, draw, DESK_PLUG)->module = 1;
		return true;
	case MISHAP_DENY:
		(void)add_at_any_instant(plan, world, draw, DESK_DENY);
		return true;
	case MISHAP_OCCUPY:
		(void)add_at_any_instant(plan, world, draw, DESK_OCCUPY);
		return true;
	case MISHAP_DEAF:
		(void)add_at_any_instant(plan, world, draw, DESK_DEAF);
		return true;
	case MISHAP_DOZE:
		happens = add_event(plan, DESK_AT_MOVED, DESK_DOZE);
		happens->value = 1 + draw_below(draw, world->size);
		happens->amount = draw_between(draw, 50, 95);
		return true;
	case MISHAP_HALT:
		(void)add_at_any_instant(plan, world, draw, DESK_HALT);
		return true;
	case MISHAP_BREAK:
		happens = add_event(plan, DESK_AT_MOVED, DESK_BREAK);
		happens->value = 1 + draw_below(draw, world->size);
		happens->amount = breaks[draw_below(draw, 3)];
		if (draw_chance(draw, 30))
			add_drowse(plan, draw, happens->value);
		return true;
	case MISHAP_WEAR:
	case MISHAP_TIRE:
		happens = add_at_any_instant(plan, world, draw,
					     event == MISHAP_WEAR ? DESK_WEAR : DESK_TIRE);
		happens->amount = draw_any_size(draw, 1, world->size + 10) - 1;
		return true;
	case MISHAP_CALL_FAILS:
		happens = add_event(plan, DESK_AT_CALL, DESK_FAIL);
		happens->value = draw_any_size(draw, 1, CALLS);
		happens->amount = refusals[draw_below(draw, 4)];
		return true;
	default:
		return false;
	}
}

static bool dozes(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->mishaps[i].number == MISHAP_EVENT + MISHAP_DOZE)
			return true;
	}
	return false;
}

static bool place_event(unsigned event, const struct mishap_world *world, struct draw *draw,
			struct plan *plan)
{
	if (plan->events + 6 > DESK_EVENTS)
		return false;
	switch (event) {
	case MISHAP_SECOND_FIRST:
		plan->second_first = true;
		return true;
	case MISHAP_OTHER_HOST:
		place_other_host(world, draw, plan);
		return true;
	case MISHAP_WRONG_MODEL:
		plan->wrong_model = true;
		return true;
	case MISHAP_WRONG_KEY:
		plan->wrong_key = true;
		return true;
	case MISHAP_DOZE:
		/* Two of them could fall into one step. */
		return !dozes(plan) && place_at_instant(event, world, draw, plan);
	case MISHAP_TWO_DIGESTS:
		plan->two_digests = world->has_header;
		return world->has_header;
	default:
		return place_at_request(event, draw, plan) ||
		       place_at_instant(event, world, draw, plan);
	}
}

/* Places it; false where it would be none. */
static bool place(unsigned mishap, const struct mishap_world *world, struct draw *draw,
		  struct plan *plan)
{
	size_t at = plan->events;
	bool placed;

	if (plan->count == MISHAPS_A_RUN)
		return false;
	if (mishap < MISHAP_MODULE) {
		at = plan->network_count;
		placed = place_network((enum network_what)mishap, world, draw, plan);
	} else if (mishap < MISHAP_EVENT) {
		at = plan->faults.count;
		placed = place_module((enum fault_what)(mishap - MISHAP_MODULE), world, draw, plan);
	} else {
		placed = place_event(mishap - MISHAP_EVENT, world, draw, plan);
	}
	if (!placed)
		return false;
	plan->mishaps[plan->count].number = mishap;
	plan->mishaps[plan->count].at = at;
	plan->count++;
	return true;
}

/* What befalls the request that clears a halt. */
static bool needs_halt(unsigned mishap, const struct plan *plan)
{
	const struct desk_event *events = plan->desk.events;

	return mishap >= MISHAP_EVENT && plan->events > 0 &&
	       events[plan->events - 1].when == DESK_AT_REQUEST &&
	       events[plan->events - 1].value == DESK_CLEAR_FEATURE;
}

/* What needs a request for a part to happen at all. */
static bool needs_break(unsigned mishap)
{
	return mishap == MISHAP_NETWORK + NETWORK_CHANGED ||
	       (mishap >= MISHAP_NETWORK + NETWORK_RANGE_FIRST &&
		mishap <= MISHAP_NETWORK + NETWORK_OTHER_PART);
}

bool mishap_place(unsigned mishap, const struct mishap_world *world, struct draw *draw,
		  struct plan *plan)
{
	if (!place(mishap, world, draw, plan))
		return false;
	if (needs_break(mishap) && draw_chance(draw, 80)) {
		/* The server is itself again by then, or was until then. */
		plan->network[plan->network_count - 1].from_call =
			mishap == MISHAP_NETWORK + NETWORK_CHANGED ? 3 : 0;
		(void)place(MISHAP_NETWORK + NETWORK_RESET, world, draw, plan);
	}
	/* What was known already comes again, and slowly. */
	if (mishap == MISHAP_NETWORK + NETWORK_RANGE_IGNORED && draw_chance(draw, 40) &&
	    place(MISHAP_NETWORK + NETWORK_TRICKLE, world, draw, plan))
		place_network_move(plan, 0, 2, 1);
	/* The server is given up while nobody reads, and asked anew by one who does again. */
	if (mishap == MISHAP_EVENT + MISHAP_AWAIT && draw_chance(draw, 30) &&
	    place(MISHAP_NETWORK + NETWORK_RESET, world, draw, plan))
		place_network_move(plan, world->size / 2, 0, (unsigned)draw_between(draw, 7, 9));
	if (needs_halt(mishap, plan))
		(void)place(MISHAP_EVENT + MISHAP_BREAK, world, draw, plan);
	return true;
}
