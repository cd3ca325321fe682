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

struct state_module {
	char port[40];
	char serial[STATE_TEXT];
	char model[16];
	char version[16];
	unsigned hardware_level;
	char protocol[16];
	char status[32]; /* its state */
	char error[512]; /* why it does not answer, "" if it does */
};

enum state_phase {
	STATE_IDLE = 0,
	STATE_RUNNING,   /* can be cancelled */
	STATE_COMMITTED, /* can no longer be stopped */
	STATE_ENDED,     /* `result` and `text` */
};

struct state_update {
	enum state_phase phase;
	char source[512];  /* the URL as it may be shown, or the uploaded file's name */
	char step[16];     /* as uxm's progress lines name it */
	uint64_t accepted; /* bytes */
	uint64_t size;     /* bytes, 0: not known */
	unsigned percent;
	double rate; /* bytes per second, 0: not known */
	enum uxm_result result;
	char text[UXM_SENTENCE]; /* of the result, or a crash */
	char note[512];          /* the last remark */
	char serial[STATE_TEXT]; /* of the module */
	char version[16];        /* of the image */
	time_t ended;            /* when; 0: not yet */
};

struct state {
	uint64_t revision; /* rises with every change */
	bool looked;       /* the modules have been listed once */
	size_t modules_count;
	struct state_module modules[STATE_MODULES_MOST];
	char modules_error[UXM_SENTENCE]; /* why they could not be listed, "" if they could */
	struct state_update update;
	/* Of the installation. */
	const char *phone_type;
	const char *phone_version;
	const char *mac;
};

/* One object of `uxm list --json` into the table; false if it is none. `state_begin_list` empties
 * it first. */
void state_begin_list(struct state *state);
bool state_take_module(struct state *state, const cJSON *line);
/* A line of a job (progress, note, result) into `update`; false if it is none of them. Every text
 * is cut and cleaned, every number checked: the lines come from another process. */
bool state_take_line(struct state *state, const cJSON *line);

/* Whether the one module that is there may be updated by this phone at all, and the sentence that
 * says what is missing (exactly one module; the phone's version at least the model's minimum,
 * domain.md), for before one presses. */
bool state_is_ready(const struct state *state, struct uxm_failure *why);

/* status.json: a new object, NULL without memory. No secrets. */
cJSON *state_json(const struct state *state);

#endif
