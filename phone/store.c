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

/* Zeros where there is none: no file has such a mode. */
static void look(const struct store *store, struct stat *found)
{
	if (stat(store->settings, found) != 0)
		memset(found, 0, sizeof(*found));
}

bool store_is_edited(const struct store *store)
{
	struct stat now;

	look(store, &now);
	/* Some file systems give a file another inode whenever they have forgotten it. */
	return now.st_mode != 0 &&
	       (store->seen.st_mode == 0 || now.st_size != store->seen.st_size ||
		now.st_mtim.tv_sec != store->seen.st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != store->seen.st_mtim.tv_nsec);
}

bool store_load(struct store *store, struct phone_settings *settings, const char *module_ids,
		bool keep, const struct log *log, struct uxm_failure *why)
{
	struct phone_settings *fresh = phone_settings_new();
	struct stat found;
	size_t unknown = 0;
	bool fine = false;

	if (fresh == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory for the settings.");
		return false;
	}
	/* Before it is read: what is written to it meanwhile is an edit. */
	look(store, &found);
	if (!phone_settings_load(fresh, store->settings,
				 keep ? "what was in force stays" : "the defaults are used",
				 &unknown, why)) {
		bool stays = why->result == UXM_INTERNAL;

		if (stays && !keep)
			goto end;
		log_line(log, LOG_IS_ERROR, "%s%s", why->text,
			 stays ? " What was in force stays." : "");
		/* One that could not be set aside is not written over. */
		if (keep && !stays && !store_is_edited(store) && !store_save(store, settings, why))
			log_line(log, LOG_IS_ERROR, "%s", why->text);
		fine = apply(settings, module_ids, why);
		goto end;
	}
	if (unknown > 0)
		log_line(log, LOG_IS_WARNING, "%zu settings in %s are not known, and passed over.",
			 unknown, store->settings);
	fine = apply(fresh, module_ids, why);
	if (fine) {
		phone_settings_take_over(settings, fresh);
		store->seen = found;
	}
end:
	phone_settings_free(fresh);
	return fine;
}

bool store_save(struct store *store, const struct phone_settings *settings, struct uxm_failure *why)
{
	bool done;

	if (store_is_edited(store)) {
		uxm_fail(
			why, UXM_INTERNAL,
			"%s was edited and could not be read, so nothing was saved; mend or remove "
			"it, and try again.",
			store->settings);
		return false;
	}
	done = phone_settings_save(settings, store->settings, why);
	/* It may be there though it is not said to be there for good. */
	look(store, &store->seen);
	return done;
}
