/* uxm update: what is asked for, from wherever it is read. */
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "defaults.h"
#include "document.h"
#include "each.h"
#include "job.h"
#include "keys.h"
#include "source.h"

/* What stands elsewhere than on the command line. */
struct rest {
	cJSON *job;
	cJSON *defaults;
	bool exposed; /* the defaults hold a secret that others may read */
};

/* The keys that were given, and those of the installation. */
static bool read_keys(const struct options *options, struct uxm_keys *keys, struct uxm_failure *why)
{
	for (size_t i = 0; i < options->key_count; i++) {
		if (!keys_add_file(keys, options->keys[i], why))
			return false;
	}
	if (!keys_add_folder(keys, KEYS_FOLDER, why))
		return false;
	if (keys->count > 0 || !options->require_signature)
		return true;
	uxm_fail(why, UXM_USAGE,
		 "--require-signature needs a key: give --key, or put one into " KEYS_FOLDER ".");
	return false;
}

static bool make_order(const struct options *options, struct uxm_order *order,
		       struct uxm_failure *why)
{
	*order = (struct uxm_order){
		.override = options->override,
		.allow_older = options->allow_older,
		.if_needed = options->if_needed || options->each,
		.wait = options->wait,
		.serial = options->serial,
		.has_digest = options->has_digest,
		.wants_digest = options->has_digest || options->digest_beside,
		.deadlines = UXM_DEADLINES,
	};
	memcpy(order->digest, options->digest, sizeof(order->digest));
	if (options->network_timeout != 0)
		order->deadlines.network = options->network_timeout;
	if (options->return_timeout != 0)
		order->deadlines.back = options->return_timeout;
	return source_name(options, &order->name, why) && read_keys(options, &order->keys, why);
}

static bool read_rest(struct rest *rest, struct options *options, struct uxm_failure *why)
{
	if (options->job_fd >= 0)
		return job_follow_parent(why) && job_read(options, &rest->job, why);
	if (options->defaults_file == NULL)
		return true;
	options->has_defaults = defaults_read(options->defaults_file, &rest->defaults,
					      &options->defaults, &rest->exposed, why);
	return options->has_defaults;
}

static void show_begin(struct show *show, const struct options *options)
{
	if (options->progress_fd >= 0)
		show_init(show, SHOW_JSON, options->progress_fd);
	else if (options->json || options->job_fd >= 0)
		show_init(show, SHOW_JSON, STDOUT_FILENO);
	else
		show_init(show, isatty(STDOUT_FILENO) != 0 ? SHOW_BAR : SHOW_LINES, STDOUT_FILENO);
}

static enum uxm_result run(struct bench *bench, struct uxm_failure *why)
{
	struct bench_end end;

	if (!bench_open(bench, why)) {
		show_result(bench->show, NULL, why);
		return why->result;
	}
	if (bench->options->each)
		return each_run(bench, why);
	/* Before somebody is asked to plug anything in. */
	if (bench->order->wait && !bench_check(bench, why)) {
		show_result(bench->show, NULL, why);
		return why->result;
	}
	return bench_update(bench, &end, why);
}

enum uxm_result command_update(const struct options *options, struct uxm_failure *why)
{
	struct show show;
	struct uxm_order order;
	struct options all = *options;
	struct rest rest = {.job = NULL};
	struct bench bench = {
		.options = &all, .order = &order, .show = &show, .wait = {.signal_fd = -1}};
	enum uxm_result result;

	show_begin(&show, options);
	if (read_rest(&rest, &all, why) && make_order(&all, &order, why)) {
		bench.exposed = rest.exposed ? all.defaults_file : NULL;
		result = run(&bench, why);
	} else {
		result = why->result;
		show_result(&show, NULL, why);
	}
	bench_close(&bench);
	document_forget(rest.job);
	document_forget(rest.defaults);
	explicit_bzero(&all.access, sizeof(all.access));
	return result;
}
