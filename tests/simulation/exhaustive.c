/* Single mishaps, all of them, everywhere in a short update. */
#include "tests/simulation/exhaustive.h"

#include <stdio.h>
#include <string.h>

#include "usb/bus.h"

/* The updates that are disturbed. */
enum base {
	BASE_UNKNOWN = 0, /* the image's digest is not known beforehand */
	BASE_KNOWN,
	BASE_BROKEN,  /* known, and the connection breaks in the middle anyway */
	BASE_STALLED, /* and so does a transfer to the module */
	BASE_SIGNED,  /* the module and the host want a signature */
	BASES,
};

#define MIDDLE 17000u

struct tour {
	struct sim *sim;
	struct exhaustive *done;
	uint64_t only;
	enum base base;
};

static struct plan *begin_case(struct tour *tour)
{
	struct world *world = &tour->sim->world;
	struct plan *plan = &world->plans[0];

	world_plain(world, tour->base != BASE_UNKNOWN && tour->base != BASE_SIGNED);
	if (tour->base == BASE_SIGNED) {
		world->has_header = world->is_signed = world->host_has_key = true;
		world->desk.module.keys = tour->sim->keys.keys[0];
	}
	if (tour->base == BASE_BROKEN)
		plan->network[plan->network_count++] =
			(struct network_fault){.what = NETWORK_RESET, .times = 1, .at = MIDDLE};
	if (tour->base == BASE_STALLED)
		plan->desk.events[plan->events++] = (struct desk_event){
			.when = DESK_AT_MOVED, .value = MIDDLE, .what = DESK_BREAK};
	return plan;
}

static void register_mishap(struct plan *plan, unsigned mishap, size_t at)
{
	plan->mishaps[plan->count].number = mishap;
	plan->mishaps[plan->count].at = at;
	plan->count++;
}

/* Lives through the case that was made. */
static void live_case(struct tour *tour, uint64_t place)
{
	struct sim *sim = tour->sim;
	const uint64_t *count = &sim->counts.mishaps[sim->world.plans[0].mishaps[0].number];
	uint64_t before = *count;
	char name[40];
	bool lived;

	tour->done->cases++;
	if (tour->only != 0 && tour->only != tour->done->cases)
		return;
	lived = sim_live(sim);
	tour->done->happened += *count > before ? 1 : 0;
	if (!lived) {
		tour->done->failed++;
		printf("case %llu (update %u, %s at %llu): %s\n",
		       (unsigned long long)tour->done->cases, (unsigned)tour->base,
		       mishap_name(sim->world.plans[0].mishaps[0].number, name),
		       (unsigned long long)place, sim->broken);
	}
}

/* What happens at a call. */
static const struct {
	unsigned mishap;
	enum desk_what what;
	unsigned module;
	uint64_t amount;
} at_calls[] = {
	{MISHAP_EVENT + MISHAP_KILL, DESK_KILL, 0, 0},
	{MISHAP_EVENT + MISHAP_STOP, DESK_STOP, 0, 0},
	{MISHAP_EVENT + MISHAP_UNPLUG, DESK_UNPLUG, 0, 0},
	{MISHAP_EVENT + MISHAP_REPLUG, DESK_PLUG, 0, 0},
	{MISHAP_EVENT + MISHAP_CYCLE, DESK_CYCLE, 0, 0},
	{MISHAP_EVENT + MISHAP_SECOND, DESK_PLUG, 1, 0},
	{MISHAP_EVENT + MISHAP_DENY, DESK_DENY, 0, 0},
	{MISHAP_EVENT + MISHAP_OCCUPY, DESK_OCCUPY, 0, 0},
	{MISHAP_EVENT + MISHAP_DEAF, DESK_DEAF, 0, 0},
	{MISHAP_EVENT + MISHAP_DOZE, DESK_DOZE, 0, 95},
	{MISHAP_EVENT + MISHAP_HALT, DESK_HALT, 0, 0},
	{MISHAP_EVENT + MISHAP_BREAK, DESK_BREAK, 0, BUS_ERROR},
	{MISHAP_EVENT + MISHAP_BREAK, DESK_BREAK, 0, BUS_TIME},
	{MISHAP_EVENT + MISHAP_BREAK, DESK_BREAK, 0, BUS_STALL},
	{MISHAP_EVENT + MISHAP_BREAK, DESK_BREAK, 0, BUS_CANCELLED},
	{MISHAP_EVENT + MISHAP_BREAK, DESK_BREAK, 0, BUS_SHORT},
	{MISHAP_EVENT + MISHAP_WEAR, DESK_WEAR, 0, 0},
	{MISHAP_EVENT + MISHAP_WEAR, DESK_WEAR, 0, 100},
	{MISHAP_EVENT + MISHAP_TIRE, DESK_TIRE, 0, 0},
	{MISHAP_EVENT + MISHAP_TIRE, DESK_TIRE, 0, 1},
	{MISHAP_EVENT + MISHAP_TIRE, DESK_TIRE, 0, 100},
};

#define AT_CALLS (sizeof(at_calls) / sizeof(at_calls[0]))

static void event_case(struct tour *tour, size_t kind, enum desk_when when, uint64_t place)
{
	struct plan *plan = begin_case(tour);

	register_mishap(plan, at_calls[kind].mishap, plan->events);
	plan->desk.events[plan->events++] = (struct desk_event){
		.when = when,
		.value = place,
		.what = at_calls[kind].what,
		.module = at_calls[kind].module,
		.amount = at_calls[kind].amount,
	};
	live_case(tour, place);
}

static void calls_of_bus(struct tour *tour, unsigned calls)
{
	static const enum bus_status refusals[] = {BUS_ERROR, BUS_NO_MEMORY, BUS_DENIED, BUS_BUSY};

	for (uint64_t call = 1; call <= calls; call++) {
		for (size_t kind = 0; kind < AT_CALLS; kind++)
			event_case(tour, kind, DESK_AT_CALL, call);
		for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
			struct plan *plan = begin_case(tour);

			register_mishap(plan, MISHAP_EVENT + MISHAP_CALL_FAILS, plan->events);
			plan->desk.events[plan->events++] = (struct desk_event){
				.when = DESK_AT_CALL,
				.value = call,
				.what = DESK_FAIL,
				.amount = refusals[i],
			};
			live_case(tour, call);
		}
	}
}

static void calls_of_network(struct tour *tour, unsigned calls)
{
	for (unsigned call = 1; call <= calls; call++) {
		for (size_t kind = 0; kind < AT_CALLS; kind++)
			event_case(tour, kind, DESK_AT_AWAY, call);
		for (unsigned what = 0; what < NETWORK_WHATS; what++) {
			struct plan *plan = begin_case(tour);
			struct mishap_world world = world_for_mishaps(&tour->sim->world, plan);

			/* Nothing but a digest tells. */
			if (!world.knows_digest &&
			    (what == NETWORK_CORRUPT || what == NETWORK_OTHER_PART))
				continue;
			register_mishap(plan, MISHAP_NETWORK + what, plan->network_count);
			plan->network[plan->network_count++] = (struct network_fault){
				.what = (enum network_what)what,
				.from_call = call,
				.times = 1,
				.amount = what == NETWORK_STATUS ? 503 : 20000,
			};
			live_case(tour, call);
		}
	}
}

static bool is_of_status(enum desk_what what)
{
	return what == DESK_FORGET || what == DESK_BOAST || what == DESK_STRAY;
}

/* Each of a kind of request, as often as it is made. */
static void requests(struct tour *tour, uint64_t request, unsigned most)
{
	static const struct {
		unsigned mishap;
		enum desk_what what;
	} kinds[] = {
		{MISHAP_LOSE_REQUEST, DESK_LOSE_REQUEST},
		{MISHAP_LOSE_ANSWER, DESK_LOSE_ANSWER},
		{MISHAP_REFUSE, DESK_REFUSE},
		{MISHAP_GARBLE, DESK_GARBLE},
		{MISHAP_CUT, DESK_CUT},
		{MISHAP_FORGET, DESK_FORGET},
		{MISHAP_BOAST, DESK_BOAST},
		{MISHAP_STRAY, DESK_STRAY},
		{MISHAP_LATE, DESK_LATE},
	};

	for (unsigned nth = 1; nth <= most; nth++) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			struct plan *plan = begin_case(tour);

			if (is_of_status(kinds[i].what) && request != UXM_WIRE_STATUS)
				continue;
			register_mishap(plan, MISHAP_EVENT + kinds[i].mishap, plan->events);
			plan->desk.events[plan->events++] = (struct desk_event){
				.when = DESK_AT_REQUEST,
				.value = request,
				.nth = nth,
				.what = kinds[i].what,
				.amount = kinds[i].what == DESK_LATE ? 95 : 0,
			};
			live_case(tour, nth);
		}
	}
	tour->done->places += most;
}

static void fault_case(struct tour *tour, const struct fault *fault)
{
	struct plan *plan = begin_case(tour);

	register_mishap(plan, MISHAP_MODULE + fault->what, plan->faults.count);
	(void)fault_add(&plan->faults, fault);
	live_case(tour, fault->point == FAULT_AT_BYTE ? fault->offset : fault->percent);
}

/* The module's own faults at one point: at each chunk's first, second and last byte, and at the
 * beginning, in the middle and at the end of a step. */
static void faults_at(struct tour *tour, enum fault_point point)
{
	uint64_t size = tour->sim->world.size[SERVED_FIRST];
	struct fault fault = {.point = point};

	for (unsigned what = 0; what < FAULT_WHATS; what++) {
		fault.what = (enum fault_what)what;
		if ((fault_kind(fault.what)->points & 1u << point) == 0)
			continue;
		if (point == FAULT_AT_VERIFY || point == FAULT_AT_INSTALL) {
			for (fault.percent = 0; fault.percent <= 100; fault.percent += 50)
				fault_case(tour, &fault);
			fault.percent = 0;
			continue;
		}
		if (point != FAULT_AT_BYTE) {
			fault_case(tour, &fault);
			continue;
		}
		for (uint64_t chunk = 0; chunk < size; chunk += UXM_WIRE_CHUNK_LEAST) {
			static const uint64_t at[] = {0, 1, UXM_WIRE_CHUNK_LEAST - 1};

			for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
				fault.offset = chunk + at[i] < size ? chunk + at[i] : size - 1;
				fault_case(tour, &fault);
			}
		}
		fault.offset = 0;
	}
}

static void faults(struct tour *tour)
{
	uint64_t size = tour->sim->world.size[SERVED_FIRST];

	for (unsigned point = 0; point < FAULT_POINTS; point++)
		faults_at(tour, (enum fault_point)point);
	tour->done->places += 3 * ((size - 1) / UXM_WIRE_CHUNK_LEAST + 1) + FAULT_POINTS + 3;
}

/* How often the update calls its tables when nothing else goes wrong. */
static void count_calls(struct tour *tour, unsigned *of_bus, unsigned *of_network)
{
	struct sim *sim = tour->sim;
	bool trace = sim->trace;

	(void)begin_case(tour);
	sim->trace = false;
	if (!sim_live(sim)) {
		tour->done->failed++;
		printf("update %u, undisturbed: %s\n", (unsigned)tour->base, sim->broken);
	}
	sim->trace = trace;
	*of_bus = sim->first_calls;
	*of_network = sim->first_calls_away;
}

void exhaustive_run(struct sim *sim, uint64_t only, struct exhaustive *done)
{
	struct tour tour = {.sim = sim, .done = done, .only = only};

	*done = (struct exhaustive){.kinds = AT_CALLS + NETWORK_WHATS + 4 + 9 + FAULT_WHATS};
	for (unsigned base = 0; base < BASES; base++) {
		unsigned of_bus;
		unsigned of_network;

		tour.base = (enum base)base;
		count_calls(&tour, &of_bus, &of_network);
		done->places += of_bus + of_network;
		calls_of_bus(&tour, of_bus);
		calls_of_network(&tour, of_network);
		requests(&tour, DESK_GET_DESCRIPTOR, 6);
		requests(&tour, UXM_WIRE_IDENTITY, 3);
		requests(&tour, UXM_WIRE_BEGIN, 1);
		requests(&tour, UXM_WIRE_STATUS, 20);
		requests(&tour, UXM_WIRE_COMMIT, 1);
		requests(&tour, DESK_CLEAR_FEATURE, base == BASE_STALLED ? 1 : 0);
		faults(&tour);
	}
}
