/* phone/led.c: LEDs as files of a folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phone/led.h"
#include "tests/cmocka.h"
#include "turns.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static char path[2 * FOLDER_TEXT]; /* of the file that remembers */

static void name_path(void)
{
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "led.json"));
}

static void renew(void)
{
	folder_remove(&folder);
	folder_make(&folder);
	name_path();
}

static int make(void **state)
{
	int made = turns_make(state);

	name_path();
	return made;
}

/* A LED's folder; what is NULL is not there. */
static void make_led(const char *trigger, const char *brightness)
{
	assert_int_equal(mkdir(folder_at(&folder, "red"), 0700), 0);
	if (trigger != NULL)
		folder_put(&folder, "red/trigger", trigger);
	folder_put(&folder, "red/brightness", brightness);
	folder_put(&folder, "red/max_brightness", "255\n");
}

static struct led *blink(const char *name, struct uxm_failure *why)
{
	return led_blink(loop, folder.path, name, path, why);
}

/* With the two files that the kernel makes with the trigger "timer". */
static void make_timer_led(const char *trigger, const char *on, const char *off)
{
	make_led(trigger, "7\n");
	folder_put(&folder, "red/delay_on", on);
	folder_put(&folder, "red/delay_off", off);
}

static void a_led_blinks_by_the_kernels_timer_and_goes_back_to_its_trigger(void **state)
{
	struct uxm_failure why;
	struct led *led;

	(void)state;
	make_timer_led("none kbd-numlock [heartbeat] timer\n", "", "");
	led = blink("red", &why);
	assert_non_null(led);
	assert_true(folder_holds(&folder, "red/trigger", "timer"));
	assert_true(folder_holds(&folder, "red/delay_on", "250"));
	assert_true(folder_holds(&folder, "red/delay_off", "250"));
	assert_true(folder_holds(&folder, "red/brightness", "7\n"));
	assert_int_equal(access(path, F_OK), 0);
	led_restore(led);
	assert_true(folder_holds(&folder, "red/trigger", "heartbeat"));
	assert_int_equal(access(path, F_OK), -1);
}

static void a_led_that_blinked_before_blinks_at_its_pace_again(void **state)
{
	struct uxm_failure why;
	struct led *led;

	(void)state;
	make_timer_led("none [timer]\n", "900\n", "100\n");
	led = blink("red", &why);
	assert_non_null(led);
	assert_true(folder_holds(&folder, "red/delay_on", "250"));
	led_restore(led);
	assert_true(folder_holds(&folder, "red/trigger", "timer"));
	assert_true(folder_holds(&folder, "red/delay_on", "900"));
	assert_true(folder_holds(&folder, "red/delay_off", "100"));
}

static void a_led_that_was_on_is_on_again(void **state)
{
	static const char *const triggers[] = {"[none] timer\n", "[none]\n", NULL};

	(void)state;
	for (size_t i = 0; i < ROWS(triggers); i++) {
		struct uxm_failure why;
		struct led *led;

		make_led(triggers[i], "77\n");
		if (i == 0) {
			folder_put(&folder, "red/delay_on", "");
			folder_put(&folder, "red/delay_off", "");
		}
		led = blink("red", &why);
		assert_non_null(led);
		led_restore(led);
		assert_true(folder_holds(&folder, "red/brightness", "77"));
		if (i == 0)
			assert_true(folder_holds(&folder, "red/trigger", "none"));
		renew();
	}
}

static void a_led_without_the_kernels_timer_blinks_by_the_loops(void **state)
{
	struct uxm_failure why;
	struct led *led;
	unsigned changes = 0;
	bool was_on = true;

	(void)state;
	make_led("none [kbd-numlock]\n", "0\n");
	led = blink("red", &why);
	assert_non_null(led);
	assert_true(folder_holds(&folder, "red/trigger", "none"));
	assert_true(folder_holds(&folder, "red/brightness", "255"));
	for (int i = 0; i < 400 && changes < 3; i++) {
		char *now;
		bool is_on;

		turns_run_for(10);
		now = folder_get(&folder, "red/brightness");
		is_on = strcmp(now, "255") == 0;
		free(now);
		changes += is_on != was_on ? 1 : 0;
		was_on = is_on;
	}
	assert_int_equal(changes, 3);
	led_restore(led);
	assert_true(folder_holds(&folder, "red/trigger", "kbd-numlock"));
	/* It does not go on. */
	folder_put(&folder, "red/brightness", "5");
	turns_run_for(2 * LED_PACE);
	assert_true(folder_holds(&folder, "red/brightness", "5"));
}

static void only_names_of_leds_are_taken(void **state)
{
	static const struct {
		const char *name;
		enum uxm_result result;
	} rows[] = {
		{"", UXM_USAGE},        {".", UXM_USAGE},    {"..", UXM_USAGE},
		{"../x", UXM_USAGE},    {"/etc", UXM_USAGE}, {"red/x", UXM_USAGE},
		{"blue", UXM_INTERNAL},
	};
	struct uxm_failure why;

	(void)state;
	make_led("[none]\n", "0\n");
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_null(blink(rows[i].name, &why));
		assert_int_equal(why.result, rows[i].result);
	}
	assert_int_equal(unlink(folder_at(&folder, "red/brightness")), 0);
	assert_null(blink("red", &why));
	assert_non_null(strstr(why.text, "LED red cannot be switched"));
	assert_true(folder_holds(&folder, "red/trigger", "[none]\n"));
	assert_int_equal(access(path, F_OK), -1);
}

/* What blinked dies: of it only its files are left. */
static void die(void)
{
	struct uxm_failure why;
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(blink("red", &why) != NULL ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void what_blinks_after_a_death_does_again_what_it_did(void **state)
{
	static const struct {
		const char *before;
		const char *word; /* of it, "" where there are no triggers */
	} rows[] = {
		{"none [heartbeat] timer\n", "heartbeat"},
		{"[none] timer\n", "none"},
		{"none [timer]\n", "timer"},
		{"none [heartbeat]\n", "heartbeat"},
		{"[none]\n", "none"},
		{NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct uxm_failure why = {.text = ""};

		if (rows[i].before != NULL && strstr(rows[i].before, "timer") != NULL)
			make_timer_led(rows[i].before, "900\n", "100\n");
		else
			make_led(rows[i].before, "7\n");
		die();
		/* The kernel shows them in brackets. */
		if (rows[i].before != NULL && folder_holds(&folder, "red/trigger", "timer"))
			folder_put(&folder, "red/trigger", "none [timer]\n");
		else if (rows[i].before != NULL)
			folder_put(&folder, "red/trigger", "[none]\n");
		if (!led_recover(folder.path, path, &why))
			fail_msg("row %zu: %s", i, why.text);
		if (rows[i].before != NULL && !folder_holds(&folder, "red/trigger", rows[i].word))
			fail_msg("row %zu", i);
		if (rows[i].word[0] == '\0' || strcmp(rows[i].word, "none") == 0)
			assert_true(folder_holds(&folder, "red/brightness", "7"));
		if (strcmp(rows[i].word, "timer") == 0)
			assert_true(folder_holds(&folder, "red/delay_on", "900"));
		assert_int_equal(access(path, F_OK), -1);
		renew();
	}
}

static void a_led_that_was_given_other_work_after_a_death_keeps_it(void **state)
{
	static const struct {
		const char *trigger;
		const char *on;
	} rows[] = {
		{"none timer [disk-activity]\n", "250"},
		{"none [timer] disk-activity\n", "500\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct uxm_failure why;

		make_timer_led("none [heartbeat] timer\n", "", "");
		die();
		folder_put(&folder, "red/trigger", rows[i].trigger);
		folder_put(&folder, "red/delay_on", rows[i].on);
		assert_true(led_recover(folder.path, path, &why));
		assert_true(folder_holds(&folder, "red/trigger", rows[i].trigger));
		assert_int_equal(access(path, F_OK), -1);
		renew();
	}
}

static void what_cannot_be_recovered_is_said_once(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{"", "left as it is"},
		{"[]", "left as it is"},
		{"{\"name\":\"../red\",\"trigger\":\"none\",\"brightness\":\"0\",\"delay_on\":\"\","
		 "\"delay_off\":\"\"}",
		 "left as it is"},
		{"{\"name\":\"red\",\"trigger\":5,\"brightness\":\"0\",\"delay_on\":\"\","
		 "\"delay_off\":\"\"}",
		 "left as it is"},
		{"{\"name\":\"red\",\"trigger\":\"none\",\"brightness\":\"12345678901234567\","
		 "\"delay_on\":\"\",\"delay_off\":\"\"}",
		 "left as it is"},
		{"{\"name\":\"blue\",\"trigger\":\"none\",\"brightness\":\"0\",\"delay_on\":\"\","
		 "\"delay_off\":\"\"}",
		 "The LED blue in "},
	};
	struct uxm_failure why = {.text = ""};

	(void)state;
	make_led("[none]\n", "3\n");
	assert_true(led_recover(folder.path, path, &why));
	for (size_t i = 0; i < ROWS(rows); i++) {
		folder_put(&folder, "led.json", rows[i].text);
		assert_false(led_recover(folder.path, path, &why));
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, why.text);
		assert_true(led_recover(folder.path, path, &why));
		assert_true(folder_holds(&folder, "red/brightness", "3\n"));
	}
}

static void a_led_whose_work_cannot_be_written_down_does_not_blink(void **state)
{
	struct uxm_failure why;

	(void)state;
	make_timer_led("none [heartbeat] timer\n", "", "");
	assert_null(led_blink(loop, folder.path, "red", "/nonexistent/led.json", &why));
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_true(folder_holds(&folder, "red/trigger", "none [heartbeat] timer\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, turns_release)
		TEST(a_led_blinks_by_the_kernels_timer_and_goes_back_to_its_trigger),
		TEST(a_led_that_blinked_before_blinks_at_its_pace_again),
		TEST(a_led_that_was_on_is_on_again),
		TEST(a_led_without_the_kernels_timer_blinks_by_the_loops),
		TEST(only_names_of_leds_are_taken),
		TEST(what_blinks_after_a_death_does_again_what_it_did),
		TEST(a_led_that_was_given_other_work_after_a_death_keeps_it),
		TEST(what_cannot_be_recovered_is_said_once),
		TEST(a_led_whose_work_cannot_be_written_down_does_not_blink),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/led", tests, NULL, NULL);
}
