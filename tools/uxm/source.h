/*
 * Where an image comes from: a URL, a file or standard input, and the .sha256 file beside it where
 * that is asked for.
 */
#ifndef TOOLS_UXM_SOURCE_H
#define TOOLS_UXM_SOURCE_H

#include "fetch/beside.h"
#include "fetch/fetch.h"
#include "fetch/file.h"
#include "options.h"
#include "uxm/known.h"
#include "uxm/name.h"
#include "wait.h"

struct source {
	struct fetch *fetch;         /* of a URL, else NULL */
	struct fetch_file *file;     /* of a file or standard input, else NULL */
	struct fetch_beside *beside; /* where it is asked for, else NULL */
	struct uxm_image image;      /* of one of the first two */
	struct wait *wait;           /* learns what is to be waited for */
	struct uxm_update *update;   /* remembers what was read, and is told remarks */
	struct uxm_known known;      /* of what comes again */
	bool has_digest;             /* the file beside it has been read: `digest` */
	uint8_t digest[FETCH_DIGEST_SIZE];
};

/*
 * What the image is called, by --name or its location, and so for which model and of which version
 * it is. Returns true, or false with *why (UXM_IMAGE_REFUSED).
 */
bool source_name(const struct options *options, struct uxm_name *name, struct uxm_failure *why);

/*
 * The URL of an image on a server (options_is_remote): by the stored defaults, where there are
 * any, and with the MAC in it; and who asks for it. Returns true, or false with *why: UXM_USAGE,
 * where something for it is missing or wrong, or it is none that is fetched; or UXM_INTERNAL.
 */
bool source_url(const struct options *options, char url[FETCH_URL_TEXT],
		struct fetch_access *access, struct uxm_failure *why);

/*
 * Makes what reads the image, which `wait` then waits for. Nothing is opened yet. `update` need not
 * have been made before it runs. Returns true, or false with *why; release is due in both cases, of
 * a *source that was zeros before.
 */
bool source_init(struct source *source, const struct options *options,
		 const struct uxm_deadlines *deadlines, struct uxm_update *update,
		 struct wait *wait, struct uxm_failure *why);

void source_release(struct source *source);

/* The image, as long as `source` lives. Its digest is the one in the file beside it, where that is
 * asked for. */
struct uxm_image source_image(struct source *source);

#endif
