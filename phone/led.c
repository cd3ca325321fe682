/*
 * LEDs, by the kernel's files (Documentation/leds/leds-class.rst). From top to bottom: those files;
 * what a LED did before, and the file that remembers it; blinking; the end of it.
 */
#include "phone/led.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phone/kept.h"
#include "phone/whole_file.h"

/* A file of sysfs is at most a page. */
#define FILE_MOST 4096

#define TRIGGER_TEXT 64
#define NUMBER_TEXT  16
#define NAME_TEXT    256

/* What a LED does. */
struct work {
	char trigger[TRIGGER_TEXT]; /* "" where there are no triggers */
	char brightness[NUMBER_TEXT];
	char delay_on[NUMBER_TEXT]; /* where the trigger is "timer" */
	char delay_off[NUMBER_TEXT];
};

struct led {
	struct loop *loop;
	struct loop_timer timer;
	int folder; /* the LED's own */
	bool on;
	struct work before;
	char most[NUMBER_TEXT]; /* its largest brightness */
	char *path;             /* of the file that remembers what was before */
};

/* ---- the kernel's files ---- */

/* Reads a small file without its last line end; whether it could. */
static bool get(int folder, const char *file, char *text, size_t room)
{
	int descriptor = openat(folder, file, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	text[0] = '\0';
	if (descriptor < 0)
		return false;
	got = read(descriptor, text, room - 1);
	close(descriptor);
	if (got < 0)
		return false;
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

static bool put(int folder, const char *file, const char *text)
{
	size_t length = strlen(text);
	int descriptor = openat(folder, file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	bool done;

	if (descriptor < 0)
		return false;
	done = write(descriptor, text, length) == (ssize_t)length;
	close(descriptor);
	return done;
}

/* The list of triggers is words, that in brackets is the one in use. True: "timer" is among them.
 */
static bool read_triggers(int folder, char *used, size_t room)
{
	char list[FILE_MOST];
	bool has_timer = false;
	char *rest = NULL;

	used[0] = '\0';
	if (!get(folder, "trigger", list, sizeof(list)))
		return false;
	for (char *word = strtok_r(list, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		size_t length = strlen(word);

		if (word[0] == '[' && word[length - 1] == ']') {
			word[length - 1] = '\0';
			word++;
			snprintf(used, room, "%s", word);
		}
		has_timer = has_timer || strcmp(word, "timer") == 0;
	}
	return has_timer;
}

static bool is_none(const char *trigger)
{
	return trigger[0] == '\0' || strcmp(trigger, "none") == 0;
}

/* What it does now; whether it has the trigger "timer". */
static bool read_work(int folder, struct work *work)
{
	bool has_timer;

	memset(work, 0, sizeof(*work));
	has_timer = read_triggers(folder, work->trigger, sizeof(work->trigger));
	if (!get(folder, "brightness", work->brightness, sizeof(work->brightness)) ||
	    work->brightness[0] == '\0')
		strcpy(work->brightness, "0");
	if (strcmp(work->trigger, "timer") == 0) {
		(void)get(folder, "delay_on", work->delay_on, sizeof(work->delay_on));
		(void)get(folder, "delay_off", work->delay_off, sizeof(work->delay_off));
	}
	return has_timer;
}

/* Setting a trigger, "none" too, changes the brightness, so that comes afterwards. */
static void put_work(int folder, const struct work *work)
{
	if (work->trigger[0] != '\0')
		(void)put(folder, "trigger", work->trigger);
	if (is_none(work->trigger)) {
		(void)put(folder, "brightness", work->brightness);
		return;
	}
	if (work->delay_on[0] != '\0')
		(void)put(folder, "delay_on", work->delay_on);
	if (work->delay_off[0] != '\0')
		(void)put(folder, "delay_off", work->delay_off);
}

static bool is_name(const char *name)
{
	return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strchr(name, '/') == NULL;
}

static int open_folder(const char *root, const char *name)
{
	int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int own = folder >= 0 ? openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int reason = errno;

	if (folder >= 0)
		close(folder);
	errno = reason;
	return own;
}

/* ---- the file ---- */

static bool write_down(const char *path, const char *name, const struct work *work,
		       struct uxm_failure *why)
{
	cJSON *object = cJSON_CreateObject();

	return kept_save(path, object,
			 kept_put_text(object, "name", name) &&
				 kept_put_text(object, "trigger", work->trigger) &&
				 kept_put_text(object, "brightness", work->brightness) &&
				 kept_put_text(object, "delay_on", work->delay_on) &&
				 kept_put_text(object, "delay_off", work->delay_off),
			 why);
}

static bool read_down(const char *text, size_t length, char name[NAME_TEXT], struct work *work,
		      struct uxm_failure *why)
{
	cJSON *object = kept_parse(text, length, why);
	bool read = kept_text(name, NAME_TEXT, object, "name") && is_name(name) &&
		    KEPT_TEXT(work->trigger, object, "trigger") &&
		    KEPT_TEXT(work->brightness, object, "brightness") &&
		    KEPT_TEXT(work->delay_on, object, "delay_on") &&
		    KEPT_TEXT(work->delay_off, object, "delay_off");

	if (object != NULL && !read)
		uxm_fail(why, UXM_USAGE, "it is none.");
	cJSON_Delete(object);
	return read;
}

/* ---- blinking ---- */

static bool by_trigger(const struct led *led)
{
	char pace[NUMBER_TEXT];

	snprintf(pace, sizeof(pace), "%u", LED_PACE);
	/* The two files appear with the trigger. */
	return put(led->folder, "trigger", "timer") && put(led->folder, "delay_on", pace) &&
	       put(led->folder, "delay_off", pace);
}

static void on_due(void *self)
{
	struct led *led = self;

	led->on = !led->on;
	(void)put(led->folder, "brightness", led->on ? led->most : "0");
	loop_at(led->loop, &led->timer, loop_now(led->loop) + LED_PACE, on_due, led);
}

static bool by_loop(struct led *led)
{
	if (!is_none(led->before.trigger) && !put(led->folder, "trigger", "none"))
		return false;
	if (!put(led->folder, "brightness", led->most))
		return false;
	led->on = true;
	loop_at(led->loop, &led->timer, loop_now(led->loop) + LED_PACE, on_due, led);
	return true;
}

static void forget(struct led *led)
{
	if (led->folder >= 0)
		close(led->folder);
	free(led->path);
	free(led);
}

struct led *led_blink(struct loop *loop, const char *folder, const char *name, const char *path,
		      struct uxm_failure *why)
{
	struct uxm_failure none;
	struct led *led;
	bool has_timer;

	if (!is_name(name)) {
		uxm_fail(why, UXM_USAGE, "'%s' is not the name of a LED; %s lists them.", name,
			 folder);
		return NULL;
	}
	led = calloc(1, sizeof(*led));
	if (led == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		return NULL;
	}
	led->loop = loop;
	led->path = strdup(path);
	led->folder = open_folder(folder, name);
	if (led->path == NULL || led->folder < 0) {
		uxm_fail(why, UXM_INTERNAL, "There is no LED %s in %s: %s.", name, folder,
			 strerror(errno));
		goto fail;
	}
	has_timer = read_work(led->folder, &led->before);
	if (!get(led->folder, "max_brightness", led->most, sizeof(led->most)) ||
	    led->most[0] == '\0')
		strcpy(led->most, "1");
	if (!write_down(path, name, &led->before, why))
		goto fail;
	if ((has_timer && by_trigger(led)) || by_loop(led))
		return led;
	uxm_fail(why, UXM_INTERNAL, "The LED %s cannot be switched: %s.", name, strerror(errno));
	(void)whole_file_remove(path, &none);
fail:
	forget(led);
	return NULL;
}

/* ---- the end of it ---- */

void led_restore(struct led *led)
{
	struct uxm_failure none;

	if (led == NULL)
		return;
	loop_cancel(&led->timer);
	put_work(led->folder, &led->before);
	/* One that stays does no harm: the LED does not blink any more. */
	(void)whole_file_remove(led->path, &none);
	forget(led);
}

/* Whether it does what led_blink makes it do. By the loop it is on or off without a trigger. */
static bool blinks(int folder)
{
	char pace[NUMBER_TEXT];
	struct work now;

	snprintf(pace, sizeof(pace), "%u", LED_PACE);
	(void)read_work(folder, &now);
	if (strcmp(now.trigger, "timer") == 0)
		return strcmp(now.delay_on, pace) == 0 && strcmp(now.delay_off, pace) == 0;
	return is_none(now.trigger);
}

bool led_recover(const char *folder, const char *path, struct uxm_failure *why)
{
	struct uxm_failure reason = {.text = ""};
	struct work before = {.trigger = ""};
	struct uxm_failure none;
	char name[NAME_TEXT];
	enum whole_file file;
	char *text = NULL;
	size_t length = 0;
	bool done = false;
	int own = -1;

	file = whole_file_read(path, FILE_MOST, &text, &length, &reason);
	if (file == WHOLE_FILE_NONE)
		return true;
	if (file == WHOLE_FILE_FAILED || !read_down(text, length, name, &before, &reason)) {
		uxm_fail(why, reason.result,
			 "What the LED did before cannot be read in %s; it is left as it is: %s",
			 path, reason.text);
		goto end;
	}
	own = open_folder(folder, name);
	if (own < 0) {
		uxm_fail(why,
			 errno == ENOMEM || errno == EMFILE || errno == ENFILE ? UXM_INTERNAL
									       : UXM_USAGE,
			 "The LED %s in %s, which blinked, cannot be opened: %s.", name, folder,
			 strerror(errno));
		goto end;
	}
	if (blinks(own))
		put_work(own, &before);
	close(own);
	done = true;
end:
	free(text);
	if (done || why->result == UXM_USAGE)
		(void)whole_file_remove(path, &none);
	return done;
}
