/*
 * What a form says: names and values out of a query or a body (application/x-www-form-urlencoded,
 * URL Standard section 5), in pieces of any size, in a fixed room.
 */
#ifndef PHONE_FORM_H
#define PHONE_FORM_H

#include <stdbool.h>
#include <stddef.h>

/* Room for all decoded names and values, and how many of them. */
#define FORM_ROOM  65536u
#define FORM_PAIRS 128u

enum form_fault {
	FORM_FINE = 0,
	FORM_TOO_LARGE, /* more than the room */
	FORM_MALFORMED, /* "%" without two digits, or a NUL */
};

struct form {
	enum form_fault fault;
	size_t length; /* of `text` */
	size_t count;
	struct {
		size_t name; /* where it begins in `text`, ended by '\0' */
		size_t value;
	} pairs[FORM_PAIRS];
	/* Of the pair that is being read. */
	bool open; /* something of it came */
	bool in_value;
	unsigned hex; /* digits that are still to come */
	unsigned code;
	size_t begin;
	char text[FORM_ROOM];
};

/* Empty. The text is not touched, so that it takes no memory before it is used. */
void form_begin(struct form *form);

/* Reads the next piece. False: it has a fault, and stays so. */
bool form_feed(struct form *form, const char *piece, size_t length);

/* The body, or the query, ends here; another may follow it. As form_feed. */
bool form_end(struct form *form);

/* Adds a pair as it is. As form_feed. */
bool form_add(struct form *form, const char *name, const char *value);

/* The last value of that name, NULL where there is none. */
const char *form_value(const struct form *form, const char *name);
/* The pair `i`, below `count`. */
const char *form_pair(const struct form *form, size_t i, const char **value);

/* Takes blanks and line ends around the values of that name off, as HTML does with URLs: they come
 * with what is pasted, and are not seen. */
void form_trim(struct form *form, const char *name);

/* Overwrites what was read: it may be a password. */
void form_forget(struct form *form);

#endif
