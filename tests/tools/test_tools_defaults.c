/* Stored download defaults out of files. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tools/uxm/defaults.h"
#include "tools/uxm/document.h"

#define SECRET "hunter2"

static char path[] = "/tmp/uxm-defaults-XXXXXX";

static int make_file(void **state)
{
	int descriptor = mkstemp(path);

	(void)state;
	close(descriptor);
	return descriptor >= 0 ? 0 : -1;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void put(const char *text, mode_t mode)
{
	int descriptor = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(descriptor, mode), 0);
	close(descriptor);
}

static void a_file_of_defaults_is_read(void **state)
{
	struct fetch_defaults defaults;
	struct uxm_failure why;
	cJSON *object = NULL;
	bool exposed = true;

	(void)state;
	put("{\"method\": \"http\", \"server\": \"s\", \"port\": 8080, \"path\": \"fw/{mac}\"}",
	    0644);
	assert_true(defaults_read(path, &object, &defaults, &exposed, &why));
	assert_int_equal(defaults.method, FETCH_METHOD_HTTP);
	assert_string_equal(defaults.server, "s");
	assert_int_equal(defaults.port, 8080);
	assert_string_equal(defaults.path, "fw/{mac}");
	assert_null(defaults.user);
	assert_false(exposed);
	document_forget(object);
}

static void without_a_method_it_is_ftp(void **state)
{
	struct fetch_defaults defaults = {.port = 5};
	struct uxm_failure why;
	cJSON *object = NULL;
	bool exposed;

	(void)state;
	put("{}", 0600);
	assert_true(defaults_read(path, &object, &defaults, &exposed, &why));
	assert_int_equal(defaults.method, FETCH_METHOD_FTP);
	assert_int_equal(defaults.port, 0);
	assert_null(defaults.server);
	document_forget(object);
}

static void a_secret_that_others_may_read_is_told(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		bool exposed;
	} cases[] = {
		{"{\"user\":\"u\",\"password\":\"" SECRET "\"}", 0600, false},
		{"{\"user\":\"u\",\"password\":\"" SECRET "\"}", 0640, true},
		{"{\"user\":\"u\",\"password\":\"" SECRET "\"}", 0604, true},
		{"{\"user\":\"u\",\"password\":\"\"}", 0644, false},
		{"{\"account\":\"" SECRET "\"}", 0644, true},
		{"{\"base_url\":\"http://u:" SECRET "@h/\"}", 0644, true},
		{"{\"base_url\":\"http://h/\"}", 0644, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fetch_defaults defaults;
		struct uxm_failure why;
		cJSON *object = NULL;
		bool exposed = !cases[i].exposed;

		put(cases[i].text, cases[i].mode);
		assert_true(defaults_read(path, &object, &defaults, &exposed, &why));
		assert_int_equal(exposed, cases[i].exposed);
		document_forget(object);
	}
}

static void what_is_wrong_is_refused_by_the_name_of_its_key(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} wrong[] = {
		{"", "is not one JSON object"},
		{"[]", "is not one JSON object"},
		{"{\"password\":\"" SECRET, "is not one JSON object"},
		{"{\"method\":\"tftp\"}", "\"method\" must be ftp, ftps, http or https"},
		{"{\"method\":1}", "\"method\" must be ftp, ftps, http or https"},
		{"{\"port\":65536}", "\"port\" must be a number from 0 to 65535"},
		{"{\"port\":-1}", "\"port\" must be"},
		{"{\"port\":80.5}", "\"port\" must be"},
		{"{\"port\":\"80\"}", "\"port\" must be"},
		{"{\"server\":1}", "\"server\" must be a text"},
		{"{\"password\":12345}", "\"password\" must be a text"},
		{"{\"user\":null}", "\"user\" must be a text"},
		{"{\"Path\":\"x\"}", "\"Path\" is unknown"},
		{"{\"user\":\"a\",\"user\":\"b\"}", "\"user\" is there twice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct fetch_defaults defaults = {.port = 77};
		struct uxm_failure why;
		cJSON *object = NULL;
		bool exposed = true;

		put(wrong[i].text, 0600);
		assert_false(defaults_read(path, &object, &defaults, &exposed, &why));
		assert_int_equal(why.result, UXM_USAGE);
		if (strstr(why.text, wrong[i].words) == NULL || strstr(why.text, path) == NULL ||
		    strstr(why.text, SECRET) != NULL)
			fail_msg("%s: %s", wrong[i].text, why.text);
		assert_int_equal(defaults.port, 77);
		assert_null(object);
		assert_true(exposed);
	}
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	struct fetch_defaults defaults;
	struct uxm_failure why;
	cJSON *object = NULL;
	bool exposed;

	(void)state;
	assert_false(defaults_read("/nowhere/d.json", &object, &defaults, &exposed, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_string_equal(
		why.text,
		"The file of defaults /nowhere/d.json cannot be read: No such file or directory.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_defaults_is_read),
		cmocka_unit_test(without_a_method_it_is_ftp),
		cmocka_unit_test(a_secret_that_others_may_read_is_told),
		cmocka_unit_test(what_is_wrong_is_refused_by_the_name_of_its_key),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests_name("tools/defaults", tests, make_file, remove_file);
}
