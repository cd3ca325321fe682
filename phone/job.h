/*
 * A job: one run of `uxm` as a process of its own. Orders go to it as one JSON object on a
 * descriptor, nothing from outside ever stands in its argument vector; it answers in JSON lines.
 */
#ifndef PHONE_JOB_H
#define PHONE_JOB_H

#include <cjson/cJSON.h>

#include "phone/loop.h"
#include "uxm/result.h"

/* The longest line that a job may say, in bytes; a longer one ends it. */
#define PHONE_JOB_LINE 16384u

enum job_kind {
	JOB_LIST = 0, /* uxm list --json */
	JOB_UPDATE,   /* uxm update --job 3 */
};

/* How a job ended. */
enum job_end {
	JOB_EXITED = 0, /* `code` is one of enum uxm_result */
	JOB_CRASHED,    /* by a signal, or with a code that is none */
	JOB_SILENT,     /* said nothing for longer than it may, and was killed */
	JOB_GARBLED,    /* said what is no JSON line, or too long a one, and was killed */
	JOB_UNSTARTED,  /* there was no process */
};

struct job_watcher {
	/* A line. `line` is valid until the return. */
	void (*line)(void *self, const cJSON *line);
	/* It has ended and was reaped; `code` counts with JOB_EXITED. The job may be freed. */
	void (*ended)(void *self, enum job_end end, int code, const char *last_words);
	void *self;
};

struct job_options {
	const char *program; /* the path of uxm */
	enum job_kind kind;
	const cJSON *order; /* JOB_UPDATE: what goes to it; not used after the return */
	int input;          /* JOB_UPDATE: its standard input, or -1 for none. Not closed */
	uint32_t silence;   /* milliseconds that it may be silent */
	struct job_watcher watcher;
};

struct job;

/*
 * Starts one. Nothing of it blocks: the order goes through a memfd. It has its own process group;
 * its standard error is read too, and the last line of it is `last_words`. NULL when it could not
 * be started, with *why (UXM_INTERNAL); the watcher is not called then.
 */
struct job *job_start(struct loop *loop, const struct job_options *options,
		      struct uxm_failure *why);

/* Asks it to end: SIGTERM (a second time: as the command has it, code 9). */
void job_stop(struct job *job);

/* Forgets a job: its pipes are closed, it goes on by itself if it must (after COMMIT), else SIGTERM
 * was sent. The watcher is not called any more. NULL is harmless. */
void job_free(struct job *job);

#endif
