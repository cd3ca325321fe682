/* Updates by hand, and the list of modules. */
#include "phone/updater_inside.h"

#include <stdlib.h>
#include <string.h>

#include "phone/look.h"
#include "phone/outcome.h"
#include "phone/text.h"
#include "phone/whole_file.h"
#include "uxm/deadline.h"

static void changed(struct updater *updater)
{
	updater->with.changed(updater->with.self);
}

static void on_listed(void *self, bool known)
{
	struct updater *updater = self;

	if (updater->update == NULL && known)
		updater_settle(updater);
	else if (updater->update == NULL)
		updater_list_later(updater);
	changed(updater);
	updater->with.listed(updater->with.self);
}

void updater_look(struct updater *updater)
{
	lister_look(updater->lister);
}

/* The update that runs is the last entry. */
static struct journal_entry *entry_of(struct updater *updater)
{
	return &updater->journal.of[updater->journal.count - 1];
}

/* A server may ask for a pause, which is drawn somewhat longer; only then is one borne. */
static void bear_pause(struct updater *updater, const cJSON *line)
{
	static const struct uxm_deadlines deadlines = UXM_DEADLINES;
	const cJSON *pause = cJSON_GetObjectItemCaseSensitive(line, "pause_ms");

	if (cJSON_IsNumber(pause) && pause->valuedouble > 0 &&
	    pause->valuedouble <= 2.0 * deadlines.retry_after_most)
		job_bear(updater->update, (uint32_t)pause->valuedouble);
}

static void forget_returned(struct updater *updater)
{
	cJSON_Delete(updater->returned);
	updater->returned = NULL;
}

static void on_line(void *self, const cJSON *line)
{
	struct updater *updater = self;
	struct state *state = updater->with.state;
	const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "event"));
	char step[sizeof(state->update.step)];

	memcpy(step, state->update.step, sizeof(step));
	if (!state_take_line(state, line))
		return;
	if (state->update.phase == STATE_COMMITTED && !entry_of(updater)->committed) {
		job_committed(updater->update);
		entry_of(updater)->committed = true;
		updater_save_journal(updater);
	}
	if (strcmp(event, "result") == 0) {
		updater->has_result = true;
		updater->result_committed =
			cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(line, "committed")) != 0;
		updater->result_lasting =
			cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(line, "lasting")) != 0;
		forget_returned(updater);
		updater->returned =
			cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(line, "returned"), true);
	}
	if (strcmp(event, "note") == 0) {
		bear_pause(updater, line);
		log_line(updater->with.log, LOG_IS_NOTICE, "Update: %s", state->update.note);
	} else if (strcmp(step, state->update.step) != 0) {
		log_line(updater->with.log, LOG_IS_NOTICE, "Update: step %s.", state->update.step);
	}
	changed(updater);
}

static void on_silent(void *self)
{
	struct updater *updater = self;
	static const char note[] =
		"The update's program says nothing any more. It is not ended, because the module "
		"installs; if this stays so, restart the phone.";

	state_note(updater->with.state, note);
	log_line(updater->with.log, LOG_IS_WARNING, "%s", note);
	changed(updater);
}

/* Whether it is known that nothing was installed. */
static bool is_nothing_done(const struct updater *updater, enum job_end end)
{
	if (end != JOB_EXITED || updater->with.state->update.phase == STATE_COMMITTED)
		return false;
	return !updater->has_result || !updater->result_committed;
}

static void end_update(struct updater *updater, enum uxm_result result, const char *text)
{
	state_end(updater->with.state, result, text, time(NULL));
	updater_save_outcome(updater);
	log_line(updater->with.log, result == UXM_UPDATED ? LOG_IS_NOTICE : LOG_IS_WARNING,
		 "Update ended: %s (%s)", updater->with.state->update.text,
		 uxm_result_name(result));
	led_restore(updater->led);
	updater->led = NULL;
}

static void on_end(void *self, enum job_end end, int code, const char *last_words)
{
	struct updater *updater = self;
	const struct state_update *update = &updater->with.state->update;
	struct uxm_failure why;
	bool told = updater->has_result && update->result == (enum uxm_result)code;

	job_free(updater->update);
	updater->update = NULL;
	if (end == JOB_EXITED && told)
		uxm_fail(&why, (enum uxm_result)code, "%s", update->text);
	else if (end == JOB_EXITED && code != UXM_UPDATED && last_words[0] != '\0')
		uxm_fail(&why, (enum uxm_result)code, "%s", last_words);
	else
		outcome_of_end(update, end, last_words, &why);
	if (end == JOB_EXITED && told && code == UXM_UPDATED &&
	    strcmp(update->serial, entry_of(updater)->serial) != 0) {
		/* What the one that was meant runs, the list tells. */
		uxm_fail(&why, UXM_OTHER_MODULE,
			 "The update's program speaks of the module with serial number %s, and not "
			 "of %s, which was to be updated.",
			 update->serial, entry_of(updater)->serial);
	} else if (end == JOB_EXITED && told && code == UXM_UPDATED) {
		updater_take(updater, updater->journal.count - 1);
		/* Not only with the list that follows: "updated" and the old version would stand
		 * side by side until then. */
		state_returned(updater->with.state, updater->returned);
	} else if (code != UXM_UPDATED && is_nothing_done(updater, end)) {
		journal_drop(&updater->journal, updater->journal.count - 1, false);
		updater_save_journal(updater);
	}
	end_update(updater, why.result, why.text);
	/* The list settles what is left. */
	updater_look(updater);
	changed(updater);
	updater->with.ended(updater->with.self, why.result, updater->result_lasting, why.text);
}

static void blink(struct updater *updater)
{
	const char *name = phone_settings_text(updater->with.settings, PHONE_LED);
	struct uxm_failure why;

	if (name[0] == '\0')
		return;
	updater->led = led_blink(updater->with.loop, updater->with.led_folder, name,
				 updater->with.led_path, &why);
	if (updater->led == NULL)
		log_line(updater->with.log, LOG_IS_WARNING, "%s", why.text);
}

/* Writes down what is about to be done. */
static bool note_entry(struct updater *updater, const struct order *order,
		       const struct uxm_name *name, struct uxm_failure *why)
{
	const struct state_module *module = &updater->with.state->list.modules[0];
	struct journal_entry entry = {.committed = false};

	if (strlen(order->source) >= sizeof(entry.source)) {
		uxm_fail(why, UXM_USAGE, "The URL is longer than %zu characters.",
			 sizeof(entry.source) - 1);
		return false;
	}
	memcpy(entry.source, order->source, strlen(order->source) + 1);
	memcpy(entry.serial, module->serial, sizeof(entry.serial));
	memcpy(entry.port, module->port, sizeof(entry.port));
	text_take(entry.model, sizeof(entry.model), name->model);
	uxm_version_text(&name->version, entry.version);
	if (journal_add(&updater->journal, &entry))
		log_line(updater->with.log, LOG_IS_WARNING,
			 "Too many updates are unsettled; the oldest is forgotten.");
	if (journal_save(&updater->journal, updater->with.journal_path, why))
		return true;
	journal_drop(&updater->journal, updater->journal.count - 1, false);
	return false;
}

static bool start_job(struct updater *updater, const cJSON *object, int input,
		      struct uxm_failure *why)
{
	static const struct uxm_deadlines deadlines = UXM_DEADLINES;
	struct job_options options = {
		.program = updater->with.program,
		.kind = JOB_UPDATE,
		.order = object,
		.input = input,
		/* Neither a server nor a module is borne longer without a word (uxm/deadline.h). */
		.silence = deadlines.network + deadlines.silence_most,
		.watcher = {on_line, on_silent, on_end, updater},
	};

	updater->has_result = false;
	updater->result_committed = false;
	updater->result_lasting = false;
	forget_returned(updater);
	updater->update = job_start(updater->with.loop, &options, why);
	if (updater->update != NULL)
		return true;
	journal_drop(&updater->journal, updater->journal.count - 1, false);
	updater_save_journal(updater);
	return false;
}

/* Images are asked for by the same name as provisioning files. */
static bool add_agent(const struct updater *updater, cJSON *order, struct uxm_failure *why)
{
	const struct state *state = updater->with.state;
	char agent[LOOK_AGENT];

	look_user_agent(agent, sizeof(agent), state->phone_type != NULL ? state->phone_type : "",
			state->phone_version != NULL ? state->phone_version : "",
			updater->with.mac != NULL ? updater->with.mac : "", state->list.count);
	if (cJSON_AddStringToObject(order, "user_agent", agent) != NULL)
		return true;
	uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
	return false;
}

bool updater_start(struct updater *updater, const struct order *order, int input,
		   struct uxm_failure *why)
{
	const struct state *state = updater->with.state;
	/* Another one may be there by the time that the job looks. */
	struct order named = *order;
	char version[UXM_VERSION_TEXT];
	char shown[STATE_LONG];
	struct uxm_failure ignored;
	struct uxm_name name;
	cJSON *object;
	bool started;

	if (updater->update != NULL) {
		uxm_fail(why, UXM_BUSY, "An update is running already; wait for its end.");
		return false;
	}
	if (!state_is_ready(state, why)) {
		/* What is wrong may be the list. */
		updater_look(updater);
		return false;
	}
	named.serial = state->list.modules[0].serial;
	object = order_make(&named, updater->with.settings, updater->with.mac, &name, why);
	if (object == NULL)
		return false;
	started = add_agent(updater, object, why) && note_entry(updater, order, &name, why) &&
		  start_job(updater, object, input, why);
	order_forget(object);
	if (!started)
		return false;
	/* Should uxmd not live to see the end, that of an earlier one is not it. */
	if (!whole_file_remove(updater->with.outcome_path, &ignored))
		log_line(updater->with.log, LOG_IS_WARNING, "%s", ignored.text);
	text_url_shown(order->source, shown, sizeof(shown));
	state_begin(updater->with.state, shown, state->list.modules[0].serial,
		    uxm_version_text(&name.version, version));
	log_line(updater->with.log, LOG_IS_NOTICE, "Update of the %s (serial %s) with %s%s begins.",
		 state->list.modules[0].model, state->list.modules[0].serial,
		 order->upload_size > 0 ? "the uploaded file " : "", shown);
	blink(updater);
	changed(updater);
	return true;
}

bool updater_cancel(struct updater *updater, struct uxm_failure *why)
{
	if (updater->update == NULL) {
		uxm_fail(why, UXM_USAGE, "No update is running.");
		return false;
	}
	if (updater->with.state->update.phase == STATE_COMMITTED) {
		uxm_fail(why, UXM_BUSY, "The update can no longer be stopped.");
		return false;
	}
	log_line(updater->with.log, LOG_IS_NOTICE, "The update is to be cancelled.");
	state_cancelling(updater->with.state);
	job_stop(updater->update);
	changed(updater);
	return true;
}

/* Whether to go on: what was `read`, or can be done without, which is logged. */
static bool goes_on(bool read, const struct log *log, enum log_level level,
		    const struct uxm_failure *why)
{
	if (!read && why->result != UXM_INTERNAL)
		log_line(log, level, "%s", why->text);
	return read || why->result != UXM_INTERNAL;
}

struct updater *updater_new(const struct updater_options *options, struct uxm_failure *why)
{
	struct updater *updater = calloc(1, sizeof(*updater));
	struct lister_options listing = {
		.loop = options->loop,
		.state = options->state,
		.settings = options->settings,
		.log = options->log,
		.program = options->program,
		.listed = on_listed,
		.self = updater,
	};

	if (updater != NULL) {
		updater->with = *options;
		updater->lister = lister_new(&listing);
	}
	if (updater == NULL || updater->lister == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to begin with.");
		goto fail;
	}
	if (goes_on(journal_load(&updater->journal, options->journal_path, why), options->log,
		    LOG_IS_ERROR, why) &&
	    goes_on(outcome_load(&options->state->update, options->outcome_path, why), options->log,
		    LOG_IS_WARNING, why) &&
	    goes_on(led_recover(options->led_folder, options->led_path, why), options->log,
		    LOG_IS_WARNING, why))
		return updater;
fail:
	updater_free(updater);
	return NULL;
}

void updater_free(struct updater *updater)
{
	if (updater == NULL)
		return;
	loop_cancel(&updater->again);
	job_free(updater->update);
	lister_free(updater->lister);
	led_restore(updater->led);
	forget_returned(updater);
	free(updater);
}
