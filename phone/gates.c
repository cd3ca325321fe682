/* The rules for updates by provisioning, one function each, in the order in which they are asked.
 */
#include "phone/gates.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "phone/text.h"
#include "uxm/name.h"

/* What is judged; each rule may rely on those before it. */
struct judging {
	const struct gate_question *question;
	struct gate_answer *answer;
	const struct state_module *module; /* the one, from GATE_SEVERAL on */
	struct uxm_name name;              /* from GATE_NAME on */
	const char *shown;                 /* the offer */
};

static bool say(struct judging *judging, enum gate gate, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The rule decides. */
static bool say(struct judging *judging, enum gate gate, const char *format, ...)
{
	struct gate_answer *answer = judging->answer;
	va_list arguments;

	answer->gate = gate;
	va_start(arguments, format);
	vsnprintf(answer->text, sizeof(answer->text), format, arguments);
	va_end(arguments);
	uxm_clean(answer->text);
	return true;
}

static const char *setting(const struct judging *judging, enum phone_id id)
{
	return phone_settings_text(judging->question->settings, id);
}

const char *gate_moment(int64_t when, char text[GATE_MOMENT])
{
	time_t seconds = (time_t)when;
	struct tm parts;

	if (when < RECORD_CLOCK_SET)
		snprintf(text, GATE_MOMENT, "a time not known yet (the clock is not set)");
	else if (localtime_r(&seconds, &parts) == NULL ||
		 strftime(text, GATE_MOMENT, "%Y-%m-%d %H:%M:%S %Z", &parts) == 0)
		snprintf(text, GATE_MOMENT, "some time");
	return text;
}

static bool is_nothing_offered(struct judging *judging)
{
	if (judging->question->offer[0] != '\0')
		return false;
	if (setting(judging, PHONE_SETTING_SERVER)[0] == '\0' &&
	    setting(judging, PHONE_FIRMWARE_STATUS)[0] == '\0')
		return say(judging, GATE_NO_OFFER,
			   "No provisioning server is set; give setting_server or "
			   "firmware_status.");
	return say(judging, GATE_NO_OFFER,
		   "The server offers no firmware for the expansion module.");
}

enum gate gate_policy(const struct phone_settings *settings)
{
	const char *policy = phone_settings_text(settings, PHONE_UPDATE_POLICY);

	if (strcmp(policy, "auto_update") == 0)
		return GATE_OPEN;
	return strcmp(policy, "ask_for_update") == 0 ? GATE_ASK : GATE_POLICY;
}

static bool is_forbidden(struct judging *judging)
{
	if (gate_policy(judging->question->settings) != GATE_POLICY)
		return false;
	return say(judging, GATE_POLICY,
		   "%s is offered, and is not installed because update_policy is %s; set it to "
		   "auto_update or ask_for_update.",
		   judging->shown, setting(judging, PHONE_UPDATE_POLICY));
}

static bool is_users_own(struct judging *judging)
{
	if (!phone_settings_is_own(judging->question->settings, PHONE_FIRMWARE_UXM) ||
	    setting(judging, PHONE_FIRMWARE_UXM)[0] == '\0')
		return false;
	return say(judging, GATE_OWN,
		   "%s is offered, but the user of this phone set firmware_uxm, and it is left "
		   "alone; clear it to take the offer.",
		   judging->shown);
}

/* The manual's exact match, which a serial number may have of its own. */
static bool is_same(struct judging *judging)
{
	const struct gate_question *question = judging->question;
	const struct state_list *list = &question->state->list;
	const struct record_module *done;

	if (!phone_settings_is_on(question->settings, PHONE_UXM_PER_MODULE) ||
	    (list->count == 1 && list->modules[0].error[0] == '\0' &&
	     list->modules[0].serial[0] == '\0')) {
		if (strcmp(setting(judging, PHONE_FIRMWARE_UXM), question->offer) != 0)
			return false;
		return say(judging, GATE_SAME,
			   "%s is offered, and is what was installed last; clear firmware_uxm to "
			   "have it installed on the next module.",
			   judging->shown);
	}
	done = list->count == 1 ? record_find(question->record, list->modules[0].serial) : NULL;
	if (done == NULL || strcmp(done->url, question->offer) != 0)
		return false;
	return say(judging, GATE_SAME,
		   "The module with serial number %s is done: it took %s; plug the next one in, "
		   "or clear firmware_uxm to start over.",
		   done->serial, judging->shown);
}

/* Whether exactly one is there. */
static bool is_not_one(struct judging *judging)
{
	const struct state *state = judging->question->state;
	struct uxm_failure why = {.text = ""};

	if (state->looked && state->list_error[0] == '\0' && state->list.count == 1) {
		judging->module = &state->list.modules[0];
		return false;
	}
	(void)state_is_ready(state, &why);
	return say(judging, state->list.count > 1 ? GATE_SEVERAL : GATE_NO_MODULE,
		   "%s is offered and waits. %s", judging->shown, why.text);
}

static bool is_not_ready(struct judging *judging)
{
	const struct state *state = judging->question->state;
	enum state_phase phase = state->update.phase;
	const char *status = judging->module->status;
	struct uxm_failure why = {.text = ""};

	if (phase == STATE_RUNNING || phase == STATE_COMMITTED)
		return say(judging, GATE_NOT_READY,
			   "%s is offered and waits: an update is running.", judging->shown);
	if (judging->module->error[0] != '\0') {
		(void)state_is_ready(state, &why);
		return say(judging, GATE_NOT_READY, "%s is offered and waits. %s", judging->shown,
			   why.text);
	}
	/* One that receives, and not from here, was left by an update that was killed; should
	 * another program be at it, it holds the interface. To wait would be to ask, and to keep it
	 * so. */
	if (strcmp(status, "idle") == 0 || strcmp(status, "failed") == 0 ||
	    strcmp(status, "receiving") == 0)
		return false;
	return say(judging, GATE_NOT_READY,
		   "%s is offered and waits: the expansion module is not at rest (%s).",
		   judging->shown, status[0] != '\0' ? status : "unknown");
}

static bool is_not_for_it(struct judging *judging)
{
	const char *model = judging->module->model;

	if (strstr(judging->question->offer, "://") == NULL)
		return say(judging, GATE_NAME,
			   "%s is offered, which is no complete URL, as in "
			   "http://server/snomD7C-1.6.1-r.bin; correct firmware_uxm on the server.",
			   judging->shown);
	if (!uxm_name_parse(judging->question->offer, &judging->name))
		return say(judging, GATE_NAME,
			   "%s is offered, which is not named like an image; the file name must "
			   "be %s.",
			   judging->shown, uxm_name_forms());
	if (strcmp(judging->name.model, model) != 0)
		return say(judging, GATE_NAME,
			   "%s is offered, which is for a %s, but the module is a %s; offer an "
			   "image for a %s.",
			   judging->shown, judging->name.model, model, model);
	return false;
}

/* How the offered version stands to what runs; what runs and is no version is older. */
static int compare(const struct judging *judging)
{
	const char *running = judging->module->version;
	struct uxm_version version;

	if (!uxm_version_parse(running, strlen(running), &version))
		return 1;
	return uxm_version_compare(&judging->name.version, &version);
}

static bool is_run(struct judging *judging)
{
	if (compare(judging) != 0)
		return false;
	return say(judging, GATE_RUNS,
		   "The module runs version %s already, which %s is: nothing is downloaded.",
		   judging->module->version, judging->shown);
}

/* All other reasons for which it would not be ready were asked for before. */
static bool is_phone_too_old(struct judging *judging)
{
	struct uxm_failure why;

	if (state_is_ready(judging->question->state, &why))
		return false;
	return say(judging, GATE_PHONE_VERSION, "%s is offered and waits. %s", judging->shown,
		   why.text);
}

static bool is_older(struct judging *judging)
{
	judging->answer->older = compare(judging) < 0;
	if (!judging->answer->older ||
	    phone_settings_is_on(judging->question->settings, PHONE_UXM_ALLOW_OLDER))
		return false;
	return say(judging, GATE_OLDER,
		   "%s is offered, which is older than what the module runs (%s), and "
		   "uxm_allow_older is off; set it to on to go back.",
		   judging->shown, judging->module->version);
}

static bool has_failed(struct judging *judging)
{
	const struct gate_question *question = judging->question;
	uint32_t fingerprint = record_fingerprint(question->settings, judging->module->version,
						  question->state->phone_version);
	const struct record_failure *failure = record_failure(question->record, question->offer,
							      judging->module->serial, fingerprint);
	const char *text;
	char moment[GATE_MOMENT];

	if (failure == NULL)
		return false;
	text = failure->text[0] != '\0' ? failure->text : "The end of the update was not seen.";
	if (failure->refused)
		return say(judging, GATE_REFUSED,
			   "%s is not tried again until its URL, the module or a setting changes, "
			   "or firmware_uxm is cleared. %s",
			   judging->shown, text);
	if (failure->tries >= RECORD_TRIES)
		return say(judging, GATE_GIVEN_UP,
			   "%s failed %u times and is not tried again; clear firmware_uxm to start "
			   "over. %s",
			   judging->shown, failure->tries, text);
	if (failure->pause.again <= question->now)
		return false;
	judging->answer->until = failure->pause.again;
	return say(judging, GATE_PAUSE, "%s failed (try %u of %u) and is tried again at %s. %s",
		   judging->shown, failure->tries, RECORD_TRIES,
		   gate_moment(failure->pause.again, moment), text);
}

static bool is_asked(struct judging *judging)
{
	const struct gate_question *question = judging->question;
	char moment[GATE_MOMENT];

	if (gate_policy(question->settings) != GATE_ASK || question->confirmed)
		return false;
	if (question->later > question->now) {
		judging->answer->until = question->later;
		return say(judging, GATE_LATER,
			   "%s is offered; as the user said 'Later', it is asked for again at %s, "
			   "or at the next look at the server.",
			   judging->shown, gate_moment(question->later, moment));
	}
	return say(judging, GATE_ASK,
		   "%s is offered for the module, which runs %s%s; say 'Update now' or 'Later'.",
		   judging->shown, judging->module->version,
		   judging->answer->older ? ", a later version" : "");
}

void gate_judge(const struct gate_question *question, struct gate_answer *answer)
{
	static bool (*const rules[])(struct judging * judging) = {
		is_nothing_offered, is_forbidden, is_users_own,  is_same,
		is_not_one,         is_not_ready, is_not_for_it, is_run,
		is_phone_too_old,   is_older,     has_failed,    is_asked,
	};
	char shown[STATE_LONG];
	struct judging judging = {
		.question = question,
		.answer = answer,
		.shown = text_url_shown(question->offer, shown, sizeof(shown)),
	};

	memset(answer, 0, sizeof(*answer));
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i](&judging))
			return;
	}
	(void)say(&judging, GATE_OPEN, "%s is installed in place of version %s%s.", judging.shown,
		  judging.module->version, answer->older ? ", which is later" : "");
}
