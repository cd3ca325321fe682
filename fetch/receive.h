/*
 * What a response to download.c's requests is taken for, and which bytes of its body go into the
 * ring.
 */
#ifndef FETCH_RECEIVE_H
#define FETCH_RECEIVE_H

#include "fetch/download.h"

/*
 * Who receives for `download`. A response leaves it in FETCH_PHASE_BODY, or in FETCH_PHASE_FAILED
 * with its `failure`, or as it is, with `next` saying what follows. A body is counted, compared
 * with what came before, and appended to the ring; one that is wrong is FETCH_PHASE_FAILED.
 */
struct fetch_receiver fetch_receive(struct fetch_download *download);

/* Whether bytes that do not belong together are found at the end (fetch/witness.h). */
bool fetch_receive_is_guarded(const struct fetch_download *download);

/* Whether the image's bytes come once more, and those that are known have not all been compared. */
bool fetch_receive_compares(const struct fetch_download *download);

#endif
