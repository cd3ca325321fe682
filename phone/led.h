/*
 * A LED of /sys/class/leds that blinks for a while, and then does again what it did before.
 */
#ifndef PHONE_LED_H
#define PHONE_LED_H

#include "phone/loop.h"
#include "uxm/result.h"

/* Where the LEDs are, and for how many milliseconds one is on, and off, when it blinks. */
#define LED_FOLDER "/sys/class/leds"
#define LED_PACE   250u

struct led;

/*
 * Remembers what the LED `name` in `folder` does (trigger, brightness, the pace of the trigger
 * "timer"), in the file `path` too, and lets it blink: by that trigger where the kernel has it,
 * which then goes on whatever becomes of this process, else by a timer of the loop. NULL with *why:
 * UXM_USAGE, `name` is no LED's name; UXM_INTERNAL, there is none of that name, it cannot be
 * written to, or the file cannot.
 */
struct led *led_blink(struct loop *loop, const char *folder, const char *name, const char *path,
		      struct uxm_failure *why);

/* Lets it do what it did before, and removes the file. NULL is harmless. */
void led_restore(struct led *led);

/*
 * Does so for a process that did not live to do it, by what it wrote to `path`. A LED that does not
 * blink any more as led_blink lets it has been given other work since, and is left alone. No file,
 * or one that did what it is for, is true. False with *why: UXM_USAGE, the file cannot be
 * understood, or the LED is not there any more, and the file is removed; UXM_INTERNAL, the file or
 * the LED cannot be opened now, or there is not enough memory, and the file stays.
 */
bool led_recover(const char *folder, const char *path, struct uxm_failure *why);

#endif
