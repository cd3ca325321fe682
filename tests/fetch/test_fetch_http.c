/* The stream of fetch/http.c on a scripted transfer: its pauses and its end. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "bench.h"

static void reads_the_image_and_says_its_size(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_NOTHING},
		{.kind = STEP_HEADERS, .lines = HEAD_200(100000)},
		{.kind = STEP_BODY, .length = 60000},
		{.kind = STEP_NOTHING},
		{.kind = STEP_BODY, .offset = 60000, .length = 40000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(bench.image.ops->open(bench.image.self, &bench.size, &bench.why),
			 UXM_IO_AGAIN);
	assert_int_equal(bench.size, 0);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(bench.size, 100000);
	assert_int_equal(read_image(&bench, 7000), UXM_IO_END);
	assert_int_equal(bench.position, 100000);
	assert_int_equal(read_image(&bench, 7000), UXM_IO_END);
	assert_string_equal(bench.scripted.url[0], URL);
	tear_down(&bench);
}

/* The ring holds a part only: the transfer pauses, the ring wraps, no byte is lost or doubled. */
static void holds_the_server_back_when_the_ring_is_full(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000003)},
		{.kind = STEP_BODY, .length = 1000003, .piece = 15013},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	static const size_t rooms[] = {1, 999, 16384, 100000, 262144};

	(void)state;
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		struct bench bench;

		set_up(&bench, URL, 0, scripts, 1);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, rooms[i]), UXM_IO_END);
		assert_int_equal(bench.position, 1000003);
		assert_int_equal(bench.scripted.most_held, 15013);
		tear_down(&bench);
	}
}

static void leaves_a_held_transfer_alone_until_a_block_finds_room(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000000)},
		{.kind = STEP_BODY, .length = 1000000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;
	uint8_t buffer[1024];
	size_t got = 0;
	size_t performs;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_true(fetch_http_pump(bench.http));
	performs = bench.scripted.performs;
	assert_false(fetch_http_pump(bench.http));
	for (size_t read = 0; read + sizeof(buffer) < FETCH_BLOCK; read += sizeof(buffer)) {
		assert_int_equal(bench.image.ops->read(bench.image.self, buffer, sizeof(buffer),
						       &got, &bench.why),
				 UXM_IO_OK);
		assert_false(fetch_http_pump(bench.http));
	}
	assert_int_equal(bench.scripted.performs, performs);
	assert_int_equal(
		bench.image.ops->read(bench.image.self, buffer, sizeof(buffer), &got, &bench.why),
		UXM_IO_OK);
	assert_true(fetch_http_pump(bench.http));
	assert_int_equal(bench.scripted.performs, performs + 1);
	tear_down(&bench);
}

static void says_end_only_after_the_connection_has_ended(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 10},
		{.kind = STEP_NOTHING},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;
	uint8_t buffer[100];
	size_t got = 0;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(bench.image.ops->read(bench.image.self, buffer, 100, &got, &bench.why),
			 UXM_IO_OK);
	assert_int_equal(got, 10);
	assert_int_equal(bench.image.ops->read(bench.image.self, buffer, 100, &got, &bench.why),
			 UXM_IO_AGAIN);
	assert_int_equal(bench.image.ops->read(bench.image.self, buffer, 100, &got, &bench.why),
			 UXM_IO_END);
	tear_down(&bench);
}

static void takes_a_reset_after_the_last_byte_for_the_end(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 10},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	tear_down(&bench);
}

static void starts_from_scratch_when_opened_again(void **state)
{
	static const struct step first[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(200)},
		{.kind = STEP_BODY, .length = 200},
		{.kind = STEP_FINISH},
	};
	static const struct step second[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300)},
		{.kind = STEP_BODY, .length = 300},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = first}, {.steps = second}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 64), UXM_IO_END);
	bench.position = 0;
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(bench.size, 300);
	assert_int_equal(read_image(&bench, 64), UXM_IO_END);
	assert_int_equal(bench.position, 300);
	tear_down(&bench);
}

static void seeks_without_asking_where_nothing_is_to_come(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000)},
		{.kind = STEP_BODY, .length = 1000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(seek_image(&bench, 0), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_INTERNAL, "from byte 0 on");
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(seek_image(&bench, 0), UXM_IO_OK);
	assert_int_equal(seek_image(&bench, 1001), UXM_IO_FAILED);
	assert_int_equal(seek_image(&bench, 1000), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_int_equal(bench.scripted.starts, 1);
	tear_down(&bench);
}

static void refuses_to_read_before_it_is_open(void **state)
{
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, NULL, 0);
	assert_int_equal(read_image(&bench, 100), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_INTERNAL, "before it was opened");
	tear_down(&bench);
}

static void says_when_a_transfer_cannot_be_started(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000)},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {
		{.start = FETCH_NO_MEMORY}, {.steps = steps}, {.start = FETCH_NO_MEMORY}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 3);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_INTERNAL, "no memory");
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(seek_image(&bench, 500), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_INTERNAL, "no memory");
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_image_and_says_its_size),
		cmocka_unit_test(holds_the_server_back_when_the_ring_is_full),
		cmocka_unit_test(leaves_a_held_transfer_alone_until_a_block_finds_room),
		cmocka_unit_test(says_end_only_after_the_connection_has_ended),
		cmocka_unit_test(takes_a_reset_after_the_last_byte_for_the_end),
		cmocka_unit_test(starts_from_scratch_when_opened_again),
		cmocka_unit_test(seeks_without_asking_where_nothing_is_to_come),
		cmocka_unit_test(refuses_to_read_before_it_is_open),
		cmocka_unit_test(says_when_a_transfer_cannot_be_started),
	};

	return cmocka_run_group_tests_name("fetch/http", tests, NULL, NULL);
}
