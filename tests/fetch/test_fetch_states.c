/* What tells one state of an image on the server from another: what is asked for, and believed. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>

#include "bench.h"

#define ABC     "\nRepr-Digest: sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"
#define EMPTY   "\nRepr-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
#define OF_A    "\nContent-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
#define MONDAY  "\nLast-Modified: Mon, 02 Nov 2026 08:00:00 GMT"
#define TUESDAY "\nLast-Modified: Tue, 03 Nov 2026 08:00:00 GMT"
#define LATER   "\nDate: Tue, 03 Nov 2026 09:00:00 GMT"

/* What the first and a later response say of the state. */
static void stops_when_another_state_is_named(void **state)
{
	static const struct {
		const char *before;
		const char *now;
		const char *says; /* NULL: goes on */
	} rows[] = {
		{"", "", NULL},
		{"\nETag: \"a\"", "\nETag: \"a\"", NULL},
		{"\nETag: \"a\"", "\nETag: \"b\"", "fetched: its ETag is another one now; start"},
		{"\nETag: \"a\"", "\nETag: W/\"a\"", "its ETag"},
		{"\nETag: \"a\"", "", NULL},
		{"", "\nETag: \"a\"", NULL},
		{"\nETag: a", "\nETag: b", NULL},
		{MONDAY, MONDAY, NULL},
		{MONDAY, TUESDAY, "its Last-Modified is another one"},
		{TUESDAY, MONDAY, "its Last-Modified is another one"},
		{MONDAY, "", NULL},
		{"\nETag: \"a\"" MONDAY, "\nETag: \"a\"" TUESDAY, "its Last-Modified"},
		{ABC, ABC, NULL},
		{ABC, EMPTY, "its SHA-256 is another one"},
		{ABC, "", NULL},
		{ABC, "\nRepr-Digest: nonsense,", NULL},
		{"", ABC, NULL},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		char before[512];
		char now[512];
		bool part = i % 2 == 0;
		const struct step one[] = {
			{.kind = STEP_HEADERS, .lines = before},
			{.kind = STEP_BODY, .length = 4},
			{.kind = STEP_FINISH, .end = FETCH_RESET},
		};
		const struct step two[] = {
			{.kind = STEP_HEADERS, .lines = now},
			{.kind = STEP_BODY, .offset = part ? 4 : 0, .length = part ? 6 : 10},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = one}, {.steps = two}};
		struct bench bench;

		snprintf(before, sizeof(before), HEAD_200(10) "%s", rows[i / 2].before);
		snprintf(now, sizeof(now), "%s%s", part ? HEAD_206("4-9/10") : HEAD_200(10),
			 rows[i / 2].now);
		set_up(&bench, URL, 0, scripts, 2);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 100),
				 rows[i / 2].says != NULL ? UXM_IO_FAILED : UXM_IO_END);
		assert_int_equal(bench.scripted.starts, 2);
		if (rows[i / 2].says != NULL)
			assert_says(&bench.why, UXM_FETCH_FAILED, rows[i / 2].says);
		tear_down(&bench);
	}
}

/* The digest of a part's content is another one than the whole's, and rightly so. */
static void the_digest_of_a_part_is_none_of_the_whole(void **state)
{
	static const struct step one[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10) ABC},
		{.kind = STEP_BODY, .length = 4},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step two[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_206("4-9/10") OF_A},
		{.kind = STEP_BODY, .offset = 4, .length = 6},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = one}, {.steps = two}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	tear_down(&bench);
}

static void a_part_is_asked_for_on_condition_where_there_is_a_strong_one(void **state)
{
	static const struct {
		const char *fields;
		const char *condition;
	} rows[] = {
		{"", ""},
		{"\nETag: \"a b\"", ""},
		{"\nETag: \"ab\"", "\"ab\""},
		{"\nETag: \"ab\"" MONDAY LATER, "\"ab\""},
		{"\nETag: W/\"ab\"", ""},
		/* Who has a tag must not use the date (section 13.1.5). */
		{"\nETag: W/\"ab\"" MONDAY LATER, ""},
		{MONDAY LATER, "Mon, 02 Nov 2026 08:00:00 GMT"},
		{LATER MONDAY, "Mon, 02 Nov 2026 08:00:00 GMT"},
		{MONDAY, ""},
		{MONDAY "\nDate: Mon, 02 Nov 2026 08:00:00 GMT", ""},
		{MONDAY "\nDate: Mon, 02 Nov 2026 08:00:01 GMT", "Mon, 02 Nov 2026 08:00:00 GMT"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char lines[512];
		const struct step one[] = {
			{.kind = STEP_HEADERS, .lines = lines},
			{.kind = STEP_FINISH, .end = FETCH_RESET},
		};
		const struct step two[] = {
			{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
			{.kind = STEP_BODY, .length = 4},
			{.kind = STEP_FINISH, .end = FETCH_RESET},
		};
		const struct step three[] = {
			{.kind = STEP_HEADERS, .lines = HEAD_206("4-9/10")},
			{.kind = STEP_BODY, .offset = 4, .length = 6},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = one}, {.steps = two}, {.steps = three}};
		struct bench bench;

		snprintf(lines, sizeof(lines), HEAD_200(10) "%s", rows[i].fields);
		set_up(&bench, URL, 0, scripts, 3);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 100), UXM_IO_END);
		/* The whole is wanted whatever it is. */
		assert_string_equal(bench.scripted.if_range[1], "");
		assert_string_equal(bench.scripted.if_range[2], rows[i].condition);
		tear_down(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stops_when_another_state_is_named),
		cmocka_unit_test(the_digest_of_a_part_is_none_of_the_whole),
		cmocka_unit_test(a_part_is_asked_for_on_condition_where_there_is_a_strong_one),
	};

	return cmocka_run_group_tests_name("fetch/states", tests, NULL, NULL);
}
