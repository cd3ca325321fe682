/*
 * Stored download defaults, as a JSON object: in a file of their own, or in a job.
 */
#ifndef TOOLS_UXM_DEFAULTS_H
#define TOOLS_UXM_DEFAULTS_H

#include <cjson/cJSON.h>

#include "fetch/defaults.h"

/*
 * Takes them from an object with any of the keys method (ftp, ftps, http, https), server, port,
 * account, user, password, path, base_url; each a text, port a number up to 65535 (0: the method's
 * own). `what` is what sentences call the object. Returns true, or false with *why (UXM_USAGE),
 * which names the key and never a value. *defaults points into the object, and is set only with
 * true.
 */
bool defaults_take(const cJSON *object, const char *what, struct fetch_defaults *defaults,
		   struct uxm_failure *why);

/*
 * Reads them from the file `path`. Returns true, or false with *why (UXM_USAGE, UXM_INTERNAL). With
 * true *object holds the texts, to which *defaults points, until document_forget, and *exposed is
 * whether there is a secret in a file that others may read.
 */
bool defaults_read(const char *path, cJSON **object, struct fetch_defaults *defaults, bool *exposed,
		   struct uxm_failure *why);

#endif
