/*
 * One update on a desk that may be cut short: its host is killed, its module pulled. What is asked
 * of the image is watched.
 */
#ifndef TESTS_UXM_JOB_H
#define TESTS_UXM_JOB_H

#include "tests/uxm/trial.h"

/* The usual image of a job, in bytes. */
#define JOB_SIZE UINT64_C(1500001)

/* The desk's image, watched: where it was sought to, and how much was read since. */
struct job_image {
	struct uxm_image image;
	unsigned seeks;
	uint64_t sought; /* the last time */
	uint64_t read;   /* since then, or since the beginning */
};

/* One update of a test. */
struct job {
	struct desk *desk;
	struct desk_run run;
	bool unknown;     /* the image's SHA-256 is not known beforehand */
	bool mistaken;    /* another SHA-256 is named for it */
	bool waits;       /* for the module to be plugged in again */
	bool forgets;     /* the module, what it kept, whenever it was unplugged */
	uint32_t dies_at; /* the host, milliseconds after the start; 0: it lives */
	/* What came of it. */
	struct job_image watched;
	struct uxm_failure why;
};

/* A job on this desk, of an image whose SHA-256 is known. */
void job_begin(struct job *job, struct desk *desk);

/*
 * Runs it, once or again; the modules are what the last run left. Returns its result, which is in
 * `why` too: UXM_INTERNAL when the host was killed. Nothing was done that must never be done, but
 * by a host that was killed.
 */
enum uxm_result job_run(struct job *job);

#endif
