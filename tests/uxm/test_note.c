/* Remarks that quote somebody: found by the fuzzer, as JSON lines that were no UTF-8. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/progress.h"
#include "uxm/result.h"

static void keep(void *self, const struct uxm_progress *progress)
{
	char *kept = self;

	memcpy(kept, progress->note, strlen(progress->note) + 1);
}

static void expect_note(const char *said, const char *expected)
{
	char kept[UXM_SENTENCE] = "";
	struct uxm_teller teller = {.watch = {.tell = keep, .self = kept}};

	uxm_tell_note(&teller, "It says '%s'.", said);
	assert_string_equal(kept, expected);
	assert_null(teller.progress.note);
}

static void a_remark_is_utf_8_whatever_it_quotes(void **state)
{
	(void)state;
	expect_note("Gr\xC3\xBC\xC3\x9F"
		    "e",
		    "It says 'Gr\xC3\xBC\xC3\x9F"
		    "e'.");
	expect_note("\xFF, \xC3", "It says '?, ?'.");
}

static void a_remark_controls_no_terminal(void **state)
{
	(void)state;
	expect_note("\033[2J\nnext", "It says '?[2J?next'.");
}

static void a_remark_that_is_cut_ends_with_a_whole_character(void **state)
{
	char said[UXM_SENTENCE + 1] = "";
	char kept[UXM_SENTENCE] = "";
	struct uxm_teller teller = {.watch = {.tell = keep, .self = kept}};

	(void)state;
	/* The last byte that has room is the first one of two. */
	memset(said, 'a', UXM_SENTENCE);
	said[UXM_SENTENCE - 2] = '\xC3';
	said[UXM_SENTENCE - 1] = '\xBC';
	uxm_tell_note(&teller, "%s", said);
	assert_int_equal(strlen(kept), UXM_SENTENCE - 1);
	assert_int_equal(kept[UXM_SENTENCE - 2], '?');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_remark_is_utf_8_whatever_it_quotes),
		cmocka_unit_test(a_remark_controls_no_terminal),
		cmocka_unit_test(a_remark_that_is_cut_ends_with_a_whole_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
