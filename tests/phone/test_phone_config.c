/* phone/config.c, store.c, certificate.c and listener.c: what an installation says of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "phone/certificate.h"
#include "phone/config.h"
#include "phone/listener.h"
#include "phone/store.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct folder folder;
static struct config config;
static struct uxm_failure why;

static int make(void **state)
{
	(void)state;
	folder_make(&folder);
	memset(&config, 0, sizeof(config));
	return 0;
}

static int clear(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

/* With these words behind uxmd's name, and this text in its file (NULL: no file). */
static bool read_with(const char *file, const char *const *words)
{
	static char texts[8][300] = {"uxmd"};
	char *arguments[8] = {texts[0]};
	int count = 1;

	if (file != NULL)
		folder_put(&folder, "uxmd.conf", file);
	for (; words[count - 1] != NULL; count++) {
		snprintf(texts[count], sizeof(texts[0]), "%s", words[count - 1]);
		arguments[count] = texts[count];
	}
	return config_read(&config, count, arguments, folder_at(&folder, "uxmd.conf"), &why);
}
#define READ(file, ...) read_with((file), (const char *const[]){__VA_ARGS__, NULL})

static void all_has_its_default_where_nothing_is_said(void **state)
{
	static const char end[] = "/uxm";
	const char *uxm = config.text[CONFIG_UXM];

	(void)state;
	assert_true(READ(NULL, NULL));
	assert_int_equal(config.verb, CONFIG_RUN);
	assert_int_equal(config_port(&config), 80);
	assert_string_equal(config.text[CONFIG_ADDRESS], "");
	assert_string_equal(config.text[CONFIG_STATE], "/var/lib/uxmd");
	assert_string_equal(config.text[CONFIG_LED_FOLDER], "/sys/class/leds");
	assert_string_equal(config.text[CONFIG_PHONE_UPDATE], "");
	assert_string_equal(config.text[CONFIG_SYSLOG], "off");
	assert_true(uxm[0] == '/' && strlen(uxm) > strlen(end));
	assert_string_equal(uxm + strlen(uxm) - strlen(end), end);
}

static void the_port_of_https_is_443(void **state)
{
	(void)state;
	assert_true(READ("certificate = /c.pem\nkey = /k.pem\n", NULL));
	assert_int_equal(config_port(&config), 443);
	assert_true(READ(NULL, "--port", "8443"));
	assert_int_equal(config_port(&config), 8443);
}

static void the_file_has_a_value_a_line_and_the_command_line_goes_before_it(void **state)
{
	(void)state;
	assert_true(READ("# a remark\n\n  port=8080\t\r\nphone-type = D865 with = in it\n"
			 "address = ::1\nphone-version = 10.1.64.14",
			 "--port=9", "--mac", "00:04:13:AA:bb:CC"));
	assert_int_equal(config_port(&config), 9);
	assert_string_equal(config.text[CONFIG_PHONE_TYPE], "D865 with = in it");
	assert_string_equal(config.text[CONFIG_ADDRESS], "::1");
	assert_string_equal(config.text[CONFIG_PHONE_VERSION], "10.1.64.14");
	assert_string_equal(config.text[CONFIG_MAC], "000413aabbcc");
}

static void every_right_value_is_taken(void **state)
{
	static const char *const rows[][2] = {
		{"--port", "0"},
		{"--port", "65535"},
		{"--address", "192.0.2.1"},
		{"--address", "2001:db8::1"},
		{"--name", "phone-7.example.org"},
		{"--state", "/s"},
		{"--phone-version", "11"},
		{"--mac", "000413AABBCC"},
		{"--mac", "00-04-13-aa-bb-cc"},
		{"--uxm", "/opt/uxm"},
		{"--module-ids", "1209:0001"},
		{"--module-ids", "1209:0001 aBcD:Ef01"},
		{"--syslog", "on"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (!READ(NULL, rows[i][0], rows[i][1]))
			fail_msg("%s %s: %s", rows[i][0], rows[i][1], why.text);
	}
}

static void every_wrong_value_is_one_sentence_that_names_it(void **state)
{
	static const struct {
		const char *option;
		const char *value;
		const char *wanted;
	} rows[] = {
		{"--port", "65536", "from 0 to 65535"},
		{"--port", "-1", "from 0 to 65535"},
		{"--port", "", "from 0 to 65535"},
		{"--port", "80x", "from 0 to 65535"},
		{"--port", "000080", "from 0 to 65535"},
		{"--address", "localhost", "IPv4 or IPv6"},
		{"--address", "1.2.3", "IPv4 or IPv6"},
		{"--name", "a b", "host's name"},
		{"--name", ".a", "host's name"},
		{"--name", "a:80", "host's name"},
		{"--state", "relative", "begins with '/'"},
		{"--certificate", "c.pem", "begins with '/'"},
		{"--phone-type", "a\nb", "control characters"},
		{"--phone-version", "10.1.x", "10.1.64.14"},
		{"--phone-version", "1.2.3.4.5", "10.1.64.14"},
		{"--mac", "000413aabbc", "twelve"},
		{"--mac", "000413aabbccd", "twelve"},
		{"--mac", "00:04:13:aa:bb-cc", "twelve"},
		{"--mac", "00.04.13.aa.bb.cc", "twelve"},
		{"--mac", "00:0413aabbcc", "twelve"},
		{"--mac", "0", "twelve"},
		{"--mac", "", "twelve"},
		{"--module-ids", "1209", "1209:0001"},
		{"--module-ids", "1209:001 ", "1209:0001"},
		{"--module-ids", "1209:0001,1209:0002", "1209:0001"},
		{"--module-ids", "1209:00012", "1209:0001"},
		{"--module-ids", "1209:00011209:0002", "1209:0001"},
		{"--module-ids", "", "1209:0001"},
		{"--syslog", "yes", "on or off"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (READ(NULL, rows[i].option, rows[i].value))
			fail_msg("%s '%s' was taken", rows[i].option, rows[i].value);
		assert_int_equal(why.result, UXM_USAGE);
		assert_non_null(strstr(why.text, rows[i].option));
		if (strstr(why.text, rows[i].wanted) == NULL)
			fail_msg("%s '%s': %s", rows[i].option, rows[i].value, why.text);
	}
}

static void a_wrong_line_is_named_by_its_number(void **state)
{
	static const struct {
		const char *text;
		const char *said;
	} rows[] = {
		{"port = 80\nport 80\n", "Line 2 of "},
		{"\n\nprot = 80\n", "Line 3 of "},
		{"port = eighty\n", "'eighty' is not what port takes"},
		{"port =\n", "Line 1 of "},
		{"config = /x\n", "names 'config', which uxmd does not know"},
		{"address = ::1 # a remark\n", "'::1 # a remark' is not what address takes"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_false(READ(rows[i].text, NULL));
		assert_int_equal(why.result, UXM_USAGE);
		if (strstr(why.text, rows[i].said) == NULL)
			fail_msg("%s: %s", rows[i].text, why.text);
	}
}

static void a_wrong_command_line_is_refused_and_nothing_is_set(void **state)
{
	(void)state;
	config.verb = CONFIG_VERSION;
	assert_false(READ(NULL, "--prot", "80"));
	assert_non_null(strstr(why.text, "no option --prot"));
	assert_false(READ(NULL, "serve"));
	assert_false(READ(NULL, "-p", "80"));
	assert_false(READ(NULL, "--"));
	assert_false(READ(NULL, "--port"));
	assert_non_null(strstr(why.text, "--port needs a value"));
	assert_false(READ(NULL, "--certificate", "/c.pem"));
	assert_non_null(strstr(why.text, "go together"));
	assert_false(READ(NULL, "--key", "/k.pem"));
	assert_int_equal(why.result, UXM_USAGE);
	assert_int_equal(config.verb, CONFIG_VERSION);
}

static void a_file_that_is_named_must_be_there(void **state)
{
	char other[300];

	(void)state;
	snprintf(other, sizeof(other), "%s", folder_at(&folder, "other.conf"));
	assert_false(READ("port = 1\n", "--config", other));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, other));
	folder_put(&folder, "other.conf", "port = 2\n");
	assert_true(READ("port = 1\n", "--config", other));
	assert_int_equal(config_port(&config), 2);
	assert_false(READ(NULL, "--config", folder.path));
	assert_int_equal(why.result, UXM_USAGE);
}

static void help_and_version_look_at_nothing_else(void **state)
{
	char help[4096];

	(void)state;
	assert_true(READ("nonsense", "--help"));
	assert_int_equal(config.verb, CONFIG_HELP);
	assert_true(READ("nonsense", "--port", "1", "--version"));
	assert_int_equal(config.verb, CONFIG_VERSION);
	config_help(help, sizeof(help));
	assert_non_null(strstr(help, "--syslog on|off"));
	assert_non_null(strstr(help, "begins with '/'"));
	assert_true(strlen(help) < sizeof(help) - 1);
	assert_int_equal(strlen(config_help(help, 100)), 99);
}

static void a_state_folder_has_one_user_at_a_time(void **state)
{
	struct store store = {.lock = -1};
	struct store other = {.lock = -1};
	char path[300];
	struct stat about;

	(void)state;
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "state"));
	assert_true(store_open(&store, path, &why));
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0700);
	assert_false(store_open(&other, path, &why));
	assert_int_equal(why.result, UXM_BUSY);
	assert_int_equal(other.lock, -1);
	store_close(&store);
	assert_true(store_open(&other, path, &why));
	store_close(&other);
	rmdir(path);
	folder_put(&folder, "file", "");
	assert_false(store_open(&other, folder_at(&folder, "file"), &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_false(store_open(&other, folder_at(&folder, "none/state"), &why));
	assert_int_equal(why.result, UXM_USAGE);
}

#define FILE_OF(settings) "<settings><phone-settings>" settings "</phone-settings></settings>"

static void settings_that_cannot_be_read_stay_as_they_are(void **state)
{
	struct phone_settings *settings = phone_settings_new();
	struct store store = {.lock = -1};
	char *kept;

	(void)state;
	assert_non_null(settings);
	assert_true(store_open(&store, folder.path, &why));
	folder_put(&folder, "settings.xml", FILE_OF("<http_user>me</http_user>"));
	assert_true(store_load(&store, settings, "1209:0009", false, NULL, &why));
	assert_string_equal(phone_settings_text(settings, PHONE_HTTP_USER), "me");
	assert_string_equal(phone_settings_text(settings, PHONE_UXM_MODULE_IDS), "1209:0009");
	folder_put(&folder, "settings.xml", "<settings>");
	assert_true(store_load(&store, settings, "1209:0009", true, NULL, &why));
	assert_string_equal(phone_settings_text(settings, PHONE_HTTP_USER), "me");
	assert_true(folder_holds(&folder, "settings.xml.bad", "<settings>"));
	kept = folder_get(&folder, "settings.xml");
	assert_non_null(kept);
	assert_non_null(strstr(kept, ">me</http_user>"));
	assert_null(strstr(kept, "1209:0009"));
	free(kept);
	/* At the start there is nothing to keep. */
	folder_put(&folder, "settings.xml", "<settings>");
	assert_true(store_load(&store, settings, "", false, NULL, &why));
	assert_null(folder_get(&folder, "settings.xml"));
	/* And a file that is gone is one of defaults. */
	assert_true(store_load(&store, settings, "", true, NULL, &why));
	assert_string_equal(phone_settings_text(settings, PHONE_HTTP_USER), "");
	store_close(&store);
	phone_settings_free(settings);
}

static void a_file_that_somebody_edited_is_not_written_over(void **state)
{
	struct phone_settings *settings = phone_settings_new();
	struct store store = {.lock = -1};

	(void)state;
	assert_non_null(settings);
	assert_true(store_open(&store, folder.path, &why));
	assert_true(store_load(&store, settings, "", false, NULL, &why));
	assert_false(store_is_edited(&store));
	assert_true(store_save(&store, settings, &why));
	assert_true(store_save(&store, settings, &why));
	assert_false(store_is_edited(&store));
	folder_put(&folder, "settings.xml", FILE_OF("<led>a</led>"));
	assert_true(store_is_edited(&store));
	assert_false(store_save(&store, settings, &why));
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_non_null(strstr(why.text, "settings.xml was edited and could not be read, so "
					 "nothing was saved; mend or remove it"));
	assert_true(folder_holds(&folder, "settings.xml", FILE_OF("<led>a</led>")));
	assert_true(store_load(&store, settings, "", true, NULL, &why));
	assert_string_equal(phone_settings_text(settings, PHONE_LED), "a");
	assert_true(store_save(&store, settings, &why));
	/* One that cannot be read, nor be set aside. */
	assert_int_equal(mkdir(folder_at(&folder, "settings.xml.bad"), 0700), 0);
	folder_put(&folder, "settings.xml", "<settings>");
	assert_true(store_load(&store, settings, "", true, NULL, &why));
	assert_false(store_save(&store, settings, &why));
	assert_true(folder_holds(&folder, "settings.xml", "<settings>"));
	assert_int_equal(rmdir(folder_at(&folder, "settings.xml.bad")), 0);
	/* One that is gone holds nothing. */
	assert_int_equal(unlink(folder_at(&folder, "settings.xml")), 0);
	assert_false(store_is_edited(&store));
	assert_true(store_save(&store, settings, &why));
	assert_false(store_is_edited(&store));
	store_close(&store);
	phone_settings_free(settings);
}

static void certificate_and_key_must_both_be_there(void **state)
{
	struct certificate certificate = {.chain = NULL};
	char path[300];

	(void)state;
	folder_put(&folder, "c.pem", "C");
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "c.pem"));
	assert_false(certificate_read(&certificate, path, folder_at(&folder, "k.pem"), &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "k.pem"));
	assert_null(certificate.chain);
	assert_false(certificate_read(&certificate, folder.path, path, &why));
	assert_int_equal(why.result, UXM_USAGE);
	folder_put(&folder, "k.pem", "K");
	assert_true(certificate_read(&certificate, path, folder_at(&folder, "k.pem"), &why));
	assert_string_equal(certificate.chain, "C");
	assert_string_equal(certificate.key, "K");
	certificate_forget(&certificate);
	certificate_forget(&certificate);
	assert_null(certificate.key);
}

static void listens_where_it_is_told_and_says_where(void **state)
{
	char shown[LISTENER_TEXT] = "";
	int listener = listener_open("127.0.0.1", 0, shown, &why);
	static const char before[] = "127.0.0.1:";
	unsigned long port;
	int other;

	(void)state;
	assert_true(listener >= 0);
	assert_memory_equal(shown, before, strlen(before));
	port = strtoul(shown + strlen(before), NULL, 10);
	assert_true(port > 0 && port <= UINT16_MAX);
	other = listener_open("127.0.0.1", (uint16_t)port, shown, &why);
	assert_int_equal(other, -1);
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_non_null(strstr(why.text, "is in use"));
	close(listener);
	assert_int_equal(listener_open("192.0.2.1", 0, shown, &why), -1);
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_non_null(strstr(why.text, "192.0.2.1"));
	listener = listener_open("", 0, shown, &why);
	assert_true(listener >= 0);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
		TEST(all_has_its_default_where_nothing_is_said),
		TEST(the_port_of_https_is_443),
		TEST(the_file_has_a_value_a_line_and_the_command_line_goes_before_it),
		TEST(every_right_value_is_taken),
		TEST(every_wrong_value_is_one_sentence_that_names_it),
		TEST(a_wrong_line_is_named_by_its_number),
		TEST(a_wrong_command_line_is_refused_and_nothing_is_set),
		TEST(a_file_that_is_named_must_be_there),
		TEST(help_and_version_look_at_nothing_else),
		TEST(a_state_folder_has_one_user_at_a_time),
		TEST(settings_that_cannot_be_read_stay_as_they_are),
		TEST(a_file_that_somebody_edited_is_not_written_over),
		TEST(certificate_and_key_must_both_be_there),
		TEST(listens_where_it_is_told_and_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
