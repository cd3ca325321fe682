/*
 * The job's end of an upload: it knows the file, and fails the test at the first other byte.
 */
#ifndef TESTS_PHONE_JOB_END_H
#define TESTS_PHONE_JOB_END_H

#include "site.h"

/* What the job reads. */
struct job_end {
	struct site *site;
	uint64_t count;
	bool ended;
};

/* The byte of a file at that place. */
char job_end_byte(uint64_t at);
/* Reads what is there; the test fails where it is not the file's. */
void job_end_read(struct job_end *job);
/* Reads until it ends. */
void job_end_read_all(struct job_end *job);

#endif
