/* Starting a job's process. */
#include "phone/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The descriptor on which a job finds its order. */
#define ORDER_FD 3

/* Descriptors that go to the job are above those that it has them as, so that none is overwritten
 * while they are put in their places. */
#define FIRST_FD 10

/* Where the phone's own update finds its URL. */
#define FIRMWARE "UXM_FIRMWARE"

#define IDS_MOST 8
#define ID_TEXT  10 /* 1209:0001 */

static void close_fd(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

/* A descriptor above those of the job; the one that was given is closed. -1 when there is none. */
static int lift(int descriptor)
{
	int lifted = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_FD) : -1;

	if (descriptor >= 0)
		close(descriptor);
	return lifted;
}

/* The order as a file in memory, read from its beginning. */
static int write_order(const cJSON *order)
{
	char *text = cJSON_PrintUnformatted(order);
	size_t length = text != NULL ? strlen(text) : 0;
	int descriptor = text != NULL ? memfd_create("order", MFD_CLOEXEC) : -1;

	if (descriptor >= 0 && (write(descriptor, text, length) != (ssize_t)length ||
				lseek(descriptor, 0, SEEK_SET) != 0))
		close_fd(&descriptor);
	if (text != NULL)
		explicit_bzero(text, length);
	else
		errno = ENOMEM;
	cJSON_free(text);
	return lift(descriptor);
}

/* What the job gets, and our ends of its pipes. */
struct ends {
	int input;
	int order; /* or what is held; -1: none */
	int output;
	int words;
	int our_output;
	int our_words;
};

static void close_ends(struct ends *ends)
{
	close_fd(&ends->input);
	close_fd(&ends->order);
	close_fd(&ends->output);
	close_fd(&ends->words);
	close_fd(&ends->our_output);
	close_fd(&ends->our_words);
}

static bool make_pipe(int *ours, int *its)
{
	int both[2];

	if (pipe2(both, O_CLOEXEC) != 0)
		return false;
	*ours = both[0];
	*its = lift(both[1]);
	return *its >= 0 && fcntl(both[0], F_SETFL, O_NONBLOCK) == 0;
}

/* The phone's own update outlives uxmd, and must neither die of a pipe that nobody reads any more
 * nor wait at one: what it prints is lost but for its words, and those are a file in memory, to
 * whose end everybody writes. */
static bool make_files(struct ends *ends)
{
	int words = memfd_create("words", MFD_CLOEXEC);

	ends->output = lift(open("/dev/null", O_WRONLY | O_CLOEXEC));
	if (words >= 0 && fcntl(words, F_SETFL, O_APPEND) == 0)
		ends->words = fcntl(words, F_DUPFD_CLOEXEC, FIRST_FD);
	ends->our_words = words;
	return ends->output >= 0 && ends->words >= 0;
}

static bool make_ends(struct ends *ends, const struct job_options *options)
{
	bool has_order = options->kind == JOB_UPDATE || options->kind == JOB_CHECK;

	if (options->kind == JOB_UPDATE && options->input >= 0)
		ends->input = fcntl(options->input, F_DUPFD_CLOEXEC, FIRST_FD);
	else
		ends->input = lift(open("/dev/null", O_RDONLY | O_CLOEXEC));
	if (ends->input < 0)
		return false;
	if (has_order) {
		ends->order = write_order(options->order);
		if (ends->order < 0)
			return false;
	}
	if (options->kind == JOB_PHONE && options->held >= 0) {
		ends->order = fcntl(options->held, F_DUPFD_CLOEXEC, FIRST_FD);
		if (ends->order < 0)
			return false;
	}
	if (options->kind == JOB_PHONE)
		return make_files(ends);
	return make_pipe(&ends->our_output, &ends->output) &&
	       make_pipe(&ends->our_words, &ends->words);
}

/* Words of a text into ids and the argument vector from `count` on; returns the new count. */
static size_t add_ids(const char *text, char ids[IDS_MOST][ID_TEXT], char **arguments, size_t count)
{
	static char option[] = "--module-id";

	for (size_t i = 0; i < IDS_MOST && text != NULL; i++) {
		size_t length;

		text += strspn(text, " ");
		length = strcspn(text, " ");
		if (length == 0)
			break;
		/* One that is too long is none, and uxm says so. */
		snprintf(ids[i], ID_TEXT, "%.*s", (int)length, text);
		arguments[count++] = option;
		arguments[count++] = ids[i];
		text += length;
	}
	return count;
}

/* Descriptors 0 to 3 and no others, a group of its own, no blocked signal, and SIGPIPE and
 * SIGCHLD as they are by default. Returns an errno. */
static int spawn(pid_t *pid, const struct ends *ends, const char *program, char *const arguments[],
		 char *const environment[])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t signals;
	int reason = posix_spawn_file_actions_init(&actions);

	if (reason != 0)
		return reason;
	reason = posix_spawnattr_init(&attributes);
	if (reason != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return reason;
	}
	reason = posix_spawn_file_actions_adddup2(&actions, ends->input, STDIN_FILENO);
	if (reason == 0)
		reason = posix_spawn_file_actions_adddup2(&actions, ends->output, STDOUT_FILENO);
	if (reason == 0)
		reason = posix_spawn_file_actions_adddup2(&actions, ends->words, STDERR_FILENO);
	if (reason == 0 && ends->order >= 0)
		reason = posix_spawn_file_actions_adddup2(&actions, ends->order, ORDER_FD);
	if (reason == 0)
		reason = posix_spawn_file_actions_addclosefrom_np(
			&actions, ends->order >= 0 ? ORDER_FD + 1 : ORDER_FD);
	sigemptyset(&signals);
	if (reason == 0)
		reason = posix_spawnattr_setsigmask(&attributes, &signals);
	sigaddset(&signals, SIGPIPE);
	sigaddset(&signals, SIGCHLD);
	if (reason == 0)
		reason = posix_spawnattr_setsigdefault(&attributes, &signals);
	if (reason == 0)
		reason = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
								       POSIX_SPAWN_SETSIGMASK |
								       POSIX_SPAWN_SETSIGDEF);
	if (reason == 0)
		reason = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return reason;
}

static int run_uxm(pid_t *pid, const struct ends *ends, const struct job_options *options)
{
	char list[] = "list";
	char update[] = "update";
	char check[] = "check";
	char json[] = "--json";
	char job[] = "--job";
	char number[8];
	char name[] = "uxm";
	char ids[IDS_MOST][ID_TEXT];
	char *arguments[4 + 2 * IDS_MOST + 1] = {name};
	size_t count = 1;

	snprintf(number, sizeof(number), "%d", ORDER_FD);
	if (options->kind == JOB_LIST) {
		arguments[count++] = list;
		arguments[count++] = json;
		count = add_ids(options->module_ids, ids, arguments, count);
	} else {
		arguments[count++] = options->kind == JOB_CHECK ? check : update;
		arguments[count++] = job;
		arguments[count++] = number;
	}
	arguments[count] = NULL;
	return spawn(pid, ends, options->program, arguments, environ);
}

/* No shell, and no argument but its name: what comes from a server stands in the environment. */
static int run_command(pid_t *pid, const struct ends *ends, const struct job_options *options)
{
	size_t count = 0;
	char **environment = NULL;
	char *name = strdup(options->program);
	char *arguments[] = {name, NULL};
	char *firmware = NULL;
	int reason = ENOMEM;

	while (environ[count] != NULL)
		count++;
	environment = calloc(count + 2, sizeof(environment[0]));
	if (name == NULL || environment == NULL ||
	    asprintf(&firmware, FIRMWARE "=%s", options->firmware) < 0)
		goto end;
	environment[0] = firmware;
	count = 1;
	for (char **one = environ; *one != NULL; one++) {
		if (strncmp(*one, FIRMWARE "=", strlen(FIRMWARE "=")) != 0)
			environment[count++] = *one;
	}
	reason = spawn(pid, ends, options->program, arguments, environment);
	explicit_bzero(firmware, strlen(firmware));
	free(firmware);
end:
	free(environment);
	free(name);
	return reason;
}

int job_spawn(const struct job_options *options, struct job_process *process)
{
	struct ends ends = {-1, -1, -1, -1, -1, -1};
	int reason;

	if (!make_ends(&ends, options))
		reason = errno;
	else
		reason = options->kind == JOB_PHONE ? run_command(&process->pid, &ends, options)
						    : run_uxm(&process->pid, &ends, options);
	if (reason == 0) {
		process->output = ends.our_output;
		process->words = ends.our_words;
		ends.our_output = -1;
		ends.our_words = -1;
	}
	close_ends(&ends);
	return reason;
}
