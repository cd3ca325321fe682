/* What is done about the offers: the gates are asked, and what opens them begins. */
#include <stdio.h>
#include <string.h>

#include "phone/provisioner_inside.h"
#include "phone/text.h"

/* How often one call may judge: each thing that is done is judged once more, and nothing is done
 * twice. */
#define ROUNDS_MOST 8

static void soon(struct provisioner *provisioner, uint32_t seconds)
{
	uint64_t at = provisioner_clock(provisioner) + seconds * UINT64_C(1000);

	if (provisioner->soon_at > at)
		provisioner->soon_at = at;
}

static uint32_t fingerprint(const struct provisioner *provisioner)
{
	const struct state *state = provisioner->with.state;

	return record_fingerprint(provisioner->with.settings, state->list.modules[0].version,
				  state->phone_version);
}

/* It could not begin, or has ended, without the module running it. */
static void fail(struct provisioner *provisioner, enum uxm_result result, bool lasting,
		 const char *text)
{
	struct uxm_failure why;

	record_fail(provisioner->record, provisioner->url, provisioner->serial, result, lasting,
		    text, provisioner_now(provisioner), provisioner_draw(provisioner));
	(void)provisioner_save(provisioner, &why);
}

/* Not begun for want of quiet, and nothing was tried. */
static void withdraw(struct provisioner *provisioner)
{
	struct uxm_failure why;

	record_withdraw(provisioner->record, provisioner->url, provisioner->serial);
	(void)provisioner_save(provisioner, &why);
}

/* The gate is open. */
static void begin(struct provisioner *provisioner, const char *offer)
{
	const struct provisioner_hands *hands = &provisioner->with.hands;
	const struct state_module *module = &provisioner->with.state->list.modules[0];
	struct order order = {
		.source = provisioner->url,
		.allow_older =
			phone_settings_is_on(provisioner->with.settings, PHONE_UXM_ALLOW_OLDER),
	};
	struct uxm_failure why;

	if (strlen(offer) >= sizeof(provisioner->url))
		return;
	memcpy(provisioner->url, offer, strlen(offer) + 1);
	memcpy(provisioner->serial, module->serial, sizeof(provisioner->serial));
	if (!record_begin(provisioner->record, offer, module->serial, fingerprint(provisioner),
			  provisioner_now(provisioner)))
		return;
	/* Not written down is not begun: it might be tried for ever. */
	if (!provisioner_save(provisioner, &why)) {
		record_withdraw(provisioner->record, offer, module->serial);
		provisioner_wait(provisioner, why.text, PROVISIONER_PAUSE);
		return;
	}
	provisioner->updating = true;
	if (hands->update(hands->self, &order, &why))
		return;
	provisioner->updating = false;
	if (why.result == UXM_IMAGE_REFUSED || why.result == UXM_USAGE) {
		fail(provisioner, UXM_IMAGE_REFUSED, false, why.text);
		return;
	}
	/* Neither the image's nor the server's fault, and nothing was tried: a full disk, say, is
	 * to delay an update, and not to end it. */
	withdraw(provisioner);
	provisioner_wait(provisioner, why.text,
			 why.result == UXM_INTERNAL ? PROVISIONER_PAUSE : PROVISIONER_SOON);
}

/* The module runs it already: nothing is fetched. */
static bool take(struct provisioner *provisioner, const char *offer)
{
	const struct state_module *module = &provisioner->with.state->list.modules[0];
	char shown[STATE_LONG];
	struct uxm_failure why;

	if (!provisioner_set(provisioner, PHONE_FIRMWARE_UXM, offer, &why)) {
		log_line(provisioner->with.log, LOG_IS_ERROR,
			 "firmware_uxm could not be saved, and will be again later: %s", why.text);
		soon(provisioner, PROVISIONER_PAUSE);
		return false;
	}
	provisioner->had_uxm = true;
	provisioner->confirmed[0] = '\0';
	log_line(provisioner->with.log, LOG_IS_NOTICE,
		 "The module (serial %s) runs version %s already; firmware_uxm is now %s.",
		 module->serial, module->version, text_url_shown(offer, shown, sizeof(shown)));
	if (!record_done(provisioner->record, module->serial, module->model, offer,
			 provisioner_now(provisioner)))
		log_line(provisioner->with.log, LOG_IS_ERROR,
			 "There is no memory to remember the module with serial %s.",
			 module->serial);
	(void)provisioner_save(provisioner, &why);
	return true;
}

/* Somebody chose what it runs, and so what firmware_uxm holds; a look at the server is a new day.
 */
static bool has_to_wait(const struct provisioner *provisioner, enum gate gate)
{
	bool begins = gate == GATE_OPEN || gate == GATE_ASK;

	return ((begins || gate == GATE_RUNS) && provisioner->held != NULL) ||
	       (begins && provisioner->waiting[0] != '\0');
}

/* The module's gate. */
static void judge_module(const struct provisioner *provisioner, const char *offer, int64_t later,
			 struct gate_answer *answer)
{
	const struct state *state = provisioner->with.state;
	struct gate_question question = {
		.offer = offer,
		.settings = provisioner->with.settings,
		.state = state,
		.record = provisioner->record,
		.confirmed =
			state->list.count == 1 && provisioner->confirmed[0] != '\0' &&
			strcmp(provisioner->confirmed, offer) == 0 &&
			strcmp(provisioner->confirmed_serial, state->list.modules[0].serial) == 0,
		.later = later,
		.now = provisioner_now(provisioner),
	};
	char shown[STATE_LONG];

	gate_judge(&question, answer);
	if (provisioner->updating && answer->gate == GATE_NOT_READY &&
	    strcmp(provisioner->url, offer) == 0)
		snprintf(answer->text, sizeof(answer->text), "%s is being installed.",
			 text_url_shown(offer, shown, sizeof(shown)));
	if (answer->gate == GATE_RUNS && provisioner->cleared)
		snprintf(answer->text, sizeof(answer->text),
			 "The module runs version %s already, which %s is; as firmware_uxm was "
			 "cleared, it stays empty for the next module.",
			 state->list.modules[0].version,
			 text_url_shown(offer, shown, sizeof(shown)));
	if (!has_to_wait(provisioner, answer->gate))
		return;
	answer->gate = GATE_NOT_READY;
	text_url_shown(offer, shown, sizeof(shown));
	if (provisioner->held != NULL)
		snprintf(answer->text, sizeof(answer->text),
			 "%s is offered, and waits for the next look at the server, because %s.",
			 shown, provisioner->held);
	else
		snprintf(answer->text, sizeof(answer->text), "%s is offered and waits. %.*s", shown,
			 (int)(sizeof(answer->text) - sizeof(shown) - 32), provisioner->waiting);
	uxm_clean(answer->text);
}

/* What is not ready is listed again; who updates by hand is not disturbed, and tells its end. */
static void look_soon(struct provisioner *provisioner)
{
	const struct state *state = provisioner->with.state;

	if (provisioner->held != NULL || provisioner->waiting[0] != '\0' ||
	    state->update.phase == STATE_RUNNING || state->update.phase == STATE_COMMITTED)
		return;
	soon(provisioner,
	     state->list.modules[0].error[0] != '\0' ? PROVISIONER_PAUSE : PROVISIONER_SOON);
}

/* One round: what is so, and what is to be said of it. Returns whether something was done, after
 * which all is to be judged again. */
static bool act(struct provisioner *provisioner, const struct phone_answer *phone,
		const struct gate_answer *module, const char *offer)
{
	bool is_modules_turn = phone->step == PHONE_STEP_NONE || phone->step == PHONE_STEP_SKIPPED;

	if (provisioner->updating)
		return false;
	if (phone->step == PHONE_STEP_GO) {
		phone_begin(provisioner);
		return true;
	}
	if (module->gate == GATE_RUNS)
		return !provisioner->cleared && take(provisioner, offer);
	if (module->gate == GATE_OPEN && is_modules_turn) {
		begin(provisioner, offer);
		return true;
	}
	if (module->gate == GATE_NOT_READY)
		look_soon(provisioner);
	return false;
}

/* The sentences of both, where there are two. */
static void join(const struct phone_answer *phone, const struct gate_answer *module,
		 char text[UXM_SENTENCE])
{
	bool both = phone->text[0] != '\0' && module->gate != GATE_NO_OFFER;
	char whole[2 * UXM_SENTENCE];

	snprintf(whole, sizeof(whole), "%s%s%s", phone->text, both ? " " : "",
		 both || phone->text[0] == '\0' ? module->text : "");
	text_take(text, UXM_SENTENCE, whole);
}

static bool is_close(time_t a, time_t b)
{
	return a == b || (a != 0 && b != 0 && a - b <= 1 && b - a <= 1);
}

/* Into the state; only what has changed is told. */
static void tell(struct provisioner *provisioner, const struct state_provision *said)
{
	struct state *state = provisioner->with.state;
	struct state_provision *there = &state->provision;

	if (!provisioner->changed && there->configured == said->configured &&
	    there->looking == said->looking && there->asking == said->asking &&
	    strcmp(there->offer, said->offer) == 0 &&
	    strcmp(there->question, said->question) == 0 && strcmp(there->text, said->text) == 0 &&
	    strcmp(there->look, said->look) == 0 && there->looked == said->looked &&
	    is_close(there->next, said->next))
		return;
	if (said->text[0] != '\0' && strcmp(provisioner->logged, said->text) != 0) {
		memcpy(provisioner->logged, said->text, sizeof(said->text));
		log_line(provisioner->with.log, LOG_IS_NOTICE, "Provisioning: %s", said->text);
	}
	*there = *said;
	provisioner->changed = false;
	state->revision++;
	provisioner->with.hands.changed(provisioner->with.hands.self);
}

/* The one that is asked about, if one is; else the module's before the phone's. */
static void show_offer(const struct phone_answer *phone, const struct gate_answer *module,
		       const char *offer, const char *phone_offer, char shown[STATE_LONG])
{
	bool about_phone = (phone->step == PHONE_STEP_ASK && module->gate != GATE_ASK) ||
			   (phone->step == PHONE_STEP_LATER && module->gate != GATE_LATER);

	if (about_phone || offer[0] == '\0')
		offer = phone_offer;
	shown[0] = '\0';
	if (offer[0] != '\0')
		text_url_shown(offer, shown, STATE_LONG);
}

/* What is so now; acts; returns whether to judge again. */
static bool judge_once(struct provisioner *provisioner, struct state_provision *said,
		       int64_t *until)
{
	int64_t later = provisioner->later > provisioner_clock(provisioner)
				? provisioner_wall(provisioner, provisioner->later)
				: 0;
	const char *offer = found_offer(provisioner, PHONE_FIRMWARE_UXM);
	const char *phone_offer = found_offer(provisioner, PHONE_FIRMWARE);
	char shown[STATE_LONG];
	struct phone_answer phone;
	struct gate_answer module;
	struct uxm_failure why;
	bool ask_phone;
	bool ask_module;
	bool waits;

	if (record_clock(provisioner->record, provisioner_now(provisioner),
			 provisioner_clock(provisioner)))
		(void)provisioner_save(provisioner, &why);
	answer_forget(provisioner, offer, phone_offer);
	phone_settle(provisioner);
	phone_judge(provisioner, later, &phone);
	judge_module(provisioner, offer, later, &module);
	/* While the phone's own update is on its way nothing is asked for the module. */
	waits = phone.step == PHONE_STEP_RUNS || phone.step == PHONE_STEP_WAIT;
	if (waits && (module.gate == GATE_OPEN || module.gate == GATE_ASK))
		snprintf(module.text, sizeof(module.text), "%s for the module follows.",
			 text_url_shown(offer, shown, sizeof(shown)));
	said->asking = phone.step == PHONE_STEP_ASK || (module.gate == GATE_ASK && !waits);
	ask_phone = phone.step == PHONE_STEP_ASK || phone.step == PHONE_STEP_LATER;
	ask_module = (module.gate == GATE_ASK || module.gate == GATE_LATER) && !waits;
	answer_ask(provisioner, ask_phone ? phone_offer : "", ask_module ? offer : "", said);
	show_offer(&phone, &module, offer, phone_offer, said->offer);
	/* Before the first look there is nothing to say. */
	if (found_any(provisioner) || !said->configured)
		join(&phone, &module, said->text);
	*until = phone.until;
	if (module.until > 0 && (*until == 0 || module.until < *until))
		*until = module.until;
	return act(provisioner, &phone, &module, offer);
}

int64_t provisioner_judge(struct provisioner *provisioner)
{
	struct state_provision said = provisioner->with.state->provision;
	int64_t until = 0;
	bool planned;

	provisioner_see_wall(provisioner);
	for (unsigned i = 0; i < ROUNDS_MOST; i++) {
		said.text[0] = '\0';
		said.configured = provisioner_is_configured(provisioner);
		if (!judge_once(provisioner, &said, &until))
			break;
	}
	said.looking = provisioner->looking;
	/* Without a server the look that is due finds nothing to ask. */
	planned = said.configured && provisioner->look_at != PROVISIONER_NEVER &&
		  !provisioner->looking;
	said.next = planned ? (time_t)provisioner_wall(provisioner, provisioner->look_at) : 0;
	said.looked = provisioner->has_said
			      ? (time_t)provisioner_wall(provisioner, provisioner->look_said)
			      : 0;
	tell(provisioner, &said);
	return until;
}

void provisioner_updated(struct provisioner *provisioner, enum uxm_result result, bool lasting,
			 const char *text)
{
	/* Well, but not known as such: what the list says of the module decides, and until it does
	 * this is a failure like others. One that was taken is none any more. */
	if (provisioner->updating && result == UXM_CANCELLED) {
		/* That is no failure, and not to be undone at once. */
		withdraw(provisioner);
		provisioner->confirmed[0] = '\0';
		provisioner->held = "its update was cancelled";
		provisioner->look_is_older = provisioner->looking;
	} else if (provisioner->updating) {
		fail(provisioner, result, lasting && result != UXM_UPDATED, text);
	}
	provisioner->updating = false;
	provisioner_wait(provisioner, "The modules are being listed.", PROVISIONER_SOON);
	provisioner_due(provisioner);
}

void provisioner_stop(struct provisioner *provisioner)
{
	if (!provisioner->updating || provisioner->with.state->update.phase == STATE_COMMITTED)
		return;
	provisioner->updating = false;
	withdraw(provisioner);
}
