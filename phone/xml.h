/*
 * Reading XML, by expat: which elements are entered, which ones' text is wanted, and where
 * something is wrong. Depth is bounded, a doctype is refused, so there are no entities but the
 * predefined ones.
 */
#ifndef PHONE_XML_H
#define PHONE_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "uxm/result.h"

/* What becomes of an element. */
enum xml_step {
	XML_ENTER = 0, /* its elements are asked about, its text is passed over */
	XML_VALUE,     /* its text is wanted; it must not hold an element */
	XML_PASS,      /* it is passed over, with all that stands in it */
	XML_REFUSE,    /* the text is refused; *why says so */
};

struct xml_calls {
	/* An element begins; `depth` is 1 for the outermost. `attributes` are names and values in
	 * turns, and a NULL. */
	enum xml_step (*open)(void *self, unsigned depth, const char *name,
			      const char *const *attributes, struct uxm_failure *why);
	/* The text of the XML_VALUE before, without its comments; `length` is strlen of it. False
	 * refuses it with *why. */
	bool (*value)(void *self, const char *text, size_t length, struct uxm_failure *why);
	void *self;
};

struct xml_options {
	struct xml_calls calls;
	unsigned deep;         /* how deep elements may stand in each other */
	const char *encoding;  /* that the text has, whatever it declares, or NULL */
	enum uxm_result wrong; /* of what is refused because of the text */
};

/*
 * Reads `text`. Returns true, or false with *why: `options.wrong`, or UXM_INTERNAL without memory,
 * and a sentence without its beginning; or what a call said. *offset is then the byte where that
 * is.
 */
bool xml_read(const struct xml_options *options, const char *text, size_t length, size_t *offset,
	      struct uxm_failure *why);

/* Puts "line N, column N: ", counted from 1 in characters of UTF-8, before the sentence of *why;
 * `offset` is a byte of `text`, or its end. */
void xml_say_where(const char *text, size_t length, size_t offset, struct uxm_failure *why);

#endif
