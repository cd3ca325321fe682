/*
 * One JSON object out of a descriptor: bounded, in time too, and overwritten when it is done with,
 * because it may hold passwords.
 */
#ifndef TOOLS_UXM_DOCUMENT_H
#define TOOLS_UXM_DOCUMENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "uxm/result.h"

/* The largest document, in bytes, and how long its writer has, in milliseconds. */
#define DOCUMENT_MOST     65536u
#define DOCUMENT_PATIENCE 10000

/*
 * Reads the descriptor until it ends; it may be a pipe, a socket or a file. `what` is what
 * sentences call the document, as in "The job"; its contents are not quoted. Returns true with
 * *object set, and document_forget is due; or false with *why: UXM_USAGE when it cannot be read, is
 * larger than DOCUMENT_MOST, has not ended after `patience` milliseconds, or is not one JSON object
 * (RFC 8259, in which no text holds a zero character); UXM_INTERNAL without memory.
 */
bool document_read(int descriptor, const char *what, int patience, cJSON **object,
		   struct uxm_failure *why);

/* Overwrites all texts in it and frees it. NULL is harmless. */
void document_forget(cJSON *object);

#endif
