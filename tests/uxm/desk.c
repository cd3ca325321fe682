/* A desk's life, what happens on it, and its time. */
#include "tests/uxm/desk.h"

#include <stdlib.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"

void desk_defaults(struct desk_options *options)
{
	*options = (struct desk_options){
		.modules = 1,
		/* USB 2.0, table 5-10. */
		.bus_rate = 53248000,
		.latency = 250,
		.reboot = 700,
		.seed = 1,
	};
	device_defaults(&options->module);
	options->module.install_time = 100;
}

struct desk *desk_new(size_t capacity)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (desk == NULL)
		return NULL;
	desk->capacity = capacity;
	desk->opened = DESK_NONE;
	desk->control.due = DEVICE_NEVER;
	desk->bulk.due = DEVICE_NEVER;
	desk->payload = malloc(capacity);
	if (desk->payload == NULL)
		goto fail;
	for (size_t i = 0; i < DESK_MODULES; i++) {
		for (size_t bank = 0; bank < 2; bank++) {
			desk->slot[i].bank[bank] = malloc(capacity);
			if (desk->slot[i].bank[bank] == NULL)
				goto fail;
		}
	}
	desk->module = usb_module_over(&desk_bus_ops, desk, NULL, 0);
	if (desk->module == NULL)
		goto fail;
	return desk;
fail:
	desk_free(desk);
	return NULL;
}

void desk_free(struct desk *desk)
{
	if (desk == NULL)
		return;
	usb_module_free(desk->module);
	for (size_t i = 0; i < DESK_MODULES; i++) {
		device_free(desk->slot[i].device);
		free(desk->slot[i].bank[0]);
		free(desk->slot[i].bank[1]);
	}
	free(desk->payload);
	free(desk);
}

uint64_t desk_chance(uint64_t *seed)
{
	/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
	uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

bool desk_reset(struct desk *desk, const struct desk_options *options)
{
	static const struct desk_run nothing = {.limit = DESK_FOREVER};

	/* A host that did not clean up has been written down; the next one starts with a clean bus.
	 */
	usb_module_ops.close(desk->module);
	desk->options = *options;
	if (desk->options.module.largest_image > desk->capacity)
		desk->options.module.largest_image = desk->capacity;
	desk->now = 1000000;
	desk->started = desk->now;
	desk->random = options->seed;
	desk->last_address = 0;
	for (unsigned i = 0; i < DESK_MODULES; i++) {
		if (!desk_slot_reset(desk, i))
			return false;
	}
	if (desk->options.modules > 0)
		device_set_faults(desk->slot[0].device, &options->faults);
	for (unsigned i = 0; i < DESK_MODULES && i < options->modules; i++)
		desk_plug(desk, i);
	desk_start(desk, &nothing);
	return true;
}

/* The earliest of the events of this kind that are still to come. */
static uint64_t earliest(const struct desk *desk, enum desk_when when)
{
	uint64_t value = DEVICE_NEVER;

	for (size_t i = 0; i < DESK_EVENTS; i++) {
		if (desk->run.events[i].when == when && (desk->fired & UINT32_C(1) << i) == 0)
			value = desk_least(value, desk->run.events[i].value);
	}
	return value;
}

static void look_ahead(struct desk *desk)
{
	uint64_t time = earliest(desk, DESK_AT_TIME);

	uint64_t moment = earliest(desk, DESK_AT_MOMENT);

	desk->time_due = time == DEVICE_NEVER ? time : desk->started + time * 1000;
	desk->moment_due = moment == DEVICE_NEVER ? moment : desk->started + moment;
	desk->moved_due = earliest(desk, DESK_AT_MOVED);
}

void desk_start(struct desk *desk, const struct desk_run *run)
{
	desk->run = *run;
	if (desk->run.image.size > desk->capacity)
		desk->run.image.size = desk->capacity;
	desk_image_bytes(desk->run.image.seed, desk->payload, (size_t)desk->run.image.size);
	desk_source_reset(desk);
	desk_watch_reset(desk);
	desk->started = desk->now;
	desk->waits = 0;
	desk->moved = 0;
	desk->fired = 0;
	desk->happened = 0;
	desk->kinds = 0;
	for (size_t i = 0; i < DESK_EVENTS; i++)
		desk->kinds |= UINT32_C(1) << run->events[i].when;
	memset(desk->seen, 0, sizeof(desk->seen));
	for (size_t i = 0; i < DESK_MODULES; i++)
		desk->slot[i].awake_at = DEVICE_NEVER;
	desk_host_reset(desk);
	look_ahead(desk);
	desk_happen(desk, DESK_AT_TIME, 0, NULL);
}

/* Returns whether there was anything that it could happen to; so does apply. */
static bool do_bulk(struct desk *desk, const struct desk_event *event)
{
	enum bus_status status = BUS_ERROR;

	if (desk->opened == DESK_NONE || desk->gone || !desk_is_plugged(desk, desk->opened))
		return false;
	if (event->what == DESK_HALT) {
		device_halt(desk->slot[desk->opened].device);
		return true;
	}
	if (desk->bulk.count == 0)
		return false;
	if (event->amount != 0)
		status = (enum bus_status)event->amount;
	desk_transfer_end(desk, desk->bulk.transfer[0], status == BUS_SHORT ? BUS_OK : status);
	return true;
}

static bool stop(struct desk *desk)
{
	if (desk->stop == UXM_STOP_NOW)
		return false;
	desk->stop++;
	return true;
}

/* What comes to the module itself, and ends when it is plugged in anew. */
static bool trouble(struct desk *desk, struct desk_slot *slot, const struct desk_event *event)
{
	bool was_there = desk_is_plugged(desk, event->module);

	switch (event->what) {
	case DESK_UNPLUG:
		/* Or would have come back. */
		was_there = slot->plugged || slot->return_at != DEVICE_NEVER;
		desk_unplug(desk, event->module);
		break;
	case DESK_CYCLE:
		was_there = slot->plugged;
		device_leave_bus(slot->device, DEVICE_POWER_LOST);
		desk_slot_mind(desk, slot);
		break;
	case DESK_DEAF:
		slot->deaf = true;
		break;
	case DESK_DOZE:
		return desk_slot_doze(desk, slot, event->amount) && was_there;
	default:
		slot->power = event->amount;
		slot->worn = event->what == DESK_WEAR;
		break;
	}
	return was_there;
}

static bool apply(struct desk *desk, size_t number, struct desk_transfer *transfer)
{
	const struct desk_event *event = &desk->run.events[number];
	struct desk_slot *slot = &desk->slot[event->module];

	switch (event->what) {
	case DESK_NOTHING:
		return false;
	case DESK_STOP:
		return stop(desk);
	case DESK_PLUG:
		desk_plug(desk, event->module);
		return true;
	case DESK_DENY:
		slot->open_at = DEVICE_NEVER;
		return true;
	case DESK_OCCUPY:
		slot->occupied = true;
		return true;
	case DESK_HALT:
	case DESK_BREAK:
		return do_bulk(desk, event);
	case DESK_UNPLUG:
	case DESK_CYCLE:
	case DESK_DEAF:
	case DESK_DOZE:
	case DESK_WEAR:
	case DESK_TIRE:
		return trouble(desk, slot, event);
	case DESK_DROWSE:
		desk->awake_at = desk->now + event->amount;
		return true;
	case DESK_KILL:
		desk->killed = desk->death != NULL;
		return desk->killed;
	case DESK_FAIL:
		/* Whether this call can fail it says itself. */
		desk->refusal = (enum bus_status)event->amount;
		return false;
	case DESK_LOSE_REQUEST:
	case DESK_LOSE_ANSWER:
	case DESK_REFUSE:
	case DESK_GARBLE:
	case DESK_CUT:
	case DESK_FORGET:
	case DESK_BOAST:
	case DESK_STRAY:
	case DESK_LATE:
		return transfer != NULL && desk_spoil(desk, number, transfer);
	}
	return false;
}

/* Whether it is this event's turn; a request may have to come several times. */
static bool is_due(struct desk *desk, size_t i, uint64_t value)
{
	const struct desk_event *event = &desk->run.events[i];
	unsigned from = event->nth == 0 ? 1 : event->nth;
	unsigned times = event->times == 0 ? 1 : event->times;

	if (event->when == DESK_AT_TIME || event->when == DESK_AT_MOVED ||
	    event->when == DESK_AT_MOMENT)
		return event->value <= value;
	if (event->value != value)
		return false;
	if (event->when != DESK_AT_REQUEST)
		return true;
	desk->seen[i]++;
	if (desk->seen[i] < from)
		return false;
	return desk->seen[i] - from < times;
}

bool desk_has_happened(const struct desk *desk, size_t event)
{
	return (desk->happened & UINT32_C(1) << event) != 0;
}

void desk_happen(struct desk *desk, enum desk_when when, uint64_t value,
		 struct desk_transfer *transfer)
{
	if ((desk->kinds & UINT32_C(1) << when) == 0)
		return;
	for (size_t i = 0; i < DESK_EVENTS; i++) {
		const struct desk_event *event = &desk->run.events[i];

		if (event->when != when || (desk->fired & UINT32_C(1) << i) != 0 ||
		    !is_due(desk, i, value))
			continue;
		if (when != DESK_AT_REQUEST)
			desk->fired |= UINT32_C(1) << i;
		desk_trace(desk, "  event %zu happens", i);
		if (apply(desk, i, transfer))
			desk->happened |= UINT32_C(1) << i;
		if (event->what == DESK_FAIL)
			desk->refuses = i;
	}
	look_ahead(desk);
}

/* What is due now, everything once. */
static void run_due(struct desk *desk)
{
	if (desk->time_due <= desk->now)
		desk_happen(desk, DESK_AT_TIME, desk_elapsed(desk) / 1000, NULL);
	if (desk->moment_due <= desk->now)
		desk_happen(desk, DESK_AT_MOMENT, desk_elapsed(desk), NULL);
	for (size_t i = 0; i < DESK_MODULES; i++) {
		if (desk_slot_next(&desk->slot[i]) <= desk->now)
			desk_slot_run(desk, &desk->slot[i]);
	}
	if (desk->control.due <= desk->now)
		desk_move_control(desk);
	if (desk->bulk.due <= desk->now)
		desk_move_bulk(desk);
}

static uint64_t next_due(const struct desk *desk)
{
	uint64_t due = desk_least(desk->control.due, desk->bulk.due);

	due = desk_least(due, desk_least(desk->time_due, desk->moment_due));
	for (size_t i = 0; i < DESK_MODULES; i++)
		due = desk_least(due, desk_slot_next(&desk->slot[i]));
	return due;
}

bool desk_host_sees(const struct desk *desk)
{
	return desk->killed || desk->ended > 0 || desk->news || desk->stop != desk->stop_seen ||
	       desk_source_next(desk) <= desk->now;
}

/* Goes to the next moment at which something is due, at most `until`. False: it was `until`. */
static bool go_on(struct desk *desk, uint64_t until)
{
	uint64_t due = desk_least(next_due(desk), desk_source_next(desk));
	bool reached;

	due = desk_least(due, desk_side_due(desk));
	reached = due > until;
	due = desk_least(due, until);
	if (due > desk->now) {
		desk->now = due;
		desk->waits = 0;
	}
	return !reached;
}

void desk_sleep(struct desk *desk, uint64_t until)
{
	do {
		run_due(desk);
	} while (!desk_host_sees(desk) && desk_side_due(desk) > desk->now && go_on(desk, until));
	if (desk->awake_at > desk->now)
		desk_pass(desk, desk->awake_at - desk->now);
}

void desk_pass(struct desk *desk, uint64_t time)
{
	uint64_t until = desk->now + time;

	for (;;) {
		uint64_t due;

		run_due(desk);
		due = next_due(desk);
		if (due > until)
			break;
		desk->now = due > desk->now ? due : desk->now;
	}
	desk->now = until;
}

uint64_t desk_now(const struct desk *desk)
{
	return desk->now;
}

uint64_t desk_elapsed(const struct desk *desk)
{
	return desk->now - desk->started;
}
