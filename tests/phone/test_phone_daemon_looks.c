/* phone/daemon.c: what the provisioning server has for uxmd, and what becomes of it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phone/job.h"
#include "tests/cmocka.h"
#include "uxm/result.h"
#include "uxmd_scene.h"

/* The server is to be asked at once, and what it offers is installed. */
static void provide(void)
{
	folder_put(&folder, "settings.xml",
		   "<settings><phone-settings><firmware_status>http://u:secret@h/f.xml"
		   "</firmware_status><firmware_spread>0</firmware_spread>"
		   "<update_policy>auto_update</update_policy></phone-settings></settings>");
}

#define OFFERED(tags)                                                                              \
	"cat <<'END'\n"                                                                            \
	"{\"event\":\"file\",\"file\":\"settings\",\"state\":\"not_asked\"}\n"                     \
	"{\"event\":\"file\",\"file\":\"firmware\",\"state\":\"came\",\"url\":\"http://h/"         \
	"f.xml\"}\n" tags                                                                          \
	"{\"event\":\"result\",\"result\":\"updated\",\"code\":0,\"text\":\"Well.\"}\n"            \
	"END\n"
#define TAG(name, value)                                                                           \
	"{\"event\":\"setting\",\"file\":\"firmware\",\"name\":\"" name "\",\"value\":\"" value    \
	"\",\"perm\":\"\"}\n"

static void what_the_server_offers_is_installed_and_firmware_uxm_takes_it(void **state)
{
	char *text;

	(void)state;
	provide();
	folder_put(&folder, "findings", OFFERED(TAG("firmware_uxm", URL)));
	folder_put(&folder, "update",
		   PROGRESS("verify") "echo '" MODULE(
			   "1.6.1") "' | grep . >modules\n"
				    "echo "
				    "'{\"event\":\"result\",\"code\":0,\"text\":\"Well.\","
				    "\"committed\":true}'\n"
				    "exit 0\n");
	START("--mac", "000413aabbcc", "--phone-type", "D865");
	assert_true(uxmd_hear("firmware_uxm is now " URL));
	assert_true(uxmd_hear("what was installed last"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	text = folder_get(&folder, "settings.xml");
	assert_non_null(text);
	assert_non_null(strstr(text, ">" URL "</firmware_uxm>"));
	free(text);
	text = folder_get(&folder, "check");
	assert_non_null(text);
	assert_non_null(strstr(text, "000413aabbcc SXM:0 UXM:"));
	assert_non_null(strstr(text, "http://u:secret@h/f.xml"));
	free(text);
	assert_null(strstr(uxmd.log, "secret"));
}

#define FROM_SERVER "<settings><phone-settings><setting_server>http://h/s.xml</setting_server>"

static void an_edit_counts_when_a_look_changes_settings_before_sighup(void **state)
{
	static const char *const parts[] = {">on</uxm_require_signature>",
					    ">90</firmware_interval>",
					    ">http://h/s.xml</setting_server>"};
	char *text;

	(void)state;
	uxmd_make_pipe("go");
	folder_put(&folder, "findings",
		   "read -r line <go\ncat <<'END'\n"
		   "{\"event\":\"file\",\"file\":\"settings\",\"state\":\"came\",\"url\":"
		   "\"http://h/s.xml\"}\n"
		   "{\"event\":\"setting\",\"file\":\"settings\",\"name\":\"firmware_interval\","
		   "\"value\":\"90\",\"perm\":\"\"}\n"
		   "{\"event\":\"file\",\"file\":\"firmware\",\"state\":\"not_asked\"}\n"
		   "{\"event\":\"result\",\"result\":\"updated\",\"code\":0,\"text\":\"Well.\"}\n"
		   "END\n");
	folder_put(&folder, "settings.xml",
		   FROM_SERVER "<firmware_spread>0</firmware_spread></phone-settings></settings>");
	START(NULL);
	uxmd_wait_served();
	folder_put(&folder, "settings.xml",
		   FROM_SERVER "<uxm_require_signature>on</uxm_require_signature>"
			       "</phone-settings></settings>");
	uxmd_pass("go", O_WRONLY);
	assert_true(uxmd_hear("settings.xml was edited: it is read before it is written"));
	assert_true(uxmd_hear("The setting firmware_interval is changed by provisioning."));
	/* The start-up procedure begins again: it looks once more. */
	uxmd_pass("go", O_WRONLY);
	assert_true(uxmd_hear("The server offers no firmware"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	text = folder_get(&folder, "settings.xml");
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strstr(text, parts[i]) == NULL)
			fail_msg("no %s: %s", parts[i], text);
	}
	free(text);
}

static void what_fails_is_tried_again_later_but_not_what_that_does_not_mend(void **state)
{
	(void)state;
	provide();
	folder_put(&folder, "findings", OFFERED(TAG("firmware_uxm", URL)));
	folder_put(
		&folder, "update",
		"echo "
		"'{\"event\":\"result\",\"code\":7,\"text\":\"Unplugged.\",\"committed\":false}'\n"
		"exit 7\n");
	START(NULL);
	assert_true(uxmd_hear("failed (try 1 of 5) and is tried again at "));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	assert_int_equal(unlink(folder_at(&folder, "record.json")), 0);
	folder_put(&folder, "update",
		   "echo '{\"event\":\"result\",\"code\":6,\"text\":\"No such "
		   "file.\",\"lasting\":true}'\n"
		   "exit 6\n");
	START(NULL);
	assert_true(uxmd_hear("is not tried again until its URL, the module or a setting changes"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void
a_look_that_says_nothing_or_crashes_is_told_and_another_is_made_when_asked_for(void **state)
{
	static const struct {
		const char *findings;
		const char *said;
	} rows[] = {
		{"exit 0", "The program that asks the server ended without a result."},
		{"echo Nonsense.; exit 0", "The program that asks the server said what cannot be "
					   "understood"},
		{"kill -KILL $$", "The program that asks the server failed."},
		{"echo 'uxm: No.' >&2; exit 2", "uxm: No."},
		/* What came before it does not count. */
		{OFFERED(TAG("firmware_uxm", URL)) "exit 7", "The program that asks the server "},
	};

	(void)state;
	provide();
	folder_put(&folder, "findings", rows[0].findings);
	START(NULL);
	uxmd_wait_served();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i > 0) {
			folder_put(&folder, "findings", rows[i].findings);
			assert_non_null(strstr(uxmd_ask("GET /info.htm?do=look", ""), "200 OK"));
		}
		assert_true(uxmd_hear(rows[i].said));
		uxmd.length = 0;
		uxmd.log[0] = '\0';
	}
	assert_non_null(strstr(uxmd_ask("GET /status.json", ""), "\"phase\":\"idle\""));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void the_phones_own_update_runs_first_and_its_failure_is_told(void **state)
{
	char command[300];

	(void)state;
	provide();
	folder_put(&folder, "findings", OFFERED(TAG("firmware", "http://h/phone.bin")));
	snprintf(command, sizeof(command), "%s",
		 folder_put_script(&folder, "flash",
				   "printf %s \"$UXM_FIRMWARE\" >\"$0.url\"; echo Full. >&2; "
				   "exit 3"));
	START("--phone-update", command);
	assert_true(uxmd_hear("The phone's own update failed: 'Full.'"));
	assert_true(folder_holds(&folder, "flash.url", "http://h/phone.bin"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

/* It prints more than any pipe holds, to both sides, when uxmd is there no more. */
static void the_phones_own_update_goes_on_and_prints_when_uxmd_was_killed(void **state)
{
	char command[300];

	(void)state;
	provide();
	uxmd_make_pipe("here");
	uxmd_make_pipe("go");
	uxmd_make_pipe("end");
	folder_put(&folder, "findings", OFFERED(TAG("firmware", "http://h/phone.bin")));
	snprintf(command, sizeof(command), "%s",
		 folder_put_script(&folder, "flash",
				   "cd \"$(dirname \"$0\")\"\ntrap 'echo killed >end' EXIT\n"
				   "echo Begins. >&2; echo >here; read -r line <go\nset -e\n"
				   "head -c 200000 /dev/zero; head -c 200000 /dev/zero >&2\n"
				   "echo 100 %; echo Done. >&2\n"
				   "trap - EXIT; echo whole >written; echo >end\n"));
	START("--phone-update", command);
	uxmd_pass("here", O_RDONLY);
	assert_int_equal(uxmd_end_by(SIGKILL), -1);
	uxmd_pass("go", O_WRONLY);
	uxmd_pass("end", O_RDONLY);
	assert_true(folder_holds(&folder, "written", "whole\n"));
}

/* It goes on when uxmd dies, and the next uxmd must not begin another beside it. */
static void the_phones_own_update_is_not_begun_again_while_one_of_before_runs(void **state)
{
	char command[300];

	(void)state;
	provide();
	uxmd_make_pipe("here");
	uxmd_make_pipe("go");
	folder_put(&folder, "findings", OFFERED(TAG("firmware", "http://h/phone.bin")));
	snprintf(command, sizeof(command), "%s",
		 folder_put_script(&folder, "flash",
				   "cd \"$(dirname \"$0\")\"; echo >here; cat go >/dev/null"));
	START("--phone-update", command);
	uxmd_pass("here", O_RDONLY);
	assert_int_equal(uxmd_end_by(SIGKILL), -1);
	START("--phone-update", command);
	assert_true(uxmd_hear("The phone's own update that was begun before still runs."));
	uxmd_pass("go", O_WRONLY);
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, uxmd_make, uxmd_clear)
		TEST(what_the_server_offers_is_installed_and_firmware_uxm_takes_it),
		TEST(an_edit_counts_when_a_look_changes_settings_before_sighup),
		TEST(what_fails_is_tried_again_later_but_not_what_that_does_not_mend),
		TEST(a_look_that_says_nothing_or_crashes_is_told_and_another_is_made_when_asked_for),
		TEST(the_phones_own_update_runs_first_and_its_failure_is_told),
		TEST(the_phones_own_update_goes_on_and_prints_when_uxmd_was_killed),
		TEST(the_phones_own_update_is_not_begun_again_while_one_of_before_runs),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
