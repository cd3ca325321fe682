/*
 * May this module have this image? Every rule is one line, with the sentence that the user reads.
 */
#ifndef UXM_DECIDE_H
#define UXM_DECIDE_H

#include "uxm/name.h"
#include "uxm/result.h"
#include "uxm/wire.h"

/* Before anything is fetched: what the file name says against what the module says. */
bool uxm_decide_name(const struct uxm_name *name, const struct uxm_identity *module,
		     struct uxm_failure *why);

/* Once the length of the payload, in bytes, is known. */
bool uxm_decide_size(const struct uxm_name *name, uint64_t size, const struct uxm_identity *module,
		     struct uxm_failure *why);

#endif
