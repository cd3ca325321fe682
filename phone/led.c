/* LEDs, by the kernel's files (Documentation/leds/leds-class.rst). */
#include "phone/led.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file of sysfs is at most a page. */
#define FILE_MOST 4096

#define TRIGGER_TEXT 64
#define NUMBER_TEXT  16

struct led {
	struct loop *loop;
	struct loop_timer timer;
	int folder; /* the LED's own */
	bool on;
	char trigger[TRIGGER_TEXT];   /* before; "" where there are no triggers */
	char brightness[NUMBER_TEXT]; /* before */
	char delay_on[NUMBER_TEXT];   /* before, where the trigger was "timer" */
	char delay_off[NUMBER_TEXT];
	char most[NUMBER_TEXT]; /* its largest brightness */
};

/* Reads a small file without its last line end; whether it could. */
static bool get(const struct led *led, const char *file, char *text, size_t room)
{
	int descriptor = openat(led->folder, file, O_RDONLY | O_CLOEXEC);
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

static bool put(const struct led *led, const char *file, const char *text)
{
	size_t length = strlen(text);
	int descriptor = openat(led->folder, file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	bool done;

	if (descriptor < 0)
		return false;
	done = write(descriptor, text, length) == (ssize_t)length;
	close(descriptor);
	return done;
}

/* The list of triggers is words, that in brackets is the one in use. True: "timer" is among them.
 */
static bool read_triggers(struct led *led)
{
	char list[FILE_MOST];
	bool has_timer = false;
	char *rest = NULL;

	if (!get(led, "trigger", list, sizeof(list)))
		return false;
	for (char *word = strtok_r(list, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		size_t length = strlen(word);

		if (word[0] == '[' && word[length - 1] == ']') {
			word[length - 1] = '\0';
			word++;
			snprintf(led->trigger, sizeof(led->trigger), "%s", word);
		}
		has_timer = has_timer || strcmp(word, "timer") == 0;
	}
	return has_timer;
}

static bool by_trigger(const struct led *led)
{
	char pace[NUMBER_TEXT];

	snprintf(pace, sizeof(pace), "%u", LED_PACE);
	/* The two files appear with the trigger. */
	return put(led, "trigger", "timer") && put(led, "delay_on", pace) &&
	       put(led, "delay_off", pace);
}

static void on_due(void *self)
{
	struct led *led = self;

	led->on = !led->on;
	(void)put(led, "brightness", led->on ? led->most : "0");
	loop_at(led->loop, &led->timer, loop_now(led->loop) + LED_PACE, on_due, led);
}

static bool by_loop(struct led *led)
{
	if (led->trigger[0] != '\0' && strcmp(led->trigger, "none") != 0 &&
	    !put(led, "trigger", "none"))
		return false;
	if (!put(led, "brightness", led->most))
		return false;
	led->on = true;
	loop_at(led->loop, &led->timer, loop_now(led->loop) + LED_PACE, on_due, led);
	return true;
}

static void remember(struct led *led)
{
	if (!get(led, "brightness", led->brightness, sizeof(led->brightness)) ||
	    led->brightness[0] == '\0')
		strcpy(led->brightness, "0");
	if (!get(led, "max_brightness", led->most, sizeof(led->most)) || led->most[0] == '\0')
		strcpy(led->most, "1");
	if (strcmp(led->trigger, "timer") == 0) {
		(void)get(led, "delay_on", led->delay_on, sizeof(led->delay_on));
		(void)get(led, "delay_off", led->delay_off, sizeof(led->delay_off));
	}
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

struct led *led_blink(struct loop *loop, const char *folder, const char *name,
		      struct uxm_failure *why)
{
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
	led->folder = open_folder(folder, name);
	if (led->folder < 0) {
		uxm_fail(why, UXM_INTERNAL, "There is no LED %s in %s: %s.", name, folder,
			 strerror(errno));
		free(led);
		return NULL;
	}
	has_timer = read_triggers(led);
	remember(led);
	if ((has_timer && by_trigger(led)) || by_loop(led))
		return led;
	uxm_fail(why, UXM_INTERNAL, "The LED %s cannot be switched: %s.", name, strerror(errno));
	close(led->folder);
	free(led);
	return NULL;
}

void led_restore(struct led *led)
{
	if (led == NULL)
		return;
	loop_cancel(&led->timer);
	/* Setting a trigger, "none" too, changes the brightness, so that comes afterwards. */
	if (led->trigger[0] == '\0' || strcmp(led->trigger, "none") == 0) {
		if (led->trigger[0] != '\0')
			(void)put(led, "trigger", led->trigger);
		(void)put(led, "brightness", led->brightness);
	} else {
		(void)put(led, "trigger", led->trigger);
		if (led->delay_on[0] != '\0')
			(void)put(led, "delay_on", led->delay_on);
		if (led->delay_off[0] != '\0')
			(void)put(led, "delay_off", led->delay_off);
	}
	close(led->folder);
	free(led);
}
