/*
 * phone/daemon.c: the program uxmd itself. Whoever waits here waits for a pipe, a socket or a
 * process; a test that hangs is ended by alarm(2).
 */
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

static void ends_at_sigterm_and_sigint(void **state)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		START(NULL);
		uxmd_wait_served();
		assert_non_null(strstr(uxmd_ask("GET /status.json", ""), "\"ready\":true"));
		assert_int_equal(uxmd_end_by(numbers[i]), 0);
	}
}

static void what_cannot_be_used_is_said_and_ends_it(void **state)
{
	static const struct {
		const char *option;
		const char *value;
		int code;
		const char *said;
	} rows[] = {
		{"--port", "x", UXM_USAGE, "--port"},
		{"--uxm", "/none/uxm", UXM_USAGE, "/none/uxm"},
		{"--state", "/none/state", UXM_USAGE, "/none/state"},
		{"--address", "192.0.2.1", UXM_INTERNAL, "192.0.2.1"},
		{"--certificate", "/none.pem", UXM_USAGE, "certificate"},
		{"--phone-update", "/none/update", UXM_USAGE, "/none/update"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		START(rows[i].option, rows[i].value);
		assert_int_equal(uxmd_end(), rows[i].code);
		if (strstr(uxmd.log, rows[i].said) == NULL)
			fail_msg("%s: %s", rows[i].option, uxmd.log);
	}
	for (size_t i = 0; i < 2; i++) {
		static const char *const options[] = {"--uxm", "--phone-update"};

		START(options[i], home);
		assert_int_equal(uxmd_end(), UXM_USAGE);
		assert_non_null(strstr(uxmd.log, options[i]));
		assert_non_null(strstr(uxmd.log, "cannot be run: it is not a regular file"));
		START(options[i], folder_at(&folder, "modules"));
		assert_int_equal(uxmd_end(), UXM_USAGE);
		assert_non_null(strstr(uxmd.log, "cannot be run: Permission denied"));
	}
	START("--certificate", program, "--key", program);
	assert_int_equal(uxmd_end(), UXM_USAGE);
	assert_non_null(strstr(uxmd.log, "https"));
}

static void a_second_one_leaves_the_state_folder_alone(void **state)
{
	pid_t first;
	int first_log;

	(void)state;
	START(NULL);
	uxmd_wait_served();
	first = uxmd.process;
	first_log = uxmd.log_end;
	START(NULL);
	assert_int_equal(uxmd_end(), UXM_BUSY);
	assert_non_null(strstr(uxmd.log, home));
	uxmd.process = first;
	uxmd.log_end = first_log;
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void module_ids_of_the_installation_go_to_the_list(void **state)
{
	(void)state;
	START("--module-ids", "1209:0002 1209:0003");
	uxmd_wait_served();
	assert_true(folder_holds(&folder, "asked",
				 "list --json --module-id 1209:0002 --module-id 1209:0003\n"));
	assert_non_null(
		strstr(uxmd_ask("GET /settings.htm?settings=save&http_user=me", ""), "200 OK"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	/* They are not the settings file's. */
	START(NULL);
	uxmd_wait_served();
	assert_true(folder_holds(&folder, "asked", "list --json\n"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void reboot_on_a_page_begins_the_start_up_procedure_again(void **state)
{
	(void)state;
	START(NULL);
	uxmd_wait_served();
	folder_put(&folder, "modules", "");
	assert_non_null(strstr(uxmd_ask("GET /advanced_update.htm?reboot=Reboot", ""), "200 OK"));
	assert_true(uxmd_hear("0 expansion modules."));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void sigterm_before_the_commit_cancels_and_waits(void **state)
{
	(void)state;
	uxmd_make_pipe("go");
	START(NULL);
	uxmd_wait_served();
	uxmd_load("stop() {\n" CANCELLED
		  "}\ntrap stop TERM\n" PROGRESS("send") "echo >go\nwhile :; do sleep 0.1; done\n");
	uxmd_pass("go", O_RDONLY);
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	assert_non_null(strstr(uxmd.log, "Update ended: Cancelled. (cancelled)"));
	assert_null(strstr(uxmd.log, "does not end"));
	assert_null(folder_get(&folder, "journal.json"));
}

static void a_job_that_does_not_end_is_killed_at_the_end(void **state)
{
	(void)state;
	uxmd_make_pipe("go");
	START(NULL);
	uxmd_wait_served();
	uxmd_load("trap '' TERM\n" PROGRESS("send") "echo >go\nwhile :; do sleep 100; done\n");
	uxmd_pass("go", O_RDONLY);
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	assert_non_null(strstr(uxmd.log, "by force"));
}

static void a_second_sigterm_waits_no_longer(void **state)
{
	(void)state;
	uxmd_make_pipe("go");
	uxmd_make_pipe("told");
	START(NULL);
	uxmd_wait_served();
	uxmd_load("n=0\ntrap 'n=$((n+1)); [ $n = 2 ] && exit 13; echo >told' TERM\n" PROGRESS(
		"send") "echo >go\nwhile :; do sleep 0.1; done\n");
	uxmd_pass("go", O_RDONLY);
	assert_int_equal(kill(uxmd.process, SIGTERM), 0);
	/* The job has it: uxmd waits. */
	uxmd_pass("told", O_RDONLY);
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	assert_null(strstr(uxmd.log, "Update ended"));
}

static void how_a_job_ended_is_known_though_whoever_started_uxmd_ignores_sigchld(void **state)
{
	(void)state;
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	START(NULL);
	assert_true(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	uxmd_wait_served();
	uxmd_load("echo 'No such file.' >&2; exit 6");
	assert_true(uxmd_hear("Update ended: No such file. (fetch-failed)"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
}

static void a_committed_job_goes_on_and_the_next_start_settles_it(void **state)
{
	char *settings;

	(void)state;
	uxmd_make_pipe("go");
	uxmd_make_pipe("done");
	START(NULL);
	uxmd_wait_served();
	uxmd_load("trap '' PIPE\ntrap 'echo >told' TERM\n" PROGRESS(
		"verify") "read -r line <go\necho '" MODULE("1.6.1") "' | grep . >modules\necho "
								     ">done\n");
	assert_true(uxmd_hear("step verify"));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	assert_null(folder_get(&folder, "told"));
	assert_null(folder_get(&folder, "settings.xml"));
	uxmd_pass("go", O_WRONLY);
	uxmd_pass("done", O_RDONLY);
	START(NULL);
	uxmd_wait_served();
	assert_true(uxmd_hear("firmware_uxm is now " URL));
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	settings = folder_get(&folder, "settings.xml");
	assert_non_null(settings);
	assert_non_null(strstr(settings, ">" URL "</firmware_uxm>"));
	free(settings);
	assert_null(folder_get(&folder, "journal.json"));
}

/* The next datagram; every one is a text. */
static const char *told(int manager)
{
	static char text[1024];
	ssize_t got = recv(manager, text, sizeof(text) - 1, 0);

	assert_true(got >= 0);
	text[got] = '\0';
	return text;
}

static void tells_the_service_manager_how_it_is(void **state)
{
	static const char *const wanted[] = {"READY=1", "STATUS=One expansion module: D7C",
					     "WATCHDOG=1", "WATCHDOG=1"};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t watchdogs = 0;
	unsigned seen = 0;

	(void)state;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", folder_at(&folder, "notify"));
	assert_int_equal(bind(manager, (const struct sockaddr *)&at, sizeof(at)), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	setenv("WATCHDOG_USEC", "100000", 1);
	START(NULL);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	while (seen != 3 || watchdogs < 2) {
		const char *text = told(manager);

		for (unsigned i = 0; i < 2; i++) {
			if (strncmp(text, wanted[i], strlen(wanted[i])) == 0)
				seen |= 1u << i;
		}
		watchdogs += strcmp(text, wanted[2]) == 0;
	}
	assert_int_equal(uxmd_end_by(SIGTERM), 0);
	while (strcmp(told(manager), "STOPPING=1") != 0)
		continue;
	close(manager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, uxmd_make, uxmd_clear)
		TEST(ends_at_sigterm_and_sigint),
		TEST(what_cannot_be_used_is_said_and_ends_it),
		TEST(a_second_one_leaves_the_state_folder_alone),
		TEST(module_ids_of_the_installation_go_to_the_list),
		TEST(reboot_on_a_page_begins_the_start_up_procedure_again),
		TEST(sigterm_before_the_commit_cancels_and_waits),
		TEST(a_job_that_does_not_end_is_killed_at_the_end),
		TEST(a_second_sigterm_waits_no_longer),
		TEST(how_a_job_ended_is_known_though_whoever_started_uxmd_ignores_sigchld),
		TEST(a_committed_job_goes_on_and_the_next_start_settles_it),
		TEST(tells_the_service_manager_how_it_is),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
