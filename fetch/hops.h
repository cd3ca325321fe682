/*
 * The redirects of one file: where it is asked for now, and whether who asks is told there.
 */
#ifndef FETCH_HOPS_H
#define FETCH_HOPS_H

#include "fetch/transfer.h"
#include "uxm/result.h"

/* So many redirects are followed for one file. */
#define FETCH_REDIRECTS 5

struct fetch_hops {
	char url[FETCH_URL_TEXT];     /* what was asked for first */
	char current[FETCH_URL_TEXT]; /* what is to be asked for now */
	unsigned count;               /* redirects from `url` to `current` */
	struct fetch_access access;
	bool has_access;
};

/* Stands at `url`, which fetch_url_check has passed. Both are copied; `access` may be NULL. */
void fetch_hops_init(struct fetch_hops *hops, const char *url, const struct fetch_access *access);

/* Back to `url`, for another attempt: where a redirect led to may be good for one request only. */
void fetch_hops_restart(struct fetch_hops *hops);

/* Whether a response with that status leads elsewhere by itself: 301, 302, 303, 307, 308. RFC 9110,
 * section 15.4, leaves the others to a person. */
bool fetch_is_redirect(unsigned status);

/*
 * Follows the Location of `response`, a redirect: at most FETCH_REDIRECTS times, to http and https
 * alone, and never from https to http. Returns whether `current` is what is to be asked for next;
 * else *why is UXM_FETCH_FAILED, or UXM_INTERNAL (no memory), and `current` stays.
 */
bool fetch_hops_follow(struct fetch_hops *hops, const struct fetch_response *response,
		       struct uxm_failure *why);

/*
 * Who asks at `current`, into `request`: while scheme, host and port are those of `url`, the access
 * that was given, or else netrc; at any other server nobody.
 */
void fetch_hops_who(const struct fetch_hops *hops, struct fetch_request *request);

#endif
