/*
 * After COMMIT: the module's own steps, and its leaving.
 */
#ifndef UXM_FOLLOW_H
#define UXM_FOLLOW_H

#include "uxm/progress.h"
#include "uxm/stream.h"

/*
 * Follows a module that verifies, installs or is done until it leaves the bus. GONE: it left; what
 * became of the update is what its version tells afterwards. FAILED: UXM_MODULE_FAILED (it says so,
 * or does not get on), UXM_NOT_BACK_YET (it reported success but stays), or UXM_CANCELLED. Whatever
 * the end, *success says whether the module reported success.
 */
enum uxm_io uxm_follow(struct uxm_stream *stream, struct uxm_teller *teller, bool *success,
		       struct uxm_failure *why);

#endif
