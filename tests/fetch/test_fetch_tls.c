/* Whom a secure connection trusts, and as whom it is made. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>

#include "reader.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_certificates_apart),
		cmocka_unit_test(trusts_the_named_authorities_and_no_others),
		cmocka_unit_test(says_when_a_server_does_not_speak_tls),
	};

	return cmocka_run_group_tests_name("fetch, tls", tests, reader_start, reader_stop);
}
