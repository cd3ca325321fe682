/*
 * Versions of firmware: up to four numbers, the most significant first, as in 1.6.1 or 10.1.64.14.
 */
#ifndef UXM_VERSION_H
#define UXM_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UXM_VERSION_PARTS 4
/* Room for the text of any version: four numbers of five digits, three dots, the final zero. */
#define UXM_VERSION_TEXT  24

/* Numbers that were not given are 0, so 1.6 and 1.6.0.0 are the same version. */
struct uxm_version {
	uint16_t part[UXM_VERSION_PARTS];
};

/*
 * Reads `length` bytes of `text`: one to four decimal numbers of 0 to 65535 with single dots
 * between them, and nothing else. Returns whether it was that; *version is set only then.
 */
bool uxm_version_parse(const char *text, size_t length, struct uxm_version *version);

/* Returns less than, equal to or more than 0 as `a` is older than, the same as or newer than `b`.
 */
int uxm_version_compare(const struct uxm_version *a, const struct uxm_version *b);

/* Writes the version's text, with three numbers, or four where the fourth is not 0; returns `text`.
 */
const char *uxm_version_text(const struct uxm_version *version, char text[UXM_VERSION_TEXT]);

#endif
