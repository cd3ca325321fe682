/* JSON files in the state folder. */
#include "phone/kept.h"

#include <errno.h>
#include <string.h>

#include "phone/text.h"
#include "phone/whole_file.h"

cJSON *kept_parse(const char *text, size_t length, struct uxm_failure *why)
{
	cJSON *file;

	/* cJSON says no more than that it failed; malloc says why. */
	errno = 0;
	file = cJSON_ParseWithLength(text, length);
	if (file == NULL && errno == ENOMEM)
		(void)kept_want(why);
	else if (file == NULL)
		uxm_fail(why, UXM_USAGE, "it is no JSON.");
	return file;
}

bool kept_want(struct uxm_failure *why)
{
	uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
	return false;
}

bool kept_text(char *to, size_t room, const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	if (text == NULL || strlen(text) >= room || !text_is_clean(text))
		return false;
	memcpy(to, text, strlen(text) + 1);
	return true;
}

bool kept_number(int64_t *to, const cJSON *object, const char *key, int64_t most)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	double number = cJSON_IsNumber(item) ? item->valuedouble : 0;

	if (!cJSON_IsNumber(item) || !(number >= (double)-most && number <= (double)most))
		return false;
	*to = (int64_t)number;
	return true;
}

bool kept_count(unsigned *to, const cJSON *object, const char *key, unsigned most)
{
	int64_t number;

	if (!kept_number(&number, object, key, most) || number < 0)
		return false;
	*to = (unsigned)number;
	return true;
}

bool kept_switch(bool *to, const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!cJSON_IsBool(item))
		return false;
	*to = cJSON_IsTrue(item) != 0;
	return true;
}

bool kept_put_text(cJSON *object, const char *key, const char *text)
{
	return cJSON_AddStringToObject(object, key, text) != NULL;
}

bool kept_put_number(cJSON *object, const char *key, int64_t number)
{
	return cJSON_AddNumberToObject(object, key, (double)number) != NULL;
}

bool kept_put_switch(cJSON *object, const char *key, bool on)
{
	return cJSON_AddBoolToObject(object, key, on) != NULL;
}

bool kept_put_object(cJSON *list, cJSON *object, bool filled)
{
	if (filled && cJSON_AddItemToArray(list, object))
		return true;
	cJSON_Delete(object);
	return false;
}

bool kept_save(const char *path, cJSON *file, bool filled, struct uxm_failure *why)
{
	char *text = filled ? cJSON_PrintUnformatted(file) : NULL;
	bool done = false;

	if (text != NULL)
		done = whole_file_write(path, text, strlen(text), why);
	else
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory to write %s.", path);
	cJSON_free(text);
	cJSON_Delete(file);
	return done;
}
