/*
 * After COMMIT: the module's own steps, its leaving, and its return.
 */
#ifndef UXM_FOLLOW_H
#define UXM_FOLLOW_H

#include "uxm/progress.h"
#include "uxm/survey.h"

/*
 * Follows a module that verifies, installs or is done until it leaves the bus. GONE: it left; what
 * became of the update is what its version tells afterwards. FAILED: UXM_MODULE_FAILED (it says so,
 * or does not get on), UXM_NOT_BACK_YET (it reported success but stays), or UXM_CANCELLED. Whatever
 * the end, *success says whether the module reported success.
 */
enum uxm_io uxm_follow(struct uxm_stream *stream, struct uxm_teller *teller, bool *success,
		       struct uxm_failure *why);

/*
 * Waits until the module that was `before` is back: the one with the same serial number, at
 * whatever port; where it had none, the one at the same port. It is asked for its identity, which
 * *after has with OK and with UXM_OTHER_MODULE; nothing stays open. FAILED: UXM_NOT_BACK_YET;
 * UXM_OTHER_MODULE (at its port is another one); UXM_NOT_PERMITTED (it is back, but cannot be
 * opened); UXM_CANCELLED.
 */
enum uxm_io uxm_await_return(struct uxm_link *link, struct uxm_teller *teller,
			     const struct uxm_found *before, struct uxm_found *after,
			     struct uxm_failure *why);

#endif
