/* phone/lister.c: the list of modules, as uxm tells it and as it fails. */
#include <string.h>
#include <unistd.h>

#include "phone/updater_inside.h"
#include "scene.h"
#include "tests/cmocka.h"

/* As the scene's uxm; a list goes as this says. */
#define UXM(list)                                                                                  \
	"cd \"$(dirname \"$0\")\"\n"                                                               \
	"if [ \"$1\" = list ]; then " list "; fi\n"                                                \
	"cat <&3 >order\n. ./update"
#define LISTS "cat modules; exit"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static void a_list_that_fails_is_told(void **state)
{
	static const struct {
		const char *script;
		const char *error;
	} rows[] = {
		{"echo 'libusb is ill.' >&2; exit 1", "libusb is ill."},
		{"kill -SEGV $$", "uxm ended without a reason."},
		{"echo garbage", "uxm ended without a reason."},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		folder_put_script(&folder, "uxm", rows[i].script);
		scene_look();
		assert_string_equal(scene.state.list_error, rows[i].error);
		assert_int_equal(scene.state.list.count, 0);
	}
	/* Modules of which none may be opened are listed, and the command fails. */
	folder_put_script(&folder, "uxm",
			  "echo '{\"port\":\"1-1\",\"serial\":\"\",\"error\":\"No.\"}'; exit 14");
	scene_look();
	assert_string_equal(scene.state.list_error, "");
	assert_int_equal(scene.state.list.count, 1);
	assert_int_equal(unlink(scene.paths[0]), 0);
	updater_look(scene.updater);
	assert_non_null(strstr(scene.state.list_error, "uxm cannot be started"));
}

static void a_list_that_was_asked_for_again_is_the_later_one(void **state)
{
	(void)state;
	folder_put_script(&folder, "uxm",
			  "cd \"$(dirname \"$0\")\"; [ ! -e once ] || echo '" OTHER_MODULE
			  "' | grep .; : >once");
	scene.state.looked = false;
	scene.wants_list = true;
	updater_look(scene.updater);
	updater_look(scene.updater);
	scene_run();
	scene.wants_list = false;
	assert_int_equal(scene.state.list.count, 1);
}

static void a_list_that_fails_is_made_again_until_one_succeeds(void **state)
{
	static const uint64_t pauses[] = {5000, 20000, 60000, 60000};
	/* Out of memory, no process, no program, no permission, no such option. */
	static const char *const scripts[] = {"kill -KILL $$", "exit 1", NULL, "exit 14", "exit 2"};

	(void)state;
	for (size_t i = 0; i < ROWS(scripts); i++) {
		uint64_t from = loop_now(scene.loop);

		if (scripts[i] == NULL)
			assert_int_equal(unlink(scene.paths[0]), 0);
		else
			folder_put_script(&folder, "uxm", scripts[i]);
		scene_look();
		for (size_t j = 0; j < ROWS(pauses); j++) {
			assert_string_not_equal(scene.state.list_error, "");
			scene_expect_pause(from, pauses[j]);
			if (j == ROWS(pauses) - 1)
				folder_put_script(&folder, "uxm", UXM(LISTS));
			from = loop_now(scene.loop);
			scene_pass_pause();
		}
		assert_string_equal(scene.state.list_error, "");
		assert_int_equal(scene.state.list.count, 1);
		assert_null(scene.updater->again.loop);
	}
}

static void a_list_that_somebody_asked_for_ends_the_pause(void **state)
{
	(void)state;
	folder_put_script(&folder, "uxm", "kill -KILL $$");
	scene_look();
	folder_put_script(&folder, "uxm", UXM(LISTS));
	scene_look();
	assert_null(scene.updater->again.loop);
}

static void an_update_is_settled_though_the_list_after_it_was_killed(void **state)
{
	(void)state;
	folder_put_script(&folder, "uxm", UXM("kill -KILL $$"));
	scene_start(URL, PROGRESS("verify") COMES_BACK("1.6.1") "kill -KILL $$");
	scene_run_until(STATE_ENDED);
	scene_look();
	assert_true(scene_has_journal());
	folder_put_script(&folder, "uxm", UXM(LISTS));
	scene_pass_pause();
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	assert_string_equal(scene_firmware(), URL);
	assert_false(scene_has_journal());
}

static void while_an_update_runs_it_is_left_to_its_end_to_list_again(void **state)
{
	uint64_t from;

	(void)state;
	folder_put_script(&folder, "uxm", UXM("kill -KILL $$"));
	scene_start(URL, PROGRESS("send") "while [ ! -e go ]; do sleep 0.02; done\n" RESULT(
				 "6", "false"));
	scene_look();
	assert_null(scene.updater->again.loop);
	folder_put(&folder, "go", "");
	scene_run_until(STATE_ENDED);
	from = loop_now(scene.loop);
	scene_look();
	scene_expect_pause(from, 5000);
}

/* firmware_uxm could not be saved, which is tried again after a minute. */
static void the_earliest_of_several_reasons_to_list_counts(void **state)
{
	uint64_t from = loop_now(scene.loop);

	(void)state;
	scene_start(URL, "mkdir settings.xml\n" PROGRESS("verify") COMES_BACK("1.6.1")
				 RESULT("0", "true"));
	scene_run_until(STATE_ENDED);
	scene_expect_pause(from, 60000);
	folder_put_script(&folder, "uxm", "kill -KILL $$");
	from = loop_now(scene.loop);
	scene_look();
	scene_expect_pause(from, 5000);
	scene_pass_pause();
	scene_pass_pause();
	from = loop_now(scene.loop);
	folder_put_script(&folder, "uxm", UXM(LISTS));
	scene_pass_pause();
	scene_expect_pause(from, 60000);
	/* It was asked for in between, and fails: not later than it would have been. */
	from = scene.updater->again.at;
	scene.updater->failed = 9;
	folder_put_script(&folder, "uxm", "kill -KILL $$");
	scene_look();
	assert_int_equal(scene.updater->again.at, from);
}

/* How often the log says this, of what was not read of it yet. */
static size_t times_logged(const char *says)
{
	char text[8192];
	ssize_t got = read(scene.log_end, text, sizeof(text) - 1);
	size_t times = 0;

	text[got > 0 ? got : 0] = '\0';
	for (const char *at = text; (at = strstr(at, says)) != NULL; at++)
		times++;
	return times;
}

static void why_lists_fail_is_logged_once_and_not_with_each_of_them(void **state)
{
	static const char says[] = "The modules cannot be listed: ";

	(void)state;
	folder_put_script(&folder, "uxm", "kill -KILL $$");
	for (int i = 0; i < 3; i++)
		scene_look();
	assert_int_equal(times_logged(says), 1);
	/* Another reason is news. */
	assert_int_equal(unlink(scene.paths[0]), 0);
	for (int i = 0; i < 3; i++)
		scene_look();
	assert_int_equal(times_logged(says), 1);
	/* And so is the same one after a list that came. */
	folder_put_script(&folder, "uxm", UXM(LISTS));
	scene_look();
	assert_int_equal(unlink(scene.paths[0]), 0);
	scene_look();
	assert_int_equal(times_logged(says), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_release)
		TEST(a_list_that_fails_is_told),
		TEST(a_list_that_was_asked_for_again_is_the_later_one),
		TEST(a_list_that_fails_is_made_again_until_one_succeeds),
		TEST(a_list_that_somebody_asked_for_ends_the_pause),
		TEST(an_update_is_settled_though_the_list_after_it_was_killed),
		TEST(while_an_update_runs_it_is_left_to_its_end_to_list_again),
		TEST(the_earliest_of_several_reasons_to_list_counts),
		TEST(why_lists_fail_is_logged_once_and_not_with_each_of_them),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/lister", tests, NULL, NULL);
}
