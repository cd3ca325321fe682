/* Updates by provisioning: all that is told from outside, and when to be woken. */
#include "phone/provisioner.h"

#include <stdlib.h>
#include <string.h>

#include "phone/provisioner_inside.h"
#include "phone/text.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)

/* By the wall clock nothing is waited for in one piece longer than so many milliseconds, because it
 * may jump. */
#define WALL_MOST (15 * MINUTE)

static void earlier(uint64_t *at, uint64_t other)
{
	if (*at > other)
		*at = other;
}

int64_t provisioner_now(const struct provisioner *provisioner)
{
	return provisioner->with.hands.now(provisioner->with.hands.self);
}

uint64_t provisioner_clock(const struct provisioner *provisioner)
{
	return provisioner->with.hands.clock(provisioner->with.hands.self);
}

void provisioner_see_wall(struct provisioner *provisioner)
{
	int64_t ahead =
		provisioner_now(provisioner) * 1000 - (int64_t)provisioner_clock(provisioner);

	if (ahead - provisioner->wall_ahead >= 1000 || provisioner->wall_ahead - ahead >= 1000)
		provisioner->wall_ahead = ahead;
}

int64_t provisioner_wall(const struct provisioner *provisioner, uint64_t at)
{
	return (provisioner->wall_ahead + (int64_t)at + 999) / 1000;
}

uint32_t provisioner_draw(const struct provisioner *provisioner)
{
	return provisioner->with.hands.draw(provisioner->with.hands.self);
}

bool provisioner_is_configured(const struct provisioner *provisioner)
{
	const struct phone_settings *settings = provisioner->with.settings;

	return phone_settings_text(settings, PHONE_SETTING_SERVER)[0] != '\0' ||
	       phone_settings_text(settings, PHONE_FIRMWARE_STATUS)[0] != '\0';
}

void provisioner_wait(struct provisioner *provisioner, const char *why, uint32_t seconds)
{
	text_take(provisioner->waiting, sizeof(provisioner->waiting), why);
	earlier(&provisioner->soon_at, provisioner_clock(provisioner) + seconds * SECOND);
}

bool provisioner_save(struct provisioner *provisioner, struct uxm_failure *why)
{
	if (record_save(provisioner->record, provisioner->with.record_path, why))
		return true;
	log_line(provisioner->with.log, LOG_IS_ERROR, "%s", why->text);
	return false;
}

bool provisioner_set(struct provisioner *provisioner, enum phone_id id, const char *value,
		     struct uxm_failure *why)
{
	const struct provisioner_hands *hands = &provisioner->with.hands;
	struct phone_settings *changed;
	bool done;

	hands->reread(hands->self);
	changed = phone_settings_copy(provisioner->with.settings);
	done = changed != NULL;
	if (!done)
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
	done = done && phone_settings_set(changed, id, value, PHONE_BY_UXMD, why) == UXM_UPDATED &&
	       hands->keep(hands->self, changed, why);
	if (done) {
		phone_settings_take_over(provisioner->with.settings, changed);
		provisioner->changed = true;
	}
	phone_settings_free(changed);
	return done;
}

/* ---- when ---- */

static bool has_uxm(const struct provisioner *provisioner)
{
	return phone_settings_text(provisioner->with.settings, PHONE_FIRMWARE_UXM)[0] != '\0';
}

/* Judges, and asks to be woken for whatever comes first. */
static void go_on(struct provisioner *provisioner)
{
	int64_t until = provisioner_judge(provisioner);
	uint64_t clock = provisioner_clock(provisioner);
	uint64_t at = PROVISIONER_NEVER;
	int64_t left;

	if (!provisioner->looking)
		earlier(&at, provisioner->look_at);
	earlier(&at, provisioner->soon_at);
	if (provisioner->later > clock)
		earlier(&at, provisioner->later);
	if (provisioner->phone_taken[0] != '\0')
		earlier(&at, provisioner->phone_take_at);
	left = until - provisioner_now(provisioner);
	if (until > 0 && left <= 0)
		earlier(&at, clock);
	else if (until > 0)
		earlier(&at, clock + ((uint64_t)left < WALL_MOST / SECOND ? (uint64_t)left * SECOND
									  : WALL_MOST));
	if (at != PROVISIONER_NEVER)
		at = at > clock ? at - clock : 0;
	provisioner->with.hands.wake(provisioner->with.hands.self, at);
}

/* ---- told from outside ---- */

void provisioner_due(struct provisioner *provisioner)
{
	uint64_t clock = provisioner_clock(provisioner);

	if (provisioner->soon_at <= clock) {
		provisioner->soon_at = PROVISIONER_NEVER;
		provisioner->with.hands.list(provisioner->with.hands.self);
	}
	if (!provisioner->looking && provisioner->look_at <= clock)
		look_begin(provisioner);
	go_on(provisioner);
}

void provisioner_start(struct provisioner *provisioner, bool again)
{
	uint32_t spread = phone_settings_number(provisioner->with.settings, PHONE_FIRMWARE_SPREAD);
	uint64_t clock = provisioner_clock(provisioner);

	/* The procedure is the whole of it: nothing is known of the files. */
	found_forget(provisioner);
	look_note_asked(provisioner);
	provisioner->started = true;
	provisioner->failed = 0;
	provisioner->hops = 0;
	provisioner->look_pause = 0;
	provisioner->later = 0;
	provisioner->held = NULL;
	provisioner->had_uxm = has_uxm(provisioner);
	provisioner->look_again = provisioner->looking;
	provisioner->look_at =
		again ? clock : clock + look_between(provisioner, 0, spread * SECOND);
	provisioner_due(provisioner);
}

/* Whether a module of `list` was not in the one before: plugged in, or another one at its port. */
static bool is_new(const struct state_list *before, const struct state_module *module)
{
	for (size_t i = 0; i < before->count; i++) {
		if (strcmp(before->modules[i].serial, module->serial) == 0 &&
		    (module->serial[0] != '\0' ||
		     strcmp(before->modules[i].port, module->port) == 0))
			return false;
	}
	return true;
}

static bool has_new(const struct provisioner *provisioner, const struct state_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (is_new(&provisioner->list, &list->modules[i]))
			return true;
	}
	return false;
}

/* A look for a module that was plugged in; many phones are switched on at once, and the first look
 * of each comes at its own time. */
static void look_for_module(struct provisioner *provisioner)
{
	uint64_t at = provisioner->look_began + PROVISIONER_PLUG * SECOND;
	uint64_t clock = provisioner_clock(provisioner);

	if (!provisioner->has_looked || !provisioner_is_configured(provisioner))
		return;
	if (at < provisioner->look_pause)
		at = provisioner->look_pause;
	if (at < clock)
		at = clock;
	earlier(&provisioner->look_at, at);
}

void provisioner_listed(struct provisioner *provisioner)
{
	const struct state *state = provisioner->with.state;

	provisioner->waiting[0] = '\0';
	provisioner->soon_at = PROVISIONER_NEVER;
	/* A module that is updated leaves and comes back, and is none that was plugged in. */
	if (state->list_error[0] == '\0' && state->update.phase != STATE_RUNNING &&
	    state->update.phase != STATE_COMMITTED) {
		if (provisioner->has_list && has_new(provisioner, &state->list)) {
			provisioner->cleared = false;
			look_for_module(provisioner);
		}
		provisioner->list = state->list;
		provisioner->has_list = true;
	}
	provisioner_due(provisioner);
}

static void clear(struct provisioner *provisioner)
{
	struct uxm_failure why;

	record_clear(provisioner->record);
	(void)provisioner_save(provisioner, &why);
	provisioner->held = NULL;
	provisioner->confirmed[0] = '\0';
	provisioner->confirmed_phone[0] = '\0';
	/* Who clears it before the next module comes means that one. */
	provisioner->cleared = true;
	log_line(provisioner->with.log, LOG_IS_NOTICE,
		 "firmware_uxm was cleared: updates by provisioning start over.");
}

void provisioner_cleared(struct provisioner *provisioner)
{
	clear(provisioner);
	provisioner->had_uxm = has_uxm(provisioner);
	provisioner_due(provisioner);
}

void provisioner_settings_changed(struct provisioner *provisioner)
{
	uint64_t clock = provisioner_clock(provisioner);
	const struct phone_settings *settings = provisioner->with.settings;

	if (provisioner->had_uxm && !has_uxm(provisioner))
		clear(provisioner);
	provisioner->had_uxm = has_uxm(provisioner);
	if (!provisioner->started)
		return;
	if (look_is_elsewhere(provisioner)) {
		found_forget_others(provisioner);
		provisioner->failed = 0;
		provisioner->hops = 0;
		provisioner->look_pause = 0;
		provisioner->look_again = provisioner->looking;
		provisioner->look_at = clock;
	} else if (provisioner->failed == 0 && provisioner->look_at != PROVISIONER_NEVER &&
		   provisioner->interval != 0 &&
		   provisioner->interval !=
			   phone_settings_number(settings, PHONE_FIRMWARE_INTERVAL)) {
		look_plan(provisioner, provisioner->look_ended);
		if (provisioner->look_at < provisioner->look_pause)
			provisioner->look_at = provisioner->look_pause;
	}
	provisioner_due(provisioner);
}

void provisioner_phone_updated(struct provisioner *provisioner, const struct uxm_failure *why)
{
	if (why == NULL)
		provisioner->confirmed_phone[0] = '\0';
	phone_end(provisioner, why);
	provisioner_due(provisioner);
}

void provisioner_took(struct provisioner *provisioner, const char *serial, const char *model,
		      const char *url)
{
	struct uxm_failure why;

	if (!record_done(provisioner->record, serial, model, url, provisioner_now(provisioner)))
		log_line(provisioner->with.log, LOG_IS_ERROR,
			 "There is no memory to remember the module with serial %s.", serial);
	(void)provisioner_save(provisioner, &why);
	provisioner->had_uxm = true;
	provisioner->cleared = false;
	provisioner->confirmed[0] = '\0';
	/* Who updates by hand keeps it until the server is looked at again. */
	if (strcmp(url, found_offer(provisioner, PHONE_FIRMWARE_UXM)) != 0 &&
	    !(provisioner->updating && strcmp(url, provisioner->url) == 0)) {
		provisioner->held = "the module was updated by hand";
		provisioner->look_is_older = provisioner->looking;
	}
	/* Judged with what follows: whoever tells this is in the midst of it. */
}

const struct record *provisioner_record(const struct provisioner *provisioner)
{
	return provisioner->record;
}

struct provisioner *provisioner_new(const struct provisioner_options *options,
				    struct uxm_failure *why)
{
	struct provisioner *provisioner = calloc(1, sizeof(*provisioner));

	if (provisioner != NULL)
		provisioner->record = record_new();
	if (provisioner == NULL || provisioner->record == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to begin with.");
		goto fail;
	}
	provisioner->with = *options;
	provisioner->look_at = PROVISIONER_NEVER;
	provisioner->soon_at = PROVISIONER_NEVER;
	if (!record_load(provisioner->record, options->record_path, why)) {
		if (why->result == UXM_INTERNAL)
			goto fail;
		log_line(options->log, LOG_IS_ERROR, "%s", why->text);
	}
	provisioner->had_uxm = has_uxm(provisioner);
	/* A page of an uxmd before this one does not answer what this one asks. */
	provisioner->question.number = provisioner_draw(provisioner);
	return provisioner;
fail:
	provisioner_free(provisioner);
	return NULL;
}

void provisioner_free(struct provisioner *provisioner)
{
	if (provisioner == NULL)
		return;
	found_forget(provisioner);
	record_free(provisioner->record);
	free(provisioner);
}
