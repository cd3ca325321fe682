/*
 * What updates are made with: the module's table, the clock and the picture stay, the image is
 * begun anew for each.
 */
#ifndef TOOLS_UXM_BENCH_H
#define TOOLS_UXM_BENCH_H

#include "options.h"
#include "show.h"
#include "wait.h"

/* All that lives longer than one update. */
struct bench {
	const struct options *options;
	const struct uxm_order *order;
	struct show *show;
	const char *exposed; /* a file with a secret that others may read, remarked on once */
	struct usb_module *module;
	struct wait wait;
};

/* How one update ended. */
struct bench_end {
	bool begun;                /* there was nothing wrong with what was asked for */
	bool committed;            /* the module got a new version */
	struct uxm_candidate seat; /* where the module is, or was; port path "": none was found */
};

/*
 * Takes signals from now on (wait_init). `order` and `options` live longer. True; or
 * false with *why (UXM_INTERNAL), and bench_close is due as well.
 */
bool bench_open(struct bench *bench, struct uxm_failure *why);
void bench_close(struct bench *bench);

/*
 * Whether an image can be read from where it is said to be, as far as can be told without asking a
 * server. False with *why: UXM_USAGE, UXM_FETCH_FAILED (a file), UXM_INTERNAL.
 */
bool bench_check(struct bench *bench, struct uxm_failure *why);

/*
 * One update from start to end, and its picture with the result. Returns the result, which *why has
 * too, with its sentence.
 */
enum uxm_result bench_update(struct bench *bench, struct bench_end *end, struct uxm_failure *why);

#endif
