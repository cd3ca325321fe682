/* The last update's end: its sentence, and a JSON object in one file. */
#include "phone/outcome.h"

#include <string.h>

#include "phone/kept.h"
#include "phone/text.h"
#include "phone/whole_file.h"

/* Each character of the texts may have become six ("\u0001"). */
#define FILE_MOST (sizeof(struct state_update) * 6)

/* The latest time that is believed: the year 9999, the last that RFC 3339 can write. */
#define TIME_MOST INT64_C(253402300799)

static bool take(void *to, const char *text, size_t length, struct uxm_failure *why)
{
	cJSON *object = kept_parse(text, length, why);
	struct state_update read = {.phase = STATE_ENDED};
	unsigned result = 0;
	int64_t ended = 0;
	bool whole = KEPT_TEXT(read.source, object, "source") &&
		     KEPT_TEXT(read.serial, object, "serial") &&
		     KEPT_TEXT(read.version, object, "version") &&
		     KEPT_TEXT(read.text, object, "text") &&
		     kept_count(&result, object, "code", UXM_NOT_PERMITTED) &&
		     kept_number(&ended, object, "ended", TIME_MOST) && ended >= 0;

	if (object == NULL)
		return false;
	cJSON_Delete(object);
	if (!whole) {
		uxm_fail(why, UXM_USAGE, "it is none.");
		return false;
	}
	read.result = (enum uxm_result)result;
	read.ended = (time_t)ended;
	*(struct state_update *)to = read;
	return true;
}

bool outcome_load(struct state_update *update, const char *path, struct uxm_failure *why)
{
	static const struct whole_file_kind kind = {
		.name = "The last update's result",
		.instead = "it is not known any more",
		.most = FILE_MOST,
		.take = take,
	};

	return whole_file_load(path, &kind, update, why);
}

bool outcome_save(const struct state_update *update, const char *path, struct uxm_failure *why)
{
	cJSON *object = cJSON_CreateObject();

	return kept_save(path, object,
			 kept_put_text(object, "source", update->source) &&
				 kept_put_text(object, "serial", update->serial) &&
				 kept_put_text(object, "version", update->version) &&
				 kept_put_number(object, "code", update->result) &&
				 kept_put_text(object, "text", update->text) &&
				 kept_put_number(object, "ended", update->ended),
			 why);
}

void outcome_of_end(const struct state_update *update, enum job_end end, const char *last_words,
		    struct uxm_failure *why)
{
	static const char *const hows[] = {
		[JOB_EXITED] = "ended without a result",
		[JOB_CRASHED] = "crashed",
		[JOB_SILENT] = "said nothing for too long and was ended",
		[JOB_GARBLED] = "said what cannot be understood and was ended",
	};
	bool committed = update->phase == STATE_COMMITTED;

	if (update->cancelling && !committed)
		uxm_fail(why, UXM_CANCELLED,
			 "The update was cancelled, by force; the module keeps its old version.");
	else
		uxm_fail(why, UXM_INTERNAL, "The update's program %s%s%s%s%s", hows[end],
			 committed ? " after the commit; the module finishes by itself, and its "
				     "version tells what became of it."
				   : "; the module keeps its old version.",
			 last_words[0] != '\0' ? " It said last: '" : "", last_words,
			 last_words[0] != '\0' ? "'." : "");
}

/* Whether what is shown is how the update of this entry ended, and the module does not know better.
 */
static bool is_shown(const struct state_update *update, const struct journal_entry *entry,
		     const char *source, bool runs)
{
	char cut[STATE_LONG];

	if (update->phase != STATE_ENDED ||
	    strcmp(update->source, text_take(cut, sizeof(cut), source)) != 0 ||
	    strcmp(update->serial, entry->serial) != 0 ||
	    strcmp(update->version, entry->version) != 0)
		return false;
	if (runs || update->result == UXM_UPDATED)
		return runs && update->result == UXM_UPDATED;
	/* After the commit these say only that nobody knows. */
	return !entry->committed ||
	       (update->result != UXM_NOT_BACK_YET && update->result != UXM_INTERNAL);
}

bool outcome_settle(struct state *state, const struct journal_entry *entry, bool runs, time_t now)
{
	const char *serial = entry->serial[0] != '\0' ? entry->serial : "none";
	char source[STATE_LONG];
	struct uxm_failure text;

	text_url_shown(entry->source, source, sizeof(source));
	if (is_shown(&state->update, entry, source, runs))
		return false;
	if (runs)
		uxm_fail(&text, UXM_UPDATED,
			 "The %s (serial %s) runs version %s: it was updated, though the end was "
			 "not seen.",
			 entry->model, serial, entry->version);
	else
		uxm_fail(&text, entry->committed ? UXM_OTHER_VERSION : UXM_INTERNAL,
			 "The update to %s %s: the %s (serial %s) runs another version.",
			 entry->version, entry->committed ? "came to nothing" : "was interrupted",
			 entry->model, serial);
	state_begin(state, source, entry->serial, entry->version);
	state_end(state, text.result, text.text, now);
	return true;
}
