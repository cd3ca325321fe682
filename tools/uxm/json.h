/*
 * JSON lines: one object a line, for programs.
 */
#ifndef TOOLS_UXM_JSON_H
#define TOOLS_UXM_JSON_H

#include <cjson/cJSON.h>

#include "uxm/survey.h"

/* Writes the object as one line, whole, to `descriptor`, and deletes it. A reader that went away is
 * ignored. */
void json_line(int descriptor, cJSON *object);

/* What is known of a module, as an object: port, serial, and if it answered model, version,
 * hardware_level, ... */
cJSON *json_module(const struct uxm_found *found);

#endif
