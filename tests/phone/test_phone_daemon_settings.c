/* phone/daemon.c: the settings file of uxmd, read and edited while it runs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "uxmd_scene.h"

static void sighup_reads_the_settings_and_lists_the_modules_again(void **state)
{
	(void)state;
	START(NULL);
	uxmd_wait_served();
	assert_non_null(strstr(uxmd_ask("GET /info.htm", ""), "200 OK"));
	folder_put(&folder, "settings.xml",
		   "<settings><phone-settings><http_user>u</http_user><http_pass>p</http_pass>"
		   "</phone-settings></settings>");
	folder_put(&folder, "modules", "");
	assert_int_equal(kill(uxmd.process, SIGHUP), 0);
	assert_true(uxmd_hear("0 expansion modules."));
	assert_non_null(strstr(uxmd_ask("GET /info.htm", ""), "401 Unauthorized"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void a_file_that_settings_name_and_that_is_not_there_is_said_in_the_log(void **state)
{
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text),
		 "<settings><phone-settings><uxm_keys>%s  /none/a.pem /none/b.pem</uxm_keys>"
		 "<uxm_ca_file>/none/of authorities.pem</uxm_ca_file></phone-settings></settings>",
		 program);
	folder_put(&folder, "settings.xml", text);
	START(NULL);
	uxmd_wait_served();
	assert_non_null(strstr(uxmd.log, "uxm_keys names /none/a.pem, which cannot be read: No "
					 "such file"));
	assert_non_null(strstr(uxmd.log, "uxm_keys names /none/b.pem, which"));
	assert_non_null(strstr(uxmd.log, "uxm_ca_file names /none/of authorities.pem, which"));
	assert_null(strstr(uxmd.log, program));
	/* And when one is another now. */
	folder_put(&folder, "settings.xml",
		   "<settings><phone-settings><uxm_ca_file>/none/new.pem</uxm_ca_file>"
		   "</phone-settings></settings>");
	assert_int_equal(kill(uxmd.process, SIGHUP), 0);
	assert_true(uxmd_hear("uxm_ca_file names /none/new.pem, which cannot be read"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

/* Whether the settings file holds each of these. */
static void assert_kept(const char *const *parts)
{
	char *text = folder_get(&folder, "settings.xml");

	assert_non_null(text);
	for (; *parts != NULL; parts++) {
		if (strstr(text, *parts) == NULL)
			fail_msg("no %s: %s", *parts, text);
	}
	free(text);
}
#define KEPT(...) assert_kept((const char *const[]){__VA_ARGS__, NULL})

#define EDITED                                                                                     \
	"<settings><phone-settings><uxm_require_signature>on</uxm_require_signature>"              \
	"<http_user>theirs</http_user></phone-settings></settings>"

static void a_broken_file_at_sighup_leaves_in_force_what_was_and_the_log_says_so(void **state)
{
	(void)state;
	folder_put(&folder, "settings.xml", EDITED);
	START(NULL);
	uxmd_wait_served();
	folder_put(&folder, "settings.xml", "<settings><phone");
	assert_int_equal(kill(uxmd.process, SIGHUP), 0);
	assert_true(uxmd_hear(": line 1"));
	assert_non_null(strstr(uxmd.log, "settings.xml.bad; what was in force stays: line 1"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	KEPT(">theirs</http_user>");
}

static void a_user_with_a_colon_is_said_in_the_log_and_sets_no_file_aside(void **state)
{
	(void)state;
	folder_put(&folder, "settings.xml",
		   "<settings><phone-settings><http_user>a:b</http_user><http_pass>p</http_pass>"
		   "</phone-settings></settings>");
	START(NULL);
	uxmd_wait_served();
	assert_non_null(strstr(uxmd.log, "http_user holds a colon, so nobody can log in with it; "
					 "set another one in "));
	assert_null(strstr(uxmd.log, "set aside"));
	assert_non_null(strstr(uxmd_ask("GET /info.htm", ""), "401 Unauthorized"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void an_unreadable_settings_file_is_set_aside(void **state)
{
	(void)state;
	folder_put(&folder, "settings.xml", "<settings><phone");
	START(NULL);
	uxmd_wait_served();
	assert_non_null(strstr(uxmd.log, "settings.xml.bad; the defaults are used"));
	assert_true(folder_holds(&folder, "settings.xml.bad", "<settings><phone"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

#define NAMES_NEW                                                                                  \
	"<settings><phone-settings><uxm_ca_file>/none/new.pem</uxm_ca_file></phone-settings>"      \
	"</settings>"

static void without_descriptors_sighup_leaves_the_file_and_what_is_in_force(void **state)
{
	struct rlimit before;
	struct rlimit none;

	(void)state;
	folder_put(&folder, "settings.xml", EDITED);
	START(NULL);
	uxmd_wait_served();
	folder_put(&folder, "settings.xml", NAMES_NEW);
	assert_int_equal(prlimit(uxmd.process, RLIMIT_NOFILE, NULL, &before), 0);
	none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
	assert_int_equal(prlimit(uxmd.process, RLIMIT_NOFILE, &none, NULL), 0);
	assert_int_equal(kill(uxmd.process, SIGHUP), 0);
	assert_true(uxmd_hear("settings.xml cannot be read: Too many open files. What was in force "
			      "stays."));
	assert_true(folder_holds(&folder, "settings.xml", NAMES_NEW));
	assert_int_equal(access(folder_at(&folder, "settings.xml.bad"), F_OK), -1);
	/* Once it can be read it counts. */
	assert_int_equal(prlimit(uxmd.process, RLIMIT_NOFILE, &before, NULL), 0);
	assert_int_equal(kill(uxmd.process, SIGHUP), 0);
	assert_true(uxmd_hear("uxm_ca_file names /none/new.pem"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void an_edit_counts_when_a_page_saves_before_sighup(void **state)
{
	(void)state;
	START(NULL);
	uxmd_wait_served();
	assert_non_null(
		strstr(uxmd_ask("GET /settings.htm?settings=save&http_user=me", ""), "200 OK"));
	assert_null(strstr(uxmd.log, "was edited"));
	folder_put(&folder, "settings.xml", EDITED);
	folder_put(&folder, "modules", "");
	assert_non_null(strstr(uxmd_ask("GET /settings.htm?settings=save&firmware_interval=60", ""),
			       "200 OK"));
	KEPT(">on</uxm_require_signature>", ">theirs</http_user>", ">60</firmware_interval>");
	assert_true(uxmd_hear("settings.xml was edited: it is read before it is written"));
	/* The rest of what SIGHUP does follows. */
	assert_true(uxmd_hear("0 expansion modules."));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void an_edit_counts_when_an_update_ends_before_sighup(void **state)
{
	char *order;

	(void)state;
	START(NULL);
	uxmd_wait_served();
	folder_put(&folder, "settings.xml", EDITED);
	uxmd_load("echo '" MODULE(
		"1.6.1") "' | grep . >modules\necho '{\"event\":\"result\","
			 "\"code\":0,\"text\":\"Well.\",\"committed\":true}'\nexit 0\n");
	assert_true(uxmd_hear("firmware_uxm is now " URL));
	KEPT(">on</uxm_require_signature>", ">" URL "</firmware_uxm>");
	/* And the next one keeps to it. */
	uxmd_load("echo No. >&2; exit 6");
	assert_true(uxmd_hear("(fetch-failed)"));
	order = folder_get(&folder, "order");
	assert_non_null(order);
	assert_non_null(strstr(order, "\"require_signature\":true"));
	free(order);
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void a_broken_edit_is_set_aside_when_a_page_saves(void **state)
{
	(void)state;
	START(NULL);
	uxmd_wait_served();
	assert_non_null(
		strstr(uxmd_ask("GET /settings.htm?settings=save&http_user=me", ""), "200 OK"));
	folder_put(&folder, "settings.xml", "<settings><phone");
	assert_non_null(strstr(uxmd_ask("GET /settings.htm?settings=save&firmware_interval=60", ""),
			       "200 OK"));
	assert_true(folder_holds(&folder, "settings.xml.bad", "<settings><phone"));
	KEPT(">me</http_user>", ">60</firmware_interval>");
	/* What was in force stays too where the file is gone. */
	assert_int_equal(unlink(folder_at(&folder, "settings.xml")), 0);
	assert_non_null(
		strstr(uxmd_ask("GET /settings.htm?settings=save&download_port=21", ""), "200 OK"));
	KEPT(">me</http_user>", ">60</firmware_interval>", ">21</download_port>");
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, uxmd_make, uxmd_clear)
		TEST(sighup_reads_the_settings_and_lists_the_modules_again),
		TEST(a_file_that_settings_name_and_that_is_not_there_is_said_in_the_log),
		TEST(a_broken_file_at_sighup_leaves_in_force_what_was_and_the_log_says_so),
		TEST(a_user_with_a_colon_is_said_in_the_log_and_sets_no_file_aside),
		TEST(an_unreadable_settings_file_is_set_aside),
		TEST(without_descriptors_sighup_leaves_the_file_and_what_is_in_force),
		TEST(an_edit_counts_when_a_page_saves_before_sighup),
		TEST(an_edit_counts_when_an_update_ends_before_sighup),
		TEST(a_broken_edit_is_set_aside_when_a_page_saves),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
