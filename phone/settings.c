/* The values of the settings. */
#include "phone/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/text.h"

#define DIGITS_MOST 10u

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
	return settings->of[id].value != NULL ? settings->of[id].value : phone_setting(id)->initial;
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
	return phone_setting(id)->reach == PHONE_REACH_WEB &&
	       settings->of[id].perm != PHONE_PERM_READ;
}

struct phone_kept phone_settings_kept(const struct phone_settings *settings, enum phone_id id)
{
	struct phone_kept kept = {phone_settings_text(settings, id), settings->of[id].perm,
				  settings->of[id].own};

	if (kept.perm != PHONE_PERM_VOLATILE)
		return kept;
	kept.value =
		settings->of[id].kept != NULL ? settings->of[id].kept : phone_setting(id)->initial;
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
	const struct phone_setting *row = phone_setting(id);

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

/* As is_allowed, of what was not there before. Basic ends the user at the first colon (RFC 7617,
 * section 2). */
static bool is_allowed_now(enum phone_id id, const char *value, struct uxm_failure *why)
{
	if (!is_allowed(id, value, why))
		return false;
	if (id != PHONE_HTTP_USER || strchr(value, ':') == NULL)
		return true;
	uxm_fail(why, UXM_USAGE,
		 "The setting http_user must be without a colon: nobody could log in with it.");
	return false;
}

static bool may(const struct phone_settings *settings, enum phone_id id, enum phone_author author,
		struct uxm_failure *why)
{
	const struct phone_setting *row = phone_setting(id);

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
	if (strcmp(value, phone_setting(id)->initial) != 0) {
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
	uxm_fail(why, UXM_UPDATED, "The setting %s was left as the user has it.",
		 phone_setting(id)->name);
	return UXM_UPDATED;
}

enum uxm_result phone_settings_set(struct phone_settings *settings, enum phone_id id,
				   const char *value, enum phone_author author,
				   struct uxm_failure *why)
{
	uint64_t before = settings->changes;
	enum uxm_result result;

	if (!may(settings, id, author, why) || !is_allowed_now(id, value, why))
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
	if (!may(settings, id, PHONE_BY_PROVISIONING, why) || !is_allowed_now(id, value, why))
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
