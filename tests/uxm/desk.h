/*
 * A desk: a bus with virtual modules on it, an image and a clock, in one process and on a time of
 * its own. It stands under usb/ in the kernel's place (usb/bus.h), so that the whole update runs on
 * it: no thread, no sleep, and the same again from the same options. Memory is taken when it is
 * made; what runs on it takes none. Times in milliseconds where nothing else is said.
 */
#ifndef TESTS_UXM_DESK_H
#define TESTS_UXM_DESK_H

#include <setjmp.h>

#include "tools/module/device.h"
#include "uxm/io.h"
#include "uxm/progress.h"

#define DESK_MODULES 3
#define DESK_EVENTS  12
#define DESK_PAUSES  4
/* A time that is not waited for. */
#define DESK_FOREVER UINT32_MAX

/* The bus and what is to hang on it. */
struct desk_options {
	size_t modules; /* plugged in at the start, 0 to DESK_MODULES */
	struct device_options module;
	struct fault_list faults; /* of the first module */
	bool without_serial;
	uint64_t bus_rate;   /* bytes per second, 0: they move in no time */
	uint32_t latency;    /* of a request on endpoint 0, microseconds */
	uint32_t reboot;     /* from leaving the bus to being back */
	uint32_t hub;        /* from leaving the bus to the hub's telling of it, microseconds: until
				then every transfer fails */
	uint32_t open_after; /* a module that came back cannot be opened for so long: udev lags */
	uint64_t seed;       /* of what is left to chance: how far a cancelled transfer got */
};

/* One module, a D7C with 1.5.3 that installs in 100 ms, on a high-speed bus. */
void desk_defaults(struct desk_options *options);

/* The image, and how it comes. Zeros: at once, and all is well. */
struct desk_image {
	uint64_t size;      /* bytes that there are */
	uint64_t announced; /* bytes that it says there are; 0: the truth */
	uint64_t seed;      /* of its bytes */
	uint64_t rate;      /* bytes per second, 0: at once */
	uint32_t piece;     /* bytes that come together, 0: 16 KiB */
	uint32_t delay;     /* until it is open; DESK_FOREVER: never */
	bool open_fails;
	bool fails; /* at fails_at, instead of that byte */
	uint64_t fails_at;
	bool cannot_seek;
	/* Nothing comes for so long once the bytes before `at` have come; DESK_FOREVER: ever. */
	struct {
		uint64_t at;
		uint32_t time; /* 0: there is no pause */
	} pauses[DESK_PAUSES];
};

/* When something happens. */
enum desk_when {
	DESK_NOT = 0,
	DESK_AT_TIME,    /* so long after the start */
	DESK_AT_REQUEST, /* a request is submitted: its bRequest, or DESK_STANDARD and it */
	DESK_AT_MOVED,   /* so many bytes were moved to a bulk endpoint since the start */
	DESK_AT_STEP,    /* the update tells this enum uxm_step for the first time */
	DESK_AT_MOMENT,  /* so many microseconds after the start */
	DESK_AT_CALL,    /* the host calls the bus's table for this time, 1 is the first */
	DESK_AT_AWAY,    /* the host calls another table for this time (desk_call_away) */
};

/* Standard requests (USB 2.0, table 9-4) among the values of DESK_AT_REQUEST. */
#define DESK_STANDARD       0x100u
#define DESK_GET_DESCRIPTOR (DESK_STANDARD | 6u)
#define DESK_CLEAR_FEATURE  (DESK_STANDARD | 1u)

/* What happens. */
enum desk_what {
	DESK_NOTHING = 0,
	DESK_STOP,   /* somebody wants the update to end; the second time, at once */
	DESK_PLUG,   /* the module is plugged in, anew if it is there */
	DESK_UNPLUG, /* and stays away */
	DESK_CYCLE,  /* the module loses its power and comes back after the reboot time */
	DESK_DENY,   /* the module cannot be opened from now on */
	DESK_OCCUPY, /* another program has the module's interface from now on */
	DESK_HALT,   /* the module halts its endpoint */
	DESK_BREAK,  /* the bulk transfer that is moving fails with what it has moved; `amount` is
			the enum bus_status, 0: BUS_ERROR; BUS_SHORT: it ends well, but short */
	DESK_DEAF,   /* the module takes no data any more, though it answers, until it is plugged in
		      */
	DESK_DOZE,   /* the module takes no data for `amount` percent of the silence that it
			announced: 60 s at most */
	DESK_WEAR,   /* the module's flash takes no more than `amount` more bytes */
	DESK_TIRE,   /* the module loses its power after `amount` more bytes into its flash */
	DESK_DROWSE, /* the host is not woken for `amount` microseconds: others have the processor
		      */
	DESK_KILL,   /* the host's process dies (desk_set_death) */
	DESK_FAIL,   /* DESK_AT_CALL: the call fails; `amount` is the enum bus_status */
	/* To the request of DESK_AT_REQUEST. */
	DESK_LOSE_REQUEST, /* it never arrives, and is never answered */
	DESK_LOSE_ANSWER,  /* it takes effect, and is never answered */
	DESK_REFUSE,       /* it does not take effect and is stalled */
	DESK_GARBLE,       /* its answer is another one than the protocol allows */
	DESK_CUT,          /* half of its data moves; what was to be sent does not take effect */
	DESK_FORGET,       /* STATUS: says that nothing was accepted */
	DESK_BOAST,        /* STATUS: says that more was accepted than there is */
	DESK_STRAY,        /* STATUS: says that it is in another session */
	DESK_LATE,         /* it comes, and is answered, late: after `amount` percent of the time in
			      which it must be, 25 s at most */
};

struct desk_event {
	enum desk_when when;
	uint64_t value;
	unsigned nth;   /* DESK_AT_REQUEST: from this one on, 1 or more; 0 is 1 */
	unsigned times; /* DESK_AT_REQUEST: so many in a row; 0 is 1 */
	enum desk_what what;
	unsigned module; /* 0 to DESK_MODULES - 1 */
	uint64_t amount;
};

/* One run: what is set up anew for each update on the same modules. */
struct desk_run {
	struct desk_image image;
	struct desk_event events[DESK_EVENTS];
	bool lists;     /* it is a listing, which asks each of several modules for its STATUS */
	bool waits;     /* for a module to be plugged in, for as long as that takes */
	uint32_t limit; /* an update that runs for longer is stopped, and that is written down */
};

/* What a host must never do, and what a module must not: bits of desk_wrongs. */
enum desk_wrong {
	DESK_CLAIMED_ONE_OF_SEVERAL = 0,
	DESK_BEGAN_ONE_OF_SEVERAL,
	DESK_ACTED_UNCLAIMED,
	DESK_ABORTED_NOTHING,
	DESK_COMMITTED_TOO_EARLY,
	DESK_ABORTED_AFTER_COMMIT,
	DESK_SENT_AFTER_COMMIT,
	DESK_CLOSED_UNDER_WAY,
	DESK_CLOSED_CLAIMED,
	DESK_LEFT_OPEN,
	DESK_MISUSED_BUS,
	DESK_WROTE_RUNNING_BANK,
	DESK_TOLD_TOO_MUCH,
	DESK_TOLD_BACKWARDS,
	DESK_SPINS,
	DESK_RAN_TOO_LONG,
	DESK_CANCELLED_OLDER_FIRST,
	DESK_LEFT_SESSION,
	DESK_SENT_BEHIND_HOLE,
	DESK_WRONG_TOGGLE,
	DESK_ASKED_TOO_MUCH,
	DESK_COMMITTED_AFTER_STOP,
	DESK_COMMITTED_UNTOLD,
	DESK_COMMITTED_ANOTHER,
	DESK_WAITED_FOR_ANSWER,
	DESK_WAITED_FOR_PROGRESS,
	DESK_WAITED_FOR_RETURN,
	DESK_OPENED_TOO_LONG,
	DESK_SLEPT_TOO_LONG,
	DESK_ASKED_TOO_SELDOM,
	DESK_RECOVERED_TOO_OFTEN,
	DESK_WRONGS,
};

struct desk;

/* Makes a desk for images of up to `capacity` bytes. NULL when there is no memory. */
struct desk *desk_new(size_t capacity);

/* Frees it. NULL is ignored. */
void desk_free(struct desk *desk);

/*
 * New modules on an empty bus. Returns false when there is no memory (it is only needed for another
 * largest chunk than before); a largest image above the capacity is cut to it.
 */
bool desk_reset(struct desk *desk, const struct desk_options *options);

/* Begins a run: image, events and what is written down start over; the modules stay as they are.
 * An image above the capacity is cut to it. */
void desk_start(struct desk *desk, const struct desk_run *run);

/* Whether this one of the run's events has happened, and was not without any effect. */
bool desk_has_happened(const struct desk *desk, size_t event);

/* The three tables of the update, and its watch. */
struct uxm_module desk_module(struct desk *desk);
struct uxm_image desk_image(struct desk *desk);
struct uxm_clock desk_clock(struct desk *desk);
struct uxm_watch desk_watch(struct desk *desk);

/* Something that the host waits for besides the bus: the network. Times in microseconds. */
struct desk_side {
	uint64_t (*due)(void *self); /* when it has something to do; UINT64_MAX: never */
	bool (*work)(void *self);    /* does it; whether the update may now get on */
	void *self;
};

/* Has it waited for by the clock from now on; NULL: nothing. It is copied. */
void desk_set_side(struct desk *desk, const struct desk_side *side);

/* A table of somebody else's is called: the host may die here (DESK_AT_AWAY). */
void desk_call_away(struct desk *desk, const char *name);

/* How long its clock has waited, since the start, for the side alone, with nothing under way on the
 * bus; microseconds. */
uint64_t desk_waited_for_side(const struct desk *desk);

/* So many sessions BEGIN has opened since the start. */
unsigned desk_sessions(const struct desk *desk);

/* How often the bus's table, and others, were called since the start. */
unsigned desk_calls(const struct desk *desk);
unsigned desk_calls_away(const struct desk *desk);

/*
 * Where a host that dies leaves to, by longjmp out of the call in which it dies; NULL: it does not
 * die. From then on, until desk_bury, no table does anything, so that what the host had can be
 * freed.
 */
void desk_set_death(struct desk *desk, jmp_buf *death);
bool desk_is_dead(const struct desk *desk);

/*
 * What the kernel does with what a dead host leaves: its transfers end, in an order left to chance,
 * each with any part of its bytes, the interface is released, the device closed. Then there is a
 * new module table for the next host. False: no memory.
 */
bool desk_bury(struct desk *desk);

/* Where every call and event is written down, a line each; NULL: nowhere. */
void desk_set_trace(struct desk *desk, void (*line)(void *self, const char *text), void *self);
void desk_trace(struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was done wrong since the start: 1 << enum desk_wrong. Once the update has ended, with what
 * it left behind. */
uint32_t desk_wrongs(const struct desk *desk);
const char *desk_wrong_name(enum desk_wrong wrong);

/* Microseconds of its clock, and of that since the start. */
uint64_t desk_now(const struct desk *desk);
uint64_t desk_elapsed(const struct desk *desk);

/* Lets so many microseconds pass without the host. */
void desk_pass(struct desk *desk, uint64_t time);

/* What the update told: its last progress, and the notes, with a line's end after each. */
const struct uxm_progress *desk_progress(const struct desk *desk);
uint64_t desk_sent_from(const struct desk *desk); /* accepted, where the sending began last */
const char *desk_notes(const struct desk *desk);

/* The modules. Plugging one in that is there takes its power away and gives it back. */
void desk_plug(struct desk *desk, unsigned module);
void desk_unplug(struct desk *desk, unsigned module);
bool desk_is_plugged(const struct desk *desk, unsigned module);
struct device *desk_device(const struct desk *desk, unsigned module);
/* No fault waits any more, and every module can be opened and claimed. */
void desk_mend(struct desk *desk);
/*
 * Options as desk_defaults has them, but for the largest chunk and whether there are serial
 * numbers. A module that is plugged in loses its power and gets it back; its flash stays.
 */
void desk_make_usual(struct desk *desk);

/* A program in a module's flash. */
struct desk_program {
	struct uxm_version version;
	const uint8_t *bytes; /* NULL: as delivered, or not all of it is there */
	uint64_t size;        /* 0: as delivered */
};

/* What the module runs once it has lost its power and got it back: as its flash has it now. */
void desk_program(const struct desk *desk, unsigned module, struct desk_program *program);

/* Its serial number, and the port where it hangs or last hung. */
const char *desk_serial(const struct desk *desk, unsigned module);
unsigned desk_port(const struct desk *desk, unsigned module);

/* When the device that was open last left the bus, in microseconds; UINT64_MAX: it did not. */
uint64_t desk_left_at(const struct desk *desk);

/* The next number of a sequence; numbers of the same seed are the same. */
uint64_t desk_chance(uint64_t *seed);

/* Whether what the module runs is, byte by byte, the image of the present run. */
bool desk_runs_image(const struct desk *desk, unsigned module);

/*
 * Another program has updated the module, with an image of its own of `size` bytes and `version`,
 * up to `state`: receiving (all of it), verifying, installing or done, or, where its COMMIT is to
 * be `spoiled`, verifying. Returns whether the module got there.
 */
bool desk_other_host(struct desk *desk, unsigned module, uint64_t size, struct uxm_version version,
		     enum uxm_wire_state state, bool spoiled);

#endif
