/* phone/updater.c: updates from their start to their end. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "phone/journal.h"
#include "scene.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static void after_success_firmware_uxm_holds_the_url_and_the_journal_is_gone(void **state)
{
	(void)state;
	scene_start(
		URL,
		"[ -s journal.json ] || exit 1\n"
		"grep -qF 'compatible; 11.0 000413aabbcc SXM:0 UXM:1)' order || exit 1\n" PROGRESS(
			"send") PROGRESS("verify") COMES_BACK("1.6.1") RESULT("0", "true"));
	assert_int_equal(scene.state.update.phase, STATE_RUNNING);
	assert_string_equal(scene.state.update.source, "http://h/snomD7C-1.6.1-r.bin");
	assert_true(scene_has_journal());
	assert_string_equal(scene_firmware(), "");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	assert_string_equal(scene.state.update.text, "The sentence.");
	assert_true(scene.state.update.ended > 0);
	assert_string_equal(scene_firmware(), URL);
	assert_true(scene_is_kept(URL));
	assert_false(scene_has_journal());
	/* The list that follows shows the new version. */
	scene.state.looked = false;
	scene.wants_list = true;
	scene_run();
	scene.wants_list = false;
	assert_string_equal(scene.state.list.modules[0].version, "1.6.1");
}

static void whoever_asked_hears_what_the_module_took_before_the_end_and_every_list(void **state)
{
	(void)state;
	scene.heard[0] = '\0';
	scene_start(URL, PROGRESS("verify") COMES_BACK("1.6.1") RESULT("0", "true"));
	scene_run_until(STATE_ENDED);
	scene_look();
	assert_string_equal(scene.heard, "D7C D7C-0001 took " URL "\n"
					 "ended: The sentence.\nlisted\n");
	assert_int_equal(scene.ended, UXM_UPDATED);
	assert_false(scene.lasting);
	/* What the journal alone knows is heard of with the next list. */
	folder_put(&folder, "modules", MODULE("1.5.3", "idle"));
	scene_look();
	scene.heard[0] = '\0';
	scene_start(URL, PROGRESS("verify") COMES_BACK("1.6.1") "kill -KILL $$");
	scene_run_until(STATE_ENDED);
	scene_look();
	assert_int_equal(scene.ended, UXM_INTERNAL);
	assert_non_null(strstr(scene.heard, "ended: The update's program crashed"));
	assert_non_null(strstr(scene.heard, "D7C D7C-0001 took " URL "\nlisted\n"));
}

static void the_new_version_is_known_with_the_success(void **state)
{
	(void)state;
	scene_start(URL, PROGRESS("verify") "echo '{\"event\":\"result\",\"code\":0,\"text\":\"x\","
					    "\"committed\":true,\"returned\":{\"port\":\"1-1\","
					    "\"serial\":\"D7C-0001\",\"model\":\"D7C\","
					    "\"version\":\"1.6.1\"}}'\nexit 0\n");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	/* No list has come since. */
	assert_int_equal(scene.state.list.count, 1);
	assert_string_equal(scene.state.list.modules[0].version, "1.6.1");
	scene_look();
	assert_string_equal(scene.state.list.modules[0].version, "1.5.3");
}

static void an_order_names_the_module_that_was_listed(void **state)
{
	(void)state;
	scene_start(URL, "grep -qF '\"serial\":\"D7C-0001\"' order || exit 1\n" PROGRESS("verify")
				 COMES_BACK("1.6.1") RESULT("0", "true"));
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
}

static void what_another_module_took_is_not_the_one_that_was_meant(void **state)
{
	(void)state;
	scene.heard[0] = '\0';
	scene_start(URL, PROGRESS("verify") "echo '{\"event\":\"result\",\"code\":0,\"text\":"
					    "\"x\",\"committed\":true,\"module\":{\"serial\":"
					    "\"B\"}}'");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.ended, UXM_OTHER_MODULE);
	assert_non_null(strstr(scene.state.update.text, "serial number B, and not of D7C-0001"));
	assert_null(strstr(scene.heard, "took"));
	assert_string_equal(scene_firmware(), "");
	/* It runs what it ran. */
	scene_look();
	assert_string_equal(scene_firmware(), "");
	assert_false(scene_has_journal());
}

static void a_failure_that_trying_again_does_not_mend_is_told_as_such(void **state)
{
	(void)state;
	scene_start(URL, "echo '{\"event\":\"result\",\"code\":6,\"text\":\"No such file.\","
			 "\"lasting\":true}'; exit 6");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.ended, UXM_FETCH_FAILED);
	assert_true(scene.lasting);
	scene_look();
	/* The next one says nothing of it, and had no time to. */
	scene_start(URL, "kill -KILL $$");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.ended, UXM_INTERNAL);
	assert_false(scene.lasting);
	scene_look();
	scene_start(URL, RESULT("6", "false"));
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.ended, UXM_FETCH_FAILED);
	assert_false(scene.lasting);
}

static void the_log_tells_each_step_and_no_secret(void **state)
{
	static const char *const says[] = {"http://h/snomD7C-1.6.1-r.bin begins", "step send",
					   "step verify", "Update ended: The sentence.",
					   "firmware_uxm is now http://h/snomD7C-1.6.1-r.bin"};
	char text[8192];
	ssize_t got;

	(void)state;
	scene_start(URL, PROGRESS("send") PROGRESS("verify") RESULT("0", "true"));
	scene_run_until(STATE_ENDED);
	got = read(scene.log_end, text, sizeof(text) - 1);
	assert_true(got > 0);
	text[got] = '\0';
	for (size_t i = 0; i < ROWS(says); i++) {
		if (strstr(text, says[i]) == NULL)
			fail_msg("not said: %s\n%s", says[i], text);
	}
	assert_null(strstr(text, "secret"));
}

static void a_failure_leaves_firmware_uxm_as_it_was(void **state)
{
	(void)state;
	scene_start(URL, PROGRESS("fetch") RESULT("6", "false"));
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_FETCH_FAILED);
	assert_string_equal(scene.state.update.text, "The sentence.");
	assert_string_equal(scene_firmware(), "");
	assert_false(scene_has_journal());
}

static void what_a_job_without_a_result_said_last_is_told(void **state)
{
	(void)state;
	scene_start(URL, "echo 'The key is wrong.' >&2; exit 2");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_USAGE);
	assert_string_equal(scene.state.update.text, "The key is wrong.");
	assert_false(scene_has_journal());
}

static void success_is_not_believed_without_a_result(void **state)
{
	static const char *const scripts[] = {
		"exit 0", PROGRESS("verify") "exit 0",
		/* The code and the line do not agree. */
		"echo '{\"event\":\"result\",\"code\":6,\"text\":\"x\"}'; exit 0"};

	(void)state;
	for (size_t i = 0; i < ROWS(scripts); i++) {
		scene_start(URL, scripts[i]);
		scene_run_until(STATE_ENDED);
		assert_int_equal(scene.state.update.result, UXM_INTERNAL);
		assert_string_equal(scene_firmware(), "");
		scene_look();
		assert_string_equal(scene_firmware(), "");
		assert_false(scene_has_journal());
	}
}

static void an_update_is_cancelled_before_the_commit(void **state)
{
	(void)state;
	scene.cancel_at = "send";
	scene_start(URL, "trap 'echo \"{\\\"event\\\":\\\"result\\\",\\\"code\\\":13,"
			 "\\\"text\\\":\\\"Cancelled.\\\",\\\"committed\\\":false}\"; exit 13' "
			 "TERM\n" PROGRESS("send") "while :; do sleep 0.02; done");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_CANCELLED);
	assert_string_equal(scene.state.update.text, "Cancelled.");
	assert_false(scene_has_journal());
}

static void an_update_that_does_not_obey_is_cancelled_by_force(void **state)
{
	(void)state;
	scene.cancel_at = "send";
	scene_start(URL, "trap '' TERM\n" PROGRESS("send") "while :; do sleep 0.1; done");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_CANCELLED);
	assert_non_null(strstr(scene.state.update.text, "cancelled, by force"));
	scene_look();
	assert_string_equal(scene_firmware(), "");
	assert_false(scene_has_journal());
}

/* The job's program is killed in the moment in which nobody knows whether COMMIT has arrived. */
static void a_cancel_that_meets_the_commit_does_not_say_that_the_old_version_stays(void **state)
{
	(void)state;
	scene.cancel_at = "send";
	scene_start(URL, "trap 'echo \"{\\\"event\\\":\\\"progress\\\",\\\"step\\\":"
			 "\\\"commit\\\"}\"; kill -KILL $$' TERM\n" PROGRESS(
				 "send") "while :; do sleep 0.02; done");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_INTERNAL);
	assert_null(strstr(scene.state.update.text, "old version"));
	assert_non_null(strstr(scene.state.update.text, "after the commit"));
	assert_non_null(strstr(scene.state.update.text, "version tells what became of it"));
}

static void one_update_runs_at_a_time(void **state)
{
	const struct order order = {.source = URL};
	struct uxm_failure why;

	(void)state;
	scene_start(URL, PROGRESS("send") "exec sleep 60");
	assert_false(updater_start(scene.updater, &order, -1, &why));
	assert_int_equal(why.result, UXM_BUSY);
	assert_true(updater_cancel(scene.updater, &why));
	scene_run_until(STATE_ENDED);
	assert_false(updater_cancel(scene.updater, &why));
	assert_string_equal(why.text, "No update is running.");
}

static void what_cannot_begin_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		const char *source;
		enum uxm_result result;
		const char *says;
	} rows[] = {
		{"", UXM_USAGE, "No firmware is named"},
		{"snomD7C-1.6.1-r.bin", UXM_USAGE, "is not a complete URL"},
		{"http://u:secret@h/firmware.bin", UXM_IMAGE_REFUSED,
		 "http://h/firmware.bin is not named like an image"},
	};
	struct uxm_failure why;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct order order = {.source = rows[i].source};

		assert_false(updater_start(scene.updater, &order, -1, &why));
		assert_int_equal(why.result, rows[i].result);
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("%s", why.text);
		assert_int_equal(scene.state.update.phase, STATE_IDLE);
		assert_false(scene_has_journal());
	}
	{
		const struct order order = {.source = URL};

		folder_put(&folder, "modules", MODULE("1.5.3", "idle") OTHER_MODULE);
		scene_look();
		assert_false(updater_start(scene.updater, &order, -1, &why));
		assert_int_equal(why.result, UXM_SEVERAL_MODULES);
		folder_put(&folder, "modules", MODULE("1.5.3", "idle"));
		scene_look();
		/* What cannot be written down is not begun, what cannot be started is not kept. */
		assert_int_equal(mkdir(scene.paths[2], 0700), 0);
		assert_false(updater_start(scene.updater, &order, -1, &why));
		assert_int_equal(why.result, UXM_INTERNAL);
		assert_int_equal(rmdir(scene.paths[2]), 0);
		assert_int_equal(unlink(scene.paths[0]), 0);
		assert_false(updater_start(scene.updater, &order, -1, &why));
		assert_non_null(strstr(why.text, "uxm cannot be started"));
		assert_false(scene_has_journal());
		assert_int_equal(scene.state.update.phase, STATE_IDLE);
	}
}

static void the_led_blinks_during_an_update_and_no_longer(void **state)
{
	struct uxm_failure why;

	(void)state;
	assert_int_equal(mkdir(folder_at(&folder, "red"), 0700), 0);
	folder_put(&folder, "red/trigger", "[none] timer");
	folder_put(&folder, "red/brightness", "3");
	folder_put(&folder, "red/delay_on", "");
	folder_put(&folder, "red/delay_off", "");
	assert_int_equal(phone_settings_set(scene.settings, PHONE_LED, "red", PHONE_BY_UXMD, &why),
			 UXM_UPDATED);
	scene_start(URL, PROGRESS("send") RESULT("6", "false"));
	assert_true(folder_holds(&folder, "red/trigger", "timer"));
	scene_run_until(STATE_ENDED);
	assert_true(folder_holds(&folder, "red/trigger", "none"));
	assert_true(folder_holds(&folder, "red/brightness", "3"));
	assert_int_equal(access(scene.paths[3], F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_release)
		TEST(after_success_firmware_uxm_holds_the_url_and_the_journal_is_gone),
		TEST(whoever_asked_hears_what_the_module_took_before_the_end_and_every_list),
		TEST(the_new_version_is_known_with_the_success),
		TEST(an_order_names_the_module_that_was_listed),
		TEST(what_another_module_took_is_not_the_one_that_was_meant),
		TEST(a_failure_that_trying_again_does_not_mend_is_told_as_such),
		TEST(the_log_tells_each_step_and_no_secret),
		TEST(a_failure_leaves_firmware_uxm_as_it_was),
		TEST(what_a_job_without_a_result_said_last_is_told),
		TEST(success_is_not_believed_without_a_result),
		TEST(an_update_is_cancelled_before_the_commit),
		TEST(an_update_that_does_not_obey_is_cancelled_by_force),
		TEST(a_cancel_that_meets_the_commit_does_not_say_that_the_old_version_stays),
		TEST(one_update_runs_at_a_time),
		TEST(what_cannot_begin_is_refused_and_leaves_nothing),
		TEST(the_led_blinks_during_an_update_and_no_longer),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/updater", tests, NULL, NULL);
}
