/*
 * The process of a job: what it is given, and what is kept of it. What becomes of it is job.c's.
 */
#ifndef PHONE_SPAWN_H
#define PHONE_SPAWN_H

#include <sys/types.h>

#include "phone/job.h"

struct job_process {
	pid_t pid;  /* of its group, too */
	int output; /* its standard output and standard error, to be read without blocking;
		       JOB_PHONE: */
	int words;  /* -1, and a file of what it said until now */
};

/*
 * Starts the program with descriptors 0 to 3 and no others: standard input is options->input or
 * nothing, 3 the order of an update or a check, or what is held. It has a process group of its own,
 * no signal is blocked, and SIGPIPE is at its default. Nothing that JOB_PHONE writes ends or blocks
 * it when nobody reads any more. Returns 0 with *process set, or an errno,
 * that of execve(2) too.
 */
int job_spawn(const struct job_options *options, struct job_process *process);

#endif
