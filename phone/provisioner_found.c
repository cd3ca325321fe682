/* What the findings of a look change: settings, and offers. */
#include <string.h>

#include "phone/provisioner_inside.h"

static bool is_offer(enum phone_id id)
{
	return id == PHONE_FIRMWARE || id == PHONE_FIRMWARE_UXM;
}

const char *found_offer(const struct provisioner *provisioner, enum phone_id id)
{
	static const enum provision_kind order[] = {PROVISION_FIRMWARE, PROVISION_SETTINGS};

	for (size_t i = 0; i < 2; i++) {
		const struct provision *says = &provisioner->found[order[i]].says;

		if (says->of[id].named)
			return says->of[id].value != NULL ? says->of[id].value : "";
	}
	return "";
}

bool found_any(const struct provisioner *provisioner)
{
	return provisioner->found[PROVISION_SETTINGS].from[0] != '\0' ||
	       provisioner->found[PROVISION_FIRMWARE].from[0] != '\0';
}

static void forget(struct provisioner_found *found)
{
	provision_release(&found->says);
	memset(found, 0, sizeof(*found));
}

void found_forget(struct provisioner *provisioner)
{
	forget(&provisioner->found[PROVISION_SETTINGS]);
	forget(&provisioner->found[PROVISION_FIRMWARE]);
}

void found_forget_others(struct provisioner *provisioner)
{
	static const enum phone_id ids[] = {
		[PROVISION_SETTINGS] = PHONE_SETTING_SERVER,
		[PROVISION_FIRMWARE] = PHONE_FIRMWARE_STATUS,
	};

	for (size_t i = 0; i < 2; i++) {
		struct provisioner_found *found = &provisioner->found[i];

		if (found->from[0] == '\0' ||
		    strcmp(found->from, phone_settings_text(provisioner->with.settings, ids[i])) ==
			    0)
			continue;
		forget(found);
	}
}

/* What a file says about one setting, onto the copy. */
static void apply_one(const struct provisioner *provisioner, struct phone_settings *changed,
		      enum phone_id id, const char *value, enum phone_perm perm)
{
	const char *name = phone_setting(id)->name;
	uint64_t before = phone_settings_changes(changed);
	struct uxm_failure why = {.text = ""};
	enum uxm_result result = phone_settings_provision(changed, id, value, perm, &why);

	if (result != UXM_UPDATED)
		log_line(provisioner->with.log, LOG_IS_WARNING, "Provisioning: %s", why.text);
	else if (phone_settings_changes(changed) != before)
		log_line(provisioner->with.log, LOG_IS_NOTICE,
			 "The setting %s is changed by provisioning.", name);
}

static bool may_be_empty(enum phone_id id)
{
	enum phone_kind kind = phone_setting(id)->kind;

	/* An empty tag asks for nothing, and a phone that is told no server is told no other one
	 * ever after; nor is a phone opened to everybody by what was not filled in. */
	return id != PHONE_SETTING_SERVER && id != PHONE_HTTP_USER &&
	       (kind == PHONE_TEXT || kind == PHONE_URL);
}

static void apply_settings(const struct provisioner *provisioner, struct phone_settings *changed,
			   const struct provision *says)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		enum phone_id id = (enum phone_id)i;
		const char *value = says->of[i].value != NULL ? says->of[i].value : "";

		if (!says->of[i].named || is_offer(id) || (value[0] == '\0' && !may_be_empty(id)))
			continue;
		apply_one(provisioner, changed, id, value, says->of[i].perm);
	}
}

/* Who may change the settings of the offers; their values are for what runs. */
static void apply_permissions(const struct provisioner *provisioner, struct phone_settings *changed,
			      const struct provision *settings, const struct provision *firmware)
{
	static const enum phone_id ids[] = {PHONE_FIRMWARE, PHONE_FIRMWARE_UXM};

	for (size_t i = 0; i < 2; i++) {
		const struct provision *says = firmware->of[ids[i]].named ? firmware : settings;

		if (says->of[ids[i]].named)
			apply_one(provisioner, changed, ids[i],
				  phone_settings_text(changed, ids[i]), says->of[ids[i]].perm);
	}
}

/* What a file says at this look: its own findings, or those that hold. */
static const struct provision *counting(const struct provisioner *provisioner,
					const struct look *look, enum provision_kind kind)
{
	static const struct provision none = {.unknown = 0};

	switch (look->of[kind].what) {
	case LOOK_CAME:
	case LOOK_EMPTY:
		return &look->of[kind].found;
	case LOOK_NOT_ASKED:
		/* No URL for it, or it could not be had: what is held of it is nobody's word now.
		 */
		return &none;
	case LOOK_UNCHANGED:
		break;
	}
	return &provisioner->found[kind].says;
}

/* Saved first, so that what is in force is always what is written down. */
static bool change_settings(struct provisioner *provisioner, const struct look *look,
			    struct uxm_failure *why)
{
	const struct provisioner_hands *hands = &provisioner->with.hands;
	struct phone_settings *settings = provisioner->with.settings;
	struct phone_settings *changed;
	bool done = true;

	hands->reread(hands->self);
	changed = phone_settings_copy(settings);
	if (changed == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to take the settings.");
		return false;
	}
	apply_settings(provisioner, changed, counting(provisioner, look, PROVISION_SETTINGS));
	apply_permissions(provisioner, changed, counting(provisioner, look, PROVISION_SETTINGS),
			  counting(provisioner, look, PROVISION_FIRMWARE));
	if (phone_settings_changes(changed) != phone_settings_changes(settings)) {
		done = hands->keep(hands->self, changed, why);
		if (done) {
			phone_settings_take_over(settings, changed);
			provisioner->changed = true;
		}
	}
	phone_settings_free(changed);
	return done;
}

static void take_file(struct provisioner *provisioner, struct look *look, enum provision_kind kind,
		      const char *from)
{
	struct provisioner_found *found = &provisioner->found[kind];

	switch (look->of[kind].what) {
	case LOOK_UNCHANGED:
		found->known = look->of[kind].known;
		return;
	case LOOK_CAME:
	case LOOK_EMPTY:
		break;
	case LOOK_NOT_ASKED:
		if (look->result == UXM_UPDATED || strcmp(found->from, from) != 0)
			forget(found);
		return;
	}
	forget(found);
	found->says = look->of[kind].found;
	memset(&look->of[kind].found, 0, sizeof(look->of[kind].found));
	found->known = look->of[kind].known;
	memcpy(found->from, from, strlen(from) + 1);
}

bool found_take(struct provisioner *provisioner, struct look *look, bool *elsewhere,
		struct uxm_failure *why)
{
	const struct phone_settings *settings = provisioner->with.settings;
	const struct provision *came = &look->of[PROVISION_SETTINGS].found;
	const char *value = came->of[PHONE_FIRMWARE_STATUS].value;
	char *asked = provisioner->asked[PROVISION_FIRMWARE];

	/* The look itself went on with the firmware file that the settings file names. */
	if (look->of[PROVISION_SETTINGS].what == LOOK_CAME &&
	    came->of[PHONE_FIRMWARE_STATUS].named &&
	    !(phone_settings_is_own(settings, PHONE_FIRMWARE_STATUS) &&
	      came->of[PHONE_FIRMWARE_STATUS].perm == PHONE_PERM_OWN)) {
		value = value != NULL ? value : "";
		if (strlen(value) >= LOOK_URL)
			value = "";
		memcpy(asked, value, strlen(value) + 1);
	}
	if (!change_settings(provisioner, look, why))
		return false;
	take_file(provisioner, look, PROVISION_SETTINGS, provisioner->asked[PROVISION_SETTINGS]);
	take_file(provisioner, look, PROVISION_FIRMWARE, asked);
	*elsewhere = look_is_elsewhere(provisioner);
	return true;
}
