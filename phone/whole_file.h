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
	/* *why. UXM_USAGE: it cannot be read, is no regular file, or longer than `most`;
	 * UXM_INTERNAL: it is not permitted, or memory or descriptors are used up. */
	WHOLE_FILE_FAILED,
};

/* Reads `path`, which must be a regular file of at most `most` bytes; it takes little more memory
 * than the file is long. Outputs are set only with WHOLE_FILE_READ. */
enum whole_file whole_file_read(const char *path, size_t most, char **bytes, size_t *length,
				struct uxm_failure *why);

/*
 * Writes `length` bytes as `path`: into `path` with ".new" behind it, mode 0600, fsync, rename, and
 * fsync of the folder. There is one writer of a path at a time. Returns true when the new file is
 * there for good; else *why is UXM_INTERNAL, and the file is the old one, or, when only the last
 * step failed, the new one that a power cut may still take back.
 */
bool whole_file_write(const char *path, const char *bytes, size_t length, struct uxm_failure *why);

/* A file that is read at the start, and done without when what it holds cannot be used. */
struct whole_file_kind {
	const char *name;    /* "The journal of updates", for the log */
	const char *instead; /* "there is none now", too */
	size_t most;         /* bytes */
	/* Takes what it holds. False, and nothing in `to` has changed, for the reason why->text:
	 * UXM_USAGE, it cannot be understood; UXM_INTERNAL, there is not enough memory. */
	bool (*take)(void *to, const char *text, size_t length, struct uxm_failure *why);
};

/*
 * Reads `path` and takes it into `to`. True, and nothing taken, too when there is no such file.
 * False with *why, and nothing is taken. UXM_USAGE: it cannot be read or understood, is no regular
 * file or too long, and was set aside as `path` with ".bad" behind it, in place of an older one of
 * that name, or could not be. UXM_INTERNAL: it is not permitted, or memory or descriptors are used
 * up; it stays where it is, and who went on without it would write over a file that may be good.
 */
bool whole_file_load(const char *path, const struct whole_file_kind *kind, void *to,
		     struct uxm_failure *why);

/* Removes a file for good. Returns true, too when there was none; else *why is UXM_INTERNAL. */
bool whole_file_remove(const char *path, struct uxm_failure *why);

#endif
