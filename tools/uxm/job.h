/*
 * A job: what an update is to do, as one JSON object on a descriptor instead of a command line. So
 * nothing from outside stands in an argument vector, where every user of the machine could read it.
 */
#ifndef TOOLS_UXM_JOB_H
#define TOOLS_UXM_JOB_H

#include <cjson/cJSON.h>

#include "options.h"

/*
 * Has the kernel end this process by SIGTERM when the one that started it dies. Returns true, or
 * false with *why: UXM_CANCELLED, it has died already, and nobody reads standard output; or
 * UXM_INTERNAL.
 */
bool job_follow_parent(struct uxm_failure *why);

/*
 * Reads the job from options->job_fd, until that ends, which is closed then (unless it is one of
 * the three standard ones), into *options: the keys of settings.h that options->verb has. Of an
 * update it names an image by "url", or by "file" with "defaults", never a file of this machine.
 * Returns true; *object holds the texts until document_forget. Or false with *why: UXM_USAGE, with
 * a sentence that names the key and not its value where that may be a secret; or UXM_INTERNAL.
 */
bool job_read(struct options *options, cJSON **object, struct uxm_failure *why);

#endif
