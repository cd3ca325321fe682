/* Parts where no digest is known beforehand: only those are put together that belong together. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "tests/cmocka.h"

#define MONDAY "\nLast-Modified: Mon, 02 Nov 2026 08:00:00 GMT"
#define LATER  "\nDate: Tue, 03 Nov 2026 08:00:00 GMT"

/* The options of somebody who has no digest. */
static void set_up_unguarded(struct bench *bench, const struct script *scripts, size_t count)
{
	struct fetch_http_options options = bench_options();

	options.witness.guards = NULL;
	set_up_with(bench, &options, scripts, count);
}

static void asks_for_the_whole_where_no_strong_validator_is_known(void **state)
{
	static const char *const fields[] = {
		"",
		"\nETag: W/\"a\"",
		"\nETag: W/\"a\"" MONDAY LATER,
		MONDAY,
	};
	static const struct step whole[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 10},
		{.kind = STEP_FINISH},
	};
	/* The same length, and other bytes. */
	static const struct step other[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 10, .spoiled = 2 + 1},
		{.kind = STEP_FINISH},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(fields) / sizeof(fields[0]); i++) {
		const bool changed = i % 2 != 0;
		char lines[256];
		const struct step first[] = {
			{.kind = STEP_HEADERS, .lines = lines},
			{.kind = STEP_BODY, .length = 4},
			{.kind = STEP_FINISH, .end = FETCH_RESET},
		};
		const struct script scripts[] = {{.steps = first},
						 {.steps = changed ? other : whole}};
		struct bench bench;

		snprintf(lines, sizeof(lines), HEAD_200(10) "%s", fields[i / 2]);
		set_up_unguarded(&bench, scripts, 2);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		/* What came stays in the ring, which is what is compared with. */
		while (bench.scripted.running)
			fetch_http_pump(bench.http);
		bench.scripted.time = fetch_http_due(bench.http);
		fetch_http_pump(bench.http);
		fetch_http_pump(bench.http);
		assert_int_equal(bench.scripted.starts, 2);
		assert_int_equal(bench.scripted.from[1], 0);
		assert_string_equal(bench.scripted.if_range[1], "");
		assert_int_equal(read_image(&bench, 100), changed ? UXM_IO_FAILED : UXM_IO_END);
		if (changed)
			assert_says(&bench.why, UXM_FETCH_FAILED, "has changed on the server");
		tear_down(&bench);
	}
}

/* What a 206 says of its state, and whether it is put behind what came. */
static void takes_a_part_of_the_very_state_alone(void **state)
{
	static const struct {
		const char *first;
		const char *part;
		bool taken;
	} rows[] = {
		{"\nETag: \"a\"", "\nETag: \"a\"", true},
		{"\nETag: \"a\"", "", false},
		{"\nETag: \"a\"", MONDAY, false},
		{"\nETag: \"a\"" MONDAY LATER, MONDAY LATER, false},
		{MONDAY LATER, MONDAY LATER, true},
		{MONDAY LATER, MONDAY, true},
		{MONDAY LATER, "", false},
		{MONDAY LATER, "\nETag: \"a\"", false},
	};
	static const struct step whole[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 10},
		{.kind = STEP_FINISH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char lines[256];
		char part_lines[256];
		const struct step first[] = {
			{.kind = STEP_HEADERS, .lines = lines},
			{.kind = STEP_BODY, .length = 4},
			{.kind = STEP_FINISH, .end = FETCH_RESET},
		};
		const struct step part[] = {
			{.kind = STEP_HEADERS, .lines = part_lines},
			{.kind = STEP_BODY, .offset = 4, .length = 6},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {
			{.steps = first}, {.steps = part}, {.steps = whole}};
		struct bench bench;

		snprintf(lines, sizeof(lines), HEAD_200(10) "%s", rows[i].first);
		snprintf(part_lines, sizeof(part_lines), HEAD_206("4-9/10") "%s", rows[i].part);
		set_up_unguarded(&bench, scripts, 3);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 100), UXM_IO_END);
		assert_int_equal(bench.scripted.from[1], 4);
		if (bench.scripted.starts != (rows[i].taken ? 2u : 3u))
			fail_msg("%zu: %zu requests", i, bench.scripted.starts);
		/* Asked at once, and for the whole. */
		assert_int_equal(bench.scripted.from[2], 0);
		assert_int_equal(bench.remarks, 1);
		tear_down(&bench);
	}
}

/* A server that left out the validator once is not asked for parts again. */
static void asks_such_a_server_for_parts_no_more(void **state)
{
	static const struct step first[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10) "\nETag: \"a\""},
		{.kind = STEP_BODY, .length = 4},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step part[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_206("4-9/10")},
		{.kind = STEP_FINISH},
	};
	static const struct step second[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 6},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step third[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 10},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {
		{.steps = first}, {.steps = part}, {.steps = second}, {.steps = third}};
	static const uint64_t asked[] = {0, 4, 0, 0};
	struct bench bench;

	(void)state;
	set_up_unguarded(&bench, scripts, 4);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_int_equal(bench.scripted.starts, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(bench.scripted.from[i], asked[i]);
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_the_whole_where_no_strong_validator_is_known),
		cmocka_unit_test(takes_a_part_of_the_very_state_alone),
		cmocka_unit_test(asks_such_a_server_for_parts_no_more),
	};

	return cmocka_run_group_tests_name("fetch/parts", tests, NULL, NULL);
}
