/*
 * The provisioner's inside: looks (provisioner_look.c), what their findings change
 * (provisioner_found.c), and what is done about the offers (provisioner_judge.c, the module's;
 * provisioner_phone.c, the phone's own; provisioner_answer.c, what the user is asked).
 */
#ifndef PHONE_PROVISIONER_INSIDE_H
#define PHONE_PROVISIONER_INSIDE_H

#include "phone/provisioner.h"

/* Of a time: not at all. */
#define PROVISIONER_NEVER UINT64_MAX

/* The findings of a file, which hold until a later look finds others. */
struct provisioner_found {
	char from[LOOK_URL];     /* the setting that named it, "" for no findings */
	struct look_known known; /* of the look that took it */
	struct provision says;
};

/* What the user is asked, or will be after "later": an answer is for all of this, and nothing else.
 */
struct provisioner_question {
	uint32_t number;       /* another one for each other question */
	char phone[LOOK_URL];  /* the phone's own offer, "" where it is not asked about */
	char module[LOOK_URL]; /* the module's */
	char serial[STATE_TEXT];
};

struct provisioner {
	struct provisioner_options with;
	struct record *record;

	/* When; times are those of the clock that only goes forward. */
	bool started;
	bool looking;
	bool look_again;        /* when the look that is under way has ended */
	bool has_looked;        /* one has begun since the start */
	bool has_said;          /* how one has ended */
	uint64_t look_at;       /* the next look */
	uint64_t look_began;    /* the last one */
	uint64_t look_ended;    /* the last one */
	uint64_t look_said;     /* how one has ended was said */
	uint64_t look_pause;    /* what a server asked for ends */
	uint64_t soon_at;       /* what is not ready is looked at again */
	uint32_t interval;      /* minutes, by which look_at was set */
	unsigned failed;        /* looks in a row that did */
	unsigned hops;          /* looks in a row that led to other URLs */
	bool has_list;          /* `list` is one */
	struct state_list list; /* the modules that were there */

	/* What was ordered of the look that is under way: the settings of then. */
	char asked[2][LOOK_URL];
	struct provisioner_found found[2]; /* by enum provision_kind */

	/* Whether. */
	char confirmed[LOOK_URL]; /* the offer for the module to which the user said "now" */
	char confirmed_serial[STATE_TEXT];
	char confirmed_phone[LOOK_URL]; /* the phone's; all for this once */
	bool askable;                   /* the user may answer `question` */
	struct provisioner_question question;
	/* Not before the next look: why, as the end of a sentence; NULL for not held. */
	const char *held;
	/* Nothing begins before the modules are listed again: why, as the end of a sentence; "" for
	 * not. */
	char waiting[UXM_SENTENCE];
	/* The look that is under way began before `later` or `held` was said, and is not the next
	 * one. */
	bool look_is_older;
	bool had_uxm;   /* firmware_uxm held something */
	bool cleared;   /* it was cleared by hand, and the same modules are there since */
	uint64_t later; /* "later" ends then, 0: not said */

	/* The update by provisioning that runs. */
	bool updating;
	char url[JOURNAL_SOURCE];
	char serial[STATE_TEXT];
	bool phone_runs; /* the phone's own */
	char phone_url[JOURNAL_SOURCE];
	char phone_taken[JOURNAL_SOURCE]; /* the phone runs it, and firmware could not be saved */
	uint64_t phone_take_at;           /* it is to be saved then */

	int64_t wall_ahead; /* milliseconds by which the wall clock is ahead of the other */

	bool changed;              /* of the state or the settings something is not told yet */
	char logged[UXM_SENTENCE]; /* the sentence that was logged last */
};

/* ---- provisioner.c ---- */

int64_t provisioner_now(const struct provisioner *provisioner);
uint64_t provisioner_clock(const struct provisioner *provisioner);
/* Takes how far the wall clock is ahead. It tells whole seconds, so that less is no change: the
 * same moment is said with the same words. */
void provisioner_see_wall(struct provisioner *provisioner);
/* A moment of the clock that only goes forward, by the wall clock as it was seen last. */
int64_t provisioner_wall(const struct provisioner *provisioner, uint64_t at);
uint32_t provisioner_draw(const struct provisioner *provisioner);
/* Whether either of the files has a URL. */
bool provisioner_is_configured(const struct provisioner *provisioner);
/* Nothing begins before the modules are listed again, which is in so many seconds at the latest;
 * `why` as struct provisioner's. */
void provisioner_wait(struct provisioner *provisioner, const char *why, uint32_t seconds);
/* Writes the record; what went wrong is logged. */
bool provisioner_save(struct provisioner *provisioner, struct uxm_failure *why);
/* Sets a setting by uxmd itself, for good. False with *why, and nothing changed. */
bool provisioner_set(struct provisioner *provisioner, enum phone_id id, const char *value,
		     struct uxm_failure *why);

/* ---- provisioner_look.c ---- */

/* At random between `least` and `most`, both of them possible. */
uint64_t look_between(const struct provisioner *provisioner, uint64_t least, uint64_t most);
/* The next look is an interval after `from`, up to a fifth of it less, so that the looks of many
 * phones do not stay together, and none comes later than the interval says. */
void look_plan(struct provisioner *provisioner, uint64_t from);
/* Begins a look, when none is under way; one that cannot begin has failed. */
void look_begin(struct provisioner *provisioner);
/* The settings of now are what is asked for. */
void look_note_asked(struct provisioner *provisioner);
/* Whether the settings name other files than that. */
bool look_is_elsewhere(const struct provisioner *provisioner);

/* ---- provisioner_found.c ---- */

/*
 * Takes what a look found: the settings first, on a copy that is saved for good and then taken
 * over, and the findings after them. False with *why, and nothing is taken: it could not be saved.
 * Sets *elsewhere to whether the files are named otherwise now than they were asked for.
 */
bool found_take(struct provisioner *provisioner, struct look *look, bool *elsewhere,
		struct uxm_failure *why);
/* Findings of URLs that the settings do not name any more are forgotten. */
void found_forget_others(struct provisioner *provisioner);
/* All are. */
void found_forget(struct provisioner *provisioner);
/* Whether there are findings of any file. */
bool found_any(const struct provisioner *provisioner);
/* What is offered, of PHONE_FIRMWARE and PHONE_FIRMWARE_UXM; "" for nothing. In both files, the
 * firmware file's counts. */
const char *found_offer(const struct provisioner *provisioner, enum phone_id id);

/* ---- provisioner_phone.c ---- */

enum phone_step {
	PHONE_STEP_NONE = 0, /* nothing to do, nothing to say */
	PHONE_STEP_SKIPPED,  /* no command, or given up: said, the module's turn */
	PHONE_STEP_RUNS,
	PHONE_STEP_WAIT, /* until `until`, or (0) until something else has ended */
	PHONE_STEP_LATER,
	PHONE_STEP_ASK,
	PHONE_STEP_GO,
};

struct phone_answer {
	enum phone_step step;
	int64_t until;
	char text[UXM_SENTENCE]; /* "" for nothing to say */
};

/* Whether the phone's own update is to run now. `later` as gate_question's. */
void phone_judge(struct provisioner *provisioner, int64_t later, struct phone_answer *answer);
/* Begins it: counted and written down before. */
void phone_begin(struct provisioner *provisioner);
/* One whose end was not seen, and after which the phone runs another version, has ended well. */
void phone_settle(struct provisioner *provisioner);
/* It has ended; `why` NULL: well. */
void phone_end(struct provisioner *provisioner, const struct uxm_failure *why);

/* ---- provisioner_answer.c ---- */

/* What an answer would be for now, into the state; `phone` and `module` are offers, "" for what is
 * not asked about. */
void answer_ask(struct provisioner *provisioner, const char *phone, const char *module,
		struct state_provision *said);
/* What was agreed to was that offer, and not what comes after it, be it the same once more. */
void answer_forget(struct provisioner *provisioner, const char *offer, const char *phone_offer);

/* ---- provisioner_judge.c ---- */

/* Judges all, acts, and says it in the state. Returns the wall clock's time at which it is to be
 * judged again at the latest, 0: at none. */
int64_t provisioner_judge(struct provisioner *provisioner);

#endif
