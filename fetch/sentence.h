/*
 * What is said when fetching fails: one sentence that names the thing, and what to do about it.
 */
#ifndef FETCH_SENTENCE_H
#define FETCH_SENTENCE_H

#include "fetch/transfer.h"
#include "fetch/url.h"
#include "uxm/result.h"

/* `shown` is fetch_url_shown's text of the URL that was asked for last. All set UXM_FETCH_FAILED
 * where nothing else is said. */

/* A transfer ended before its headers were judged; `outcome` is neither COMPLETE nor STOPPED.
 * FETCH_NO_MEMORY is UXM_INTERNAL. */
void fetch_sentence_end(struct uxm_failure *why, const char *shown,
			const struct fetch_outcome *outcome);

/* A transfer ended, in whatever way but STOPPED, when `came` of the image's `size` bytes had come.
 */
void fetch_sentence_broken(struct uxm_failure *why, const char *shown,
			   const struct fetch_outcome *outcome, uint64_t came, uint64_t size);

/* The response's status is no success, or none that brings an image. */
void fetch_sentence_status(struct uxm_failure *why, const char *shown,
			   const struct fetch_response *response);

/* A redirect leads where it is not followed; `hop` is not OK, `scheme` as fetch_url_follow set it.
 * FETCH_HOP_NO_MEMORY is UXM_INTERNAL. */
void fetch_sentence_hop(struct uxm_failure *why, const char *shown, enum fetch_hop hop,
			const char *scheme);

#endif
