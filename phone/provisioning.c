/*
 * The provisioner's hands. From top to bottom: time; looks; the phone's own update; the module's;
 * settings; made and given up.
 */
#include "phone/provisioning.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "phone/job.h"
#include "uxm/deadline.h"

struct provisioning {
	struct provisioning_options with;
	struct provisioner *mind;
	struct loop_timer timer;
	int clock; /* tells when the wall clock is set; -1: it cannot */
	struct loop_watch clock_watch;
	struct job *look;
	struct look found; /* of the look that is under way */
	struct job *phone;
};

/* ---- time ---- */

static int64_t hand_now(void *self)
{
	(void)self;
	return time(NULL);
}

static uint64_t hand_clock(void *self)
{
	const struct provisioning *provisioning = self;

	return loop_now(provisioning->with.loop);
}

static void on_due(void *self)
{
	struct provisioning *provisioning = self;

	provisioner_due(provisioning->mind);
}

static void hand_wake(void *self, uint64_t milliseconds)
{
	struct provisioning *provisioning = self;
	struct loop *loop = provisioning->with.loop;

	if (milliseconds == UINT64_MAX)
		loop_cancel(&provisioning->timer);
	else
		loop_at(loop, &provisioning->timer, loop_now(loop) + milliseconds, on_due,
			provisioning);
}

static void on_clock_set(void *self, uint32_t events)
{
	struct provisioning *provisioning = self;
	uint64_t times;

	(void)events;
	/* With ECANCELED, after which it tells the next time. */
	if (read(provisioning->clock, &times, sizeof(times)) >= 0 || errno == ECANCELED)
		provisioner_due(provisioning->mind);
}

/* A timer that is set to what never comes; without one the times of before are said until something
 * else happens. */
static void watch_clock(struct provisioning *provisioning)
{
	static const struct itimerspec never = {.it_value = {.tv_sec = INT32_MAX}};

	provisioning->clock = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (provisioning->clock < 0)
		return;
	if (timerfd_settime(provisioning->clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			    &never, NULL) == 0)
		(void)loop_watch(provisioning->with.loop, &provisioning->clock_watch,
				 provisioning->clock, EPOLLIN, on_clock_set, provisioning);
}

/* Where there is no chance the clock has to do: phones are not started in the same nanosecond. */
static uint32_t hand_draw(void *self)
{
	struct timespec now;
	uint32_t drawn;

	(void)self;
	if (getrandom(&drawn, sizeof(drawn), GRND_NONBLOCK) == (ssize_t)sizeof(drawn))
		return drawn;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_nsec * 2654435761u;
}

/* ---- looks ---- */

static void on_look_line(void *self, const cJSON *line)
{
	struct provisioning *provisioning = self;

	(void)look_take_line(&provisioning->found, line);
}

/* Of committed jobs alone. */
static void on_silent(void *self)
{
	(void)self;
}

/* How a job ended that did not say so itself. */
static const char *how_of(enum job_end end)
{
	switch (end) {
	case JOB_CRASHED:
		return "failed";
	case JOB_SILENT:
		return "said nothing for too long and was ended";
	case JOB_GARBLED:
		return "said what cannot be understood and was ended";
	case JOB_EXITED:
		break;
	}
	return "ended without a result";
}

static void on_look_end(void *self, enum job_end end, int code, const char *last_words)
{
	struct provisioning *provisioning = self;
	struct look *found = &provisioning->found;
	struct uxm_failure why;

	job_free(provisioning->look);
	provisioning->look = NULL;
	if (end != JOB_EXITED || !found->has_result || found->result != (enum uxm_result)code) {
		/* What such a one said before is not to be trusted either. */
		look_release(found);
		if (end == JOB_EXITED && code != UXM_UPDATED && last_words[0] != '\0')
			uxm_fail(&why, (enum uxm_result)code, "%s", last_words);
		else
			uxm_fail(&why, UXM_INTERNAL, "The program that asks the server %s.",
				 how_of(end));
		found->has_result = true;
		found->result = why.result;
		memcpy(found->text, why.text, sizeof(why.text));
	}
	provisioner_looked(provisioning->mind, found);
}

static bool hand_look(void *self, const struct look_order *order, struct uxm_failure *why)
{
	static const struct uxm_deadlines deadlines = UXM_DEADLINES;
	struct provisioning *provisioning = self;
	cJSON *object = look_order_json(order);
	struct job_options options = {
		.program = provisioning->with.program,
		.kind = JOB_CHECK,
		.order = object,
		.input = -1,
		/* A server may ask for that pause, and then not answer. */
		.silence = deadlines.retry_after_most + deadlines.network,
		.watcher = {on_look_line, on_silent, on_look_end, provisioning},
	};

	if (object == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		return false;
	}
	look_release(&provisioning->found);
	provisioning->look = job_start(provisioning->with.loop, &options, why);
	cJSON_Delete(object);
	return provisioning->look != NULL;
}

/* ---- the phone's own update ---- */

static void on_phone_line(void *self, const cJSON *line)
{
	(void)self;
	(void)line;
}

static void on_phone_end(void *self, enum job_end end, int code, const char *last_words)
{
	struct provisioning *provisioning = self;
	struct uxm_failure why;

	(void)code;
	job_free(provisioning->phone);
	provisioning->phone = NULL;
	if (end != JOB_EXITED)
		uxm_fail(&why, UXM_INTERNAL, "The phone's own update %s%s%s%s", how_of(end),
			 last_words[0] != '\0' ? ": '" : "", last_words,
			 last_words[0] != '\0' ? "'." : ".");
	provisioner_phone_updated(provisioning->mind, end == JOB_EXITED ? NULL : &why);
}

/* One that an uxmd before this one began may still be at it: two at once would spoil the phone. */
static int lock_phone(const char *path, struct uxm_failure *why)
{
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
		return lock;
	if (lock >= 0 && errno == EWOULDBLOCK)
		uxm_fail(why, UXM_BUSY, "The phone's own update that was begun before still runs.");
	else
		uxm_fail(why, UXM_INTERNAL, "%s cannot be locked: %s.", path, strerror(errno));
	if (lock >= 0)
		close(lock);
	return -1;
}

static bool hand_phone(void *self, const char *url, struct uxm_failure *why)
{
	struct provisioning *provisioning = self;
	struct job_options options = {
		.program = provisioning->with.phone_command,
		.kind = JOB_PHONE,
		.firmware = url,
		.held = lock_phone(provisioning->with.phone_lock, why),
		.input = -1,
		.watcher = {on_phone_line, on_silent, on_phone_end, provisioning},
	};

	if (options.held < 0)
		return false;
	provisioning->phone = job_start(provisioning->with.loop, &options, why);
	/* It is the job's from now on. */
	close(options.held);
	return provisioning->phone != NULL;
}

/* ---- the module's update ---- */

static bool hand_update(void *self, const struct order *order, struct uxm_failure *why)
{
	struct provisioning *provisioning = self;

	return provisioning->with.update(provisioning->with.self, order, why);
}

void provisioning_updated(struct provisioning *provisioning, enum uxm_result result, bool lasting,
			  const char *text)
{
	provisioner_updated(provisioning->mind, result, lasting, text);
}

static void hand_list(void *self)
{
	struct provisioning *provisioning = self;

	provisioning->with.list(provisioning->with.self);
}

/* ---- settings ---- */

static void hand_reread(void *self)
{
	const struct provisioning *provisioning = self;

	provisioning->with.reread(provisioning->with.self);
}

static bool hand_keep(void *self, const struct phone_settings *changed, struct uxm_failure *why)
{
	const struct provisioning *provisioning = self;

	return provisioning->with.keep(provisioning->with.self, changed, why);
}

static void hand_changed(void *self)
{
	struct provisioning *provisioning = self;

	provisioning->with.state->revision++;
	provisioning->with.changed(provisioning->with.self);
}

/* ---- made and given up ---- */

struct provisioning *provisioning_new(const struct provisioning_options *options,
				      struct uxm_failure *why)
{
	struct provisioning *provisioning = calloc(1, sizeof(*provisioning));
	struct provisioner_options mind = {
		.hands = {hand_now, hand_clock, hand_wake, hand_draw, hand_look, hand_phone,
			  hand_update, hand_list, hand_reread, hand_keep, hand_changed,
			  provisioning},
		.state = options->state,
		.settings = options->settings,
		.log = options->log,
		.record_path = options->record_path,
		.mac = options->state->mac,
		.has_phone_command = options->phone_command[0] != '\0',
	};

	if (provisioning == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to begin with.");
		return NULL;
	}
	provisioning->with = *options;
	provisioning->mind = provisioner_new(&mind, why);
	if (provisioning->mind == NULL) {
		free(provisioning);
		return NULL;
	}
	watch_clock(provisioning);
	return provisioning;
}

struct provisioner *provisioning_mind(const struct provisioning *provisioning)
{
	return provisioning->mind;
}

void provisioning_free(struct provisioning *provisioning)
{
	if (provisioning == NULL)
		return;
	loop_cancel(&provisioning->timer);
	loop_unwatch(&provisioning->clock_watch);
	if (provisioning->clock >= 0)
		close(provisioning->clock);
	job_free(provisioning->look);
	/* Half a phone is worse than one without its uxmd. */
	if (provisioning->phone != NULL)
		job_committed(provisioning->phone);
	job_free(provisioning->phone);
	look_release(&provisioning->found);
	provisioner_free(provisioning->mind);
	free(provisioning);
}
