/*
 * Showing an update: a bar on a terminal, a line a second without one, JSON lines for programs.
 */
#ifndef TOOLS_UXM_SHOW_H
#define TOOLS_UXM_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "uxm/update.h"

enum show_form {
	SHOW_BAR,
	SHOW_LINES,
	SHOW_JSON,
};

struct show {
	enum show_form form;
	int descriptor;          /* where it goes */
	enum uxm_step step;      /* shown last, UXM_STEPS before the first */
	uint64_t began_at;       /* milliseconds */
	uint64_t shown_at;       /* milliseconds */
	uint64_t shown_accepted; /* bytes, then */
	uint64_t rate_at;        /* milliseconds, start of the current measurement */
	uint64_t rate_accepted;  /* bytes, then */
	double rate;             /* bytes per second, smoothed; 0 before the first measurement */
	bool line_open;          /* the terminal's line is not ended yet */
};

/* Shows on `descriptor` in this form. */
void show_init(struct show *show, enum show_form form, int descriptor);

/* A watch that shows; `show` must outlive it. */
struct uxm_watch show_watch(struct show *show);

/*
 * The end: the sentence, and for programs all that is known of the module (`update` may be NULL: it
 * was not begun). In the forms for people a failure is left to the caller, who says it on standard
 * error; only the bar's line is ended.
 */
void show_result(struct show *show, const struct uxm_update *update, const struct uxm_failure *why);

#endif
