/*
 * A form with one file, the file last (multipart/form-data, RFC 7578): fields go into a form, and
 * the file's bytes are handed on as they come, none of them kept. libmicrohttpd's own reader does
 * not tell how long a file is; here it is known as soon as the file begins.
 */
#ifndef PHONE_MULTIPART_H
#define PHONE_MULTIPART_H

#include <stdint.h>

#include "phone/form.h"

/* RFC 2046, section 5.1.1: at most 70 characters. */
#define MULTIPART_BOUNDARY 70
/* A part's header line, a field's value. Longer ones are refused. */
#define MULTIPART_LINE     1024
#define MULTIPART_NAME     256

enum multipart_event {
	MULTIPART_MORE = 0, /* all of the input was used; the next piece is needed */
	MULTIPART_FILE,     /* the file begins: `file_name`, `file_size` */
	MULTIPART_BYTES,    /* bytes of the file: multipart_took says how many were used */
	MULTIPART_END,      /* the last boundary came; what follows is passed over */
	MULTIPART_BAD,      /* this is no such form, or not within the limits */
};

enum multipart_state {
	MULTIPART_AT_BOUNDARY = 0, /* `matched` bytes of the delimiter came */
	MULTIPART_BEHIND_BOUNDARY,
	MULTIPART_IN_HEADER,
	MULTIPART_IN_FIELD,
	MULTIPART_IN_FILE,
	MULTIPART_ENDED,
	MULTIPART_FAILED,
};

struct multipart {
	enum multipart_state state;
	struct form *form;
	uint64_t total; /* bytes of the whole body */
	uint64_t at;    /* bytes of it that were used */
	char delimiter[4 + MULTIPART_BOUNDARY + 1];
	size_t delimiter_length;
	size_t matched;
	size_t replay;    /* bytes of the delimiter's beginning that turned out to be the file's */
	size_t replay_at; /* from where in the delimiter */
	char line[MULTIPART_LINE];
	size_t line_length;
	char name[MULTIPART_NAME]; /* of the part; "" before it was said */
	bool is_file;
	char file_name[MULTIPART_NAME];
	uint64_t file_size; /* if the file is the last part, as the body's length has it */
};

/*
 * Begins: `content_type` is the header's value, with its boundary; `total` the body's length;
 * `form` takes the fields. False if it is no multipart/form-data with a boundary.
 */
bool multipart_begin(struct multipart *multipart, const char *content_type, uint64_t total,
		     struct form *form);

/*
 * Reads on in `input`, of which *used bytes were used before (and counts on there), up to the next
 * event. With MULTIPART_BYTES, *bytes and *count are of the file and valid until the next call;
 * what multipart_took does not say is given again.
 */
enum multipart_event multipart_next(struct multipart *multipart, const char *input, size_t length,
				    size_t *used, const char **bytes, size_t *count);

/* After MULTIPART_BYTES: `count` of them were used. */
void multipart_took(struct multipart *multipart, size_t count, size_t *used);

#endif
