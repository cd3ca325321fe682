/*
 * What is remembered of updates by provisioning over restarts: which modules took which URL, how
 * often a URL has failed on a module, and how often the phone's own update was begun.
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
/* A wall clock before this (2020) was not set since the phone was switched on. */
#define RECORD_CLOCK_SET  1577836800
/* Modules that are remembered; of more the one goes that was updated the longest time ago. */
#define RECORD_MODULES    1024
/* Failures that are remembered, one for each URL and module; of more the oldest goes. */
#define RECORD_FAILURES   8

struct record_module {
	char serial[STATE_TEXT];
	char model[16];
	char *url;    /* that it is known to run; shorter than JOURNAL_SOURCE */
	int64_t when; /* seconds of the wall clock */
};

/* A pause before the next try. The wall clock tells how much of it is left at a start alone; from
 * there on it counts on the clock that only goes forward, wherever the wall clock jumps. */
struct record_pause {
	int64_t next;   /* its end by the wall clock, in seconds, as it is written down; 0: no pause
			 */
	int64_t length; /* seconds */
	/* As record_clock found them last; not written down. */
	int64_t again;  /* its end by the wall clock as it was then */
	uint64_t until; /* its end by the clock that only goes forward, milliseconds */
	bool seen;      /* `until` is set */
	bool doubted; /* `next` could not be right, and `until` is the whole length from then on */
};

/* A URL that failed on a module. */
struct record_failure {
	char url[JOURNAL_SOURCE];
	char serial[STATE_TEXT]; /* "" for a module without one */
	unsigned tries;          /* at most RECORD_TRIES */
	bool refused;            /* it is not tried again while the fingerprint is this */
	uint32_t fingerprint;    /* record_fingerprint when it began */
	struct record_pause pause;
	enum uxm_result result;
	char text[UXM_SENTENCE]; /* how it ended; "" where the end was not seen */
};

/* The phone's own update, of the URL that was begun last. */
struct record_phone {
	char url[JOURNAL_SOURCE]; /* "" for none */
	char version[24];         /* of the phone's firmware when it began, "" where not known */
	unsigned tries;           /* at most RECORD_TRIES */
	bool begun;               /* its end was not seen */
	struct record_pause pause;
	char text[UXM_SENTENCE]; /* how it ended; "" where the end was not seen */
};

struct record;

/* Empty; NULL without memory. */
struct record *record_new(void);
/* NULL is harmless. */
void record_free(struct record *record);

/* Reads the file; none is an empty record. False with *why as whole_file_load: UXM_USAGE, it was
 * set aside; UXM_INTERNAL, it stays, as it may be good (whole_file_load). The record is empty then.
 */
bool record_load(struct record *record, const char *path, struct uxm_failure *why);
/* Writes it as whole_file_write does. Returns whether it is there for good; else *why is
 * UXM_INTERNAL. */
bool record_save(const struct record *record, const char *path, struct uxm_failure *why);

/* ---- modules that are done ---- */

/* What this module took last, or NULL. Modules without a serial number are never found. */
const struct record_module *record_find(const struct record *record, const char *serial);
/* By number, the latest first; NULL behind the last. */
const struct record_module *record_module(const struct record *record, size_t number);
/* The module runs it: remembered (if it has a serial number), and a failure of it is forgotten.
 * False without memory, or of a text that is too long: nothing is remembered then. */
bool record_done(struct record *record, const char *serial, const char *model, const char *url,
		 int64_t now);
/* "Clearing firmware_uxm starts over": no module is done, nothing failed. */
void record_clear(struct record *record);

/* ---- failures ---- */

/*
 * What an image may have been refused for besides itself, in one number: the settings about older
 * images, keys, signatures, authorities and modules' ids, the version that the module runs and the
 * phone's own (NULL for not known).
 */
uint32_t record_fingerprint(const struct phone_settings *settings, const char *module_version,
			    const char *phone_version);

/* The failure of this URL on this module; NULL: none, or it was refused and the fingerprint is
 * another now. */
const struct record_failure *record_failure(const struct record *record, const char *url,
					    const char *serial, uint32_t fingerprint);

/*
 * An update is about to begin. It counts as a try from here on, so that one whose end nobody sees
 * (the power fails each time) comes to its end too: the first such is tried again at once, later
 * ones after the pause of the failure before. False, and nothing is remembered, without memory.
 */
bool record_begin(struct record *record, const char *url, const char *serial, uint32_t fingerprint,
		  int64_t now);
/* It could not begin after all, for a reason that is not the image's: no try. */
void record_withdraw(struct record *record, const char *url, const char *serial);
/*
 * What record_begin began has failed. UXM_IMAGE_REFUSED, and `lasting` ones (a server that has no
 * such file), are not tried again; any other, cancelled and busy too, after a pause. `text`: how it
 * ended. `drawn` is any number, for chance's part in the pause.
 */
void record_fail(struct record *record, const char *url, const char *serial, enum uxm_result result,
		 bool lasting, const char *text, int64_t now, uint32_t drawn);

/* ---- the phone's own update ---- */

/* What is known of this URL's, or NULL. */
const struct record_phone *record_phone(const struct record *record, const char *url);
/* As record_begin, with the version that the phone runs ("" or NULL where it is not known); false,
 * and nothing is remembered, if the URL is too long. */
bool record_phone_begin(struct record *record, const char *url, const char *version, int64_t now);
/* It could not begin after all, and not by its own fault: no try. */
void record_phone_withdraw(struct record *record);
/* It could not begin, as one that was begun before still runs: what was known before is known
 * again. If that was the one of this URL, it is not tried again before its end could be seen. */
void record_phone_runs(struct record *record, const struct record_phone *before, int64_t now);
/* What was begun has failed. */
void record_phone_fail(struct record *record, const char *text, int64_t now, uint32_t drawn);
/* It has ended well: nothing is known of it any more. */
void record_phone_done(struct record *record);

/* ---- the clock ---- */

/*
 * What the pauses are by both clocks, in seconds and in milliseconds; before pauses are asked for.
 * One whose end is further away than it is long, or was written down before the clock was set,
 * begins anew, which is not written down; when the clock is set, what is left of it is known again.
 * A clock that jumps forward does not end a pause early: what is written down moves with it.
 * Returns whether that is to be saved.
 */
bool record_clock(struct record *record, int64_t now, uint64_t clock);

#endif
