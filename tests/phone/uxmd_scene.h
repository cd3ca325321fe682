/*
 * What the tests of the program uxmd stand on: one that runs, with a shell script as uxm, which
 * lists the modules that a file names and updates as another file says.
 */
#ifndef TESTS_PHONE_UXMD_SCENE_H
#define TESTS_PHONE_UXMD_SCENE_H

#include <stdbool.h>
#include <sys/types.h>

#include "folder.h"

/* Room for all that it logs, in bytes. */
#define TEXT 32768

#define URL "http://h/snomD7C-1.6.1-r.bin"

#define MODULE(version)                                                                            \
	"{\"port\":\"1-1\",\"serial\":\"D7C-0001\",\"model\":\"D7C\",\"version\":\"" version       \
	"\",\"hardware_level\":1,\"protocol\":\"stream\",\"state\":\"idle\"}\n"
#define PROGRESS(step) "echo '{\"event\":\"progress\",\"step\":\"" step "\"}'\n"
#define CANCELLED                                                                                  \
	"echo '{\"event\":\"result\",\"code\":13,\"text\":\"Cancelled.\",\"committed\":false}'\n"  \
	"exit 13\n"

/* A running uxmd. */
struct uxmd {
	pid_t process;
	int log_end;
	char log[TEXT];
	size_t length;
	unsigned port;
};

/* One of each a program; each test has it new. */
extern struct folder folder;
extern char program[300]; /* the script */
extern char home[300];    /* the state folder */
extern struct uxmd uxmd;

/* Before and after each test: a folder, a script, one module. */
int uxmd_make(void **state);
int uxmd_clear(void **state);
/* Starts it with these options behind those that all have. */
void uxmd_start_with(const char *const *more);
#define START(...) uxmd_start_with((const char *const[]){__VA_ARGS__, NULL})
/* Reads the log until it holds this; false: it ended before. */
bool uxmd_hear(const char *text);
/* Waits until it has listed the module, and serves its pages. */
void uxmd_wait_served(void);
/* Waits for its end; returns the exit status, -1 for a signal. */
int uxmd_end(void);
/* Sends it a signal first. */
int uxmd_end_by(int number);
/* One request; its whole answer, until the next call. */
const char *uxmd_ask(const char *line, const char *body);
/* Begins an update, which goes as this script says. */
void uxmd_load(const char *script);
/* A pipe with a name, with which script and test wait for each other. */
void uxmd_make_pipe(const char *name);
void uxmd_pass(const char *name, int how);

#endif
