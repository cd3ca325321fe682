/* The record's file: one JSON object. */
#include <stddef.h>

#include "phone/kept.h"
#include "phone/record_inside.h"
#include "phone/whole_file.h"

/* Clean texts: each byte of them may have become two, and names and numbers stand around them. */
#define TEXTS_MOST (JOURNAL_SOURCE + STATE_TEXT + UXM_SENTENCE + 512)
#define FILE_MOST  ((size_t)(RECORD_MODULES + RECORD_FAILURES + 1) * 2 * TEXTS_MOST)

/* The longest that any pause lasts, chance's part included. */
#define PAUSE_MOST (RECORD_PAUSE_MOST + RECORD_PAUSE_MOST / 2)

/* An uxmd before this one did not write how long a pause is. */
static bool read_pause(struct record_pause *pause, const cJSON *object)
{
	unsigned length = PAUSE_MOST;
	bool read = kept_number(&pause->next, object, "next", KEPT_WHOLE_MOST) &&
		    (!cJSON_HasObjectItem(object, "pause") ||
		     kept_count(&length, object, "pause", PAUSE_MOST));

	pause->length = length;
	pause->again = pause->next;
	return read;
}

static bool read_module(struct record *record, const cJSON *object, struct uxm_failure *why)
{
	struct record_module module;
	char url[JOURNAL_SOURCE];

	module.url = url;
	return KEPT_TEXT(module.serial, object, "serial") && module.serial[0] != '\0' &&
	       KEPT_TEXT(module.model, object, "model") && KEPT_TEXT(url, object, "url") &&
	       kept_number(&module.when, object, "when", KEPT_WHOLE_MOST) &&
	       (record_put_module(record, &module) || kept_want(why));
}

static bool read_failure(struct record *record, const cJSON *object, struct uxm_failure *why)
{
	struct record_failure failure = {.tries = 0};
	unsigned result = 0;
	bool read = KEPT_TEXT(failure.url, object, "url") &&
		    KEPT_TEXT(failure.serial, object, "serial") &&
		    kept_count(&failure.tries, object, "tries", RECORD_TRIES) &&
		    failure.tries > 0 && kept_switch(&failure.refused, object, "refused") &&
		    kept_count(&failure.fingerprint, object, "fingerprint", UINT32_MAX) &&
		    read_pause(&failure.pause, object) &&
		    kept_count(&result, object, "result", UXM_NOT_PERMITTED) &&
		    KEPT_TEXT(failure.text, object, "text");

	failure.result = (enum uxm_result)result;
	return read && (record_put_failure(record, &failure) || kept_want(why));
}

static bool read_phone(struct record *record, const cJSON *object)
{
	struct record_phone *phone = &record->phone;

	return KEPT_TEXT(phone->url, object, "url") &&
	       KEPT_TEXT(phone->version, object, "version") &&
	       kept_count(&phone->tries, object, "tries", RECORD_TRIES) &&
	       kept_switch(&phone->begun, object, "begun") && read_pause(&phone->pause, object) &&
	       KEPT_TEXT(phone->text, object, "text");
}

/* Every object of a list; it stands in the file with the latest last, so that each is put before
 * those that were put already. */
static bool read_list(struct record *record, const cJSON *list, size_t most,
		      bool (*read_one)(struct record *record, const cJSON *object,
				       struct uxm_failure *why),
		      struct uxm_failure *why)
{
	if (!cJSON_IsArray(list) || (size_t)cJSON_GetArraySize(list) > most)
		return false;
	for (const cJSON *one = list->child; one != NULL; one = one->next) {
		if (!read_one(record, one, why))
			return false;
	}
	return true;
}

static bool take(void *to, const char *text, size_t length, struct uxm_failure *why)
{
	struct record *record = to;
	cJSON *file = kept_parse(text, length, why);
	const cJSON *phone = cJSON_GetObjectItemCaseSensitive(file, "phone");
	bool read;

	if (file == NULL)
		return false;
	/* Unless there is not enough memory. */
	uxm_fail(why, UXM_USAGE, "it is no record.");
	read = read_list(record, cJSON_GetObjectItemCaseSensitive(file, "modules"), RECORD_MODULES,
			 read_module, why) &&
	       read_list(record, cJSON_GetObjectItemCaseSensitive(file, "failures"),
			 RECORD_FAILURES, read_failure, why) &&
	       (phone == NULL || read_phone(record, phone));
	cJSON_Delete(file);
	if (!read)
		record_clear(record);
	return read;
}

bool record_load(struct record *record, const char *path, struct uxm_failure *why)
{
	static const struct whole_file_kind kind = {
		.name = "The record of updates",
		.instead = "what was done before is not known any more",
		.most = FILE_MOST,
		.take = take,
	};

	record_clear(record);
	return whole_file_load(path, &kind, record, why);
}

static bool write_pause(cJSON *object, const struct record_pause *pause)
{
	return kept_put_number(object, "next", pause->next) &&
	       kept_put_number(object, "pause", pause->length);
}

static bool write_module(cJSON *list, const struct record_module *module)
{
	cJSON *object = cJSON_CreateObject();

	return kept_put_object(list, object,
			       kept_put_text(object, "serial", module->serial) &&
				       kept_put_text(object, "model", module->model) &&
				       kept_put_text(object, "url", module->url) &&
				       kept_put_number(object, "when", module->when));
}

static bool write_failure(cJSON *list, const struct record_failure *failure)
{
	cJSON *object = cJSON_CreateObject();

	return kept_put_object(
		list, object,
		kept_put_text(object, "url", failure->url) &&
			kept_put_text(object, "serial", failure->serial) &&
			kept_put_number(object, "tries", failure->tries) &&
			kept_put_switch(object, "refused", failure->refused) &&
			kept_put_number(object, "fingerprint", failure->fingerprint) &&
			write_pause(object, &failure->pause) &&
			kept_put_number(object, "result", failure->result) &&
			kept_put_text(object, "text", failure->text));
}

static bool write_phone(cJSON *file, const struct record_phone *phone)
{
	cJSON *object;

	if (phone->url[0] == '\0')
		return true;
	object = cJSON_AddObjectToObject(file, "phone");
	return object != NULL && kept_put_text(object, "url", phone->url) &&
	       kept_put_text(object, "version", phone->version) &&
	       kept_put_number(object, "tries", phone->tries) &&
	       kept_put_switch(object, "begun", phone->begun) &&
	       write_pause(object, &phone->pause) && kept_put_text(object, "text", phone->text);
}

static bool fill(cJSON *file, const struct record *record)
{
	cJSON *modules = cJSON_AddArrayToObject(file, "modules");
	cJSON *failures = cJSON_AddArrayToObject(file, "failures");

	for (size_t i = record->module_count; i > 0; i--) {
		if (!write_module(modules, record->modules[i - 1]))
			return false;
	}
	for (size_t i = record->failure_count; i > 0; i--) {
		if (!write_failure(failures, record->failures[i - 1]))
			return false;
	}
	return modules != NULL && failures != NULL && write_phone(file, &record->phone);
}

bool record_save(const struct record *record, const char *path, struct uxm_failure *why)
{
	cJSON *file = cJSON_CreateObject();

	return kept_save(path, file, fill(file, record), why);
}
