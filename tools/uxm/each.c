/* uxm update --each. */
#include "each.h"

#include <stdio.h>

#include "json.h"
#include "uxm/await.h"

/* What has become of the modules so far. */
struct tally {
	unsigned updated;
	unsigned already; /* ran it before */
	unsigned failed;
	struct uxm_failure last; /* failure */
};

static void describe(const struct tally *tally, char *text, size_t room)
{
	int length = snprintf(text, room, "%u updated", tally->updated);

	if (tally->already > 0)
		length += snprintf(text + length, room - (size_t)length, ", %u ran it already",
				   tally->already);
	snprintf(text + length, room - (size_t)length, ", %u failed", tally->failed);
}

/* The count for programs, as an event of this name. */
static void show_count(const struct bench *bench, const struct tally *tally, const char *event,
		       const struct uxm_failure *end)
{
	char text[128];
	cJSON *line;

	if (bench->show->form != SHOW_JSON)
		return;
	describe(tally, text, sizeof(text));
	line = cJSON_CreateObject();
	cJSON_AddStringToObject(line, "event", event);
	if (end != NULL) {
		cJSON_AddStringToObject(line, "result", uxm_result_name(end->result));
		cJSON_AddNumberToObject(line, "code", end->result);
	}
	cJSON_AddStringToObject(line, "text", end != NULL ? end->text : text);
	cJSON_AddNumberToObject(line, "updated", tally->updated);
	cJSON_AddNumberToObject(line, "already", tally->already);
	cJSON_AddNumberToObject(line, "failed", tally->failed);
	json_line(bench->show->descriptor, line, JSON_PATIENCE_END);
}

static void count(struct tally *tally, const struct bench_end *end, const struct uxm_failure *why)
{
	if (why->result == UXM_UPDATED && end->committed) {
		tally->updated++;
	} else if (why->result == UXM_UPDATED) {
		tally->already++;
	} else {
		tally->failed++;
		tally->last = *why;
	}
}

/* One module, and what is to be done next. */
static void ask_for_next(const struct bench *bench, const struct tally *tally,
			 struct uxm_teller *teller, const struct uxm_failure *why)
{
	char text[128];

	if (why->result != UXM_UPDATED)
		fprintf(stderr, "uxm: %s\n", why->text);
	show_count(bench, tally, "count", NULL);
	describe(tally, text, sizeof(text));
	uxm_tell_note(teller, "%s. Unplug it and plug in the next one; Ctrl-C ends.", text);
}

/* Somebody ended it between two modules, or before the commit of one. */
static void name_end(const struct tally *tally, bool broken, struct uxm_failure *why)
{
	char text[128];

	describe(tally, text, sizeof(text));
	if (broken)
		uxm_fail(why, UXM_CANCELLED,
			 "Ended: %s, and the last update was cancelled; that module runs what it "
			 "ran.",
			 text);
	else if (tally->failed > 0)
		uxm_fail(why, tally->last.result, "Ended: %s. The last failure: %s", text,
			 tally->last.text);
	else
		uxm_fail(why, UXM_UPDATED, "Ended: %s.", text);
}

enum uxm_result each_run(struct bench *bench, struct uxm_failure *why)
{
	struct uxm_teller teller = {.watch = show_watch(bench->show)};
	struct uxm_link link = {
		.module = {.ops = &usb_module_ops, .self = bench->module},
		.clock = wait_clock(&bench->wait),
		.deadlines = bench->order->deadlines,
		.give_up = UXM_STOP_SOON,
	};
	struct bench_end end = {.begun = false};
	struct tally tally = {.updated = 0};
	bool broken = false;
	/* Before somebody is asked to plug anything in. */
	bool hopeless = !bench_check(bench, why);

	if (!hopeless)
		uxm_tell_note(&teller, "Plug in the first module; Ctrl-C ends.");
	while (!hopeless && !broken && bench->wait.stop == UXM_STOP_NO) {
		if (uxm_await_next(&link, &teller, end.begun ? &end.seat : NULL, why) !=
		    UXM_IO_OK) {
			hopeless = why->result != UXM_CANCELLED;
			break;
		}
		show_init(bench->show, bench->show->form, bench->show->descriptor);
		broken = bench_update(bench, &end, why) == UXM_CANCELLED;
		hopeless = !end.begun;
		if (broken || hopeless)
			break;
		count(&tally, &end, why);
		ask_for_next(bench, &tally, &teller, why);
	}
	if (!hopeless)
		name_end(&tally, broken, why);
	if (bench->show->form != SHOW_JSON)
		show_result(bench->show, NULL, why);
	show_count(bench, &tally, "end", why);
	return why->result;
}
