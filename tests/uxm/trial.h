/*
 * A trial: one update on a desk on which one thing is different from the usual, and all that must
 * hold afterwards. A row of a table is a test.
 */
#ifndef TESTS_UXM_TRIAL_H
#define TESTS_UXM_TRIAL_H

#include "tests/cmocka.h"
#include "tests/uxm/desk.h"
#include "uxm/update.h"

/* The largest image of a trial, and the usual one, in bytes: several chunks, the last one odd. */
#define TRIAL_CAPACITY 2000000u
#define TRIAL_SIZE     500001u
#define TRIAL_MIDDLE   (TRIAL_SIZE / 2)

#define TRIAL_FAULTS 12
#define TRIAL_WORDS  6

/* What the first module runs afterwards; also after a power cycle. */
enum trial_runs {
	TRIAL_AS_SAID = 0, /* after UXM_UPDATED the new version, else the old one */
	TRIAL_OLD,
	TRIAL_NEW,
	TRIAL_OTHER, /* TRIAL_OTHERS */
};

struct trial_row {
	const char *sentence; /* the test's name */
	/* What is unusual: all may be left out. */
	void (*arrange)(struct desk_options *options);
	void (*prepare)(struct desk *desk); /* when the modules are there, before the update */
	const char *faults[TRIAL_FAULTS];   /* of the first module, as fault_parse reads them */
	struct desk_event events[DESK_EVENTS];
	struct desk_image image; /* `size` 0: TRIAL_SIZE */
	const char *file;        /* the image's name; else that of version 1.6.1 for a D7C */
	/* What is expected. */
	const char *says[TRIAL_WORDS];  /* the sentence holds each of these */
	const char *notes;              /* the one note that is made holds this; NULL: none */
	const char *story[TRIAL_WORDS]; /* instead: so many are made, and hold these */
	enum uxm_result result;
	enum trial_runs runs;
	uint32_t after;  /* milliseconds that it takes at least */
	uint32_t within; /* milliseconds that it takes at most, 0: 200,000 */
	bool knows;      /* unusual: the image's SHA-256 is known beforehand */
	bool waits;      /* unusual: for a module to be plugged in */
	bool left_busy;  /* with the update of another program */
};

/* The file name of the usual image; versions: what the modules run before, and what another
 * program's update brings. */
#define TRIAL_FILE "snomD7C-1.6.1-r.bin"
/* clang-format off */
#define TRIAL_BEFORE {{1, 5, 3, 0}}
#define TRIAL_OTHERS {{1, 5, 9, 0}}
/* clang-format on */

/* What a test of such a table gets as its state. */
struct trial {
	struct desk *desk;
	const struct trial_row *row;
};

/* A desk for a program's tests; the test fails when there is no memory. */
struct desk *trial_desk(void);

/*
 * Makes the row's update on the desk, reset before; checks what the row expects and what must
 * always hold; then, the desk in order again, makes an ordinary update, which must succeed.
 */
void trial_run(struct desk *desk, const struct trial_row *row);

/* A test function: trial_run with the state's desk and row. */
void trial_test(void **state);

/* Fills `tests` and `trials` with one test for each of the `count` rows. */
void trial_list(struct CMUnitTest *tests, struct trial *trials, struct desk *desk,
		const struct trial_row *rows, size_t count);

/*
 * The parts of trial_run, for tests that are no rows. An order for the image `file`; what it must
 * be, where that is known: the image of what desk_start has set up.
 */
void trial_order(const struct desk *desk, const char *file, bool knows, struct uxm_order *order);
/* An update by an order. */
enum uxm_result trial_obey(struct desk *desk, const struct uxm_order *order,
			   struct uxm_failure *why);
/* An update to the image `file`, of which nothing more is known. */
enum uxm_result trial_update(struct desk *desk, const char *file, struct uxm_failure *why);
/* Nothing was done that must never be done. */
void trial_check_conduct(const struct desk *desk);
/*
 * Whatever has happened: the first module runs the old version, or the new one with every byte of
 * the image; and the result is true of it.
 */
void trial_check_truth(const struct desk *desk, const char *file, enum uxm_result result);

#endif
