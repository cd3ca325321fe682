/* Whoever waits for a server sleeps, and wakes when there is something to do. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <unistd.h>

#include "asker.h"
#include "reader.h"

static void bears_a_server_that_leaves_the_connection_open(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {
		.url = reader_python_url(servers, "/keep/gen/70000/a.bin", url)};
	struct reader reader;
	uint64_t start;

	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_OK);
	assert_int_equal(reader_read(&reader, 70000), UXM_IO_OK);
	start = reader_now();
	assert_int_equal(reader_read(&reader, UINT64_MAX), UXM_IO_END);
	assert_in_range(reader_now() - start, 500, 5000);
	reader_tear_down(&reader);
}

/* After a while, when what was on its way has arrived and libcurl's timers have run out, each sleep
 * is as long as it says. */
static void assert_sleeps(struct reader *reader)
{
	int full = 0;

	for (int wakes = 0; wakes < 200 && full < 3; wakes++) {
		uint64_t start = reader_now();

		reader_sleep(reader, 100);
		full = reader_now() - start >= 99 ? full + 1 : 0;
	}
	assert_int_equal(full, 3);
}

static void sleeps_while_nobody_reads_and_while_nothing_comes(void **state)
{
	static const char *const paths[] = {"/gen/50000000/a.bin", "/stall/1000/gen/5000/a.bin",
					    "/endless/gen/100000/a.bin"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 3; i++) {
		struct fetch_options options = {.url = reader_python_url(servers, paths[i], url)};
		struct reader reader;

		reader_set_up(&reader, &options);
		assert_int_equal(reader_open(&reader), UXM_IO_OK);
		assert_sleeps(&reader);
		reader_tear_down(&reader);
	}
}

static void wakes_for_the_callers_descriptors(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {.url = reader_python_url(servers, "/headers/slow", url)};
	struct pollfd extra[33] = {{.events = POLLIN}, {.events = POLLOUT}};
	struct reader reader;
	uint64_t start;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	extra[0].fd = ends[0];
	reader_set_up(&reader, &options);
	assert_int_equal(reader.image.ops->open(reader.image.self, &reader.size, &reader.why),
			 UXM_IO_AGAIN);
	assert_true(fetch_wait(reader.fetch, extra, 1, 10, &reader.why));
	assert_int_equal(extra[0].revents, 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	start = reader_now();
	assert_true(fetch_wait(reader.fetch, extra, 1, 10000, &reader.why));
	assert_int_equal(extra[0].revents, POLLIN);
	extra[1].fd = ends[1];
	assert_true(fetch_wait(reader.fetch, extra, 2, 10000, &reader.why));
	assert_int_equal(extra[1].revents, POLLOUT);
	close(ends[0]);
	/* What libcurl does not tell of. */
	assert_true(fetch_wait(reader.fetch, extra + 1, 1, 10000, &reader.why));
	assert_int_equal(extra[1].revents, POLLOUT | POLLERR);
	assert_in_range(reader_now() - start, 0, 5000);
	assert_false(fetch_wait(reader.fetch, extra, 33, 0, &reader.why));
	assert_int_equal(reader.why.result, UXM_INTERNAL);
	close(ends[1]);
	reader_tear_down(&reader);
}

static void never_blocks(void **state)
{
	static const char *const paths[] = {"/stall/10/gen/5000/a.bin", "/headers/slow"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 2; i++) {
		struct fetch_options options = {.url = reader_python_url(servers, paths[i], url)};
		uint64_t start = reader_now();
		struct reader reader;

		reader_set_up(&reader, &options);
		for (int j = 0; j < 100; j++) {
			uint8_t byte;
			size_t got;

			if (reader.size == 0) {
				reader.image.ops->open(reader.image.self, &reader.size,
						       &reader.why);
			} else {
				reader.image.ops->read(reader.image.self, &byte, 1, &got,
						       &reader.why);
			}
			reader_sleep(&reader, 1);
		}
		reader_tear_down(&reader);
		assert_in_range(reader_now() - start, 0, 3000);
	}
}

static void stops_in_the_middle_at_once(void **state)
{
	const struct servers *servers = *state;
	char path[96];
	const struct fetch_trust trust = {.ca_file = reader_authority(servers, path)};
	char url[512];

	for (int tls = 0; tls < 2; tls++) {
		struct asker asker;

		snprintf(url, sizeof(url), "http%s://127.0.0.1:%u/gen/50000000/a.bin",
			 tls != 0 ? "s" : "", tls != 0 ? servers->python_tls : servers->python);
		asker_set_up(&asker, &trust);
		asker.stop_after = 90000;
		assert_int_equal(asker_get(&asker, url, NULL), FETCH_STOPPED);
		assert_in_range(asker.bytes, 90000, 90000 + FETCH_BLOCK);
		assert_in_range(asker.longest, 0, 900);
		asker_tear_down(&asker);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bears_a_server_that_leaves_the_connection_open),
		cmocka_unit_test(sleeps_while_nobody_reads_and_while_nothing_comes),
		cmocka_unit_test(wakes_for_the_callers_descriptors),
		cmocka_unit_test(never_blocks),
		cmocka_unit_test(stops_in_the_middle_at_once),
	};

	return cmocka_run_group_tests_name("fetch, waiting", tests, reader_start, reader_stop);
}
