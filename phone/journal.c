/* The journal: a JSON array of entries in one file. */
#include "phone/journal.h"

#include <stdlib.h>
#include <string.h>

#include "phone/text.h"
#include "phone/whole_file.h"
#include "uxm/version.h"

#define BAD ".bad"

/* Each character may have become six ("\u0001"). */
#define FILE_MOST ((size_t)JOURNAL_MOST * sizeof(struct journal_entry) * 6)

/* Takes a text as it is; false if there is none, it is too long or not clean. */
static bool take(char *to, size_t room, const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	if (text == NULL || strlen(text) >= room || !text_is_clean(text))
		return false;
	memcpy(to, text, strlen(text) + 1);
	return true;
}

#define TAKE(to, object, key) take((to), sizeof(to), (object), (key))

static bool read_entry(const cJSON *object, struct journal_entry *entry)
{
	const cJSON *committed = cJSON_GetObjectItemCaseSensitive(object, "committed");

	memset(entry, 0, sizeof(*entry));
	entry->committed = cJSON_IsTrue(committed) != 0;
	return TAKE(entry->source, object, "source") && TAKE(entry->serial, object, "serial") &&
	       TAKE(entry->port, object, "port") && TAKE(entry->model, object, "model") &&
	       TAKE(entry->version, object, "version") && cJSON_IsBool(committed);
}

static bool read_all(const char *text, size_t length, struct journal *journal)
{
	cJSON *array = cJSON_ParseWithLength(text, length);
	bool read = cJSON_IsArray(array) && cJSON_GetArraySize(array) <= JOURNAL_MOST;

	for (const cJSON *one = read ? array->child : NULL; one != NULL && read; one = one->next)
		read = read_entry(one, &journal->of[journal->count++]);
	cJSON_Delete(array);
	return read;
}

bool journal_load(struct journal *journal, const char *path, struct uxm_failure *why)
{
	struct uxm_failure reason = {.text = "it is no journal."};
	struct uxm_failure aside = {.text = ""};
	char *text = NULL;
	size_t length = 0;
	bool read = false;

	memset(journal, 0, sizeof(*journal));
	switch (whole_file_read(path, FILE_MOST, &text, &length, &reason)) {
	case WHOLE_FILE_NONE:
		return true;
	case WHOLE_FILE_READ:
		read = read_all(text, length, journal);
		break;
	case WHOLE_FILE_FAILED:
		break;
	}
	free(text);
	if (read)
		return true;
	memset(journal, 0, sizeof(*journal));
	(void)whole_file_set_aside(path, BAD, &aside);
	uxm_fail(why, UXM_INTERNAL,
		 "The journal of updates %s cannot be used and was set aside as %s" BAD ": %s %s",
		 path, path, reason.text, aside.text);
	return false;
}

static cJSON *entry_json(const struct journal_entry *entry)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "source", entry->source);
	cJSON_AddStringToObject(object, "serial", entry->serial);
	cJSON_AddStringToObject(object, "port", entry->port);
	cJSON_AddStringToObject(object, "model", entry->model);
	cJSON_AddStringToObject(object, "version", entry->version);
	cJSON_AddBoolToObject(object, "committed", entry->committed);
	return object;
}

bool journal_save(const struct journal *journal, const char *path, struct uxm_failure *why)
{
	cJSON *array;
	char *text;
	bool done = false;

	if (journal->count == 0)
		return whole_file_remove(path, why);
	array = cJSON_CreateArray();
	for (size_t i = 0; i < journal->count; i++)
		cJSON_AddItemToArray(array, entry_json(&journal->of[i]));
	text = cJSON_PrintUnformatted(array);
	if (text != NULL)
		done = whole_file_write(path, text, strlen(text), why);
	else
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
	cJSON_free(text);
	cJSON_Delete(array);
	return done;
}

void journal_drop(struct journal *journal, size_t number, bool older)
{
	size_t first = older ? 0 : number;

	memmove(&journal->of[first], &journal->of[number + 1],
		(journal->count - number - 1) * sizeof(journal->of[0]));
	journal->count -= number + 1 - first;
}

bool journal_add(struct journal *journal, const struct journal_entry *entry)
{
	bool full = journal->count == JOURNAL_MOST;

	if (full)
		journal_drop(journal, 0, false);
	journal->of[journal->count++] = *entry;
	return full;
}

static bool is_of(const struct journal_entry *entry, const struct state_module *module)
{
	if (entry->serial[0] != '\0')
		return strcmp(entry->serial, module->serial) == 0;
	return module->serial[0] == '\0' && strcmp(entry->port, module->port) == 0;
}

static bool is_version(const char *a, const char *b)
{
	struct uxm_version of_a;
	struct uxm_version of_b;

	return uxm_version_parse(a, strlen(a), &of_a) && uxm_version_parse(b, strlen(b), &of_b) &&
	       uxm_version_compare(&of_a, &of_b) == 0;
}

enum journal_verdict journal_judge(const struct journal_entry *entry, const struct state_list *list)
{
	const struct state_module *module = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (!is_of(entry, &list->modules[i]))
			continue;
		/* Nobody could tell which of the two it was. */
		if (module != NULL)
			return JOURNAL_AWAY;
		module = &list->modules[i];
	}
	if (module == NULL || module->error[0] != '\0')
		return JOURNAL_AWAY;
	if (strcmp(module->model, entry->model) == 0 && is_version(module->version, entry->version))
		return JOURNAL_RUNS;
	/* Until it is at rest the old version tells nothing. */
	if (strcmp(module->status, "idle") == 0 || strcmp(module->status, "failed") == 0)
		return JOURNAL_OTHER;
	return JOURNAL_BUSY;
}
