/* Who asks, with the real libcurl against real servers; what they were told is in their logs. */
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

#include "asker.h"
#include "reader.h"

/* "user:secret" as Basic has it. */
#define TOKEN "dXNlcjpzZWNyZXQ="

static const struct fetch_access right = {.user = SERVERS_USER, .password = SERVERS_PASSWORD};
static const struct fetch_access wrong = {.user = SERVERS_USER, .password = "secret-not"};

/* The part of a server's log that is about `path`, and nothing behind its last line. */
static const char *log_of(const struct servers *servers, unsigned port, const char *path)
{
	static char log[400000];
	const char *at;

	assert_true(servers_log(servers, port, log, sizeof(log)));
	at = strstr(log, path);
	assert_non_null(at);
	return at;
}

static void write_netrc(const struct servers *servers, const char *text, char path[96])
{
	FILE *file;

	snprintf(path, 96, "%s/netrc", servers->folder);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void says_user_and_password_by_each_way_from_each_place(void **state)
{
	static const char *const kinds[] = {"user", "access/basic", "access/md5", "access/sha256",
					    "access/both"};
	const struct servers *servers = *state;
	char netrc[96];
	char url[512];

	write_netrc(servers, "machine 127.0.0.1 login user password secret\n", netrc);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		/* In the URL, beside it, in netrc, in netrc for the URL's user, nowhere, wrong. */
		for (int place = 0; place < 6; place++) {
			static const char *const users[] = {"user:secret@", "", "",
							    "user@",        "", "user:secretly@"};
			struct fetch_trust trust = {.netrc = place == 2 || place == 3 ? netrc
										      : NULL};
			const struct fetch_access *access = place == 1 ? &right : NULL;
			bool permitted = place < 4;
			struct asker asker;

			snprintf(url, sizeof(url),
				 "http://%s127.0.0.1:%u/%s/user/secret/gen/5000/%d.bin",
				 users[place], servers->python, kinds[i], place);
			asker_set_up(&asker, &trust);
			if (asker_get(&asker, url, access) !=
			    (permitted ? FETCH_COMPLETE : FETCH_STOPPED))
				fail_msg("%s: %s", url, asker.outcome.detail);
			/* The first refusal was libcurl's own affair, the second one is told. */
			assert_int_equal(asker.responses, 1);
			assert_int_equal(asker.response.status, permitted ? 200 : 401);
			assert_int_equal(asker.bytes, permitted ? 5000 : 0);
			assert_int_equal(asker.connected, place == 4 ? 1 : 2);
			asker_tear_down(&asker);
		}
	}
}

static void access_counts_before_url_and_netrc(void **state)
{
	const struct servers *servers = *state;
	char netrc[96];
	struct fetch_trust trust = {.netrc = netrc};
	struct asker asker;
	char url[512];

	write_netrc(servers, "machine 127.0.0.1 login user password secret\n", netrc);
	asker_set_up(&asker, &trust);
	snprintf(url, sizeof(url), "http://a:b@127.0.0.1:%u/user/user/secret/gen/500/prior.bin",
		 servers->python);
	assert_int_equal(asker_get(&asker, url, &right), FETCH_COMPLETE);
	/* The URL's own before netrc's. */
	assert_int_equal(asker_get(&asker, url, NULL), FETCH_STOPPED);
	assert_int_equal(asker.response.status, 401);
	/* Wrong access is not helped out by netrc. */
	assert_int_equal(asker_get(&asker, url, &wrong), FETCH_STOPPED);
	assert_int_equal(asker.response.status, 401);
	asker_tear_down(&asker);
}

static void asks_nginx(void **state)
{
	const struct servers *servers = *state;
	const struct fetch_access *who[] = {&right, &wrong, NULL};
	char url[512];

	snprintf(url, sizeof(url), "http://localhost:%u/image.bin", servers->site[SITE_ACCESS]);
	for (size_t i = 0; i < 3; i++) {
		struct asker asker;

		asker_set_up(&asker, NULL);
		assert_int_equal(asker_get(&asker, url, who[i]),
				 i == 0 ? FETCH_COMPLETE : FETCH_STOPPED);
		assert_int_equal(asker.responses, 1);
		assert_int_equal(asker.response.status, i == 0 ? 200 : 401);
		assert_int_equal(asker.bytes, i == 0 ? SERVERS_IMAGE : 0);
		asker_tear_down(&asker);
	}
}

static void asks_for_a_part_as_itself(void **state)
{
	static const char *const kinds[] = {"basic", "md5", "sha256"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 3; i++) {
		struct fetch_request request = {.url = url,
						.access = &right,
						.from = 1234,
						.if_range = "\"generated-5000\""};
		struct asker asker;

		snprintf(url, sizeof(url),
			 "http://127.0.0.1:%u/access/%s/user/secret/gen/5000/part.bin",
			 servers->python, kinds[i]);
		asker_set_up(&asker, NULL);
		assert_int_equal(asker_ask(&asker, &request), FETCH_COMPLETE);
		assert_int_equal(asker.response.status, 206);
		assert_int_equal(asker.response.first, 1234);
		assert_int_equal(asker.bytes, 5000 - 1234);
		/* Another state of the file: the whole. */
		request.if_range = "\"generated-4999\"";
		assert_int_equal(asker_ask(&asker, &request), FETCH_COMPLETE);
		assert_int_equal(asker.response.status, 200);
		assert_int_equal(asker.bytes, 5000);
		asker_tear_down(&asker);
	}
}

static void says_nothing_where_nobody_asks(void **state)
{
	const struct servers *servers = *state;
	struct asker asker;
	char url[512];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/gen/500/unasked.bin", servers->python);
	asker_set_up(&asker, NULL);
	assert_int_equal(asker_get(&asker, url, &right), FETCH_COMPLETE);
	assert_null(strstr(log_of(servers, servers->python, "unasked.bin"), TOKEN));
	asker_tear_down(&asker);
}

/* One transfer after another with the same libcurl handle, as a redirect has them. */
static void forgets_who_asked_the_last_time(void **state)
{
	static const char *const kinds[] = {"basic", "sha256"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 4; i++) {
		struct asker asker;
		const char *at;

		asker_set_up(&asker, NULL);
		snprintf(url, sizeof(url),
			 "http://%s127.0.0.1:%u/access/%s/user/secret/gen/5/a.bin",
			 i < 2 ? "" : "user:secret@", servers->python, kinds[i % 2]);
		assert_int_equal(asker_get(&asker, url, i < 2 ? &right : NULL), FETCH_COMPLETE);
		/* Another host, another port, and the same again. */
		for (int next = 0; next < 3; next++) {
			unsigned port = next == 1 ? servers->site[SITE_ACCESS] : servers->python;

			snprintf(url, sizeof(url),
				 "http://%s:%u/access/%s/user/secret/gen/5/next-%zu-%d.bin",
				 next == 0 ? "localhost" : "127.0.0.1", port, kinds[i % 2], i,
				 next);
			assert_int_equal(asker_get(&asker, url, NULL), FETCH_STOPPED);
			assert_int_equal(asker.response.status, 401);
			if (next == 1)
				continue;
			snprintf(url, sizeof(url), "next-%zu-%d.bin", i, next);
			at = log_of(servers, servers->python, url);
			assert_non_null(strstr(at, "\"authorization\": null"));
			assert_null(strstr(at, "Digest "));
			assert_null(strstr(at, TOKEN));
		}
		asker_tear_down(&asker);
	}
}

static void sends_conditions_and_lets_none_inject_a_header(void **state)
{
	const struct servers *servers = *state;
	struct fetch_validators known = {.etag = "\"generated-500\"", .modified = ""};
	struct fetch_request request = {.if_range = "", .known = &known};
	struct asker asker;
	char url[512];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/gen/500/known.bin", servers->python);
	request.url = url;
	asker_set_up(&asker, NULL);
	assert_int_equal(asker_ask(&asker, &request), FETCH_STOPPED);
	assert_int_equal(asker.response.status, 304);
	known = (struct fetch_validators){.modified = "Sat, 01 Jan 2022 00:00:00 GMT"};
	assert_int_equal(asker_ask(&asker, &request), FETCH_STOPPED);
	assert_int_equal(asker.response.status, 304);
	known = (struct fetch_validators){.etag = "\"x\"\r\nRange: bytes=5-"};
	request.from = 10;
	request.if_range = "\"x\"\r\nAuthorization: Basic x";
	assert_int_equal(asker_ask(&asker, &request), FETCH_COMPLETE);
	assert_int_equal(asker.response.status, 206);
	assert_int_equal(asker.bytes, 490);
	assert_null(strstr(log_of(servers, servers->python, "known.bin"), "Basic x"));
	asker_tear_down(&asker);
}

static void tells_nobody_else_after_a_redirect(void **state)
{
	static const char *const kinds[] = {"basic", "sha256"};
	const struct servers *servers = *state;
	char netrc[96];
	char url[512];
	char name[64];
	unsigned other = 0;

	assert_true(servers_start_another(*state, "basic", &other));
	write_netrc(servers,
		    "machine 127.0.0.1 login user password secret\n"
		    "machine localhost login user password secret\n"
		    "default login user password secret\n",
		    netrc);
	/* To the same server, to another host, to another port; as access, in the URL, in netrc. */
	for (size_t i = 0; i < 18; i++) {
		const size_t where = i % 3;
		const size_t place = i / 3 % 3;
		const unsigned port = where == 2 ? other : servers->python;
		struct fetch_options options = {
			.url = url,
			.access = place == 0 ? &right : NULL,
			.trust = {.netrc = place == 2 ? netrc : NULL},
		};
		struct reader reader;
		enum uxm_io io;

		snprintf(name, sizeof(name), "hop-%zu.bin", i);
		snprintf(url, sizeof(url),
			 "http://%s127.0.0.1:%u/redirect?to=http://%s:%u/access/%s/user/secret/gen/"
			 "5000/%s",
			 place == 1 ? "user:secret@" : "", servers->python,
			 where == 1 ? "localhost" : "127.0.0.1", port, kinds[i / 9], name);
		reader_set_up(&reader, &options);
		io = reader_all(&reader);
		if (io != (where == 0 ? UXM_IO_END : UXM_IO_FAILED))
			fail_msg("%zu: %d %s", i, io, reader.why.text);
		if (where != 0) {
			const char *at;

			assert_non_null(strstr(reader.why.text, "(401 Unauthorized)"));
			snprintf(name, sizeof(name), "5000/hop-%zu.bin\", \"host\"", i);
			at = log_of(servers, port, name);
			assert_non_null(strstr(at, "\"authorization\": null"));
			assert_null(strstr(at, "Digest "));
			assert_null(strstr(at, TOKEN));
		}
		reader_tear_down(&reader);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_user_and_password_by_each_way_from_each_place),
		cmocka_unit_test(access_counts_before_url_and_netrc),
		cmocka_unit_test(asks_nginx),
		cmocka_unit_test(asks_for_a_part_as_itself),
		cmocka_unit_test(says_nothing_where_nobody_asks),
		cmocka_unit_test(forgets_who_asked_the_last_time),
		cmocka_unit_test(tells_nobody_else_after_a_redirect),
		cmocka_unit_test(sends_conditions_and_lets_none_inject_a_header),
	};

	return cmocka_run_group_tests_name("fetch, access", tests, reader_start, reader_stop);
}
