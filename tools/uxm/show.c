/* Showing an update while it runs. */
#include "show.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "json.h"

/* Milliseconds between two pictures of the same step, by form. */
static const uint64_t pace[] = {[SHOW_BAR] = 100, [SHOW_LINES] = 1000, [SHOW_JSON] = 100};

/* A rate is measured over at least this, in milliseconds, and smoothed by this weight. */
#define RATE_TIME   250
#define RATE_WEIGHT 0.3

#define BAR_WIDTH_MOST 40

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void show_init(struct show *show, enum show_form form, int descriptor)
{
	memset(show, 0, sizeof(*show));
	show->form = form;
	show->descriptor = descriptor;
	show->step = UXM_STEPS;
	show->began_at = now_ms();
}

static void measure(struct show *show, const struct uxm_progress *progress, uint64_t now)
{
	double rate;

	if (progress->step != UXM_STEP_SEND)
		return;
	if (show->step != UXM_STEP_SEND) {
		show->rate_at = now;
		show->rate_accepted = progress->accepted;
		show->rate = 0;
	}
	if (now - show->rate_at < RATE_TIME)
		return;
	rate = (double)(progress->accepted - show->rate_accepted) * 1000 /
	       (double)(now - show->rate_at);
	show->rate = show->rate > 0 ? show->rate + RATE_WEIGHT * (rate - show->rate) : rate;
	show->rate_at = now;
	show->rate_accepted = progress->accepted;
}

static unsigned percent(const struct uxm_progress *progress)
{
	if (progress->step != UXM_STEP_SEND)
		return progress->percent;
	return progress->size > 0 ? (unsigned)(progress->accepted * 100 / progress->size) : 0;
}

/* "12.3 MB/s, 0:02 left", or nothing while the rate is not known. */
static const char *rate_text(const struct show *show, const struct uxm_progress *progress,
			     char *text, size_t room)
{
	uint64_t seconds;

	text[0] = '\0';
	if (show->rate < 1)
		return text;
	seconds = (uint64_t)((double)(progress->size - progress->accepted) / show->rate + 0.5);
	snprintf(text, room, ", %.1f MB/s, %llu:%02llu left", show->rate / 1e6,
		 (unsigned long long)(seconds / 60), (unsigned long long)(seconds % 60));
	return text;
}

static const char *step_text(enum uxm_step step)
{
	switch (step) {
	case UXM_STEP_LOOK:
		return "Looking for the module";
	case UXM_STEP_FETCH:
		return "Asking for the image";
	case UXM_STEP_SEND:
		return "Transferring";
	case UXM_STEP_COMMIT:
		return "Telling the module to install the image";
	case UXM_STEP_VERIFY:
		return "The module verifies the image";
	case UXM_STEP_INSTALL:
		return "The module installs the image";
	case UXM_STEP_REBOOT:
		return "The module reports success and reboots";
	case UXM_STEP_RETURN:
		return "Waiting for the module to come back";
	case UXM_STEPS:
		break;
	}
	return "";
}

static void describe(const struct show *show, const struct uxm_progress *progress, char *text,
		     size_t room)
{
	char rate[64];

	if (progress->step == UXM_STEP_SEND)
		snprintf(text, room, "%s: %.1f of %.1f MB (%u %%)%s", step_text(progress->step),
			 (double)progress->accepted / 1e6, (double)progress->size / 1e6,
			 percent(progress), rate_text(show, progress, rate, sizeof(rate)));
	else if (progress->step == UXM_STEP_VERIFY || progress->step == UXM_STEP_INSTALL)
		snprintf(text, room, "%s: %u %%", step_text(progress->step), percent(progress));
	else
		snprintf(text, room, "%s", step_text(progress->step));
}

static void put(const struct show *show, int patience, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put(const struct show *show, int patience, const char *format, ...)
{
	char text[UXM_SENTENCE + 64];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > 0)
		json_text(show->descriptor, text,
			  (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1,
			  patience);
}

static void end_line(struct show *show)
{
	if (show->line_open)
		put(show, JSON_PATIENCE_NOTE, "\n");
	show->line_open = false;
}

static void show_bar(struct show *show, const struct uxm_progress *progress)
{
	struct winsize window = {.ws_col = 80};
	char text[160];
	char bar[BAR_WIDTH_MOST + 4] = "";
	size_t columns;
	size_t width = 0;

	describe(show, progress, text, sizeof(text));
	if (ioctl(show->descriptor, TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
		window.ws_col = 80;
	columns = (size_t)window.ws_col - 1;
	if (progress->step != UXM_STEP_LOOK && progress->step != UXM_STEP_FETCH &&
	    progress->step != UXM_STEP_COMMIT && progress->step != UXM_STEP_RETURN &&
	    strlen(text) + 8 < columns) {
		size_t full;

		width = columns - strlen(text) - 3;
		width = width < BAR_WIDTH_MOST ? width : BAR_WIDTH_MOST;
		full = width * percent(progress) / 100;
		bar[0] = '[';
		memset(bar + 1, '#', full);
		memset(bar + 1 + full, '.', width - full);
		memcpy(bar + 1 + width, "] ", 3);
	}
	/* The line is written over from its start; what is left of a longer one is erased. */
	put(show, JSON_PATIENCE_PROGRESS, "\r%s%.*s\033[K", bar, (int)columns, text);
	show->line_open = true;
}

static void show_line(struct show *show, const struct uxm_progress *progress)
{
	char text[160];

	describe(show, progress, text, sizeof(text));
	put(show, JSON_PATIENCE_PROGRESS, "%s\n", text);
}

static void show_json(struct show *show, const struct uxm_progress *progress)
{
	cJSON *line = cJSON_CreateObject();

	cJSON_AddStringToObject(line, "event", "progress");
	cJSON_AddNumberToObject(line, "elapsed_ms", (double)(show->shown_at - show->began_at));
	cJSON_AddStringToObject(line, "step", uxm_step_name(progress->step));
	cJSON_AddNumberToObject(line, "accepted", (double)progress->accepted);
	cJSON_AddNumberToObject(line, "size", (double)progress->size);
	cJSON_AddNumberToObject(line, "percent", percent(progress));
	if (progress->step == UXM_STEP_SEND && show->rate >= 1)
		cJSON_AddNumberToObject(line, "bytes_per_second", (double)(uint64_t)show->rate);
	/* That it can no longer be stopped is not left out. */
	json_line(show->descriptor, line,
		  progress->step == UXM_STEP_COMMIT ? JSON_PATIENCE_NOTE : JSON_PATIENCE_PROGRESS);
}

static void show_note(struct show *show, const char *note, uint64_t pause)
{
	if (show->form == SHOW_JSON) {
		cJSON *line = cJSON_CreateObject();

		cJSON_AddStringToObject(line, "event", "note");
		cJSON_AddStringToObject(line, "text", note);
		if (pause > 0)
			cJSON_AddNumberToObject(line, "pause_ms", (double)pause);
		json_line(show->descriptor, line, JSON_PATIENCE_NOTE);
		return;
	}
	end_line(show);
	put(show, JSON_PATIENCE_NOTE, "%s\n", note);
}

static void tell(void *self, const struct uxm_progress *progress)
{
	struct show *show = self;
	uint64_t now = now_ms();
	bool whole = progress->step == UXM_STEP_SEND && progress->accepted == progress->size &&
		     progress->accepted != show->shown_accepted;

	if (progress->note != NULL) {
		show_note(show, progress->note, progress->pause);
		return;
	}
	measure(show, progress, now);
	if (progress->step == show->step && now - show->shown_at < pace[show->form] && !whole &&
	    progress->percent != 100)
		return;
	if (show->form == SHOW_BAR && progress->step != show->step)
		end_line(show);
	show->step = progress->step;
	show->shown_at = now;
	show->shown_accepted = progress->accepted;
	if (show->form == SHOW_BAR)
		show_bar(show, progress);
	else if (show->form == SHOW_LINES)
		show_line(show, progress);
	else
		show_json(show, progress);
}

struct uxm_watch show_watch(struct show *show)
{
	struct uxm_watch watch = {.tell = tell, .self = show};

	return watch;
}

void show_result(struct show *show, const struct uxm_update *update, const struct uxm_failure *why)
{
	char version[UXM_VERSION_TEXT];
	cJSON *line;

	if (show->form != SHOW_JSON) {
		end_line(show);
		if (why->result == UXM_UPDATED)
			put(show, JSON_PATIENCE_END, "%s\n", why->text);
		return;
	}
	line = cJSON_CreateObject();
	cJSON_AddStringToObject(line, "event", "result");
	cJSON_AddStringToObject(line, "result", uxm_result_name(why->result));
	cJSON_AddNumberToObject(line, "code", why->result);
	cJSON_AddStringToObject(line, "text", why->text);
	cJSON_AddBoolToObject(line, "lasting", why->lasting);
	if (update == NULL) {
		json_line(show->descriptor, line, JSON_PATIENCE_END);
		return;
	}
	cJSON_AddStringToObject(line, "image", update->order.name.file);
	cJSON_AddStringToObject(line, "image_version",
				uxm_version_text(&update->order.name.version, version));
	cJSON_AddNumberToObject(line, "accepted", (double)update->teller.progress.accepted);
	cJSON_AddBoolToObject(line, "committed", update->committed);
	cJSON_AddBoolToObject(line, "overridden", update->verdict.overridden);
	cJSON_AddBoolToObject(line, "older", update->verdict.older);
	if (update->found.candidate.port_path[0] != '\0')
		cJSON_AddItemToObject(line, "module", json_module(&update->found));
	if (update->returned.candidate.port_path[0] != '\0')
		cJSON_AddItemToObject(line, "returned", json_module(&update->returned));
	json_line(show->descriptor, line, JSON_PATIENCE_END);
}
