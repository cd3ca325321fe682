/*
 * What the tests of phone/updater.c and journal.c stand on: an updater over real files, with a
 * shell script as uxm, which lists the modules that a file names and updates as another file says.
 */
#ifndef TESTS_PHONE_SCENE_H
#define TESTS_PHONE_SCENE_H

#include "folder.h"
#include "phone/updater.h"

#define URL "http://u:secret@h/snomD7C-1.6.1-r.bin"

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

struct scene {
	struct loop *loop;
	struct loop_timer timer;
	struct state state;
	struct phone_settings *settings;
	struct updater *updater;
	struct log log;
	int log_end;
	char paths[5][300];
	bool wants_list; /* the loop ends with a list that was looked for */
	enum state_phase wants;
	bool wants_phase;      /* the loop ends when the update is in the phase `wants` */
	const char *cancel_at; /* a step at which the update is cancelled */
	/* What was heard of: the calls in their order, and the last end. */
	char heard[1024];
	enum uxm_result ended;
	bool lasting;
};

/* One scene a program; each test has it new. */
extern struct folder folder;
extern struct scene scene;

/* Before and after each test: a folder, a program, one module, and an updater that has listed it.
 */
int scene_make(void **state);
int scene_release(void **state);
/* uxmd starts: settings and journal are read, nothing is known of modules. */
void scene_begin(void);
/* uxmd ends. */
void scene_end(void);
/* Runs the loop until what is wanted came; a test that hangs fails. */
void scene_run(void);
/* Lists the modules, and waits for it. */
void scene_look(void);
/* The modules will be listed unasked, so many milliseconds after `from` (of loop_now), or after
 * later moments up to now. */
void scene_expect_pause(uint64_t from, uint64_t milliseconds);
/* The pause passes after which the modules are listed unasked, and they are. */
void scene_pass_pause(void);
/* Waits until the update is in this phase. */
void scene_run_until(enum state_phase phase);
/* Starts an update of `source`, which goes on as `script` says. */
void scene_start(const char *source, const char *script);
/* The setting firmware_uxm, and whether there is a journal. */
const char *scene_firmware(void);
bool scene_has_journal(void);
/* What firmware_uxm is in the file of settings. */
bool scene_is_kept(const char *value);

#endif
