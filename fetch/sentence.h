/*
 * What is said when fetching fails: one sentence that names the thing, and what to do about it.
 */
#ifndef FETCH_SENTENCE_H
#define FETCH_SENTENCE_H

#include "fetch/transfer.h"
#include "fetch/url.h"
#include "uxm/result.h"

/* Room for a number of seconds as it is said. */
#define FETCH_SECONDS_TEXT 24
/* And for a pause. */
#define FETCH_PAUSE_TEXT   24

/* Writes milliseconds as seconds, below ten with a tenth where there is one, and returns that. */
const char *fetch_sentence_seconds(uint64_t milliseconds, char text[FETCH_SECONDS_TEXT]);

/* `shown` is fetch_url_shown's text of the URL that was asked for last. All set UXM_FETCH_FAILED
 * where nothing else is said, and whether it lasts: the server has no such file, or does not give
 * it. */

/* A transfer ended before its headers were judged; `outcome` is not STOPPED, and COMPLETE by FTP
 * alone, where a response is made up with the first byte. FETCH_NO_MEMORY is UXM_INTERNAL. */
void fetch_sentence_end(struct uxm_failure *why, const char *shown,
			const struct fetch_outcome *outcome);

/* A transfer ended, in whatever way but STOPPED, when `came` of the image's `size` bytes had come.
 */
void fetch_sentence_broken(struct uxm_failure *why, const char *shown,
			   const struct fetch_outcome *outcome, uint64_t came, uint64_t size);

/* The response's status is no success, or none that brings an image. */
void fetch_sentence_status(struct uxm_failure *why, const char *shown,
			   const struct fetch_response *response);

/* The image is not the one that was begun with: by the field `what`, or NULL where the server says
 * so without naming one. */
void fetch_sentence_changed(struct uxm_failure *why, const char *shown, const char *what);

/* The same, where the server sends the whole once more, and it differs in bytes. */
void fetch_sentence_other_bytes(struct uxm_failure *why, const char *shown);

/* More came than the `size` bytes that were announced. */
void fetch_sentence_longer(struct uxm_failure *why, const char *shown, uint64_t size);

/* For `quiet` milliseconds nothing came, of the image (`came` of its `size` bytes had come) or,
 * where `size` is 0, of a response. */
void fetch_sentence_quiet(struct uxm_failure *why, const char *shown, uint64_t quiet, uint64_t came,
			  uint64_t size);

/* A pause that a server asks for, as "600 s"; one that was cut to the most, as "a day or longer".
 */
const char *fetch_sentence_pause(uint32_t seconds, char shown[FETCH_PAUSE_TEXT]);

/* The server asks to be left alone for `retry_after` seconds, which are more than the `most`
 * milliseconds that it is left. */
void fetch_sentence_later(struct uxm_failure *why, const char *shown,
			  const struct fetch_response *response, uint32_t most);

/* Adds to a failure that `attempts` were made, where that is more than one. */
void fetch_sentence_tried(struct uxm_failure *why, unsigned attempts);

/* A redirect leads where it is not followed; `hop` is not OK, `scheme` as fetch_url_follow set it.
 * FETCH_HOP_NO_MEMORY is UXM_INTERNAL. */
void fetch_sentence_hop(struct uxm_failure *why, const char *shown, enum fetch_hop hop,
			const char *scheme);

#endif
