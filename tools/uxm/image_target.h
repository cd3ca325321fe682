/*
 * A file that appears whole under its name, or not at all: written under another name in the same
 * folder, then renamed.
 */
#ifndef TOOLS_UXM_IMAGE_TARGET_H
#define TOOLS_UXM_IMAGE_TARGET_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "uxm/result.h"

struct image_target {
	const char *path;
	char folder[PATH_MAX];
	char temporary[PATH_MAX];
	int descriptor; /* -1 when there is none */
	bool replace;
};

/* What to call release with when open was not reached. */
#define IMAGE_TARGET_NONE                                                                          \
	{                                                                                          \
		.descriptor = -1                                                                   \
	}

/*
 * Begins the file `path`, which must live as long as the target; `replace`: a file that is there is
 * to be replaced, and its mode and as far as possible its owner are kept. Returns true, or false
 * with *why (UXM_USAGE): something is there already, or the folder takes no new file. Release is
 * due in both cases.
 */
bool image_target_open(struct image_target *target, const char *path, bool replace,
		       struct uxm_failure *why);

/* Appends `length` bytes. Returns true, or false with *why (UXM_INTERNAL), as for a full disk. */
bool image_target_write(struct image_target *target, const void *bytes, size_t length,
			struct uxm_failure *why);

/* Writes `length` bytes over the first ones, which must be there. As image_target_write. */
bool image_target_begin_with(struct image_target *target, const void *bytes, size_t length,
			     struct uxm_failure *why);

/*
 * Puts the file in its place, safe from a loss of power. Returns true, or false with *why:
 * UXM_USAGE when another file has come there meanwhile and may not be replaced, else UXM_INTERNAL.
 */
bool image_target_finish(struct image_target *target, struct uxm_failure *why);

/* Removes what was not finished. */
void image_target_release(struct image_target *target);

#endif
