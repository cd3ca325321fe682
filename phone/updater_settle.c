/* What became of updates: by the journal, the last one's result, and the modules themselves. */
#include "phone/updater_inside.h"

#include <string.h>

#include "phone/outcome.h"
#include "phone/text.h"
#include "uxm/wire.h"

/* A module that is not at rest, or could not be listed, is looked at again after so many
 * milliseconds. */
#define AGAIN 5000u

/* And when firmware_uxm could not be saved. */
#define SAVE_AGAIN 60000u

static void look_again(void *self)
{
	updater_look(self);
}

/* At the latest: what waits for it already may want it earlier. */
static void look_after(struct updater *updater, uint64_t milliseconds)
{
	uint64_t at = loop_now(updater->with.loop) + milliseconds;

	if (updater->again.loop == NULL || updater->again.at > at)
		loop_at(updater->with.loop, &updater->again, at, look_again, updater);
}

void updater_list_later(struct updater *updater)
{
	static const uint64_t pauses[] = {AGAIN, 20000, 60000};
	size_t last = sizeof(pauses) / sizeof(pauses[0]) - 1;

	look_after(updater, pauses[updater->failed < last ? updater->failed : last]);
	updater->failed++;
}

void updater_save_journal(struct updater *updater)
{
	struct uxm_failure why;

	if (!journal_save(&updater->journal, updater->with.journal_path, &why))
		log_line(updater->with.log, LOG_IS_ERROR, "%s", why.text);
}

void updater_save_outcome(struct updater *updater)
{
	struct uxm_failure why;

	if (!outcome_save(&updater->with.state->update, updater->with.outcome_path, &why))
		log_line(updater->with.log, LOG_IS_WARNING, "%s", why.text);
}

/* What became of an update of which the end was not seen. */
static void tell_settled(struct updater *updater, const struct journal_entry *entry, bool runs)
{
	const struct state_update *update = &updater->with.state->update;

	if (!outcome_settle(updater->with.state, entry, runs, time(NULL)))
		return;
	log_line(updater->with.log, runs ? LOG_IS_NOTICE : LOG_IS_WARNING, "%s", update->text);
	updater_save_outcome(updater);
}

void updater_take(struct updater *updater, size_t number)
{
	const struct journal_entry *entry = &updater->journal.of[number];
	char shown[STATE_LONG];
	struct uxm_failure why;

	updater->with.reread(updater->with.self);
	if (phone_settings_set(updater->with.settings, PHONE_FIRMWARE_UXM, entry->source,
			       PHONE_BY_UXMD, &why) != UXM_UPDATED ||
	    !updater->with.keep(updater->with.self, updater->with.settings, &why)) {
		log_line(updater->with.log, LOG_IS_ERROR,
			 "firmware_uxm could not be saved, and will be again later: %s", why.text);
		look_after(updater, SAVE_AGAIN);
		return;
	}
	log_line(updater->with.log, LOG_IS_NOTICE, "firmware_uxm is now %s.",
		 text_url_shown(entry->source, shown, sizeof(shown)));
	updater->with.took(updater->with.self, entry->serial, entry->model, entry->source);
	journal_drop(&updater->journal, number, true);
	updater_save_journal(updater);
}

/* A module that receives, and not from here, is idle when nobody has asked it for a while. */
static uint64_t again_after(const struct state_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->modules[i].status, "receiving") == 0)
			return UXM_WIRE_RECEIVE_IDLE + AGAIN;
	}
	return AGAIN;
}

void updater_settle(struct updater *updater)
{
	struct journal *journal = &updater->journal;
	size_t i = 0;

	/* Whatever waited for this list asks anew for the next one. */
	loop_cancel(&updater->again);
	updater->failed = 0;
	while (i < journal->count) {
		size_t before = journal->count;

		switch (journal_judge(&journal->of[i], &updater->with.state->list)) {
		case JOURNAL_RUNS:
			tell_settled(updater, &journal->of[i], true);
			updater_take(updater, i);
			/* Those before it went too. */
			i = journal->count < before ? 0 : i + 1;
			break;
		case JOURNAL_OTHER:
			tell_settled(updater, &journal->of[i], false);
			journal_drop(journal, i, false);
			updater_save_journal(updater);
			break;
		case JOURNAL_BUSY:
			look_after(updater, again_after(&updater->with.state->list));
			i++;
			break;
		case JOURNAL_AWAY:
			i++;
			break;
		}
	}
}
