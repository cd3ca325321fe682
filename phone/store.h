/*
 * The state folder: the settings file, the journal, the record and the like, for one uxmd at a
 * time.
 */
#ifndef PHONE_STORE_H
#define PHONE_STORE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "phone/log.h"
#include "phone/settings.h"
#include "uxm/result.h"

/* Room for the path of a file in it, in bytes. */
#define STORE_PATH 1100

struct store {
	int lock; /* -1: not open */
	char settings[STORE_PATH];
	char journal[STORE_PATH];
	char outcome[STORE_PATH]; /* how the last update ended */
	char record[STORE_PATH];
	char phone_lock[STORE_PATH]; /* held by the phone's own update while that runs */
	char led[STORE_PATH];
	struct stat seen; /* the settings file, as it was last read or written; zeros: none was */
};

/*
 * Makes the folder where there is none (not those above it), and has it for itself until
 * store_close, or the process's end. True with *store set; or false with *why: UXM_USAGE, it cannot
 * be made or written to; UXM_BUSY, another process has it.
 */
bool store_open(struct store *store, const char *folder, struct uxm_failure *why);
/* Harmless on what is not open. */
void store_close(struct store *store);

/*
 * Whether a settings file is there, and it is not the one that was last read or written, by its
 * size and the time of its last change: somebody edited it. One that is gone is no edit.
 */
bool store_is_edited(const struct store *store);

/*
 * The settings become what the file says, defaults for all that it does not, and `module_ids` ("":
 * what the file says) for the setting of that name, which is then not kept in the file. A file that
 * cannot be understood is set aside and logged, and the settings stay as they are; at the
 * start those are the defaults; where `keep` says that they were in force, they are kept as a new
 * file. One that cannot be read stays; where `keep`, so do the settings, and it is logged. True, or
 * false with *why (UXM_INTERNAL, that file at the start too; UXM_USAGE) and the settings as they
 * were.
 */
bool store_load(struct store *store, struct phone_settings *settings, const char *module_ids,
		bool keep, const struct log *log, struct uxm_failure *why);

/*
 * As phone_settings_save, but an edit is not written over: false with *why (UXM_INTERNAL) where
 * store_is_edited. Whoever has a change to save calls store_load before he makes it.
 */
bool store_save(struct store *store, const struct phone_settings *settings,
		struct uxm_failure *why);

#endif
