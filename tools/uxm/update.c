/* uxm update: the three tables put together. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "fetch/file.h"
#include "json.h"
#include "keys.h"
#include "show.h"
#include "wait.h"

/* All that an update needs; NULL, or not begun, where it was not made. */
struct bench {
	struct usb_module *module;
	struct fetch *fetch;
	struct fetch_file *file;
	struct wait wait;
	struct show show;
	struct uxm_update update;
	bool begun;
};

static bool is_url(const char *source)
{
	return strstr(source, "://") != NULL;
}

/* What the image is called, and so for which model and of which version it is. */
static bool name_image(const struct options *options, struct uxm_name *name,
		       struct uxm_failure *why)
{
	const char *location = options->name != NULL ? options->name : options->source;
	char shown[FETCH_SHOWN_TEXT];

	if (uxm_name_parse(location, name))
		return true;
	uxm_fail(why, UXM_IMAGE_REFUSED, "%s is not named like an image; the file name must be %s.",
		 is_url(location) ? fetch_url_shown(location, shown) : location, uxm_name_forms());
	return false;
}

static bool make_image(struct bench *bench, const struct options *options, struct uxm_image *image,
		       struct uxm_failure *why)
{
	const struct fetch_options source = {.url = options->source, .ca_file = options->ca_file};
	bool made;

	if (is_url(options->source)) {
		if (!fetch_new(&source, &bench->fetch, why))
			return false;
		bench->wait.fetch = bench->fetch;
		*image = fetch_image(bench->fetch);
		return true;
	}
	if (strcmp(options->source, "-") == 0)
		made = fetch_file_inherit(STDIN_FILENO, "standard input", options->size, 0,
					  &bench->file, why);
	else
		made = fetch_file_new(options->source, 0, &bench->file, why);
	if (!made)
		return false;
	bench->wait.file = bench->file;
	*image = fetch_file_image(bench->file);
	return true;
}

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
	struct uxm_image image;

	if (!name_image(options, &order.name, why) || !read_keys(options, &order.keys, why))
		return why->result;
	order.override = options->override;
	order.allow_older = options->allow_older;
	order.has_digest = options->has_digest;
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
	    !make_image(bench, options, &image, why))
		return why->result;
	module.self = bench->module;
	bench->begun = uxm_update_init(&bench->update, &order, module, image,
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
	fetch_free(bench.fetch);
	fetch_file_free(bench.file);
	wait_release(&bench.wait);
	usb_module_free(bench.module);
	return result;
}
