/* Results and their sentences. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/progress.h"
#include "uxm/result.h"

static void every_code_has_its_own_name(void **state)
{
	(void)state;
	for (int a = 0; a <= UXM_NOT_PERMITTED; a++) {
		assert_string_not_equal(uxm_result_name((enum uxm_result)a), "unknown");
		for (int b = 0; b < a; b++)
			assert_string_not_equal(uxm_result_name((enum uxm_result)a),
						uxm_result_name((enum uxm_result)b));
	}
	assert_string_equal(uxm_result_name((enum uxm_result)99), "unknown");
}

static void every_step_has_its_own_name(void **state)
{
	(void)state;
	for (int a = 0; a < UXM_STEPS; a++) {
		assert_string_not_equal(uxm_step_name((enum uxm_step)a), "unknown");
		for (int b = 0; b < a; b++)
			assert_string_not_equal(uxm_step_name((enum uxm_step)a),
						uxm_step_name((enum uxm_step)b));
	}
	assert_string_equal(uxm_step_name(UXM_STEP_VERIFY), "verify");
	assert_string_equal(uxm_step_name(UXM_STEPS), "unknown");
}

static void the_codes_are_those_that_are_documented(void **state)
{
	(void)state;
	assert_int_equal(UXM_SEVERAL_MODULES, 4);
	assert_int_equal(UXM_TRANSFER_FAILED, 7);
	assert_int_equal(UXM_NOT_BACK_YET, 9);
	assert_int_equal(UXM_OTHER_VERSION, 10);
	assert_int_equal(UXM_CANCELLED, 13);
	assert_int_equal(UXM_NOT_PERMITTED, 14);
}

static void a_sentence_moves_no_cursor(void **state)
{
	struct uxm_failure why;

	(void)state;
	uxm_fail(&why, UXM_FETCH_FAILED, "it says \"%s\".", "\033[2Jgone\r\a");
	assert_int_equal(why.result, UXM_FETCH_FAILED);
	assert_string_equal(why.text, "it says \"?[2Jgone??\".");
	uxm_fail(&why, UXM_FETCH_FAILED, "%s",
		 "a\nb\xC2\x9B"
		 "31m");
	assert_string_equal(why.text, "a?b??31m");
}

static void a_sentence_is_utf_8(void **state)
{
	static const struct {
		const char *quoted;
		const char *said;
	} rows[] = {
		{"K\xC3\xB6ln \xE2\x82\xAC \xF0\x9F\x93\x9E",
		 "K\xC3\xB6ln \xE2\x82\xAC \xF0\x9F\x93\x9E"},
		{"\xFF\xFE\x9B", "???"},
		{"\xC3", "?"},
		{"\xC3(", "?("},
		{"\xE2\x82", "??"},
		{"\xC0\xAF", "??"},
		{"\xE0\x80\x80", "???"},
		{"\xED\xA0\x80", "???"},
		{"\xF5\x80\x80\x80", "????"},
		{"\xF4\x90\x80\x80", "????"},
		{"\xF0\x8F\xBF\xBF", "????"},
		/* The first and the last ones of each length (RFC 3629, section 4). */
		{"\xC2\xA0\xDF\xBF", "\xC2\xA0\xDF\xBF"},
		{"\xE0\xA0\x80\xEF\xBF\xBF", "\xE0\xA0\x80\xEF\xBF\xBF"},
		{"\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"},
		{"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
	};
	struct uxm_failure why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uxm_fail(&why, UXM_FETCH_FAILED, "%s", rows[i].quoted);
		assert_string_equal(why.text, rows[i].said);
	}
}

static void a_sentence_that_is_too_long_is_cut(void **state)
{
	char text[2 * UXM_SENTENCE];
	struct uxm_failure why;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	uxm_fail(&why, UXM_INTERNAL, "%s", text);
	assert_int_equal(strlen(why.text), UXM_SENTENCE - 1);
}

static void count_told(void *self, const struct uxm_progress *progress)
{
	unsigned *count = self;

	(void)progress;
	(*count)++;
}

static void the_count_told_never_goes_backwards(void **state)
{
	unsigned count = 0;
	struct uxm_teller teller = {.watch = {.tell = count_told, .self = &count}};

	(void)state;
	uxm_tell_accepted(&teller, 100);
	uxm_tell_accepted(&teller, 50);
	uxm_tell_accepted(&teller, 100);
	assert_int_equal(teller.progress.accepted, 100);
	assert_int_equal(count, 1);
	uxm_tell_step(&teller, UXM_STEP_VERIFY, 3);
	uxm_tell_step(&teller, UXM_STEP_VERIFY, 3);
	assert_int_equal(count, 2);
	uxm_tell_note(&teller, "a remark about %d", 1);
	assert_int_equal(count, 3);
	assert_null(teller.progress.note);
	uxm_tell(&teller);
	assert_int_equal(count, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_its_own_name),
		cmocka_unit_test(every_step_has_its_own_name),
		cmocka_unit_test(the_codes_are_those_that_are_documented),
		cmocka_unit_test(a_sentence_moves_no_cursor),
		cmocka_unit_test(a_sentence_is_utf_8),
		cmocka_unit_test(a_sentence_that_is_too_long_is_cut),
		cmocka_unit_test(the_count_told_never_goes_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
