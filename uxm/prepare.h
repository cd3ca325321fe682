/*
 * The image's part in the update, for update.c alone: what is looked at before the module is
 * touched, and the digest at the end.
 */
#ifndef UXM_PREPARE_H
#define UXM_PREPARE_H

#include "uxm/update.h"

/*
 * Opens the image, reads what decides, decides, and fills in `begin`. OK; FAILED with
 * UXM_IMAGE_REFUSED, UXM_FETCH_FAILED, UXM_USAGE or UXM_CANCELLED.
 */
enum uxm_io uxm_update_prepare(struct uxm_update *update, struct uxm_failure *why);

/* Whether the payload's digest is known beforehand: `begin` has an id. */
bool uxm_update_knows_digest(const struct uxm_update *update);

/*
 * After all has been sent: sets `digest` to the one to commit, that of all that was sent, which
 * must be the one known beforehand if any was. Where only a part was sent, because the module had
 * the rest, the one known beforehand stands, and the module alone can tell. OK; FAILED with
 * UXM_TRANSFER_FAILED: it is another one.
 */
enum uxm_io uxm_update_check_digest(struct uxm_update *update, uint8_t digest[UXM_WIRE_DIGEST_SIZE],
				    struct uxm_failure *why);

#endif
