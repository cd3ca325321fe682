/*
 * A job: one run of `uxm` as a process of its own. Orders go to it as one JSON object on a
 * descriptor, nothing from outside ever stands in its argument vector; it answers in JSON lines.
 * The command of the phone's own update is one too, of fewer words.
 */
#ifndef PHONE_JOB_H
#define PHONE_JOB_H

#include <cjson/cJSON.h>

#include "phone/loop.h"
#include "uxm/result.h"

/* The longest line that a job may say, in bytes with its end; a longer one ends it. */
#define PHONE_JOB_LINE 16384u

/* Milliseconds from SIGTERM to SIGKILL. */
#define PHONE_JOB_PATIENCE 5000u

enum job_kind {
	JOB_LIST = 0, /* uxm list --json */
	JOB_UPDATE,   /* uxm update --job 3 */
	JOB_CHECK,    /* uxm check --job 3 */
	JOB_PHONE,    /* the command of the phone's own update; what it prints is not read as lines,
			 it may be silent for ever, as half a phone is worse than one that waits,
			 and it may end with any code: all but 0 are JOB_CRASHED */
};

/* How a job ended. */
enum job_end {
	JOB_EXITED = 0, /* `code` is one of enum uxm_result */
	JOB_CRASHED,    /* by a signal, or with a code that is none of those */
	JOB_SILENT,     /* said nothing for longer than it may, and was ended */
	JOB_GARBLED,    /* said what is no JSON line, or too long a one, and was ended */
};

struct job_watcher {
	/* A line, an object. `line` is valid until the return. The job may be freed. */
	void (*line)(void *self, const cJSON *line);
	/* A committed job has said nothing for longer than it may. It is left to go on; called once
	 * for each such time. */
	void (*silent)(void *self);
	/* It has ended and was reaped; `code` counts with JOB_EXITED. `last_words` is the last line
	 * of its standard error, clean, "" for none. The job may be freed, and is to be some time.
	 */
	void (*ended)(void *self, enum job_end end, int code, const char *last_words);
	void *self;
};

struct job_options {
	const char *program; /* the path of uxm, or of JOB_PHONE's command */
	enum job_kind kind;
	/* JOB_LIST: ids of modules as 1209:0001, with blanks between them, "" or NULL for none.
	 * They come from this machine's settings, and stand in the argument vector. */
	const char *module_ids;
	const cJSON *order; /* JOB_UPDATE, JOB_CHECK: what goes to it; not used after the return */
	/* JOB_PHONE: the URL of the phone's firmware, which it finds in its environment as
	 * UXM_FIRMWARE. */
	const char *firmware;
	/* JOB_PHONE: a descriptor that it and what it starts keep open (as 3), or -1: a lock that
	 * ends with the last of them. Not closed. */
	int held;
	int input;        /* JOB_UPDATE: its standard input, or -1 for none. Not closed */
	uint32_t silence; /* milliseconds that it may be silent; not JOB_PHONE. See job_bear */
	struct job_watcher watcher;
};

struct job;

/*
 * Starts one. Nothing of it blocks: the order goes through a memfd. It has its own process group,
 * and no descriptor but 0 to 3. NULL when it could not be started, with *why (UXM_INTERNAL); the
 * watcher is not called then.
 */
struct job *job_start(struct loop *loop, const struct job_options *options,
		      struct uxm_failure *why);

/* It may be silent for `more` milliseconds longer than else, until its next line: it has said so.
 */
void job_bear(struct job *job, uint32_t more);

/* From now on it is never ended by force: the module installs. */
void job_committed(struct job *job);

/* Asks it to end: SIGTERM; unless it is committed, SIGKILL follows after PHONE_JOB_PATIENCE. A
 * committed job takes no second SIGTERM from here. */
void job_stop(struct job *job);

/* Forgets a job: its pipes are closed, and the watcher is not called any more. One that runs and is
 * not committed gets SIGTERM; whoever ends then leaves it to init. NULL is harmless. */
void job_free(struct job *job);

#endif
