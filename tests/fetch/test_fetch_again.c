/* Servers that send the whole once more where a part was asked for. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "bench.h"
#include "pattern.h"

#define SIZE 300000

/* A witness that remembers the first `known` bytes, and what it was told. */
struct memory {
	const struct bench *bench;
	unsigned times;
	uint64_t most; /* so many are known even when the reader has gone back */
	uint64_t known;
	uint64_t at;
	bool differs;
};

static void memory_again(void *self)
{
	struct memory *memory = self;

	memory->times++;
	memory->known =
		memory->bench->position > memory->most ? memory->bench->position : memory->most;
	memory->at = 0;
	memory->differs = false;
}

static bool memory_same(void *self, const uint8_t *bytes, size_t length)
{
	struct memory *memory = self;
	uint64_t left = memory->known > memory->at ? memory->known - memory->at : 0;
	size_t compared = left < length ? (size_t)left : length;

	assert_in_range(length, 1, FETCH_BLOCK);
	if (pattern_match(memory->at, bytes, compared) != compared)
		memory->differs = true;
	memory->at += length;
	return !memory->differs;
}

static void set_up_memory(struct bench *bench, struct memory *memory, const struct script *scripts,
			  size_t count)
{
	struct fetch_http_options options = bench_options();

	memset(memory, 0, sizeof(*memory));
	memory->bench = bench;
	options.witness.again = memory_again;
	options.witness.same = memory_same;
	options.witness.self = memory;
	set_up_with(bench, &options, scripts, count);
}

/* 150,000 bytes come, of which the ring holds the last 50,000 at the break. */
static const struct step first_part[] = {
	{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
	{.kind = STEP_BODY, .length = 100000},
	{.kind = STEP_BODY, .offset = 100000, .length = 50000},
	{.kind = STEP_FINISH, .end = FETCH_RESET},
};

/* Reads what came before the break, up to `position`, leaves the rest in the ring, and goes on
 * until the next response has begun. */
static void read_up_to(struct bench *bench, uint64_t position)
{
	assert_int_equal(open_image(bench), UXM_IO_OK);
	assert_int_equal(read_some(bench, 1000, position), UXM_IO_OK);
	while (bench->scripted.running)
		fetch_http_pump(bench->http);
	bench->scripted.time = fetch_http_due(bench->http);
	assert_true(fetch_http_pump(bench->http));
	assert_true(fetch_http_pump(bench->http));
}

static void skips_what_is_known_when_the_whole_comes(void **state)
{
	static const size_t pieces[] = {1, 999, 16384, 65536};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const struct step whole[] = {
			{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
			{.kind = STEP_BODY, .length = SIZE, .piece = pieces[i]},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = first_part}, {.steps = whole}};
		struct memory memory;
		struct bench bench;

		set_up_memory(&bench, &memory, scripts, 2);
		read_up_to(&bench, 100000);
		assert_int_equal(read_image(&bench, 5000), UXM_IO_END);
		assert_int_equal(bench.position, SIZE);
		assert_int_equal(bench.scripted.from[1], 150000);
		assert_int_equal(memory.times, 1);
		assert_int_equal(memory.at, SIZE);
		tear_down(&bench);
	}
}

/* One byte is another one: before the position, in the ring, and at the edges of both. */
static void sees_every_byte_that_is_another_one(void **state)
{
	static const uint64_t offsets[] = {0, 1, 50000, 99999, 100000, 125000, 149999};

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		const struct step whole[] = {
			{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
			{.kind = STEP_BODY, .length = SIZE, .spoiled = offsets[i] + 1},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = first_part}, {.steps = whole}};
		struct memory memory;
		struct bench bench;

		set_up_memory(&bench, &memory, scripts, 2);
		read_up_to(&bench, 100000);
		assert_int_equal(read_image(&bench, 5000), UXM_IO_FAILED);
		assert_says(&bench.why, UXM_FETCH_FAILED,
			    "has changed on the server while it was fetched: the bytes that it "
			    "sends once more are not those that it sent before; start again.");
		assert_int_equal(bench.scripted.starts, 2);
		tear_down(&bench);
	}
}

/* Without a witness the ring is all that is known. */
static void compares_with_the_ring_where_nobody_remembers(void **state)
{
	static const uint64_t offsets[] = {99999, 100000, 149999};

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		const struct step whole[] = {
			{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
			{.kind = STEP_BODY, .length = SIZE, .spoiled = offsets[i] + 1},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = first_part}, {.steps = whole}};
		struct bench bench;

		set_up(&bench, URL, 0, scripts, 2);
		read_up_to(&bench, 100000);
		assert_int_equal(read_image(&bench, 5000), i == 0 ? UXM_IO_END : UXM_IO_FAILED);
		tear_down(&bench);
	}
}

/* What is held against the ring must not leave it; and the server owes nothing that is new. */
static void holds_the_ring_back_while_it_is_compared(void **state)
{
	static const struct step whole[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
		{.kind = STEP_BODY, .length = 100000},
		{.kind = STEP_BODY, .offset = 100000, .length = 49999},
		{.kind = STEP_BODY, .offset = 149999, .length = 1},
		{.kind = STEP_BODY, .offset = 150000, .length = 150000},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {{.steps = first_part}, {.steps = whole}};
	struct bench bench;
	uint8_t byte;
	size_t got = 0;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	read_up_to(&bench, 100000);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			bench.image.ops->read(bench.image.self, &byte, 1, &got, &bench.why),
			UXM_IO_AGAIN);
		assert_false(bench.image.ops->owes(bench.image.self));
	}
	assert_int_equal(read_some(&bench, 1, 1), UXM_IO_OK);
	assert_int_equal(bench.scripted.offered, 150000 + 150000);
	assert_true(bench.image.ops->owes(bench.image.self));
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	tear_down(&bench);
}

/* A block that begins with known bytes and ends with new ones, for which a full ring has no room.
 */
static void goes_on_when_a_block_of_both_kinds_finds_no_room(void **state)
{
	static const struct step filling[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
		{.kind = STEP_BODY, .length = 131000, .piece = 1000},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step whole[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
		{.kind = STEP_BODY, .length = SIZE, .piece = 60000, .held = 7000},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {{.steps = filling}, {.steps = whole}};
	struct memory memory;
	struct bench bench;

	(void)state;
	set_up_memory(&bench, &memory, scripts, 2);
	read_up_to(&bench, 0);
	for (size_t i = 0; i < 10; i++)
		fetch_http_pump(bench.http);
	assert_int_equal(bench.scripted.most_held, 60000);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_END);
	assert_int_equal(bench.position, SIZE);
	/* The block was offered twice, and looked at once. */
	assert_int_equal(memory.at, SIZE);
	tear_down(&bench);
}

static void a_break_in_what_is_known_is_a_break_like_others(void **state)
{
	static const struct step some[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
		{.kind = STEP_BODY, .length = 120000},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct step rest[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_206("150000-299999/300000")},
		{.kind = STEP_BODY, .offset = 150000, .length = 150000},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {
		{.steps = first_part}, {.steps = some}, {.steps = some}, {.steps = rest}};
	struct memory memory;
	struct bench bench;

	(void)state;
	set_up_memory(&bench, &memory, scripts, 4);
	read_up_to(&bench, 100000);
	assert_int_equal(read_image(&bench, 5000), UXM_IO_END);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(bench.scripted.from[i], 150000);
	assert_int_equal(memory.times, 2);
	tear_down(&bench);
}

static void a_witness_is_asked_also_when_all_is_wanted_again(void **state)
{
	static const struct step begun[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
		{.kind = STEP_SILENT},
	};
	static const struct step whole[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
		{.kind = STEP_BODY, .length = SIZE, .spoiled = 50001},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {{.steps = first_part}, {.steps = begun}, {.steps = whole}};
	struct memory memory;
	struct bench bench;

	(void)state;
	set_up_memory(&bench, &memory, scripts, 3);
	read_up_to(&bench, 100000);
	memory.most = bench.position;
	/* The module begins anew. */
	assert_int_equal(seek_image(&bench, 0), UXM_IO_OK);
	assert_int_equal(bench.scripted.from[2], 0);
	assert_int_equal(read_image(&bench, 1000), UXM_IO_FAILED);
	assert_text(bench.why.text, "sends once more are not those");
	assert_int_equal(memory.times, 2);
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skips_what_is_known_when_the_whole_comes),
		cmocka_unit_test(sees_every_byte_that_is_another_one),
		cmocka_unit_test(compares_with_the_ring_where_nobody_remembers),
		cmocka_unit_test(holds_the_ring_back_while_it_is_compared),
		cmocka_unit_test(goes_on_when_a_block_of_both_kinds_finds_no_room),
		cmocka_unit_test(a_break_in_what_is_known_is_a_break_like_others),
		cmocka_unit_test(a_witness_is_asked_also_when_all_is_wanted_again),
	};

	return cmocka_run_group_tests_name("fetch/again", tests, NULL, NULL);
}
