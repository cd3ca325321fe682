/* The table of settings, and their values. */
#include "phone/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/text.h"

/* The longest URL that libcurl is given (fetch/url.h), and texts of who asks (fetch/url.h). */
#define URL_MOST     8191u
#define ACCESS_MOST  255u
#define NAME_MOST    255u
#define PATH_MOST    4095u
#define LIST_MOST    16383u
/* A year of minutes. */
#define MINUTES_MOST 525600u
/* A day of seconds. */
#define SECONDS_MOST 86400u
#define DIGITS_MOST  10u

#define POLICIES                                                                                   \
	"auto_update ask_for_update settings_only never_update never_update_firm "                 \
	"never_update_boot"

static const struct phone_setting table[PHONE_SETTINGS] = {
	[PHONE_FIRMWARE_UXM] = {"firmware_uxm", "Firmware of the expansion module", "", NULL,
				PHONE_URL, PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_FIRMWARE] = {"firmware", "Firmware of the phone", "", NULL, PHONE_URL,
			    PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_SETTING_SERVER] = {"setting_server", "Settings file", "", NULL, PHONE_URL,
				  PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_FIRMWARE_STATUS] = {"firmware_status", "Firmware file", "", NULL, PHONE_URL,
				   PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_FIRMWARE_INTERVAL] = {"firmware_interval", "Minutes between looks at the server",
				     "1440", NULL, PHONE_NUMBER, PHONE_REACH_WEB, 1, MINUTES_MOST},
	[PHONE_FIRMWARE_SPREAD] = {"firmware_spread", "Seconds within which the first look comes",
				   "60", NULL, PHONE_NUMBER, PHONE_REACH_WEB, 0, SECONDS_MOST},
	[PHONE_UPDATE_POLICY] = {"update_policy", "Update policy", "settings_only", POLICIES,
				 PHONE_CHOICE, PHONE_REACH_WEB, 0, 0},
	[PHONE_UXM_ALLOW_OLDER] = {"uxm_allow_older", "Allow older firmware", "on", NULL,
				   PHONE_SWITCH, PHONE_REACH_WEB, 0, 0},
	[PHONE_UXM_PER_MODULE] = {"uxm_per_module", "Remember the firmware of each module", "off",
				  NULL, PHONE_SWITCH, PHONE_REACH_WEB, 0, 0},
	[PHONE_DOWNLOAD_USE_DEFAULTS] = {"download_use_defaults", "Use defaults", "off", NULL,
					 PHONE_SWITCH, PHONE_REACH_WEB, 0, 0},
	[PHONE_DOWNLOAD_METHOD] = {"download_method", "Download method", "ftp",
				   "ftp ftps http https", PHONE_CHOICE, PHONE_REACH_WEB, 0, 0},
	[PHONE_DOWNLOAD_SERVER] = {"download_server", "Server address", "", NULL, PHONE_TEXT,
				   PHONE_REACH_WEB, 0, NAME_MOST},
	[PHONE_DOWNLOAD_PORT] = {"download_port", "Port (0: the method's own)", "0", NULL,
				 PHONE_NUMBER, PHONE_REACH_WEB, 0, UINT16_MAX},
	[PHONE_DOWNLOAD_ACCOUNT] = {"download_account", "Account", "", NULL, PHONE_TEXT,
				    PHONE_REACH_WEB, 0, ACCESS_MOST},
	[PHONE_DOWNLOAD_USER] = {"download_user", "Username", "", NULL, PHONE_TEXT, PHONE_REACH_WEB,
				 0, ACCESS_MOST},
	[PHONE_DOWNLOAD_PASSWORD] = {"download_password", "Password", "", NULL, PHONE_SECRET,
				     PHONE_REACH_WEB, 0, ACCESS_MOST},
	[PHONE_DOWNLOAD_PATH] = {"download_path", "FTP path", "", NULL, PHONE_TEXT, PHONE_REACH_WEB,
				 0, PATH_MOST},
	[PHONE_DOWNLOAD_BASE_URL] = {"download_base_url", "HTTPS base URL", "", NULL, PHONE_URL,
				     PHONE_REACH_WEB, 0, URL_MOST},
	[PHONE_HTTP_USER] = {"http_user", "User of these pages", "", NULL, PHONE_TEXT,
			     PHONE_REACH_WEB, 0, ACCESS_MOST},
	[PHONE_HTTP_PASS] = {"http_pass", "Password of these pages", "", NULL, PHONE_SECRET,
			     PHONE_REACH_WEB, 0, ACCESS_MOST},
	[PHONE_HIDDEN_TAGS] = {"hidden_tags", "Hidden tags (no changes by bare GET)", "off", NULL,
			       PHONE_SWITCH, PHONE_REACH_WEB, 0, 0},
	[PHONE_UXM_KEYS] = {"uxm_keys", "Files of keys", "", NULL, PHONE_TEXT, PHONE_REACH_MACHINE,
			    0, LIST_MOST},
	[PHONE_UXM_REQUIRE_SIGNATURE] = {"uxm_require_signature", "Require a signature", "off",
					 NULL, PHONE_SWITCH, PHONE_REACH_MACHINE, 0, 0},
	[PHONE_UXM_CA_FILE] = {"uxm_ca_file", "Authorities for https", "", NULL, PHONE_TEXT,
			       PHONE_REACH_MACHINE, 0, PATH_MOST},
	[PHONE_UXM_MODULE_IDS] = {"uxm_module_ids", "Further ids of modules", "", NULL, PHONE_TEXT,
				  PHONE_REACH_MACHINE, 0, NAME_MOST},
	[PHONE_LED] = {"led", "LED that blinks during an update", "", NULL, PHONE_TEXT,
		       PHONE_REACH_FLEET, 0, NAME_MOST},
};

struct phone_settings {
	struct {
		char *value; /* NULL: the default */
		enum phone_perm perm;
		bool own; /* the user changed it under "!" */
		/* Under "V": what stood there for good before, and what of it uxmd sets. */
		char *kept; /* NULL: the default */
		enum phone_perm kept_perm;
		bool kept_own;
	} of[PHONE_SETTINGS];
	uint64_t changes;
};

const struct phone_setting *phone_setting(enum phone_id id)
{
	return &table[id];
}

bool phone_setting_find(const char *name, enum phone_id *id)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		if (strcmp(table[i].name, name) == 0) {
			*id = (enum phone_id)i;
			return true;
		}
	}
	return false;
}

enum phone_perm phone_perm_parse(const char *text)
{
	static const struct {
		const char *text;
		enum phone_perm perm;
	} forms[] = {{"", PHONE_PERM_WRITE},
		     {"RW", PHONE_PERM_WRITE},
		     {"$", PHONE_PERM_WRITE},
		     {"!", PHONE_PERM_OWN},
		     {"V", PHONE_PERM_VOLATILE}};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i].text, text) == 0)
			return forms[i].perm;
	}
	return PHONE_PERM_READ;
}

const char *phone_perm_text(enum phone_perm perm)
{
	switch (perm) {
	case PHONE_PERM_WRITE:
		return "";
	case PHONE_PERM_OWN:
		return "!";
	case PHONE_PERM_VOLATILE:
		return "V";
	case PHONE_PERM_READ:
		break;
	}
	return "R";
}

struct phone_settings *phone_settings_new(void)
{
	return calloc(1, sizeof(struct phone_settings));
}

/* The old value may be a password. */
static void forget(char *value)
{
	if (value != NULL)
		explicit_bzero(value, strlen(value));
	free(value);
}

void phone_settings_free(struct phone_settings *settings)
{
	if (settings == NULL)
		return;
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		forget(settings->of[i].value);
		forget(settings->of[i].kept);
	}
	free(settings);
}

/* A copy of a text that may be NULL. False without memory. */
static bool copy_text(const char *text, char **copy)
{
	*copy = text != NULL ? strdup(text) : NULL;
	return text == NULL || *copy != NULL;
}

struct phone_settings *phone_settings_copy(const struct phone_settings *settings)
{
	struct phone_settings *copy = phone_settings_new();
	bool fine = true;

	if (copy == NULL)
		return NULL;
	copy->changes = settings->changes;
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		copy->of[i] = settings->of[i];
		/* Both, so that none of another's is freed. */
		fine = copy_text(settings->of[i].value, &copy->of[i].value) && fine;
		fine = copy_text(settings->of[i].kept, &copy->of[i].kept) && fine;
	}
	if (fine)
		return copy;
	phone_settings_free(copy);
	return NULL;
}

void phone_settings_take_over(struct phone_settings *settings, struct phone_settings *from)
{
	uint64_t changes = settings->changes + 1;
	struct phone_settings old = *settings;

	*settings = *from;
	settings->changes = changes;
	*from = old;
}

const char *phone_settings_text(const struct phone_settings *settings, enum phone_id id)
{
	return settings->of[id].value != NULL ? settings->of[id].value : table[id].initial;
}

bool phone_settings_is_on(const struct phone_settings *settings, enum phone_id id)
{
	return strcmp(phone_settings_text(settings, id), "on") == 0;
}

uint32_t phone_settings_number(const struct phone_settings *settings, enum phone_id id)
{
	return (uint32_t)strtoul(phone_settings_text(settings, id), NULL, 10);
}

enum phone_perm phone_settings_perm(const struct phone_settings *settings, enum phone_id id)
{
	return settings->of[id].perm;
}

bool phone_settings_is_own(const struct phone_settings *settings, enum phone_id id)
{
	return settings->of[id].own;
}

bool phone_settings_may_change(const struct phone_settings *settings, enum phone_id id)
{
	return table[id].reach == PHONE_REACH_WEB && settings->of[id].perm != PHONE_PERM_READ;
}

struct phone_kept phone_settings_kept(const struct phone_settings *settings, enum phone_id id)
{
	struct phone_kept kept = {phone_settings_text(settings, id), settings->of[id].perm,
				  settings->of[id].own};

	if (kept.perm != PHONE_PERM_VOLATILE)
		return kept;
	kept.value = settings->of[id].kept != NULL ? settings->of[id].kept : table[id].initial;
	kept.perm = settings->of[id].kept_perm;
	kept.own = settings->of[id].kept_own;
	return kept;
}

uint64_t phone_settings_changes(const struct phone_settings *settings)
{
	return settings->changes;
}

static bool is_number(const struct phone_setting *row, const char *value)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long long number;

	if (digits == 0 || digits > DIGITS_MOST || value[digits] != '\0')
		return false;
	number = strtoull(value, NULL, 10);
	return number >= row->least && number <= row->most;
}

static bool is_choice(const char *choices, const char *value)
{
	size_t length = strlen(value);

	while (length > 0 && *choices != '\0') {
		size_t word = strcspn(choices, " ");

		if (word == length && memcmp(choices, value, length) == 0)
			return true;
		choices += word;
		choices += strspn(choices, " ");
	}
	return false;
}

/* Values are not quoted: they may be secrets, and whoever gave them sees them. */
static bool is_allowed(enum phone_id id, const char *value, struct uxm_failure *why)
{
	const struct phone_setting *row = &table[id];

	switch (row->kind) {
	case PHONE_SWITCH:
		if (is_choice("on off", value))
			return true;
		uxm_fail(why, UXM_USAGE, "The setting %s is either on or off.", row->name);
		return false;
	case PHONE_NUMBER:
		if (is_number(row, value))
			return true;
		uxm_fail(why, UXM_USAGE, "The setting %s must be a number from %u to %u.",
			 row->name, row->least, row->most);
		return false;
	case PHONE_CHOICE:
		if (is_choice(row->choices, value))
			return true;
		uxm_fail(why, UXM_USAGE, "The setting %s must be one of: %s.", row->name,
			 row->choices);
		return false;
	case PHONE_TEXT:
	case PHONE_URL:
	case PHONE_SECRET:
		break;
	}
	if (strlen(value) > row->most) {
		uxm_fail(why, UXM_USAGE, "The setting %s takes at most %u bytes.", row->name,
			 row->most);
		return false;
	}
	if (text_is_clean(value))
		return true;
	uxm_fail(why, UXM_USAGE,
		 "The setting %s must be UTF-8 without control characters, such as line ends.",
		 row->name);
	return false;
}

static bool may(const struct phone_settings *settings, enum phone_id id, enum phone_author author,
		struct uxm_failure *why)
{
	const struct phone_setting *row = &table[id];

	if (author == PHONE_BY_UXMD)
		return true;
	if (row->reach == PHONE_REACH_MACHINE) {
		uxm_fail(why, UXM_NOT_PERMITTED,
			 "The setting %s is changed on the phone itself only.", row->name);
		return false;
	}
	if (author == PHONE_BY_PROVISIONING)
		return true;
	if (row->reach == PHONE_REACH_FLEET) {
		uxm_fail(
			why, UXM_NOT_PERMITTED,
			"The setting %s is changed by provisioning, or in the settings file, only.",
			row->name);
		return false;
	}
	if (settings->of[id].perm == PHONE_PERM_READ) {
		uxm_fail(why, UXM_NOT_PERMITTED,
			 "The setting %s is read-only: whoever administers the phone set it so.",
			 row->name);
		return false;
	}
	return true;
}

/* Puts a value that is allowed. */
static enum uxm_result put(struct phone_settings *settings, enum phone_id id, const char *value,
			   struct uxm_failure *why)
{
	char *copy = NULL;

	if (strcmp(value, phone_settings_text(settings, id)) == 0)
		return UXM_UPDATED;
	if (strcmp(value, table[id].initial) != 0) {
		copy = strdup(value);
		if (copy == NULL) {
			uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
			return UXM_INTERNAL;
		}
	}
	forget(settings->of[id].value);
	settings->of[id].value = copy;
	settings->changes++;
	return UXM_UPDATED;
}

/* As put, with a permission. What comes under "V" leaves in the file what stood there for good. */
static enum uxm_result put_under(struct phone_settings *settings, enum phone_id id,
				 const char *value, enum phone_perm perm, bool own,
				 struct uxm_failure *why)
{
	bool begins = perm == PHONE_PERM_VOLATILE && settings->of[id].perm != perm;
	enum phone_perm before = settings->of[id].perm;
	char *kept = NULL;
	enum uxm_result result;

	if (begins && !copy_text(settings->of[id].value, &kept)) {
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		return UXM_INTERNAL;
	}
	result = put(settings, id, value, why);
	if (result != UXM_UPDATED) {
		forget(kept);
		return result;
	}
	if (begins || perm != PHONE_PERM_VOLATILE) {
		forget(settings->of[id].kept);
		settings->of[id].kept = kept;
		settings->of[id].kept_perm = before;
		settings->of[id].kept_own = settings->of[id].own;
	}
	if (perm != before)
		settings->changes++;
	settings->of[id].perm = perm;
	settings->of[id].own = own;
	return UXM_UPDATED;
}

/* What uxmd knows to run lasts, whoever wants it forgotten: it would be installed anew. */
static enum uxm_result put_by_uxmd(struct phone_settings *settings, enum phone_id id,
				   const char *value, struct uxm_failure *why)
{
	enum uxm_result result;
	char *kept;

	if (settings->of[id].perm != PHONE_PERM_VOLATILE)
		return put(settings, id, value, why);
	kept = strdup(value);
	if (kept == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		return UXM_INTERNAL;
	}
	result = put(settings, id, value, why);
	if (result != UXM_UPDATED) {
		forget(kept);
		return result;
	}
	forget(settings->of[id].kept);
	settings->of[id].kept = kept;
	return UXM_UPDATED;
}

static enum uxm_result left_alone(enum phone_id id, struct uxm_failure *why)
{
	uxm_fail(why, UXM_UPDATED, "The setting %s was left as the user has it.", table[id].name);
	return UXM_UPDATED;
}

enum uxm_result phone_settings_set(struct phone_settings *settings, enum phone_id id,
				   const char *value, enum phone_author author,
				   struct uxm_failure *why)
{
	uint64_t before = settings->changes;
	enum uxm_result result;

	if (!may(settings, id, author, why) || !is_allowed(id, value, why))
		return why->result;
	if (author == PHONE_BY_PROVISIONING && settings->of[id].own)
		return left_alone(id, why);
	result = author == PHONE_BY_UXMD ? put_by_uxmd(settings, id, value, why)
					 : put(settings, id, value, why);
	/* Saving a form with the values that are there makes none of them the user's. */
	if (author == PHONE_BY_USER && settings->of[id].perm == PHONE_PERM_OWN &&
	    settings->changes != before)
		settings->of[id].own = true;
	/* Cleared by the user, and set by uxmd afterwards: it is not the user's choice any more. */
	if (author == PHONE_BY_UXMD && settings->changes != before)
		settings->of[id].own = false;
	return result;
}

enum uxm_result phone_settings_provision(struct phone_settings *settings, enum phone_id id,
					 const char *value, enum phone_perm perm,
					 struct uxm_failure *why)
{
	if (!may(settings, id, PHONE_BY_PROVISIONING, why) || !is_allowed(id, value, why))
		return why->result;
	if (perm == PHONE_PERM_OWN && settings->of[id].own)
		return left_alone(id, why);
	/* A phone that forgets its server never hears of any again. */
	if (id == PHONE_SETTING_SERVER && perm == PHONE_PERM_VOLATILE)
		perm = PHONE_PERM_WRITE;
	return put_under(settings, id, value, perm, false, why);
}

enum uxm_result phone_settings_restore(struct phone_settings *settings, enum phone_id id,
				       const char *value, enum phone_perm perm, bool own,
				       struct uxm_failure *why)
{
	enum uxm_result result;

	if (!is_allowed(id, value, why))
		return why->result;
	result = put_under(settings, id, value, perm, own && perm == PHONE_PERM_OWN, why);
	if (result != UXM_UPDATED)
		return result;
	settings->changes++;
	return UXM_UPDATED;
}
