/* The command line. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tools/uxm/settings.h"

#define WORDS_MOST 100
#define PIN        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define DIGEST     "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

/* Splits the line at blanks; the words live until the next call. */
static bool read_line(const char *line, struct options *options, struct uxm_failure *why)
{
	static char copy[8192];
	static char program[] = "uxm";
	char *words[WORDS_MOST + 1] = {program};
	int count = 1;
	char *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL && count < WORDS_MOST;
	     word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	why->text[0] = '\0';
	return options_read(count, words, options, why);
}

static void every_option_of_the_server_is_read(void **state)
{
	struct options options;
	struct uxm_failure why;

	(void)state;
	assert_true(read_line("update --ca-file ca.pem --ca-directory /cas --cert c.pem "
			      "--cert-key=k.pem --pin " PIN ";" PIN " --netrc n --mac "
			      "00:04:13:AA:BB:CC --defaults d.json --network-timeout 7 "
			      "--return-timeout 8 http://h/x",
			      &options, &why));
	assert_string_equal(options.trust.ca_file, "ca.pem");
	assert_string_equal(options.trust.ca_directory, "/cas");
	assert_string_equal(options.trust.certificate, "c.pem");
	assert_string_equal(options.trust.key, "k.pem");
	assert_string_equal(options.trust.pin, PIN ";" PIN);
	assert_string_equal(options.trust.netrc, "n");
	assert_string_equal(options.mac, "000413aabbcc");
	assert_string_equal(options.defaults_file, "d.json");
	assert_false(options.has_defaults);
	assert_int_equal(options.network_timeout, 7000);
	assert_int_equal(options.return_timeout, 8000);
	assert_string_equal(options.source, "http://h/x");
	assert_int_equal(options.job_fd, -1);
	assert_true(options_is_remote(&options));
}

static void every_option_of_the_image_is_read(void **state)
{
	struct options options;
	struct uxm_failure why;

	(void)state;
	assert_true(read_line("update - --name N --size 12 --override --allow-older --if-needed "
			      "--key a --key b --require-signature --sha256 " DIGEST
			      " --json --module-id 1209:0002 --module-id 1:2 --progress-fd 1",
			      &options, &why));
	assert_string_equal(options.name, "N");
	assert_int_equal(options.size, 12);
	assert_true(options.override && options.allow_older && options.if_needed);
	assert_true(options.require_signature && options.json && options.has_digest);
	assert_int_equal(options.digest[1], 0x11);
	assert_int_equal(options.digest[31], 0xff);
	assert_int_equal(options.key_count, 2);
	assert_string_equal(options.keys[1], "b");
	assert_int_equal(options.id_count, 2);
	assert_int_equal(options.progress_fd, 1);
	assert_false(options_is_remote(&options));
}

static void waiting_is_asked_for_and_goes_with_files_and_urls(void **state)
{
	struct options options;
	struct uxm_failure why;

	(void)state;
	assert_true(read_line("update x --wait", &options, &why));
	assert_true(options.wait);
	assert_true(read_line("update --wait http://h/x", &options, &why));
	assert_true(options.wait);
	assert_true(read_line("update x", &options, &why));
	assert_false(options.wait);
}

static void one_after_another_is_asked_for_and_neither_waits_nor_reads_standard_input(void **state)
{
	struct options options;
	struct uxm_failure why;

	(void)state;
	assert_true(read_line("update --each http://h/x", &options, &why));
	assert_true(options.each);
	assert_true(read_line("update x", &options, &why));
	assert_false(options.each);
	assert_false(read_line("update --each --wait x", &options, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "leave --wait out"));
	assert_true(read_line("update --serial A x", &options, &why));
	assert_string_equal(options.serial, "A");
	assert_false(read_line("update --serial A --each x", &options, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_false(read_line("update --serial A --wait x", &options, &why));
	assert_non_null(strstr(why.text, "leave --wait and --each out"));
	assert_false(read_line("update --each - --name n --size 1", &options, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "standard input (-)"));
}

static void nothing_is_set_that_was_not_asked_for(void **state)
{
	struct options options;
	struct options none;
	struct uxm_failure why;

	(void)state;
	assert_true(read_line("update x", &options, &why));
	options_init(&none);
	none.verb = OPTIONS_UPDATE;
	none.source = options.source;
	assert_memory_equal(&options, &none, sizeof(none));
}

static void a_job_is_read_from_an_open_descriptor_and_stands_alone(void **state)
{
	static const char *const beside[] = {
		"update --job 0 x",         "update x --job 0",
		"update --job 0 --json",    "update --override --job=0",
		"update --job 0 --job 0",   "update --job 0 --mac 000413aabbcc",
		"update --jo 0 --override",
	};
	struct options options;
	struct uxm_failure why;

	(void)state;
	assert_true(read_line("update --job 0", &options, &why));
	assert_int_equal(options.job_fd, 0);
	assert_true(read_line("update --job=0", &options, &why));
	assert_int_equal(options.job_fd, 0);
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		assert_false(read_line(beside[i], &options, &why));
		assert_int_equal(why.result, UXM_USAGE);
		assert_string_equal(why.text, "--job stands alone: all else is in the job.");
	}
	assert_false(read_line("update --job 61234", &options, &why));
	assert_non_null(strstr(why.text, "--job takes the number of an open descriptor"));
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *line;
		const char *words;
	} wrong[] = {
		{"", "'list', 'update', 'check' or 'image'"},
		{"frob", "not 'frob'"},
		{"update", "one URL, one file, or -"},
		{"update a b", "one URL, one file, or -"},
		{"update -", "--name FILE and --size N"},
		{"update - --name N", "--name FILE and --size N"},
		{"update - --size 3", "--name FILE and --size N"},
		{"update - --size 3 --name N --defaults d", "--defaults goes with"},
		{"update - --size 3 --name N --sha256-beside", "--sha256-beside goes"},
		{"update x --sha256-beside --sha256 " DIGEST, "--sha256-beside goes"},
		{"update - --size 3 --name N --wait", "--wait may have to read the image again"},
		{"update x --size 3", "--size goes with standard input"},
		{"update x --cert c", "--cert and --cert-key"},
		{"update x --cert-key c", "--cert and --cert-key"},
		{"update x --mac", "--mac needs a value"},
		{"update x --mac 1234", "--mac takes six pairs"},
		{"update x --ca-file= --json", "--ca-file must not be empty"},
		{"update x --sha256 12", "--sha256 takes 64"},
		{"update x --module-id zz", "--module-id takes two"},
		{"update x --size 0", "--size takes the number"},
		{"update x --size -1", "--size takes the number"},
		{"update x --size 1x", "--size takes the number"},
		{"update x --network-timeout 0", "--network-timeout takes seconds from 1 to 3600"},
		{"update x --network-timeout 3601", "--network-timeout takes seconds"},
		{"update x --return-timeout 1.5", "--return-timeout takes seconds"},
		{"update x --progress-fd 61234", "--progress-fd takes"},
		{"update x --pin /etc/passwd", "--pin takes sha256//"},
		{"update x --pin sha256//AAAA", "--pin takes sha256//"},
		{"update x --pin " PIN ";", "--pin takes sha256//"},
		{"update x --pin " PIN "A", "--pin takes sha256//"},
		{"update x --pin " PIN ",", "--pin takes sha256//"},
		{"update x -q", "-q is not an option"},
		{"update x --user me", "--user is not an option"},
		{"update x --user=me", "--user is not an option"},
		{"update x --user-agent \xC3\xBC", "--user-agent takes at most 511"},
		{"update x --setting-server u", "--setting-server is not an option"},
		{"list --mac 000413aabbcc", "--mac is not an option"},
		{"check", "--setting-server URL, --firmware-status URL"},
		{"check --firmware-status u x", "uxm check takes no 'x'"},
		{"check --firmware-status u --cert c", "--cert and --cert-key"},
		{"check --firmware-status u --override", "--override is not an option"},
		{"check --firmware-status u --job 0", "--job stands alone"},
		{"check --job 0 x", "--job stands alone"},
		{"list x", "takes no 'x'"},
		{"list --override", "--override is not an option"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct options options;
		struct uxm_failure why;

		assert_false(read_line(wrong[i].line, &options, &why));
		assert_int_equal(why.result, UXM_USAGE);
		if (strstr(why.text, wrong[i].words) == NULL)
			fail_msg("%s: %s", wrong[i].line, why.text);
	}
}

static void no_refusal_repeats_a_password(void **state)
{
	static const char *const lines[] = {
		"http://me:hunter2@host/x",          "list http://me:hunter2@host/x",
		"update --password=hunter2 x",       "update --user me:hunter2",
		"update http://me:hunter2@host/ x",  "update --json=hunter2 x",
		"update http://h/?k=hunter2 --nope", "list --key=hunter2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct options options;
		struct uxm_failure why;

		assert_false(read_line(lines[i], &options, &why));
		if (strstr(why.text, "hunter2") != NULL)
			fail_msg("%s: %s", lines[i], why.text);
	}
}

/* "update x" and so many times the option behind it. */
static bool read_repeated(const char *option, int times, struct options *options,
			  struct uxm_failure *why)
{
	char line[4096];
	int length = snprintf(line, sizeof(line), "update x");

	for (int i = 0; i < times; i++)
		length += snprintf(line + length, sizeof(line) - (size_t)length, " %s", option);
	return read_line(line, options, why);
}

static void too_many_keys_and_ids_are_refused(void **state)
{
	struct options options;
	struct uxm_failure why;

	(void)state;
	assert_true(read_repeated("--module-id 1:2", OPTIONS_IDS_MOST, &options, &why));
	assert_int_equal(options.id_count, OPTIONS_IDS_MOST);
	assert_false(read_repeated("--module-id 1:2", OPTIONS_IDS_MOST + 1, &options, &why));
	assert_non_null(strstr(why.text, "--module-id takes at most"));
	assert_true(read_repeated("--key a", UXM_KEYS_MOST, &options, &why));
	assert_int_equal(options.key_count, UXM_KEYS_MOST);
	assert_false(read_repeated("--key a", UXM_KEYS_MOST + 1, &options, &why));
	assert_non_null(strstr(why.text, "--key takes at most"));
}

static void the_help_names_every_option(void **state)
{
	const struct setting *setting;

	(void)state;
	for (size_t i = 0; (setting = setting_at(i)) != NULL; i++) {
		char option[40];

		if (setting->option == NULL)
			continue;
		snprintf(option, sizeof(option), "--%s ", setting->option);
		if (strstr(options_help(), option) == NULL)
			fail_msg("%s is not in the help", option);
	}
	assert_true(setting_at(0) != NULL && setting_at(1000) == NULL);
}

static void what_is_on_a_server_is_told_from_what_is_here(void **state)
{
	static const struct {
		const char *source;
		bool defaults;
		bool job;
		bool remote;
	} cases[] = {
		{"http://h/x", false, false, true}, {"tftp://h/x", false, false, true},
		{"x.bin", false, false, false},     {"./x.bin", false, false, false},
		{"x.bin", true, false, true},       {"-", false, false, false},
		{"-", true, false, false},          {"/etc/passwd", false, true, true},
		{"-", false, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct options options;

		options_init(&options);
		options.source = cases[i].source;
		options.has_defaults = cases[i].defaults;
		options.job_fd = cases[i].job ? 5 : -1;
		assert_int_equal(options_is_remote(&options), cases[i].remote);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_of_the_server_is_read),
		cmocka_unit_test(every_option_of_the_image_is_read),
		cmocka_unit_test(waiting_is_asked_for_and_goes_with_files_and_urls),
		cmocka_unit_test(
			one_after_another_is_asked_for_and_neither_waits_nor_reads_standard_input),
		cmocka_unit_test(nothing_is_set_that_was_not_asked_for),
		cmocka_unit_test(a_job_is_read_from_an_open_descriptor_and_stands_alone),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(no_refusal_repeats_a_password),
		cmocka_unit_test(too_many_keys_and_ids_are_refused),
		cmocka_unit_test(the_help_names_every_option),
		cmocka_unit_test(what_is_on_a_server_is_told_from_what_is_here),
	};

	return cmocka_run_group_tests_name("tools/options", tests, NULL, NULL);
}
