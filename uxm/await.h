/*
 * Waiting for a module that is not there: for its return after the reboot, and for its being
 * plugged in (again). Nothing is claimed; sent are descriptor requests and IDENTITY.
 */
#ifndef UXM_AWAIT_H
#define UXM_AWAIT_H

#include "uxm/progress.h"
#include "uxm/survey.h"

/* Whether `after` is the module that was `before`: the same serial number, at whatever port; where
 * it had none, the same port. */
bool uxm_await_is_same(const struct uxm_found *before, const struct uxm_found *after);

/*
 * Waits until the module that was `before` is back. It is asked for its identity, which *after has
 * with OK and with UXM_OTHER_MODULE; nothing stays open. FAILED: UXM_NOT_BACK_YET;
 * UXM_OTHER_MODULE (at its port is another one); UXM_NOT_PERMITTED (it is back, but cannot be
 * opened); UXM_CANCELLED.
 */
enum uxm_io uxm_await_return(struct uxm_link *link, struct uxm_teller *teller,
			     const struct uxm_found *before, struct uxm_found *after,
			     struct uxm_failure *why);

/*
 * Waits, for as long as it takes, until the module that was `before` is plugged in and answers; of
 * each other one that comes instead a remark is made. Where `before` is NULL every module will do,
 * and whether it answers is left to the caller. OK; FAILED: UXM_NOT_PERMITTED (it is there, but
 * cannot be opened), UXM_CANCELLED, UXM_INTERNAL (the bus cannot be looked at).
 */
enum uxm_io uxm_await_plug(struct uxm_link *link, struct uxm_teller *teller,
			   const struct uxm_found *before, struct uxm_failure *why);

/*
 * Waits, for as long as it takes, until exactly one module is there, and that is not `done`, which
 * is left alone for as long as it stays on the bus (NULL: none). More than one are remarked on, and
 * waited for to be one. A module that may not be opened is waited for as udev rules need, and then
 * taken for one. OK; FAILED: UXM_CANCELLED, UXM_INTERNAL (the bus cannot be looked at).
 */
enum uxm_io uxm_await_next(struct uxm_link *link, struct uxm_teller *teller,
			   const struct uxm_candidate *done, struct uxm_failure *why);

/*
 * A transfer failed: whether the module leaves the bus now, for so an unplug shows before the hub
 * tells of it. Waits for that for at most `deadlines.leave`, not at all when it has left. GONE: it
 * does. OK: it stays, as far as one can see. FAILED: UXM_CANCELLED. But for that *why is left as it
 * is.
 */
enum uxm_io uxm_await_leave(struct uxm_link *link, const struct uxm_candidate *candidate,
			    struct uxm_failure *why);

#endif
