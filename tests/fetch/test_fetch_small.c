/* fetch/small.c with the real libcurl against real servers on loopback. */
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
#include <time.h>

#include "fetch/small.h"
#include "pattern.h"
#include "servers.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* No file may take longer, in milliseconds. */
#define PATIENCE 20000

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* As the command has them, but for the pauses between attempts. */
static struct fetch_small_options usual(const char *url)
{
	struct fetch_small_options options = {
		.url = url,
		.largest = FETCH_SMALL_MOST,
		.deadlines = UXM_DEADLINES,
	};

	options.deadlines.fetch_pause = 1;
	return options;
}

static enum uxm_io read_small(struct fetch_small *small, struct fetch_small_file *file,
			      struct uxm_failure *why)
{
	uint64_t until = now() + PATIENCE;

	while (now() < until) {
		enum uxm_io io = fetch_small_read(small, file, why);

		if (io != UXM_IO_AGAIN)
			return io;
		assert_true(fetch_small_wait(small, NULL, 0, 1000, why));
	}
	fail_msg("the server is silent");
	return UXM_IO_AGAIN;
}

/* Makes it, reads it, and frees it where it is not there. */
static struct fetch_small *fetch_small(const struct fetch_small_options *options,
				       struct fetch_small_file *file, struct uxm_failure *why)
{
	struct fetch_small *small = NULL;

	if (!fetch_small_new(options, &small, why))
		fail_msg("%s", why->text);
	if (read_small(small, file, why) == UXM_IO_OK)
		return small;
	assert_null(strstr(why->text, "secret"));
	fetch_small_free(small);
	return NULL;
}

static const char *python_url(const struct servers *servers, const char *path, char url[512])
{
	snprintf(url, 512, "http://user:secret@127.0.0.1:%u%s", servers->python, path);
	return url;
}

static void brings_files_however_the_server_sends_them(void **state)
{
	static const struct {
		const char *path;
		size_t length;
	} rows[] = {
		{"/plain/gen/5000/a.xml", 5000},
		{"/gen/1/a.xml", 1},
		{"/gen/1048576/a.xml", 1048576},
		{"/nolength/gen/1048576/a.xml", 1048576},
		{"/chunked/gen/1048576/a.xml", 1048576},
		{"/nolength/gen/70000/a.xml", 70000},
		{"/chunked/gen/70000/a.xml", 70000},
		{"/empty/a.xml", 0},
		{"/hops/5/gen/5000/a.xml", 5000},
		{"/headers/early/gen/5000/a.xml", 5000},
		{"/user/user/secret/gen/5000/a.xml", 5000},
		{"/keep/gen/5000/a.xml", 5000},
		/* Further attempts. */
		{"/once-503/gen/5000/small-1", 5000},
		{"/once-short/3000/gen/5000/small-2", 5000},
		{"/once-cut/3000/gen/5000/small-3", 5000},
		{"/retry-after/1/429/1/gen/5000/small-4", 5000},
	};
	const struct servers *servers = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct uxm_failure why = {.text = ""};
		struct fetch_small_file file;
		struct fetch_small *small;
		char url[512];
		struct fetch_small_options options = usual(python_url(servers, rows[i].path, url));

		small = fetch_small(&options, &file, &why);
		if (small == NULL)
			fail_msg("%s: %s", rows[i].path, why.text);
		assert_int_equal(file.length, rows[i].length);
		assert_int_equal(pattern_match(0, file.bytes, file.length), file.length);
		assert_int_equal(file.bytes[file.length], 0);
		fetch_small_free(small);
	}
}

static void says_why_a_file_is_not_to_be_had(void **state)
{
	static const struct {
		const char *path;
		const char *says;
		bool too_large;
	} rows[] = {
		{"/404/a.xml", "has no http://127.0.0.1:", false},
		{"/plain/missing.xml", "has no http://127.0.0.1:", false},
		{"/gzip/gen/5000/a.xml", "encoded (gzip)", false},
		{"/badlength/gen/5000/a.xml", "cannot be understood", false},
		{"/twolengths/gen/5000/a.xml", "cannot be understood", false},
		{"/gen/1048577/a.xml", "it has 1048577 bytes, and at most 1048576", true},
		{"/nolength/gen/1048577/a.xml", "at most 1048576 bytes are taken, and more", true},
		{"/chunked/gen/1048577/a.xml", "at most 1048576 bytes are taken, and more", true},
		/* As much as it sends, no more than the largest file is taken of it. */
		{"/nolength/gen/4000000000/a.xml", "and more have come", true},
		{"/endless/gen/5000/a.xml", "longer than the 5000", false},
		{"/long/1/gen/5000/a.xml", "longer than the 5000", false},
		{"/short/3000/gen/5000/a.xml", "announced 5000 bytes and ended after 3000", false},
		{"/cut/3000/gen/5000/a.xml", "3000 of 5000 bytes", false},
		{"/500/a.xml", "(500 Internal Server Error); try again later. Tried 6 times",
		 false},
		{"/headers/none", "without an answer. Tried 6 times", false},
		{"/headers/endless", "bytes of headers", false},
		{"/loop/a.xml", "more than 5 times", false},
		{"/tofile/etc/passwd", "to file:", false},
		{"/retry-after/601/503/1/a.xml", "asks to wait 601 s", false},
		{"/retry-after/99999/503/1/a.xml", "asks to wait a day or longer (503", false},
	};
	const struct servers *servers = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct uxm_failure why = {.text = ""};
		struct fetch_small_file file;
		struct fetch_small *small = NULL;
		char url[512];
		struct fetch_small_options options = usual(python_url(servers, rows[i].path, url));

		options.deadlines.fetch_pause_most = 1;
		assert_true(fetch_small_new(&options, &small, &why));
		if (read_small(small, &file, &why) != UXM_IO_FAILED)
			fail_msg("%s was taken", rows[i].path);
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("%s: expected ...%s...\nsaid %s", rows[i].path, rows[i].says,
				 why.text);
		assert_int_equal(why.result, UXM_FETCH_FAILED);
		assert_int_equal(fetch_small_too_large(small), rows[i].too_large);
		assert_null(strstr(why.text, "secret"));
		fetch_small_free(small);
	}
}

static void write_file(const struct servers *servers, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", servers->folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* First the file, then that nothing has changed, then another file. */
static void see_changes(const struct servers *servers, const char *name, const char *url,
			const char *authority)
{
	struct uxm_failure why = {.text = ""};
	struct fetch_small_options options = usual(url);
	struct fetch_validators known;
	struct fetch_small_file file;
	struct fetch_small *small;

	options.trust.ca_file = authority;
	write_file(servers, name, "one");
	small = fetch_small(&options, &file, &why);
	if (small == NULL)
		fail_msg("%s", why.text);
	assert_false(file.unchanged);
	assert_string_equal((const char *)file.bytes, "one");
	known = file.validators;
	assert_true(known.etag[0] != '\0');
	assert_true(known.modified[0] != '\0');
	fetch_small_free(small);

	options.known = &known;
	small = fetch_small(&options, &file, &why);
	if (small == NULL)
		fail_msg("%s", why.text);
	assert_true(file.unchanged);
	assert_int_equal(file.length, 0);
	assert_string_equal(file.validators.etag, known.etag);
	fetch_small_free(small);

	write_file(servers, name, "three");
	small = fetch_small(&options, &file, &why);
	if (small == NULL)
		fail_msg("%s", why.text);
	assert_false(file.unchanged);
	assert_string_equal((const char *)file.bytes, "three");
	assert_string_not_equal(file.validators.etag, known.etag);
	fetch_small_free(small);
}

static void a_file_is_sent_again_only_when_it_has_changed(void **state)
{
	const struct servers *servers = *state;
	char authority[128];
	char url[512];

	snprintf(authority, sizeof(authority), "%s/authority.pem", servers->folder);
	snprintf(url, sizeof(url), "http://localhost:%u/a.xml", servers->site[SITE_PLAIN]);
	see_changes(servers, "a.xml", url, NULL);
	snprintf(url, sizeof(url), "https://localhost:%u/b.xml", servers->site[SITE_RIGHT]);
	see_changes(servers, "b.xml", url, authority);
	see_changes(servers, "c.xml", python_url(servers, "/hops/1/c.xml", url), NULL);
}

static void trusts_the_authorities_that_it_is_given(void **state)
{
	const struct servers *servers = *state;
	struct uxm_failure why = {.text = ""};
	struct fetch_small_file file;
	char authority[128];
	char url[512] = "";
	struct fetch_small_options options = usual(url);

	snprintf(authority, sizeof(authority), "%s/authority.pem", servers->folder);
	options.trust.ca_file = authority;
	snprintf(url, sizeof(url), "https://localhost:%u/image.bin", servers->site[SITE_UNKNOWN]);
	assert_null(fetch_small(&options, &file, &why));
	assert_non_null(strstr(why.text, "was not signed by a trusted authority"));
}

static void a_server_that_falls_silent_is_given_up(void **state)
{
	const struct servers *servers = *state;
	struct uxm_failure why = {.text = ""};
	struct fetch_small_file file;
	char url[512];
	struct fetch_small_options options =
		usual(python_url(servers, "/stall/100/gen/5000/a.xml", url));

	/* Four silences of a quarter each: then it has had its time. */
	options.deadlines.network = 800;
	assert_null(fetch_small(&options, &file, &why));
	assert_non_null(strstr(why.text, "less than 64 KiB of http://127.0.0.1:"));
	options.deadlines.retries = 0;
	assert_null(fetch_small(&options, &file, &why));
	assert_non_null(strstr(why.text, "after 100 of 5000 bytes"));
	python_url(servers, "/headers/slow", url);
	assert_null(fetch_small(&options, &file, &why));
	assert_non_null(strstr(why.text, "came within 0.8 s"));
}

/* libcurl keeps each of them. */
static void trailers_without_an_end_are_not_read(void **state)
{
	const struct servers *servers = *state;
	struct uxm_failure why = {.text = ""};
	struct fetch_small_file file;
	char url[512];
	struct fetch_small_options options =
		usual(python_url(servers, "/trailers/gen/5000/a.xml", url));

	assert_null(fetch_small(&options, &file, &why));
	if (strstr(why.text, "more than 65536 bytes of headers or trailers") == NULL)
		fail_msg("%s", why.text);
}

static void asks_nobody_when_it_is_told_nonsense(void **state)
{
	static const struct fetch_access broken = {.user = "phone\r\nHost: other"};
	struct fetch_small_options wrong[] = {
		usual("http://127.0.0.1:1/file"),
		usual("http://127.0.0.1:1/file"),
		usual("gopher://127.0.0.1:1/file"),
		usual("http://"),
	};
	static const char *const says[] = {"the key is missing", "control character", "gopher", ""};

	(void)state;
	wrong[0].trust.certificate = "/nowhere/phone.pem";
	wrong[1].access = &broken;
	for (size_t i = 0; i < ROWS(wrong); i++) {
		struct fetch_small *small = NULL;
		struct uxm_failure why = {.text = ""};

		assert_false(fetch_small_new(&wrong[i], &small, &why));
		assert_null(small);
		assert_int_equal(why.result, UXM_USAGE);
		if (strstr(why.text, says[i]) == NULL)
			fail_msg("expected ...%s..., said %s", says[i], why.text);
	}
	fetch_small_free(NULL);
}

static void leaves_nothing_behind_when_it_is_freed_early(void **state)
{
	const struct servers *servers = *state;
	struct uxm_failure why = {.text = ""};
	struct fetch_small_file file;
	struct fetch_small *small = NULL;
	char url[512];
	const struct fetch_small_options options =
		usual(python_url(servers, "/trickle/1000/gen/50000/a.xml", url));

	assert_true(fetch_small_new(&options, &small, &why));
	for (int i = 0; i < 5; i++) {
		assert_int_equal(fetch_small_read(small, &file, &why), UXM_IO_AGAIN);
		assert_true(fetch_small_wait(small, NULL, 0, 1000, &why));
	}
	fetch_small_free(small);
	fetch_small_free(NULL);
}

static int start_all(void **state)
{
	static struct servers servers;

	*state = &servers;
	unsetenv("http_proxy");
	setenv("no_proxy", "*", 1);
	return servers_start(&servers) ? 0 : -1;
}

static int stop_all(void **state)
{
	servers_stop(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brings_files_however_the_server_sends_them),
		cmocka_unit_test(says_why_a_file_is_not_to_be_had),
		cmocka_unit_test(a_file_is_sent_again_only_when_it_has_changed),
		cmocka_unit_test(trusts_the_authorities_that_it_is_given),
		cmocka_unit_test(a_server_that_falls_silent_is_given_up),
		cmocka_unit_test(trailers_without_an_end_are_not_read),
		cmocka_unit_test(asks_nobody_when_it_is_told_nonsense),
		cmocka_unit_test(leaves_nothing_behind_when_it_is_freed_early),
	};

	return cmocka_run_group_tests_name("fetch/small", tests, start_all, stop_all);
}
