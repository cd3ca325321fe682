/* When a server is asked again: fetch/attempts.h. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "fetch/attempts.h"

static const struct uxm_deadlines deadlines = UXM_DEADLINES;

static bool again(struct fetch_attempts *attempts)
{
	uint64_t pause;

	return fetch_attempts_again(attempts, 0, &pause);
}

static void makes_five_attempts_in_a_row(void **state)
{
	struct fetch_attempts attempts;
	uint64_t pause = 77777;

	(void)state;
	fetch_attempts_init(&attempts, &deadlines, 1);
	for (unsigned i = 0; i < 5; i++)
		assert_true(again(&attempts));
	assert_false(fetch_attempts_again(&attempts, 0, &pause));
	assert_int_equal(pause, 77777);
	assert_int_equal(attempts.made, 5);
}

static void starts_over_after_64_kib_of_new_bytes_and_not_before(void **state)
{
	struct fetch_attempts attempts;

	(void)state;
	fetch_attempts_init(&attempts, &deadlines, 1);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(again(&attempts));
		fetch_attempts_came(&attempts, 13107);
	}
	assert_false(again(&attempts));
	fetch_attempts_came(&attempts, 0);
	assert_false(again(&attempts));
	/* The 65536th. */
	fetch_attempts_came(&attempts, 1);
	for (unsigned i = 0; i < 5; i++)
		assert_true(again(&attempts));
	assert_false(again(&attempts));
	/* What was more than enough does not count twice. */
	fetch_attempts_came(&attempts, 65535);
	assert_false(again(&attempts));
	fetch_attempts_came(&attempts, 200000);
	assert_true(again(&attempts));
	fetch_attempts_came(&attempts, 65535);
	assert_int_equal(attempts.made, 1);
}

static void pauses_grow_and_are_drawn_between_half_and_one_and_a_half(void **state)
{
	static const uint64_t middles[] = {250, 1000, 4000, 16000, 30000};
	uint64_t least[5];
	uint64_t most[5] = {0};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		least[i] = UINT64_MAX;
	for (uint64_t seed = 0; seed < 2000; seed++) {
		struct fetch_attempts attempts;

		fetch_attempts_init(&attempts, &deadlines, seed);
		for (size_t i = 0; i < 5; i++) {
			uint64_t pause = 0;

			assert_true(fetch_attempts_again(&attempts, 0, &pause));
			least[i] = pause < least[i] ? pause : least[i];
			most[i] = pause > most[i] ? pause : most[i];
		}
	}
	for (size_t i = 0; i < 5; i++) {
		assert_in_range(least[i], middles[i] / 2, middles[i] / 2 + middles[i] / 20);
		assert_in_range(most[i], middles[i] * 29 / 20, middles[i] * 3 / 2);
	}
}

static void pauses_follow_from_the_seed(void **state)
{
	struct fetch_attempts one;
	struct fetch_attempts same;
	struct fetch_attempts other;
	unsigned differ = 0;

	(void)state;
	fetch_attempts_init(&one, &deadlines, 42);
	fetch_attempts_init(&same, &deadlines, 42);
	fetch_attempts_init(&other, &deadlines, 43);
	for (size_t i = 0; i < 5; i++) {
		uint64_t pauses[3] = {0};

		assert_true(fetch_attempts_again(&one, 0, &pauses[0]));
		assert_true(fetch_attempts_again(&same, 0, &pauses[1]));
		assert_true(fetch_attempts_again(&other, 0, &pauses[2]));
		assert_int_equal(pauses[0], pauses[1]);
		differ += pauses[0] != pauses[2] ? 1 : 0;
	}
	assert_true(differ > 0);
}

static void the_pause_starts_over_with_the_count(void **state)
{
	struct fetch_attempts attempts;
	uint64_t pause = 0;

	(void)state;
	fetch_attempts_init(&attempts, &deadlines, 7);
	assert_true(again(&attempts));
	assert_true(again(&attempts));
	fetch_attempts_came(&attempts, 65536);
	assert_true(fetch_attempts_again(&attempts, 0, &pause));
	assert_in_range(pause, 125, 375);
}

static void waits_as_long_as_the_server_asks_for(void **state)
{
	struct fetch_attempts attempts;
	uint64_t pause = 0;

	(void)state;
	fetch_attempts_init(&attempts, &deadlines, 7);
	assert_true(fetch_attempts_again(&attempts, 12, &pause));
	assert_in_range(pause, 12000, 15000);
	/* Ours is longer, as is the second one's at least. */
	assert_true(again(&attempts));
	assert_true(fetch_attempts_again(&attempts, 1, &pause));
	assert_in_range(pause, 2000, 6000);
	assert_true(fetch_attempts_again(&attempts, 600, &pause));
	assert_in_range(pause, 600000, 630000);
	assert_false(fetch_attempts_again(&attempts, 601, &pause));
	assert_false(fetch_attempts_again(&attempts, UINT32_MAX, &pause));
	assert_int_equal(attempts.made, 4);
	assert_true(fetch_attempts_waits(&attempts, 600));
	assert_false(fetch_attempts_waits(&attempts, 601));
}

/* Phones that got the same answer in the same second do not come back in the same second. */
static void what_a_server_asks_for_is_spread_over_a_quarter_more(void **state)
{
	uint64_t least = UINT64_MAX;
	uint64_t most = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 2000; seed++) {
		struct fetch_attempts attempts;
		uint64_t pause = 0;

		fetch_attempts_init(&attempts, &deadlines, seed);
		assert_true(fetch_attempts_again(&attempts, 20, &pause));
		least = pause < least ? pause : least;
		most = pause > most ? pause : most;
	}
	assert_in_range(least, 20000, 20250);
	assert_in_range(most, 24750, 25000);
}

static void knows_which_statuses_pass(void **state)
{
	static const unsigned passing[] = {408, 425, 429, 500, 502, 503, 504, 506, 511, 599};
	static const unsigned final[] = {200, 206, 304, 399, 400, 401, 404, 407, 409, 410, 412,
					 416, 424, 426, 428, 430, 499, 501, 505, 600, 999};

	(void)state;
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (!fetch_attempts_status_passes(passing[i]))
			fail_msg("status %u is final", passing[i]);
	}
	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
		if (fetch_attempts_status_passes(final[i]))
			fail_msg("status %u passes", final[i]);
	}
}

/* With every end that there is. */
static void knows_which_ends_pass(void **state)
{
	static const struct {
		enum fetch_end end;
		bool before; /* the server was met */
		bool after;
	} rows[] = {
		{FETCH_RUNNING, false, false},
		{FETCH_COMPLETE, true, true},
		{FETCH_STOPPED, false, false},
		{FETCH_NO_HOST, false, true},
		{FETCH_NO_PROXY, false, true},
		{FETCH_PROXY_AWAY, false, true},
		{FETCH_PROXY_TLS, false, true},
		{FETCH_CONNECTION_REFUSED, false, true},
		{FETCH_UNREACHABLE, false, true},
		{FETCH_CONNECT_TIMEOUT, false, true},
		{FETCH_RESET, true, true},
		{FETCH_NO_ANSWER, true, true},
		{FETCH_HEADERS_TOO_LARGE, false, false},
		{FETCH_CERTIFICATE_EXPIRED, false, false},
		{FETCH_CERTIFICATE_EARLY, false, false},
		{FETCH_CERTIFICATE_NAME, false, false},
		{FETCH_CERTIFICATE_UNKNOWN, false, false},
		{FETCH_CERTIFICATE_PIN, false, false},
		{FETCH_AUTHORITIES, false, false},
		{FETCH_OWN_CERTIFICATE, false, false},
		{FETCH_TLS, false, true},
		{FETCH_MISSING, false, false},
		{FETCH_NO_LOGIN, false, false},
		{FETCH_FTP, false, false},
		{FETCH_FTP_LATER, true, true},
		{FETCH_NO_MEMORY, false, false},
		{FETCH_OTHER, false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_attempts attempts;

		fetch_attempts_init(&attempts, &deadlines, 1);
		assert_int_equal(rows[i].end, i);
		if (fetch_attempts_end_passes(&attempts, rows[i].end) != rows[i].before)
			fail_msg("end %u before the server was met", (unsigned)i);
		fetch_attempts_came(&attempts, 1);
		if (fetch_attempts_end_passes(&attempts, rows[i].end) != rows[i].after)
			fail_msg("end %u after the server was met", (unsigned)i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_five_attempts_in_a_row),
		cmocka_unit_test(starts_over_after_64_kib_of_new_bytes_and_not_before),
		cmocka_unit_test(pauses_grow_and_are_drawn_between_half_and_one_and_a_half),
		cmocka_unit_test(pauses_follow_from_the_seed),
		cmocka_unit_test(the_pause_starts_over_with_the_count),
		cmocka_unit_test(waits_as_long_as_the_server_asks_for),
		cmocka_unit_test(what_a_server_asks_for_is_spread_over_a_quarter_more),
		cmocka_unit_test(knows_which_statuses_pass),
		cmocka_unit_test(knows_which_ends_pass),
	};

	return cmocka_run_group_tests_name("fetch/attempts", tests, NULL, NULL);
}
