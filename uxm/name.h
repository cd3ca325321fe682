/*
 * Models of module and the names of their image files: snomD7C-<version>-r.bin,
 * snomD8C-<version>-r.bin, snomUXM-<version>.bin.
 */
#ifndef UXM_NAME_H
#define UXM_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "uxm/version.h"

/* Room for a model's name: at most 7 capital letters and digits (PROTOCOL.md, IDENTITY). */
#define UXM_MODEL_TEXT 8
/* Room for the longest file name that is understood. */
#define UXM_NAME_TEXT  64

/* What a file name says. */
struct uxm_name {
	char file[UXM_NAME_TEXT];
	char model[UXM_MODEL_TEXT];
	struct uxm_version version;
};

/*
 * Reads the file name out of a URL or a path: its last path segment, percent-encoding undone
 * (RFC 3986, section 2.1; only when `location` is a URL, that is, holds "://"), query and fragment
 * of a URL left out. Returns whether it is the name of an image of a known model; *name is set only
 * then.
 */
bool uxm_name_parse(const char *location, struct uxm_name *name);

/* Writes the file name of an image into `file`. Returns false when the model is not known. */
bool uxm_name_make(const char *model, const struct uxm_version *version, char file[UXM_NAME_TEXT]);

/* The three forms, for a sentence that says what a name should look like. */
const char *uxm_name_forms(void);

#endif
