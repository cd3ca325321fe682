/* phone/lister.c: the list of modules, as uxm tells it and as it fails. */
#include <string.h>
#include <unistd.h>

#include "scene.h"
#include "tests/cmocka.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_release)
		TEST(a_list_that_fails_is_told),
		TEST(a_list_that_was_asked_for_again_is_the_later_one),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/lister", tests, NULL, NULL);
}
