/* The scene of a job. */
#include "job_scene.h"

#include <stdio.h>
#include <string.h>

#include "tests/cmocka.h"

struct folder folder;
struct job_scene scene;

static void on_line(void *self, const cJSON *line)
{
	char *text = cJSON_PrintUnformatted(line);

	(void)self;
	assert_false(scene.ended);
	snprintf(scene.last, sizeof(scene.last), "%s", text);
	cJSON_free(text);
	scene.lines++;
	if (scene.lines == scene.commit_at)
		job_committed(scene.job);
	if (scene.stop_at_line)
		job_stop(scene.job);
	if (scene.bear_at_line > 0)
		job_bear(scene.job, scene.bear_at_line);
	if (scene.bear_once)
		scene.bear_at_line = 0;
	if (scene.free_at_line) {
		job_free(scene.job);
		scene.job = NULL;
		loop_end(scene.loop);
	}
}

static void on_silent(void *self)
{
	(void)self;
	scene.silences++;
	if (scene.silences == scene.stop_at_silence)
		loop_end(scene.loop);
}

static void on_ended(void *self, enum job_end end, int code, const char *last_words)
{
	(void)self;
	assert_false(scene.ended);
	scene.ended = true;
	scene.end = end;
	scene.code = code;
	snprintf(scene.words, sizeof(scene.words), "%s", last_words);
	job_free(scene.job);
	scene.job = NULL;
	loop_end(scene.loop);
}

static void on_too_long(void *self)
{
	(void)self;
	fail_msg("the job did not end");
}

int job_scene_make(void **state)
{
	(void)state;
	folder_make(&folder);
	memset(&scene, 0, sizeof(scene));
	scene.loop = loop_new();
	return scene.loop == NULL;
}

int job_scene_release(void **state)
{
	(void)state;
	job_free(scene.job);
	loop_cancel(&scene.timer);
	loop_free(scene.loop);
	folder_remove(&folder);
	return 0;
}

struct job_options job_scene_options(const char *script)
{
	snprintf(scene.program, sizeof(scene.program), "%s",
		 folder_put_script(&folder, "uxm", script));
	return (struct job_options){
		.program = scene.program,
		.kind = JOB_LIST,
		.input = -1,
		.silence = PATIENCE,
		.watcher = {on_line, on_silent, on_ended, NULL},
	};
}

void job_scene_run_until_end(void)
{
	loop_at(scene.loop, &scene.timer, loop_now(scene.loop) + PATIENCE, on_too_long, NULL);
	loop_run(scene.loop);
	loop_cancel(&scene.timer);
}

void job_scene_run(const struct job_options *options)
{
	struct uxm_failure why = {.text = ""};

	scene.job = job_start(scene.loop, options, &why);
	if (scene.job == NULL)
		fail_msg("%s", why.text);
	job_scene_run_until_end();
}

void job_scene_run_script(const char *script)
{
	const struct job_options options = job_scene_options(script);

	job_scene_run(&options);
}
