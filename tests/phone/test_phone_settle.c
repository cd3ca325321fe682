/* phone/updater_settle.c and journal.c: what became of an update of which the end was not seen. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "phone/journal.h"
#include "phone/outcome.h"
#include "phone/updater_inside.h"
#include "scene.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static void a_crash_before_the_commit_is_told_and_settled_as_nothing(void **state)
{
	(void)state;
	scene_start(URL, PROGRESS("send") "echo 'Ouch.' >&2; kill -SEGV $$");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_INTERNAL);
	assert_non_null(strstr(scene.state.update.text,
			       "crashed; the module keeps its old version. It said last: 'Ouch.'"));
	scene_look();
	/* The module knows no better. */
	assert_non_null(strstr(scene.state.update.text, "It said last: 'Ouch.'"));
	assert_string_equal(scene_firmware(), "");
	assert_false(scene_has_journal());
}

static void a_crash_after_the_commit_is_settled_by_what_the_module_runs(void **state)
{
	(void)state;
	scene_start(URL, PROGRESS("verify") COMES_BACK("1.6.1") "kill -KILL $$");
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_INTERNAL);
	assert_non_null(strstr(scene.state.update.text, "crashed after the commit"));
	scene_look();
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	assert_non_null(strstr(scene.state.update.text, "runs version 1.6.1"));
	assert_string_equal(scene_firmware(), URL);
	assert_true(scene_is_kept(URL));
	assert_false(scene_has_journal());
}

static void how_the_last_update_ended_is_known_after_a_restart(void **state)
{
	struct state_update before;

	(void)state;
	scene_start(URL, PROGRESS("fetch") RESULT("6", "false"));
	scene_run_until(STATE_ENDED);
	before = scene.state.update;
	scene_end();
	scene_begin();
	assert_int_equal(scene.state.update.phase, STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_FETCH_FAILED);
	assert_string_equal(scene.state.update.text, "The sentence.");
	assert_string_equal(scene.state.update.source, "http://h/snomD7C-1.6.1-r.bin");
	assert_string_equal(scene.state.update.serial, "D7C-0001");
	assert_string_equal(scene.state.update.version, "1.6.1");
	assert_true(scene.state.update.ended > 0);
	assert_int_equal(scene.state.update.ended, before.ended);
}

static void a_file_that_does_not_tell_how_the_last_update_ended_is_as_none(void **state)
{
	static const char *const says[] = {
		"",
		"[]",
		"{}",
		"garbage",
		"{\"source\":\"\",\"serial\":\"\",\"version\":\"\",\"text\":\"\","
		"\"code\":15,\"ended\":1}",
		"{\"source\":\"\",\"serial\":\"\",\"version\":\"\",\"text\":\"\","
		"\"code\":-1,\"ended\":1}",
		"{\"source\":\"\",\"serial\":\"\",\"version\":\"\",\"text\":\"\","
		"\"code\":1,\"ended\":1e300}",
		"{\"source\":\"\",\"serial\":\"\",\"version\":\"\",\"code\":1,\"ended\":1}",
	};
	struct state_update update = {.phase = STATE_IDLE};
	struct uxm_failure why;

	(void)state;
	for (size_t i = 0; i < ROWS(says); i++) {
		folder_put(&folder, "outcome.json", says[i]);
		assert_false(outcome_load(&update, scene.paths[4], &why));
		assert_int_equal(why.result, UXM_USAGE);
		assert_non_null(strstr(why.text, "outcome.json cannot be used"));
		assert_int_equal(update.phase, STATE_IDLE);
	}
	/* And uxmd starts, and writes the next one. */
	scene_end();
	scene_begin();
	scene_look();
	scene_start(URL, RESULT("6", "false"));
	scene_run_until(STATE_ENDED);
	assert_true(outcome_load(&update, scene.paths[4], &why));
	assert_int_equal(update.result, UXM_FETCH_FAILED);
}

static void a_module_that_is_away_or_busy_is_waited_for(void **state)
{
	(void)state;
	scene_start(URL, PROGRESS("verify") ": >modules\n" RESULT("9", "true"));
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_NOT_BACK_YET);
	scene_look();
	assert_true(scene_has_journal());
	/* Another module with that version says nothing of ours. */
	folder_put(&folder, "modules", OTHER_MODULE);
	scene_look();
	assert_true(scene_has_journal());
	assert_string_equal(scene_firmware(), "");
	folder_put(&folder, "modules", MODULE("1.5.3", "installing"));
	scene_look();
	assert_true(scene_has_journal());
	assert_string_equal(scene_firmware(), "");
	assert_int_equal(scene.state.update.result, UXM_NOT_BACK_YET);
	folder_put(&folder, "modules", MODULE("1.6.1", "idle"));
	scene_look();
	assert_string_equal(scene_firmware(), URL);
	assert_false(scene_has_journal());
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
}

static void a_module_that_comes_back_with_another_version_is_told_as_such(void **state)
{
	(void)state;
	scene_start(URL, PROGRESS("verify") ": >modules\n" RESULT("9", "true"));
	scene_run_until(STATE_ENDED);
	folder_put(&folder, "modules", MODULE("1.5.3", "idle"));
	scene_look();
	assert_int_equal(scene.state.update.result, UXM_OTHER_VERSION);
	assert_non_null(strstr(scene.state.update.text, "1.6.1 came to nothing"));
	assert_string_equal(scene_firmware(), "");
}

static void a_busy_module_is_looked_at_again_without_being_asked_to(void **state)
{
	uint64_t from;

	(void)state;
	scene_start(URL, PROGRESS("install") "echo '" MODULE("1.5.3",
							     "installing") "' | grep . >modules\n"
									   "kill -KILL $$");
	scene_run_until(STATE_ENDED);
	from = loop_now(scene.loop);
	scene_look();
	assert_true(scene_has_journal());
	scene_expect_pause(from, 5000);
	folder_put(&folder, "modules", MODULE("1.6.1", "idle"));
	scene_pass_pause();
	assert_string_equal(scene_firmware(), URL);
}

static void an_update_that_uxmd_did_not_live_to_see_is_settled_by_its_next_start(void **state)
{
	static const struct {
		const char *script;
		const char *modules;
		bool taken;
		bool kept;
		const char *says; /* of the last update */
	} rows[] = {
		{PROGRESS("send") "exec sleep 60", MODULE("1.5.3", "idle"), false, false,
		 "The update to 1.6.1 was interrupted: the D7C (serial D7C-0001) runs another "},
		{PROGRESS("send") "exec sleep 60", MODULE("1.6.1", "idle"), true, false,
		 "runs version 1.6.1: it was updated"},
		{PROGRESS("send") "exec sleep 60", "", false, true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(phone_settings_set(scene.settings, PHONE_FIRMWARE_UXM, "",
						    PHONE_BY_UXMD, &(struct uxm_failure){0}),
				 UXM_UPDATED);
		assert_true(phone_settings_save(scene.settings, scene.paths[1],
						&(struct uxm_failure){0}));
		scene_start(URL, rows[i].script);
		scene_end();
		assert_true(scene_has_journal());
		folder_put(&folder, "modules", rows[i].modules);
		scene_begin();
		scene_look();
		assert_string_equal(scene_firmware(), rows[i].taken ? URL : "");
		assert_true(scene_is_kept(scene_firmware()));
		assert_int_equal(scene_has_journal(), rows[i].kept);
		if (rows[i].says == NULL) {
			assert_int_equal(scene.state.update.phase, STATE_IDLE);
		} else {
			assert_int_equal(scene.state.update.phase, STATE_ENDED);
			assert_int_equal(scene.state.update.result,
					 i == 0 ? UXM_INTERNAL : UXM_UPDATED);
			assert_non_null(strstr(scene.state.update.text, rows[i].says));
			assert_true(scene.state.update.ended > 0);
			scene_end();
			scene_begin();
			assert_non_null(strstr(scene.state.update.text, rows[i].says));
		}
		folder_put(&folder, "modules", MODULE("1.5.3", "idle"));
		scene_look();
		assert_false(scene_has_journal());
	}
}

static void a_committed_update_goes_on_when_uxmd_ends(void **state)
{
	(void)state;
	scene_start(URL,
		    "trap '' TERM\n" PROGRESS("verify") "sleep 0.3\n" COMES_BACK("1.6.1") "exit 0");
	scene_run_until(STATE_COMMITTED);
	/* Waits for the job's own end. */
	scene_end();
	scene_begin();
	scene_look();
	assert_string_equal(scene_firmware(), URL);
}

static void the_journal_marks_the_commit_before_anything_else_is_done(void **state)
{
	struct journal journal;
	struct uxm_failure why;

	(void)state;
	scene_start(URL,
		    PROGRESS("send") PROGRESS("verify") "while [ ! -e go ]; do sleep 0.02; done");
	assert_true(journal_load(&journal, scene.paths[2], &why));
	assert_int_equal(journal.count, 1);
	assert_string_equal(journal.of[0].source, URL);
	assert_string_equal(journal.of[0].serial, "D7C-0001");
	assert_string_equal(journal.of[0].port, "1-1");
	assert_string_equal(journal.of[0].model, "D7C");
	assert_string_equal(journal.of[0].version, "1.6.1");
	assert_false(journal.of[0].committed);
	scene_run_until(STATE_COMMITTED);
	assert_true(journal_load(&journal, scene.paths[2], &why));
	assert_true(journal.of[0].committed);
	assert_false(updater_cancel(scene.updater, &why));
	assert_string_equal(why.text, "The update can no longer be stopped.");
	assert_int_equal(why.result, UXM_BUSY);
	folder_put(&folder, "go", "");
}

static void a_setting_that_cannot_be_saved_is_saved_within_a_minute(void **state)
{
	uint64_t from;

	(void)state;
	scene_start(URL, "mkdir settings.xml\n" PROGRESS("verify") COMES_BACK("1.6.1")
				 RESULT("0", "true"));
	scene_run_until(STATE_ENDED);
	from = loop_now(scene.loop);
	scene_look();
	assert_int_equal(rmdir(scene.paths[1]), 0);
	scene_expect_pause(from, 60000);
	scene_pass_pause();
	assert_true(scene_is_kept(URL));
	assert_false(scene_has_journal());
}

static void a_setting_that_cannot_be_saved_is_saved_by_the_next_start(void **state)
{
	(void)state;
	scene_start(URL, "mkdir settings.xml\n" PROGRESS("verify") COMES_BACK("1.6.1")
				 RESULT("0", "true"));
	scene_run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	assert_true(scene_has_journal());
	/* uxmd dies. */
	scene_end();
	assert_int_equal(rmdir(scene.paths[1]), 0);
	scene_begin();
	assert_string_equal(scene_firmware(), "");
	scene_look();
	assert_true(scene_is_kept(URL));
	assert_false(scene_has_journal());
}

static void a_led_that_blinks_since_a_death_is_put_right_by_the_next_start(void **state)
{
	(void)state;
	scene_end();
	assert_int_equal(mkdir(folder_at(&folder, "red"), 0700), 0);
	folder_put(&folder, "red/trigger", "[none]");
	folder_put(&folder, "red/brightness", "255");
	folder_put(&folder, "led.json",
		   "{\"name\":\"red\",\"trigger\":\"none\",\"brightness\":\"9\",\"delay_on\":\"\","
		   "\"delay_off\":\"\"}");
	scene_begin();
	assert_true(folder_holds(&folder, "red/brightness", "9"));
	assert_int_equal(access(scene.paths[3], F_OK), -1);
}

static void a_journal_that_is_none_is_set_aside(void **state)
{
	static const char *const texts[] = {
		"", "garbage", "{}", "[{}]", "[1]", "[{\"source\":\"x\"}]", "[{},{},{},{},{}]"};
	struct journal journal;
	struct uxm_failure why;

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		folder_put(&folder, "journal.json", texts[i]);
		assert_false(journal_load(&journal, scene.paths[2], &why));
		assert_int_equal(journal.count, 0);
		assert_true(folder_holds(&folder, "journal.json.bad", texts[i]));
		assert_false(scene_has_journal());
	}
}

static void entries_are_judged_by_serial_model_version_and_rest(void **state)
{
	static const struct {
		struct journal_entry entry;
		enum journal_verdict verdict;
	} rows[] = {
		{{.serial = "A", .port = "9", .model = "D7C", .version = "1.6.1"}, JOURNAL_RUNS},
		{{.serial = "A", .port = "9", .model = "D7C", .version = "1.6.1.0"}, JOURNAL_RUNS},
		{{.serial = "A", .port = "9", .model = "D8C", .version = "1.6.1"}, JOURNAL_OTHER},
		{{.serial = "A", .port = "9", .model = "D7C", .version = "1.6.2"}, JOURNAL_OTHER},
		{{.serial = "B", .port = "9", .model = "D7C", .version = "1.6.2"}, JOURNAL_BUSY},
		{{.serial = "C", .port = "9", .model = "D7C", .version = "1.6.1"}, JOURNAL_AWAY},
		{{.serial = "", .port = "1-3", .model = "D7C", .version = "1.6.1"}, JOURNAL_RUNS},
		/* A port is no serial number, and the other way round. */
		{{.serial = "", .port = "1-1", .model = "D7C", .version = "1.6.1"}, JOURNAL_AWAY},
		{{.serial = "D", .port = "9", .model = "D7C", .version = "1.6.1"}, JOURNAL_AWAY},
		{{.serial = "E", .port = "9", .model = "D7C", .version = "1.6.1"}, JOURNAL_AWAY},
	};
	static const struct state_list list = {
		.count = 6,
		.modules = {{.port = "1-1",
			     .serial = "A",
			     .model = "D7C",
			     .version = "1.6.1",
			     .status = "idle"},
			    {.port = "1-2",
			     .serial = "B",
			     .model = "D7C",
			     .version = "1.6.1",
			     .status = "verifying"},
			    {.port = "1-3",
			     .serial = "",
			     .model = "D7C",
			     .version = "1.6.1",
			     .status = "idle"},
			    {.port = "1-4", .serial = "D", .error = "It does not answer."},
			    {.port = "1-5", .serial = "E", .model = "D7C", .version = "1.6.1"},
			    {.port = "1-6", .serial = "E", .model = "D7C", .version = "1.5"}}};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (journal_judge(&rows[i].entry, &list) != rows[i].verdict)
			fail_msg("row %zu", i);
	}
}

static void the_latest_settled_update_decides_and_the_fifth_unsettled_drops_the_first(void **state)
{
	struct journal journal = {.count = 0};
	struct journal read;
	struct uxm_failure why;

	(void)state;
	for (int i = 0; i < JOURNAL_MOST + 1; i++) {
		struct journal_entry entry = {.model = "D7C"};

		snprintf(entry.source, sizeof(entry.source), "http://h/%d/\xc3\xbc\"\\", i);
		snprintf(entry.serial, sizeof(entry.serial), "D7C-000%d", i);
		snprintf(entry.version, sizeof(entry.version), "1.6.1");
		entry.committed = i % 2 == 0;
		assert_int_equal(journal_add(&journal, &entry), i == JOURNAL_MOST);
	}
	assert_true(journal_save(&journal, scene.paths[2], &why));
	assert_true(journal_load(&read, scene.paths[2], &why));
	assert_int_equal(read.count, JOURNAL_MOST);
	assert_string_equal(read.of[0].source, "http://h/1/\xc3\xbc\"\\");
	assert_true(read.of[1].committed);
	assert_false(read.of[2].committed);
	scene_end();
	scene_begin();
	/* The second of them is there: it and the one before it are settled. */
	folder_put(&folder, "modules", OTHER_MODULE);
	scene_look();
	assert_string_equal(scene_firmware(), "http://h/2/\xc3\xbc\"\\");
	assert_true(journal_load(&read, scene.paths[2], &why));
	assert_int_equal(read.count, 2);
	assert_string_equal(read.of[0].serial, "D7C-0003");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_release)
		TEST(a_crash_before_the_commit_is_told_and_settled_as_nothing),
		TEST(a_crash_after_the_commit_is_settled_by_what_the_module_runs),
		TEST(how_the_last_update_ended_is_known_after_a_restart),
		TEST(a_file_that_does_not_tell_how_the_last_update_ended_is_as_none),
		TEST(a_module_that_is_away_or_busy_is_waited_for),
		TEST(a_module_that_comes_back_with_another_version_is_told_as_such),
		TEST(a_busy_module_is_looked_at_again_without_being_asked_to),
		TEST(an_update_that_uxmd_did_not_live_to_see_is_settled_by_its_next_start),
		TEST(a_committed_update_goes_on_when_uxmd_ends),
		TEST(the_journal_marks_the_commit_before_anything_else_is_done),
		TEST(a_setting_that_cannot_be_saved_is_saved_within_a_minute),
		TEST(a_setting_that_cannot_be_saved_is_saved_by_the_next_start),
		TEST(a_led_that_blinks_since_a_death_is_put_right_by_the_next_start),
		TEST(a_journal_that_is_none_is_set_aside),
		TEST(entries_are_judged_by_serial_model_version_and_rest),
		TEST(the_latest_settled_update_decides_and_the_fifth_unsettled_drops_the_first),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/settle", tests, NULL, NULL);
}
