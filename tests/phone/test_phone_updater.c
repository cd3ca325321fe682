/*
 * phone/updater.c, journal.c and order.c: updates by hand with a shell script as uxm, which lists
 * the modules that a file names and updates as another file says.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "phone/journal.h"
#include "phone/updater.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A test that hangs ends after this, in milliseconds. */
#define PATIENCE 60000u

#define URL "http://u:secret@h/snomD7C-1.6.1-r.bin"

/* The list is the file "modules", an update the script "update". */
#define SCRIPT                                                                                     \
	"cd \"$(dirname \"$0\")\"\n"                                                               \
	"if [ \"$1\" = list ]; then cat modules; exit; fi\n"                                       \
	"cat <&3 >order\n. ./update"

#define MODULE(version, status)                                                                    \
	"{\"port\":\"1-1\",\"serial\":\"D7C-0001\",\"model\":\"D7C\",\"version\":\"" version       \
	"\",\"hardware_level\":1,\"protocol\":\"stream\",\"state\":\"" status "\"}\n"
#define OTHER_MODULE                                                                               \
	"{\"port\":\"1-2\",\"serial\":\"D7C-0002\",\"model\":\"D7C\",\"version\":\"1.6.1\","       \
	"\"state\":\"idle\"}\n"

#define PROGRESS(step) "echo '{\"event\":\"progress\",\"step\":\"" step "\"}'\n"
#define RESULT(code, committed)                                                                    \
	"echo '{\"event\":\"result\",\"code\":" code                                               \
	",\"text\":\"The sentence.\",\"committed\":" committed "}'\nexit " code "\n"
#define COMES_BACK(version) "echo '" MODULE(version, "idle") "' | grep . >modules\n"

static struct folder folder;

struct scene {
	struct loop *loop;
	struct loop_timer timer;
	struct state state;
	struct phone_settings *settings;
	struct updater *updater;
	struct log log;
	int log_end;
	char paths[4][300];
	bool wants_list; /* the loop ends with a list that was looked for */
	enum state_phase wants;
	bool wants_phase;      /* the loop ends when the update is in the phase `wants` */
	const char *cancel_at; /* a step at which the update is cancelled */
	/* What was heard of: the calls in their order, and the last end. */
	char heard[1024];
	enum uxm_result ended;
	bool lasting;
};

static struct scene scene;

static void on_changed(void *self)
{
	struct uxm_failure why;

	(void)self;
	if (scene.cancel_at != NULL && strcmp(scene.state.update.step, scene.cancel_at) == 0) {
		scene.cancel_at = NULL;
		assert_true(updater_cancel(scene.updater, &why));
	}
	if (scene.wants_list && scene.state.looked)
		loop_end(scene.loop);
	if (scene.wants_phase && scene.state.update.phase == scene.wants)
		loop_end(scene.loop);
}

static void hear(const char *what)
{
	size_t length = strlen(scene.heard);

	snprintf(scene.heard + length, sizeof(scene.heard) - length, "%s\n", what);
}

static void on_listed(void *self)
{
	(void)self;
	hear("listed");
}

static void on_took(void *self, const char *serial, const char *model, const char *source)
{
	char line[512];

	(void)self;
	snprintf(line, sizeof(line), "%s %s took %s", model, serial, source);
	hear(line);
}

static void on_ended(void *self, enum uxm_result result, bool lasting, const char *text)
{
	char line[512];

	(void)self;
	scene.ended = result;
	scene.lasting = lasting;
	snprintf(line, sizeof(line), "ended: %s", text);
	hear(line);
}

static void on_too_long(void *self)
{
	(void)self;
	fail_msg("it did not come to an end");
}

static void run(void)
{
	loop_at(scene.loop, &scene.timer, loop_now(scene.loop) + PATIENCE, on_too_long, NULL);
	loop_run(scene.loop);
	loop_cancel(&scene.timer);
}

/* Lists the modules, and waits for it. */
static void look(void)
{
	scene.state.looked = false;
	scene.wants_list = true;
	updater_look(scene.updater);
	run();
	scene.wants_list = false;
}

/* Waits until the update is in this phase. */
static void run_until(enum state_phase phase)
{
	if (scene.state.update.phase == phase)
		return;
	scene.wants = phase;
	scene.wants_phase = true;
	run();
	scene.wants_phase = false;
}

/* uxmd starts: settings and journal are read, nothing is known of modules. */
static void begin(void)
{
	size_t unknown;
	struct uxm_failure why;
	struct updater_options options = {
		.loop = scene.loop,
		.state = &scene.state,
		.log = &scene.log,
		.program = scene.paths[0],
		.settings_path = scene.paths[1],
		.journal_path = scene.paths[2],
		.led_folder = folder.path,
		.led_path = scene.paths[3],
		.mac = "000413aabbcc",
		.changed = on_changed,
		.listed = on_listed,
		.took = on_took,
		.ended = on_ended,
	};

	memset(&scene.state, 0, sizeof(scene.state));
	scene.state.phone_version = "11.0";
	scene.settings = phone_settings_new();
	assert_non_null(scene.settings);
	assert_true(phone_settings_load(scene.settings, scene.paths[1], &unknown, &why));
	options.settings = scene.settings;
	scene.updater = updater_new(&options);
	assert_non_null(scene.updater);
}

/* uxmd ends. */
static void end(void)
{
	updater_free(scene.updater);
	phone_settings_free(scene.settings);
	scene.updater = NULL;
	scene.settings = NULL;
	/* The jobs, which init would wait for. */
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

static int make(void **state)
{
	static const char *const names[] = {"uxm", "settings.xml", "journal.json", "led.json"};
	int both[2];

	(void)state;
	folder_make(&folder);
	memset(&scene, 0, sizeof(scene));
	for (size_t i = 0; i < ROWS(names); i++)
		snprintf(scene.paths[i], sizeof(scene.paths[i]), "%s",
			 folder_at(&folder, names[i]));
	folder_put_script(&folder, "uxm", SCRIPT);
	folder_put(&folder, "modules", MODULE("1.5.3", "idle"));
	scene.loop = loop_new();
	if (scene.loop == NULL || pipe2(both, O_CLOEXEC | O_NONBLOCK) != 0)
		return 1;
	log_init(&scene.log, LOG_IS_DETAIL, false);
	scene.log.descriptor = both[1];
	scene.log_end = both[0];
	begin();
	look();
	return 0;
}

static int release(void **state)
{
	(void)state;
	end();
	loop_free(scene.loop);
	close(scene.log.descriptor);
	close(scene.log_end);
	folder_remove(&folder);
	return 0;
}

/* Starts an update of `source`, which goes on as `script` says. */
static void start(const char *source, const char *script)
{
	const struct order order = {.source = source};
	struct uxm_failure why;

	folder_put(&folder, "update", script);
	if (!updater_start(scene.updater, &order, -1, &why))
		fail_msg("%s", why.text);
}

static const char *firmware(void)
{
	return phone_settings_text(scene.settings, PHONE_FIRMWARE_UXM);
}

/* What firmware_uxm is in the file of settings. */
static bool is_kept(const char *value)
{
	struct phone_settings *kept = phone_settings_new();
	struct uxm_failure why;
	size_t unknown;
	bool same;

	assert_true(phone_settings_load(kept, scene.paths[1], &unknown, &why));
	same = strcmp(phone_settings_text(kept, PHONE_FIRMWARE_UXM), value) == 0;
	phone_settings_free(kept);
	return same;
}

static bool has_journal(void)
{
	return access(scene.paths[2], F_OK) == 0;
}

static void after_success_firmware_uxm_holds_the_url_and_the_journal_is_gone(void **state)
{
	(void)state;
	start(URL,
	      "[ -s journal.json ] || exit 1\n"
	      "grep -qF 'compatible; 11.0 000413aabbcc SXM:0 UXM:1)' order || exit 1\n" PROGRESS(
		      "send") PROGRESS("verify") COMES_BACK("1.6.1") RESULT("0", "true"));
	assert_int_equal(scene.state.update.phase, STATE_RUNNING);
	assert_string_equal(scene.state.update.source, "http://h/snomD7C-1.6.1-r.bin");
	assert_true(has_journal());
	assert_string_equal(firmware(), "");
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	assert_string_equal(scene.state.update.text, "The sentence.");
	assert_true(scene.state.update.ended > 0);
	assert_string_equal(firmware(), URL);
	assert_true(is_kept(URL));
	assert_false(has_journal());
	/* The list that follows shows the new version. */
	scene.state.looked = false;
	scene.wants_list = true;
	run();
	scene.wants_list = false;
	assert_string_equal(scene.state.list.modules[0].version, "1.6.1");
}

static void whoever_asked_hears_what_the_module_took_before_the_end_and_every_list(void **state)
{
	(void)state;
	scene.heard[0] = '\0';
	start(URL, PROGRESS("verify") COMES_BACK("1.6.1") RESULT("0", "true"));
	run_until(STATE_ENDED);
	look();
	assert_string_equal(scene.heard, "D7C D7C-0001 took " URL "\n"
					 "ended: The sentence.\nlisted\n");
	assert_int_equal(scene.ended, UXM_UPDATED);
	assert_false(scene.lasting);
	/* What the journal alone knows is heard of with the next list. */
	folder_put(&folder, "modules", MODULE("1.5.3", "idle"));
	look();
	scene.heard[0] = '\0';
	start(URL, PROGRESS("verify") COMES_BACK("1.6.1") "kill -KILL $$");
	run_until(STATE_ENDED);
	look();
	assert_int_equal(scene.ended, UXM_INTERNAL);
	assert_non_null(strstr(scene.heard, "ended: The update's program crashed"));
	assert_non_null(strstr(scene.heard, "D7C D7C-0001 took " URL "\nlisted\n"));
}

static void a_failure_that_trying_again_does_not_mend_is_told_as_such(void **state)
{
	(void)state;
	start(URL, "echo '{\"event\":\"result\",\"code\":6,\"text\":\"No such file.\","
		   "\"lasting\":true}'; exit 6");
	run_until(STATE_ENDED);
	assert_int_equal(scene.ended, UXM_FETCH_FAILED);
	assert_true(scene.lasting);
	look();
	/* The next one says nothing of it, and had no time to. */
	start(URL, "kill -KILL $$");
	run_until(STATE_ENDED);
	assert_int_equal(scene.ended, UXM_INTERNAL);
	assert_false(scene.lasting);
	look();
	start(URL, RESULT("6", "false"));
	run_until(STATE_ENDED);
	assert_int_equal(scene.ended, UXM_FETCH_FAILED);
	assert_false(scene.lasting);
}

static void the_log_tells_each_step_and_no_secret(void **state)
{
	static const char *const says[] = {"http://h/snomD7C-1.6.1-r.bin begins", "step send",
					   "step verify", "Update ended: The sentence.",
					   "firmware_uxm is now http://h/snomD7C-1.6.1-r.bin"};
	char text[8192];
	ssize_t got;

	(void)state;
	start(URL, PROGRESS("send") PROGRESS("verify") RESULT("0", "true"));
	run_until(STATE_ENDED);
	got = read(scene.log_end, text, sizeof(text) - 1);
	assert_true(got > 0);
	text[got] = '\0';
	for (size_t i = 0; i < ROWS(says); i++) {
		if (strstr(text, says[i]) == NULL)
			fail_msg("not said: %s\n%s", says[i], text);
	}
	assert_null(strstr(text, "secret"));
}

static void a_failure_leaves_firmware_uxm_as_it_was(void **state)
{
	(void)state;
	start(URL, PROGRESS("fetch") RESULT("6", "false"));
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_FETCH_FAILED);
	assert_string_equal(scene.state.update.text, "The sentence.");
	assert_string_equal(firmware(), "");
	assert_false(has_journal());
}

static void what_a_job_without_a_result_said_last_is_told(void **state)
{
	(void)state;
	start(URL, "echo 'The key is wrong.' >&2; exit 2");
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_USAGE);
	assert_string_equal(scene.state.update.text, "The key is wrong.");
	assert_false(has_journal());
}

static void success_is_not_believed_without_a_result(void **state)
{
	static const char *const scripts[] = {
		"exit 0", PROGRESS("verify") "exit 0",
		/* The code and the line do not agree. */
		"echo '{\"event\":\"result\",\"code\":6,\"text\":\"x\"}'; exit 0"};

	(void)state;
	for (size_t i = 0; i < ROWS(scripts); i++) {
		start(URL, scripts[i]);
		run_until(STATE_ENDED);
		assert_int_equal(scene.state.update.result, UXM_INTERNAL);
		assert_string_equal(firmware(), "");
		look();
		assert_string_equal(firmware(), "");
		assert_false(has_journal());
	}
}

static void a_crash_before_the_commit_is_told_and_settled_as_nothing(void **state)
{
	(void)state;
	start(URL, PROGRESS("send") "echo 'Ouch.' >&2; kill -SEGV $$");
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_INTERNAL);
	assert_non_null(strstr(scene.state.update.text,
			       "crashed; the module keeps its old version. It said last: 'Ouch.'"));
	look();
	assert_string_equal(firmware(), "");
	assert_false(has_journal());
}

static void a_crash_after_the_commit_is_settled_by_what_the_module_runs(void **state)
{
	(void)state;
	start(URL, PROGRESS("verify") COMES_BACK("1.6.1") "kill -KILL $$");
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_INTERNAL);
	assert_non_null(strstr(scene.state.update.text, "crashed after the commit"));
	look();
	assert_string_equal(firmware(), URL);
	assert_true(is_kept(URL));
	assert_false(has_journal());
}

static void a_module_that_is_away_or_busy_is_waited_for(void **state)
{
	(void)state;
	start(URL, PROGRESS("verify") ": >modules\n" RESULT("9", "true"));
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_NOT_BACK_YET);
	look();
	assert_true(has_journal());
	/* Another module with that version says nothing of ours. */
	folder_put(&folder, "modules", OTHER_MODULE);
	look();
	assert_true(has_journal());
	assert_string_equal(firmware(), "");
	folder_put(&folder, "modules", MODULE("1.5.3", "installing"));
	look();
	assert_true(has_journal());
	assert_string_equal(firmware(), "");
	folder_put(&folder, "modules", MODULE("1.6.1", "idle"));
	look();
	assert_string_equal(firmware(), URL);
	assert_false(has_journal());
}

static void a_busy_module_is_looked_at_again_without_being_asked_to(void **state)
{
	(void)state;
	start(URL,
	      PROGRESS("install") "echo '" MODULE("1.5.3", "installing") "' | grep . >modules\n"
									 "kill -KILL $$");
	run_until(STATE_ENDED);
	look();
	assert_true(has_journal());
	folder_put(&folder, "modules", MODULE("1.6.1", "idle"));
	scene.state.looked = false;
	scene.wants_list = true;
	run();
	scene.wants_list = false;
	assert_string_equal(firmware(), URL);
}

static void an_update_that_uxmd_did_not_live_to_see_is_settled_by_its_next_start(void **state)
{
	static const struct {
		const char *script;
		const char *modules;
		bool taken;
		bool kept;
	} rows[] = {
		{PROGRESS("send") "exec sleep 60", MODULE("1.5.3", "idle"), false, false},
		{PROGRESS("send") "exec sleep 60", MODULE("1.6.1", "idle"), true, false},
		{PROGRESS("send") "exec sleep 60", "", false, true},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(phone_settings_set(scene.settings, PHONE_FIRMWARE_UXM, "",
						    PHONE_BY_UXMD, &(struct uxm_failure){0}),
				 UXM_UPDATED);
		assert_true(phone_settings_save(scene.settings, scene.paths[1],
						&(struct uxm_failure){0}));
		start(URL, rows[i].script);
		end();
		assert_true(has_journal());
		folder_put(&folder, "modules", rows[i].modules);
		begin();
		look();
		assert_string_equal(firmware(), rows[i].taken ? URL : "");
		assert_true(is_kept(firmware()));
		assert_int_equal(has_journal(), rows[i].kept);
		folder_put(&folder, "modules", MODULE("1.5.3", "idle"));
		look();
		assert_false(has_journal());
	}
}

static void a_committed_update_goes_on_when_uxmd_ends(void **state)
{
	(void)state;
	start(URL, "trap '' TERM\n" PROGRESS("verify") "sleep 0.3\n" COMES_BACK("1.6.1") "exit 0");
	run_until(STATE_COMMITTED);
	/* Waits for the job's own end. */
	end();
	begin();
	look();
	assert_string_equal(firmware(), URL);
}

static void the_journal_marks_the_commit_before_anything_else_is_done(void **state)
{
	struct journal journal;
	struct uxm_failure why;

	(void)state;
	start(URL, PROGRESS("send") PROGRESS("verify") "while [ ! -e go ]; do sleep 0.02; done");
	assert_true(journal_load(&journal, scene.paths[2], &why));
	assert_int_equal(journal.count, 1);
	assert_string_equal(journal.of[0].source, URL);
	assert_string_equal(journal.of[0].serial, "D7C-0001");
	assert_string_equal(journal.of[0].port, "1-1");
	assert_string_equal(journal.of[0].model, "D7C");
	assert_string_equal(journal.of[0].version, "1.6.1");
	assert_false(journal.of[0].committed);
	run_until(STATE_COMMITTED);
	assert_true(journal_load(&journal, scene.paths[2], &why));
	assert_true(journal.of[0].committed);
	assert_false(updater_cancel(scene.updater, &why));
	assert_string_equal(why.text, "The update can no longer be stopped.");
	assert_int_equal(why.result, UXM_BUSY);
	folder_put(&folder, "go", "");
}

static void an_update_is_cancelled_before_the_commit(void **state)
{
	(void)state;
	scene.cancel_at = "send";
	start(URL, "trap 'echo \"{\\\"event\\\":\\\"result\\\",\\\"code\\\":13,"
		   "\\\"text\\\":\\\"Cancelled.\\\",\\\"committed\\\":false}\"; exit 13' "
		   "TERM\n" PROGRESS("send") "while :; do sleep 0.02; done");
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_CANCELLED);
	assert_string_equal(scene.state.update.text, "Cancelled.");
	assert_false(has_journal());
}

static void an_update_that_does_not_obey_is_cancelled_by_force(void **state)
{
	(void)state;
	scene.cancel_at = "send";
	start(URL, "trap '' TERM\n" PROGRESS("send") "while :; do sleep 0.1; done");
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_CANCELLED);
	assert_non_null(strstr(scene.state.update.text, "cancelled, by force"));
	look();
	assert_string_equal(firmware(), "");
	assert_false(has_journal());
}

static void one_update_runs_at_a_time(void **state)
{
	const struct order order = {.source = URL};
	struct uxm_failure why;

	(void)state;
	start(URL, PROGRESS("send") "exec sleep 60");
	assert_false(updater_start(scene.updater, &order, -1, &why));
	assert_int_equal(why.result, UXM_BUSY);
	assert_true(updater_cancel(scene.updater, &why));
	run_until(STATE_ENDED);
	assert_false(updater_cancel(scene.updater, &why));
	assert_string_equal(why.text, "No update is running.");
}

static void what_cannot_begin_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		const char *source;
		enum uxm_result result;
		const char *says;
	} rows[] = {
		{"", UXM_USAGE, "No firmware is named"},
		{"snomD7C-1.6.1-r.bin", UXM_USAGE, "is not a complete URL"},
		{"http://u:secret@h/firmware.bin", UXM_IMAGE_REFUSED,
		 "http://h/firmware.bin is not named like an image"},
	};
	struct uxm_failure why;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct order order = {.source = rows[i].source};

		assert_false(updater_start(scene.updater, &order, -1, &why));
		assert_int_equal(why.result, rows[i].result);
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("%s", why.text);
		assert_int_equal(scene.state.update.phase, STATE_IDLE);
		assert_false(has_journal());
	}
	{
		const struct order order = {.source = URL};

		folder_put(&folder, "modules", MODULE("1.5.3", "idle") OTHER_MODULE);
		look();
		assert_false(updater_start(scene.updater, &order, -1, &why));
		assert_int_equal(why.result, UXM_SEVERAL_MODULES);
		folder_put(&folder, "modules", MODULE("1.5.3", "idle"));
		look();
		/* What cannot be written down is not begun, what cannot be started is not kept. */
		assert_int_equal(mkdir(scene.paths[2], 0700), 0);
		assert_false(updater_start(scene.updater, &order, -1, &why));
		assert_int_equal(why.result, UXM_INTERNAL);
		assert_int_equal(rmdir(scene.paths[2]), 0);
		assert_int_equal(unlink(scene.paths[0]), 0);
		assert_false(updater_start(scene.updater, &order, -1, &why));
		assert_non_null(strstr(why.text, "uxm cannot be started"));
		assert_false(has_journal());
		assert_int_equal(scene.state.update.phase, STATE_IDLE);
	}
}

static void a_setting_that_cannot_be_saved_is_saved_later(void **state)
{
	(void)state;
	start(URL,
	      "mkdir settings.xml\n" PROGRESS("verify") COMES_BACK("1.6.1") RESULT("0", "true"));
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	assert_true(has_journal());
	/* uxmd dies. */
	end();
	assert_int_equal(rmdir(scene.paths[1]), 0);
	begin();
	assert_string_equal(firmware(), "");
	look();
	assert_true(is_kept(URL));
	assert_false(has_journal());
}

static void the_led_blinks_during_an_update_and_no_longer(void **state)
{
	struct uxm_failure why;

	(void)state;
	assert_int_equal(mkdir(folder_at(&folder, "red"), 0700), 0);
	folder_put(&folder, "red/trigger", "[none] timer");
	folder_put(&folder, "red/brightness", "3");
	folder_put(&folder, "red/delay_on", "");
	folder_put(&folder, "red/delay_off", "");
	assert_int_equal(phone_settings_set(scene.settings, PHONE_LED, "red", PHONE_BY_UXMD, &why),
			 UXM_UPDATED);
	start(URL, PROGRESS("send") RESULT("6", "false"));
	assert_true(folder_holds(&folder, "red/trigger", "timer"));
	run_until(STATE_ENDED);
	assert_true(folder_holds(&folder, "red/trigger", "none"));
	assert_true(folder_holds(&folder, "red/brightness", "3"));
	assert_int_equal(access(scene.paths[3], F_OK), -1);
}

static void a_led_that_blinks_since_a_death_is_put_right_by_the_next_start(void **state)
{
	(void)state;
	end();
	assert_int_equal(mkdir(folder_at(&folder, "red"), 0700), 0);
	folder_put(&folder, "red/trigger", "[none]");
	folder_put(&folder, "red/brightness", "255");
	folder_put(&folder, "led.json",
		   "{\"name\":\"red\",\"trigger\":\"none\",\"brightness\":\"9\",\"delay_on\":\"\","
		   "\"delay_off\":\"\"}");
	begin();
	assert_true(folder_holds(&folder, "red/brightness", "9"));
	assert_int_equal(access(scene.paths[3], F_OK), -1);
}

static void an_order_says_what_is_set_and_nothing_else(void **state)
{
	static const struct order plain = {.source = URL};
	static const struct order all = {.source = URL, .override = true, .allow_older = true};
	static const struct order upload = {.source = "snomD7C-1.6.1-r.bin", .upload_size = 9};
	static const struct order named = {.source = "snomD7C-1.6.1-r.bin"};
	static const struct {
		const struct order *order;
		bool set;
		const char *json;
	} rows[] = {
		{&plain, false, "{\"url\":\"" URL "\",\"mac\":\"000413aabbcc\"}"},
		{&upload, false,
		 "{\"upload\":{\"name\":\"snomD7C-1.6.1-r.bin\",\"size\":9},"
		 "\"mac\":\"000413aabbcc\"}"},
		{&all, true,
		 "{\"url\":\"" URL "\",\"mac\":\"000413aabbcc\",\"override\":true,"
		 "\"allow_older\":true,\"require_signature\":true,\"keys\":[\"/k/a\",\"/k/b\"],"
		 "\"ca_file\":\"/c\",\"module_ids\":[\"1234:5678\"]}"},
		{&named, true,
		 "{\"file\":\"snomD7C-1.6.1-r.bin\",\"defaults\":{\"method\":\"https\","
		 "\"port\":8443,\"password\":\"p\",\"base_url\":\"https://h/\"},"
		 "\"mac\":\"000413aabbcc\",\"require_signature\":true,\"keys\":[\"/k/a\","
		 "\"/k/b\"],\"ca_file\":\"/c\",\"module_ids\":[\"1234:5678\"]}"},
	};
	static const struct {
		enum phone_id id;
		const char *value;
	} values[] = {
		{PHONE_UXM_KEYS, "/k/a  /k/b"},
		{PHONE_UXM_REQUIRE_SIGNATURE, "on"},
		{PHONE_UXM_CA_FILE, "/c"},
		{PHONE_UXM_MODULE_IDS, "1234:5678"},
		{PHONE_DOWNLOAD_USE_DEFAULTS, "on"},
		{PHONE_DOWNLOAD_METHOD, "https"},
		{PHONE_DOWNLOAD_PORT, "8443"},
		{PHONE_DOWNLOAD_PASSWORD, "p"},
		{PHONE_DOWNLOAD_BASE_URL, "https://h/"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct uxm_failure why;
		struct uxm_name name;
		cJSON *object;
		char *text;

		for (size_t j = 0; rows[i].set && j < ROWS(values); j++)
			assert_int_equal(phone_settings_set(scene.settings, values[j].id,
							    values[j].value, PHONE_BY_UXMD, &why),
					 UXM_UPDATED);
		object = order_make(rows[i].order, scene.settings, "000413aabbcc", &name, &why);
		assert_non_null(object);
		text = cJSON_PrintUnformatted(object);
		assert_string_equal(text, rows[i].json);
		assert_string_equal(name.model, "D7C");
		cJSON_free(text);
		order_forget(object);
	}
}

static void an_upload_goes_through_the_jobs_standard_input(void **state)
{
	const struct order order = {.source = "snomD7C-1.6.1-r.bin", .upload_size = 5};
	struct uxm_failure why;
	int both[2];

	(void)state;
	assert_int_equal(pipe2(both, O_CLOEXEC), 0);
	folder_put(&folder, "update", "cat >uploaded\n" PROGRESS("verify") RESULT("0", "true"));
	assert_true(updater_start(scene.updater, &order, both[0], &why));
	close(both[0]);
	assert_int_equal(write(both[1], "image", 5), 5);
	close(both[1]);
	run_until(STATE_ENDED);
	assert_int_equal(scene.state.update.result, UXM_UPDATED);
	assert_true(folder_holds(&folder, "uploaded", "image"));
	assert_true(is_kept("snomD7C-1.6.1-r.bin"));
}

static void a_list_that_fails_is_told(void **state)
{
	static const struct {
		const char *script;
		const char *error;
	} rows[] = {
		{"echo 'libusb is ill.' >&2; exit 1", "libusb is ill."},
		{"kill -SEGV $$", "uxm ended without a reason."},
		{"echo garbage", "uxm ended without a reason."},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		folder_put_script(&folder, "uxm", rows[i].script);
		look();
		assert_string_equal(scene.state.list_error, rows[i].error);
		assert_int_equal(scene.state.list.count, 0);
	}
	/* Modules of which none may be opened are listed, and the command fails. */
	folder_put_script(&folder, "uxm",
			  "echo '{\"port\":\"1-1\",\"serial\":\"\",\"error\":\"No.\"}'; exit 14");
	look();
	assert_string_equal(scene.state.list_error, "");
	assert_int_equal(scene.state.list.count, 1);
	assert_int_equal(unlink(scene.paths[0]), 0);
	updater_look(scene.updater);
	assert_non_null(strstr(scene.state.list_error, "uxm cannot be started"));
}

static void a_list_that_was_asked_for_again_is_the_later_one(void **state)
{
	(void)state;
	folder_put_script(&folder, "uxm",
			  "cd \"$(dirname \"$0\")\"; [ ! -e once ] || echo '" OTHER_MODULE
			  "' | grep .; : >once");
	scene.state.looked = false;
	scene.wants_list = true;
	updater_look(scene.updater);
	updater_look(scene.updater);
	run();
	scene.wants_list = false;
	assert_int_equal(scene.state.list.count, 1);
}

static void a_journal_that_is_none_is_set_aside(void **state)
{
	static const char *const texts[] = {
		"", "garbage", "{}", "[{}]", "[1]", "[{\"source\":\"x\"}]", "[{},{},{},{},{}]"};
	struct journal journal;
	struct uxm_failure why;

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		folder_put(&folder, "journal.json", texts[i]);
		assert_false(journal_load(&journal, scene.paths[2], &why));
		assert_int_equal(journal.count, 0);
		assert_true(folder_holds(&folder, "journal.json.bad", texts[i]));
		assert_false(has_journal());
	}
}

static void entries_are_judged_by_serial_model_version_and_rest(void **state)
{
	static const struct {
		struct journal_entry entry;
		enum journal_verdict verdict;
	} rows[] = {
		{{.serial = "A", .port = "9", .model = "D7C", .version = "1.6.1"}, JOURNAL_RUNS},
		{{.serial = "A", .port = "9", .model = "D7C", .version = "1.6.1.0"}, JOURNAL_RUNS},
		{{.serial = "A", .port = "9", .model = "D8C", .version = "1.6.1"}, JOURNAL_OTHER},
		{{.serial = "A", .port = "9", .model = "D7C", .version = "1.6.2"}, JOURNAL_OTHER},
		{{.serial = "B", .port = "9", .model = "D7C", .version = "1.6.2"}, JOURNAL_BUSY},
		{{.serial = "C", .port = "9", .model = "D7C", .version = "1.6.1"}, JOURNAL_AWAY},
		{{.serial = "", .port = "1-3", .model = "D7C", .version = "1.6.1"}, JOURNAL_RUNS},
		/* A port is no serial number, and the other way round. */
		{{.serial = "", .port = "1-1", .model = "D7C", .version = "1.6.1"}, JOURNAL_AWAY},
		{{.serial = "D", .port = "9", .model = "D7C", .version = "1.6.1"}, JOURNAL_AWAY},
		{{.serial = "E", .port = "9", .model = "D7C", .version = "1.6.1"}, JOURNAL_AWAY},
	};
	static const struct state_list list = {
		.count = 6,
		.modules = {{.port = "1-1",
			     .serial = "A",
			     .model = "D7C",
			     .version = "1.6.1",
			     .status = "idle"},
			    {.port = "1-2",
			     .serial = "B",
			     .model = "D7C",
			     .version = "1.6.1",
			     .status = "verifying"},
			    {.port = "1-3",
			     .serial = "",
			     .model = "D7C",
			     .version = "1.6.1",
			     .status = "idle"},
			    {.port = "1-4", .serial = "D", .error = "It does not answer."},
			    {.port = "1-5", .serial = "E", .model = "D7C", .version = "1.6.1"},
			    {.port = "1-6", .serial = "E", .model = "D7C", .version = "1.5"}}};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (journal_judge(&rows[i].entry, &list) != rows[i].verdict)
			fail_msg("row %zu", i);
	}
}

static void the_latest_settled_update_decides_and_the_fifth_unsettled_drops_the_first(void **state)
{
	struct journal journal = {.count = 0};
	struct journal read;
	struct uxm_failure why;

	(void)state;
	for (int i = 0; i < JOURNAL_MOST + 1; i++) {
		struct journal_entry entry = {.model = "D7C"};

		snprintf(entry.source, sizeof(entry.source), "http://h/%d/\xc3\xbc\"\\", i);
		snprintf(entry.serial, sizeof(entry.serial), "D7C-000%d", i);
		snprintf(entry.version, sizeof(entry.version), "1.6.1");
		entry.committed = i % 2 == 0;
		assert_int_equal(journal_add(&journal, &entry), i == JOURNAL_MOST);
	}
	assert_true(journal_save(&journal, scene.paths[2], &why));
	assert_true(journal_load(&read, scene.paths[2], &why));
	assert_int_equal(read.count, JOURNAL_MOST);
	assert_string_equal(read.of[0].source, "http://h/1/\xc3\xbc\"\\");
	assert_true(read.of[1].committed);
	assert_false(read.of[2].committed);
	end();
	begin();
	/* The second of them is there: it and the one before it are settled. */
	folder_put(&folder, "modules", OTHER_MODULE);
	look();
	assert_string_equal(firmware(), "http://h/2/\xc3\xbc\"\\");
	assert_true(journal_load(&read, scene.paths[2], &why));
	assert_int_equal(read.count, 2);
	assert_string_equal(read.of[0].serial, "D7C-0003");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, release)
		TEST(after_success_firmware_uxm_holds_the_url_and_the_journal_is_gone),
		TEST(whoever_asked_hears_what_the_module_took_before_the_end_and_every_list),
		TEST(a_failure_that_trying_again_does_not_mend_is_told_as_such),
		TEST(the_log_tells_each_step_and_no_secret),
		TEST(a_failure_leaves_firmware_uxm_as_it_was),
		TEST(what_a_job_without_a_result_said_last_is_told),
		TEST(success_is_not_believed_without_a_result),
		TEST(a_crash_before_the_commit_is_told_and_settled_as_nothing),
		TEST(a_crash_after_the_commit_is_settled_by_what_the_module_runs),
		TEST(a_module_that_is_away_or_busy_is_waited_for),
		TEST(a_busy_module_is_looked_at_again_without_being_asked_to),
		TEST(an_update_that_uxmd_did_not_live_to_see_is_settled_by_its_next_start),
		TEST(a_committed_update_goes_on_when_uxmd_ends),
		TEST(the_journal_marks_the_commit_before_anything_else_is_done),
		TEST(an_update_is_cancelled_before_the_commit),
		TEST(an_update_that_does_not_obey_is_cancelled_by_force),
		TEST(one_update_runs_at_a_time),
		TEST(what_cannot_begin_is_refused_and_leaves_nothing),
		TEST(a_setting_that_cannot_be_saved_is_saved_later),
		TEST(the_led_blinks_during_an_update_and_no_longer),
		TEST(a_led_that_blinks_since_a_death_is_put_right_by_the_next_start),
		TEST(an_order_says_what_is_set_and_nothing_else),
		TEST(an_upload_goes_through_the_jobs_standard_input),
		TEST(a_list_that_fails_is_told),
		TEST(a_list_that_was_asked_for_again_is_the_later_one),
		TEST(a_journal_that_is_none_is_set_aside),
		TEST(entries_are_judged_by_serial_model_version_and_rest),
		TEST(the_latest_settled_update_decides_and_the_fifth_unsettled_drops_the_first),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/updater", tests, NULL, NULL);
}
