/*
 * What is remembered of updates by provisioning over restarts: which modules took which URL, and
 * how often a URL has failed on a module.
 */
#ifndef PHONE_RECORD_H
#define PHONE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "phone/journal.h"
#include "phone/settings.h"
#include "uxm/result.h"

/* How often the same URL is tried on the same module; the seconds before the second try, and the
 * longest: each pause is four times the one before, at random between half and one and a half. */
#define RECORD_TRIES      5u
#define RECORD_PAUSE      300
#define RECORD_PAUSE_MOST 21600
/* Modules that are remembered; of more the one goes that was updated the longest time ago. */
#define RECORD_MODULES    1024

struct record_module {
	char serial[STATE_TEXT];
	char model[16];
	char url[JOURNAL_SOURCE]; /* that it is known to run */
	int64_t when;             /* seconds of the wall clock */
};

/* The latest URL that failed, on one module. */
struct record_failure {
	char url[JOURNAL_SOURCE]; /* "" for none */
	char serial[STATE_TEXT];
	unsigned tries;    /* that failed; 0: it was refused, and is not tried again */
	uint32_t settings; /* record_fingerprint of the settings when it was refused */
	int64_t next;      /* not before, seconds of the wall clock */
	enum uxm_result result;
	char text[UXM_SENTENCE];
};

struct record;

/* Empty; NULL without memory. */
struct record *record_new(void);
void record_free(struct record *record);

/* As journal_load and journal_save. */
bool record_load(struct record *record, const char *path, struct uxm_failure *why);
bool record_save(const struct record *record, const char *path, struct uxm_failure *why);

/* The URL that this module took last, or NULL. Modules without a serial number are never found. */
const struct record_module *record_find(const struct record *record, const char *serial);
/* By number, the latest first; NULL behind the last. */
const struct record_module *record_module(const struct record *record, size_t number);
/* The module runs it: remembered, and a failure of it is forgotten. */
bool record_done(struct record *record, const char *serial, const char *model, const char *url,
		 int64_t now);
/* "Clearing firmware_uxm starts over": no module is done, nothing failed. */
void record_clear(struct record *record);

/* The failure of this URL on this module, or NULL: another, or none, or (refused) the settings that
 * bear on it are others now. */
const struct record_failure *record_failure(const struct record *record, const char *url,
					    const char *serial,
					    const struct phone_settings *settings);
/*
 * An update by provisioning failed. Codes 5 (refused), and 6 where the server refuses for good (`no
 * such file`: `lasting`), are not tried again; 12 and 13 count as tries too. `drawn` is any number,
 * for chance's part in the pause.
 */
void record_fail(struct record *record, const char *url, const char *serial,
		 const struct phone_settings *settings, enum uxm_result result, bool lasting,
		 const char *text, int64_t now, uint32_t drawn);

#endif
