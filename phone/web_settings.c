/* Settings that a form or a link changes. */
#include <string.h>

#include "phone/events.h"
#include "phone/web_inside.h"

/* Whether each pair was named by hand, rather than sent by a page that sends all its fields. */
static bool is_by_hand(const struct request *request)
{
	return !request->is_post || form_value(&request->form, PAGE_LINK) != NULL;
}

/* Whether a URL ends in what pages show instead of a query, or of a host. */
static bool is_cut(enum phone_id id, const char *value)
{
	size_t length = strlen(value);

	return phone_setting(id)->kind == PHONE_URL && length >= 3 &&
	       strcmp(value + length - 3, "...") == 0;
}

/*
 * Whether the user of a page changed this field. The page may be old: what somebody else changed
 * since is left alone where the user did not touch it, and else is refused, with *fine false.
 */
static bool is_changed(const struct request *request, enum phone_id id, const char *value,
		       bool *fine, struct uxm_failure *why)
{
	char shown[PAGE_URL];
	const char *now = page_value(request->web->with.settings, id, shown);
	const char *before = page_shown_before(&request->form, id);

	*fine = true;
	if (before == NULL)
		return true;
	if (strcmp(value, before) == 0)
		return false;
	*fine = false;
	if (strcmp(now, before) != 0)
		uxm_fail(why, UXM_BUSY,
			 "The setting %s was changed since this page was opened, so nothing was "
			 "saved; look at it and save again.",
			 phone_setting(id)->name);
	else if (is_cut(id, value))
		uxm_fail(why, UXM_USAGE,
			 "The setting %s is not shown whole: enter the complete URL.",
			 phone_setting(id)->name);
	else
		*fine = true;
	return *fine;
}

/* One pair of a form into the settings. */
static bool change_one(struct request *request, struct phone_settings *changed, const char *name,
		       const char *value, struct uxm_failure *why)
{
	bool remove = strcmp(name, "remove") == 0;
	enum phone_id id;
	bool fine;

	if (strcmp(name, "settings") == 0 || strcmp(name, "token") == 0 ||
	    strcmp(name, PAGE_LINK) == 0 || strncmp(name, PAGE_SHOWN, strlen(PAGE_SHOWN)) == 0)
		return true;
	if (!phone_setting_find(remove ? value : name, &id) ||
	    (remove && phone_setting(id)->kind != PHONE_SECRET)) {
		uxm_fail(why, UXM_USAGE, "There is no setting '%s'; nothing was saved.",
			 remove ? value : name);
		return false;
	}
	/* A secret's field is empty because the secret is not shown; by hand it means something. */
	if (!remove && phone_setting(id)->kind == PHONE_SECRET && value[0] == '\0') {
		uxm_fail(why, UXM_USAGE,
			 "The setting %s is empty, so nothing was saved; to remove it send "
			 "remove=%s.",
			 name, name);
		return !is_by_hand(request);
	}
	/* What is as it was is nobody's change, and may be read-only. */
	if (strcmp(phone_settings_text(changed, id), remove ? "" : value) == 0 &&
	    phone_setting(id)->reach == PHONE_REACH_WEB)
		return true;
	if (!remove && phone_setting(id)->reach == PHONE_REACH_WEB &&
	    !is_changed(request, id, value, &fine, why))
		return fine;
	return phone_settings_set(changed, id, remove ? "" : value, PHONE_BY_USER, why) ==
	       UXM_UPDATED;
}

/* Says what has changed, without the values: they may be passwords. */
static void log_changes(const struct log *log, const struct phone_settings *before,
			const struct phone_settings *now)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		enum phone_id id = (enum phone_id)i;

		if (strcmp(phone_settings_text(before, id), phone_settings_text(now, id)) != 0)
			log_line(log, LOG_IS_NOTICE, "The setting %s is changed over the web.",
				 phone_setting(id)->name);
	}
}

/* Whether updates by provisioning are to start over. */
static bool is_cleared(const struct request *request, const struct phone_settings *changed)
{
	const struct phone_settings *before = request->web->with.settings;
	const char *sent = form_value(&request->form, phone_setting(PHONE_FIRMWARE_UXM)->name);

	if (sent == NULL || *sent != '\0')
		return false;
	return is_by_hand(request) || (phone_settings_text(before, PHONE_FIRMWARE_UXM)[0] != '\0' &&
				       phone_settings_text(changed, PHONE_FIRMWARE_UXM)[0] == '\0');
}

bool act_save_settings(struct request *request, struct uxm_failure *why)
{
	const struct web_options *with = &request->web->with;
	struct phone_settings *changed;
	bool cleared;
	bool fine;

	with->actions.reread(with->actions.self);
	changed = phone_settings_copy(with->settings);
	fine = changed != NULL;
	if (!fine)
		uxm_fail(why, UXM_INTERNAL, "There is no memory left; try again.");
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		const struct phone_setting *setting = phone_setting((enum phone_id)i);

		if (setting->kind == PHONE_URL)
			form_trim(&request->form, setting->name);
	}
	for (size_t i = 0; fine && i < request->form.count; i++) {
		const char *value;
		const char *name = form_pair(&request->form, i, &value);

		fine = change_one(request, changed, name, value, why);
	}
	cleared = fine && is_cleared(request, changed);
	fine = fine && with->actions.keep(with->actions.self, changed, why);
	if (fine) {
		log_changes(with->log, with->settings, changed);
		phone_settings_take_over(with->settings, changed);
		/* Those who watch may have to say who they are; where this fails the next request
		 * sees to it. */
		(void)guard_is_fresh(request->web);
		events_tell(request->web);
	}
	phone_settings_free(changed);
	if (fine)
		with->actions.saved(with->actions.self, cleared);
	return fine;
}
