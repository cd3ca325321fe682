/*
 * An image file on disk that is examined or copied: its first bytes, then its payload as a stream,
 * with the sentences that an update of the same file would end with.
 */
#ifndef TOOLS_UXM_IMAGE_SOURCE_H
#define TOOLS_UXM_IMAGE_SOURCE_H

#include "fetch/file.h"
#include "image_target.h"
#include "uxm/decide.h"
#include "uxm/payload.h"

struct image_source {
	struct fetch_file *file;
	struct uxm_payload payload; /* with the file's size and first bytes */
};

/*
 * Opens the regular file `path` and reads its first bytes. Returns true, or false with *why:
 * UXM_FETCH_FAILED, UXM_IMAGE_REFUSED (it is empty), UXM_INTERNAL. Release is due in both cases.
 */
bool image_source_open(struct image_source *source, const char *path, struct uxm_failure *why);

/* Closes it. A source that is all zeros is released harmlessly. */
void image_source_release(struct image_source *source);

/*
 * Reads all that follows the first `start` bytes, at most once, and writes it to `target`, if that
 * is not NULL. Returns true with its SHA-256 in `digest`, or false with *why: UXM_FETCH_FAILED,
 * UXM_CANCELLED when a blocked SIGINT, SIGTERM or SIGHUP is pending, UXM_INTERNAL.
 */
bool image_source_read(struct image_source *source, size_t start, struct image_target *target,
		       uint8_t digest[UXM_WIRE_DIGEST_SIZE], struct uxm_failure *why);

/*
 * Whether the SHA-256 of the payload is the one that the header names; else *why is
 * UXM_IMAGE_REFUSED. `file` is the name to call it by.
 */
bool image_source_agrees(const struct uxm_image_header *header,
			 const uint8_t digest[UXM_WIRE_DIGEST_SIZE], const char *file,
			 struct uxm_failure *why);

/* What the file at `path` is called: all behind the last '/'. */
const char *image_source_file(const char *path);

/*
 * Reads model and version out of the file name in `path`. Returns true, or false with *why
 * (`result`): it is not named like an image.
 */
bool image_source_name(const char *path, enum uxm_result result, struct uxm_name *name,
		       struct uxm_failure *why);

/*
 * Applies those rules of uxm_decide that need no module to the source under this name. Returns true
 * with *verdict set, or false with *why (UXM_IMAGE_REFUSED).
 */
bool image_source_decide(const struct image_source *source, const struct uxm_name *name,
			 const struct uxm_keys *keys, struct uxm_verdict *verdict,
			 struct uxm_failure *why);

#endif
