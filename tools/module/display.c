/*
 * Lines on standard output for a module's display.
 */
#include "tools/module/display.h"

#include <stdarg.h>
#include <string.h>

/* Ten lines a second. */
#define PAUSE UINT64_C(100000)

void display_say(const struct display *display, const char *format, ...)
{
	va_list arguments;

	fprintf(display->to, "[%s] ", display->label);
	va_start(arguments, format);
	vfprintf(display->to, format, arguments);
	va_end(arguments);
	fputc('\n', display->to);
	fflush(display->to);
}

static void print(struct display *display, uint64_t now)
{
	display_say(display, "%s", display->text);
	display->printed_at = now;
	display->waiting = false;
}

void display_show(struct display *display, enum device_screen kind, const char *text, uint64_t now)
{
	bool other_kind = !display->on || kind != display->kind;

	/* The last number of a kind is worth a line too: "Receiving N of N bytes". */
	if (other_kind && display->waiting)
		print(display, now);
	if (display->on && strcmp(text, display->text) != 0)
		display->waiting = true;
	if (other_kind)
		display->waiting = true;
	display->on = true;
	display->kind = kind;
	snprintf(display->text, sizeof(display->text), "%s", text);
	if (display->waiting && (other_kind || now >= display->printed_at + PAUSE))
		print(display, now);
}

uint64_t display_next(const struct display *display)
{
	return display->waiting ? display->printed_at + PAUSE : DEVICE_NEVER;
}

void display_off(struct display *display)
{
	if (display->waiting)
		display_say(display, "%s", display->text);
	display->waiting = false;
	display->on = false;
}
