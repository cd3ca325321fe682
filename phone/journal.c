/* The journal: a JSON array of entries in one file. */
#include "phone/journal.h"

#include <string.h>

#include "phone/kept.h"
#include "phone/whole_file.h"
#include "uxm/version.h"

/* Each character may have become six ("\u0001"). */
#define FILE_MOST ((size_t)JOURNAL_MOST * sizeof(struct journal_entry) * 6)

static bool read_entry(const cJSON *object, struct journal_entry *entry)
{
	return KEPT_TEXT(entry->source, object, "source") &&
	       KEPT_TEXT(entry->serial, object, "serial") &&
	       KEPT_TEXT(entry->port, object, "port") && KEPT_TEXT(entry->model, object, "model") &&
	       KEPT_TEXT(entry->version, object, "version") &&
	       kept_switch(&entry->committed, object, "committed");
}

static bool take(void *to, const char *text, size_t length, struct uxm_failure *why)
{
	cJSON *array = kept_parse(text, length, why);
	bool read = cJSON_IsArray(array) && cJSON_GetArraySize(array) <= JOURNAL_MOST;
	struct journal journal = {.count = 0};

	if (array == NULL)
		return false;
	for (const cJSON *one = read ? array->child : NULL; one != NULL && read; one = one->next)
		read = read_entry(one, &journal.of[journal.count++]);
	cJSON_Delete(array);
	if (read)
		*(struct journal *)to = journal;
	else
		uxm_fail(why, UXM_USAGE, "it is no journal.");
	return read;
}

bool journal_load(struct journal *journal, const char *path, struct uxm_failure *why)
{
	static const struct whole_file_kind kind = {
		.name = "The journal of updates",
		.instead = "what was begun before is not known any more",
		.most = FILE_MOST,
		.take = take,
	};

	journal->count = 0;
	return whole_file_load(path, &kind, journal, why);
}

static bool write_entry(cJSON *array, const struct journal_entry *entry)
{
	cJSON *object = cJSON_CreateObject();

	return kept_put_object(array, object,
			       kept_put_text(object, "source", entry->source) &&
				       kept_put_text(object, "serial", entry->serial) &&
				       kept_put_text(object, "port", entry->port) &&
				       kept_put_text(object, "model", entry->model) &&
				       kept_put_text(object, "version", entry->version) &&
				       kept_put_switch(object, "committed", entry->committed));
}

bool journal_save(const struct journal *journal, const char *path, struct uxm_failure *why)
{
	bool filled = true;
	cJSON *array;

	if (journal->count == 0)
		return whole_file_remove(path, why);
	array = cJSON_CreateArray();
	for (size_t i = 0; i < journal->count && filled; i++)
		filled = write_entry(array, &journal->of[i]);
	return kept_save(path, array, filled, why);
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
