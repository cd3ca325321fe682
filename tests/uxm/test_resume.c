/* Updates that go on where an earlier one stopped: what the module keeps is asked of it, and the
 * rest of the server. */
#include <stdio.h>
#include <string.h>

#include "tests/uxm/job.h"

/* A desk with one module, which takes a second and a quarter for the image. */
static struct desk *usual(void **state)
{
	struct desk *desk = *state;
	struct desk_options options;

	desk_defaults(&options);
	options.bus_rate = 1216000;
	assert_true(desk_reset(desk, &options));
	return desk;
}

/* The module is pulled after so many bytes, and is plugged in again after the update failed. */
static void interrupt(struct job *job, uint64_t moved)
{
	job->run.events[0] =
		(struct desk_event){.when = DESK_AT_MOVED, .value = moved, .what = DESK_UNPLUG};
	assert_int_equal(job_run(job), UXM_TRANSFER_FAILED);
	assert_non_null(strstr(job->why.text, "was unplugged after"));
	desk_plug(job->desk, 0);
	memset(job->run.events, 0, sizeof(job->run.events));
}

/* It was updated, from `job->watched.sought` on. */
static void check_continued(const struct job *job, uint64_t least, uint64_t most)
{
	char note[80];

	assert_int_equal(job->watched.seeks, 1);
	assert_in_range(job->watched.sought, least, most);
	assert_int_equal(desk_sent_from(job->desk), job->watched.sought);
	/* No byte of what the module has is asked for again. */
	assert_int_equal(job->watched.read, job->run.image.size - job->watched.sought);
	snprintf(note, sizeof(note), "Continuing at %llu of %llu bytes.\n",
		 (unsigned long long)job->watched.sought, (unsigned long long)JOB_SIZE);
	assert_string_equal(desk_notes(job->desk), note);
	assert_true(desk_runs_image(job->desk, 0));
}

static void check_started_over(const struct job *job)
{
	assert_int_equal(job->watched.seeks, 0);
	assert_string_equal(desk_notes(job->desk), "");
	assert_int_equal(job->watched.read, job->run.image.size);
	assert_true(desk_runs_image(job->desk, 0));
}

static void continues_where_the_module_was_unplugged(void **state)
{
	static const uint64_t places[] = {300000, 777777, 1490000};

	for (size_t i = 0; i < 3; i++) {
		struct desk *desk = usual(state);
		struct job job;

		job_begin(&job, desk);
		interrupt(&job, places[i]);
		assert_int_equal(job_run(&job), UXM_UPDATED);
		/* What the module had not yet written for good is less than a few chunks. */
		check_continued(&job, places[i] - 2 * UXM_PIPE_TRANSFER, places[i]);
	}
}

static void continues_where_the_host_was_killed(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.dies_at = 700;
	assert_int_equal(job_run(&job), UXM_INTERNAL);
	job.dies_at = 0;
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_continued(&job, 500000, 860000);
}

static void continues_after_it_was_cancelled(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.run.events[0] =
		(struct desk_event){.when = DESK_AT_TIME, .value = 700, .what = DESK_STOP};
	assert_int_equal(job_run(&job), UXM_CANCELLED);
	memset(job.run.events, 0, sizeof(job.run.events));
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_continued(&job, 500000, 860000);
}

static void continues_after_the_server_broke_off(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.run.image.fails = true;
	job.run.image.fails_at = 600000;
	job.run.image.rate = 1000000;
	assert_int_equal(job_run(&job), UXM_FETCH_FAILED);
	job.run.image.fails = false;
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_continued(&job, 400000, 600000);
}

static void asks_for_nothing_when_the_module_has_it_all(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	/* All has been accepted; it is pulled before COMMIT arrives. */
	job.run.events[0] = (struct desk_event){
		.when = DESK_AT_REQUEST, .value = UXM_WIRE_COMMIT, .what = DESK_LOSE_REQUEST};
	job.run.events[1] = (struct desk_event){
		.when = DESK_AT_REQUEST, .value = UXM_WIRE_COMMIT, .what = DESK_CYCLE};
	assert_int_equal(job_run(&job), UXM_OTHER_VERSION);
	memset(job.run.events, 0, sizeof(job.run.events));
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_continued(&job, JOB_SIZE, JOB_SIZE);
	assert_int_equal(job.watched.read, 0);
}

static void starts_over_where_the_digest_is_not_known(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.unknown = true;
	interrupt(&job, JOB_SIZE / 2);
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_started_over(&job);
}

static void starts_over_when_the_digest_became_known_only_later(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.unknown = true;
	interrupt(&job, JOB_SIZE / 2);
	job.unknown = false;
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_started_over(&job);
}

static void starts_over_with_another_image(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	interrupt(&job, JOB_SIZE / 2);
	job.run.image.seed = 162;
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_started_over(&job);
}

static void keeps_nothing_of_an_image_once_another_was_begun(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	interrupt(&job, JOB_SIZE / 2);
	job.run.image.seed = 162;
	interrupt(&job, JOB_SIZE / 4);
	job.run.image.seed = 161;
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_started_over(&job);
}

static void throws_away_a_kept_part_that_was_damaged_in_flash(void **state)
{
	struct desk *desk = usual(state);
	struct fault_list faults = {.count = 0};
	struct fault fault;
	struct job job;

	assert_true(fault_parse("corrupt-flash@300000", &fault));
	assert_true(fault_add(&faults, &fault));
	device_set_faults(desk_device(desk, 0), &faults);
	job_begin(&job, desk);
	interrupt(&job, JOB_SIZE / 2);
	/* Only the module can tell, and does. */
	assert_int_equal(job_run(&job), UXM_MODULE_FAILED);
	assert_non_null(strstr(job.why.text, "SHA-256"));
	assert_non_null(strstr(desk_notes(desk), "Continuing at"));
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_started_over(&job);
}

static void throws_away_a_kept_part_when_the_rest_is_another_images(void **state)
{
	struct desk *desk = usual(state);
	struct uxm_order order;
	struct job job;

	job_begin(&job, desk);
	interrupt(&job, JOB_SIZE / 2);
	/* The server has other bytes by now, and whoever named the SHA-256 does not know. */
	desk_start(desk, &job.run);
	trial_order(desk, TRIAL_FILE, true, &order);
	job.run.image.seed = 162;
	desk_start(desk, &job.run);
	assert_int_equal(trial_obey(desk, &order, &job.why), UXM_MODULE_FAILED);
	assert_non_null(strstr(desk_notes(desk), "Continuing at"));
	job.run.image.seed = 161;
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_started_over(&job);
}

static void does_not_fail_for_ever_when_the_wrong_digest_was_named(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.mistaken = true;
	interrupt(&job, JOB_SIZE / 2);
	assert_int_equal(job_run(&job), UXM_MODULE_FAILED);
	assert_int_equal(job_run(&job), UXM_TRANSFER_FAILED);
	assert_non_null(strstr(job.why.text, "SHA-256"));
	job.mistaken = false;
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_started_over(&job);
}

/* Known from every byte, it is not taken for a pull. */
static void says_that_the_digest_is_wrong_also_of_a_module_that_leaves_then(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.mistaken = true;
	job.run.events[0] = (struct desk_event){
		.when = DESK_AT_REQUEST, .value = UXM_WIRE_BEGIN, .nth = 2, .what = DESK_UNPLUG};
	assert_int_equal(job_run(&job), UXM_TRANSFER_FAILED);
	assert_non_null(strstr(job.why.text, "SHA-256"));
	assert_true(desk_has_happened(desk, 0));
}

/* It reads every byte in the same run, so it need not leave it to the module to find that out. */
static void knows_the_digest_of_it_all_after_an_unplug_that_it_waited_out(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.waits = true;
	job.mistaken = true;
	job.run.events[0] = (struct desk_event){
		.when = DESK_AT_MOVED, .value = JOB_SIZE / 2, .what = DESK_CYCLE};
	assert_int_equal(job_run(&job), UXM_TRANSFER_FAILED);
	assert_non_null(strstr(job.why.text, "SHA-256"));
	assert_non_null(strstr(desk_notes(desk), "Continuing at"));
	job.mistaken = false;
	memset(job.run.events, 0, sizeof(job.run.events));
	assert_int_equal(job_run(&job), UXM_UPDATED);
	check_started_over(&job);
}

static void begins_its_digest_anew_when_the_module_kept_nothing_the_second_time(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	job.mistaken = true;
	interrupt(&job, JOB_SIZE / 2);
	job.waits = true;
	job.forgets = true;
	job.run.events[0] = (struct desk_event){
		.when = DESK_AT_MOVED, .value = JOB_SIZE / 4, .what = DESK_UNPLUG};
	assert_int_equal(job_run(&job), UXM_TRANSFER_FAILED);
	assert_non_null(strstr(job.why.text, "SHA-256"));
	assert_int_equal(job.watched.seeks, 2);
	job = (struct job){.desk = desk, .run = job.run, .waits = true, .forgets = true};
	assert_int_equal(job_run(&job), UXM_UPDATED);
	assert_true(desk_runs_image(desk, 0));
}

static void fails_when_the_image_cannot_be_read_from_there(void **state)
{
	struct desk *desk = usual(state);
	struct job job;

	job_begin(&job, desk);
	interrupt(&job, JOB_SIZE / 2);
	job.run.image.cannot_seek = true;
	assert_int_equal(job_run(&job), UXM_FETCH_FAILED);
	assert_non_null(strstr(job.why.text, "cannot go to byte"));
	job.run.image.cannot_seek = false;
	assert_int_equal(job_run(&job), UXM_UPDATED);
}

/* Interrupted again and again, each time a little later: every time some of it stays. */
static void gets_there_in_the_end_however_often_it_is_interrupted(void **state)
{
	struct desk *desk = usual(state);
	uint64_t before = 0;
	unsigned rounds = 0;
	struct job job;

	job_begin(&job, desk);
	job.dies_at = 400;
	do {
		assert_int_equal(job_run(&job), UXM_INTERNAL);
		assert_in_range(job.watched.sought, before, JOB_SIZE);
		before = job.watched.sought;
		rounds++;
		/* The module comes to its end, if it was told to. */
		desk_pass(desk, UINT64_C(5000000));
	} while (!desk_runs_image(desk, 0) && rounds < 20);
	assert_true(desk_runs_image(desk, 0));
	assert_in_range(rounds, 3, 8);
}

#define TEST(name) cmocka_unit_test_prestate(name, desk)

int main(void)
{
	struct desk *desk = trial_desk();
	const struct CMUnitTest tests[] = {
		TEST(continues_where_the_module_was_unplugged),
		TEST(continues_where_the_host_was_killed),
		TEST(continues_after_it_was_cancelled),
		TEST(continues_after_the_server_broke_off),
		TEST(asks_for_nothing_when_the_module_has_it_all),
		TEST(starts_over_where_the_digest_is_not_known),
		TEST(starts_over_when_the_digest_became_known_only_later),
		TEST(starts_over_with_another_image),
		TEST(keeps_nothing_of_an_image_once_another_was_begun),
		TEST(throws_away_a_kept_part_that_was_damaged_in_flash),
		TEST(throws_away_a_kept_part_when_the_rest_is_another_images),
		TEST(does_not_fail_for_ever_when_the_wrong_digest_was_named),
		TEST(says_that_the_digest_is_wrong_also_of_a_module_that_leaves_then),
		TEST(knows_the_digest_of_it_all_after_an_unplug_that_it_waited_out),
		TEST(begins_its_digest_anew_when_the_module_kept_nothing_the_second_time),
		TEST(fails_when_the_image_cannot_be_read_from_there),
		TEST(gets_there_in_the_end_however_often_it_is_interrupted),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	desk_free(desk);
	return failed;
}
