/*
 * JSON lines: one object a line, for programs.
 */
#ifndef TOOLS_UXM_JSON_H
#define TOOLS_UXM_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "uxm/survey.h"

/* How long, in milliseconds, is waited for a reader: progress is left out, remarks and the end are
 * not. */
#define JSON_PATIENCE_PROGRESS 0
#define JSON_PATIENCE_NOTE     1000
#define JSON_PATIENCE_END      5000

/*
 * Writes `length` bytes, or none of them when the descriptor cannot be written to within `patience`
 * milliseconds. Returns whether all were written: a reader of progress that went away is ignored.
 */
bool json_text(int descriptor, const char *text, size_t length, int patience);

/* Writes the object as one line, as json_text, and deletes it. */
bool json_line(int descriptor, cJSON *object, int patience);

/* Writes the object as a line of standard output, which is what the command was asked for, and
 * deletes it. */
void json_print(cJSON *object);

/* Returns whether all that was printed was written, as ferror() does not know of it. */
bool json_printed(void);

/* What is known of a module, as an object: port, serial, and if it answered model, version,
 * hardware_level, ... */
cJSON *json_module(const struct uxm_found *found);

#endif
