/*
 * Prints what a module's display shows, as it changes: at most ten lines a second while only
 * numbers change, and every change of kind. Times in microseconds.
 */
#ifndef MODULE_DISPLAY_H
#define MODULE_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/module/device.h"

struct display {
	FILE *to;
	const char *label; /* stands in brackets before each text */
	bool on;           /* something has been shown since the power came */
	bool waiting;      /* the last text has not been printed yet */
	enum device_screen kind;
	char text[DEVICE_SCREEN_TEXT]; /* the last one, printed or not */
	uint64_t printed_at;
};

/* The display shows this now; prints it, or keeps it for later. */
void display_show(struct display *display, enum device_screen kind, const char *text, uint64_t now);

/* When a text that was kept is to be printed by another display_show; DEVICE_NEVER. */
uint64_t display_next(const struct display *display);

/* The display went dark. A text that was kept is printed before that. */
void display_off(struct display *display);

/* Prints a line about the module, flushed. */
void display_say(const struct display *display, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
