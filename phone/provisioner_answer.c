/* What the user is asked about the offers, and what the answer is for. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "phone/provisioner_inside.h"

void answer_ask(struct provisioner *provisioner, const char *phone, const char *module,
		struct state_provision *said)
{
	const struct state_list *list = &provisioner->with.state->list;
	const char *serial = module[0] != '\0' ? list->modules[0].serial : "";
	struct provisioner_question *question = &provisioner->question;

	provisioner->askable = phone[0] != '\0' || module[0] != '\0';
	said->question[0] = '\0';
	if (!provisioner->askable)
		return;
	if (strcmp(question->phone, phone) != 0 || strcmp(question->module, module) != 0 ||
	    strcmp(question->serial, serial) != 0) {
		question->number++;
		snprintf(question->phone, sizeof(question->phone), "%s", phone);
		snprintf(question->module, sizeof(question->module), "%s", module);
		snprintf(question->serial, sizeof(question->serial), "%s", serial);
	}
	snprintf(said->question, sizeof(said->question), "%08" PRIx32, question->number);
}

void answer_forget(struct provisioner *provisioner, const char *offer, const char *phone_offer)
{
	if (strcmp(provisioner->confirmed, offer) != 0)
		provisioner->confirmed[0] = '\0';
	if (strcmp(provisioner->confirmed_phone, phone_offer) != 0)
		provisioner->confirmed_phone[0] = '\0';
}

/* Of what was asked, and of nothing else. */
static void take_answer(struct provisioner *provisioner)
{
	const struct provisioner_question *question = &provisioner->question;

	if (question->phone[0] != '\0')
		memcpy(provisioner->confirmed_phone, question->phone, sizeof(question->phone));
	if (question->module[0] == '\0')
		return;
	memcpy(provisioner->confirmed, question->module, sizeof(question->module));
	memcpy(provisioner->confirmed_serial, question->serial, sizeof(question->serial));
}

bool provisioner_answer(struct provisioner *provisioner, bool now, const char *question,
			struct uxm_failure *why)
{
	const struct state_provision *said = &provisioner->with.state->provision;

	if (!provisioner->askable) {
		uxm_fail(why, UXM_USAGE,
			 "Nothing is asked: no update is offered that waits for an answer.");
		return false;
	}
	if (question[0] == '\0') {
		uxm_fail(why, UXM_USAGE,
			 "The answer does not say what it is for; send the form's question with "
			 "it, as status.json gives it.");
		return false;
	}
	if (strcmp(said->question, question) != 0) {
		uxm_fail(why, UXM_USAGE,
			 "Another update is offered by now, or to another module: %s; look at it, "
			 "and answer again.",
			 said->offer);
		return false;
	}
	provisioner->later = 0;
	if (now) {
		take_answer(provisioner);
	} else {
		provisioner->later =
			provisioner_clock(provisioner) + PROVISIONER_LATER * UINT64_C(1000);
		provisioner->look_is_older = provisioner->looking;
	}
	provisioner_due(provisioner);
	return true;
}
