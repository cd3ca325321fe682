/*
 * phone/daemon.c: the program uxmd itself, with a shell script as uxm, which lists the modules that
 * a file names and updates as another file says. Whoever waits here waits for a pipe, a socket or a
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

#include "folder.h"
#include "phone/job.h"
#include "tests/cmocka.h"
#include "uxm/result.h"

/* Seconds after which a test that hangs is ended. */
#define PATIENCE 60

#define TEXT 32768

#define URL "http://h/snomD7C-1.6.1-r.bin"

#define SCRIPT                                                                                     \
	"cd \"$(dirname \"$0\")\"\n"                                                               \
	"if [ \"$1\" = list ]; then echo \"$@\" >asked; cat modules; exit; fi\n"                   \
	"if [ \"$1\" = check ]; then cat <&3 >check; . ./findings; exit; fi\n"                     \
	"cat <&3 >order\n. ./update"

#define MODULE(version)                                                                            \
	"{\"port\":\"1-1\",\"serial\":\"D7C-0001\",\"model\":\"D7C\",\"version\":\"" version       \
	"\",\"hardware_level\":1,\"protocol\":\"stream\",\"state\":\"idle\"}\n"
#define PROGRESS(step) "echo '{\"event\":\"progress\",\"step\":\"" step "\"}'\n"
#define CANCELLED                                                                                  \
	"echo '{\"event\":\"result\",\"code\":13,\"text\":\"Cancelled.\",\"committed\":false}'\n"  \
	"exit 13\n"

static struct folder folder;
static char program[300];
static char home[300];

/* A running uxmd. */
static struct {
	pid_t process;
	int log_end;
	char log[TEXT];
	size_t length;
	unsigned port;
} uxmd;

static int make(void **state)
{
	(void)state;
	alarm(PATIENCE);
	folder_make(&folder);
	snprintf(program, sizeof(program), "%s", folder_put_script(&folder, "uxm", SCRIPT));
	snprintf(home, sizeof(home), "%s", folder.path);
	folder_put(&folder, "modules", MODULE("1.5.3"));
	memset(&uxmd, 0, sizeof(uxmd));
	return 0;
}

static int clear(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

/* Starts it with these options behind those that all have. */
static void start_with(const char *const *more)
{
	const char *empty = folder_at(&folder, "empty.conf");
	const char *const words[] = {UXMD,        "--config",        empty,     "--port", "0",
				     "--address", "127.0.0.1",       "--state", home,     "--uxm",
				     program,     "--phone-version", "11.0"};
	static char texts[24][300];
	char *arguments[24] = {NULL};
	size_t count = 0;
	int ends[2];

	folder_put(&folder, "empty.conf", "");
	for (; count < sizeof(words) / sizeof(words[0]); count++)
		snprintf(texts[count], sizeof(texts[0]), "%s", words[count]);
	while (*more != NULL)
		snprintf(texts[count++], sizeof(texts[0]), "%s", *more++);
	while (count-- > 0)
		arguments[count] = texts[count];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	uxmd.length = 0;
	uxmd.log[0] = '\0';
	uxmd.process = fork();
	if (uxmd.process == 0) {
		/* A test that fails leaves none behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDERR_FILENO);
		execv(UXMD, arguments);
		_exit(127);
	}
	assert_true(uxmd.process > 0);
	close(ends[1]);
	uxmd.log_end = ends[0];
}
#define START(...) start_with((const char *const[]){__VA_ARGS__, NULL})

/* Reads the log until it holds this; false: it ended before. */
static bool hear(const char *text)
{
	while (strstr(uxmd.log, text) == NULL) {
		ssize_t got = read(uxmd.log_end, uxmd.log + uxmd.length,
				   sizeof(uxmd.log) - uxmd.length - 1);

		if (got <= 0)
			return false;
		uxmd.length += (size_t)got;
		uxmd.log[uxmd.length] = '\0';
	}
	return true;
}

static void wait_served(void)
{
	static const char before[] = "http://127.0.0.1:";
	const char *at;

	assert_true(hear("One expansion module") && hear("The pages are at "));
	at = strstr(uxmd.log, before);
	assert_non_null(at);
	uxmd.port = (unsigned)strtoul(at + strlen(before), NULL, 10);
	assert_true(uxmd.port > 0);
}

/* Waits for its end; returns the exit status, -1 for a signal. */
static int end(void)
{
	int status;

	(void)hear("\1");
	assert_int_equal(waitpid(uxmd.process, &status, 0), uxmd.process);
	close(uxmd.log_end);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int end_by(int number)
{
	assert_int_equal(kill(uxmd.process, number), 0);
	return end();
}

/* One request; its whole answer, until the next call. */
static const char *ask(const char *line, const char *body)
{
	static char answer[TEXT];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)uxmd.port)};
	int visitor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t length = 0;
	ssize_t got;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(visitor, (const struct sockaddr *)&to, sizeof(to)), 0);
	dprintf(visitor,
		"%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: "
		"application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
		line, strlen(body), body);
	while ((got = read(visitor, answer + length, sizeof(answer) - length - 1)) > 0)
		length += (size_t)got;
	answer[length] = '\0';
	close(visitor);
	return answer;
}

/* Begins an update, which goes as this script says. */
static void load(const char *script)
{
	const char *mark = "name=\"token\" value=\"";
	const char *token;
	char body[300];

	folder_put(&folder, "update", script);
	token = strstr(ask("GET /update.htm", ""), mark);
	assert_non_null(token);
	snprintf(body, sizeof(body), "token=%.32s&do=load&firmware=" URL, token + strlen(mark));
	assert_non_null(strstr(ask("POST /update.htm", body), "303 See Other"));
}

/* A pipe with a name, with which script and test wait for each other. */
static void make_pipe(const char *name)
{
	assert_int_equal(mkfifo(folder_at(&folder, name), 0600), 0);
}

static void pass(const char *name, int how)
{
	int descriptor = open(folder_at(&folder, name), how | O_CLOEXEC);
	char byte = '\n';

	assert_true(descriptor >= 0);
	if (how == O_WRONLY)
		assert_int_equal(write(descriptor, &byte, 1), 1);
	else
		assert_int_equal(read(descriptor, &byte, 1), 1);
	close(descriptor);
}

static void ends_at_sigterm_and_sigint(void **state)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		START(NULL);
		wait_served();
		assert_non_null(strstr(ask("GET /status.json", ""), "\"ready\":true"));
		assert_int_equal(end_by(numbers[i]), 0);
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
		{"--address", "192.0.2.1", UXM_USAGE, "192.0.2.1"},
		{"--certificate", "/none.pem", UXM_USAGE, "certificate"},
		{"--phone-update", "/none/update", UXM_USAGE, "/none/update"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		START(rows[i].option, rows[i].value);
		assert_int_equal(end(), rows[i].code);
		if (strstr(uxmd.log, rows[i].said) == NULL)
			fail_msg("%s: %s", rows[i].option, uxmd.log);
	}
	START("--certificate", program, "--key", program);
	assert_int_equal(end(), UXM_USAGE);
	assert_non_null(strstr(uxmd.log, "https"));
}

static void a_second_one_leaves_the_state_folder_alone(void **state)
{
	pid_t first;
	int first_log;

	(void)state;
	START(NULL);
	wait_served();
	first = uxmd.process;
	first_log = uxmd.log_end;
	START(NULL);
	assert_int_equal(end(), UXM_BUSY);
	assert_non_null(strstr(uxmd.log, home));
	uxmd.process = first;
	uxmd.log_end = first_log;
	assert_int_equal(end_by(SIGTERM), 0);
}

static void module_ids_of_the_installation_go_to_the_list(void **state)
{
	(void)state;
	START("--module-ids", "1209:0002 1209:0003");
	wait_served();
	assert_true(folder_holds(&folder, "asked",
				 "list --json --module-id 1209:0002 --module-id 1209:0003\n"));
	assert_non_null(strstr(ask("GET /settings.htm?settings=save&http_user=me", ""), "200 OK"));
	assert_int_equal(end_by(SIGTERM), 0);
	/* They are not the settings file's. */
	START(NULL);
	wait_served();
	assert_true(folder_holds(&folder, "asked", "list --json\n"));
	assert_int_equal(end_by(SIGTERM), 0);
}

static void sighup_reads_the_settings_and_lists_the_modules_again(void **state)
{
	(void)state;
	START(NULL);
	wait_served();
	assert_non_null(strstr(ask("GET /info.htm", ""), "200 OK"));
	folder_put(&folder, "settings.xml",
		   "<settings><phone-settings><http_user>u</http_user><http_pass>p</http_pass>"
		   "</phone-settings></settings>");
	folder_put(&folder, "modules", "");
	assert_int_equal(kill(uxmd.process, SIGHUP), 0);
	assert_true(hear("0 expansion modules."));
	assert_non_null(strstr(ask("GET /info.htm", ""), "401 Unauthorized"));
	assert_int_equal(end_by(SIGTERM), 0);
}

static void reboot_on_a_page_begins_the_start_up_procedure_again(void **state)
{
	(void)state;
	START(NULL);
	wait_served();
	folder_put(&folder, "modules", "");
	assert_non_null(strstr(ask("GET /advanced_update.htm?reboot=Reboot", ""), "200 OK"));
	assert_true(hear("0 expansion modules."));
	assert_int_equal(end_by(SIGTERM), 0);
}

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
	assert_true(hear("firmware_uxm is now " URL));
	assert_true(hear("what was installed last"));
	assert_int_equal(end_by(SIGTERM), 0);
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
	assert_true(hear("failed (try 1 of 5) and is tried again at "));
	assert_int_equal(end_by(SIGTERM), 0);
	assert_int_equal(unlink(folder_at(&folder, "record.json")), 0);
	folder_put(&folder, "update",
		   "echo '{\"event\":\"result\",\"code\":6,\"text\":\"No such "
		   "file.\",\"lasting\":true}'\n"
		   "exit 6\n");
	START(NULL);
	assert_true(hear("is not tried again until its URL, the module or a setting changes"));
	assert_int_equal(end_by(SIGTERM), 0);
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
	wait_served();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i > 0) {
			folder_put(&folder, "findings", rows[i].findings);
			assert_non_null(strstr(ask("GET /info.htm?do=look", ""), "200 OK"));
		}
		assert_true(hear(rows[i].said));
		uxmd.length = 0;
		uxmd.log[0] = '\0';
	}
	assert_non_null(strstr(ask("GET /status.json", ""), "\"phase\":\"idle\""));
	assert_int_equal(end_by(SIGTERM), 0);
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
	assert_true(hear("The phone's own update failed: 'Full.'"));
	assert_true(folder_holds(&folder, "flash.url", "http://h/phone.bin"));
	assert_int_equal(end_by(SIGTERM), 0);
}

/* It goes on when uxmd dies, and the next uxmd must not begin another beside it. */
static void the_phones_own_update_is_not_begun_again_while_one_of_before_runs(void **state)
{
	char command[300];

	(void)state;
	provide();
	make_pipe("here");
	make_pipe("go");
	folder_put(&folder, "findings", OFFERED(TAG("firmware", "http://h/phone.bin")));
	snprintf(command, sizeof(command), "%s",
		 folder_put_script(&folder, "flash",
				   "cd \"$(dirname \"$0\")\"; echo >here; cat go >/dev/null"));
	START("--phone-update", command);
	pass("here", O_RDONLY);
	assert_int_equal(end_by(SIGKILL), -1);
	START("--phone-update", command);
	assert_true(hear("The phone's own update that was begun before still runs."));
	pass("go", O_WRONLY);
	assert_int_equal(end_by(SIGTERM), 0);
}

static void an_unreadable_settings_file_is_set_aside(void **state)
{
	(void)state;
	folder_put(&folder, "settings.xml", "<settings><phone");
	START(NULL);
	wait_served();
	assert_non_null(strstr(uxmd.log, "settings.xml.bad"));
	assert_true(folder_holds(&folder, "settings.xml.bad", "<settings><phone"));
	assert_int_equal(end_by(SIGTERM), 0);
}

static void sigterm_before_the_commit_cancels_and_waits(void **state)
{
	(void)state;
	make_pipe("go");
	START(NULL);
	wait_served();
	load("stop() {\n" CANCELLED
	     "}\ntrap stop TERM\n" PROGRESS("send") "echo >go\nwhile :; do sleep 0.1; done\n");
	pass("go", O_RDONLY);
	assert_int_equal(end_by(SIGTERM), 0);
	assert_non_null(strstr(uxmd.log, "Update ended: Cancelled. (cancelled)"));
	assert_null(strstr(uxmd.log, "does not end"));
	assert_null(folder_get(&folder, "journal.json"));
}

static void a_job_that_does_not_end_is_killed_at_the_end(void **state)
{
	(void)state;
	make_pipe("go");
	START(NULL);
	wait_served();
	load("trap '' TERM\n" PROGRESS("send") "echo >go\nwhile :; do sleep 100; done\n");
	pass("go", O_RDONLY);
	assert_int_equal(end_by(SIGTERM), 0);
	assert_non_null(strstr(uxmd.log, "by force"));
}

static void a_second_sigterm_waits_no_longer(void **state)
{
	(void)state;
	make_pipe("go");
	make_pipe("told");
	START(NULL);
	wait_served();
	load("n=0\ntrap 'n=$((n+1)); [ $n = 2 ] && exit 13; echo >told' TERM\n" PROGRESS(
		"send") "echo >go\nwhile :; do sleep 0.1; done\n");
	pass("go", O_RDONLY);
	assert_int_equal(kill(uxmd.process, SIGTERM), 0);
	/* The job has it: uxmd waits. */
	pass("told", O_RDONLY);
	assert_int_equal(end_by(SIGTERM), 0);
	assert_null(strstr(uxmd.log, "Update ended"));
}

static void a_committed_job_goes_on_and_the_next_start_settles_it(void **state)
{
	char *settings;

	(void)state;
	make_pipe("go");
	make_pipe("done");
	START(NULL);
	wait_served();
	load("trap '' PIPE\ntrap 'echo >told' TERM\n" PROGRESS(
		"verify") "read -r line <go\necho '" MODULE("1.6.1") "' | grep . >modules\necho "
								     ">done\n");
	assert_true(hear("step verify"));
	assert_int_equal(end_by(SIGTERM), 0);
	assert_null(folder_get(&folder, "told"));
	assert_null(folder_get(&folder, "settings.xml"));
	pass("go", O_WRONLY);
	pass("done", O_RDONLY);
	START(NULL);
	wait_served();
	assert_true(hear("firmware_uxm is now " URL));
	assert_int_equal(end_by(SIGTERM), 0);
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
	assert_int_equal(end_by(SIGTERM), 0);
	while (strcmp(told(manager), "STOPPING=1") != 0)
		continue;
	close(manager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
		TEST(ends_at_sigterm_and_sigint),
		TEST(what_cannot_be_used_is_said_and_ends_it),
		TEST(a_second_one_leaves_the_state_folder_alone),
		TEST(module_ids_of_the_installation_go_to_the_list),
		TEST(sighup_reads_the_settings_and_lists_the_modules_again),
		TEST(reboot_on_a_page_begins_the_start_up_procedure_again),
		TEST(what_the_server_offers_is_installed_and_firmware_uxm_takes_it),
		TEST(what_fails_is_tried_again_later_but_not_what_that_does_not_mend),
		TEST(a_look_that_says_nothing_or_crashes_is_told_and_another_is_made_when_asked_for),
		TEST(the_phones_own_update_runs_first_and_its_failure_is_told),
		TEST(the_phones_own_update_is_not_begun_again_while_one_of_before_runs),
		TEST(an_unreadable_settings_file_is_set_aside),
		TEST(sigterm_before_the_commit_cancels_and_waits),
		TEST(a_job_that_does_not_end_is_killed_at_the_end),
		TEST(a_second_sigterm_waits_no_longer),
		TEST(a_committed_job_goes_on_and_the_next_start_settles_it),
		TEST(tells_the_service_manager_how_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
