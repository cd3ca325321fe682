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
 * "timer"), and lets it blink: by that trigger where the kernel has it, else by a timer of the
 * loop. NULL with *why: UXM_USAGE, `name` is no LED's name; UXM_INTERNAL, there is none of that
 * name, or it cannot be written to.
 */
struct led *led_blink(struct loop *loop, const char *folder, const char *name,
		      struct uxm_failure *why);

/* Lets it do what it did before. NULL is harmless. */
void led_restore(struct led *led);

#endif
