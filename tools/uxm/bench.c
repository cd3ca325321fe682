/* One update: the three tables put together. */
#include "bench.h"

#include <string.h>

#include "source.h"

bool bench_open(struct bench *bench, struct uxm_failure *why)
{
	bench->wait.signal_fd = -1;
	bench->module = usb_module_new(bench->options->ids, bench->options->id_count);
	if (bench->module != NULL)
		return wait_init(&bench->wait, bench->module, why);
	uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
	return false;
}

void bench_close(struct bench *bench)
{
	wait_release(&bench->wait);
	usb_module_free(bench->module);
	bench->module = NULL;
}

static enum uxm_result run(struct bench *bench, struct source *source, struct uxm_update *update,
			   bool *begun, struct uxm_failure *why)
{
	const struct uxm_order *order = bench->order;
	struct uxm_module module = {.ops = &usb_module_ops, .self = bench->module};

	if (!source_init(source, bench->options, &order->deadlines, update, &bench->wait, why))
		return why->result;
	*begun = uxm_update_init(update, order, module, source_image(source),
				 wait_clock(&bench->wait), show_watch(bench->show), why);
	if (!*begun)
		return why->result;
	if (bench->exposed != NULL)
		uxm_tell_note(
			&update->teller,
			"%s holds a secret, and others may read it; 'chmod 600 %s' ends that.",
			bench->exposed, bench->exposed);
	bench->exposed = NULL;
	return uxm_update_run(update, why);
}

/* What this update's image was waited for by is gone with it. */
static void forget_source(struct bench *bench, struct source *source)
{
	source_release(source);
	bench->wait.fetch = NULL;
	bench->wait.small = NULL;
	bench->wait.file = NULL;
	bench->wait.woke = NULL;
}

bool bench_check(struct bench *bench, struct uxm_failure *why)
{
	struct source source = {.fetch = NULL};
	struct uxm_update update;
	bool made = source_init(&source, bench->options, &bench->order->deadlines, &update,
				&bench->wait, why);
	uint64_t size;

	/* A file of this machine is there at once, or not at all. */
	if (made && !options_is_remote(bench->options))
		made = source.image.ops->open(source.image.self, &size, why) == UXM_IO_OK;
	forget_source(bench, &source);
	return made;
}

enum uxm_result bench_update(struct bench *bench, struct bench_end *end, struct uxm_failure *why)
{
	struct source source = {.fetch = NULL};
	struct uxm_update update;
	bool begun = false;
	enum uxm_result result = run(bench, &source, &update, &begun, why);

	show_result(bench->show, begun ? &update : NULL, why);
	memset(end, 0, sizeof(*end));
	end->begun = begun;
	if (begun) {
		end->committed = update.committed;
		end->seat = update.returned.candidate.port_path[0] != '\0'
				    ? update.returned.candidate
				    : update.found.candidate;
	}
	forget_source(bench, &source);
	if (begun)
		uxm_update_release(&update);
	return result;
}
