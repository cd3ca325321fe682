/*
 * The SHA-256 of an image out of the small file beside it: `<file>.sha256`, as sha256sum prints it.
 */
#ifndef FETCH_BESIDE_H
#define FETCH_BESIDE_H

#include "fetch/small.h"

/* What the file's name has behind the image's. */
#define FETCH_BESIDE_SUFFIX ".sha256"
/* The largest such file that is read, in bytes. */
#define FETCH_BESIDE_MOST   4096

/* How a URL's file is fetched; see struct fetch_small_options. */
struct fetch_beside_options {
	const struct fetch_access *access;
	struct fetch_trust trust;
	struct uxm_deadlines deadlines;
};

struct fetch_beside;

/*
 * Makes one for the image at `location`, which is copied: a URL (it holds "://"), whose path gets
 * the suffix and whose query stays, or the path of a file, for which `options` (copied) do not
 * count. Nothing is sent or opened yet. Returns whether it did; else *why is UXM_USAGE (not a URL
 * that is fetched, or too long) or UXM_INTERNAL (no memory). *beside is set only with true.
 */
bool fetch_beside_new(const char *location, const struct fetch_beside_options *options,
		      struct fetch_beside **beside, struct uxm_failure *why);

/* Ends what is under way and frees it. NULL is harmless. */
void fetch_beside_free(struct fetch_beside *beside);

/*
 * Starts, goes on, and says AGAIN until the file's digest is known (fetch_beside_judge): OK with
 * `digest` set; FAILED with UXM_FETCH_FAILED (missing, or the failures of fetching) or
 * UXM_IMAGE_REFUSED (larger than FETCH_BESIDE_MOST, or judged so). Called again after either it
 * says the same.
 */
enum uxm_io fetch_beside_read(struct fetch_beside *beside, uint8_t digest[FETCH_DIGEST_SIZE],
			      struct uxm_failure *why);

/* What to wait for (fetch_small_wait) after AGAIN, as long as `beside` lives. NULL for the path of
 * a file, which never says AGAIN. */
struct fetch_small *fetch_beside_small(const struct fetch_beside *beside);

/*
 * Whether the first line of the file's `length` bytes is as sha256sum prints it, which sets
 * `digest`: 64 hexadecimal digits, and behind them nothing or, after a blank and another blank or
 * '*', a file's name, whose last part is `name`, the image's. Else *why is UXM_IMAGE_REFUSED: it is
 * empty, not such a line, or of another file. `shown` is what the file itself is called.
 */
bool fetch_beside_judge(const uint8_t *text, size_t length, const char *name, const char *shown,
			uint8_t digest[FETCH_DIGEST_SIZE], struct uxm_failure *why);

#endif
