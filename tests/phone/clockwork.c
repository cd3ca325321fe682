/* A phone whose days pass without waiting. */
#include "clockwork.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/name.h"

/* More than anything wakes up in a month. */
#define WAKES_MOST 100000

/* ---- hands ---- */

static int64_t hand_now(void *self)
{
	const struct clockwork *work = self;

	return work->wall + (int64_t)(work->clock / 1000);
}

static uint64_t hand_clock(void *self)
{
	const struct clockwork *work = self;

	return work->clock;
}

static void hand_wake(void *self, uint64_t milliseconds)
{
	struct clockwork *work = self;

	work->wake = milliseconds == UINT64_MAX ? UINT64_MAX : work->clock + milliseconds;
}

static uint32_t hand_draw(void *self)
{
	const struct clockwork *work = self;

	return work->drawn;
}

/* The number of what is at a URL, or CLOCKWORK_FILES. */
static size_t served(const struct clockwork *work, const char *url)
{
	size_t i = 0;

	while (i < CLOCKWORK_FILES &&
	       (work->files[i].url == NULL || strcmp(work->files[i].url, url) != 0))
		i++;
	return i;
}

/* As `uxm check` fetches and reads a file. False: the look has failed. */
static bool fetch(struct clockwork *work, const struct look_order *order, enum provision_kind kind,
		  const char *url)
{
	struct look *look = &work->pending;
	const struct look_known *known = &order->known[kind];
	size_t number = work->down ? CLOCKWORK_FILES : served(work, url);
	char etag[LOOK_VALIDATOR];
	struct uxm_failure why;

	if (number == CLOCKWORK_FILES) {
		look->result = UXM_FETCH_FAILED;
		look->retry_after = work->retry_after;
		snprintf(look->text, sizeof(look->text), "%s cannot be had.", url);
		return false;
	}
	snprintf(etag, sizeof(etag), "%p", (const void *)work->files[number].text);
	if (strcmp(known->url, url) == 0 && strcmp(known->etag, etag) == 0) {
		look->of[kind].what = LOOK_UNCHANGED;
		look->of[kind].known = *known;
		work->unchanged++;
		return true;
	}
	if (!provision_read(&look->of[kind].found, kind, work->files[number].text,
			    work->files[number].length, &why)) {
		look->result = UXM_FETCH_FAILED;
		snprintf(look->text, sizeof(look->text), "%s", why.text);
		return false;
	}
	look->of[kind].what = look->of[kind].found.empty ? LOOK_EMPTY : LOOK_CAME;
	snprintf(look->of[kind].known.url, LOOK_URL, "%s", url);
	snprintf(look->of[kind].known.etag, LOOK_VALIDATOR, "%s", etag);
	return true;
}

static bool hand_look(void *self, const struct look_order *order, struct uxm_failure *why)
{
	struct clockwork *work = self;
	const char *server = phone_settings_text(order->settings, PHONE_SETTING_SERVER);
	const char *status = phone_settings_text(order->settings, PHONE_FIRMWARE_STATUS);
	const struct provision *settings = &work->pending.of[PROVISION_SETTINGS].found;

	assert_false(work->looking);
	if (work->broken) {
		work->looks++;
		uxm_fail(why, UXM_INTERNAL, "The program cannot be run.");
		return false;
	}
	work->looking = true;
	if (work->looks < sizeof(work->looked) / sizeof(work->looked[0]))
		work->looked[work->looks] = work->clock;
	work->looks++;
	snprintf(work->agent, sizeof(work->agent), "%s", order->user_agent);
	memset(&work->pending, 0, sizeof(work->pending));
	work->pending.has_result = true;
	if (server[0] != '\0' && !fetch(work, order, PROVISION_SETTINGS, server))
		return true;
	if (settings->of[PHONE_FIRMWARE_STATUS].named &&
	    !phone_settings_is_own(order->settings, PHONE_FIRMWARE_STATUS))
		status = settings->of[PHONE_FIRMWARE_STATUS].value;
	if (status[0] != '\0')
		(void)fetch(work, order, PROVISION_FIRMWARE, status);
	return true;
}

static bool hand_phone(void *self, const char *url, struct uxm_failure *why)
{
	struct clockwork *work = self;

	work->phones++;
	snprintf(work->phone, sizeof(work->phone), "%s", url);
	if (!work->phone_answer && work->phone_busy)
		uxm_fail(why, UXM_BUSY, "One of before still runs.");
	else if (!work->phone_answer)
		uxm_fail(why, UXM_INTERNAL, "The command cannot be run.");
	return work->phone_answer;
}

static bool hand_update(void *self, const struct order *order, struct uxm_failure *why)
{
	struct clockwork *work = self;
	struct uxm_name name;

	if (work->update_answer != UXM_UPDATED) {
		uxm_fail(why, work->update_answer, "It cannot begin.");
		return false;
	}
	assert_true(work->state.update.phase != STATE_RUNNING);
	assert_true(uxm_name_parse(order->source, &name));
	work->updates++;
	snprintf(work->update, sizeof(work->update), "%s", order->source);
	work->update_older = order->allow_older;
	snprintf(work->update_serial, sizeof(work->update_serial), "%s",
		 work->state.list.modules[0].serial);
	work->updating = true;
	state_begin(&work->state, order->source, work->state.list.modules[0].serial, "");
	return true;
}

static void hand_list(void *self)
{
	struct clockwork *work = self;

	work->lists++;
	work->list_waits = true;
}

/* Nobody else writes settings here. */
static void hand_reread(void *self)
{
	(void)self;
}

static bool hand_keep(void *self, const struct phone_settings *changed, struct uxm_failure *why)
{
	struct clockwork *work = self;
	char path[2 * FOLDER_TEXT];
	size_t unknown;

	if (work->disk_full) {
		uxm_fail(why, UXM_INTERNAL, "The disk is full.");
		return false;
	}
	work->keeps++;
	snprintf(path, sizeof(path), "%s", folder_at(&work->folder, "settings.xml"));
	assert_true(phone_settings_save(changed, path, why));
	assert_true(phone_settings_load(work->saved, path, "", &unknown, why));
	return true;
}

static void hand_changed(void *self)
{
	struct clockwork *work = self;

	work->changes++;
}

/* ---- the phone ---- */

static void switch_on(struct clockwork *work)
{
	struct provisioner_options options = {
		.hands = {.now = hand_now,
			  .clock = hand_clock,
			  .wake = hand_wake,
			  .draw = hand_draw,
			  .look = hand_look,
			  .phone = hand_phone,
			  .update = hand_update,
			  .list = hand_list,
			  .reread = hand_reread,
			  .keep = hand_keep,
			  .changed = hand_changed,
			  .self = work},
		.state = &work->state,
		.settings = work->settings,
		.record_path = folder_at(&work->folder, "record.json"),
		.mac = work->mac,
		.has_phone_command = work->has_phone_command,
	};
	static char path[2 * FOLDER_TEXT];
	struct uxm_failure why;

	snprintf(path, sizeof(path), "%s", options.record_path);
	options.record_path = path;
	work->wake = UINT64_MAX;
	work->provisioner = provisioner_new(&options, &why);
	assert_non_null(work->provisioner);
}

int clockwork_make(void **state)
{
	struct clockwork *work = calloc(1, sizeof(*work));

	assert_non_null(work);
	folder_make(&work->folder);
	work->settings = phone_settings_new();
	work->saved = phone_settings_new();
	assert_non_null(work->settings);
	assert_non_null(work->saved);
	work->wall = CLOCKWORK_START;
	work->mac = "000413aabbcc";
	work->phone_answer = true;
	work->drawn = UINT32_MAX / 2;
	work->state.phone_type = "snomD785";
	work->state.phone_version = "10.1.64.14";
	clockwork_set(work, PHONE_FIRMWARE_STATUS, FIRMWARE_URL);
	clockwork_set(work, PHONE_UPDATE_POLICY, "auto_update");
	clockwork_set(work, PHONE_FIRMWARE_SPREAD, "0");
	switch_on(work);
	clockwork_plug(work, "S1", "D7C", "1.5.3");
	*state = work;
	return 0;
}

int clockwork_unmake(void **state)
{
	struct clockwork *work = *state;

	provisioner_free(work->provisioner);
	look_release(&work->pending);
	phone_settings_free(work->settings);
	phone_settings_free(work->saved);
	folder_remove(&work->folder);
	free(work);
	return 0;
}

void clockwork_set(struct clockwork *work, enum phone_id id, const char *value)
{
	struct uxm_failure why;

	assert_int_equal(phone_settings_set(work->settings, id, value, PHONE_BY_UXMD, &why),
			 UXM_UPDATED);
	assert_int_equal(phone_settings_set(work->saved, id, value, PHONE_BY_UXMD, &why),
			 UXM_UPDATED);
}

void clockwork_save(struct clockwork *work, enum phone_id id, const char *value)
{
	struct uxm_failure why;

	assert_int_equal(phone_settings_set(work->settings, id, value, PHONE_BY_USER, &why),
			 UXM_UPDATED);
	assert_true(hand_keep(work, work->settings, &why));
	provisioner_settings_changed(work->provisioner);
	if (id == PHONE_FIRMWARE_UXM && value[0] == '\0')
		provisioner_cleared(work->provisioner);
}

const char *clockwork_get(const struct clockwork *work, enum phone_id id)
{
	return phone_settings_text(work->settings, id);
}

void clockwork_serve_bytes(struct clockwork *work, const char *url, const char *bytes,
			   size_t length)
{
	size_t i = served(work, url);

	for (size_t j = 0; i == CLOCKWORK_FILES && j < CLOCKWORK_FILES; j++) {
		if (work->files[j].url == NULL)
			i = j;
	}
	assert_true(i < CLOCKWORK_FILES);
	work->files[i].url = url;
	work->files[i].text = bytes;
	work->files[i].length = length;
}

void clockwork_serve(struct clockwork *work, const char *url, const char *text)
{
	clockwork_serve_bytes(work, url, text, strlen(text));
}

void clockwork_offer(struct clockwork *work, const char *url)
{
	/* A file's text is known by its address. */
	static char texts[8][1024];
	static unsigned next;
	char *text = texts[next++ % 8];

	snprintf(text, sizeof(texts[0]),
		 "<firmware-settings><firmware_uxm perm=\"\">%s</firmware_uxm>"
		 "</firmware-settings>",
		 url);
	clockwork_serve(work, FIRMWARE_URL, text);
}

/* ---- modules ---- */

void clockwork_list(struct clockwork *work)
{
	work->list_waits = false;
	work->state.looked = true;
	provisioner_listed(work->provisioner);
}

void clockwork_plug(struct clockwork *work, const char *serial, const char *model,
		    const char *version)
{
	struct state_list *list = &work->state.list;
	struct state_module *module = &list->modules[list->count++];

	memset(module, 0, sizeof(*module));
	snprintf(module->port, sizeof(module->port), "1-%zu", list->count);
	snprintf(module->serial, sizeof(module->serial), "%s", serial);
	snprintf(module->model, sizeof(module->model), "%s", model);
	snprintf(module->version, sizeof(module->version), "%s", version);
	snprintf(module->status, sizeof(module->status), "idle");
	clockwork_list(work);
}

void clockwork_unplug(struct clockwork *work, const char *serial)
{
	struct state_list *list = &work->state.list;
	size_t i = 0;

	while (i < list->count && strcmp(list->modules[i].serial, serial) != 0)
		i++;
	assert_true(i < list->count);
	list->count--;
	memmove(&list->modules[i], &list->modules[i + 1],
		(list->count - i) * sizeof(list->modules[0]));
	clockwork_list(work);
}

/* ---- time ---- */

void clockwork_answer(struct clockwork *work)
{
	assert_true(work->looking);
	work->looking = false;
	provisioner_looked(work->provisioner, &work->pending);
}

/* What a loop would do now. Returns whether there was something. */
static bool turn(struct clockwork *work)
{
	if (work->looking && !work->slow) {
		clockwork_answer(work);
	} else if (work->list_waits) {
		clockwork_list(work);
	} else if (work->wake <= work->clock) {
		work->wake = UINT64_MAX;
		provisioner_due(work->provisioner);
	} else {
		return false;
	}
	return true;
}

void clockwork_pass(struct clockwork *work, uint64_t seconds)
{
	uint64_t end = work->clock + seconds * 1000;
	unsigned wakes = 0;

	for (;;) {
		while (turn(work))
			assert_true(++wakes < WAKES_MOST);
		if (work->clock == end)
			return;
		work->clock = work->wake < end ? work->wake : end;
	}
}

void clockwork_start(struct clockwork *work)
{
	provisioner_start(work->provisioner, false);
	clockwork_pass(work, 0);
}

void clockwork_cut(struct clockwork *work)
{
	struct state_list list = work->state.list;
	const char *version = work->state.phone_version;

	provisioner_free(work->provisioner);
	look_release(&work->pending);
	work->looking = false;
	work->list_waits = false;
	work->updating = false;
	phone_settings_free(work->settings);
	work->settings = phone_settings_copy(work->saved);
	assert_non_null(work->settings);
	memset(&work->state, 0, sizeof(work->state));
	work->state.phone_type = "snomD785";
	work->state.phone_version = version;
	/* The clock of the new life; the wall's goes on. */
	work->wall += (int64_t)(work->clock / 1000);
	work->clock = 0;
	switch_on(work);
	clockwork_start(work);
	work->state.list = list;
	clockwork_list(work);
	clockwork_pass(work, 0);
}

/* ---- updates ---- */

/* As updater_settle.c does: the setting is there for good before anybody is told. */
static void take(struct clockwork *work, const char *url, const char *serial)
{
	struct state_list *list = &work->state.list;
	struct state_module *module = NULL;
	struct uxm_version version;
	struct uxm_failure why;
	struct uxm_name name;

	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->modules[i].serial, serial) == 0)
			module = &list->modules[i];
	}
	assert_non_null(module);
	assert_true(uxm_name_parse(url, &name));
	version = name.version;
	uxm_version_text(&version, module->version);
	assert_int_equal(
		phone_settings_set(work->settings, PHONE_FIRMWARE_UXM, url, PHONE_BY_UXMD, &why),
		UXM_UPDATED);
	if (!hand_keep(work, work->settings, &why))
		return;
	provisioner_took(work->provisioner, module->serial, module->model, url);
}

void clockwork_end(struct clockwork *work, enum uxm_result result, bool lasting)
{
	assert_true(work->updating);
	work->updating = false;
	if (result == UXM_UPDATED)
		take(work, work->update, work->update_serial);
	state_end(&work->state, result, "It ended so.", (time_t)hand_now(work));
	provisioner_updated(work->provisioner, result, lasting, "It ended so.");
	clockwork_list(work);
	clockwork_pass(work, 0);
}

void clockwork_by_hand(struct clockwork *work, const char *url)
{
	state_begin(&work->state, url, work->state.list.modules[0].serial, "");
	provisioner_due(work->provisioner);
	clockwork_pass(work, 60);
	take(work, url, work->state.list.modules[0].serial);
	state_end(&work->state, UXM_UPDATED, "By hand.", (time_t)hand_now(work));
	provisioner_updated(work->provisioner, UXM_UPDATED, false, "By hand.");
	clockwork_list(work);
	clockwork_pass(work, 0);
}

bool clockwork_says(const struct clockwork *work, const char *text)
{
	if (strstr(work->state.provision.text, text) != NULL ||
	    strstr(work->state.provision.look, text) != NULL)
		return true;
	print_error("It says: %s (look: %s)\n", work->state.provision.text,
		    work->state.provision.look);
	return false;
}
