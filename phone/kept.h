/*
 * JSON files in the state folder: what their members must be, and their writing.
 */
#ifndef PHONE_KEPT_H
#define PHONE_KEPT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/result.h"

/* What `text` is, to be deleted. NULL with *why: UXM_USAGE, it is no JSON; UXM_INTERNAL, there is
 * not enough memory. */
cJSON *kept_parse(const char *text, size_t length, struct uxm_failure *why);
/* For want of memory: *why is UXM_INTERNAL, a sentence without its beginning. Returns false. */
bool kept_want(struct uxm_failure *why);

/*
 * The member `key` of an object, as it was written: false, and *to as it was, if there is none, or
 * it is not of this type, does not fit into `room` bytes with its zero, is not clean
 * (text_is_clean) or lies outside +-most.
 */
bool kept_text(char *to, size_t room, const cJSON *object, const char *key);
bool kept_number(int64_t *to, const cJSON *object, const char *key, int64_t most);
/* A number from 0 on. */
bool kept_count(unsigned *to, const cJSON *object, const char *key, unsigned most);
bool kept_switch(bool *to, const cJSON *object, const char *key);

/* The largest whole number up to which a double holds every one (2^53). */
#define KEPT_WHOLE_MOST INT64_C(9007199254740992)

#define KEPT_TEXT(to, object, key) kept_text((to), sizeof(to), (object), (key))

/* Puts a member into an object. False without memory; `object` may be NULL, as one for which there
 * was none. */
bool kept_put_text(cJSON *object, const char *key, const char *text);
bool kept_put_number(cJSON *object, const char *key, int64_t number);
bool kept_put_switch(cJSON *object, const char *key, bool on);
/* Puts an object into a list, if it is `filled`; else, and without memory, it is deleted: false. */
bool kept_put_object(cJSON *list, cJSON *object, bool filled);

/* Writes `file`, which is deleted in any case, as whole_file_write does. One that is not `filled`,
 * for want of memory, is not written: false. */
bool kept_save(const char *path, cJSON *file, bool filled, struct uxm_failure *why);

#endif
