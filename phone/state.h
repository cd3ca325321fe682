/*
 * What uxmd knows at the moment: the modules, the update that runs or ran last. Pages, status.json
 * and the event stream are pictures of it.
 */
#ifndef PHONE_STATE_H
#define PHONE_STATE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "uxm/result.h"

/* As uxm/survey.h lists them. */
#define STATE_MODULES_MOST 16
#define STATE_TEXT         128
#define STATE_LONG         512

struct state_module {
	char port[40];
	char serial[STATE_TEXT];
	char model[16];
	char version[24];
	unsigned hardware_level;
	char protocol[16];
	char status[32];        /* its state */
	char error[STATE_LONG]; /* why it does not answer, "" if it does */
};

/* The modules, as `uxm list` tells them one by one. */
struct state_list {
	size_t count;
	struct state_module modules[STATE_MODULES_MOST];
};

enum state_phase {
	STATE_IDLE = 0,
	STATE_RUNNING,   /* can be cancelled */
	STATE_COMMITTED, /* can no longer be stopped */
	STATE_ENDED,     /* `result` and `text` */
};

struct state_update {
	enum state_phase phase;
	bool cancelling;         /* it was asked to end, and still can be */
	char source[STATE_LONG]; /* the URL as it may be shown, or the uploaded file's name */
	char step[16];           /* as uxm's progress lines name it; "" before the first */
	uint64_t accepted;       /* bytes; never less than before */
	uint64_t size;           /* bytes, 0: not known */
	unsigned percent;        /* of the step, at most 100 */
	double rate;             /* bytes per second, 0: not known */
	enum uxm_result result;
	char text[UXM_SENTENCE]; /* of the result, or of a crash */
	char note[STATE_LONG];   /* the last remark */
	char serial[STATE_TEXT]; /* of the module */
	char version[24];        /* of the image */
	time_t ended;            /* when; 0: not yet */
};

/* Updates by provisioning. */
struct state_provision {
	bool configured;         /* a server is set */
	bool looking;            /* a look is under way */
	bool asking;             /* the user is asked whether to install `offer` */
	char offer[STATE_LONG];  /* the URL that is offered, as it may be shown; "" for none */
	char question[16];       /* what an answer has to name, "" for no question */
	char text[UXM_SENTENCE]; /* why it is installed, or is not; "" before the first look */
	char look[UXM_SENTENCE]; /* how the last look ended, "" for well or none yet */
	time_t looked;           /* when the last look ended, 0: none yet */
	time_t next;             /* when the next look is, 0: none is planned */
};

struct state {
	uint64_t revision; /* rises with every change */
	bool looked;       /* the modules have been listed once */
	struct state_list list;
	char list_error[UXM_SENTENCE]; /* why they could not be listed, "" if they could */
	struct state_update update;
	struct state_provision provision;
	/* Of the installation; "" or NULL where it is not configured. */
	const char *phone_type;
	const char *phone_version;
	const char *mac;
};

/*
 * One object of `uxm list --json` behind the list. Every text is cut and cleaned, every number
 * checked: lines come from another process. False, and nothing changed, if it is none (it has no
 * "port"), or the list is full.
 */
bool state_list_take(struct state_list *list, const cJSON *line);

/* The modules are these; or, with `error`, they could not be listed, and none is known. */
void state_set_list(struct state *state, const struct state_list *list, const char *error);

/*
 * The module that an update's result line names as `returned`: until the next list it takes the
 * place of the one with the same serial number, or of the same port where it has none, or a place
 * behind the others. It is idle. Anything else than such an object is ignored.
 */
void state_returned(struct state *state, const cJSON *returned);

/* An update begins: of this source, which may be shown, onto the module with this serial number. */
void state_begin(struct state *state, const char *source, const char *serial, const char *version);

/*
 * A line of a job (progress, note, result) into `update`; false, and nothing changed, if it is none
 * of them. A step from "commit" on means that COMMIT is sent. A result does not end the update:
 * the process does, and state_end.
 */
bool state_take_line(struct state *state, const cJSON *line);

/* It was asked to end, or remarked on by uxmd itself. */
void state_cancelling(struct state *state);
void state_note(struct state *state, const char *note);

/* The update has ended. */
void state_end(struct state *state, enum uxm_result result, const char *text, time_t now);

/*
 * The oldest version of the phone's own firmware with which this model is updated: 10.1.64.14 for a
 * D7C (the manual for D7C updates), 8.9.3.68 for a UXM (service.snom.com/x/-qj3DQ); NULL
 * where none is known, as for a D8C.
 */
const char *state_phone_minimum(const char *model);

/*
 * Whether the one module that is there may be updated by this phone at all, for before one presses.
 * False with *why: the modules have not been listed yet (UXM_BUSY), cannot be (UXM_INTERNAL), there
 * is none (UXM_NO_MODULE), there is more than one (UXM_SEVERAL_MODULES), it does not answer
 * (UXM_BUSY), or the phone's version is older than the model needs, or not configured where one is
 * needed (UXM_IMAGE_REFUSED).
 */
bool state_is_ready(const struct state *state, struct uxm_failure *why);

/*
 * status.json: a new object, NULL without memory. No secrets. Its members, where what is not known
 * is null:
 *   revision          a number that rises with every change
 *   phone             {type, version, mac}
 *   modules           [{port, serial, model, version, hardware_level, protocol, state, error}];
 *                     error is null, or why it does not answer, and then port and serial alone are
 *                     known; null as a whole while they have not been listed
 *   modules_error     why they could not be listed
 *   ready             true when an update could begin, but for one that runs
 *   not_ready         the sentence that says what is missing
 *   update            {phase: idle running committed ended, cancelling, source, step, accepted,
 *                     size, percent, bytes_per_second, seconds_left, note, serial, version, result,
 *                     code, text, ended}; result (as uxm's JSON lines name it), code, text and
 *                     ended (RFC 3339, UTC) are known with the phase "ended"
 *   provisioning      {configured, looking, asking, offer, question, text, look, looked, next}: as
 *                     struct state_provision has them; looked and next as RFC 3339, UTC
 */
cJSON *state_json(const struct state *state);

#endif
