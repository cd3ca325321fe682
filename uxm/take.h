/*
 * The module's part in the update, for update.c alone: exactly one, and ready for BEGIN.
 */
#ifndef UXM_TAKE_H
#define UXM_TAKE_H

#include "uxm/update.h"

/*
 * Finds the one module, looks whether the image may be for it by its name, claims it, and lets
 * another program's update come to its end first. OK: `found` is open and claimed, `stream` and
 * `survey` are set. END: it runs the image's version already, and that is enough. GONE: it left, or
 * it is not the one that was waited for. STALL, BROKEN: it does not answer as it should. FAILED:
 * UXM_NO_MODULE, UXM_SEVERAL_MODULES, UXM_IMAGE_REFUSED, UXM_BUSY, UXM_NOT_PERMITTED,
 * UXM_CANCELLED, UXM_TRANSFER_FAILED, UXM_INTERNAL.
 */
enum uxm_io uxm_update_take(struct uxm_update *update, struct uxm_failure *why);

#endif
