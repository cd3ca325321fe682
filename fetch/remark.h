/*
 * What is said when fetching is interrupted and goes on by itself.
 */
#ifndef FETCH_REMARK_H
#define FETCH_REMARK_H

#include "fetch/transfer.h"
#include "uxm/result.h"

/* What interrupted it. */
enum fetch_break {
	FETCH_BREAK_END = 0, /* the transfer ended so: `end` */
	FETCH_BREAK_STATUS,  /* the response had a status that may pass: `response` */
	FETCH_BREAK_QUIET,   /* nothing came any more */
	FETCH_BREAK_SLOW,    /* what was known already came again, too slowly */
};

struct fetch_broken {
	enum fetch_break what;
	enum fetch_end end;
	const struct fetch_response *response;
	uint64_t came; /* bytes of the image that have come */
	uint64_t size; /* bytes of the image, 0 where the response had not begun */
};

/* Writes the sentence about a break and the `pause` (milliseconds) behind it into remark->text;
 * `shown` is fetch_url_shown's text. The result is UXM_FETCH_FAILED and means nothing. */
void fetch_remark_break(struct uxm_failure *remark, const char *shown,
			const struct fetch_broken *broken, uint64_t pause);

/* The sentence about digest fields that are of no use. */
void fetch_remark_digest(struct uxm_failure *remark, const char *shown);

#endif
