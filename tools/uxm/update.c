/* uxm update: the three tables put together. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "defaults.h"
#include "document.h"
#include "job.h"
#include "keys.h"
#include "show.h"
#include "source.h"
#include "wait.h"

/* All that an update needs; NULL, or not begun, where it was not made. */
struct bench {
	struct usb_module *module;
	struct source source;
	struct wait wait;
	struct show show;
	struct uxm_update update;
	bool begun;
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
		.if_needed = options->if_needed,
		.wait = options->wait,
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

/* What stands elsewhere than on the command line. */
static bool read_rest(struct bench *bench, struct options *options, struct uxm_failure *why)
{
	if (options->job_fd >= 0)
		return job_follow_parent(why) && job_read(options, &bench->job, why);
	if (options->defaults_file == NULL)
		return true;
	options->has_defaults = defaults_read(options->defaults_file, &bench->defaults,
					      &options->defaults, &bench->exposed, why);
	return options->has_defaults;
}

static enum uxm_result run(struct bench *bench, struct options *options, struct uxm_failure *why)
{
	struct uxm_order order;
	struct uxm_module module = {.ops = &usb_module_ops};

	if (!read_rest(bench, options, why) || !make_order(options, &order, why))
		return why->result;
	bench->module = usb_module_new(options->ids, options->id_count);
	if (bench->module == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		return why->result;
	}
	if (!wait_init(&bench->wait, bench->module, why) ||
	    !source_init(&bench->source, options, &order.deadlines, &bench->update, &bench->wait,
			 why))
		return why->result;
	module.self = bench->module;
	bench->begun = uxm_update_init(&bench->update, &order, module, source_image(&bench->source),
				       wait_clock(&bench->wait), show_watch(&bench->show), why);
	if (!bench->begun)
		return why->result;
	if (bench->exposed)
		uxm_tell_note(
			&bench->update.teller,
			"%s holds a secret, and others may read it; 'chmod 600 %s' ends that.",
			options->defaults_file, options->defaults_file);
	return uxm_update_run(&bench->update, why);
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

enum uxm_result command_update(const struct options *options, struct uxm_failure *why)
{
	struct bench bench = {.wait = {.signal_fd = -1}};
	struct options all = *options;
	enum uxm_result result;

	show_begin(&bench.show, options);
	result = run(&bench, &all, why);
	show_result(&bench.show, bench.begun ? &bench.update : NULL, why);
	source_release(&bench.source);
	if (bench.begun)
		uxm_update_release(&bench.update);
	wait_release(&bench.wait);
	usb_module_free(bench.module);
	document_forget(bench.job);
	document_forget(bench.defaults);
	explicit_bzero(&all.access, sizeof(all.access));
	return result;
}
