/* Orders for jobs. */
#include "phone/order.h"

#include <string.h>

#include "phone/text.h"

#define SHOWN_TEXT 256

/* Only what is set is said: a job takes no empty text. */
static bool add_text(cJSON *object, const char *key, const char *text)
{
	return text == NULL || text[0] == '\0' ||
	       cJSON_AddStringToObject(object, key, text) != NULL;
}

static bool add_setting(cJSON *object, const char *key, const struct phone_settings *settings,
			enum phone_id id)
{
	return add_text(object, key, phone_settings_text(settings, id));
}

static bool add_flag(cJSON *object, const char *key, bool on)
{
	return !on || cJSON_AddBoolToObject(object, key, 1) != NULL;
}

/* A text's words as an array of texts. */
static bool add_words(cJSON *object, const char *key, const char *text)
{
	char copy[16384];
	char *rest = NULL;
	cJSON *array = NULL;

	text_take(copy, sizeof(copy), text);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		if (array == NULL)
			array = cJSON_AddArrayToObject(object, key);
		if (array == NULL || !cJSON_AddItemToArray(array, cJSON_CreateString(word)))
			return false;
	}
	return true;
}

static bool add_defaults(cJSON *object, const struct phone_settings *settings)
{
	cJSON *defaults = cJSON_AddObjectToObject(object, "defaults");
	uint32_t port = phone_settings_number(settings, PHONE_DOWNLOAD_PORT);

	return defaults != NULL &&
	       add_setting(defaults, "method", settings, PHONE_DOWNLOAD_METHOD) &&
	       add_setting(defaults, "server", settings, PHONE_DOWNLOAD_SERVER) &&
	       (port == 0 || cJSON_AddNumberToObject(defaults, "port", port) != NULL) &&
	       add_setting(defaults, "account", settings, PHONE_DOWNLOAD_ACCOUNT) &&
	       add_setting(defaults, "user", settings, PHONE_DOWNLOAD_USER) &&
	       add_setting(defaults, "password", settings, PHONE_DOWNLOAD_PASSWORD) &&
	       add_setting(defaults, "path", settings, PHONE_DOWNLOAD_PATH) &&
	       add_setting(defaults, "base_url", settings, PHONE_DOWNLOAD_BASE_URL);
}

static bool add_source(cJSON *object, const struct order *order,
		       const struct phone_settings *settings)
{
	cJSON *upload;

	if (order->upload_size > 0) {
		upload = cJSON_AddObjectToObject(object, "upload");
		return upload != NULL && add_text(upload, "name", order->source) &&
		       cJSON_AddNumberToObject(upload, "size", (double)order->upload_size) != NULL;
	}
	if (strstr(order->source, "://") != NULL)
		return add_text(object, "url", order->source);
	return add_text(object, "file", order->source) && add_defaults(object, settings);
}

static bool fill(cJSON *object, const struct order *order, const struct phone_settings *settings,
		 const char *mac)
{
	return add_source(object, order, settings) && add_text(object, "mac", mac) &&
	       add_flag(object, "override", order->override) &&
	       add_flag(object, "allow_older", order->allow_older) &&
	       add_text(object, "serial", order->serial) &&
	       add_flag(object, "require_signature",
			phone_settings_is_on(settings, PHONE_UXM_REQUIRE_SIGNATURE)) &&
	       add_words(object, "keys", phone_settings_text(settings, PHONE_UXM_KEYS)) &&
	       add_setting(object, "ca_file", settings, PHONE_UXM_CA_FILE) &&
	       add_words(object, "module_ids", phone_settings_text(settings, PHONE_UXM_MODULE_IDS));
}

cJSON *order_make(const struct order *order, const struct phone_settings *settings, const char *mac,
		  struct uxm_name *name, struct uxm_failure *why)
{
	bool is_url = strstr(order->source, "://") != NULL;
	char shown[SHOWN_TEXT];
	struct uxm_name read;
	cJSON *object;

	text_url_shown(order->source, shown, sizeof(shown));
	if (order->source[0] == '\0') {
		uxm_fail(why, UXM_USAGE, "No firmware is named; give its URL.");
		return NULL;
	}
	if (order->upload_size == 0 && !is_url &&
	    !phone_settings_is_on(settings, PHONE_DOWNLOAD_USE_DEFAULTS)) {
		uxm_fail(why, UXM_USAGE,
			 "%s is not a complete URL, as in http://server/snomD7C-1.6.1-r.bin; a "
			 "file name alone needs stored download defaults, and 'Use defaults' on.",
			 shown);
		return NULL;
	}
	if (!uxm_name_parse(order->source, &read)) {
		uxm_fail(why, UXM_IMAGE_REFUSED,
			 "%s is not named like an image; the file name must be %s.", shown,
			 uxm_name_forms());
		return NULL;
	}
	object = cJSON_CreateObject();
	if (object == NULL || !fill(object, order, settings, mac)) {
		order_forget(object);
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		return NULL;
	}
	*name = read;
	return object;
}

void order_forget(cJSON *object)
{
	cJSON *defaults = cJSON_GetObjectItemCaseSensitive(object, "defaults");
	cJSON *secrets[] = {cJSON_GetObjectItemCaseSensitive(object, "url"),
			    cJSON_GetObjectItemCaseSensitive(defaults, "password"),
			    cJSON_GetObjectItemCaseSensitive(defaults, "base_url")};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		if (cJSON_IsString(secrets[i]))
			explicit_bzero(secrets[i]->valuestring, strlen(secrets[i]->valuestring));
	}
	cJSON_Delete(object);
}
