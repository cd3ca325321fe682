/* The scene of the updater. */
#include "scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phone/updater_inside.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A test that hangs ends after this, in milliseconds. */
#define PATIENCE 60000u

/* The list is the file "modules", an update the script "update". */
#define SCRIPT                                                                                     \
	"cd \"$(dirname \"$0\")\"\n"                                                               \
	"if [ \"$1\" = list ]; then cat modules; exit; fi\n"                                       \
	"cat <&3 >order\n. ./update"

struct folder folder;
struct scene scene;

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

/* Nobody else writes settings here. */
static void on_reread(void *self)
{
	(void)self;
}

static bool on_keep(void *self, const struct phone_settings *settings, struct uxm_failure *why)
{
	(void)self;
	return phone_settings_save(settings, scene.paths[1], why);
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

void scene_run(void)
{
	loop_at(scene.loop, &scene.timer, loop_now(scene.loop) + PATIENCE, on_too_long, NULL);
	loop_run(scene.loop);
	loop_cancel(&scene.timer);
}

void scene_look(void)
{
	scene.state.looked = false;
	scene.wants_list = true;
	updater_look(scene.updater);
	scene_run();
	scene.wants_list = false;
}

void scene_expect_pause(uint64_t from, uint64_t milliseconds)
{
	const struct loop_timer *again = &scene.updater->again;

	assert_non_null(again->loop);
	assert_in_range(again->at, from + milliseconds, loop_now(scene.loop) + milliseconds);
}

void scene_pass_pause(void)
{
	struct loop_timer *again = &scene.updater->again;

	assert_non_null(again->loop);
	loop_at(scene.loop, again, loop_now(scene.loop), again->due, again->self);
	scene.state.looked = false;
	scene.wants_list = true;
	scene_run();
	scene.wants_list = false;
}

void scene_run_until(enum state_phase phase)
{
	if (scene.state.update.phase == phase)
		return;
	scene.wants = phase;
	scene.wants_phase = true;
	scene_run();
	scene.wants_phase = false;
}

void scene_begin(void)
{
	size_t unknown;
	struct uxm_failure why;
	struct updater_options options = {
		.loop = scene.loop,
		.state = &scene.state,
		.log = &scene.log,
		.program = scene.paths[0],
		.journal_path = scene.paths[2],
		.outcome_path = scene.paths[4],
		.led_folder = folder.path,
		.led_path = scene.paths[3],
		.mac = "000413aabbcc",
		.reread = on_reread,
		.keep = on_keep,
		.changed = on_changed,
		.listed = on_listed,
		.took = on_took,
		.ended = on_ended,
	};

	memset(&scene.state, 0, sizeof(scene.state));
	scene.state.phone_version = "11.0";
	scene.settings = phone_settings_new();
	assert_non_null(scene.settings);
	assert_true(phone_settings_load(scene.settings, scene.paths[1], "", &unknown, &why));
	options.settings = scene.settings;
	scene.updater = updater_new(&options, &why);
	assert_non_null(scene.updater);
}

void scene_end(void)
{
	updater_free(scene.updater);
	phone_settings_free(scene.settings);
	scene.updater = NULL;
	scene.settings = NULL;
	/* The jobs, which init would wait for. */
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

int scene_make(void **state)
{
	static const char *const names[] = {"uxm", "settings.xml", "journal.json", "led.json",
					    "outcome.json"};
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
	log_init(&scene.log, LOG_IS_DETAIL, NULL);
	scene.log.descriptor = both[1];
	scene.log_end = both[0];
	scene_begin();
	scene_look();
	return 0;
}

int scene_release(void **state)
{
	(void)state;
	scene_end();
	loop_free(scene.loop);
	close(scene.log.descriptor);
	close(scene.log_end);
	folder_remove(&folder);
	return 0;
}

void scene_start(const char *source, const char *script)
{
	const struct order order = {.source = source};
	struct uxm_failure why;

	folder_put(&folder, "update", script);
	if (!updater_start(scene.updater, &order, -1, &why))
		fail_msg("%s", why.text);
}

const char *scene_firmware(void)
{
	return phone_settings_text(scene.settings, PHONE_FIRMWARE_UXM);
}

bool scene_is_kept(const char *value)
{
	struct phone_settings *kept = phone_settings_new();
	struct uxm_failure why;
	size_t unknown;
	bool same;

	assert_true(phone_settings_load(kept, scene.paths[1], "", &unknown, &why));
	same = strcmp(phone_settings_text(kept, PHONE_FIRMWARE_UXM), value) == 0;
	phone_settings_free(kept);
	return same;
}

bool scene_has_journal(void)
{
	return access(scene.paths[2], F_OK) == 0;
}
