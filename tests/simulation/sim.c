/* Living through a world. */
#include "tests/simulation/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"

/* An undisturbed update may fail once, where a kept part was damaged: it is thrown away then. */
#define LAST_TRIES   2u
/* Longer than any module needs for what it does by itself, in microseconds. */
#define CALM         UINT64_C(120000000)
#define URL_TEXT     96
#define OTHER_SERIAL "OTHER"

static void write_line(void *self, const char *text)
{
	(void)self;
	printf("%s\n", text);
}

struct sim *sim_new(void)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (sim == NULL)
		return NULL;
	sim->desk = desk_new(SERVED_PAYLOAD_MOST);
	for (size_t i = 0; i < SERVED_FILES; i++)
		sim->files[i].bytes = malloc(SERVED_FILE_MOST);
	for (size_t i = 0; i < SERVED_FILES; i++) {
		if (sim->files[i].bytes == NULL)
			goto fail;
	}
	if (sim->desk == NULL || !served_make_keys(&sim->keys))
		goto fail;
	served_init(sim->files);
	network_init(&sim->network, sim->desk, sim->files);
	return sim;
fail:
	sim_free(sim);
	return NULL;
}

void sim_free(struct sim *sim)
{
	if (sim == NULL)
		return;
	desk_free(sim->desk);
	for (size_t i = 0; i < SERVED_FILES; i++)
		free(sim->files[i].bytes);
	free(sim);
}

static bool fails(struct sim *sim, const char *what)
{
	snprintf(sim->broken, sizeof(sim->broken), "%s", what);
	return false;
}

static bool is_needed(const struct world *world, enum served_file which)
{
	bool first = which == SERVED_FIRST;

	for (size_t i = 0; i < world->runs; i++) {
		const struct plan *plan = &world->plans[i];

		first = first || plan->wanted == which;
		for (size_t k = 0; k < plan->count; k++)
			first = first || (which == SERVED_CHANGED &&
					  (plan->mishaps[k].number == NETWORK_CHANGED ||
					   plan->mishaps[k].number == NETWORK_RANGE_OTHER));
	}
	return first;
}

static bool make_files(struct sim *sim)
{
	const struct world *world = &sim->world;
	const char *pem = world->is_signed ? sim->keys.pem[0] : NULL;
	bool wants_digest = world->gives_digest || world->network.names_digest;

	for (unsigned i = 0; i < SERVED_FILES; i++) {
		sim->files[i].size = sim->files[i].start = sim->files[i].shared = 0;
		if (i == SERVED_CHANGED)
			served_share(&sim->files[i], &sim->files[SERVED_FIRST], world->shared);
		if (is_needed(world, (enum served_file)i) &&
		    !served_make(&sim->files[i], (enum served_file)i, world->seed, world->size[i],
				 world->has_header, pem, wants_digest))
			return fails(sim, "GnuTLS cannot make a file");
	}
	/* Of a file with a header the server names nothing: it would be the whole file's. */
	if (world->has_header)
		sim->world.network.names_digest = false;
	return true;
}

static void make_order(const struct sim *sim, const struct plan *plan, struct uxm_order *order)
{
	static const struct uxm_deadlines deadlines = UXM_DEADLINES;
	const struct served *file = &sim->files[plan->wanted];

	memset(order, 0, sizeof(*order));
	order->deadlines = deadlines;
	(void)uxm_name_parse(plan->wrong_model ? "snomD8C-1.6.1-r.bin" : file->name, &order->name);
	if (plan->wrong_key)
		order->keys = sim->keys.keys[1];
	else if (sim->world.host_has_key)
		order->keys = sim->keys.keys[0];
	order->has_digest = sim->world.gives_digest || plan->two_digests;
	order->wants_digest = order->has_digest;
	order->wait = plan->waits;
	memcpy(order->digest, file->payload_digest, sizeof(order->digest));
	/* What is known is what the server had when it was looked up. */
	if (plan->wanted == SERVED_FIRST && sim->network.changed)
		memcpy(order->digest, sim->files[SERVED_CHANGED].payload_digest,
		       sizeof(order->digest));
}

static void print_plan(const struct sim *sim, const struct plan *plan)
{
	char name[40];

	if (!sim->trace)
		return;
	printf("-- wants %s, %llu bytes; mishaps:", sim->files[plan->wanted].name,
	       (unsigned long long)sim->world.size[plan->wanted]);
	for (size_t i = 0; i < plan->count; i++)
		printf(" %s", mishap_name(plan->mishaps[i].number, name));
	printf("%s\n", plan->count == 0 ? " none" : "");
}

static void count(struct sim *sim, const struct plan *plan, enum host_end end)
{
	sim->counts.updates++;
	if (end == HOST_DIED)
		sim->counts.kills++;
	else
		sim->counts.results[sim->host.why.result]++;
	for (size_t i = 0; i < plan->count; i++) {
		if (mishap_happened(plan, i, sim->desk, &sim->network))
			sim->counts.mishaps[plan->mishaps[i].number]++;
	}
}

/* What is unusual before the host begins. */
static void prepare(struct sim *sim, const struct plan *plan)
{
	static const struct uxm_version version = {{1, 5, 9, 0}};
	static const struct fault_list none;
	struct desk *desk = sim->desk;

	/* The other program has none of the run before. */
	device_set_faults(desk_device(desk, 0), &none);
	if (plan->second_first)
		desk_plug(desk, 1);
	if (plan->other_host && desk_is_plugged(desk, 0))
		(void)desk_other_host(desk, 0, plan->other_size, version, plan->other_state,
				      plan->other_spoiled);
	device_set_faults(desk_device(desk, 0), &plan->faults);
}

/* One run of the host, judged. */
static bool run(struct sim *sim, const struct plan *plan)
{
	struct host *host = &sim->host;
	struct rules_before before;
	char url[URL_TEXT];
	struct desk_run desk_run = plan->desk;
	struct rules_run judged = {
		.world = &sim->world,
		.plan = plan,
		.desk = sim->desk,
		.network = &sim->network,
		.files = sim->files,
		.before = &before,
		.order = &host->order,
		.why = &host->why,
	};

	print_plan(sim, plan);
	prepare(sim, plan);
	make_order(sim, plan, &host->order);
	rules_note(sim->desk, sim->files, &host->order, &before);
	network_start(&sim->network, &sim->world.network, plan->network, plan->network_count);
	desk_run.limit = world_limit(&sim->world, plan);
	desk_run.waits = plan->waits;
	desk_start(sim->desk, &desk_run);
	snprintf(url, sizeof(url), "http://server.example/%s", sim->files[plan->wanted].name);
	host->desk = sim->desk;
	host->network = &sim->network;
	host->url = url;
	host->seed = sim->world.seed;
	judged.end = host_run(host);
	if (judged.end == HOST_NO_MEMORY)
		return fails(sim, "there is no memory");
	count(sim, plan, judged.end);
	if (plan == &sim->world.plans[0]) {
		sim->first_calls = desk_calls(sim->desk);
		sim->first_calls_away = desk_calls_away(sim->desk);
	}
	if (sim->trace && judged.end == HOST_ENDED)
		printf("-- %s: %s\n", uxm_result_name(host->why.result), host->why.text);
	if (!rules_hold(&judged, sim->broken))
		return false;
	/* What has not happened by now does not happen any more. */
	desk_start(sim->desk, &(struct desk_run){.limit = DESK_FOREVER});
	return true;
}

/* What holds the module up is put in order; not what it has kept. */
static void repair(struct desk *desk)
{
	for (unsigned i = 1; i < DESK_MODULES; i++)
		desk_unplug(desk, i);
	desk_mend(desk);
	if (!desk_is_plugged(desk, 0))
		desk_pass(desk, CALM);
	if (!desk_is_plugged(desk, 0) || desk->slot[0].deaf || device_silent(desk_device(desk, 0)))
		desk_plug(desk, 0);
}

/* Undisturbed, and successful. */
static bool run_last(struct sim *sim)
{
	struct plan plan = {.wanted = SERVED_FIRST};
	enum rules_program expected;
	struct desk_program program;
	const struct served *file;

	repair(sim->desk);
	desk_pass(sim->desk, CALM);
	for (unsigned i = 0; i < LAST_TRIES; i++) {
		/* A module that runs something newer gets that again. */
		struct uxm_version runs = device_version(desk_device(sim->desk, 0));

		if (uxm_version_compare(&runs, &sim->files[SERVED_FIRST].version) > 0)
			plan.wanted = SERVED_SECOND;
		if (!run(sim, &plan))
			return false;
		if (sim->host.why.result == UXM_UPDATED)
			break;
	}
	if (sim->host.why.result != UXM_UPDATED) {
		snprintf(sim->broken, sizeof(sim->broken), "an undisturbed update ends with %s: %s",
			 uxm_result_name(sim->host.why.result), sim->host.why.text);
		return false;
	}
	expected = plan.wanted == SERVED_FIRST && sim->network.changed
			   ? RULES_CHANGED
			   : (enum rules_program)plan.wanted;
	file = &sim->files[expected];
	desk_plug(sim->desk, 0);
	desk_program(sim->desk, 0, &program);
	if (program.bytes == NULL || program.size != file->size - file->start ||
	    memcmp(program.bytes, file->bytes + file->start, (size_t)program.size) != 0)
		return fails(sim, "after the last run and a power cycle it runs something else");
	return true;
}

bool sim_live(struct sim *sim)
{
	struct desk *desk = sim->desk;

	sim->counts.seeds++;
	desk_set_trace(desk, sim->trace ? write_line : NULL, NULL);
	sim->network.changed = false;
	if (!make_files(sim))
		return false;
	if (!desk_reset(desk, &sim->world.desk))
		return fails(sim, "there is no memory");
	for (size_t i = 0; i < sim->world.runs; i++) {
		const struct plan *plan = &sim->world.plans[i];

		if (!run(sim, plan))
			return false;
		desk_pass(desk, plan->pause);
		if (plan->repaired)
			repair(desk);
	}
	return run_last(sim);
}

bool sim_seed(struct sim *sim, uint64_t seed)
{
	world_draw(&sim->world, seed, &sim->keys.keys[0]);
	return sim_live(sim);
}
