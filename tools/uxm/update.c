/* uxm update: the three tables put together. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
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

static enum uxm_result run(struct bench *bench, const struct options *options,
			   struct uxm_failure *why)
{
	struct uxm_order order = {.deadlines = UXM_DEADLINES};
	struct uxm_module module = {.ops = &usb_module_ops};

	if (!source_name(options, &order.name, why) || !read_keys(options, &order.keys, why))
		return why->result;
	order.override = options->override;
	order.allow_older = options->allow_older;
	order.if_needed = options->if_needed;
	order.has_digest = options->has_digest;
	order.wants_digest = options->has_digest || options->digest_beside;
	memcpy(order.digest, options->digest, sizeof(order.digest));
	if (options->network_timeout != 0)
		order.deadlines.network = options->network_timeout;
	if (options->return_timeout != 0)
		order.deadlines.back = options->return_timeout;
	bench->module = usb_module_new(options->ids, options->id_count);
	if (bench->module == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		return why->result;
	}
	if (!wait_init(&bench->wait, bench->module, why) ||
	    !source_init(&bench->source, options, &bench->wait, why))
		return why->result;
	module.self = bench->module;
	bench->begun = uxm_update_init(&bench->update, &order, module, source_image(&bench->source),
				       wait_clock(&bench->wait), show_watch(&bench->show), why);
	return bench->begun ? uxm_update_run(&bench->update, why) : why->result;
}

enum uxm_result command_update(const struct options *options, struct uxm_failure *why)
{
	struct bench bench = {.wait = {.signal_fd = -1}};
	enum uxm_result result;

	if (options->progress_fd >= 0)
		show_init(&bench.show, SHOW_JSON, options->progress_fd);
	else if (options->json)
		show_init(&bench.show, SHOW_JSON, STDOUT_FILENO);
	else
		show_init(&bench.show, isatty(STDOUT_FILENO) != 0 ? SHOW_BAR : SHOW_LINES,
			  STDOUT_FILENO);
	result = run(&bench, options, why);
	show_result(&bench.show, bench.begun ? &bench.update : NULL, why);
	if (bench.begun)
		uxm_update_release(&bench.update);
	source_release(&bench.source);
	wait_release(&bench.wait);
	usb_module_free(bench.module);
	return result;
}
