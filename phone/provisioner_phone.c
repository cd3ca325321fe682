/* The phone's own update, which comes before the module's. */
#include <stdio.h>
#include <string.h>

#include "phone/provisioner_inside.h"
#include "phone/text.h"
#include "uxm/mac.h"

static void say(struct phone_answer *answer, enum phone_step step, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct phone_answer *answer, enum phone_step step, const char *format, ...)
{
	va_list arguments;

	answer->step = step;
	va_start(arguments, format);
	vsnprintf(answer->text, sizeof(answer->text), format, arguments);
	va_end(arguments);
	uxm_clean(answer->text);
}

/* What the phone is to run, "" for what it runs: nothing offered, forbidden, or the user's own. */
static const char *wanted(const struct provisioner *provisioner)
{
	const struct phone_settings *settings = provisioner->with.settings;
	const char *offer = found_offer(provisioner, PHONE_FIRMWARE);
	const char *runs = phone_settings_text(settings, PHONE_FIRMWARE);

	if (strcmp(offer, runs) == 0 || gate_policy(settings) == GATE_POLICY ||
	    (phone_settings_is_own(settings, PHONE_FIRMWARE) && runs[0] != '\0'))
		return "";
	return offer;
}

/* What failed before. False: nothing that stands against it. */
static bool has_failed(const struct provisioner *provisioner, const char *offer, const char *shown,
		       struct phone_answer *answer)
{
	const struct record_phone *known = record_phone(provisioner->record, offer);
	const char *text;
	char moment[GATE_MOMENT];

	if (known == NULL)
		return false;
	text = known->text[0] != '\0' ? known->text : "Its end was not seen.";
	if (known->tries >= RECORD_TRIES) {
		say(answer, PHONE_STEP_SKIPPED,
		    "The phone's own update to %s failed %u times and is not tried again; clear "
		    "firmware_uxm to start over. %s",
		    shown, known->tries, text);
		return true;
	}
	if (known->pause.again <= provisioner_now(provisioner))
		return false;
	answer->until = known->pause.again;
	if (known->begun) {
		say(answer, PHONE_STEP_WAIT,
		    "The phone's own update to %s was begun (try %u of %u), and its end was not "
		    "seen; it is tried again at %s.",
		    shown, known->tries, RECORD_TRIES, gate_moment(known->pause.again, moment));
		return true;
	}
	say(answer, PHONE_STEP_WAIT,
	    "The phone's own update to %s failed (try %u of %u) and is tried again at %s. %s",
	    shown, known->tries, RECORD_TRIES, gate_moment(known->pause.again, moment), text);
	return true;
}

void phone_judge(struct provisioner *provisioner, int64_t later, struct phone_answer *answer)
{
	const struct state *state = provisioner->with.state;
	const char *offer = provisioner->phone_runs ? provisioner->phone_url : wanted(provisioner);
	char shown[STATE_LONG];
	char moment[GATE_MOMENT];

	memset(answer, 0, sizeof(*answer));
	if (provisioner->phone_taken[0] != '\0') {
		answer->until = provisioner_wall(provisioner, provisioner->phone_take_at);
		say(answer, PHONE_STEP_WAIT,
		    "The phone has updated itself to %s; the setting firmware could not be saved, "
		    "and will be again at %s.",
		    text_url_shown(provisioner->phone_taken, shown, sizeof(shown)),
		    gate_moment(answer->until, moment));
		return;
	}
	if (offer[0] == '\0')
		return;
	text_url_shown(offer, shown, sizeof(shown));
	if (provisioner->phone_runs) {
		say(answer, PHONE_STEP_RUNS, "The phone updates itself to %s first.", shown);
	} else if (!provisioner->with.has_phone_command) {
		say(answer, PHONE_STEP_SKIPPED,
		    "%s is offered for the phone itself, and is skipped: no command for that is "
		    "configured.",
		    shown);
	} else if (has_failed(provisioner, offer, shown, answer)) {
		return;
	} else if (state->update.phase == STATE_RUNNING || state->update.phase == STATE_COMMITTED) {
		/* It would take the power from the module. */
		say(answer, PHONE_STEP_WAIT,
		    "%s is offered for the phone itself and waits: an update is running.", shown);
	} else if (gate_policy(provisioner->with.settings) == GATE_ASK &&
		   strcmp(provisioner->confirmed_phone, offer) != 0) {
		if (later > 0) {
			answer->until = later;
			say(answer, PHONE_STEP_LATER,
			    "%s is offered for the phone itself; as the user said 'Later', it is "
			    "asked for again at %s, or at the next look at the server.",
			    shown, gate_moment(later, moment));
		} else {
			say(answer, PHONE_STEP_ASK,
			    "%s is offered for the phone itself; say 'Update now' or 'Later'.",
			    shown);
		}
	} else if (provisioner->waiting[0] != '\0') {
		say(answer, PHONE_STEP_WAIT, "%s is offered for the phone itself and waits. %s",
		    shown, provisioner->waiting);
	} else {
		say(answer, PHONE_STEP_GO, "The phone updates itself to %s first.", shown);
	}
}

/* One that an uxmd before this one began still runs. Its end is not seen from here, but what it
 * leads to is: the phone comes back with another version. */
static void wait_for_former(struct provisioner *provisioner, const struct record_phone *before,
			    const struct uxm_failure *why)
{
	struct uxm_failure unsaved;

	provisioner->phone_runs = false;
	log_line(provisioner->with.log, LOG_IS_NOTICE, "%s", why->text);
	record_phone_runs(provisioner->record, before, provisioner_now(provisioner));
	(void)provisioner_save(provisioner, &unsaved);
	provisioner_wait(provisioner, why->text, PROVISIONER_PAUSE);
}

void phone_begin(struct provisioner *provisioner)
{
	const struct provisioner_hands *hands = &provisioner->with.hands;
	const char *offer = found_offer(provisioner, PHONE_FIRMWARE);
	const char *version = provisioner->with.state->phone_version;
	const char *mac = provisioner->with.mac;
	const struct record_phone *known = record_phone(provisioner->record, offer);
	struct record_phone before = {.begun = false};
	int64_t now = provisioner_now(provisioner);
	/* A MAC address is longer than what stands for it. */
	char asked[4 * LOOK_URL];
	char shown[STATE_LONG];
	struct uxm_failure why;

	if (strlen(offer) >= sizeof(provisioner->phone_url))
		return;
	if (known != NULL)
		before = *known;
	/* Not written down is not begun: it may reboot the phone, over and over. */
	if (!record_phone_begin(provisioner->record, offer, version, now))
		return;
	if (!provisioner_save(provisioner, &why)) {
		record_phone_withdraw(provisioner->record);
		provisioner_wait(provisioner, why.text, PROVISIONER_PAUSE);
		return;
	}
	memcpy(provisioner->phone_url, offer, strlen(offer) + 1);
	provisioner->phone_runs = true;
	log_line(provisioner->with.log, LOG_IS_NOTICE, "The phone's own update to %s begins.",
		 text_url_shown(offer, shown, sizeof(shown)));
	/* The URL as it is asked for; without a MAC its place stays. */
	if (mac != NULL && mac[0] != '\0' && uxm_mac_put(offer, mac, asked, sizeof(asked)))
		offer = asked;
	if (hands->phone(hands->self, offer, &why))
		return;
	if (why.result == UXM_BUSY)
		wait_for_former(provisioner, &before, &why);
	else
		phone_end(provisioner, &why);
}

/* The phone runs the URL: the setting firmware takes it. */
static void take(struct provisioner *provisioner, const char *url)
{
	char shown[STATE_LONG];
	struct uxm_failure why;

	/* Not known as done before it is written down as such; the command has done its part. */
	if (!provisioner_set(provisioner, PHONE_FIRMWARE, url, &why)) {
		log_line(provisioner->with.log, LOG_IS_ERROR,
			 "firmware could not be saved, and will be again later: %s", why.text);
		memmove(provisioner->phone_taken, url, strlen(url) + 1);
		provisioner->phone_take_at =
			provisioner_clock(provisioner) + PROVISIONER_PAUSE * UINT64_C(1000);
		return;
	}
	record_phone_done(provisioner->record);
	log_line(provisioner->with.log, LOG_IS_NOTICE, "firmware is now %s.",
		 text_url_shown(url, shown, sizeof(shown)));
	provisioner->phone_taken[0] = '\0';
	(void)provisioner_save(provisioner, &why);
}

void phone_settle(struct provisioner *provisioner)
{
	const char *offer = found_offer(provisioner, PHONE_FIRMWARE);
	const struct record_phone *known = record_phone(provisioner->record, offer);
	const char *version = provisioner->with.state->phone_version;

	if (provisioner->phone_taken[0] != '\0') {
		if (provisioner->phone_take_at <= provisioner_clock(provisioner))
			take(provisioner, provisioner->phone_taken);
		return;
	}
	if (provisioner->phone_runs || known == NULL || !known->begun || version == NULL ||
	    version[0] == '\0' || known->version[0] == '\0' || strcmp(known->version, version) == 0)
		return;
	take(provisioner, offer);
}

void phone_end(struct provisioner *provisioner, const struct uxm_failure *why)
{
	struct uxm_failure unsaved;

	if (!provisioner->phone_runs)
		return;
	provisioner->phone_runs = false;
	if (why == NULL) {
		take(provisioner, provisioner->phone_url);
		return;
	}
	log_line(provisioner->with.log, LOG_IS_WARNING, "The phone's own update failed: %s",
		 why->text);
	record_phone_fail(provisioner->record, why->text, provisioner_now(provisioner),
			  provisioner_draw(provisioner));
	(void)provisioner_save(provisioner, &unsaved);
}
