/* Which URL is fetched, and as whom. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tools/uxm/source.h"

#define MAC "000413aabbcc"

static const struct fetch_defaults stored = {
	.method = FETCH_METHOD_HTTPS,
	.server = "server",
	.user = "me",
	.password = "secret",
	.path = "fw/{mac}",
};

static void the_url_is_the_one_given_with_the_mac_in_it(void **state)
{
	static const struct {
		const char *source;
		bool defaults;
		const char *url;
		const char *user;
	} cases[] = {
		{"http://h/x.bin", false, "http://h/x.bin", ""},
		{"http://h/{mac}/x.bin", false, "http://h/" MAC "/x.bin", ""},
		{"https://h/{MAC}-{mac}.bin", false, "https://h/" MAC "-" MAC ".bin", ""},
		{"x.bin", true, "https://server/fw/" MAC "/x.bin", "me"},
		{"{mac}.bin", true, "https://server/fw/" MAC "/" MAC ".bin", "me"},
		{"http://h/x.bin", true, "http://h/x.bin", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct options options;
		struct fetch_access access;
		struct uxm_failure why;
		char url[FETCH_URL_TEXT];

		options_init(&options);
		options.source = cases[i].source;
		options.has_defaults = cases[i].defaults;
		options.defaults = stored;
		snprintf(options.mac, sizeof(options.mac), MAC);
		if (!source_url(&options, url, &access, &why))
			fail_msg("%s: %s", cases[i].source, why.text);
		assert_string_equal(url, cases[i].url);
		assert_string_equal(access.user, cases[i].user);
	}
}

static void a_base_url_has_the_mac_put_in_too(void **state)
{
	struct options options;
	struct fetch_access access;
	struct uxm_failure why;
	char url[FETCH_URL_TEXT];

	(void)state;
	options_init(&options);
	options.source = "x.bin";
	options.has_defaults = true;
	options.defaults = stored;
	options.defaults.base_url = "https://h/{mac}/";
	snprintf(options.mac, sizeof(options.mac), MAC);
	assert_true(source_url(&options, url, &access, &why));
	assert_string_equal(url, "https://h/" MAC "/x.bin");
}

static void without_a_mac_a_url_that_needs_one_is_refused(void **state)
{
	static const char *const sources[] = {"http://h/{mac}/x.bin", "x.bin", "{mac}.bin"};

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct options options;
		struct fetch_access access;
		struct uxm_failure why;
		char url[FETCH_URL_TEXT];

		options_init(&options);
		options.source = sources[i];
		options.has_defaults = i > 0;
		options.defaults = stored;
		assert_false(source_url(&options, url, &access, &why));
		assert_int_equal(why.result, UXM_USAGE);
		assert_non_null(strstr(why.text, "MAC"));
		assert_null(strstr(why.text, "secret"));
	}
}

static void other_schemes_are_refused_by_name(void **state)
{
	static const char *const urls[] = {"tftp://h/x",       "file:///etc/passwd", "sftp://h/x",
					   "scp://h/x",        "gopher://h/x",       "dict://h/x",
					   "smb://h/x",        "telnet://h/x",       "ldap://h/x",
					   "smtp://u:secret@h"};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct options options;
		struct fetch_access access;
		struct uxm_failure why;
		char url[FETCH_URL_TEXT];
		char scheme[16];

		options_init(&options);
		options.source = urls[i];
		assert_false(source_url(&options, url, &access, &why));
		assert_int_equal(why.result, UXM_USAGE);
		snprintf(scheme, sizeof(scheme), "not %.*s", (int)strcspn(urls[i], ":"), urls[i]);
		if (strstr(why.text, scheme) == NULL || strstr(why.text, "secret") != NULL)
			fail_msg("%s: %s", urls[i], why.text);
	}
}

static void a_job_never_reads_a_file_of_this_machine(void **state)
{
	static const char *const urls[] = {"/etc/passwd", "-", "x.bin", "file:///etc/passwd"};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct options options;
		struct source source = {.fetch = NULL};
		struct wait wait = {.signal_fd = -1};
		const struct uxm_deadlines deadlines = UXM_DEADLINES;
		struct uxm_failure why;

		options_init(&options);
		options.job_fd = 5;
		options.source = urls[i];
		assert_false(source_init(&source, &options, &deadlines, NULL, &wait, &why));
		assert_int_equal(why.result, UXM_USAGE);
		assert_null(source.file);
		source_release(&source);
	}
}

static void who_asks_for_a_url_of_a_job_is_the_jobs_user(void **state)
{
	struct options options;
	struct fetch_access access;
	struct uxm_failure why;
	char url[FETCH_URL_TEXT];

	(void)state;
	options_init(&options);
	options.job_fd = 5;
	options.source = "http://h/x";
	snprintf(options.access.user, sizeof(options.access.user), "me");
	snprintf(options.access.password, sizeof(options.access.password), "secret");
	assert_true(source_url(&options, url, &access, &why));
	assert_string_equal(access.user, "me");
	assert_string_equal(access.password, "secret");
	assert_null(strstr(url, "secret"));
}

/* What was meant to be a URL may hold a password, and is taken for a file. */
static void a_mistyped_url_is_shown_without_its_user(void **state)
{
	static const char *const locations[] = {
		"http:/me:Hush@h/x.bin", "me:Hush@h/x.bin",           "ftp:me:Hush@h/x.bin",
		"//me:Hush@h/x.bin",     "http://me:12/Hush@h/x.bin",
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(locations) / sizeof(locations[0]); i++) {
		const char *location = locations[i / 2];
		struct fetch_file *file = NULL;
		struct options options;
		struct uxm_failure why;
		struct uxm_name name;
		uint64_t size;

		options_init(&options);
		options.source = i % 2 == 0 ? location : "http://h/x.bin";
		options.name = i % 2 == 0 ? NULL : location;
		assert_false(source_name(&options, &name, &why));
		if (strstr(why.text, "Hush") != NULL || strstr(why.text, "x.bin") == NULL)
			fail_msg("%s", why.text);
		assert_true(fetch_file_new(location, 0, &file, &why));
		assert_int_equal(fetch_file_image(file).ops->open(file, &size, &why),
				 UXM_IO_FAILED);
		if (strstr(why.text, "Hush") != NULL || strstr(why.text, "x.bin") == NULL)
			fail_msg("%s", why.text);
		fetch_file_free(file);
	}
}

static void says_whence_an_image_comes_that_no_server_sends(void **state)
{
	static const char *const senders[] = {"Standard input", "The uploaded file"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct uxm_deadlines deadlines = UXM_DEADLINES;
		struct source source = {.has_digest = false};
		struct wait wait = {.signal_fd = -1};
		struct uxm_failure why;
		struct options options;

		options_init(&options);
		options.source = "-";
		options.size = 7;
		options.job_upload = i == 0 ? NULL : "snomD7C-1.6.1-r.bin";
		assert_true(source_init(&source, &options, &deadlines, NULL, &wait, &why));
		assert_string_equal(source_image(&source).sender, senders[i]);
		source_release(&source);
	}
}

static void count_told(void *self, const struct uxm_progress *progress)
{
	unsigned *count = self;

	(void)progress;
	(*count)++;
}

/* Counted by what is read alone, a slow upload of what the module has already was a server that
 * stalls, and a job without a word. */
static void what_is_passed_over_counts_as_come_and_is_told(void **state)
{
	static const uint8_t bytes[6000];
	const struct uxm_deadlines deadlines = UXM_DEADLINES;
	struct uxm_update update = {.begun = false};
	struct wait wait = {.signal_fd = -1};
	struct source source = {.fetch = NULL};
	struct options options;
	struct uxm_failure why;
	struct uxm_image image;
	int before = dup(STDIN_FILENO);
	unsigned told = 0;
	uint8_t byte;
	uint64_t size;
	size_t got;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	options_init(&options);
	options.source = "-";
	options.size = 20000;
	update.teller.watch = (struct uxm_watch){.tell = count_told, .self = &told};
	assert_true(source_init(&source, &options, &deadlines, &update, &wait, &why));
	image = source_image(&source);
	assert_int_equal(image.ops->open(image.self, &size, &why), UXM_IO_OK);
	assert_int_equal(image.ops->seek(image.self, 10000, &why), UXM_IO_OK);
	assert_int_equal(image.ops->read(image.self, &byte, 1, &got, &why), UXM_IO_AGAIN);
	wait.woke(wait.self);
	assert_int_equal(update.send.server_bytes, 0);
	assert_int_equal(told, 0);
	assert_int_equal(write(ends[1], bytes, sizeof(bytes)), sizeof(bytes));
	for (unsigned times = 0; times < 2; times++) {
		assert_int_equal(image.ops->read(image.self, &byte, 1, &got, &why), UXM_IO_AGAIN);
		wait.woke(wait.self);
		assert_int_equal(update.send.server_bytes, sizeof(bytes));
		assert_int_equal(told, 1);
	}
	source_release(&source);
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_url_is_the_one_given_with_the_mac_in_it),
		cmocka_unit_test(a_base_url_has_the_mac_put_in_too),
		cmocka_unit_test(without_a_mac_a_url_that_needs_one_is_refused),
		cmocka_unit_test(other_schemes_are_refused_by_name),
		cmocka_unit_test(a_mistyped_url_is_shown_without_its_user),
		cmocka_unit_test(a_job_never_reads_a_file_of_this_machine),
		cmocka_unit_test(what_is_passed_over_counts_as_come_and_is_told),
		cmocka_unit_test(who_asks_for_a_url_of_a_job_is_the_jobs_user),
		cmocka_unit_test(says_whence_an_image_comes_that_no_server_sends),
	};

	return cmocka_run_group_tests_name("tools/source", tests, NULL, NULL);
}
