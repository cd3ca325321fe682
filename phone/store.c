/* The state folder. */
#include "phone/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool store_open(struct store *store, const char *folder, struct uxm_failure *why)
{
	int lock = -1;

	if (strlen(folder) + sizeof("/settings.xml") > sizeof(store->settings)) {
		uxm_fail(why, UXM_USAGE, "The state folder's path is too long.");
		return false;
	}
	if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
		uxm_fail(why, UXM_USAGE, "The state folder %s cannot be made: %s.", folder,
			 strerror(errno));
		return false;
	}
	lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || access(folder, W_OK) != 0) {
		uxm_fail(why, UXM_USAGE, "The state folder %s cannot be used: %s.", folder,
			 strerror(errno));
		goto fail;
	}
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		uxm_fail(why, UXM_BUSY,
			 "Another uxmd uses the state folder %s; end it, or name another by "
			 "--state.",
			 folder);
		goto fail;
	}
	store->lock = lock;
	snprintf(store->settings, sizeof(store->settings), "%s/settings.xml", folder);
	snprintf(store->journal, sizeof(store->journal), "%s/journal.json", folder);
	snprintf(store->outcome, sizeof(store->outcome), "%s/outcome.json", folder);
	snprintf(store->record, sizeof(store->record), "%s/record.json", folder);
	snprintf(store->phone_lock, sizeof(store->phone_lock), "%s/phone.lock", folder);
	snprintf(store->led, sizeof(store->led), "%s/led.json", folder);
	return true;

fail:
	if (lock >= 0)
		close(lock);
	return false;
}

void store_close(struct store *store)
{
	if (store->lock >= 0)
		close(store->lock);
	store->lock = -1;
}

/* What belongs to the installation goes before the file. */
static bool apply(struct phone_settings *settings, const char *module_ids, struct uxm_failure *why)
{
	return module_ids[0] == '\0' ||
	       phone_settings_restore(settings, PHONE_UXM_MODULE_IDS, module_ids,
				      PHONE_PERM_VOLATILE, false, why) == UXM_UPDATED;
}

bool store_load(const struct store *store, struct phone_settings *settings, const char *module_ids,
		bool keep, const struct log *log, struct uxm_failure *why)
{
	struct phone_settings *fresh = phone_settings_new();
	size_t unknown = 0;
	bool fine = false;

	if (fresh == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory for the settings.");
		return false;
	}
	if (!phone_settings_load(fresh, store->settings, &unknown, why)) {
		log_line(log, LOG_IS_ERROR, "%s", why->text);
		/* One that could not be set aside is not written over. */
		if (keep && access(store->settings, F_OK) != 0 && errno == ENOENT &&
		    !phone_settings_save(settings, store->settings, why))
			log_line(log, LOG_IS_ERROR, "%s", why->text);
		fine = apply(settings, module_ids, why);
		goto end;
	}
	if (unknown > 0)
		log_line(log, LOG_IS_WARNING, "%zu settings in %s are not known, and passed over.",
			 unknown, store->settings);
	fine = apply(fresh, module_ids, why);
	if (fine)
		phone_settings_take_over(settings, fresh);
end:
	phone_settings_free(fresh);
	return fine;
}
