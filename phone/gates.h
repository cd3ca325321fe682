/*
 * Whether the image that provisioning offers is to be installed now: all the rules, in one function
 * without memory of its own.
 */
#ifndef PHONE_GATES_H
#define PHONE_GATES_H

#include <stdint.h>

#include "phone/record.h"
#include "phone/settings.h"
#include "phone/state.h"

/* Room for a moment in a sentence. */
#define GATE_MOMENT 64

enum gate {
	GATE_NO_OFFER = 0,  /* nothing is offered: no file, no tag, an empty one */
	GATE_POLICY,        /* update_policy forbids it */
	GATE_OWN,           /* the user set firmware_uxm himself ("!"), it is left alone */
	GATE_SAME,          /* firmware_uxm is that URL; or it is the module's, per module */
	GATE_NO_MODULE,     /* none is there, or they are not listed yet */
	GATE_SEVERAL,       /* more than one */
	GATE_NOT_READY,     /* it does not answer, is busy, or an update runs: soon again */
	GATE_NAME,          /* the URL names no image for this module */
	GATE_RUNS,          /* the module runs it: firmware_uxm takes the URL, nothing is fetched */
	GATE_PHONE_VERSION, /* the phone's own firmware is too old for it, or not configured */
	GATE_OLDER,         /* older than what runs, and uxm_allow_older is off */
	GATE_REFUSED,       /* it was refused before: not again until something changes */
	GATE_GIVEN_UP,      /* it failed RECORD_TRIES times */
	GATE_PAUSE,         /* it failed, and is tried again at `until` */
	GATE_LATER,         /* the user said "later": asked again at `until` */
	GATE_ASK,           /* the user is asked */
	GATE_OPEN,          /* now */
};

struct gate_question {
	const char *offer; /* firmware_uxm of the server as it is written there, "" for none */
	const struct phone_settings *settings;
	const struct state *state;
	const struct record *record;
	bool confirmed; /* the user said "update now" to this offer */
	int64_t later;  /* the user said "later": until then; 0: not */
	int64_t now;    /* seconds of the wall clock (time(2)) */
};

struct gate_answer {
	enum gate gate;
	bool older;              /* the image is older than what runs (with OPEN, ASK: said) */
	int64_t until;           /* of PAUSE and LATER */
	char text[UXM_SENTENCE]; /* one sentence for the page and the log */
};

/*
 * The rules (the manual for D7C updates; update_policy): in the order of enum gate, the first that
 * holds answers. All of *answer is set. An "exact match" is one of the URLs as they are written,
 * with "{mac}" in both of them; firmware_uxm is the user's own only while it holds something, so
 * that clearing it starts over. The deprecated policies are read the careful way:
 * never_update_firm as never_update, never_update_boot as settings_only; the two forbid alike.
 */
void gate_judge(const struct gate_question *question, struct gate_answer *answer);

/* Whether update_policy lets provisioning update anything: GATE_OPEN, GATE_ASK, or GATE_POLICY. */
enum gate gate_policy(const struct phone_settings *settings);

/* A moment for a sentence, "2026-11-21 17:40:00 UTC", in the phone's time zone; of a clock that
 * is not set, that it is not known. Returns `text`. */
const char *gate_moment(int64_t when, char text[GATE_MOMENT]);

#endif
