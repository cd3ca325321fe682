/*
 * phone/daemon.c: uxmd is killed at each moment at which it writes something down, from the first
 * look at the server to the end of the phone's and the module's update; its next start gets there.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "uxmd_scene.h"

#define PHONE_URL "http://h/phone.bin"
#define TAG(name, value)                                                                           \
	"{\"event\":\"setting\",\"file\":\"firmware\",\"name\":\"" name "\",\"value\":\"" value    \
	"\",\"perm\":\"\"}\n"

/* More than there are. */
#define MOMENTS_MOST 200

/* A phone of which nothing is known yet, and a module with the old version. */
static void provide(const char *per_module)
{
	char text[500];

	snprintf(text, sizeof(text),
		 "<settings><phone-settings><firmware_status>http://h/f.xml</firmware_status>"
		 "<firmware_spread>0</firmware_spread><update_policy>auto_update</update_policy>"
		 "<uxm_per_module>%s</uxm_per_module></phone-settings></settings>",
		 per_module);
	folder_put(&folder, "settings.xml", text);
	folder_put(&folder, "findings",
		   "cat <<'END'\n"
		   "{\"event\":\"file\",\"file\":\"settings\",\"state\":\"not_asked\"}\n"
		   "{\"event\":\"file\",\"file\":\"firmware\",\"state\":\"came\",\"url\":"
		   "\"http://h/f.xml\"}\n" TAG("firmware", PHONE_URL)
			   TAG("firmware_uxm", URL) "{\"event\":\"result\",\"result\":\"updated\","
						    "\"code\":0,\"text\":\"Well.\"}\n"
						    "END\n");
	/* The module has it before uxmd hears of it. */
	folder_put(&folder, "update",
		   "echo '" MODULE("1.6.1") "' | grep . >modules\necho one >>installed\n" PROGRESS(
			   "verify") "echo '{\"event\":\"result\",\"code\":0,\"text\":\"Well.\","
				     "\"committed\":true}'\nexit 0\n");
	(void)folder_put_script(&folder, "flash",
				"cd \"$(dirname \"$0\")\"\necho one >>flashed\necho Erasing 5 %\n"
				"echo Writing. >&2\n");
}

static unsigned lines(const char *name)
{
	char *text = folder_get(&folder, name);
	unsigned count = 0;

	for (const char *at = text; at != NULL && *at != '\0'; at++)
		count += *at == '\n';
	free(text);
	return count;
}

static void start(unsigned moment)
{
	char number[16];
	char command[300];

	snprintf(command, sizeof(command), "%s", folder_at(&folder, "flash"));
	snprintf(number, sizeof(number), "%u", moment);
	if (moment > 0) {
		setenv("POWER_CUT", number, 1);
		setenv("LD_PRELOAD", POWER_CUT, 1);
	}
	START("--phone-update", command);
	unsetenv("LD_PRELOAD");
	unsetenv("POWER_CUT");
}

/* What must be so at the end, however it came there. */
static void check(unsigned moment)
{
	char *settings = folder_get(&folder, "settings.xml");

	assert_non_null(settings);
	if (strstr(settings, ">" URL "</firmware_uxm>") == NULL ||
	    strstr(settings, ">" PHONE_URL "</firmware>") == NULL)
		fail_msg("after a cut at %u the settings are %s", moment, settings);
	free(settings);
	if (lines("installed") != 1)
		fail_msg("after a cut at %u it was installed %u times", moment, lines("installed"));
	/* How the command ended is not known where that was not written down. */
	if (lines("flashed") < 1 || lines("flashed") > 2)
		fail_msg("after a cut at %u the phone was updated %u times", moment,
			 lines("flashed"));
}

/* Cuts at one moment after the other, until there was none left. */
static void cut_everywhere(void **state, const char *per_module, const char *said)
{
	unsigned moment = 1;
	bool cut = true;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (; cut; moment++) {
		assert_true(moment < MOMENTS_MOST);
		provide(per_module);
		start(moment);
		cut = !uxmd_hear(said);
		if (cut) {
			if (uxmd_end() != -1)
				fail_msg("with a cut at %u it ended by itself: %s", moment,
					 uxmd.log);
			/* Whatever it began has ended: a real job would hold the module. */
			while (waitpid(-1, NULL, 0) > 0)
				continue;
			start(0);
			if (!uxmd_hear(said))
				fail_msg("after a cut at %u: %s", moment, uxmd.log);
		}
		assert_int_equal(uxmd_end_by(SIGTERM), 0);
		check(moment);
		assert_int_equal(uxmd_clear(state), 0);
		assert_int_equal(uxmd_make(state), 0);
	}
	/* Before and after: the record and firmware for the phone, and for the module the record,
	 * its journal, firmware_uxm, the journal's end, the record. */
	assert_true(moment > 2 * 7);
}

static void a_cut_at_any_moment_loses_nothing(void **state)
{
	cut_everywhere(state, "off", "what was installed last");
}

static void nor_does_one_where_modules_are_remembered(void **state)
{
	cut_everywhere(state, "on", "serial number D7C-0001 is done");
}

int main(void)
{
	const char *before = getenv("ASAN_OPTIONS");
	char checks[300];
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, uxmd_make, uxmd_clear)
		TEST(a_cut_at_any_moment_loses_nothing),
		TEST(nor_does_one_where_modules_are_remembered),
#undef TEST
	};

	/* AddressSanitizer would be the first itself. */
	snprintf(checks, sizeof(checks), "%s:verify_asan_link_order=0",
		 before != NULL ? before : "");
	setenv("ASAN_OPTIONS", checks, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
