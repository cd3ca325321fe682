/* Whom a secure connection trusts, and as whom it is made. */
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
#include "reader.h"

/* `servers` stands first, for what knows of nothing else. */
struct fixture {
	struct servers servers;
	unsigned strict_ftps; /* port of an ftps that wants a client's certificate */
};

static void tells_certificates_apart(void **state)
{
	static const struct {
		enum site site;
		const char *says;
	} rows[] = {
		{SITE_EXPIRED, "has expired"},
		{SITE_EARLY, "is not valid yet"},
		{SITE_UNKNOWN, "was not signed by a trusted authority"},
		{SITE_OTHER, "is for another name"},
		{SITE_OLD, "No secure connection to the server of https://localhost"},
	};
	const struct servers *servers = *state;
	char url[512];
	char path[96];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {
			.url = reader_site_url(servers, rows[i].site, url),
			.trust = {.ca_file = reader_authority(servers, path)}};
		struct reader reader;

		reader_set_up(&reader, &options);
		assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
		reader_said(&reader.why, UXM_FETCH_FAILED, rows[i].says);
		reader_tear_down(&reader);
	}
}

static void trusts_the_named_authorities_and_no_others(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	char path[96];
	struct fetch_options options = {.url = reader_site_url(servers, SITE_RIGHT, url)};
	struct reader reader;

	/* The system's do not vouch for it. */
	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED, "trusted authority");
	reader_tear_down(&reader);

	snprintf(path, sizeof(path), "%s/trusted", servers->folder);
	options.trust.ca_directory = path;
	reader_set_up(&reader, &options);
	assert_int_equal(reader_all(&reader), UXM_IO_END);
	reader_tear_down(&reader);

	snprintf(path, sizeof(path), "%s/stranger.pem", servers->folder);
	options.trust.ca_directory = NULL;
	options.trust.ca_file = path;
	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED, "trusted authority");
	reader_tear_down(&reader);

	snprintf(path, sizeof(path), "%s/missing.pem", servers->folder);
	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED, "/missing.pem");
	reader_tear_down(&reader);
}

static void speaks_http_1_1_where_http_2_is_offered(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	char path[96];
	struct fetch_trust trust = {.ca_file = reader_authority(servers, path)};
	struct asker asker;

	asker_set_up(&asker, &trust);
	assert_int_equal(asker_get(&asker, reader_site_url(servers, SITE_RIGHT, url), NULL),
			 FETCH_COMPLETE);
	assert_int_equal(asker.response.status, 200);
	asker_tear_down(&asker);
}

static void takes_no_file_by_ftps_that_is_not_protected(void **state)
{
	static const struct fetch_access clear = {.user = "clear", .password = SERVERS_PASSWORD};
	const struct servers *servers = *state;
	char url[512];
	char path[96];
	struct fetch_trust trust = {.ca_file = reader_authority(servers, path)};
	struct asker asker;

	snprintf(url, sizeof(url), "ftps://localhost:%u/gen/5000/a.bin", servers->ftps);
	asker_set_up(&asker, &trust);
	assert_int_equal(asker_get(&asker, url, &clear), FETCH_TLS);
	assert_int_equal(asker.bytes, 0);
	asker_tear_down(&asker);
}

static void says_when_a_server_does_not_speak_tls(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {.url = url};
	struct reader reader;

	snprintf(url, sizeof(url), "https://127.0.0.1:%u/image.bin", servers->site[SITE_PLAIN]);
	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED, "No secure connection");
	reader_tear_down(&reader);
}

/* The pin of one of the certificates of tests/fetch/certificates. */
static void read_pin(const struct servers *servers, const char *name, char pin[64])
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.pin", servers->folder, name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(pin, 64, file));
	fclose(file);
	pin[strcspn(pin, "\n")] = '\0';
}

static void wants_the_key_that_is_pinned(void **state)
{
	const struct fixture *fixture = *state;
	const struct servers *servers = &fixture->servers;
	char path[96];
	char right[64];
	char other[64];
	char both[130];
	const struct {
		const char *pin;
		enum fetch_end end;
	} rows[] = {
		{right, FETCH_COMPLETE}, {both, FETCH_COMPLETE}, {other, FETCH_CERTIFICATE_PIN}};

	read_pin(servers, "right", right);
	read_pin(servers, "other", other);
	snprintf(both, sizeof(both), "%s;%s", other, right);
	for (size_t i = 0; i < 6; i++) {
		struct fetch_trust trust = {.ca_file = reader_authority(servers, path),
					    .pin = rows[i / 2].pin};
		struct asker asker;
		char url[512];

		if (i % 2 == 0) {
			reader_site_url(servers, SITE_RIGHT, url);
		} else {
			snprintf(url, sizeof(url), "ftps://localhost:%u/gen/5000/a.bin",
				 servers->ftps);
		}
		asker_set_up(&asker, &trust);
		if (asker_get(&asker, url, NULL) != rows[i / 2].end)
			fail_msg("%s: %d %s", url, asker.outcome.end, asker.outcome.detail);
		/* Nothing was asked of a server with another key. */
		assert_int_equal(asker.connected, rows[i / 2].end == FETCH_COMPLETE);
		asker_tear_down(&asker);
	}
}

/* A pin comes beside the authorities, it does not replace them. */
static void does_not_trust_a_pinned_stranger(void **state)
{
	const struct fixture *fixture = *state;
	char path[96];
	char pin[64];
	char url[512];
	struct fetch_trust trust = {.ca_file = reader_authority(&fixture->servers, path),
				    .pin = pin};
	struct asker asker;

	read_pin(&fixture->servers, "unknown", pin);
	asker_set_up(&asker, &trust);
	assert_int_equal(
		asker_get(&asker, reader_site_url(&fixture->servers, SITE_UNKNOWN, url), NULL),
		FETCH_CERTIFICATE_UNKNOWN);
	asker_tear_down(&asker);
}

static void shows_its_own_certificate(void **state)
{
	static const struct {
		const char *certificate;
		const char *key;
		enum fetch_end end; /* ... of ftps */
		unsigned status;    /* ... of https: nginx lets everybody in to be refused */
	} rows[] = {
		{"client.pem", "client.key", FETCH_COMPLETE, 200},
		{NULL, NULL, FETCH_TLS, 400},
		{"intruder.pem", "intruder.key", FETCH_TLS, 400},
		{"missing.pem", "client.key", FETCH_OWN_CERTIFICATE, 0},
		{"client.pem", "missing.key", FETCH_OWN_CERTIFICATE, 0},
		{"client.pem", "intruder.key", FETCH_OWN_CERTIFICATE, 0},
		{"client.key", "client.pem", FETCH_OWN_CERTIFICATE, 0},
	};
	const struct fixture *fixture = *state;
	const struct servers *servers = &fixture->servers;
	char path[96];
	char certificate[96];
	char key[96];
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_trust trust = {.ca_file = reader_authority(servers, path)};
		struct asker asker;

		snprintf(certificate, sizeof(certificate), "%s/%s", servers->folder,
			 rows[i].certificate != NULL ? rows[i].certificate : "");
		snprintf(key, sizeof(key), "%s/%s", servers->folder,
			 rows[i].key != NULL ? rows[i].key : "");
		if (rows[i].certificate != NULL) {
			trust.certificate = certificate;
			trust.key = key;
		}
		asker_set_up(&asker, &trust);
		asker_get(&asker, reader_site_url(servers, SITE_CLIENT, url), NULL);
		if (asker.response.status != rows[i].status)
			fail_msg("%zu: %u, %d %s", i, asker.response.status, asker.outcome.end,
				 asker.outcome.detail);
		if (rows[i].status == 0) {
			assert_int_equal(asker.outcome.end, FETCH_OWN_CERTIFICATE);
			assert_non_null(strstr(asker.outcome.detail, certificate));
			assert_non_null(strstr(asker.outcome.detail, key));
		}
		snprintf(url, sizeof(url), "ftps://localhost:%u/gen/5000/a.bin",
			 fixture->strict_ftps);
		if (asker_get(&asker, url, NULL) != rows[i].end && i != 1 && i != 2)
			fail_msg("%zu: %d %s", i, asker.outcome.end, asker.outcome.detail);
		/* With TLS 1.3 the refusal comes after the handshake, instead of a greeting. */
		if (i == 1 || i == 2)
			assert_true(asker.outcome.end != FETCH_COMPLETE && asker.bytes == 0);
		asker_tear_down(&asker);
	}
}

static void trusts_no_more_by_ftps(void **state)
{
	const struct fixture *fixture = *state;
	const struct servers *servers = &fixture->servers;
	char path[96];
	struct fetch_trust trust = {.ca_file = path};
	struct asker asker;
	char url[512];

	snprintf(url, sizeof(url), "ftps://localhost:%u/gen/5000/a.bin", servers->ftps);
	snprintf(path, sizeof(path), "%s/stranger.pem", servers->folder);
	asker_set_up(&asker, &trust);
	assert_int_equal(asker_get(&asker, url, NULL), FETCH_CERTIFICATE_UNKNOWN);
	asker_tear_down(&asker);
	snprintf(path, sizeof(path), "%s/missing.pem", servers->folder);
	asker_set_up(&asker, &trust);
	assert_int_equal(asker_get(&asker, url, NULL), FETCH_AUTHORITIES);
	assert_string_equal(asker.outcome.detail, path);
	asker_tear_down(&asker);
	snprintf(path, sizeof(path), "%s/authority.pem", servers->folder);
	asker_set_up(&asker, &trust);
	/* One that does not speak TLS. */
	snprintf(url, sizeof(url), "ftps://127.0.0.1:%u/gen/5000/a.bin", servers->site[SITE_PLAIN]);
	assert_int_equal(asker_get(&asker, url, NULL), FETCH_TLS);
	asker_tear_down(&asker);
}

static void says_what_is_wrong_before_anything_is_sent(void **state)
{
#define DIGITS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	static const struct fetch_access injected[] = {
		{"a\nb", "secret", ""}, {"a", "secret\r", ""}, {"a", "secret", "\x7f"}};
	static const struct {
		struct fetch_trust trust;
		const struct fetch_access *access;
		const char *says;
	} rows[] = {
		{{.netrc = "/nonexistent/netrc"},
		 NULL,
		 "netrc file '/nonexistent/netrc' cannot be"},
		{{.netrc = "/"}, NULL, "netrc file '/' cannot be read"},
		{{.certificate = "a"}, NULL, "the key is missing"},
		{{.key = "a"}, NULL, "the certificate is missing"},
		{{.pin = ""}, NULL, "'' is no pin"},
		{{.pin = "/etc/passwd"}, NULL, "'/etc/passwd' is no pin"},
		{{.pin = "sha256//" DIGITS}, NULL, "is no pin"},
		{{.pin = "sha256//A" DIGITS "="}, NULL, "is no pin"},
		{{.pin = "sha256//" DIGITS "=;"}, NULL, "is no pin"},
		{{.pin = "sha256//" DIGITS "= "}, NULL, "is no pin"},
		{{.pin = NULL}, &injected[0], "control character"},
		{{.pin = NULL}, &injected[1], "control character"},
		{{.pin = NULL}, &injected[2], "control character"},
		{{.user_agent = "a\r\nCookie: b"}, NULL, "user agent holds a control character"},
	};
	static const struct fetch_trust good = {.pin = "sha256//" DIGITS "=;sha256//" DIGITS "=",
						.netrc = "/dev/null"};
	struct uxm_failure why = {.text = ""};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {.url = "http://127.0.0.1:1/a",
						.access = rows[i].access,
						.trust = rows[i].trust,
						.deadlines = UXM_DEADLINES};
		struct fetch *fetch = NULL;

		assert_false(fetch_new(&options, &fetch, &why));
		assert_null(fetch);
		reader_said(&why, UXM_USAGE, rows[i].says);
	}
	assert_true(fetch_trust_check(&good, NULL, &why));
}

/* libcurl itself would say that nobody whom it trusts has signed the certificate. */
static void says_which_authorities_are_none_before_anything_is_sent(void **state)
{
	char empty[] = "/tmp/uxm-empty-XXXXXX";
	const struct fetch_trust no_folder = {.ca_directory = "/nonexistent"};
	const struct fetch_trust no_file = {.ca_file = empty};
	struct uxm_failure why = {.text = ""};

	(void)state;
	close(mkstemp(empty));
	assert_false(fetch_trust_check(&no_folder, NULL, &why));
	reader_said(&why, UXM_FETCH_FAILED,
		    "folder of trusted authorities '/nonexistent' cannot be read: No such");
	assert_false(fetch_trust_check(&no_file, NULL, &why));
	reader_said(&why, UXM_FETCH_FAILED, "' is empty; check its name.");
	unlink(empty);
}

static int start_all(void **state)
{
	static struct fixture fixture;

	*state = &fixture;
	unsetenv("https_proxy");
	unsetenv("ftp_proxy");
	unsetenv("all_proxy");
	setenv("no_proxy", "*", 1);
	return servers_start(&fixture.servers) && servers_start_ftp(&fixture.servers) &&
			       servers_start_another(&fixture.servers, NULL, &fixture.strict_ftps)
		       ? 0
		       : -1;
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
		cmocka_unit_test(tells_certificates_apart),
		cmocka_unit_test(trusts_the_named_authorities_and_no_others),
		cmocka_unit_test(speaks_http_1_1_where_http_2_is_offered),
		cmocka_unit_test(takes_no_file_by_ftps_that_is_not_protected),
		cmocka_unit_test(says_when_a_server_does_not_speak_tls),
		cmocka_unit_test(wants_the_key_that_is_pinned),
		cmocka_unit_test(does_not_trust_a_pinned_stranger),
		cmocka_unit_test(shows_its_own_certificate),
		cmocka_unit_test(trusts_no_more_by_ftps),
		cmocka_unit_test(says_what_is_wrong_before_anything_is_sent),
		cmocka_unit_test(says_which_authorities_are_none_before_anything_is_sent),
	};

	return cmocka_run_group_tests_name("fetch, tls", tests, start_all, stop_all);
}
