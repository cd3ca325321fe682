/* Ftp and ftps with the real libcurl against a real server. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asker.h"
#include "servers.h"

/* Of what tests/ftp.py generates. */
#define MODIFIED "Sat, 01 Jan 2022 00:00:00 GMT"

struct fixture {
	struct servers servers;
	char authority[96];
	struct fetch_trust trust;
};

static const struct fetch_access someone = {.user = SERVERS_USER, .password = SERVERS_PASSWORD};

static const char *ftp_url(const struct fixture *fixture, bool secure, const char *path,
			   char url[512])
{
	snprintf(url, 512, "%s://127.0.0.1:%u%s", secure ? "ftps" : "ftp",
		 secure ? fixture->servers.ftps : fixture->servers.ftp, path);
	return url;
}

static void expect(struct asker *asker, const char *url, enum fetch_end end)
{
	enum fetch_end ended = asker_get(asker, url, &someone);

	if (ended != end)
		fail_msg("%s: %d instead of %d (%s)", url, ended, end, asker->outcome.detail);
}

static void fetches_whole_and_tells_length_and_date(void **state)
{
	static const char *const paths[] = {"/gen/1/a.bin", "/gen/65536/a.bin",
					    "/gen/1000003/a.bin", "/nodate/gen/500/a.bin",
					    "/mute/gen/500/a.bin"};
	static const uint64_t sizes[] = {1, 65536, 1000003, 500, 500};
	const struct fixture *fixture = *state;
	char url[512];

	for (size_t i = 0; i < 10; i++) {
		struct asker asker;

		asker_set_up(&asker, &fixture->trust);
		expect(&asker, ftp_url(fixture, i >= 5, paths[i % 5], url), FETCH_COMPLETE);
		assert_int_equal(asker.response.status, 200);
		assert_true(asker.response.has_length);
		assert_int_equal(asker.response.length, sizes[i % 5]);
		assert_int_equal(asker.bytes, sizes[i % 5]);
		assert_string_equal(asker.response.validators.modified, i % 5 == 3 ? "" : MODIFIED);
		assert_string_equal(asker.response.validators.etag, "");
		assert_int_equal(asker.connected, 1);
		/* Not even a server that keeps its last word to itself is waited for. */
		assert_in_range(asker.longest, 0, 900);
		asker_tear_down(&asker);
	}
}

static void fetches_a_part_from_any_offset(void **state)
{
	static const uint64_t offsets[] = {1, 65536, 999999, 1000002};
	const struct fixture *fixture = *state;
	char url[512];

	for (size_t i = 0; i < 8; i++) {
		struct fetch_request request = {.from = offsets[i % 4], .if_range = "\"x\""};
		struct asker asker;

		request.url = ftp_url(fixture, i >= 4, "/gen/1000003/a.bin", url);
		asker_set_up(&asker, &fixture->trust);
		assert_int_equal(asker_ask(&asker, &request), FETCH_COMPLETE);
		assert_int_equal(asker.response.status, 206);
		assert_true(asker.response.has_range);
		assert_true(asker.response.has_complete);
		assert_int_equal(asker.response.first, offsets[i % 4]);
		assert_int_equal(asker.response.last, 1000002);
		assert_int_equal(asker.response.complete, 1000003);
		assert_int_equal(asker.bytes, 1000003 - offsets[i % 4]);
		asker_tear_down(&asker);
	}
}

static void tells_when_nothing_is_left_from_an_offset_on(void **state)
{
	const struct fixture *fixture = *state;
	char url[512];

	for (uint64_t from = 5000; from < 5003; from++) {
		struct fetch_request request = {.from = from, .if_range = ""};
		struct asker asker;

		request.url = ftp_url(fixture, false, "/gen/5000/a.bin", url);
		asker_set_up(&asker, &fixture->trust);
		assert_int_equal(asker_ask(&asker, &request), FETCH_STOPPED);
		assert_int_equal(asker.response.status, 416);
		assert_true(asker.response.has_complete);
		assert_int_equal(asker.response.complete, 5000);
		asker_tear_down(&asker);
	}
}

static void fetches_the_whole_from_a_server_that_cannot_begin_in_the_middle(void **state)
{
	const struct fixture *fixture = *state;
	struct fetch_request request = {.from = 300, .if_range = ""};
	struct asker asker;
	char url[512];

	request.url = ftp_url(fixture, false, "/norest/gen/5000/a.bin", url);
	asker_set_up(&asker, &fixture->trust);
	assert_int_equal(asker_ask(&asker, &request), FETCH_COMPLETE);
	assert_int_equal(asker.response.status, 200);
	assert_int_equal(asker.response.length, 5000);
	assert_int_equal(asker.bytes, 5000);
	asker_tear_down(&asker);
}

static void tells_a_known_file_apart(void **state)
{
	static const struct {
		const char *modified;
		unsigned status;
	} rows[] = {{MODIFIED, 304}, {"Sat, 01 Jan 2022 00:00:01 GMT", 200}, {"", 200}};
	const struct fixture *fixture = *state;
	char url[512];

	for (size_t i = 0; i < 3; i++) {
		struct fetch_validators known = {.etag = ""};
		struct fetch_request request = {.if_range = "", .known = &known};
		struct asker asker;

		snprintf(known.modified, sizeof(known.modified), "%s", rows[i].modified);
		request.url = ftp_url(fixture, false, "/gen/500/a.bin", url);
		asker_set_up(&asker, &fixture->trust);
		asker_ask(&asker, &request);
		assert_int_equal(asker.response.status, rows[i].status);
		assert_int_equal(asker.bytes, rows[i].status == 304 ? 0 : 500);
		asker_tear_down(&asker);
	}
}

static void tells_an_empty_file_and_one_without_a_size(void **state)
{
	const struct fixture *fixture = *state;
	struct asker asker;
	char url[512];

	for (int secure = 0; secure < 2; secure++) {
		asker_set_up(&asker, &fixture->trust);
		expect(&asker, ftp_url(fixture, secure != 0, "/gen/0/a.bin", url), FETCH_STOPPED);
		assert_true(asker.response.has_length);
		assert_int_equal(asker.response.length, 0);
		expect(&asker, ftp_url(fixture, secure != 0, "/nosize/gen/500/a.bin", url),
		       FETCH_COMPLETE);
		assert_int_equal(asker.response.status, 200);
		assert_false(asker.response.has_length);
		assert_int_equal(asker.bytes, 500);
		asker_tear_down(&asker);
	}
}

static void tells_how_it_ended(void **state)
{
	static const struct {
		const char *path;
		enum fetch_end end;
		uint64_t bytes;
		const char *detail;
	} rows[] = {
		{"/550/gen/500/a.bin", FETCH_MISSING, 0, "550"},
		{"/missing.bin", FETCH_MISSING, 0, ""},
		{"/530/gen/500/a.bin", FETCH_NO_LOGIN, 0, "530"},
		{"/553/gen/500/a.bin", FETCH_FTP, 0, "553"},
		{"/450/gen/500/a.bin", FETCH_FTP_LATER, 0, "450"},
		{"/426/gen/500/a.bin", FETCH_FTP_LATER, 0, "426"},
		{"/421/gen/500/a.bin", FETCH_FTP_LATER, 0, ""},
		{"/short/100000/gen/200000/a.bin", FETCH_COMPLETE, 100000, ""},
		{"/abort/100000/gen/200000/a.bin", FETCH_COMPLETE, 100000, ""},
		{"/mute/100000/gen/200000/a.bin", FETCH_COMPLETE, 100000, ""},
		{"/mute/nosize/gen/500/a.bin", FETCH_COMPLETE, 500, ""},
		{"/cut/100000/gen/200000/a.bin", FETCH_RESET, 100000, ""},
		{"/long/7/gen/200000/a.bin", FETCH_COMPLETE, 200000, ""},
	};
	const struct fixture *fixture = *state;
	char url[512];

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const bool secure = i % 2 != 0;
		struct asker asker;

		asker_set_up(&asker, &fixture->trust);
		expect(&asker, ftp_url(fixture, secure, rows[i / 2].path, url), rows[i / 2].end);
		if (asker.bytes != rows[i / 2].bytes)
			fail_msg("%s: %zu bytes", url, (size_t)asker.bytes);
		if (strstr(asker.outcome.detail, rows[i / 2].detail) == NULL)
			fail_msg("%s: %s", url, asker.outcome.detail);
		/* Of the server's last word, and its word of farewell, a second each. */
		assert_in_range(asker.longest, 0, 4000);
		asker_tear_down(&asker);
	}
}

static void stops_in_the_middle_at_once(void **state)
{
	const struct fixture *fixture = *state;
	char url[512];

	for (int secure = 0; secure < 2; secure++) {
		struct asker asker;

		asker_set_up(&asker, &fixture->trust);
		asker.stop_after = 90000;
		expect(&asker, ftp_url(fixture, secure != 0, "/gen/50000000/a.bin", url),
		       FETCH_STOPPED);
		assert_in_range(asker.bytes, 90000, 90000 + FETCH_BLOCK);
		assert_in_range(asker.longest, 0, 900);
		asker_tear_down(&asker);
	}
}

/* A server that greets without end, in a process of its own. */
static void bears_no_endless_greeting(void **state)
{
	static const char line[] = "220-Welcome, and welcome, and once more welcome.\r\n";
	unsigned port = 0;
	int listener = servers_listen(1, &port);
	struct asker asker;
	char url[512];
	pid_t process;

	(void)state;
	assert_true(listener >= 0);
	process = fork();
	if (process == 0) {
		int connection = accept(listener, NULL, NULL);

		while (send(connection, line, sizeof(line) - 1, MSG_NOSIGNAL) > 0)
			;
		_exit(0);
	}
	assert_true(process > 0);
	close(listener);
	snprintf(url, sizeof(url), "ftp://127.0.0.1:%u/a.bin", port);
	asker_set_up(&asker, NULL);
	assert_int_equal(asker_get(&asker, url, NULL), FETCH_HEADERS_TOO_LARGE);
	asker_tear_down(&asker);
	assert_int_equal(waitpid(process, NULL, 0), process);
}

static void logs_in_as_it_is_told(void **state)
{
	static const struct fetch_access account = {"accountant", SERVERS_PASSWORD,
						    SERVERS_ACCOUNT};
	static const struct fetch_access no_account = {"accountant", SERVERS_PASSWORD, ""};
	static const struct fetch_access bad_account = {"accountant", SERVERS_PASSWORD, "secretly"};
	static const struct fetch_access stranger = {"stranger", "secret", ""};
	static const struct fetch_access injected = {"user", "secret\r\nDELE a", ""};
	static const struct {
		const char *user; /* in the URL */
		const struct fetch_access *access;
		enum fetch_end end;
		const char *log;
	} rows[] = {
		{"", NULL, FETCH_COMPLETE, "\"user\": \"anonymous\""},
		{"user:secret@", NULL, FETCH_COMPLETE,
		 "\"user\": \"user\", \"password\": \"secret\""},
		{"", &someone, FETCH_COMPLETE, "\"user\": \"user\", \"password\": \"secret\""},
		{"", &account, FETCH_COMPLETE, "\"account\": \"secret-account\""},
		{"user:wrong-secret@", NULL, FETCH_NO_LOGIN, ""},
		{"", &stranger, FETCH_NO_LOGIN, ""},
		{"", &no_account, FETCH_NO_LOGIN, ""},
		{"", &bad_account, FETCH_NO_LOGIN, ""},
		{"", &injected, FETCH_OTHER, ""},
	};
	static char log[200000];
	const struct fixture *fixture = *state;
	char url[512];

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t row = i / 2;
		const bool secure = i % 2 != 0;
		struct asker asker;
		char name[64];

		snprintf(name, sizeof(name), "/gen/500/login-%zu.bin", i);
		snprintf(url, sizeof(url), "%s://%s127.0.0.1:%u%s", secure ? "ftps" : "ftp",
			 rows[row].user, secure ? fixture->servers.ftps : fixture->servers.ftp,
			 name);
		asker_set_up(&asker, &fixture->trust);
		if (asker_get(&asker, url, rows[row].access) != rows[row].end)
			fail_msg("%zu: %d %s", i, asker.outcome.end, asker.outcome.detail);
		assert_int_equal(asker.bytes, rows[row].end == FETCH_COMPLETE ? 500 : 0);
		if (rows[row].end != FETCH_COMPLETE) {
			asker_tear_down(&asker);
			continue;
		}
		/* The server logs before it ends the connection, but after the last byte. */
		for (int tries = 0; tries < 200; tries++) {
			assert_true(servers_log(&fixture->servers, 0, log, sizeof(log)));
			if (strstr(log, name) != NULL)
				break;
			assert_true(fetch_curl_wait(asker.curl, NULL, 0, 10));
		}
		asker_tear_down(&asker);
		assert_non_null(strstr(log, name));
		assert_non_null(strstr(strstr(log, name), rows[row].log));
		assert_non_null(strstr(strstr(log, name),
				       secure ? "\"secure\": true" : "\"secure\": false"));
	}
}

static int start_all(void **state)
{
	static struct fixture fixture;

	*state = &fixture;
	unsetenv("ftp_proxy");
	unsetenv("all_proxy");
	setenv("no_proxy", "*", 1);
	if (!servers_start(&fixture.servers) || !servers_start_ftp(&fixture.servers))
		return -1;
	snprintf(fixture.authority, sizeof(fixture.authority), "%s/authority.pem",
		 fixture.servers.folder);
	fixture.trust.ca_file = fixture.authority;
	return 0;
}

static int stop_all(void **state)
{
	struct fixture *fixture = *state;

	servers_stop(&fixture->servers);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetches_whole_and_tells_length_and_date),
		cmocka_unit_test(fetches_a_part_from_any_offset),
		cmocka_unit_test(tells_when_nothing_is_left_from_an_offset_on),
		cmocka_unit_test(fetches_the_whole_from_a_server_that_cannot_begin_in_the_middle),
		cmocka_unit_test(tells_a_known_file_apart),
		cmocka_unit_test(tells_an_empty_file_and_one_without_a_size),
		cmocka_unit_test(tells_how_it_ended),
		cmocka_unit_test(stops_in_the_middle_at_once),
		cmocka_unit_test(bears_no_endless_greeting),
		cmocka_unit_test(logs_in_as_it_is_told),
	};

	return cmocka_run_group_tests_name("fetch, ftp", tests, start_all, stop_all);
}
