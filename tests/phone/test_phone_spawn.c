/* phone/spawn.c: what a job is started with, and what is left of it. */
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

static void an_order_arrives_whole_on_descriptor_3_and_no_other_is_open(void **state)
{
	struct job_options options = job_scene_options(
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
	job_scene_run(&options);
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
	struct job_options options = job_scene_options(
		"printf '%s %s %s ' \"$1\" \"$2\" \"$3\" >\"$0.args\"; cat <&3 >\"$0.order\"; "
		"cat >\"$0.input\"; echo '{}'");
	cJSON *order = cJSON_CreateObject();

	(void)state;
	cJSON_AddStringToObject(order, "setting_server", "http://h/{mac}.xml");
	options.kind = JOB_CHECK;
	options.order = order;
	job_scene_run(&options);
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
	struct job_options options = job_scene_options(
		"printf '%s %s' $# \"$UXM_FIRMWARE\" >\"$0.said\"; env | grep -c UXM_FIRMWARE= "
		">\"$0.count\"; echo \"$KEPT\" >\"$0.kept\"");

	(void)state;
	assert_int_equal(setenv("UXM_FIRMWARE", "of before", 1), 0);
	assert_int_equal(setenv("KEPT", "yes", 1), 0);
	options.kind = JOB_PHONE;
	options.held = -1;
	options.firmware = "http://u:p@h/phone.bin?a='b'&c=$(id)";
	job_scene_run(&options);
	assert_int_equal(unsetenv("UXM_FIRMWARE"), 0);
	assert_int_equal(scene.end, JOB_EXITED);
	assert_int_equal(scene.code, 0);
	assert_true(folder_holds(&folder, "uxm.said", "0 http://u:p@h/phone.bin?a='b'&c=$(id)"));
	assert_true(folder_holds(&folder, "uxm.count", "1\n"));
	assert_true(folder_holds(&folder, "uxm.kept", "yes\n"));
}

static void the_phones_own_update_may_print_what_it_likes_but_only_0_is_well(void **state)
{
	struct job_options options = job_scene_options(
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
		job_scene_run(&options);
		assert_int_equal(scene.end, i == 0 ? JOB_EXITED : JOB_CRASHED);
		assert_int_equal(scene.lines, 0);
		assert_string_equal(scene.words, "Why.");
	}
}

/* Progress is the last line for a while: many are there, and the last one counts. */
static void of_what_the_phones_own_update_says_the_last_line_is_kept(void **state)
{
	struct job_options options = job_scene_options(
		"i=0; while [ $i -lt 300 ]; do echo \"Erasing block $i\" >&2; i=$((i+1)); done; "
		"(echo Full. >&2); exit 1");

	(void)state;
	options.kind = JOB_PHONE;
	options.held = -1;
	options.firmware = "http://h/phone.bin";
	job_scene_run(&options);
	assert_int_equal(scene.end, JOB_CRASHED);
	assert_string_equal(scene.words, "Full.");
}

static void a_list_has_the_ids_of_modules_as_arguments_and_an_empty_input(void **state)
{
	struct job_options options =
		job_scene_options("echo \"$@\" >\"$0.args\"; cat >\"$0.input\"; echo '{}'");

	(void)state;
	options.module_ids = " 1234:0001  abcd:ef01 ";
	job_scene_run(&options);
	assert_true(folder_holds(&folder, "uxm.args",
				 "list --json --module-id 1234:0001 --module-id abcd:ef01\n"));
	assert_true(folder_holds(&folder, "uxm.input", ""));
	options.module_ids = "";
	scene.ended = false;
	job_scene_run(&options);
	assert_true(folder_holds(&folder, "uxm.args", "list --json\n"));
}

static void blocked_signals_are_not_inherited(void **state)
{
	struct job_options options = job_scene_options("");
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
	job_scene_run(&options);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	assert_int_equal(scene.end, JOB_CRASHED);
	assert_true(folder_holds(&folder, "uxm.mask", "SigBlk:\t0000000000000000\n"));
}

static void an_ignored_sigchld_is_not_inherited(void **state)
{
	struct job_options options = job_scene_options("");

	(void)state;
	folder_put(&folder, "uxm",
		   "#!/usr/bin/env python3\nimport signal, sys\n"
		   "how = signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL\n"
		   "open(sys.argv[0] + '.how', 'w').write(str(how))\n"
		   "print('{}', flush=True)\nsignal.pause()\n");
	snprintf(scene.program, sizeof(scene.program), "%s", folder_at(&folder, "uxm"));
	assert_int_equal(chmod(scene.program, 0700), 0);
	options.program = scene.program;
	scene.stop_at_line = true;
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	job_scene_run(&options);
	assert_true(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	assert_true(folder_holds(&folder, "uxm.how", "True"));
}

static void a_program_that_cannot_be_started_is_named(void **state)
{
	struct job_options options = job_scene_options("");
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
	struct job_options options = job_scene_options("echo '{}'");
	struct uxm_failure why;
	size_t before = open_descriptors();

	(void)state;
	job_scene_run(&options);
	options.program = "/nonexistent";
	assert_null(job_start(scene.loop, &options, &why));
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, job_scene_make, job_scene_release)
		TEST(an_order_arrives_whole_on_descriptor_3_and_no_other_is_open),
		TEST(a_check_gets_its_order_as_an_update_does_and_nothing_to_read),
		TEST(the_phones_own_update_finds_its_url_in_its_environment_alone),
		TEST(the_phones_own_update_may_print_what_it_likes_but_only_0_is_well),
		TEST(of_what_the_phones_own_update_says_the_last_line_is_kept),
		TEST(a_list_has_the_ids_of_modules_as_arguments_and_an_empty_input),
		TEST(blocked_signals_are_not_inherited),
		TEST(an_ignored_sigchld_is_not_inherited),
		TEST(a_program_that_cannot_be_started_is_named),
		TEST(nothing_is_left_open_and_no_child_is_left),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/spawn", tests, NULL, NULL);
}
