/*
 * The verbs of uxm image. Each says on standard output what there is to say, and returns true, or
 * false with *why.
 */
#ifndef TOOLS_UXM_IMAGE_VERBS_H
#define TOOLS_UXM_IMAGE_VERBS_H

#include "image_options.h"

/*
 * Makes an image of a payload and prints its file's name. UXM_USAGE: the key, the name or the
 * folder; UXM_FETCH_FAILED, UXM_IMAGE_REFUSED: the payload cannot be read, or is empty;
 * UXM_CANCELLED; UXM_INTERNAL.
 */
bool image_create(const struct image_options *options, struct uxm_failure *why);

/* Prints what is known of a file. UXM_FETCH_FAILED; UXM_IMAGE_REFUSED: its header is damaged;
 * UXM_INTERNAL. */
bool image_show(const struct image_options *options, struct uxm_failure *why);

/*
 * Checks all that can be checked without a module, and prints a line that says what that was.
 * UXM_IMAGE_REFUSED; UXM_FETCH_FAILED; UXM_USAGE: the keys; UXM_INTERNAL.
 */
bool image_verify(const struct image_options *options, struct uxm_failure *why);

/*
 * Signs an image that is whole, in place or into another file. UXM_IMAGE_REFUSED: it is not, or has
 * no header; otherwise as image_create.
 */
bool image_sign(const struct image_options *options, struct uxm_failure *why);

#endif
