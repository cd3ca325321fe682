/* Drawing a world. */
#include "tests/simulation/world.h"

#include <string.h>

#include "uxm/deadline.h"

/* Mostly small, so that many runs fit into a second; now and then past the 64 KiB after which
 * attempts count anew. */
static uint64_t draw_size(struct draw *draw, const struct world *world)
{
	uint64_t chunk = world->desk.module.largest_chunk;
	uint64_t kind = draw_below(draw, 100);

	if (kind < 3)
		return draw_between(draw, 130000, SERVED_PAYLOAD_MOST);
	if (kind < 8)
		return draw_between(draw, 60000, 130000);
	if (kind < 20 && chunk <= 8192)
		return chunk * draw_between(draw, 1, 8) + draw_between(draw, 0, 2) - 1;
	if (kind < 50)
		return draw_between(draw, 4000, 40000);
	return draw_any_size(draw, 1, 16000);
}

static void draw_module(struct world *world, struct draw *draw, const struct uxm_keys *keys)
{
	static const uint32_t chunks[] = {4096, 4096, 4096, 5000, 8192, 65536};
	static const uint32_t steps[] = {1, 512, 4096, 65536};
	static const uint64_t rates[] = {0, 0, 0, 1000000, 20000, 4000};
	static const uint64_t verify_rates[] = {0, 50000000, 100000};
	struct device_options *module = &world->desk.module;

	module->largest_chunk = chunks[draw_below(draw, 6)];
	module->record_step = steps[draw_below(draw, 4)];
	module->flash_rate = rates[draw_below(draw, 6)];
	module->verify_rate = verify_rates[draw_below(draw, 3)];
	module->silence = (uint32_t)draw_any_size(draw, 1, 300000);
	module->install_time = (uint32_t)draw_any_size(draw, 1, 3000);
	module->done_time = (uint32_t)draw_between(draw, UXM_WIRE_DONE_LEAST, UXM_WIRE_DONE_TIME);
	/* A module keeps what it announces. */
	if (module->flash_rate != 0 && module->flash_rate <= 20000 && module->silence < 5000)
		module->silence = 5000;
	if (module->flash_rate == 4000)
		module->record_step = UXM_WIRE_CHUNK_LEAST;
	if (world->is_signed)
		module->keys = *keys;
}

static void draw_bus(struct world *world, struct draw *draw)
{
	static const uint64_t rates[] = {0, 53248000, 1216000, 100000};
	static const uint32_t lags[] = {0, 0, 100, 1900};
	struct desk_options *desk = &world->desk;

	desk->bus_rate = rates[draw_below(draw, 4)];
	desk->latency = (uint32_t)draw_any_size(draw, 1, 20000);
	desk->reboot = (uint32_t)draw_any_size(draw, 1, 20000);
	/* A hub tells of a leaving within the 256 ms of its endpoint (USB 2.0, section 11.23.1). */
	desk->hub = draw_chance(draw, 50) ? (uint32_t)draw_any_size(draw, 1, 256000) : 0;
	desk->open_after = lags[draw_below(draw, 4)];
	desk->without_serial = draw_chance(draw, 20);
	desk->seed = draw_below(draw, UINT32_MAX);
}

static void draw_network(struct world *world, struct draw *draw)
{
	static const uint64_t rates[] = {0, 0, 10000000, 200000, 20000, 1500};
	struct network_options *network = &world->network;
	uint64_t most = 0;

	for (size_t i = 0; i < SERVED_FILES; i++)
		most = world->size[i] > most ? world->size[i] : most;

	network->connect_time = (uint32_t)draw_any_size(draw, 1, 300000);
	network->latency = (uint32_t)draw_any_size(draw, 1, 100000);
	network->rate = rates[draw_below(draw, 6)];
	network->piece = (uint32_t)draw_any_size(draw, most / 40 + 1, FETCH_BLOCK);
	/* What comes together does not take so long that the server would seem dead. */
	if (network->rate == 1500 && network->piece > 1500)
		network->piece = 1500;
	network->no_ranges = draw_chance(draw, 10);
	network->validators =
		draw_chance(draw, 50)
			? NETWORK_ETAG_AND_DATE
			: (enum network_validators)draw_below(draw, NETWORK_VALIDATORS);
}

static void draw_image(struct world *world, struct draw *draw)
{
	world->is_signed = draw_chance(draw, 10);
	world->has_header = world->is_signed || draw_chance(draw, 25);
	world->host_has_key = world->is_signed && draw_chance(draw, 70);
	world->gives_digest = !world->has_header && draw_chance(draw, 40);
	world->network.names_digest = draw_chance(draw, 20);
}

struct mishap_world world_for_mishaps(const struct world *world, const struct plan *plan)
{
	bool names = world->network.names_digest && !world->has_header;

	return (struct mishap_world){
		.size = world->size[plan->wanted],
		.knows_digest = world->has_header || world->gives_digest || names,
		.gives_digest = world->gives_digest,
		.has_header = world->has_header,
		.without_serial = world->desk.without_serial,
		.opens_late = world->desk.open_after > 0,
		.tells_states = world->network.validators != NETWORK_NONE ||
				world->network.no_ranges || world->has_header ||
				world->gives_digest || names,
	};
}

/* The module's own more often: many of them come last in an update, where few get. */
static unsigned draw_mishap(struct draw *draw)
{
	if (draw_chance(draw, 15))
		return MISHAP_MODULE + (unsigned)draw_below(draw, FAULT_WHATS);
	return (unsigned)draw_below(draw, MISHAPS);
}

static void draw_plan(struct world *world, struct draw *draw, struct plan *plan)
{
	static const unsigned counts[] = {0, 1, 1, 1, 1, 1, 2, 2, 3, 4};
	unsigned count = counts[draw_below(draw, 10)];
	struct mishap_world mishaps;

	plan->wanted = draw_chance(draw, 85) ? SERVED_FIRST : SERVED_SECOND;
	mishaps = world_for_mishaps(world, plan);
	while (plan->count < count)
		(void)mishap_place(draw_mishap(draw), &mishaps, draw, plan);
	plan->pause = draw_chance(draw, 50) ? 0 : draw_any_size(draw, 1, 40000000);
	plan->repaired = draw_chance(draw, 70);
}

void world_draw(struct world *world, uint64_t seed, const struct uxm_keys *keys)
{
	struct draw draw = {.state = seed};

	memset(world, 0, sizeof(*world));
	world->seed = seed;
	desk_defaults(&world->desk);
	draw_image(world, &draw);
	draw_module(world, &draw, keys);
	draw_bus(world, &draw);
	world->size[SERVED_FIRST] = draw_size(&draw, world);
	world->size[SERVED_SECOND] = draw_size(&draw, world);
	world->size[SERVED_CHANGED] = world->size[SERVED_FIRST];
	if (draw_chance(&draw, 30))
		world->size[SERVED_CHANGED] = draw_size(&draw, world);
	if (world->size[SERVED_CHANGED] == world->size[SERVED_FIRST] && draw_chance(&draw, 50))
		world->shared = draw_below(&draw, world->size[SERVED_FIRST]);
	draw_network(world, &draw);
	world->runs = (size_t)draw_between(&draw, 1, WORLD_RUNS);
	for (size_t i = 0; i < world->runs; i++)
		draw_plan(world, &draw, &world->plans[i]);
}

void world_plain(struct world *world, bool knows_digest)
{
	memset(world, 0, sizeof(*world));
	desk_defaults(&world->desk);
	world->desk.module.largest_chunk = UXM_WIRE_CHUNK_LEAST;
	world->desk.module.record_step = 1;
	world->network.connect_time = 1000;
	world->network.latency = 1000;
	world->network.rate = 10000000;
	world->network.piece = 3000;
	world->gives_digest = knows_digest;
	for (size_t i = 0; i < SERVED_FILES; i++)
		world->size[i] = 40000;
	world->runs = 1;
}

uint32_t world_limit(const struct world *world, const struct plan *plan)
{
	static const struct uxm_deadlines deadlines = UXM_DEADLINES;
	const struct device_options *module = &world->desk.module;
	uint64_t size = world->size[SERVED_FIRST] + world->size[SERVED_CHANGED] +
			world->size[SERVED_SECOND];
	uint64_t silence = module->silence < deadlines.answer ? deadlines.answer : module->silence;
	uint64_t starts = (deadlines.retries + 1) * (1 + size / deadlines.retry_bytes);
	uint64_t bytes = 1 + size / deadlines.module_bytes;
	uint64_t limit;

	if (silence > deadlines.silence_most)
		silence = deadlines.silence_most;
	/* Looking at the modules: the kernel's own 5 s beside each answer. */
	limit = 4 * DESK_MODULES * 4 * UINT64_C(2) * deadlines.answer;
	/* Each of the server's attempts, and its pace. */
	limit += starts * (deadlines.connect + deadlines.network_quiet +
			   deadlines.fetch_pause_most * 3 / 2 + deadlines.retry_after_most);
	limit += (1 + size / deadlines.network_bytes) * deadlines.network;
	/* The module's: data, recoveries, COMMIT and its repetitions, verify and install. */
	limit += (bytes + 6 * starts + 20) * silence;
	limit += size * 1000 / (module->verify_rate == 0 ? 1000000 : module->verify_rate);
	limit += module->install_time + module->done_time + deadlines.back + deadlines.reopen;
	/* Somebody else's update before. */
	/* And whoever waits may do all of it twice, and be stopped then. */
	if (plan->other_host || plan->waits)
		limit *= 2;
	if (plan->waits)
		limit += 2500000;
	return limit < UINT32_MAX / 2 ? (uint32_t)limit : UINT32_MAX / 2;
}
