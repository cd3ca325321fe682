/* Servers that stay connected and send nothing, or too little. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "bench.h"

static const struct step rest[] = {
	{.kind = STEP_HEADERS, .lines = HEAD_206("20000-59999/60000")},
	{.kind = STEP_BODY, .offset = 20000, .length = 40000},
	{.kind = STEP_FINISH},
};

static void a_silent_connection_is_made_anew(void **state)
{
	static const struct step stall[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(60000)},
		{.kind = STEP_BODY, .length = 20000},
		{.kind = STEP_SILENT},
	};
	static const struct step mute[] = {{.kind = STEP_CONNECTED}, {.kind = STEP_SILENT}};
	static const struct script scripts[] = {{.steps = stall}, {.steps = mute}, {.steps = rest}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 3);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	assert_int_equal(bench.position, 60000);
	/* 15 s within a body, a minute before it, and the pause. */
	assert_in_range(bench.scripted.started[1] - bench.scripted.started[0], 15125, 15375);
	assert_in_range(bench.scripted.started[2] - bench.scripted.started[1], 60500, 61500);
	assert_int_equal(bench.remarks, 2);
	assert_text(bench.remark[0], "sends nothing more after 20000 of 60000 bytes; trying again");
	assert_text(bench.remark[1], "?... sends nothing; trying again in ");
	tear_down(&bench);
}

static void a_server_that_stays_silent_is_given_up(void **state)
{
	static const struct step mute[] = {{.kind = STEP_CONNECTED}, {.kind = STEP_SILENT}};
	static const struct step stall[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(60000)},
		{.kind = STEP_BODY, .length = 20000},
		{.kind = STEP_SILENT},
	};
	static const struct script scripts[] = {{.steps = mute}, {.steps = mute}, {.steps = mute},
						{.steps = mute}, {.steps = mute}, {.steps = mute},
						{.steps = stall}};
	struct fetch_http_options options = bench_options();
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 6);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED,
		    "did not answer within 60 s; check it, or try again later. Tried 6 times.");
	tear_down(&bench);
	options.deadlines.retries = 0;
	set_up_with(&bench, &options, scripts + 6, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED,
		    "The server stalled: after 20000 of 60000 bytes of http://server/dir/"
		    "snomD7C-1.6.1-r.bin?... nothing more came within 15 s.");
	tear_down(&bench);
}

/* Connecting has a limit of its own. */
static void connecting_is_not_measured(void **state)
{
	static const struct step slow[] = {
		{.kind = STEP_NOTHING, .length = 29000},
		{.kind = STEP_CONNECTED},
		{.kind = STEP_NOTHING, .length = 14999},
		{.kind = STEP_HEADERS, .lines = HEAD_200(60000)},
		{.kind = STEP_NOTHING, .length = 14999},
		{.kind = STEP_BODY, .length = 60000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = slow}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(fetch_http_due(bench.http), UINT64_MAX);
	assert_int_equal(bench.image.ops->open(bench.image.self, &bench.size, &bench.why),
			 UXM_IO_AGAIN);
	assert_int_equal(fetch_http_due(bench.http), UINT64_MAX);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(fetch_http_due(bench.http), bench.scripted.time + 15000);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	tear_down(&bench);
}

static void a_millisecond_more_is_too_much(void **state)
{
	static const struct step slow[] = {
		{.kind = STEP_CONNECTED},
		{.kind = STEP_NOTHING, .length = 60000},
		{.kind = STEP_HEADERS, .lines = HEAD_200(60000)},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = slow}};
	struct fetch_http_options options = bench_options();
	struct bench bench;

	(void)state;
	options.deadlines.retries = 0;
	set_up_with(&bench, &options, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_text(bench.why.text, "did not answer within 60 s");
	tear_down(&bench);
}

/* It is the reader who does not read. */
static void a_full_ring_is_no_silence_of_the_server(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(400000)},
		{.kind = STEP_BODY, .length = 400000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	for (size_t i = 0; i < 100; i++) {
		fetch_http_pump(bench.http);
		bench.scripted.time += 3000;
	}
	assert_int_equal(fetch_http_due(bench.http), UINT64_MAX);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	assert_int_equal(bench.position, 400000);
	assert_int_equal(bench.remarks, 0);
	tear_down(&bench);
}

static void after_a_full_ring_the_server_has_all_its_time_again(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(400000)},
		{.kind = STEP_BODY, .length = FETCH_RING + 9000},
		{.kind = STEP_NOTHING, .length = 14000},
		{.kind = STEP_BODY,
		 .offset = FETCH_RING + 9000,
		 .length = 400000 - FETCH_RING - 9000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	fetch_http_pump(bench.http);
	bench.scripted.time += 60000;
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	assert_int_equal(bench.remarks, 0);
	tear_down(&bench);
}

static void a_trickle_is_not_silent(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(50)},
		{.kind = STEP_BODY, .length = 50, .piece = 1, .pace = 14999},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	assert_int_equal(bench.remarks, 0);
	tear_down(&bench);
}

static void who_gives_less_time_gives_a_quarter_of_it_to_silence(void **state)
{
	static const struct {
		uint32_t network;
		uint32_t quiet;
		uint64_t most;
	} rows[] = {
		{60000, 15000, 15000}, {59999, 15000, 14999}, {1000, 15000, 250},
		{3, 15000, 1},         {1000, 100, 100},      {4000000, 15000, 15000},
	};
	static const struct step stall[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(60000)},
		{.kind = STEP_BODY, .length = 20000},
		{.kind = STEP_SILENT},
	};
	static const struct script scripts[] = {{.steps = stall}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_http_options options = bench_options();
		struct bench bench;

		options.deadlines.retries = 0;
		options.deadlines.network = rows[i].network;
		options.deadlines.network_quiet = rows[i].quiet;
		set_up_with(&bench, &options, scripts, 1);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 1000), UXM_IO_FAILED);
		assert_int_equal(bench.scripted.time - bench.scripted.started[0], rows[i].most);
		tear_down(&bench);
	}
}

static void silence_after_the_last_byte_is_the_end(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000)},
		{.kind = STEP_BODY, .length = 1000},
		{.kind = STEP_SILENT},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_int_equal(bench.remarks, 0);
	tear_down(&bench);
}

static const struct step much[] = {
	{.kind = STEP_HEADERS, .lines = HEAD_200(400000)},
	{.kind = STEP_BODY, .length = 300000},
	{.kind = STEP_FINISH, .end = FETCH_RESET},
};
static const struct step end_of_much[] = {
	{.kind = STEP_HEADERS, .lines = HEAD_206("300000-399999/400000")},
	{.kind = STEP_BODY, .offset = 300000, .length = 100000},
	{.kind = STEP_FINISH},
};

/* Nobody above sees that it sends: what is known has the limit that new bytes have above. */
static void known_bytes_must_not_come_too_slowly(void **state)
{
	/* 1000 bytes a second are 60000 in 60 s. */
	static const struct step slow[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(400000)},
		{.kind = STEP_BODY, .length = 100000},
		{.kind = STEP_BODY,
		 .offset = 100000,
		 .length = 300000,
		 .piece = 1000,
		 .pace = 1000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {
		{.steps = much}, {.steps = slow}, {.steps = end_of_much}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 3);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	assert_in_range(bench.scripted.started[2] - bench.scripted.started[1], 60000, 62000);
	assert_int_equal(bench.remarks, 2);
	assert_text(bench.remark[1], "begins from its first byte, too slowly; trying again in");
	tear_down(&bench);
}

static void known_bytes_may_take_long_in_all(void **state)
{
	/* 1100 bytes a second are 66000 in 60 s. */
	static const struct step slow[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(400000)},
		{.kind = STEP_BODY, .length = 400000, .piece = 1100, .pace = 1000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = much}, {.steps = slow}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	assert_int_equal(bench.remarks, 1);
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_connection_is_made_anew),
		cmocka_unit_test(a_server_that_stays_silent_is_given_up),
		cmocka_unit_test(connecting_is_not_measured),
		cmocka_unit_test(a_millisecond_more_is_too_much),
		cmocka_unit_test(a_full_ring_is_no_silence_of_the_server),
		cmocka_unit_test(after_a_full_ring_the_server_has_all_its_time_again),
		cmocka_unit_test(a_trickle_is_not_silent),
		cmocka_unit_test(who_gives_less_time_gives_a_quarter_of_it_to_silence),
		cmocka_unit_test(silence_after_the_last_byte_is_the_end),
		cmocka_unit_test(known_bytes_must_not_come_too_slowly),
		cmocka_unit_test(known_bytes_may_take_long_in_all),
	};

	return cmocka_run_group_tests_name("fetch/quiet", tests, NULL, NULL);
}
