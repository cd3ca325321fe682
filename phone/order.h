/*
 * What somebody wants done by hand, and the order for a job that becomes of it.
 */
#ifndef PHONE_ORDER_H
#define PHONE_ORDER_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "phone/settings.h"
#include "uxm/name.h"

struct order {
	/* A complete URL; with the setting download_use_defaults a file's name will do. Of an
	 * upload the file's name. */
	const char *source;
	bool override;    /* the rules about hardware may be broken */
	bool allow_older; /* than what the module runs */
	/* Of the module that it is for, as it was listed; "" or NULL: it has none. */
	const char *serial;
	/* Of an upload its bytes, which come from the job's standard input; else 0. */
	uint64_t upload_size;
};

/*
 * The job's order as `uxm update --job` reads it: the source, what the settings add (stored
 * download defaults, keys, ...), and `mac` for "{mac}" in URLs ("" or NULL: none). Returns a new
 * object, which holds passwords, and sets *name to what the source's name says; or NULL with *why:
 * UXM_IMAGE_REFUSED, it is not named like an image; UXM_USAGE, it is no URL and there are no
 * defaults for a name; UXM_INTERNAL without memory.
 */
cJSON *order_make(const struct order *order, const struct phone_settings *settings, const char *mac,
		  struct uxm_name *name, struct uxm_failure *why);

/* Overwrites the texts of an order and deletes it. NULL is harmless. */
void order_forget(cJSON *object);

#endif
