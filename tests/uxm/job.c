/* Updates on a desk that may be cut short. */
#include "tests/uxm/job.h"

#include <setjmp.h>
#include <string.h>

static enum uxm_io watched_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	const struct job_image *watched = self;

	return watched->image.ops->open(watched->image.self, size, why);
}

static enum uxm_io watched_read(void *self, uint8_t *buffer, size_t room, size_t *got,
				struct uxm_failure *why)
{
	struct job_image *watched = self;
	enum uxm_io io = watched->image.ops->read(watched->image.self, buffer, room, got, why);

	if (io == UXM_IO_OK)
		watched->read += *got;
	return io;
}

static enum uxm_io watched_seek(void *self, uint64_t offset, struct uxm_failure *why)
{
	struct job_image *watched = self;

	watched->seeks++;
	watched->sought = offset;
	watched->read = 0;
	return watched->image.ops->seek(watched->image.self, offset, why);
}

static bool watched_digest(void *self, uint8_t digest[32])
{
	const struct job_image *watched = self;

	return watched->image.ops->digest(watched->image.self, digest);
}

static bool watched_owes(void *self)
{
	const struct job_image *watched = self;

	return watched->image.ops->owes(watched->image.self);
}

static struct uxm_image watch_image(struct job_image *watched, struct desk *desk)
{
	static const struct uxm_image_ops ops = {
		.open = watched_open,
		.read = watched_read,
		.seek = watched_seek,
		.digest = watched_digest,
		.owes = watched_owes,
	};

	*watched = (struct job_image){.image = desk_image(desk)};
	return (struct uxm_image){.ops = &ops, .self = watched};
}

/* The desk's clock, until the host is killed. */
struct mortal {
	struct uxm_clock clock;
	struct desk *desk;
	uint64_t dies_at; /* microseconds after the start; 0: it lives */
	jmp_buf death;
};

static uint64_t mortal_now(void *self)
{
	const struct mortal *mortal = self;

	return mortal->clock.ops->now(mortal->clock.self);
}

static enum uxm_stop mortal_wait(void *self, uint64_t until)
{
	struct mortal *mortal = self;
	enum uxm_stop stop = mortal->clock.ops->wait(mortal->clock.self, until);

	if (mortal->dies_at != 0 && desk_elapsed(mortal->desk) >= mortal->dies_at)
		longjmp(mortal->death, 1);
	return stop;
}

void job_begin(struct job *job, struct desk *desk)
{
	*job = (struct job){
		.desk = desk,
		.run = {.image = {.size = JOB_SIZE, .seed = 161}, .limit = 1000000},
	};
}

/* Ends what a kernel ends for a process that was killed. */
static void bury(struct desk *desk)
{
	struct uxm_module module = desk_module(desk);

	module.ops->close(module.self);
}

/* While it was away another program has begun with another image. */
static void tell_and_forget(void *self, const struct uxm_progress *progress)
{
	static const struct uxm_version other = TRIAL_OTHERS;
	const struct job *job = self;
	struct uxm_watch watch = desk_watch(job->desk);

	watch.tell(watch.self, progress);
	if (!job->forgets || progress->note == NULL || strstr(progress->note, "again.") == NULL)
		return;
	desk_plug(job->desk, 0);
	assert_true(desk_other_host(job->desk, 0, 70000, other, UXM_WIRE_RECEIVING, false));
}

enum uxm_result job_run(struct job *job)
{
	static const struct uxm_clock_ops mortal_ops = {.now = mortal_now, .wait = mortal_wait};
	struct mortal mortal = {
		.clock = desk_clock(job->desk),
		.desk = job->desk,
		.dies_at = job->dies_at * UINT64_C(1000),
	};
	struct uxm_clock clock = {.ops = &mortal_ops, .self = &mortal};
	struct uxm_watch watch = {.tell = tell_and_forget, .self = job};
	static struct uxm_update update;
	struct uxm_order order;

	job->run.waits = job->waits;
	desk_start(job->desk, &job->run);
	trial_order(job->desk, TRIAL_FILE, !job->unknown, &order);
	order.digest[0] ^= job->mistaken ? 1 : 0;
	order.wait = job->waits;
	assert_true(uxm_update_init(&update, &order, desk_module(job->desk),
				    watch_image(&job->watched, job->desk), clock, watch,
				    &job->why));
	if (setjmp(mortal.death) == 0) {
		(void)uxm_update_run(&update, &job->why);
		trial_check_conduct(job->desk);
	} else {
		bury(job->desk);
		uxm_fail(&job->why, UXM_INTERNAL, "Killed.");
	}
	uxm_update_release(&update);
	return job->why.result;
}
