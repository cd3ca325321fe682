/*
 * Which modules are there, and what each says of itself. One place for listing, for "exactly one"
 * and for the look after the reboot. Nothing is claimed; sent are descriptor requests, IDENTITY,
 * and STATUS where it is asked for.
 */
#ifndef UXM_SURVEY_H
#define UXM_SURVEY_H

#include "uxm/stream.h"

/* How many modules are looked at; more are counted only. */
#define UXM_SURVEY_MOST 16

struct uxm_found {
	struct uxm_candidate candidate;
	char serial[UXM_SERIAL_TEXT]; /* "" where it has none, or could not be asked */
	enum uxm_io io;               /* OK: `identity` holds; else `why` does */
	struct uxm_identity identity;
	struct uxm_status status; /* where it was asked for and io is OK */
	struct uxm_failure why;
};

struct uxm_survey {
	size_t count; /* how many there are; entries up to UXM_SURVEY_MOST are filled */
	struct uxm_found found[UXM_SURVEY_MOST];
};

/*
 * Looks at the bus afresh and asks every module found for its serial number and IDENTITY, and for
 * STATUS when `with_status`. A module that cannot be asked has that in its entry. No device may be
 * open; none is afterwards. OK; FAILED: the bus cannot be looked at, or UXM_CANCELLED.
 */
enum uxm_io uxm_survey(struct uxm_link *link, bool with_status, struct uxm_survey *survey,
		       struct uxm_failure *why);

/* Opens `candidate`, of the last scan, and asks it as above; leaves it open when OK, else closed.
 */
enum uxm_io uxm_survey_open(struct uxm_link *link, const struct uxm_candidate *candidate,
			    bool with_status, struct uxm_found *found);

/*
 * The rule: exactly one. Returns true when there is; else *why says UXM_NO_MODULE, or
 * UXM_SEVERAL_MODULES with the port path, model, serial number and version of all of them.
 */
bool uxm_survey_is_one(const struct uxm_survey *survey, struct uxm_failure *why);

#endif
