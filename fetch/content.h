/*
 * How much a response's body brings of a small file, and whether that is taken (RFC 9110, RFC
 * 9112).
 */
#ifndef FETCH_CONTENT_H
#define FETCH_CONTENT_H

#include "fetch/transfer.h"
#include "uxm/deadline.h"
#include "uxm/result.h"

struct fetch_content {
	size_t largest;  /* bytes, 1 or more, as the caller set it */
	bool has_length; /* the server has announced `length` */
	size_t length;   /* at most `largest` */
	bool too_large;  /* more than `largest` were announced, or came */
};

/*
 * Judges a response of status 200; `shown` is its URL as it is shown. Returns whether its body is a
 * file in the clear of at most `largest` bytes, as far as the headers say; else *why is
 * UXM_FETCH_FAILED. Sets *content but for `largest` in both cases.
 */
bool fetch_content_judge(struct fetch_content *content, const struct fetch_response *response,
			 const char *shown, struct uxm_failure *why);

/* The bytes that are taken at most. */
size_t fetch_content_limit(const struct fetch_content *content);

/* More than the limit comes: *why is UXM_FETCH_FAILED and says so. */
void fetch_content_exceeded(struct fetch_content *content, const char *shown,
			    struct uxm_failure *why);

/* What is said (UXM_FETCH_FAILED, or UXM_INTERNAL without memory) when only `came` bytes came:
 * the transfer ended so, not in order; nothing came for `quiet` milliseconds; too little did. */
void fetch_content_broken(const struct fetch_content *content, size_t came, const char *shown,
			  const struct fetch_outcome *outcome, struct uxm_failure *why);
void fetch_content_silent(const struct fetch_content *content, size_t came, const char *shown,
			  uint64_t quiet, struct uxm_failure *why);
void fetch_content_slow(const char *shown, const struct uxm_deadlines *deadlines,
			struct uxm_failure *why);

#endif
