/* Images over connections that break, from real servers, and what those have sent in the end. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/* The sum of the numbers behind `key` in the lines of a log that hold `path`. */
static uint64_t sum_of(const char *log, const char *path, const char *key, unsigned *lines)
{
	uint64_t sum = 0;

	*lines = 0;
	for (const char *at = strstr(log, path); at != NULL; at = strstr(at + 1, path)) {
		const char *number = strstr(at, key);

		assert_non_null(number);
		sum += strtoull(number + strlen(key), NULL, 10);
		++*lines;
	}
	return sum;
}

static void fetches_every_byte_once_over_twenty_cuts(void **state)
{
	static const char *const names[] = {"cut-http", "cut-https", "cut-ftp", "cut-ftps"};
	static const char *const schemes[] = {"http", "https", "ftp", "ftps"};
	static char log[400000];
	const struct servers *servers = *state;
	const unsigned ports[] = {servers->python, servers->python_tls, servers->ftp,
				  servers->ftps};
	char url[512];
	char path[96];

	for (size_t i = 0; i < 4; i++) {
		struct fetch_options options = {
			.url = url,
			.trust = {.ca_file = reader_authority(servers, path)},
			.deadlines = reader_patient()};
		struct reader reader;
		uint64_t sent = 0;
		unsigned lines = 0;

		snprintf(url, sizeof(url), "%s://127.0.0.1:%u/cuts/100000/gen/2050000/%s.bin",
			 schemes[i], ports[i], names[i]);
		reader_set_up(&reader, &options);
		if (reader_all(&reader) != UXM_IO_END)
			fail_msg("%s", reader.why.text);
		assert_int_equal(reader.position, 2050000);
		assert_int_equal(reader.breaks, 20);
		reader_tear_down(&reader);
		if (i == 1)
			continue; /* its log is behind TLS */
		/* Not one of them twice: they had all arrived before each cut. The last request is
		 * logged after its last byte has come. */
		for (int tries = 0; tries < 500; tries++) {
			assert_true(servers_log(servers, i == 0 ? ports[0] : 0, log, sizeof(log)));
			sent = sum_of(log, names[i], "\"sent\": ", &lines);
			if (lines == 21 && sent >= 2050000)
				break;
			assert_int_equal(poll(NULL, 0, 10), 0);
		}
		assert_int_equal(sent, 2050000);
		assert_int_equal(lines, 21);
	}
}

static void says_when_the_file_has_changed(void **state)
{
	static const char *const what[] = {"etag",        "modified",    "length",
					   "digest",      "etag-part",   "modified-part",
					   "length-part", "digest-part", "etag-whole"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		struct fetch_options options = {.url = url, .deadlines = reader_patient()};
		struct reader reader;

		snprintf(url, sizeof(url),
			 "http://user:secret@127.0.0.1:%u/change/%s/100000/gen/300000/a.bin",
			 servers->python, what[i]);
		reader_set_up(&reader, &options);
		if (reader_all(&reader) != UXM_IO_FAILED)
			fail_msg("%s was not noticed", what[i]);
		reader_said(&reader.why, UXM_FETCH_FAILED, "changed");
		assert_int_equal(reader.position, 100000);
		reader_tear_down(&reader);
	}
}

static void says_when_an_ftp_file_has_changed(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {.url = url, .deadlines = reader_patient()};
	struct reader reader;

	snprintf(url, sizeof(url), "ftp://127.0.0.1:%u/once-cut/100000/grown/7/gen/300000/a.bin",
		 servers->ftp);
	reader_set_up(&reader, &options);
	assert_int_equal(reader_all(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED, "changed");
	reader_tear_down(&reader);
}

static void goes_on_with_a_server_that_cannot_begin_in_the_middle(void **state)
{
	const struct servers *servers = *state;
	char url[512];

	for (int ftp = 0; ftp < 2; ftp++) {
		struct fetch_options options = {.url = url, .deadlines = reader_patient()};
		struct reader reader;

		if (ftp == 0) {
			snprintf(url, sizeof(url),
				 "http://127.0.0.1:%u/once-cut/60000/ignore-range/gen/100000/a.bin",
				 servers->python);
		} else {
			snprintf(url, sizeof(url),
				 "ftp://127.0.0.1:%u/once-cut/60000/norest/gen/100000/a.bin",
				 servers->ftp);
		}
		reader_set_up(&reader, &options);
		/* Nothing of it is read before the cut, so that all of it can be compared. */
		assert_int_equal(reader_open(&reader), UXM_IO_OK);
		for (int i = 0; i < 2000 && reader.breaks == 0; i++)
			reader_sleep(&reader, 10);
		if (reader_read(&reader, UINT64_MAX) != UXM_IO_END)
			fail_msg("%s: %s", url, reader.why.text);
		assert_int_equal(reader.position, 100000);
		assert_int_equal(reader.breaks, 1);
		reader_tear_down(&reader);
	}
}

static void tries_again_what_may_pass(void **state)
{
	static const char *const paths[] = {
		"/once-503/gen/70000/a.bin",       "/once-429/gen/70000/b.bin",
		"/once500/gen/70000/c.bin",        "/retry-after/0/503/3/gen/70000/d.bin",
		"/once-short/100/gen/70000/e.bin",
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct fetch_options options = {.url = reader_python_url(servers, paths[i], url),
						.deadlines = reader_patient()};
		struct reader reader;

		reader_set_up(&reader, &options);
		if (reader_all(&reader) != UXM_IO_END)
			fail_msg("%s: %s", paths[i], reader.why.text);
		assert_int_equal(reader.position, 70000);
		assert_int_equal(reader.breaks, i == 3 ? 3 : 1);
		reader_tear_down(&reader);
	}
}

static void waits_as_long_as_the_server_asks_for(void **state)
{
	static const char *const paths[] = {"/retry-after/2/503/1/gen/700/a.bin",
					    "/retry-date/2/429/1/gen/700/a.bin"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 2; i++) {
		struct fetch_options options = {.url = reader_python_url(servers, paths[i], url),
						.deadlines = reader_patient()};
		uint64_t start = reader_now();
		struct reader reader;

		reader_set_up(&reader, &options);
		assert_int_equal(reader_all(&reader), UXM_IO_END);
		assert_true(reader_now() - start >= 1900);
		reader_tear_down(&reader);
	}
}

static int start_with_ftp(void **state)
{
	return reader_start(state) == 0 && servers_start_ftp(*state) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetches_every_byte_once_over_twenty_cuts),
		cmocka_unit_test(says_when_the_file_has_changed),
		cmocka_unit_test(says_when_an_ftp_file_has_changed),
		cmocka_unit_test(goes_on_with_a_server_that_cannot_begin_in_the_middle),
		cmocka_unit_test(tries_again_what_may_pass),
		cmocka_unit_test(waits_as_long_as_the_server_asks_for),
	};

	return cmocka_run_group_tests_name("fetch, breaks", tests, start_with_ftp, reader_stop);
}
