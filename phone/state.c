/* What uxmd knows: taken from the lines of jobs. */
#include "phone/state.h"

#include <stdio.h>
#include <string.h>

#include "phone/text.h"
#include "uxm/version.h"

/* The largest whole number of which a double holds every one (2^53). */
#define WHOLE_MOST 9007199254740992.0

/* A text of an object, or NULL. */
static const char *text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* A number of an object that is a whole one from 0 on, at most `most`; else 0. */
static uint64_t number_of(const cJSON *object, const char *key, uint64_t most)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	double number = cJSON_IsNumber(item) ? item->valuedouble : 0;

	if (!(number >= 0 && number <= WHOLE_MOST))
		return 0;
	return (uint64_t)number <= most ? (uint64_t)number : most;
}

#define TAKE(to, object, key) text_take((to), sizeof(to), text_of((object), (key)))

bool state_list_take(struct state_list *list, const cJSON *line)
{
	const char *port = text_of(line, "port");
	struct state_module module = {.port = ""};

	if (port == NULL || port[0] == '\0' || list->count == STATE_MODULES_MOST)
		return false;
	TAKE(module.port, line, "port");
	TAKE(module.serial, line, "serial");
	TAKE(module.model, line, "model");
	TAKE(module.version, line, "version");
	TAKE(module.protocol, line, "protocol");
	TAKE(module.status, line, "state");
	TAKE(module.error, line, "error");
	module.hardware_level = (unsigned)number_of(line, "hardware_level", UINT16_MAX);
	/* One that neither answers nor says why. */
	if (module.error[0] == '\0' && module.model[0] == '\0')
		text_take(module.error, sizeof(module.error), "It does not say what it is.");
	list->modules[list->count++] = module;
	return true;
}

static bool is_same_module(const struct state_module *a, const struct state_module *b)
{
	return strcmp(a->port, b->port) == 0 && strcmp(a->serial, b->serial) == 0 &&
	       strcmp(a->model, b->model) == 0 && strcmp(a->version, b->version) == 0 &&
	       strcmp(a->protocol, b->protocol) == 0 && strcmp(a->status, b->status) == 0 &&
	       strcmp(a->error, b->error) == 0 && a->hardware_level == b->hardware_level;
}

static bool is_same_list(const struct state_list *a, const struct state_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!is_same_module(&a->modules[i], &b->modules[i]))
			return false;
	}
	return true;
}

void state_set_list(struct state *state, const struct state_list *list, const char *error)
{
	static const struct state_list none = {.count = 0};
	const struct state_list *fresh = error == NULL ? list : &none;
	char cleaned[sizeof(state->list_error)];

	text_take(cleaned, sizeof(cleaned), error);
	if (!state->looked || !is_same_list(&state->list, fresh) ||
	    strcmp(cleaned, state->list_error) != 0)
		state->revision++;
	state->looked = true;
	state->list = *fresh;
	memcpy(state->list_error, cleaned, sizeof(cleaned));
}

static bool is_of_one_module(const struct state_module *a, const struct state_module *b)
{
	if (a->serial[0] != '\0' || b->serial[0] != '\0')
		return strcmp(a->serial, b->serial) == 0;
	return strcmp(a->port, b->port) == 0;
}

void state_returned(struct state *state, const cJSON *returned)
{
	struct state_list *list = &state->list;
	struct state_list one = {.count = 0};
	size_t i = 0;

	if (!state_list_take(&one, returned) || one.modules[0].error[0] != '\0')
		return;
	text_take(one.modules[0].status, sizeof(one.modules[0].status), "idle");
	while (i < list->count && !is_of_one_module(&list->modules[i], &one.modules[0]))
		i++;
	if (i == STATE_MODULES_MOST)
		return;
	list->modules[i] = one.modules[0];
	list->count += i == list->count ? 1 : 0;
	state->revision++;
}

void state_begin(struct state *state, const char *source, const char *serial, const char *version)
{
	struct state_update *update = &state->update;

	memset(update, 0, sizeof(*update));
	update->phase = STATE_RUNNING;
	text_take(update->source, sizeof(update->source), source);
	text_take(update->serial, sizeof(update->serial), serial);
	text_take(update->version, sizeof(update->version), version);
	state->revision++;
}

static bool is_after_commit(const char *step)
{
	static const char *const steps[] = {"commit", "verify", "install", "reboot", "return"};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(steps[i], step) == 0)
			return true;
	}
	return false;
}

static void take_progress(struct state_update *update, const cJSON *line)
{
	uint64_t accepted = number_of(line, "accepted", UINT64_MAX);

	TAKE(update->step, line, "step");
	update->size = number_of(line, "size", UINT64_MAX);
	if (update->accepted < accepted)
		update->accepted = accepted;
	update->percent = (unsigned)number_of(line, "percent", 100);
	update->rate = (double)number_of(line, "bytes_per_second", UINT64_MAX);
	if (!is_after_commit(update->step))
		return;
	update->phase = STATE_COMMITTED;
	/* Whoever wanted it to end came too late. */
	update->cancelling = false;
}

static void take_result(struct state_update *update, const cJSON *line)
{
	const cJSON *module = cJSON_GetObjectItemCaseSensitive(line, "module");

	TAKE(update->text, line, "text");
	update->result = (enum uxm_result)number_of(line, "code", UXM_NOT_PERMITTED);
	if (text_of(line, "image_version") != NULL)
		TAKE(update->version, line, "image_version");
	if (text_of(module, "serial") != NULL)
		TAKE(update->serial, module, "serial");
}

bool state_take_line(struct state *state, const cJSON *line)
{
	const char *event = text_of(line, "event");

	if (event == NULL)
		return false;
	if (strcmp(event, "progress") == 0)
		take_progress(&state->update, line);
	else if (strcmp(event, "note") == 0)
		TAKE(state->update.note, line, "text");
	else if (strcmp(event, "result") == 0)
		take_result(&state->update, line);
	else
		return false;
	state->revision++;
	return true;
}

void state_cancelling(struct state *state)
{
	state->update.cancelling = true;
	state->revision++;
}

void state_note(struct state *state, const char *note)
{
	text_take(state->update.note, sizeof(state->update.note), note);
	state->revision++;
}

void state_end(struct state *state, enum uxm_result result, const char *text, time_t now)
{
	struct state_update *update = &state->update;
	char cleaned[sizeof(update->text)];

	text_take(cleaned, sizeof(cleaned), text);
	memcpy(update->text, cleaned, sizeof(cleaned));
	update->phase = STATE_ENDED;
	update->cancelling = false;
	update->result = result;
	update->ended = now;
	update->rate = 0;
	state->revision++;
}

const char *state_phone_minimum(const char *model)
{
	static const struct {
		const char *model;
		const char *version;
	} rows[] = {{"D7C", "10.1.64.14"}, {"UXM", "8.9.3.68"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].model, model) == 0)
			return rows[i].version;
	}
	return NULL;
}

static bool is_phone_new_enough(const struct state *state, const char *model,
				struct uxm_failure *why)
{
	const char *version = state->phone_version != NULL ? state->phone_version : "";
	const char *minimum = state_phone_minimum(model);
	struct uxm_version least;
	struct uxm_version own;

	if (minimum == NULL || !uxm_version_parse(minimum, strlen(minimum), &least))
		return true;
	if (!uxm_version_parse(version, strlen(version), &own)) {
		uxm_fail(why, UXM_IMAGE_REFUSED,
			 "A %s needs a phone with firmware %s or later, and the version of this "
			 "phone is not configured.",
			 model, minimum);
		return false;
	}
	if (uxm_version_compare(&own, &least) >= 0)
		return true;
	uxm_fail(why, UXM_IMAGE_REFUSED,
		 "A %s needs a phone with firmware %s or later, and this phone runs %s; update "
		 "the phone first.",
		 model, minimum, version);
	return false;
}

bool state_is_ready(const struct state *state, struct uxm_failure *why)
{
	const struct state_module *module = &state->list.modules[0];

	if (!state->looked)
		uxm_fail(why, UXM_BUSY, "The expansion modules have not been looked for yet.");
	else if (state->list_error[0] != '\0')
		uxm_fail(why, UXM_INTERNAL, "The expansion modules cannot be listed: %s",
			 state->list_error);
	else if (state->list.count == 0)
		uxm_fail(why, UXM_NO_MODULE,
			 "No expansion module is attached; exactly one must be.");
	else if (state->list.count > 1)
		uxm_fail(why, UXM_SEVERAL_MODULES,
			 "%zu expansion modules are attached; exactly one must be. Unplug the "
			 "others.",
			 state->list.count);
	else if (module->error[0] != '\0')
		uxm_fail(why, UXM_BUSY, "The expansion module at port %s does not answer: %s",
			 module->port, module->error);
	else
		return is_phone_new_enough(state, module->model, why);
	return false;
}
