/* Bodies as they are announced, and otherwise. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "pattern.h"
#include "reader.h"

/* 300 MB by HTTP, 60 MB by the others, through a budget of 1 MiB. */
static void takes_no_more_memory_for_a_large_image(void **state)
{
	const struct servers *servers = *state;
	const struct {
		const char *scheme;
		unsigned port;
		uint64_t bytes;
	} rows[] = {
		{"http", servers->site[SITE_PLAIN], SERVERS_LARGE},
		{"https", servers->site[SITE_RIGHT], 60000000},
		{"ftp", servers->ftp, 60000000},
		{"ftps", servers->ftps, 60000000},
	};
	char url[512];
	char path[96];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {
			.url = url, .trust = {.ca_file = reader_authority(servers, path)}};
		struct rusage before;
		struct rusage after;
		struct reader reader;
		uint64_t start = reader_now();

		snprintf(url, sizeof(url), "%s://127.0.0.1:%u/large.bin", rows[i].scheme,
			 rows[i].port);
		reader_set_up(&reader, &options);
		reader.zeros = true;
		assert_int_equal(reader_open(&reader), UXM_IO_OK);
		assert_int_equal(reader_read(&reader, 5000000), UXM_IO_OK);
		assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
		if (rows[i].bytes == SERVERS_LARGE) {
			assert_int_equal(reader_read(&reader, UINT64_MAX), UXM_IO_END);
			assert_int_equal(reader.position, SERVERS_LARGE);
		} else {
			assert_int_equal(reader_read(&reader, rows[i].bytes), UXM_IO_OK);
		}
		assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
		print_message("%s %.0f MB/s\n", rows[i].scheme,
			      (double)reader.position / 1000 / (double)(reader_now() - start));
		/* AddressSanitizer keeps what was freed. */
#ifndef __SANITIZE_ADDRESS__
		assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 1024);
#endif
		reader_tear_down(&reader);
	}
}

static void fetches_from_nginx(void **state)
{
	const struct servers *servers = *state;
	static const enum site sites[] = {SITE_PLAIN, SITE_RIGHT};
	char url[512];
	char path[96];

	for (size_t i = 0; i < 2; i++) {
		struct fetch_options options = {
			.url = reader_site_url(servers, sites[i], url),
			.trust = {.ca_file = reader_authority(servers, path)},
			.largest = SERVERS_IMAGE};
		struct reader reader;

		reader_set_up(&reader, &options);
		if (reader_all(&reader) != UXM_IO_END)
			fail_msg("%s", reader.why.text);
		assert_int_equal(reader.size, SERVERS_IMAGE);
		assert_int_equal(reader.position, SERVERS_IMAGE);
		reader_tear_down(&reader);
	}
}

static void fetches_in_spite_of_a_servers_habits(void **state)
{
	static const struct {
		const char *path;
		uint64_t size;
	} rows[] = {
		{"/gen/1/a.bin", 1},
		{"/gen/1000003/a.bin", 1000003},
		{"/plain/image.bin", SERVERS_IMAGE},
		{"/headers/early/gen/500/a.bin", 500},
		{"/hops/5/gen/500/a.bin", 500},
		{"/redirect?to=/gen/500/a.bin", 500},
		{"/user/user/secret/gen/500/a.bin", 500},
		{"/trickle/20000/gen/10000/a.bin", 10000},
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {
			.url = reader_python_url(servers, rows[i].path, url)};
		struct reader reader;

		reader_set_up(&reader, &options);
		if (reader_all(&reader) != UXM_IO_END)
			fail_msg("%s: %s", rows[i].path, reader.why.text);
		assert_int_equal(reader.size, rows[i].size);
		assert_int_equal(reader.position, rows[i].size);
		reader_tear_down(&reader);
	}
}

static void hands_on_the_digest_that_a_server_names(void **state)
{
	static const struct {
		const char *path;
		bool said;
		bool right;
	} rows[] = {
		{"/digest/gen/200003/a.bin", true, true},
		{"/content-digest/gen/200003/a.bin", true, true},
		{"/redirect?to=/digest/gen/200003/a.bin", true, true},
		{"/wrong-digest/gen/200003/a.bin", true, false},
		{"/two-digests/gen/200003/a.bin", false, false},
		{"/bad-digest/gen/200003/a.bin", false, false},
		{"/plain/gen/200003/a.bin", false, false},
	};
	const struct servers *servers = *state;
	uint8_t *bytes = malloc(200003);
	uint8_t right[32];
	char url[512];

	assert_non_null(bytes);
	pattern_fill(0, bytes, 200003);
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, 200003, right), 0);
	free(bytes);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {
			.url = reader_python_url(servers, rows[i].path, url)};
		uint8_t said[32] = {0};
		struct reader reader;

		reader_set_up(&reader, &options);
		assert_false(reader.image.ops->digest(reader.image.self, said));
		if (reader_open(&reader) != UXM_IO_OK)
			fail_msg("%s: %s", rows[i].path, reader.why.text);
		if (reader.image.ops->digest(reader.image.self, said) != rows[i].said)
			fail_msg("%s: %s", rows[i].path, rows[i].said ? "not said" : "said");
		assert_int_equal(memcmp(said, right, sizeof(right)) == 0, rows[i].right);
		/* The part that is asked for afterwards has another Content-Digest. */
		assert_int_equal(reader_seek(&reader, 100000), UXM_IO_OK);
		assert_int_equal(reader_read(&reader, UINT64_MAX), UXM_IO_END);
		assert_int_equal(reader.image.ops->digest(reader.image.self, said), rows[i].said);
		assert_int_equal(memcmp(said, right, sizeof(right)) == 0, rows[i].right);
		reader_tear_down(&reader);
	}
}

static void notices_a_body_that_is_not_as_announced(void **state)
{
	static const struct {
		const char *path;
		const char *says;
		uint64_t least; /* bytes that have to come before the failure */
	} rows[] = {
		{"/short/199999/gen/200000/a.bin", "announced 200000 bytes and ended after 199999",
		 199999},
		{"/short/0/gen/200000/a.bin", "announced 200000 bytes and ended after 0", 0},
		{"/cut/1000/gen/200000/a.bin", "reset after 1000 of 200000 bytes", 1000},
		{"/long/1/gen/200000/a.bin", "longer than the 200000 bytes", 0},
		{"/long/1000000/gen/200000/a.bin", "longer than the 200000 bytes", 0},
		{"/late/1/gen/200000/a.bin", "longer than the 200000 bytes", 200000},
		{"/endless/gen/200000/a.bin", "longer than the 200000 bytes", 0},
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {
			.url = reader_python_url(servers, rows[i].path, url)};
		struct reader reader;

		reader_set_up(&reader, &options);
		if (reader_all(&reader) != UXM_IO_FAILED)
			fail_msg("%s was accepted", rows[i].path);
		reader_said(&reader.why, UXM_FETCH_FAILED, rows[i].says);
		assert_in_range(reader.position, rows[i].least, reader.size);
		/* To go to its end was taken for having all of it. */
		if (strstr(rows[i].says, "longer") != NULL)
			assert_int_equal(reader_seek(&reader, reader.size), UXM_IO_FAILED);
		reader_tear_down(&reader);
	}
}

/* libcurl itself would stop at the length and say nothing of more. Over TLS the same has to hold,
 * and an end without close_notify is a truncation unless all has come. */
static void counts_bytes_over_tls_too(void **state)
{
	static const struct {
		const char *path;
		enum uxm_io io;
		const char *says;
	} rows[] = {
		{"/gen/300000/a.bin", UXM_IO_END, ""},
		{"/unclean/gen/300000/a.bin", UXM_IO_END, ""},
		{"/short/1000/gen/300000/a.bin", UXM_IO_FAILED, "ended after 1000"},
		{"/cut/1000/gen/300000/a.bin", UXM_IO_FAILED, "after 1000 of 300000 bytes"},
		{"/long/1/gen/300000/a.bin", UXM_IO_FAILED, "longer than the 300000 bytes"},
		{"/late/1/gen/300000/a.bin", UXM_IO_FAILED, "longer than the 300000 bytes"},
	};
	const struct servers *servers = *state;
	char path[96];
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {
			.url = url, .trust = {.ca_file = reader_authority(servers, path)}};
		struct reader reader;
		enum uxm_io io;

		snprintf(url, sizeof(url), "https://127.0.0.1:%u%s", servers->python_tls,
			 rows[i].path);
		reader_set_up(&reader, &options);
		io = reader_all(&reader);
		if (io != rows[i].io)
			fail_msg("%s: %d, %s", rows[i].path, io, reader.why.text);
		if (io == UXM_IO_FAILED) {
			reader_said(&reader.why, UXM_FETCH_FAILED, rows[i].says);
		} else {
			assert_int_equal(reader.position, 300000);
		}
		reader_tear_down(&reader);
	}
}

static void goes_on_from_any_offset(void **state)
{
	static const char *const paths[] = {"/gen/500000/a.bin", "/ignore-range/gen/500000/a.bin",
					    "/hops/2/gen/500000/a.bin"};
	static const uint64_t offsets[] = {499999, 1, 250000, 0, 500000, 300000};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct fetch_options options = {.url = reader_python_url(servers, paths[i], url)};
		struct reader reader;

		reader_set_up(&reader, &options);
		assert_int_equal(reader_open(&reader), UXM_IO_OK);
		assert_int_equal(reader_read(&reader, 100000), UXM_IO_OK);
		for (size_t j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++) {
			assert_int_equal(reader_seek(&reader, offsets[j]), UXM_IO_OK);
			if (reader_read(&reader, UINT64_MAX) != UXM_IO_END)
				fail_msg("%s: %s", paths[i], reader.why.text);
			assert_int_equal(reader.position, 500000);
		}
		reader_tear_down(&reader);
	}
}

static void refuses_another_part_than_it_asked_for(void **state)
{
	static const struct {
		const char *path;
		const char *says;
	} rows[] = {
		{"/wrong-range/gen/5000/a.bin", "bytes 1001 to 4999 instead of 1000 to 4999"},
		{"/part-range/gen/5000/a.bin", "bytes 1000 to 4998 instead of 1000 to 4999"},
		{"/no-range/gen/5000/a.bin", "without saying which"},
		{"/changed/gen/5000/a.bin", "it had 5000 bytes and has 5001 now"},
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {
			.url = reader_python_url(servers, rows[i].path, url)};
		struct reader reader;

		reader_set_up(&reader, &options);
		assert_int_equal(reader_open(&reader), UXM_IO_OK);
		assert_int_equal(reader_seek(&reader, 1000), UXM_IO_OK);
		assert_int_equal(reader_read(&reader, UINT64_MAX), UXM_IO_FAILED);
		reader_said(&reader.why, UXM_FETCH_FAILED, rows[i].says);
		assert_int_equal(reader.position, 1000);
		reader_tear_down(&reader);
	}
}

static void goes_on_after_a_connection_was_cut(void **state)
{
	static const char *const paths[] = {"/once-cut/100000/gen/400000/a.bin",
					    "/once-short/100000/gen/400000/b.bin"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 2; i++) {
		struct fetch_options options = {.url = reader_python_url(servers, paths[i], url)};
		struct reader reader;

		reader_set_up(&reader, &options);
		assert_int_equal(reader_all(&reader), UXM_IO_FAILED);
		assert_int_equal(reader.position, 100000);
		assert_int_equal(reader_seek(&reader, reader.position), UXM_IO_OK);
		assert_int_equal(reader_read(&reader, UINT64_MAX), UXM_IO_END);
		assert_int_equal(reader.position, 400000);
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
		cmocka_unit_test(takes_no_more_memory_for_a_large_image),
		cmocka_unit_test(fetches_from_nginx),
		cmocka_unit_test(fetches_in_spite_of_a_servers_habits),
		cmocka_unit_test(hands_on_the_digest_that_a_server_names),
		cmocka_unit_test(notices_a_body_that_is_not_as_announced),
		cmocka_unit_test(counts_bytes_over_tls_too),
		cmocka_unit_test(goes_on_from_any_offset),
		cmocka_unit_test(refuses_another_part_than_it_asked_for),
		cmocka_unit_test(goes_on_after_a_connection_was_cut),
	};

	return cmocka_run_group_tests_name("fetch, bodies", tests, start_with_ftp, reader_stop);
}
