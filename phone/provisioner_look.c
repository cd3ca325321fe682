/* Looks at the server: when, and what each of them leads to. */
#include <string.h>

#include "phone/provisioner_inside.h"
#include "phone/text.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)

static uint64_t interval_of(const struct provisioner *provisioner)
{
	return phone_settings_number(provisioner->with.settings, PHONE_FIRMWARE_INTERVAL) * MINUTE;
}

uint64_t look_between(const struct provisioner *provisioner, uint64_t least, uint64_t most)
{
	double part = provisioner_draw(provisioner) / 4294967296.0;

	return least + (uint64_t)(part * (double)(most - least + 1));
}

void look_plan(struct provisioner *provisioner, uint64_t from)
{
	uint64_t interval = interval_of(provisioner);

	provisioner->interval =
		phone_settings_number(provisioner->with.settings, PHONE_FIRMWARE_INTERVAL);
	provisioner->look_at = from + look_between(provisioner, interval - interval / 5, interval);
}

/* After a failure; the pauses grow, up to the interval. */
static void plan_retry(struct provisioner *provisioner, uint64_t from)
{
	uint64_t interval = interval_of(provisioner);
	uint64_t pause = PROVISIONER_PAUSE * SECOND;

	for (unsigned i = 1; i < provisioner->failed && pause < interval; i++)
		pause *= 4;
	if (pause > interval)
		pause = interval;
	pause = look_between(provisioner, pause / 2, pause / 2 + pause);
	provisioner->look_at = from + (pause < interval ? pause : interval);
}

/* A server that asked for a pause gets it, and phones back within a tenth more: not all at once. */
static void plan_pause(struct provisioner *provisioner, uint32_t seconds, uint64_t from)
{
	uint64_t pause = seconds * SECOND;

	provisioner->look_pause = from + look_between(provisioner, pause, pause + pause / 10);
	if (provisioner->look_at < provisioner->look_pause)
		provisioner->look_at = provisioner->look_pause;
}

static void note_asked(struct provisioner *provisioner, enum provision_kind kind, enum phone_id id)
{
	const char *url = phone_settings_text(provisioner->with.settings, id);

	/* Settings hold none that is longer. */
	memcpy(provisioner->asked[kind], url, strnlen(url, LOOK_URL - 1));
	provisioner->asked[kind][strnlen(url, LOOK_URL - 1)] = '\0';
}

void look_note_asked(struct provisioner *provisioner)
{
	note_asked(provisioner, PROVISION_SETTINGS, PHONE_SETTING_SERVER);
	note_asked(provisioner, PROVISION_FIRMWARE, PHONE_FIRMWARE_STATUS);
}

bool look_is_elsewhere(const struct provisioner *provisioner)
{
	const struct phone_settings *settings = provisioner->with.settings;

	return strcmp(provisioner->asked[PROVISION_SETTINGS],
		      phone_settings_text(settings, PHONE_SETTING_SERVER)) != 0 ||
	       strcmp(provisioner->asked[PROVISION_FIRMWARE],
		      phone_settings_text(settings, PHONE_FIRMWARE_STATUS)) != 0;
}

static void say_look(struct provisioner *provisioner, const char *text)
{
	struct state_provision *said = &provisioner->with.state->provision;

	text_take(said->look, sizeof(said->look), text);
	provisioner->has_said = true;
	provisioner->look_said = provisioner_clock(provisioner);
	provisioner->changed = true;
	if (text[0] != '\0')
		log_line(provisioner->with.log, LOG_IS_WARNING, "The look at the server failed: %s",
			 said->look);
}

static bool start_look(struct provisioner *provisioner, struct uxm_failure *why)
{
	const struct provisioner_hands *hands = &provisioner->with.hands;
	const struct state *state = provisioner->with.state;
	struct look_known known[2] = {provisioner->found[PROVISION_SETTINGS].known,
				      provisioner->found[PROVISION_FIRMWARE].known};
	char agent[LOOK_AGENT];
	struct look_order order = {
		.settings = provisioner->with.settings,
		.known = known,
		.mac = provisioner->with.mac != NULL ? provisioner->with.mac : "",
		.user_agent = look_user_agent(
			agent, sizeof(agent), state->phone_type != NULL ? state->phone_type : "",
			state->phone_version != NULL ? state->phone_version : "",
			provisioner->with.mac != NULL ? provisioner->with.mac : "",
			state->list.count),
	};

	look_note_asked(provisioner);
	provisioner->look_began = provisioner_clock(provisioner);
	provisioner->has_looked = true;
	provisioner->look_again = false;
	provisioner->look_is_older = false;
	return hands->look(hands->self, &order, why);
}

void look_begin(struct provisioner *provisioner)
{
	struct look none = {.has_result = true};
	struct uxm_failure why;

	provisioner->look_at = PROVISIONER_NEVER;
	if (!provisioner_is_configured(provisioner))
		return;
	provisioner->looking = true;
	if (start_look(provisioner, &why))
		return;
	none.result = why.result;
	text_take(none.text, sizeof(none.text), why.text);
	provisioner_looked(provisioner, &none);
}

static void log_remarks(const struct provisioner *provisioner, const struct look *look)
{
	for (size_t i = 0; i < look->remark_count && i < LOOK_REMARKS; i++)
		log_line(provisioner->with.log, LOG_IS_NOTICE, "Provisioning: %s",
			 look->remarks[i]);
}

/* A look has ended well. The settings file may name others of both files; those are asked at once,
 * but two that name each other not for ever. */
static void end_well(struct provisioner *provisioner, bool elsewhere)
{
	uint64_t clock = provisioner_clock(provisioner);

	provisioner->failed = 0;
	if (!provisioner->look_is_older) {
		provisioner->held = NULL;
		provisioner->later = 0;
	}
	look_plan(provisioner, clock);
	if (!elsewhere) {
		provisioner->hops = 0;
	} else if (provisioner->hops < PROVISIONER_HOPS) {
		provisioner->hops++;
		provisioner->look_at = clock;
		/* What the files of before offer is not what holds. */
		found_forget_others(provisioner);
	} else {
		provisioner->hops = 0;
		log_line(provisioner->with.log, LOG_IS_WARNING,
			 "Provisioning: settings files name each other in turn; the next look is "
			 "after the interval.");
	}
}

void provisioner_looked(struct provisioner *provisioner, struct look *look)
{
	struct uxm_failure why = {.text = "The look at the server ended without a result."};
	uint64_t clock = provisioner_clock(provisioner);
	bool elsewhere = false;
	/* Half of what a settings file says is worse than nothing of it. */
	bool well = look->has_result;

	if (!provisioner->looking) {
		look_release(look);
		return;
	}
	provisioner->looking = false;
	provisioner->look_ended = clock;
	log_remarks(provisioner, look);
	/* Something has changed meanwhile that it did not know of: it does not count. */
	if (provisioner->look_again) {
		provisioner->look_again = false;
		provisioner->look_at = clock;
		goto end;
	}
	if (well)
		well = found_take(provisioner, look, &elsewhere, &why);
	if (well && look->result != UXM_UPDATED) {
		memcpy(why.text, look->text, sizeof(why.text));
		well = false;
	}
	if (well) {
		say_look(provisioner, "");
		end_well(provisioner, elsewhere);
	} else {
		say_look(provisioner,
			 why.text[0] != '\0' ? why.text : "The look at the server failed.");
		provisioner->failed++;
		plan_retry(provisioner, clock);
	}
	if (look->retry_after > 0)
		plan_pause(provisioner, look->retry_after, clock);
end:
	look_release(look);
	provisioner_due(provisioner);
}

bool provisioner_look_now(struct provisioner *provisioner, struct uxm_failure *why)
{
	if (!provisioner_is_configured(provisioner)) {
		uxm_fail(why, UXM_USAGE,
			 "No provisioning server is set; give setting_server or firmware_status.");
		return false;
	}
	if (provisioner->looking) {
		uxm_fail(why, UXM_BUSY, "The server is being looked at already.");
		return false;
	}
	provisioner->look_at = provisioner_clock(provisioner);
	provisioner_due(provisioner);
	return true;
}
