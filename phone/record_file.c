/* The record's file: one JSON object. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "phone/record_inside.h"
#include "phone/text.h"
#include "phone/whole_file.h"

#define BAD ".bad"

/* Clean texts: each byte of them may have become two, and names and numbers stand around them. */
#define TEXTS_MOST (JOURNAL_SOURCE + STATE_TEXT + UXM_SENTENCE + 512)
#define FILE_MOST  ((size_t)(RECORD_MODULES + RECORD_FAILURES + 1) * 2 * TEXTS_MOST)

/* The largest whole number of which a double holds every one (2^53). */
#define WHOLE_MOST 9007199254740992.0

/* A text as it is; false if there is none, it is too long or not clean. */
static bool take(char *to, size_t room, const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	if (text == NULL || strlen(text) >= room || !text_is_clean(text))
		return false;
	memcpy(to, text, strlen(text) + 1);
	return true;
}

#define TAKE(to, object, key) take((to), sizeof(to), (object), (key))

static bool take_number(int64_t *to, const cJSON *object, const char *key, double most)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	/* Before 1970 too: a clock may say so. */
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= -most && item->valuedouble <= most))
		return false;
	*to = (int64_t)item->valuedouble;
	return true;
}

static bool take_count(unsigned *to, const cJSON *object, const char *key, unsigned most)
{
	int64_t number;

	if (!take_number(&number, object, key, most) || number < 0)
		return false;
	*to = (unsigned)number;
	return true;
}

static bool take_switch(bool *to, const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	*to = cJSON_IsTrue(item) != 0;
	return cJSON_IsBool(item) != 0;
}

static bool read_module(struct record *record, const cJSON *object)
{
	struct record_module module;
	char url[JOURNAL_SOURCE];

	module.url = url;
	return TAKE(module.serial, object, "serial") && module.serial[0] != '\0' &&
	       TAKE(module.model, object, "model") && TAKE(url, object, "url") &&
	       take_number(&module.when, object, "when", WHOLE_MOST) &&
	       record_put_module(record, &module);
}

static bool read_failure(struct record *record, const cJSON *object)
{
	struct record_failure failure;
	unsigned result = 0;
	bool read = TAKE(failure.url, object, "url") && TAKE(failure.serial, object, "serial") &&
		    take_count(&failure.tries, object, "tries", RECORD_TRIES) &&
		    failure.tries > 0 && take_switch(&failure.refused, object, "refused") &&
		    take_count(&failure.fingerprint, object, "fingerprint", UINT32_MAX) &&
		    take_number(&failure.next, object, "next", WHOLE_MOST) &&
		    take_count(&result, object, "result", UXM_NOT_PERMITTED) &&
		    TAKE(failure.text, object, "text");

	failure.result = (enum uxm_result)result;
	return read && record_put_failure(record, &failure);
}

static bool read_phone(struct record *record, const cJSON *object)
{
	struct record_phone *phone = &record->phone;

	return TAKE(phone->url, object, "url") && TAKE(phone->version, object, "version") &&
	       take_count(&phone->tries, object, "tries", RECORD_TRIES) &&
	       take_switch(&phone->begun, object, "begun") &&
	       take_number(&phone->next, object, "next", WHOLE_MOST) &&
	       TAKE(phone->text, object, "text");
}

/* Every object of a list; it stands in the file with the latest last, so that each is put before
 * those that were put already. */
static bool read_list(struct record *record, const cJSON *list, size_t most,
		      bool (*read_one)(struct record *record, const cJSON *object))
{
	if (!cJSON_IsArray(list) || (size_t)cJSON_GetArraySize(list) > most)
		return false;
	for (const cJSON *one = list->child; one != NULL; one = one->next) {
		if (!read_one(record, one))
			return false;
	}
	return true;
}

static bool read_all(struct record *record, const char *text, size_t length)
{
	cJSON *file = cJSON_ParseWithLength(text, length);
	const cJSON *phone = cJSON_GetObjectItemCaseSensitive(file, "phone");
	bool read = read_list(record, cJSON_GetObjectItemCaseSensitive(file, "modules"),
			      RECORD_MODULES, read_module) &&
		    read_list(record, cJSON_GetObjectItemCaseSensitive(file, "failures"),
			      RECORD_FAILURES, read_failure) &&
		    (phone == NULL || read_phone(record, phone));

	cJSON_Delete(file);
	return read;
}

bool record_load(struct record *record, const char *path, struct uxm_failure *why)
{
	struct uxm_failure reason = {.text = "it is no record."};
	struct uxm_failure aside = {.text = ""};
	char *text = NULL;
	size_t length = 0;
	bool read = false;

	record_clear(record);
	switch (whole_file_read(path, FILE_MOST, &text, &length, &reason)) {
	case WHOLE_FILE_NONE:
		return true;
	case WHOLE_FILE_READ:
		read = read_all(record, text, length);
		break;
	case WHOLE_FILE_FAILED:
		break;
	}
	free(text);
	if (read)
		return true;
	record_clear(record);
	(void)whole_file_set_aside(path, BAD, &aside);
	uxm_fail(why, UXM_INTERNAL,
		 "The record of updates %s cannot be used and was set aside as %s" BAD
		 "; what was done before is not known any more: %s %s",
		 path, path, reason.text, aside.text);
	return false;
}

static bool add_text(cJSON *object, const char *key, const char *text)
{
	return cJSON_AddStringToObject(object, key, text) != NULL;
}

static bool add_number(cJSON *object, const char *key, int64_t number)
{
	return cJSON_AddNumberToObject(object, key, (double)number) != NULL;
}

/* Takes the object over; NULL is one that could not be filled. */
static bool add_object(cJSON *list, cJSON *object, bool filled)
{
	if (filled && cJSON_AddItemToArray(list, object))
		return true;
	cJSON_Delete(object);
	return false;
}

static bool write_module(cJSON *list, const struct record_module *module)
{
	cJSON *object = cJSON_CreateObject();

	return add_object(list, object,
			  add_text(object, "serial", module->serial) &&
				  add_text(object, "model", module->model) &&
				  add_text(object, "url", module->url) &&
				  add_number(object, "when", module->when));
}

static bool write_failure(cJSON *list, const struct record_failure *failure)
{
	cJSON *object = cJSON_CreateObject();

	return add_object(list, object,
			  add_text(object, "url", failure->url) &&
				  add_text(object, "serial", failure->serial) &&
				  add_number(object, "tries", failure->tries) &&
				  cJSON_AddBoolToObject(object, "refused", failure->refused) !=
					  NULL &&
				  add_number(object, "fingerprint", failure->fingerprint) &&
				  add_number(object, "next", failure->next) &&
				  add_number(object, "result", failure->result) &&
				  add_text(object, "text", failure->text));
}

static bool write_phone(cJSON *file, const struct record_phone *phone)
{
	cJSON *object;

	if (phone->url[0] == '\0')
		return true;
	object = cJSON_AddObjectToObject(file, "phone");
	return object != NULL && add_text(object, "url", phone->url) &&
	       add_text(object, "version", phone->version) &&
	       add_number(object, "tries", phone->tries) &&
	       cJSON_AddBoolToObject(object, "begun", phone->begun) != NULL &&
	       add_number(object, "next", phone->next) && add_text(object, "text", phone->text);
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
	char *text = fill(file, record) ? cJSON_PrintUnformatted(file) : NULL;
	bool done = false;

	if (text != NULL)
		done = whole_file_write(path, text, strlen(text), why);
	else
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory to save the record.");
	cJSON_free(text);
	cJSON_Delete(file);
	return done;
}
