/* Jobs: a process, its lines, and its end. */
#include "phone/job.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phone/spawn.h"
#include "phone/text.h"

/* So many bytes are read at once; the loop comes back for more. */
#define READ_MOST 65536u

#define WORDS_TEXT 512

/* uxm's own codes (enum uxm_result) are 0 to this. */
#define CODE_MOST UXM_NOT_PERMITTED

struct job {
	struct loop *loop;
	struct job_watcher watcher;
	struct loop_watch output;
	struct loop_watch words;
	struct loop_watch end;
	enum job_kind kind;
	struct loop_timer timer; /* silence, or patience after SIGTERM */
	uint32_t silence;
	struct job_process process; /* pid 0: reaped; descriptors -1: ended */
	int pidfd;
	bool committed;
	bool stopping;
	bool busy;  /* the watcher is being called */
	bool freed; /* while it was */
	enum job_end how;
	size_t used;
	char line[PHONE_JOB_LINE];
	size_t words_used;
	char words_line[WORDS_TEXT];
	char last_words[WORDS_TEXT];
};

static void close_fd(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

static void destroy(struct job *job)
{
	loop_unwatch(&job->output);
	loop_unwatch(&job->words);
	loop_unwatch(&job->end);
	loop_cancel(&job->timer);
	close_fd(&job->process.output);
	close_fd(&job->process.words);
	close_fd(&job->pidfd);
	free(job);
}

/* To the whole group: a program may have started others. Until it is reaped its number is its own.
 */
static void send_signal(const struct job *job, int signal)
{
	if (job->process.pid > 0)
		(void)kill(-job->process.pid, signal);
}

static bool read_output(struct job *job, size_t most);

static void on_impatient(void *self)
{
	struct job *job = self;

	/* It may have told of its COMMIT a moment ago. */
	if (!read_output(job, READ_MOST))
		return;
	if (!job->committed)
		send_signal(job, SIGKILL);
}

static void on_silent(void *self);

static void expect_within(struct job *job, uint64_t milliseconds)
{
	if (job->kind != JOB_PHONE && (!job->stopping || job->committed))
		loop_at(job->loop, &job->timer, loop_now(job->loop) + milliseconds, on_silent, job);
}

static void expect_line(struct job *job)
{
	expect_within(job, job->silence);
}

void job_bear(struct job *job, uint32_t more)
{
	expect_within(job, (uint64_t)job->silence + more);
}

void job_stop(struct job *job)
{
	if (job->stopping || job->process.pid == 0)
		return;
	job->stopping = true;
	send_signal(job, SIGTERM);
	if (!job->committed)
		loop_at(job->loop, &job->timer, loop_now(job->loop) + PHONE_JOB_PATIENCE,
			on_impatient, job);
}

void job_committed(struct job *job)
{
	if (job->committed)
		return;
	job->committed = true;
	expect_line(job);
}

/* Ends what cannot be trusted any more; a committed job is left to go on. */
static void give_up(struct job *job, enum job_end how)
{
	if (job->how == JOB_EXITED)
		job->how = how;
	if (!job->committed)
		job_stop(job);
}

/* The watcher may free the job; returns whether it is still there. */
static bool survives(struct job *job)
{
	job->busy = false;
	if (job->freed)
		destroy(job);
	else
		return true;
	return false;
}

static void on_silent(void *self)
{
	struct job *job = self;

	if (!job->committed) {
		give_up(job, JOB_SILENT);
		return;
	}
	expect_line(job);
	job->busy = true;
	job->watcher.silent(job->watcher.self);
	(void)survives(job);
}

/* An object and nothing else. cJSON takes control characters, zeros too, for blanks. */
static cJSON *read_object(const char *text, size_t length)
{
	const char *end = NULL;
	cJSON *line;

	if (length > 0 && text[length - 1] == '\r')
		length--;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ')
			return NULL;
	}
	line = cJSON_ParseWithLengthOpts(text, length, &end, 0);
	while (line != NULL && end < text + length && *end == ' ')
		end++;
	if (line != NULL && cJSON_IsObject(line) && end == text + length)
		return line;
	cJSON_Delete(line);
	return NULL;
}

/* One line without its end. False: the job is gone. */
static bool take_line(struct job *job, const char *text, size_t length)
{
	cJSON *line;

	/* What follows a line that was none is not listened to. */
	if (job->how != JOB_EXITED)
		return true;
	line = read_object(text, length);
	if (line == NULL) {
		give_up(job, JOB_GARBLED);
		return true;
	}
	expect_line(job);
	job->busy = true;
	job->watcher.line(job->watcher.self, line);
	cJSON_Delete(line);
	return survives(job);
}

/* Takes all whole lines that are there. False: the job is gone. */
static bool take_lines(struct job *job)
{
	size_t begin = 0;

	for (;;) {
		char *end = memchr(job->line + begin, '\n', job->used - begin);

		if (end == NULL)
			break;
		if (!take_line(job, job->line + begin, (size_t)(end - job->line) - begin))
			return false;
		begin = (size_t)(end - job->line) + 1;
	}
	job->used -= begin;
	memmove(job->line, job->line + begin, job->used);
	if (job->used == sizeof(job->line)) {
		job->used = 0;
		give_up(job, JOB_GARBLED);
	}
	return true;
}

/* Reads what is there of its standard output, so much at most. False: the job is gone. */
static bool read_output(struct job *job, size_t most)
{
	size_t had = 0;

	while (job->process.output >= 0 && had < most) {
		ssize_t got = read(job->process.output, job->line + job->used,
				   sizeof(job->line) - job->used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			break;
		if (got <= 0) {
			loop_unwatch(&job->output);
			close_fd(&job->process.output);
			break;
		}
		job->used += (size_t)got;
		had += (size_t)got;
		if (!take_lines(job))
			return false;
	}
	return true;
}

static void take_words(struct job *job, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != '\n') {
			if (job->words_used + 1 < sizeof(job->words_line) && bytes[i] != '\0')
				job->words_line[job->words_used++] = bytes[i];
			continue;
		}
		if (job->words_used == 0)
			continue;
		job->words_line[job->words_used] = '\0';
		text_take(job->last_words, sizeof(job->last_words), job->words_line);
		job->words_used = 0;
	}
}

static void read_words(struct job *job, size_t most)
{
	char bytes[4096];
	size_t had = 0;

	while (job->process.words >= 0 && had < most) {
		ssize_t got = read(job->process.words, bytes, sizeof(bytes));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			break;
		if (got <= 0) {
			loop_unwatch(&job->words);
			close_fd(&job->process.words);
			break;
		}
		take_words(job, bytes, (size_t)got);
		had += (size_t)got;
	}
}

/* Of a file of words (JOB_PHONE) the end, where the last of them are. */
static void read_words_file(struct job *job)
{
	char bytes[2 * WORDS_TEXT];
	struct stat file;
	off_t from;
	ssize_t got;

	if (fstat(job->process.words, &file) != 0)
		return;
	from = file.st_size > (off_t)sizeof(bytes) ? file.st_size - (off_t)sizeof(bytes) : 0;
	got = pread(job->process.words, bytes, sizeof(bytes), from);
	if (got > 0)
		take_words(job, bytes, (size_t)got);
}

static void on_output(void *self, uint32_t events)
{
	(void)events;
	(void)read_output(self, READ_MOST);
}

static void on_words(void *self, uint32_t events)
{
	(void)events;
	read_words(self, READ_MOST);
}

/* Codes of other programs than uxm mean nothing here, but for 0. */
static int most_code(const struct job *job)
{
	return job->kind == JOB_PHONE ? 0 : CODE_MOST;
}

static void on_end(void *self, uint32_t events)
{
	struct job *job = self;
	int status = 0;
	int code = 0;
	pid_t reaped = waitpid(job->process.pid, &status, WNOHANG);

	(void)events;
	if (reaped == 0)
		return;
	job->process.pid = 0;
	loop_cancel(&job->timer);
	loop_unwatch(&job->end);
	/* What it said before its end is in the pipes. Others that have them open are not waited
	 * for, and cannot say more than so much. */
	if (!read_output(job, 4 * (size_t)READ_MOST))
		return;
	if (job->kind == JOB_PHONE)
		read_words_file(job);
	else
		read_words(job, 4 * (size_t)READ_MOST);
	take_words(job, "\n", 1);
	loop_cancel(&job->timer);
	loop_unwatch(&job->output);
	loop_unwatch(&job->words);
	/* An end that is not known is no success. */
	if (reaped > 0 && WIFEXITED(status) && WEXITSTATUS(status) <= most_code(job)) {
		code = WEXITSTATUS(status);
		/* A last line without its end was cut off. */
		if (job->how == JOB_EXITED && job->used > 0)
			job->how = JOB_GARBLED;
	} else if (job->how == JOB_EXITED) {
		job->how = JOB_CRASHED;
	}
	job->busy = true;
	job->watcher.ended(job->watcher.self, job->how, code, job->last_words);
	(void)survives(job);
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	if (!job->committed)
		send_signal(job, SIGTERM);
	job->freed = true;
	if (!job->busy)
		destroy(job);
}

static bool watch(struct job *job)
{
	/* The call itself: not every libc has a function for it. */
	job->pidfd = (int)syscall(SYS_pidfd_open, job->process.pid, 0);
	if (job->pidfd < 0 || !loop_watch(job->loop, &job->end, job->pidfd, EPOLLIN, on_end, job))
		return false;
	return job->kind == JOB_PHONE ||
	       (loop_watch(job->loop, &job->output, job->process.output, EPOLLIN, on_output, job) &&
		loop_watch(job->loop, &job->words, job->process.words, EPOLLIN, on_words, job));
}

struct job *job_start(struct loop *loop, const struct job_options *options, struct uxm_failure *why)
{
	struct job *job = calloc(1, sizeof(*job));
	int reason = ENOMEM;

	if (job == NULL)
		goto fail;
	job->loop = loop;
	job->watcher = options->watcher;
	job->silence = options->silence;
	job->kind = options->kind;
	job->pidfd = -1;
	reason = job_spawn(options, &job->process);
	if (reason != 0) {
		free(job);
		job = NULL;
		goto fail;
	}
	if (!watch(job)) {
		reason = errno;
		/* Nobody would see its end, and it had no time to do anything. */
		send_signal(job, SIGKILL);
		(void)waitpid(job->process.pid, NULL, 0);
		goto fail;
	}
	expect_line(job);
	return job;
fail:
	uxm_fail(why, UXM_INTERNAL, "%s cannot be started: %s.", options->program,
		 strerror(reason));
	if (job != NULL)
		destroy(job);
	return NULL;
}
