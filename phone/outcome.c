/* The last update's end: its sentence, and a JSON object in one file. */
#include "phone/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "phone/text.h"
#include "phone/whole_file.h"

/* Each character of the texts may have become six ("\u0001"). */
#define FILE_MOST (sizeof(struct state_update) * 6)

/* The latest time that is believed: the year 9999, the last that RFC 3339 can write. */
#define TIME_MOST 253402300799.0

static bool take(char *to, size_t room, const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	if (text == NULL)
		return false;
	text_take(to, room, text);
	return true;
}

#define TAKE(to, object, key) take((to), sizeof(to), (object), (key))

static bool take_number(double *to, const cJSON *object, const char *key, double most)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= most))
		return false;
	*to = item->valuedouble;
	return true;
}

static bool read_all(const char *text, size_t length, struct state_update *update)
{
	cJSON *object = cJSON_ParseWithLength(text, length);
	struct state_update read = {.phase = STATE_ENDED};
	double result = 0;
	double ended = 0;
	bool whole = TAKE(read.source, object, "source") && TAKE(read.serial, object, "serial") &&
		     TAKE(read.version, object, "version") && TAKE(read.text, object, "text") &&
		     take_number(&result, object, "code", UXM_NOT_PERMITTED) &&
		     take_number(&ended, object, "ended", TIME_MOST);

	cJSON_Delete(object);
	if (!whole)
		return false;
	read.result = (enum uxm_result)result;
	read.ended = (time_t)ended;
	*update = read;
	return true;
}

bool outcome_load(struct state_update *update, const char *path, struct uxm_failure *why)
{
	struct uxm_failure reason = {.text = "it is none."};
	char *text = NULL;
	size_t length = 0;
	bool read = false;

	switch (whole_file_read(path, FILE_MOST, &text, &length, &reason)) {
	case WHOLE_FILE_NONE:
		return true;
	case WHOLE_FILE_READ:
		read = read_all(text, length, update);
		break;
	case WHOLE_FILE_FAILED:
		break;
	}
	free(text);
	if (!read)
		uxm_fail(why, UXM_INTERNAL, "The last update's result in %s cannot be used: %s",
			 path, reason.text);
	return read;
}

bool outcome_save(const struct state_update *update, const char *path, struct uxm_failure *why)
{
	cJSON *object = cJSON_CreateObject();
	char *text;
	bool done = false;

	cJSON_AddStringToObject(object, "source", update->source);
	cJSON_AddStringToObject(object, "serial", update->serial);
	cJSON_AddStringToObject(object, "version", update->version);
	cJSON_AddNumberToObject(object, "code", update->result);
	cJSON_AddStringToObject(object, "text", update->text);
	cJSON_AddNumberToObject(object, "ended", (double)update->ended);
	text = cJSON_PrintUnformatted(object);
	if (text != NULL)
		done = whole_file_write(path, text, strlen(text), why);
	else
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
	cJSON_free(text);
	cJSON_Delete(object);
	return done;
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
