/* fetch/whole.c over a scripted transfer: further attempts, pauses, and servers that are slow. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#include "fetch/patience.h"
#include "parcel.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define OK_200     "HTTP/1.1 200 OK"

static const struct step good[] = {
	{.kind = STEP_HEADERS, .lines = OK_200 "\nContent-Length: 5000"},
	{.kind = STEP_BODY, .length = 5000},
	{.kind = STEP_FINISH},
};

static void begins_again_from_the_first_byte_when_it_breaks(void **state)
{
	static const struct {
		const char *lines;
		uint64_t length;
		enum fetch_end end;
	} rows[] = {
		{OK_200 "\nContent-Length: 6000", 4999, FETCH_COMPLETE},
		{OK_200 "\nContent-Length: 6000", 4999, FETCH_RESET},
		{OK_200 "\nContent-Length: 6000", 4999, FETCH_OTHER},
		{OK_200 "\nContent-Length: 6000", 0, FETCH_COMPLETE},
		{OK_200, 5999, FETCH_RESET},
		{OK_200 "\nTransfer-Encoding: chunked", 5999, FETCH_OTHER},
		{"HTTP/1.1 408 Request Timeout", 0, FETCH_COMPLETE},
		{"HTTP/1.1 425 Too Early", 0, FETCH_COMPLETE},
		{"HTTP/1.1 429 Too Many Requests", 0, FETCH_COMPLETE},
		{"HTTP/1.1 500 Oh", 0, FETCH_COMPLETE},
		{"HTTP/1.1 503 Oh", 0, FETCH_COMPLETE},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct step steps[] = {
			{.kind = STEP_HEADERS, .lines = rows[i].lines},
			{.kind = STEP_BODY, .length = rows[i].length},
			{.kind = STEP_FINISH, .end = rows[i].end},
		};
		const struct script scripts[] = {{.steps = steps}, {.steps = good}};
		struct parcel parcel;

		if (parcel_fetch(&parcel, scripts, 2) != UXM_IO_OK)
			fail_msg("row %zu: %s", i, parcel.why.text);
		assert_int_equal(parcel.file.length, 5000);
		assert_int_equal(parcel.scripted.starts, 2);
		assert_int_equal(parcel.scripted.from[1], 0);
		/* 250 ms, drawn between half and one and a half of that. */
		assert_in_range(parcel.scripted.started[1] - parcel.scripted.started[0], 125, 375);
	}
}

static void gives_up_after_five_further_attempts(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 503 Service Unavailable"},
		{.kind = STEP_FINISH},
	};
	static const uint64_t middle[] = {250, 1000, 4000, 16000, 30000};
	const struct script script = {.steps = steps};
	const struct script scripts[] = {script, script, script, script, script, script, script};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, scripts, 7), UXM_IO_FAILED);
	parcel_says(&parcel, UXM_FETCH_FAILED, "(503 Service Unavailable); try again later.");
	parcel_says(&parcel, UXM_FETCH_FAILED, " Tried 6 times.");
	assert_int_equal(parcel.scripted.starts, 6);
	for (size_t i = 0; i < 5; i++)
		assert_in_range(parcel.scripted.started[i + 1] - parcel.scripted.started[i],
				middle[i] / 2, middle[i] * 3 / 2);
}

/* Eleven requests for 200000 bytes, each broken after so many of them. */
static enum uxm_io fetch_breaking(struct parcel *parcel, const uint64_t lengths[11])
{
	struct step steps[11][3];
	struct script scripts[11];

	for (size_t i = 0; i < ROWS(scripts); i++) {
		steps[i][0] = (struct step){.kind = STEP_HEADERS,
					    .lines = OK_200 "\nContent-Length: 200000"};
		steps[i][1] = (struct step){.kind = STEP_BODY, .length = lengths[i]};
		steps[i][2] = (struct step){.kind = STEP_FINISH, .end = FETCH_RESET};
		scripts[i] = (struct script){.steps = steps[i]};
	}
	return parcel_fetch(parcel, scripts, ROWS(scripts));
}

static void attempts_start_over_after_64_kib_that_had_not_come_before(void **state)
{
	static const uint64_t enough[] = {100,   100,   100,   100,   100,   65536,
					  65536, 65536, 65536, 65536, 200000};
	static const uint64_t less[] = {100,   65535, 65535, 65535, 65535, 65535,
					65536, 65536, 65536, 65536, 200000};
	static const uint64_t behind[] = {70000, 70000, 70000, 70000, 70000, 70000,
					  70001, 70002, 70003, 70004, 200000};
	struct parcel parcel;

	(void)state;
	/* The sixth has them: five more may follow. */
	if (fetch_breaking(&parcel, enough) != UXM_IO_OK)
		fail_msg("%s", parcel.why.text);
	assert_int_equal(parcel.scripted.starts, 11);
	/* The same bytes once more are no progress. */
	assert_int_equal(fetch_breaking(&parcel, less), UXM_IO_FAILED);
	assert_int_equal(parcel.scripted.starts, 6);
	parcel_says(&parcel, UXM_FETCH_FAILED,
		    "The connection was reset after 65535 of 200000 bytes");
	parcel_says(&parcel, UXM_FETCH_FAILED, "Tried 6 times.");
	assert_int_equal(fetch_breaking(&parcel, behind), UXM_IO_FAILED);
	assert_int_equal(parcel.scripted.starts, 6);
}

static void waits_as_long_as_the_server_asks(void **state)
{
	static const struct step later[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 503 X\nRetry-After: 600"},
		{.kind = STEP_FINISH},
	};
	static const struct step much_later[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 503 X\nRetry-After: 601"},
		{.kind = STEP_FINISH},
	};
	static const struct step missing[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 404 X\nRetry-After: 601"},
		{.kind = STEP_FINISH},
	};
	static const struct step broken[] = {
		{.kind = STEP_CONNECTED},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	const struct script once[] = {{.steps = later}, {.steps = broken}, {.steps = good}};
	const struct script never[] = {{.steps = broken}, {.steps = much_later}, {.steps = good}};
	const struct script not_there[] = {{.steps = missing}, {.steps = good}};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, once, 3), UXM_IO_OK);
	assert_in_range(parcel.scripted.started[1] - parcel.scripted.started[0], 600000, 630000);
	/* It was asked for once. */
	assert_in_range(parcel.scripted.started[2] - parcel.scripted.started[1], 500, 1500);
	assert_int_equal(parcel_fetch(&parcel, never, 3), UXM_IO_FAILED);
	parcel_says(&parcel, UXM_FETCH_FAILED, "asks to wait 601 s (503 X), and at most 600 s");
	assert_null(strstr(parcel.why.text, "Tried"));
	assert_int_equal(parcel.scripted.starts, 2);
	assert_int_equal(parcel_fetch(&parcel, not_there, 2), UXM_IO_FAILED);
	parcel_says(&parcel, UXM_FETCH_FAILED, "(404 X)");
}

static void a_server_that_falls_silent_is_asked_again_after_15_s(void **state)
{
	static const struct step before[] = {
		{.kind = STEP_HEADERS, .lines = OK_200 "\nContent-Length: 6000"},
		{.kind = STEP_SILENT},
	};
	static const struct step within[] = {
		{.kind = STEP_HEADERS, .lines = OK_200 "\nContent-Length: 6000"},
		{.kind = STEP_NOTHING, .length = 14999},
		{.kind = STEP_BODY, .length = 1},
		{.kind = STEP_SILENT},
	};
	static const struct step endless[] = {
		{.kind = STEP_HEADERS, .lines = OK_200},
		{.kind = STEP_BODY, .length = 7000},
		{.kind = STEP_SILENT},
	};
	const struct script scripts[][2] = {{{.steps = before}, {.steps = good}},
					    {{.steps = within}, {.steps = good}},
					    {{.steps = endless}, {.steps = good}}};
	static const uint64_t silence[] = {15000, 14999 + 15000, 15000};
	struct parcel parcel;

	(void)state;
	for (size_t i = 0; i < ROWS(scripts); i++) {
		uint64_t took;

		if (parcel_fetch(&parcel, scripts[i], 2) != UXM_IO_OK)
			fail_msg("row %zu: %s", i, parcel.why.text);
		assert_int_equal(parcel.file.length, 5000);
		took = parcel.scripted.started[1] - parcel.scripted.started[0];
		assert_in_range(took, silence[i] + 125, silence[i] + 375);
	}
}

static void says_of_what_nothing_more_came(void **state)
{
	static const struct step announced[] = {
		{.kind = STEP_HEADERS, .lines = OK_200 "\nContent-Length: 6000"},
		{.kind = STEP_BODY, .length = 70},
		{.kind = STEP_SILENT},
	};
	static const struct step endless[] = {
		{.kind = STEP_HEADERS, .lines = OK_200},
		{.kind = STEP_BODY, .length = 70},
		{.kind = STEP_SILENT},
	};
	static const struct {
		const struct step *steps;
		const char *says;
	} rows[] = {
		{announced, "after 70 of 6000 bytes of http://server/dir/settings.xml?... nothing"},
		{endless, "after 70 bytes of http://server/dir/settings.xml?... nothing more came "
			  "within 15 s."},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct script scripts[] = {{.steps = rows[i].steps},
						 {.steps = rows[i].steps}};
		struct fetch_whole_options options = parcel_options();
		struct parcel parcel;

		options.deadlines.retries = 1;
		parcel_set_up(&parcel, &options, scripts, 2);
		assert_int_equal(parcel_read(&parcel), UXM_IO_FAILED);
		parcel_says(&parcel, UXM_FETCH_FAILED, rows[i].says);
		parcel_says(&parcel, UXM_FETCH_FAILED, " Tried 2 times.");
		parcel_tear_down(&parcel);
	}
}

static void all_that_was_announced_is_enough_for_a_server_that_stays_connected(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = OK_200 "\nContent-Length: 6000"},
		{.kind = STEP_BODY, .length = 6000},
		{.kind = STEP_SILENT},
	};
	const struct script script = {.steps = steps};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, &script, 1), UXM_IO_OK);
	assert_int_equal(parcel.file.length, 6000);
}

static void a_trickle_of_less_than_64_kib_in_60_s_is_given_up(void **state)
{
	/* One piece of 1000 bytes a second: the 61st would be too late. */
	static const struct step slow[] = {
		{.kind = STEP_HEADERS, .lines = OK_200},
		{.kind = STEP_BODY, .length = LARGEST, .piece = 1000, .pace = 1000},
		{.kind = STEP_FINISH},
	};
	/* 66 of them are 64 KiB. */
	static const struct step fast[] = {
		{.kind = STEP_HEADERS, .lines = OK_200},
		{.kind = STEP_BODY, .length = LARGEST, .piece = 1000, .pace = 900},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {{.steps = slow}, {.steps = good}};
	const struct script script = {.steps = fast};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, scripts, 2), UXM_IO_FAILED);
	parcel_says(&parcel, UXM_FETCH_FAILED,
		    "The server stalled: less than 64 KiB of "
		    "http://server/dir/settings.xml?... came within 60 s.");
	assert_int_equal(parcel.scripted.starts, 1);
	assert_int_equal(parcel.scripted.time - parcel.begun, 60000);
	assert_int_equal(parcel_fetch(&parcel, &script, 1), UXM_IO_OK);
	assert_int_equal(parcel.file.length, LARGEST);
	assert_int_equal(parcel.scripted.time - parcel.begun, 200 * 900);
}

static void the_time_for_the_server_counts_over_all_attempts(void **state)
{
	static const struct step steps[] = {{.kind = STEP_HEADERS, .lines = OK_200},
					    {.kind = STEP_SILENT}};
	const struct script script = {.steps = steps};
	const struct script scripts[] = {script, script, script, script, script};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, scripts, 5), UXM_IO_FAILED);
	parcel_says(&parcel, UXM_FETCH_FAILED, "less than 64 KiB");
	assert_int_equal(parcel.scripted.starts, 4);
	/* Four times 15 s, and three pauses that do not count. */
	assert_in_range(parcel.scripted.time - parcel.begun, 60000 + 2625, 60000 + 7875);
}

static void neither_pauses_nor_connecting_are_time_for_the_server(void **state)
{
	static const struct step later[] = {
		{.kind = STEP_NOTHING, .length = 50000},
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 503 X\nRetry-After: 100"},
		{.kind = STEP_FINISH},
	};
	static const struct step slow[] = {
		{.kind = STEP_NOTHING, .length = 50000},
		{.kind = STEP_HEADERS, .lines = OK_200},
		{.kind = STEP_BODY, .length = 5900, .piece = 100, .pace = 1000},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {{.steps = later}, {.steps = slow}};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, scripts, 2), UXM_IO_OK);
	assert_in_range(parcel.scripted.time - parcel.begun, 50000 + 100000 + 50000 + 59000,
			50000 + 125000 + 50000 + 59000);
}

/* A server that makes up its mind has all the time there is. */
static void an_answer_may_come_late(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_CONNECTED},
		{.kind = STEP_NOTHING, .length = 59999},
		{.kind = STEP_HEADERS, .lines = OK_200 "\nContent-Length: 5000"},
		{.kind = STEP_BODY, .length = 5000},
		{.kind = STEP_FINISH},
	};
	static const struct step late[] = {
		{.kind = STEP_CONNECTED},
		{.kind = STEP_NOTHING, .length = 60000},
		{.kind = STEP_HEADERS, .lines = OK_200},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {{.steps = steps}, {.steps = late}};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, &scripts[0], 1), UXM_IO_OK);
	assert_int_equal(parcel_fetch(&parcel, &scripts[1], 1), UXM_IO_FAILED);
	parcel_says(&parcel, UXM_FETCH_FAILED, "came within 60 s");
	assert_int_equal(parcel.scripted.starts, 1);
}

static void somebody_with_less_patience_has_it_in_all(void **state)
{
	static const struct step steps[] = {{.kind = STEP_HEADERS, .lines = OK_200},
					    {.kind = STEP_SILENT}};
	const struct script scripts[] = {{.steps = steps}, {.steps = good}};
	struct fetch_whole_options options = parcel_options();
	struct parcel parcel;

	(void)state;
	options.deadlines.network = 4000;
	options.deadlines.fetch_pause = 0;
	parcel_set_up(&parcel, &options, scripts, 2);
	assert_int_equal(parcel_read(&parcel), UXM_IO_OK);
	assert_int_equal(parcel.scripted.started[1] - parcel.scripted.started[0], 1000);
	parcel_tear_down(&parcel);
	options.deadlines.network = 1;
	assert_int_equal(fetch_quiet(&options.deadlines), 1);
}

static void ends_what_is_under_way_when_it_is_freed(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = OK_200},
		{.kind = STEP_BODY, .length = 10},
		{.kind = STEP_SILENT},
	};
	const struct script script = {.steps = steps};
	const struct fetch_whole_options options = parcel_options();
	struct parcel parcel;

	(void)state;
	parcel_set_up(&parcel, &options, &script, 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(fetch_whole_read(parcel.whole, &parcel.file, &parcel.why),
				 UXM_IO_AGAIN);
	assert_true(parcel.scripted.running);
	assert_null(parcel.file.bytes);
	parcel_tear_down(&parcel);
	assert_int_equal(parcel.scripted.stops, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_again_from_the_first_byte_when_it_breaks),
		cmocka_unit_test(gives_up_after_five_further_attempts),
		cmocka_unit_test(attempts_start_over_after_64_kib_that_had_not_come_before),
		cmocka_unit_test(waits_as_long_as_the_server_asks),
		cmocka_unit_test(a_server_that_falls_silent_is_asked_again_after_15_s),
		cmocka_unit_test(says_of_what_nothing_more_came),
		cmocka_unit_test(
			all_that_was_announced_is_enough_for_a_server_that_stays_connected),
		cmocka_unit_test(a_trickle_of_less_than_64_kib_in_60_s_is_given_up),
		cmocka_unit_test(the_time_for_the_server_counts_over_all_attempts),
		cmocka_unit_test(neither_pauses_nor_connecting_are_time_for_the_server),
		cmocka_unit_test(an_answer_may_come_late),
		cmocka_unit_test(somebody_with_less_patience_has_it_in_all),
		cmocka_unit_test(ends_what_is_under_way_when_it_is_freed),
	};

	return cmocka_run_group_tests_name("fetch/whole, again", tests, NULL, NULL);
}
