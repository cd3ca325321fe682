/*
 * Small files that are read whole, and written so that a power cut leaves the old or the new one.
 */
#ifndef PHONE_WHOLE_FILE_H
#define PHONE_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "uxm/result.h"

enum whole_file {
	WHOLE_FILE_READ = 0, /* *bytes, with a zero behind them, is to be freed */
	WHOLE_FILE_NONE,     /* there is no such file */
	WHOLE_FILE_FAILED,   /* *why, UXM_INTERNAL: it cannot be read, or is longer than `most` */
};

/* Reads `path`, which must be a regular file of at most `most` bytes. Outputs are set only with
 * WHOLE_FILE_READ. */
enum whole_file whole_file_read(const char *path, size_t most, char **bytes, size_t *length,
				struct uxm_failure *why);

/*
 * Writes `length` bytes as `path`: into `path` with ".new" behind it, mode 0600, fsync, rename, and
 * fsync of the folder. There is one writer of a path at a time. Returns true when the new file is
 * there for good; else *why is UXM_INTERNAL, and the file is the old one, or, when only the last
 * step failed, the new one that a power cut may still take back.
 */
bool whole_file_write(const char *path, const char *bytes, size_t length, struct uxm_failure *why);

/* A file that is read at the start, and done without when it cannot be used. */
struct whole_file_kind {
	const char *name;    /* "The journal of updates", for the log */
	const char *instead; /* "there is none now", too */
	size_t most;         /* bytes */
	/* Takes what it holds. False, and nothing in `to` has changed: it cannot be understood, for
	 * the reason why->text. */
	bool (*take)(void *to, const char *text, size_t length, struct uxm_failure *why);
};

/*
 * Reads `path` and takes it into `to`. True, and nothing taken, too when there is no such file.
 * False with *why (UXM_INTERNAL): it cannot be read or understood, and was set aside as `path` with
 * ".bad" behind it, in place of an older one of that name, or could not be; nothing is taken.
 */
bool whole_file_load(const char *path, const struct whole_file_kind *kind, void *to,
		     struct uxm_failure *why);

/* Removes a file for good. Returns true, too when there was none; else *why is UXM_INTERNAL. */
bool whole_file_remove(const char *path, struct uxm_failure *why);

#endif
