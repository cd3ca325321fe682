/*
 * What is told while an update runs. Every number counts what the module has accepted.
 */
#ifndef UXM_PROGRESS_H
#define UXM_PROGRESS_H

#include <stdint.h>

enum uxm_step {
	UXM_STEP_LOOK = 0, /* exactly one module? */
	UXM_STEP_FETCH,    /* the server has been asked */
	UXM_STEP_SEND,     /* `accepted` of `size` bytes */
	UXM_STEP_COMMIT,   /* COMMIT is about to be sent; whatever comes, no ABORT follows */
	UXM_STEP_VERIFY,   /* `percent` */
	UXM_STEP_INSTALL,  /* `percent` */
	UXM_STEP_REBOOT,   /* the module reports success and leaves the bus */
	UXM_STEP_RETURN,   /* waiting until it is back */
	UXM_STEPS,
};

struct uxm_progress {
	enum uxm_step step;
	uint64_t accepted; /* bytes; never less than before */
	uint64_t size;     /* bytes, 0 while it is not known */
	unsigned percent;  /* of the module's step */
	const char *note;  /* a remark that is made once, or NULL */
	uint64_t pause;    /* with a note: milliseconds in which nothing is tried now, 0: none */
};

/* Who is told. `tell` must neither block for long nor fail. */
struct uxm_watch {
	void (*tell)(void *self, const struct uxm_progress *progress);
	void *self;
};

/* The watch, and what it was told last. */
struct uxm_teller {
	struct uxm_watch watch;
	struct uxm_progress progress;
};

/* Tells that `step` has got to `percent`; nothing when that was told before. */
void uxm_tell_step(struct uxm_teller *teller, enum uxm_step step, unsigned percent);

/* Tells that the module has accepted `accepted` bytes; nothing when that is not more than before.
 */
void uxm_tell_accepted(struct uxm_teller *teller, uint64_t accepted);

/* Tells how far it is, also where nothing of that is new. */
void uxm_tell(const struct uxm_teller *teller);

/* Makes a remark, which uxm_clean has cleaned. */
void uxm_tell_note(struct uxm_teller *teller, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A step's name for programs, as in "verify". */
const char *uxm_step_name(enum uxm_step step);

#endif
