/*
 * What the tests of phone/job.c and spawn.c stand on: one job, a shell script, and what is heard of
 * it.
 */
#ifndef TESTS_PHONE_JOB_SCENE_H
#define TESTS_PHONE_JOB_SCENE_H

#include "folder.h"
#include "phone/job.h"

/* A test that hangs ends after this, in milliseconds. */
#define PATIENCE 60000u

/* What a test sees of a job. */
struct job_scene {
	struct loop *loop;
	struct loop_timer timer;
	struct job *job;
	bool free_at_line; /* the first line frees the job */
	bool stop_at_line;
	uint32_t bear_at_line; /* so many milliseconds of silence are granted at a line */
	bool bear_once;
	unsigned commit_at; /* the number of the line that tells of the commit, 0: none */
	unsigned silences;
	unsigned stop_at_silence;
	unsigned lines;
	char last[2 * PHONE_JOB_LINE]; /* the last line, printed again */
	bool ended;
	enum job_end end;
	int code;
	char words[1024];
	char program[300];
};

/* One scene a program; each test has it new. */
extern struct folder folder;
extern struct job_scene scene;

int job_scene_make(void **state);
int job_scene_release(void **state);
/* A list, of this script, that the scene watches. */
struct job_options job_scene_options(const char *script);
/* Runs the loop until the job has ended; a test that hangs fails. */
void job_scene_run_until_end(void);
/* Runs a job to its end. */
void job_scene_run(const struct job_options *options);
void job_scene_run_script(const char *script);

#endif
