/* The bus's pace: its rates, whole packets in whole (micro)frames, no drift, nothing saved up. */
#include "tests/cmocka.h"
#include "tools/module/pace.h"

#define START UINT64_C(123456000)

static void high_speed_moves_13_packets_in_each_microframe(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, PACE_HIGH, 0);
	assert_true(pace_rate(&pace) == 53248000);
	assert_true(pace_budget(&pace, START) == 0);
	assert_true(pace_budget(&pace, START + 124) == 0);
	assert_true(pace_budget(&pace, START + 125) == 13 * 512);
	assert_true(pace_budget(&pace, START + 249) == 13 * 512);
	assert_true(pace_budget(&pace, START + 250) == 2 * 13 * 512);
	pace_spend(&pace, 13 * 512);
	assert_true(pace_budget(&pace, START + 250) == 13 * 512);
}

static void full_speed_moves_19_packets_in_each_frame(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, PACE_FULL, 0);
	assert_true(pace_rate(&pace) == 1216000);
	assert_true(pace_budget(&pace, START) == 0);
	assert_true(pace_budget(&pace, START + 999) == 0);
	assert_true(pace_budget(&pace, START + 1000) == 19 * 64);
}

static void super_speed_moves_48_packets_in_each_interval(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, PACE_SUPER, 0);
	assert_true(pace_rate(&pace) == 393216000);
	(void)pace_budget(&pace, START);
	assert_true(pace_budget(&pace, START + 125) == 48 * 1024);
}

static void a_bus_without_limit_moves_everything_at_once(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, PACE_NONE, 0);
	assert_true(pace_rate(&pace) == 0);
	assert_true(pace_budget(&pace, START) == UINT64_MAX);
	pace_spend(&pace, 1000000000);
	assert_true(pace_budget(&pace, START) == UINT64_MAX);
	assert_true(pace_when(&pace, 1000000000) <= START);
}

static void another_rate_still_moves_whole_packets(void **state)
{
	struct pace pace;
	uint64_t moved = 0;

	(void)state;
	pace_init(&pace, PACE_HIGH, 10000000);
	(void)pace_budget(&pace, START);
	for (uint64_t now = START; now <= START + 1000000; now += 125) {
		uint64_t budget = pace_budget(&pace, now);
		assert_true(budget % 512 == 0);
		assert_true(budget <= 3 * 512);
		pace_spend(&pace, budget);
		moved += budget;
	}
	assert_in_range(moved, 10000000 - 511, 10000000);
}

static void the_schedule_begins_with_a_microframe(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, PACE_HIGH, 0);
	assert_true(pace_budget(&pace, START + 100) == 0);
	assert_true(pace_budget(&pace, START + 125) == 13 * 512);
}

static void late_looks_lose_nothing_while_there_is_something_to_move(void **state)
{
	struct pace pace;
	uint64_t now = START;
	uint64_t moved = 0;
	uint32_t seed = 1;

	(void)state;
	pace_init(&pace, PACE_HIGH, 0);
	(void)pace_budget(&pace, now);
	while (now < START + 10000000) {
		uint64_t budget;

		seed = seed * 1664525 + 1013904223;
		now += (seed >> 16) % 5000;
		budget = pace_budget(&pace, now);
		pace_spend(&pace, budget);
		moved += budget;
		/* never ahead, never more than a microframe behind */
		assert_true(moved * 1000 <= (now - START) * 53248);
		assert_true((moved + 13 * 512) * 1000 > (now - START) * 53248);
	}
}

static void a_short_packet_takes_a_whole_ones_place(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, PACE_HIGH, 0);
	(void)pace_budget(&pace, START);
	for (unsigned i = 13; i > 0; i--) {
		assert_true(pace_budget(&pace, START + 125) == (uint64_t)i * 512);
		pace_spend(&pace, 1);
	}
	assert_true(pace_budget(&pace, START + 125) == 0);
}

static void time_at_rest_is_not_saved_up(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, PACE_HIGH, 0);
	(void)pace_budget(&pace, START);
	pace_rest(&pace);
	assert_true(pace_budget(&pace, START + 1000000) == 0);
	assert_true(pace_budget(&pace, START + 1000125) == 13 * 512);
}

static void what_the_module_did_not_take_is_lost(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, PACE_HIGH, 0);
	(void)pace_budget(&pace, START);
	assert_true(pace_budget(&pace, START + 12500) == 100 * 13 * 512);
	pace_lose(&pace, START + 12500);
	assert_true(pace_budget(&pace, START + 12500) == 0);
	assert_true(pace_budget(&pace, START + 12625) == 13 * 512);
}

static void the_time_to_wait_for_is_the_one_when_the_bytes_have_moved(void **state)
{
	static const enum pace_bus buses[] = {PACE_FULL, PACE_HIGH, PACE_SUPER};
	static const uint64_t bytes[] = {1, 64, 512, 513, 6656, 6657, 131072, 1000000};

	(void)state;
	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		for (size_t j = 0; j < sizeof(bytes) / sizeof(bytes[0]); j++) {
			for (uint64_t rate = 0; rate < 3000000; rate += 777777) {
				struct pace pace;
				uint64_t when;

				pace_init(&pace, buses[i], rate);
				(void)pace_budget(&pace, START);
				when = pace_when(&pace, bytes[j]);
				assert_true(pace_budget(&pace, when - 1) < bytes[j]);
				assert_true(pace_budget(&pace, when) >= bytes[j]);
			}
		}
	}
}

static void hours_do_not_make_it_drift(void **state)
{
	struct pace pace;
	uint64_t moved = 0;
	uint64_t now = START;

	(void)state;
	pace_init(&pace, PACE_HIGH, PACE_RATE_MOST);
	(void)pace_budget(&pace, now);
	for (unsigned second = 0; second < 20000; second++) {
		uint64_t budget;
		now += 1000000;
		budget = pace_budget(&pace, now);
		pace_spend(&pace, budget);
		moved += budget;
	}
	assert_in_range(moved, UINT64_C(20000) * PACE_RATE_MOST - 512,
			UINT64_C(20000) * PACE_RATE_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(high_speed_moves_13_packets_in_each_microframe),
		cmocka_unit_test(full_speed_moves_19_packets_in_each_frame),
		cmocka_unit_test(super_speed_moves_48_packets_in_each_interval),
		cmocka_unit_test(a_bus_without_limit_moves_everything_at_once),
		cmocka_unit_test(another_rate_still_moves_whole_packets),
		cmocka_unit_test(the_schedule_begins_with_a_microframe),
		cmocka_unit_test(late_looks_lose_nothing_while_there_is_something_to_move),
		cmocka_unit_test(a_short_packet_takes_a_whole_ones_place),
		cmocka_unit_test(time_at_rest_is_not_saved_up),
		cmocka_unit_test(what_the_module_did_not_take_is_lost),
		cmocka_unit_test(the_time_to_wait_for_is_the_one_when_the_bytes_have_moved),
		cmocka_unit_test(hours_do_not_make_it_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
