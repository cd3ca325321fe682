/* fetch/ when memory runs out: each allocation in turn fails, its own ones and libcurl's, and every
 * time it ends with a failure that says so, or does without. Leaks are the sanitizer's to find. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/beside.h"
#include "fetch/fetch.h"
#include "fetch/file.h"
#include "servers.h"

/* How many allocations succeed before one fails; those after it succeed again. */
static uint64_t until_failure = UINT64_MAX;

static bool fails(void)
{
	return until_failure-- == 0;
}

/* The linker puts these in the place of the library's calls (--wrap); the names are its own. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c)
void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c)

static void *curl_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static void *curl_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

static void *curl_realloc(void *memory, size_t size)
{
	return fails() ? NULL : realloc(memory, size);
}

/* Libcurl 7.88 frees twice when it cannot copy the authorities' name for a session that it keeps.
 */
static char *curl_strdup(const char *text)
{
	return strstr(text, "authority.pem") == NULL && fails() ? NULL : __real_strdup(text);
}

/* Opens the image, goes to its middle and reads it. */
static enum uxm_io fetch_half(const struct fetch_options *options, uint64_t *came,
			      struct uxm_failure *why)
{
	static uint8_t buffer[65536];
	struct fetch *fetch = NULL;
	struct uxm_image image;
	enum uxm_io io = UXM_IO_FAILED;
	uint64_t size = 0;
	size_t got = 0;

	if (!fetch_new(options, &fetch, why))
		return io;
	image = fetch_image(fetch);
	for (io = UXM_IO_AGAIN; io == UXM_IO_AGAIN;) {
		io = image.ops->open(image.self, &size, why);
		if (io == UXM_IO_AGAIN && !fetch_wait(fetch, NULL, 0, 1000, why))
			io = UXM_IO_FAILED;
	}
	if (io == UXM_IO_OK) {
		uint64_t left = until_failure;

		/* Libcurl 7.88 frees twice when an FTP transfer is stopped while memory is missing.
		 */
		if (strncmp(options->url, "ftp", 3) == 0)
			until_failure = UINT64_MAX;
		io = image.ops->seek(image.self, size / 2, why);
		if (strncmp(options->url, "ftp", 3) == 0)
			until_failure = left;
	}
	while (io == UXM_IO_OK || io == UXM_IO_AGAIN) {
		io = image.ops->read(image.self, buffer, sizeof(buffer), &got, why);
		if (io == UXM_IO_OK)
			*came += got;
		if (io == UXM_IO_AGAIN && !fetch_wait(fetch, NULL, 0, 1000, why))
			io = UXM_IO_FAILED;
	}
	fetch_free(fetch);
	return io;
}

/* Lets one allocation after the other fail, until one fetch has needed no more of them; `step` at a
 * time. Returns how many that were. */
static uint64_t fail_each(const struct fetch_options *options, uint64_t step)
{
	size_t said = 0;
	uint64_t count;

	for (count = 0; count < 5000; count += step) {
		struct uxm_failure why = {.text = ""};
		uint64_t came = 0;
		enum uxm_io io;
		bool failed;

		until_failure = count;
		io = fetch_half(options, &came, &why);
		/* It has wrapped around when the failure was met. */
		failed = until_failure > count;
		until_failure = UINT64_MAX;
		if (io == UXM_IO_END) {
			assert_int_equal(came, 100000);
			if (!failed)
				break;
			continue;
		}
		assert_int_equal(io, UXM_IO_FAILED);
		assert_true(failed);
		/* libcurl takes some missing memory for a bad login in the URL. */
		if (why.result != UXM_INTERNAL && why.result != UXM_FETCH_FAILED &&
		    strstr(why.text, "Bad login part") == NULL)
			fail_msg("allocation %zu: (%d) %s", (size_t)count, why.result, why.text);
		assert_true(strlen(why.text) > 10);
		said += why.result == UXM_INTERNAL && strstr(why.text, "no memory") != NULL;
	}
	print_message("%s: %zu allocations, %zu times no memory\n", options->url, (size_t)count,
		      said);
	assert_true(count < 5000);
	assert_true(said * step > 20);
	return count;
}

static void survives_every_allocation_that_fails(void **state)
{
	static const struct fetch_access access = {"u", "p", ""};
	const struct servers *servers = *state;
	const struct {
		const char *scheme;
		unsigned port;
		const char *path;
		const struct fetch_access *access;
		uint64_t step; /* TLS takes its time */
	} rows[] = {
		{"http", servers->python, "hops/1/gen/200000/a.bin?x#y", NULL, 1},
		{"http", servers->python, "access/sha256/u/p/gen/200000/a.bin", &access, 1},
		{"https", servers->python_tls, "gen/200000/a.bin", NULL, 5},
		{"ftp", servers->ftp, "gen/200000/a.bin", NULL, 1},
		{"ftps", servers->ftps, "gen/200000/a.bin", NULL, 5},
	};
	char url[128];
	char authority[128];
	struct fetch_options options = {
		.url = url, .trust = {.ca_file = authority}, .deadlines = UXM_DEADLINES};

	options.deadlines.fetch_pause = 2;
	options.deadlines.fetch_pause_most = 2;
	snprintf(authority, sizeof(authority), "%s/authority.pem", servers->folder);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(url, sizeof(url), "%s://%s127.0.0.1:%u/%s", rows[i].scheme,
			 i == 0 ? "u:p@" : "", rows[i].port, rows[i].path);
		options.access = rows[i].access;
		assert_true(fail_each(&options, rows[i].step) > 50);
	}
}

static void says_when_there_is_no_memory_for_a_file(void **state)
{
	(void)state;
	for (uint64_t count = 0; count < 2; count++) {
		struct uxm_failure why = {.text = ""};
		struct fetch_file *file = NULL;

		until_failure = count;
		assert_false(fetch_file_new("image.bin", 0, &file, &why));
		until_failure = count;
		assert_false(fetch_file_inherit(0, "standard input", 1, 0, &file, &why));
		until_failure = UINT64_MAX;
		assert_null(file);
		assert_int_equal(why.result, UXM_INTERNAL);
		assert_string_equal(why.text, "There is no memory to read standard input.");
	}
}

static void says_when_there_is_no_memory_for_a_file_beside(void **state)
{
	const struct fetch_beside_options options = {.access = NULL};
	static const char *const locations[] = {"http://user:pass@127.0.0.1:1/a.bin", "image.bin"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fetch_beside *beside = NULL;
		uint64_t count = 0;

		for (bool made = false; !made; count++) {
			struct uxm_failure why = {.text = ""};

			assert_true(count < 1000);
			until_failure = count;
			made = fetch_beside_new(locations[i], &options, &beside, &why);
			until_failure = UINT64_MAX;
			if (made)
				break;
			assert_null(beside);
			/* libcurl takes some missing memory for a bad login, or for wrong encoding,
			 * in the URL. */
			if (why.result != UXM_INTERNAL && strstr(why.text, "login") == NULL &&
			    strstr(why.text, "decode") == NULL)
				fail_msg("allocation %zu: %s", (size_t)count, why.text);
		}
		assert_true(count >= 3);
		fetch_beside_free(beside);
	}
}

static int start_all(void **state)
{
	static struct servers servers;

	*state = &servers;
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("ftp_proxy");
	unsetenv("all_proxy");
	setenv("no_proxy", "*", 1);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, free, curl_realloc, curl_strdup,
				 curl_calloc) != CURLE_OK)
		return -1;
	return servers_start(&servers) && servers_start_ftp(&servers) ? 0 : -1;
}

static int stop_all(void **state)
{
	servers_stop(*state);
	curl_global_cleanup();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_every_allocation_that_fails),
		cmocka_unit_test(says_when_there_is_no_memory_for_a_file),
		cmocka_unit_test(says_when_there_is_no_memory_for_a_file_beside),
	};

	return cmocka_run_group_tests_name("fetch, memory", tests, start_all, stop_all);
}
