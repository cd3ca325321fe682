/* Through the proxies that the environment names, with the real libcurl. */
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
#include <unistd.h>

#include "asker.h"
#include "servers.h"

struct fixture {
	struct servers servers;
	unsigned proxy[2]; /* Basic, Digest */
	char authority[96];
	struct fetch_trust trust;
};

static void set_proxy(const char *variable, const char *proxy)
{
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("ftp_proxy");
	unsetenv("all_proxy");
	unsetenv("no_proxy");
	setenv(variable, proxy, 1);
}

static void through(const char *variable, const char *user, unsigned port)
{
	char proxy[128];

	snprintf(proxy, sizeof(proxy), "http://%s127.0.0.1:%u", user, port);
	set_proxy(variable, proxy);
}

static const char *log_of(const struct servers *servers, unsigned port)
{
	static char log[400000];

	assert_true(servers_log(servers, port, log, sizeof(log)));
	return log;
}

static void goes_through_an_open_proxy_by_each_scheme(void **state)
{
	static const char *const schemes[] = {"http", "https", "ftp", "ftps"};
	static const char *const variables[] = {"http_proxy", "https_proxy", "ftp_proxy",
						"all_proxy"};
	const struct fixture *fixture = *state;
	const struct servers *servers = &fixture->servers;
	const unsigned ports[] = {servers->python, servers->python_tls, servers->ftp,
				  servers->ftps};
	char url[512];

	for (size_t i = 0; i < 4; i++) {
		struct asker asker;

		through(variables[i], "", servers->python);
		/* A name that only the proxy can make something of. */
		snprintf(url, sizeof(url), "%s://%s:%u/gen/5000/through-%zu.bin", schemes[i],
			 i == 1 || i == 3 ? "localhost" : "nosuch.invalid", ports[i], i);
		asker_set_up(&asker, &fixture->trust);
		if (asker_get(&asker, url, NULL) != FETCH_COMPLETE)
			fail_msg("%s: %d %s", url, asker.outcome.end, asker.outcome.detail);
		assert_int_equal(asker.bytes, 5000);
		asker_tear_down(&asker);
	}
	assert_non_null(strstr(log_of(servers, servers->python), "\"CONNECT\", \"target\": "
								 "\"localhost:"));
}

static void tells_a_proxy_who_asks(void **state)
{
	static const char *const schemes[] = {"http", "https", "ftp"};
	static const char *const users[] = {"user:secret@", "", "user:secretly@"};
	const struct fixture *fixture = *state;
	const struct servers *servers = &fixture->servers;
	const unsigned ports[] = {servers->python, servers->python_tls, servers->ftp};
	char url[512];

	for (size_t i = 0; i < 18; i++) {
		const size_t scheme = i % 3;
		const size_t user = i / 3 % 3;
		struct asker asker;
		enum fetch_end end;

		through("all_proxy", users[user], fixture->proxy[i / 9]);
		snprintf(url, sizeof(url), "%s://127.0.0.1:%u/gen/5000/told.bin", schemes[scheme],
			 ports[scheme]);
		asker_set_up(&asker, &fixture->trust);
		end = asker_get(&asker, url, NULL);
		if (end != (user == 0 ? FETCH_COMPLETE : FETCH_STOPPED))
			fail_msg("%zu %s: %d %s", i, url, end, asker.outcome.detail);
		assert_int_equal(asker.responses, 1);
		assert_int_equal(asker.response.status, user == 0 ? 200 : 407);
		assert_int_equal(asker.bytes, user == 0 ? 5000 : 0);
		asker_tear_down(&asker);
	}
	/* What is meant for the proxy goes no further. */
	assert_null(strstr(log_of(servers, servers->python), "\"proxy_authorization\": \""));
}

static void asks_proxy_and_server_in_one(void **state)
{
	static const struct fetch_access right = {"other", "secret-other", ""};
	const struct fixture *fixture = *state;
	char url[512];

	for (size_t i = 0; i < 4; i++) {
		struct asker asker;

		through("http_proxy", "user:secret@", fixture->proxy[i / 2]);
		snprintf(url, sizeof(url),
			 "http://nosuch.invalid/access/%s/other/secret-other/gen/5000/a.bin",
			 i % 2 == 0 ? "basic" : "sha256");
		asker_set_up(&asker, NULL);
		if (asker_get(&asker, url, &right) != FETCH_COMPLETE)
			fail_msg("%zu: %u %s", i, asker.response.status, asker.outcome.detail);
		assert_int_equal(asker.responses, 1);
		assert_int_equal(asker.bytes, 5000);
		asker_tear_down(&asker);
	}
}

static void passes_by_a_proxy_where_none_is_wanted(void **state)
{
	const struct fixture *fixture = *state;
	struct asker asker;
	char url[512];

	through("all_proxy", "user:secret@", 1);
	setenv("no_proxy", "127.0.0.1", 1);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/gen/5/a.bin", fixture->servers.python);
	asker_set_up(&asker, NULL);
	assert_int_equal(asker_get(&asker, url, NULL), FETCH_COMPLETE);
	asker_tear_down(&asker);
}

static void says_what_is_wrong_with_a_proxy_without_its_password(void **state)
{
	static const struct {
		const char *proxy;
		enum fetch_end end;
	} rows[] = {
		{"http://user:secret@nosuch.invalid:3128", FETCH_NO_PROXY},
		{"http://user:secret@127.0.0.1:1", FETCH_PROXY_AWAY},
		{"https://user:secret@127.0.0.1:1", FETCH_PROXY_AWAY},
		{"socks5://user:secret@127.0.0.1:1", FETCH_PROXY_AWAY},
		{"strange://user:secret@127.0.0.1:1", FETCH_OTHER},
		{"http://user:secret@127.0.0.1:port", FETCH_NO_PROXY},
		{"http://user:secret", FETCH_NO_PROXY},
		{"user:secret@", FETCH_NO_PROXY},
		{"http://us er:sec ret@ho st:1", FETCH_NO_PROXY},
	};
	const struct fixture *fixture = *state;

	(void)fixture;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct asker asker;
		enum fetch_end end;

		set_proxy("http_proxy", rows[i].proxy);
		asker_set_up(&asker, NULL);
		end = asker_get(&asker, "http://example.invalid/a.bin", NULL);
		if (end != rows[i].end)
			fail_msg("%s: %d %s", rows[i].proxy, end, asker.outcome.detail);
		assert_null(strstr(asker.outcome.detail, "sec"));
		asker_tear_down(&asker);
	}
}

static void says_when_a_proxy_cannot_reach_the_server(void **state)
{
	const struct fixture *fixture = *state;
	struct asker asker;

	through("all_proxy", "", fixture->servers.python);
	asker_set_up(&asker, NULL);
	assert_int_equal(asker_get(&asker, "https://127.0.0.1:1/a.bin", NULL), FETCH_STOPPED);
	assert_int_equal(asker.response.status, 502);
	assert_string_equal(asker.response.phrase, "from the proxy");
	asker_tear_down(&asker);
}

/* The server runs, and is not to blame. */
static void tells_a_proxy_that_is_away_from_a_server_that_is(void **state)
{
	static const char *const rows[][3] = {
		{"http", "http_proxy", "http://127.0.0.1:1"},
		{"https", "https_proxy", "http://127.0.0.1:1"},
		{"ftp", "ftp_proxy", "http://127.0.0.1:1"},
		{"http", "all_proxy", "socks5://127.0.0.1:1"},
		{"https", "all_proxy", "socks5h://127.0.0.1:1"},
		{"https", "all_proxy", "https://127.0.0.1:1"},
	};
	const struct fixture *fixture = *state;
	struct asker asker;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_proxy(rows[i][1], rows[i][2]);
		snprintf(url, sizeof(url), "%s://127.0.0.1:%u/gen/5/a.bin", rows[i][0],
			 fixture->servers.python);
		asker_set_up(&asker, NULL);
		if (asker_get(&asker, url, NULL) != FETCH_PROXY_AWAY)
			fail_msg("%s: %d %s", rows[i][2], asker.outcome.end, asker.outcome.detail);
		assert_string_equal(asker.outcome.detail, "Connection refused");
		asker_tear_down(&asker);
		setenv("no_proxy", "example.com, 127.0.0.0/8", 1);
		snprintf(url, sizeof(url), "%s://127.0.0.1:1/gen/5/a.bin", rows[i][0]);
		asker_set_up(&asker, NULL);
		assert_int_equal(asker_get(&asker, url, NULL), FETCH_CONNECTION_REFUSED);
		asker_tear_down(&asker);
	}
}

static void says_that_a_proxy_does_not_answer_in_time(void **state)
{
	unsigned port;
	int listening = servers_listen(1, &port);
	struct asker asker;

	(void)state;
	assert_true(listening >= 0);
	through("all_proxy", "", port);
	asker_set_up(&asker, NULL);
	assert_int_equal(asker_get(&asker, "https://127.0.0.1:1/a.bin", NULL), FETCH_PROXY_AWAY);
	assert_string_equal(asker.outcome.detail, "Proxy CONNECT aborted due to timeout");
	asker_tear_down(&asker);
	close(listening);
}

static void trusts_a_proxy_by_tls_as_a_server(void **state)
{
	static const struct {
		enum site site;
		const char *detail;
	} rows[] = {
		{SITE_EXPIRED, "its certificate has expired"},
		{SITE_EARLY, "its certificate is not valid yet"},
		{SITE_UNKNOWN, "its certificate was not signed by a trusted authority"},
		{SITE_OTHER, "its certificate is for another name"},
		{SITE_PLAIN, NULL},
	};
	static const char *const schemes[] = {"http", "https", "ftps"};
	const struct fixture *fixture = *state;
	const struct servers *servers = &fixture->servers;
	struct asker asker;
	char proxy[64];
	char url[64];

	for (size_t i = 0; i < 3 * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *detail = rows[i / 3].detail;

		snprintf(proxy, sizeof(proxy), "https://localhost:%u",
			 servers->site[rows[i / 3].site]);
		set_proxy("all_proxy", proxy);
		snprintf(url, sizeof(url), "%s://127.0.0.1:1/a.bin", schemes[i % 3]);
		asker_set_up(&asker, &fixture->trust);
		if (asker_get(&asker, url, NULL) != FETCH_PROXY_TLS ||
		    (detail != NULL && strcmp(asker.outcome.detail, detail) != 0))
			fail_msg("%zu: %d %s", i, asker.outcome.end, asker.outcome.detail);
		asker_tear_down(&asker);
	}
	snprintf(proxy, sizeof(proxy), "https://localhost:%u", servers->python_tls);
	set_proxy("all_proxy", proxy);
	asker_set_up(&asker, &fixture->trust);
	assert_int_equal(asker_get(&asker, "http://nosuch.invalid/gen/5000/a.bin", NULL),
			 FETCH_COMPLETE);
	assert_int_equal(asker.bytes, 5000);
	asker_tear_down(&asker);
}

/* Through a proxy a server's certificate is the server's. */
static void tells_a_servers_certificate_from_a_proxys(void **state)
{
	const struct fixture *fixture = *state;
	const struct servers *servers = &fixture->servers;
	struct asker asker;
	char url[64];

	through("all_proxy", "", servers->python);
	snprintf(url, sizeof(url), "https://localhost:%u/a.bin", servers->site[SITE_OTHER]);
	asker_set_up(&asker, &fixture->trust);
	assert_int_equal(asker_get(&asker, url, NULL), FETCH_CERTIFICATE_NAME);
	asker_tear_down(&asker);
	snprintf(url, sizeof(url), "https://localhost:%u/a.bin", servers->site[SITE_UNKNOWN]);
	asker_set_up(&asker, &fixture->trust);
	assert_int_equal(asker_get(&asker, url, NULL), FETCH_CERTIFICATE_UNKNOWN);
	asker_tear_down(&asker);
}

static int start_all(void **state)
{
	static struct fixture fixture;
	struct servers *servers = &fixture.servers;

	*state = &fixture;
	if (!servers_start(servers) || !servers_start_ftp(servers) ||
	    !servers_start_another(servers, "basic", &fixture.proxy[0]) ||
	    !servers_start_another(servers, "sha256", &fixture.proxy[1]))
		return -1;
	snprintf(fixture.authority, sizeof(fixture.authority), "%s/authority.pem", servers->folder);
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
		cmocka_unit_test(goes_through_an_open_proxy_by_each_scheme),
		cmocka_unit_test(tells_a_proxy_who_asks),
		cmocka_unit_test(asks_proxy_and_server_in_one),
		cmocka_unit_test(passes_by_a_proxy_where_none_is_wanted),
		cmocka_unit_test(says_what_is_wrong_with_a_proxy_without_its_password),
		cmocka_unit_test(says_when_a_proxy_cannot_reach_the_server),
		cmocka_unit_test(tells_a_proxy_that_is_away_from_a_server_that_is),
		cmocka_unit_test(says_that_a_proxy_does_not_answer_in_time),
		cmocka_unit_test(trusts_a_proxy_by_tls_as_a_server),
		cmocka_unit_test(tells_a_servers_certificate_from_a_proxys),
	};

	return cmocka_run_group_tests_name("fetch, proxy", tests, start_all, stop_all);
}
