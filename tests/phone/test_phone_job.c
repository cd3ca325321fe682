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

#include "folder.h"
#include "phone/job.h"
#include "tests/cmocka.h"

/* A test that hangs ends after this, in milliseconds. */
#define PATIENCE 60000u

static struct folder folder;

/* What a test sees of a job. */
struct scene {
	struct loop *loop;
	struct loop_timer timer;
	struct job *job;
	bool free_at_line; /* the first line frees the job */
	bool stop_at_line;
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

static struct scene scene;

static void on_line(void *self, const cJSON *line)
{
	char *text = cJSON_PrintUnformatted(line);

	(void)self;
	assert_false(scene.ended);
	snprintf(scene.last, sizeof(scene.last), "%s", text);
	cJSON_free(text);
	scene.lines++;
	if (scene.lines == scene.commit_at)
		job_committed(scene.job);
	if (scene.stop_at_line)
		job_stop(scene.job);
	if (scene.free_at_line) {
		job_free(scene.job);
		scene.job = NULL;
		loop_end(scene.loop);
	}
}

static void on_silent(void *self)
{
	(void)self;
	scene.silences++;
	if (scene.silences == scene.stop_at_silence)
		loop_end(scene.loop);
}

static void on_ended(void *self, enum job_end end, int code, const char *last_words)
{
	(void)self;
	assert_false(scene.ended);
	scene.ended = true;
	scene.end = end;
	scene.code = code;
	snprintf(scene.words, sizeof(scene.words), "%s", last_words);
	job_free(scene.job);
	scene.job = NULL;
	loop_end(scene.loop);
}

static void on_too_long(void *self)
{
	(void)self;
	fail_msg("the job did not end");
}

static int make(void **state)
{
	(void)state;
	folder_make(&folder);
	memset(&scene, 0, sizeof(scene));
	scene.loop = loop_new();
	return scene.loop == NULL;
}

static int release(void **state)
{
	(void)state;
	job_free(scene.job);
	loop_cancel(&scene.timer);
	loop_free(scene.loop);
	folder_remove(&folder);
	return 0;
}

static struct job_options options_of(const char *script)
{
	snprintf(scene.program, sizeof(scene.program), "%s",
		 folder_put_script(&folder, "uxm", script));
	return (struct job_options){
		.program = scene.program,
		.kind = JOB_LIST,
		.input = -1,
		.silence = PATIENCE,
		.watcher = {on_line, on_silent, on_ended, NULL},
	};
}

static void run_until_end(void)
{
	loop_at(scene.loop, &scene.timer, loop_now(scene.loop) + PATIENCE, on_too_long, NULL);
	loop_run(scene.loop);
	loop_cancel(&scene.timer);
}

/* Runs a job to its end. */
static void run(const struct job_options *options)
{
	struct uxm_failure why = {.text = ""};

	scene.job = job_start(scene.loop, options, &why);
	if (scene.job == NULL)
		fail_msg("%s", why.text);
	run_until_end();
}

static void run_script(const char *script)
{
	const struct job_options options = options_of(script);

	run(&options);
}

static void lines_arrive_one_by_one_and_then_the_end(void **state)
{
	(void)state;
	run_script("echo '{\"a\":1}'; echo '{\"b\":\"\xc3\xbc\"} '; printf '{\"c\":3}\\r\\n'");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 0);
	assert_int_equal(scene.lines, 3);
	assert_string_equal(scene.last, "{\"c\":3}");
	assert_string_equal(scene.words, "");
}

static void a_line_in_parts_is_one_line(void **state)
{
	(void)state;
	run_script("printf '{\"a\":'; sleep 0.05; printf '\"b'; sleep 0.05; printf '\"}\\n{}\\n'");
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
		run_script(script);
		assert_int_equal(scene.end, codes[i] <= 14 ? JOB_EXITED : JOB_CRASHED);
		if (codes[i] <= 14)
			assert_int_equal(scene.code, codes[i]);
	}
}

static void a_crash_is_told_with_the_last_words(void **state)
{
	(void)state;
	run_script("echo '{}'; echo first >&2; echo 'last words \x01' >&2; kill -SEGV $$");
	assert_int_equal(scene.end, JOB_CRASHED);
	assert_int_equal(scene.lines, 1);
	assert_string_equal(scene.words, "last words ?");
}

static void last_words_without_a_line_end_count_too(void **state)
{
	(void)state;
	run_script("echo first >&2; printf 'last' >&2; exit 6");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_string_equal(scene.words, "last");
}

static void a_torrent_on_standard_error_holds_nothing_up(void **state)
{
	(void)state;
	run_script("head -c 5000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo '{\"a\":1}'; "
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
		run_script(script);
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
		run_script(script);
		assert_int_equal(scene.end, rows[i].taken ? JOB_EXITED : JOB_GARBLED);
	}
}

static void a_line_that_was_cut_off_at_the_end_is_garbled(void **state)
{
	(void)state;
	run_script("echo '{}'; printf '{\"event\":\"result\"'");
	assert_int_equal(scene.lines, 1);
	assert_int_equal(scene.end, JOB_GARBLED);
}

static void a_silent_job_is_ended_and_told_as_silent(void **state)
{
	struct job_options options = options_of("echo '{}'; exec sleep 60");

	(void)state;
	options.silence = 50;
	run(&options);
	assert_int_equal(scene.end, JOB_SILENT);
	assert_int_equal(scene.lines, 1);
}

static void lines_end_a_silence(void **state)
{
	struct job_options options =
		options_of("for i in 1 2 3 4 5 6 7 8; do echo '{}'; sleep 0.25; done");

	(void)state;
	/* Together they take longer than it may be silent. */
	options.silence = 1500;
	run(&options);
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
	run_script("trap '' TERM; sleep 300 & echo $! >\"$0.child\"; echo '{}'; "
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
	run_script("trap 'echo \"{\\\"late\\\":1}\"; exit 13' TERM; echo '{}'; "
		   "while :; do sleep 0.05; done");
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 13);
	assert_string_equal(scene.last, "{\"late\":1}");
}

static void a_committed_job_is_never_killed_however_long_it_is_silent(void **state)
{
	/* It would have to be killed: SIGTERM means nothing to it. */
	struct job_options options =
		options_of("trap '' TERM; echo '{}'; read x; echo '{\"last\":1}'; exit 9");
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
	run(&options);
	cJSON_Delete(order);
	assert_int_equal(scene.silences, 3);
	assert_false(scene.ended);
	assert_int_equal(write(both[1], "go\n", 3), 3);
	close(both[1]);
	close(both[0]);
	scene.stop_at_silence = 0;
	run_until_end();
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
	run_script("trap 'echo \"{\\\"committed\\\":1}\"' TERM; echo '{}'; i=0; "
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
	run_script("echo '{\"a\":1}'; echo '{\"b\":2}'; exec sleep 60");
	assert_int_equal(scene.lines, 1);
	assert_false(scene.ended);
	/* It was asked to end. */
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void an_order_arrives_whole_on_descriptor_3_and_no_other_is_open(void **state)
{
	struct job_options options = options_of(
		"printf '%s %s %s ' \"$1\" \"$2\" \"$3\" >\"$0.args\"; cat <&3 >\"$0.order\"; "
		"cat >\"$0.input\"; ls /proc/self/fd | tr '\\n' ' ' >\"$0.open\"; echo '{}'");
	cJSON *order = cJSON_CreateObject();
	char *large = malloc(60001);
	char *text;
	int both[2];
	int stray = open("/dev/null", O_RDONLY); /* not close-on-exec, as a library might have it */

	(void)state;
	assert_non_null(large);
	memset(large, 'x', 60000);
	large[60000] = '\0';
	cJSON_AddStringToObject(order, "url", "http://u:secret@h/$(id) 'x'");
	cJSON_AddStringToObject(order, "large", large);
	free(large);
	assert_int_equal(pipe2(both, O_CLOEXEC), 0);
	assert_int_equal(write(both[1], "image", 5), 5);
	close(both[1]);
	options.kind = JOB_UPDATE;
	options.order = order;
	options.input = both[0];
	run(&options);
	close(both[0]);
	close(stray);
	assert_int_equal(scene.end, JOB_EXITED);
	text = cJSON_PrintUnformatted(order);
	cJSON_Delete(order);
	assert_true(folder_holds(&folder, "uxm.order", text));
	cJSON_free(text);
	assert_true(folder_holds(&folder, "uxm.args", "update --job 3 "));
	assert_true(folder_holds(&folder, "uxm.input", "image"));
	/* 3 is ls's own of the folder, or the order that the shell has open. */
	text = folder_get(&folder, "uxm.open");
	assert_non_null(text);
	if (strcmp(text, "0 1 2 3 4 ") != 0 && strcmp(text, "0 1 2 3 ") != 0)
		fail_msg("open are %s", text);
	free(text);
}

static void a_check_gets_its_order_as_an_update_does_and_nothing_to_read(void **state)
{
	struct job_options options = options_of(
		"printf '%s %s %s ' \"$1\" \"$2\" \"$3\" >\"$0.args\"; cat <&3 >\"$0.order\"; "
		"cat >\"$0.input\"; echo '{}'");
	cJSON *order = cJSON_CreateObject();

	(void)state;
	cJSON_AddStringToObject(order, "setting_server", "http://h/{mac}.xml");
	options.kind = JOB_CHECK;
	options.order = order;
	run(&options);
	cJSON_Delete(order);
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.lines, 1);
	assert_true(folder_holds(&folder, "uxm.args", "check --job 3 "));
	assert_true(
		folder_holds(&folder, "uxm.order", "{\"setting_server\":\"http://h/{mac}.xml\"}"));
	assert_true(folder_holds(&folder, "uxm.input", ""));
}

/* What comes from a server is an argument of no program, and no shell sees it. */
static void the_phones_own_update_finds_its_url_in_its_environment_alone(void **state)
{
	struct job_options options = options_of(
		"printf '%s %s' $# \"$UXM_FIRMWARE\" >\"$0.said\"; env | grep -c UXM_FIRMWARE= "
		">\"$0.count\"; echo \"$KEPT\" >\"$0.kept\"");

	(void)state;
	assert_int_equal(setenv("UXM_FIRMWARE", "of before", 1), 0);
	assert_int_equal(setenv("KEPT", "yes", 1), 0);
	options.kind = JOB_PHONE;
	options.held = -1;
	options.firmware = "http://u:p@h/phone.bin?a='b'&c=$(id)";
	run(&options);
	assert_int_equal(unsetenv("UXM_FIRMWARE"), 0);
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 0);
	assert_true(folder_holds(&folder, "uxm.said", "0 http://u:p@h/phone.bin?a='b'&c=$(id)"));
	assert_true(folder_holds(&folder, "uxm.count", "1\n"));
	assert_true(folder_holds(&folder, "uxm.kept", "yes\n"));
}

static void the_phones_own_update_may_print_what_it_likes_but_only_0_is_well(void **state)
{
	struct job_options options = options_of(
		"echo 'Erasing... 5 %'; printf 'no end'; head -c 40000 /dev/zero; echo Why. >&2; "
		"exit $(cat \"$0.code\")");
	static const char *const codes[] = {"0", "1", "3", "42"};

	(void)state;
	options.kind = JOB_PHONE;
	options.held = -1;
	options.firmware = "http://h/phone.bin";
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		folder_put(&folder, "uxm.code", codes[i]);
		scene.ended = false;
		run(&options);
		assert_int_equal(scene.end, i == 0 ? JOB_EXITED : JOB_CRASHED);
		assert_int_equal(scene.lines, 0);
		assert_string_equal(scene.words, "Why.");
	}
}

static void a_list_has_the_ids_of_modules_as_arguments_and_an_empty_input(void **state)
{
	struct job_options options =
		options_of("echo \"$@\" >\"$0.args\"; cat >\"$0.input\"; echo '{}'");

	(void)state;
	options.module_ids = " 1234:0001  abcd:ef01 ";
	run(&options);
	assert_true(folder_holds(&folder, "uxm.args",
				 "list --json --module-id 1234:0001 --module-id abcd:ef01\n"));
	assert_true(folder_holds(&folder, "uxm.input", ""));
	options.module_ids = "";
	scene.ended = false;
	run(&options);
	assert_true(folder_holds(&folder, "uxm.args", "list --json\n"));
}

static void blocked_signals_are_not_inherited(void **state)
{
	struct job_options options = options_of("");
	sigset_t blocked;
	sigset_t before;

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGCHLD);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
	scene.stop_at_line = true;
	/* No shell: those have their own way with signals. */
	folder_put(&folder, "uxm",
		   "#!/usr/bin/env python3\nimport signal, sys\n"
		   "lines = [x for x in open('/proc/self/status') if x.startswith('SigBlk')]\n"
		   "open(sys.argv[0] + '.mask', 'w').write(lines[0])\n"
		   "print('{}', flush=True)\nsignal.pause()\n");
	snprintf(scene.program, sizeof(scene.program), "%s", folder_at(&folder, "uxm"));
	assert_int_equal(chmod(scene.program, 0700), 0);
	options.program = scene.program;
	run(&options);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	assert_int_equal(scene.end, JOB_CRASHED);
	assert_true(folder_holds(&folder, "uxm.mask", "SigBlk:\t0000000000000000\n"));
}

static void a_program_that_cannot_be_started_is_named(void **state)
{
	struct job_options options = options_of("");
	struct uxm_failure why = {.text = ""};
	char path[300];

	(void)state;
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "none"));
	options.program = path;
	assert_null(job_start(scene.loop, &options, &why));
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_non_null(strstr(why.text, "/none cannot be started: No such file"));
	folder_put(&folder, "none", "no program");
	assert_null(job_start(scene.loop, &options, &why));
	assert_non_null(strstr(why.text, "Permission denied"));
}

static size_t open_descriptors(void)
{
	size_t count = 0;

	for (int i = 0; i < 256; i++)
		count += fcntl(i, F_GETFD) >= 0 ? 1 : 0;
	return count;
}

static void nothing_is_left_open_and_no_child_is_left(void **state)
{
	struct job_options options = options_of("echo '{}'");
	struct uxm_failure why;
	size_t before = open_descriptors();

	(void)state;
	run(&options);
	options.program = "/nonexistent";
	assert_null(job_start(scene.loop, &options, &why));
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, release)
		TEST(lines_arrive_one_by_one_and_then_the_end),
		TEST(a_line_in_parts_is_one_line),
		TEST(each_code_of_uxm_is_an_exit_and_others_are_crashes),
		TEST(a_crash_is_told_with_the_last_words),
		TEST(last_words_without_a_line_end_count_too),
		TEST(a_torrent_on_standard_error_holds_nothing_up),
		TEST(what_is_no_json_object_ends_the_job),
		TEST(a_line_of_16_kib_is_the_longest),
		TEST(a_line_that_was_cut_off_at_the_end_is_garbled),
		TEST(a_silent_job_is_ended_and_told_as_silent),
		TEST(lines_end_a_silence),
		TEST(a_job_that_ignores_sigterm_is_killed_with_all_that_it_started),
		TEST(a_job_that_is_stopped_may_clean_up_and_say_so),
		TEST(a_committed_job_is_never_killed_however_long_it_is_silent),
		TEST(a_commit_that_is_heard_after_sigterm_stops_the_killing),
		TEST(a_job_may_be_forgotten_from_within_its_line),
		TEST(an_order_arrives_whole_on_descriptor_3_and_no_other_is_open),
		TEST(a_check_gets_its_order_as_an_update_does_and_nothing_to_read),
		TEST(the_phones_own_update_finds_its_url_in_its_environment_alone),
		TEST(the_phones_own_update_may_print_what_it_likes_but_only_0_is_well),
		TEST(a_list_has_the_ids_of_modules_as_arguments_and_an_empty_input),
		TEST(blocked_signals_are_not_inherited),
		TEST(a_program_that_cannot_be_started_is_named),
		TEST(nothing_is_left_open_and_no_child_is_left),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/job", tests, NULL, NULL);
}
