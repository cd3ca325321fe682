/* phone/job.c: real programs that do what they should, and all that they should not. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job_scene.h"
#include "tests/cmocka.h"

static void lines_arrive_one_by_one_and_then_the_end(void **state)
{
	(void)state;
	job_scene_run_script(
		"echo '{\"a\":1}'; echo '{\"b\":\"\xc3\xbc\"} '; printf '{\"c\":3}\\r\\n'");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 0);
	assert_int_equal(scene.lines, 3);
	assert_string_equal(scene.last, "{\"c\":3}");
	assert_string_equal(scene.words, "");
}

static void a_line_in_parts_is_one_line(void **state)
{
	(void)state;
	job_scene_run_script(
		"printf '{\"a\":'; sleep 0.05; printf '\"b'; sleep 0.05; printf '\"}\\n{}\\n'");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.lines, 2);
}

static void each_code_of_uxm_is_an_exit_and_others_are_crashes(void **state)
{
	static const int codes[] = {1, 6, 14, 15, 99, 127, 255};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		char script[32];

		scene.ended = false;
		snprintf(script, sizeof(script), "exit %d", codes[i]);
		job_scene_run_script(script);
		assert_int_equal(scene.end, codes[i] <= 14 ? JOB_EXITED : JOB_CRASHED);
		if (codes[i] <= 14)
			assert_int_equal(scene.code, codes[i]);
	}
}

static void an_end_that_cannot_be_known_is_a_crash(void **state)
{
	(void)state;
	scene.stop_at_line = true;
	/* The kernel reaps children then. */
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	job_scene_run_script("trap 'exit 6' TERM; echo '{}'; while :; do sleep 0.05; done");
	assert_true(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	assert_int_equal(scene.end, JOB_CRASHED);
	assert_int_equal(scene.lines, 1);
}

static void a_crash_is_told_with_the_last_words(void **state)
{
	(void)state;
	job_scene_run_script(
		"echo '{}'; echo first >&2; echo 'last words \x01' >&2; kill -SEGV $$");
	assert_int_equal(scene.end, JOB_CRASHED);
	assert_int_equal(scene.lines, 1);
	assert_string_equal(scene.words, "last words ?");
}

static void last_words_without_a_line_end_count_too(void **state)
{
	(void)state;
	job_scene_run_script("echo first >&2; printf 'last' >&2; exit 6");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_string_equal(scene.words, "last");
}

static void a_torrent_on_standard_error_holds_nothing_up(void **state)
{
	(void)state;
	job_scene_run_script(
		"head -c 5000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo '{\"a\":1}'; "
		"echo done >&2; exit 3");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 3);
	assert_int_equal(scene.lines, 1);
	assert_string_equal(scene.words, "done");
}

static void what_is_no_json_object_ends_the_job(void **state)
{
	static const char *const says[] = {"garbage", "[1]",  "1",      "",      "{\"a\":}",
					   "{}{}",    "{} x", "{\"a\"", "\\001", "{\\000}"};

	(void)state;
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		char script[128];

		scene.ended = false;
		scene.lines = 0;
		snprintf(script, sizeof(script), "printf '%s\\n{}\\n'; exec sleep 60", says[i]);
		job_scene_run_script(script);
		if (scene.end != JOB_GARBLED || scene.lines != 0)
			fail_msg("'%s': %d, %u lines", says[i], scene.end, scene.lines);
	}
}

static void a_line_of_16_kib_is_the_longest(void **state)
{
	static const struct {
		unsigned blanks;
		bool taken;
	} rows[] = {{PHONE_JOB_LINE - 3, true}, {PHONE_JOB_LINE - 2, false}, {1000000, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char script[128];

		scene.ended = false;
		snprintf(script, sizeof(script),
			 "printf '{'; head -c %u /dev/zero | tr '\\0' ' '; printf '}\\n'",
			 rows[i].blanks);
		job_scene_run_script(script);
		assert_int_equal(scene.end, rows[i].taken ? JOB_EXITED : JOB_GARBLED);
	}
}

static void a_line_that_was_cut_off_at_the_end_is_garbled(void **state)
{
	(void)state;
	job_scene_run_script("echo '{}'; printf '{\"event\":\"result\"'");
	assert_int_equal(scene.lines, 1);
	assert_int_equal(scene.end, JOB_GARBLED);
}

static void a_silent_job_is_ended_and_told_as_silent(void **state)
{
	struct job_options options = job_scene_options("echo '{}'; exec sleep 60");

	(void)state;
	options.silence = 50;
	job_scene_run(&options);
	assert_int_equal(scene.end, JOB_SILENT);
	assert_int_equal(scene.lines, 1);
}

/* A phone that is ended in mid-write may be spoilt for good. */
static void the_phones_own_update_may_be_silent_for_ever(void **state)
{
	struct job_options options = job_scene_options("exec >&- 2>&-; sleep 0.5");

	(void)state;
	options.kind = JOB_PHONE;
	options.held = -1;
	options.firmware = "http://h/phone.bin";
	options.silence = 50;
	job_scene_run(&options);
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.silences, 0);
}

static void a_job_that_said_how_long_it_pauses_may_be_silent_so_much_longer(void **state)
{
	struct job_options options = job_scene_options("echo '{}'; sleep 1; exit 0");

	(void)state;
	options.silence = 300;
	scene.bear_at_line = 30000;
	job_scene_run(&options);
	assert_int_equal(scene.end, JOB_EXITED);
	/* Its next line ends that. */
	scene.ended = false;
	scene.bear_once = true;
	options = job_scene_options("echo '{}'; echo '{}'; exec sleep 60");
	options.silence = 300;
	job_scene_run(&options);
	assert_int_equal(scene.end, JOB_SILENT);
}

static void lines_end_a_silence(void **state)
{
	struct job_options options =
		job_scene_options("for i in 1 2 3 4 5 6 7 8; do echo '{}'; sleep 0.25; done");

	(void)state;
	/* Together they take longer than it may be silent. */
	options.silence = 1500;
	job_scene_run(&options);
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.lines, 8);
}

/* Whether a process runs; one that ended and was not reaped yet does not. */
static bool is_running(int pid)
{
	char path[64];
	char status[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	status[fread(status, 1, sizeof(status) - 1, file)] = '\0';
	fclose(file);
	return strstr(status, ") Z") == NULL && strstr(status, ") X") == NULL;
}

static void a_job_that_ignores_sigterm_is_killed_with_all_that_it_started(void **state)
{
	char *pid;

	(void)state;
	scene.stop_at_line = true;
	job_scene_run_script("trap '' TERM; sleep 300 & echo $! >\"$0.child\"; echo '{}'; "
			     "while :; do wait; done");
	assert_int_equal(scene.end, JOB_CRASHED);
	pid = folder_get(&folder, "uxm.child");
	assert_non_null(pid);
	for (int i = 0; is_running((int)strtol(pid, NULL, 10)); i++) {
		/* The signal was sent to both at once; the other one may need a moment. */
		assert_in_range(i, 0, 1000);
		usleep(1000);
	}
	free(pid);
}

static void a_job_that_is_stopped_may_clean_up_and_say_so(void **state)
{
	(void)state;
	scene.stop_at_line = true;
	job_scene_run_script("trap 'echo \"{\\\"late\\\":1}\"; exit 13' TERM; echo '{}'; "
			     "while :; do sleep 0.05; done");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 13);
	assert_string_equal(scene.last, "{\"late\":1}");
}

static void a_committed_job_is_never_killed_however_long_it_is_silent(void **state)
{
	/* It would have to be killed: SIGTERM means nothing to it. */
	struct job_options options =
		job_scene_options("trap '' TERM; echo '{}'; read x; echo '{\"last\":1}'; exit 9");
	cJSON *order = cJSON_CreateObject();
	int both[2];

	(void)state;
	assert_int_equal(pipe2(both, O_CLOEXEC), 0);
	options.kind = JOB_UPDATE;
	options.order = order;
	options.input = both[0];
	options.silence = 30;
	scene.commit_at = 1;
	scene.stop_at_line = true;
	scene.stop_at_silence = 3;
	job_scene_run(&options);
	cJSON_Delete(order);
	assert_int_equal(scene.silences, 3);
	assert_false(scene.ended);
	assert_int_equal(write(both[1], "go\n", 3), 3);
	close(both[1]);
	close(both[0]);
	scene.stop_at_silence = 0;
	job_scene_run_until_end();
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 9);
	assert_string_equal(scene.last, "{\"last\":1}");
}

static void a_commit_that_is_heard_after_sigterm_stops_the_killing(void **state)
{
	(void)state;
	scene.stop_at_line = true;
	scene.commit_at = 2;
	/* The answer to SIGTERM is that it is too late, and it takes longer than patience lasts. */
	job_scene_run_script("trap 'echo \"{\\\"committed\\\":1}\"' TERM; echo '{}'; i=0; "
			     "while [ $i -lt 65 ]; do sleep 0.1; i=$((i+1)); done; exit 0");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 0);
	assert_string_equal(scene.last, "{\"committed\":1}");
}

static void a_job_may_be_forgotten_from_within_its_line(void **state)
{
	int status = 0;

	(void)state;
	scene.free_at_line = true;
	job_scene_run_script("echo '{\"a\":1}'; echo '{\"b\":2}'; exec sleep 60");
	assert_int_equal(scene.lines, 1);
	assert_false(scene.ended);
	/* It was asked to end. */
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, job_scene_make, job_scene_release)
		TEST(lines_arrive_one_by_one_and_then_the_end),
		TEST(a_line_in_parts_is_one_line),
		TEST(each_code_of_uxm_is_an_exit_and_others_are_crashes),
		TEST(an_end_that_cannot_be_known_is_a_crash),
		TEST(a_crash_is_told_with_the_last_words),
		TEST(last_words_without_a_line_end_count_too),
		TEST(a_torrent_on_standard_error_holds_nothing_up),
		TEST(what_is_no_json_object_ends_the_job),
		TEST(a_line_of_16_kib_is_the_longest),
		TEST(a_line_that_was_cut_off_at_the_end_is_garbled),
		TEST(a_silent_job_is_ended_and_told_as_silent),
		TEST(the_phones_own_update_may_be_silent_for_ever),
		TEST(a_job_that_said_how_long_it_pauses_may_be_silent_so_much_longer),
		TEST(lines_end_a_silence),
		TEST(a_job_that_ignores_sigterm_is_killed_with_all_that_it_started),
		TEST(a_job_that_is_stopped_may_clean_up_and_say_so),
		TEST(a_committed_job_is_never_killed_however_long_it_is_silent),
		TEST(a_commit_that_is_heard_after_sigterm_stops_the_killing),
		TEST(a_job_may_be_forgotten_from_within_its_line),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/job", tests, NULL, NULL);
}
