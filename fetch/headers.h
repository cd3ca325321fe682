/*
 * The lines of a response's headers (RFC 9112, sections 4 and 5) into the facts that fetching
 * needs.
 */
#ifndef FETCH_HEADERS_H
#define FETCH_HEADERS_H

#include "fetch/transfer.h"

/* What a line did. */
enum fetch_line {
	FETCH_LINE_MORE = 0,  /* further lines belong to it */
	FETCH_LINE_COMPLETE,  /* it was the empty line: `response` is complete */
	FETCH_LINE_TOO_LARGE, /* all lines together are more than FETCH_HEADERS */
};

struct fetch_headers {
	struct fetch_response response;
	size_t bytes; /* of all lines so far, those of 1xx responses too */
	/* Dates in seconds (fetch/date.h), which mean something only when all lines have come. */
	bool has_date;
	bool has_modified;
	bool has_retry_date;
	int64_t date;       /* Date */
	int64_t modified;   /* Last-Modified */
	int64_t retry_date; /* Retry-After, where it is one */
};

/* Begins a transfer: nothing has come. */
void fetch_headers_clear(struct fetch_headers *headers);

/*
 * Takes one line, `length` bytes, with or without its line end. A status line begins a response and
 * forgets the one before; the end of a 1xx response, after which another follows, is
 * FETCH_LINE_MORE. What is not understood is passed over.
 */
enum fetch_line fetch_headers_line(struct fetch_headers *headers, const char *line, size_t length);

#endif
