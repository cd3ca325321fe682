/*
 * fetch_once OPTIONS...: fetches an image as `uxm update OPTIONS...` does, with short pauses and
 * without a module: remarks, the sentence in the end and the exit code are the command's.
 */
#include <stdio.h>
#include <time.h>

#include "tools/uxm/defaults.h"
#include "tools/uxm/document.h"
#include "tools/uxm/source.h"

/* Milliseconds. Long enough for a busy machine, short enough for tests. */
#define QUIET   1500
#define CONNECT 3000
#define PAUSE   2

static void tell(void *self, const struct uxm_progress *progress)
{
	(void)self;
	if (progress->note != NULL)
		printf("note: %s\n", progress->note);
}

static void sleep_once(struct source *source)
{
	struct uxm_failure why;

	if (source->wait->small != NULL)
		fetch_small_wait(source->wait->small, NULL, 0, 100, &why);
	else if (source->wait->fetch != NULL)
		fetch_wait(source->wait->fetch, NULL, 0, 100, &why);
	if (source->wait->woke != NULL)
		source->wait->woke(source->wait->self);
}

/* Reads it to its end. */
static bool read_image(struct source *source, struct uxm_failure *why)
{
	struct uxm_image image = source_image(source);
	static uint8_t block[FETCH_BLOCK];
	uint64_t size;
	size_t got;
	enum uxm_io io;

	while ((io = image.ops->open(image.self, &size, why)) == UXM_IO_AGAIN)
		sleep_once(source);
	while (io == UXM_IO_OK || io == UXM_IO_AGAIN) {
		io = image.ops->read(image.self, block, sizeof(block), &got, why);
		if (io == UXM_IO_AGAIN)
			sleep_once(source);
	}
	return io == UXM_IO_END;
}

static bool read_options(int count, char **arguments, struct options *options, cJSON **defaults,
			 struct uxm_failure *why)
{
	bool exposed;

	if (!options_read(count, arguments, options, why))
		return false;
	if (options->defaults_file == NULL)
		return true;
	options->has_defaults =
		defaults_read(options->defaults_file, defaults, &options->defaults, &exposed, why);
	return options->has_defaults;
}

int main(int count, char **arguments)
{
	struct uxm_deadlines deadlines = UXM_DEADLINES;
	static struct uxm_update update;
	static struct source source;
	struct wait wait = {.signal_fd = -1};
	struct options options;
	struct uxm_failure why = {.result = UXM_UPDATED};
	cJSON *defaults = NULL;
	struct uxm_name name;

	deadlines.connect = CONNECT;
	deadlines.network_quiet = QUIET;
	deadlines.fetch_pause = PAUSE;
	deadlines.fetch_pause_most = PAUSE;
	update.teller.watch.tell = tell;
	/* What was read is not remembered. */
	update.send.hashed = UINT64_MAX;
	if (!read_options(count, arguments, &options, &defaults, &why))
		goto done;
	if (options.network_timeout != 0)
		deadlines.network = options.network_timeout;
	if (source_name(&options, &name, &why) &&
	    source_init(&source, &options, &deadlines, &update, &wait, &why))
		read_image(&source, &why);
done:
	source_release(&source);
	document_forget(defaults);
	if (why.result != UXM_UPDATED)
		fprintf(stderr, "uxm: %s\n", why.text);
	return (int)why.result;
}
