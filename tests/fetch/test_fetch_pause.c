/* What can be done while fetching pauses, and where it goes on afterwards. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "bench.h"

static const struct step half[] = {
	{.kind = STEP_CONNECTED},
	{.kind = STEP_NOTHING},
	{.kind = STEP_HEADERS, .lines = HEAD_200(60000)},
	{.kind = STEP_BODY, .length = 20000},
	{.kind = STEP_FINISH, .end = FETCH_RESET},
};
static const struct step rest[] = {
	{.kind = STEP_NOTHING},
	{.kind = STEP_CONNECTED},
	{.kind = STEP_NOTHING},
	{.kind = STEP_HEADERS, .lines = HEAD_206("20000-59999/60000")},
	{.kind = STEP_BODY, .offset = 20000, .length = 40000},
	{.kind = STEP_FINISH},
};

static bool owes(const struct bench *bench)
{
	return bench->image.ops->owes(bench->image.self);
}

static void the_server_owes_only_while_its_body_is_awaited(void **state)
{
	const struct script scripts[] = {{.steps = half}, {.steps = rest}};
	struct bench bench;
	bool expected[] = {false, true, true, false};

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_true(owes(&bench));
	assert_int_equal(bench.image.ops->open(bench.image.self, &bench.size, &bench.why),
			 UXM_IO_AGAIN);
	assert_false(owes(&bench));
	for (size_t i = 0; i < 4; i++) {
		fetch_http_pump(bench.http);
		assert_int_equal(owes(&bench), expected[i]);
	}
	/* The pause; connecting; the answer; then it is there. */
	assert_in_range(fetch_http_due(bench.http) - bench.scripted.time, 125, 375);
	bench.scripted.time = fetch_http_due(bench.http) - 1;
	assert_false(fetch_http_pump(bench.http));
	assert_int_equal(bench.scripted.starts, 1);
	bench.scripted.time++;
	assert_true(fetch_http_pump(bench.http));
	assert_int_equal(bench.scripted.starts, 2);
	assert_false(owes(&bench));
	for (size_t i = 0; i < 3; i++) {
		assert_false(fetch_http_pump(bench.http));
		assert_false(owes(&bench));
	}
	assert_true(fetch_http_pump(bench.http));
	assert_true(owes(&bench));
	tear_down(&bench);
}

static void what_has_come_is_read_during_the_pause(void **state)
{
	const struct script scripts[] = {{.steps = half}, {.steps = rest}};
	struct bench bench;
	uint8_t buffer[30000];
	size_t got = 0;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	fetch_http_pump(bench.http);
	fetch_http_pump(bench.http);
	assert_int_equal(read_some(&bench, 100, 20000), UXM_IO_OK);
	assert_int_equal(
		bench.image.ops->read(bench.image.self, buffer, sizeof(buffer), &got, &bench.why),
		UXM_IO_AGAIN);
	assert_int_equal(bench.scripted.starts, 1);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_int_equal(bench.scripted.from[1], 20000);
	tear_down(&bench);
}

static void a_remark_is_made_once(void **state)
{
	const struct script scripts[] = {{.steps = half}, {.steps = rest}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_null(fetch_http_remark(bench.http));
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	fetch_http_pump(bench.http);
	fetch_http_pump(bench.http);
	assert_text(fetch_http_remark(bench.http), "broke after 20000 of 60000 bytes");
	assert_null(fetch_http_remark(bench.http));
	tear_down(&bench);
}

/* The module's recovery may step back, to somewhere in front of what the ring holds, at any time.
 */
static void a_seek_ends_the_pause(void **state)
{
	static const struct step from_start[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_206("5000-59999/60000")},
		{.kind = STEP_BODY, .offset = 5000, .length = 55000},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {{.steps = half}, {.steps = from_start}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_some(&bench, 100, 20000), UXM_IO_OK);
	fetch_http_pump(bench.http);
	assert_int_equal(seek_image(&bench, 5000), UXM_IO_OK);
	assert_int_equal(bench.scripted.starts, 2);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_int_equal(bench.position, 60000);
	tear_down(&bench);
}

static void a_seek_after_a_failure_begins_a_new_row_of_attempts(void **state)
{
	static const struct step reset[] = {{.kind = STEP_FINISH, .end = FETCH_RESET}};
	static const struct step refused[] = {
		{.kind = STEP_FINISH, .end = FETCH_CONNECTION_REFUSED}};
	const struct script scripts[] = {
		{.steps = half},    {.steps = reset},   {.steps = refused}, {.steps = reset},
		{.steps = reset},   {.steps = reset},   {.steps = refused}, {.steps = refused},
		{.steps = refused}, {.steps = refused}, {.steps = refused}, {.steps = rest},
	};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 12);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_FAILED);
	assert_int_equal(bench.scripted.starts, 6);
	assert_int_equal(seek_image(&bench, 20000), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_int_equal(bench.scripted.starts, 12);
	assert_int_equal(bench.position, 60000);
	tear_down(&bench);
}

/* Bytes that come once more because the module stepped back are no progress of the server's. */
static void what_comes_again_after_a_seek_is_no_new_byte(void **state)
{
	static const struct step whole[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
		{.kind = STEP_BODY, .length = 120000},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step again[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_206("40000-299999/300000")},
		{.kind = STEP_BODY, .offset = 40000, .length = 80000},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step reset[] = {{.kind = STEP_FINISH, .end = FETCH_RESET}};
	const struct script scripts[] = {
		{.steps = whole}, {.steps = reset}, {.steps = again}, {.steps = reset},
		{.steps = reset}, {.steps = reset}, {.steps = reset},
	};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 7);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_some(&bench, 1000, 120000), UXM_IO_OK);
	for (size_t i = 0; i < 1000 && bench.scripted.starts < 2; i++) {
		fetch_http_pump(bench.http);
		bench.scripted.time += 100;
	}
	assert_int_equal(seek_image(&bench, 40000), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_FAILED);
	assert_int_equal(bench.position, 120000);
	/* One attempt before the seek, four of the row's five after it. */
	assert_int_equal(bench.scripted.starts, 7);
	assert_text(bench.why.text, "Tried 6 times.");
	tear_down(&bench);
}

static void a_part_that_was_skipped_is_no_new_byte_either(void **state)
{
	static const struct step head[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
		{.kind = STEP_BODY, .length = 2048},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step tail[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_206("200000-299999/300000")},
		{.kind = STEP_BODY, .offset = 200000, .length = 10000},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step reset[] = {{.kind = STEP_FINISH, .end = FETCH_RESET}};
	const struct script scripts[] = {
		{.steps = head},  {.steps = tail},  {.steps = reset},
		{.steps = reset}, {.steps = reset}, {.steps = reset},
	};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 6);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_some(&bench, 1000, 2048), UXM_IO_OK);
	while (bench.scripted.running)
		fetch_http_pump(bench.http);
	assert_int_equal(seek_image(&bench, 200000), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_FAILED);
	assert_int_equal(bench.scripted.starts, 6);
	tear_down(&bench);
}

static void asks_the_first_url_again_and_tells_only_its_server_who_asks(void **state)
{
	static const struct fetch_access access_data = {.user = "phone", .password = "secret"};
	static const struct step moved[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 302 Found\nLocation: http://mirror/x"},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {
		{.steps = moved}, {.steps = half}, {.steps = moved}, {.steps = rest}};
	struct fetch_http_options options = bench_options();
	struct bench bench;

	(void)state;
	options.url = "http://server/a";
	options.access = &access_data;
	set_up_with(&bench, &options, scripts, 4);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(bench.scripted.url[i],
				    i % 2 == 0 ? "http://server/a" : "http://mirror/x");
		assert_string_equal(bench.scripted.user[i], i % 2 == 0 ? "phone" : "");
		assert_int_equal(bench.scripted.from[i], i < 2 ? 0 : 20000);
	}
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_owes_only_while_its_body_is_awaited),
		cmocka_unit_test(what_has_come_is_read_during_the_pause),
		cmocka_unit_test(a_remark_is_made_once),
		cmocka_unit_test(a_seek_ends_the_pause),
		cmocka_unit_test(a_seek_after_a_failure_begins_a_new_row_of_attempts),
		cmocka_unit_test(what_comes_again_after_a_seek_is_no_new_byte),
		cmocka_unit_test(a_part_that_was_skipped_is_no_new_byte_either),
		cmocka_unit_test(asks_the_first_url_again_and_tells_only_its_server_who_asks),
	};

	return cmocka_run_group_tests_name("fetch/pause", tests, NULL, NULL);
}
