/*
 * The record's inside, for record.c and record_file.c alone.
 */
#ifndef PHONE_RECORD_INSIDE_H
#define PHONE_RECORD_INSIDE_H

#include "phone/record.h"

struct record {
	size_t module_count;
	struct record_module *modules[RECORD_MODULES]; /* the latest first */
	size_t failure_count;
	struct record_failure *failures[RECORD_FAILURES]; /* the latest first */
	struct record_phone phone;
};

/* Puts a copy before the others; of too many the last goes. False without memory. */
bool record_put_module(struct record *record, const struct record_module *module);
bool record_put_failure(struct record *record, const struct record_failure *failure);

#endif
