/* phone/record.c: pauses by two clocks, of which one jumps. */
#include "record_scene.h"
#include "tests/cmocka.h"

/* The pause is 150 s, seen at the clock's second 10. */
static const struct record_pause *a_pause(int64_t now)
{
	const struct record_failure *failure;

	assert_true(record_begin(record, URL, "S1", PRINT, now));
	record_fail(record, URL, "S1", UXM_FETCH_FAILED, false, "Because.", now, 0);
	assert_false(record_clock(record, now, 10000));
	failure = record_failure(record, URL, "S1", PRINT);
	assert_int_equal(failure->pause.next, now + 150);
	assert_int_equal(failure->pause.again, now + 150);
	return &failure->pause;
}

static const struct record_pause *after_a_restart(void)
{
	record_again();
	return &record_failure(record, URL, "S1", PRINT)->pause;
}

static void a_pause_ends_when_it_was_due_however_the_clock_jumps(void **state)
{
	const struct record_pause *pause = a_pause(NOW);

	(void)state;
	/* The clocks do not tick together. */
	assert_false(record_clock(record, NOW + 1, 10900));
	assert_int_equal(pause->again, NOW + 150);
	assert_false(record_clock(record, NOW + 100, 110000));
	assert_int_equal(pause->again, NOW + 150);
	assert_false(record_clock(record, 100, 120000));
	assert_int_equal(pause->again, 140);
	assert_int_equal(pause->next, NOW + 150);
	assert_true(record_clock(record, 2 * (int64_t)NOW, 130000));
	assert_int_equal(pause->again, 2 * (int64_t)NOW + 30);
	assert_false(record_clock(record, 2 * (int64_t)NOW + 100, 160000));
	assert_true(pause->again <= 2 * (int64_t)NOW + 100);
}

static void what_is_left_of_a_pause_is_left_after_a_restart(void **state)
{
	const struct record_pause *pause;

	(void)state;
	(void)a_pause(NOW);
	pause = after_a_restart();
	assert_false(record_clock(record, NOW + 100, 5000));
	assert_int_equal(pause->until, 55000);
	pause = after_a_restart();
	assert_false(record_clock(record, NOW + 200, 5000));
	assert_true(pause->again <= NOW + 200);
}

static void a_pause_begins_anew_before_the_clock_is_set_and_that_is_not_written_down(void **state)
{
	const struct record_pause *pause;

	(void)state;
	(void)a_pause(NOW);
	for (unsigned i = 0; i < 4; i++) {
		pause = after_a_restart();
		assert_false(record_clock(record, 100, 5000));
		assert_int_equal(pause->again, 250);
		assert_int_equal(pause->next, NOW + 150);
	}
	/* Then it is known how much of it is left. */
	assert_false(record_clock(record, NOW + 120, 20000));
	assert_int_equal(pause->again, NOW + 150);
	assert_int_equal(pause->until, 50000);
	assert_true(record_clock(record, NOW + 300, 30000));
	assert_int_equal(pause->until, 50000);
}

static void a_pause_of_a_clock_that_was_not_set_is_not_over_when_it_is(void **state)
{
	const struct record_pause *pause = a_pause(100);

	(void)state;
	assert_true(record_clock(record, NOW, 20000));
	assert_int_equal(pause->again, NOW + 140);
	/* Nor after a restart, whether that was written down or not. */
	pause = after_a_restart();
	assert_false(record_clock(record, NOW + 40, 5000));
	assert_int_equal(pause->again, NOW + 140);
	record_clear(record);
	(void)a_pause(100);
	pause = after_a_restart();
	assert_true(record_clock(record, NOW, 5000));
	assert_int_equal(pause->again, NOW + 150);
	record_clear(record);
	(void)a_pause(100);
	pause = after_a_restart();
	assert_false(record_clock(record, 5000, 5000));
	assert_int_equal(pause->again, 5150);
	assert_true(record_clock(record, NOW, 15000));
	assert_int_equal(pause->again, NOW + 140);
}

static void the_phones_own_pause_is_as_the_modules(void **state)
{
	(void)state;
	assert_true(record_phone_begin(record, URL, "", NOW));
	record_phone_fail(record, "It ended with 1.", NOW, 0);
	record_again();
	assert_false(record_clock(record, 100, 5000));
	assert_int_equal(record_phone(record, URL)->pause.again, 250);
	assert_int_equal(record_phone(record, URL)->pause.next, NOW + 150);
}

/* An uxmd before this one did not write how long a pause is. */
static void a_record_without_the_pauses_length_is_read(void **state)
{
	static const int64_t most = RECORD_PAUSE_MOST + RECORD_PAUSE_MOST / 2;
	const struct record_pause *pause;

	(void)state;
	folder_put(&folder, "record",
		   "{\"modules\":[],\"failures\":[{\"url\":\"" URL "\",\"serial\":\"S1\","
		   "\"tries\":1,\"refused\":false,\"fingerprint\":7,\"next\":1800000150,"
		   "\"result\":6,\"text\":\"\"}],\"phone\":{\"url\":\"u\",\"version\":\"\","
		   "\"tries\":1,\"begun\":true,\"next\":1800000150,\"text\":\"\"}}");
	assert_true(record_load(record, folder_at(&folder, "record"), &why));
	pause = &record_failure(record, URL, "S1", PRINT)->pause;
	assert_false(record_clock(record, 100, 5000));
	assert_int_equal(pause->again, 100 + most);
	assert_int_equal(record_phone(record, "u")->pause.again, 100 + most);
	assert_false(record_clock(record, NOW, 15000));
	assert_int_equal(pause->again, NOW + 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, record_make, record_unmake)
		TEST(a_pause_ends_when_it_was_due_however_the_clock_jumps),
		TEST(what_is_left_of_a_pause_is_left_after_a_restart),
		TEST(a_pause_begins_anew_before_the_clock_is_set_and_that_is_not_written_down),
		TEST(a_pause_of_a_clock_that_was_not_set_is_not_over_when_it_is),
		TEST(the_phones_own_pause_is_as_the_modules),
		TEST(a_record_without_the_pauses_length_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
