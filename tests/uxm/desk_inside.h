/*
 * The inside of the desk, shared by its files: desk.c (life, events, time), desk_bus.c (the bus as
 * the host sees it), desk_move.c (transfers as the modules see them), desk_module.c (modules coming
 * and going, their flash), desk_spoil.c (what befalls requests), desk_patience.c (how long the host
 * waits), desk_image.c (the image), desk_watch.c (what is told), desk_host.c (the
 * host: its clock, its calls and its death).
 */
#ifndef TESTS_UXM_DESK_INSIDE_H
#define TESTS_UXM_DESK_INSIDE_H

#include "tests/uxm/desk.h"
#include "usb/bus.h"

/* The pipe's, the request's, and the one that clears the halt. */
#define DESK_TRANSFERS      (UXM_PIPE_DEPTH + 2)
/* What moves at one go, in bytes. */
#define DESK_SLICE          (16u * 1024u)
#define DESK_NOTES_TEXT     2048
/* bmRequestType's direction (USB 2.0, table 9-2). */
#define DESK_DIRECTION_IN   0x80
/* bmRequestType of GET_DESCRIPTOR: standard, device, in. */
#define DESK_STRING_REQUEST 0x80
/* ... of CLEAR_FEATURE for an endpoint (USB 2.0, tables 9-2 to 9-4). */
#define DESK_CLEAR_REQUEST  0x02
/* No module is open. */
#define DESK_NONE           DESK_MODULES

/* A transfer as the kernel knows it. */
struct desk_transfer {
	struct bus_transfer seen; /* first: what the owner has of it */
	bool made;
	bool queued;
	bool delivered; /* a request: the module had it, the answer is lost */
	bool ended;     /* seen in the next `events` */
	bool unwanted;  /* the host has cancelled it, and does not look at what came of it */
	enum bus_status status;
	size_t moved;
	uint64_t since; /* it was submitted, microseconds */
	enum desk_what mishap;
	uint64_t late; /* DESK_LATE: by so much, microseconds */
};

/* Transfers of one endpoint, the oldest first; only that one moves. */
struct desk_queue {
	struct desk_transfer *transfer[DESK_TRANSFERS];
	size_t count;
	uint64_t
		due; /* when the oldest gets on, microseconds; DEVICE_NEVER: it hangs, or is none */
};

/* A module: the model, its flash, and where it hangs. */
struct desk_slot {
	struct desk *desk;
	struct device *device;
	uint32_t chunk; /* the largest one that `device` was made for */
	uint8_t *bank[2];
	uint64_t valid[2]; /* bytes of a bank that were written since it was discarded */
	uint8_t record[RECORD_SIZE];
	bool has_record;
	uint64_t power;   /* bytes that still go into the flash */
	bool worn;        /* and then it is worn out */
	bool dark;        /* or the module has no power any more */
	bool plugged;     /* as far as the hub knows */
	uint64_t gone_at; /* it has left, and the hub tells of it then; DEVICE_NEVER: it has not */
	uint64_t return_at; /* microseconds, DEVICE_NEVER: it stays away */
	uint64_t came_at;   /* when it arrived last */
	uint64_t open_at;   /* it can be opened from then on, microseconds */
	bool deaf;
	uint64_t awake_at; /* it takes no data until then; DEVICE_NEVER: it takes it */
	bool occupied;
	uint8_t address;
	uint8_t port;
	char serial[24];
};

/* What the host waits for while its clock waits. */
enum desk_wait { DESK_WAIT_NOTHING = 0, DESK_WAIT_ANSWER, DESK_WAIT_DATA, DESK_WAIT_SERVER };

/* How long, in microseconds, and how often (desk_patience.c). */
struct desk_patience {
	uint64_t mark;          /* as far as the module had got */
	uint64_t quiet;         /* it was waited for without its getting on */
	uint64_t late;          /* so much of that an answer was late, and had to be borne */
	unsigned unanswered;    /* orders meanwhile */
	bool lost;              /* and questions */
	uint64_t unasked;       /* in a session, since the last STATUS */
	uint64_t idle;          /* with nothing under way, since the last question */
	uint64_t away;          /* ... and no module open, since the last claim */
	uint64_t for_server;    /* in all */
	uint64_t refused_since; /* the device with this address could not be opened */
	uint8_t refused_address;
	unsigned recoveries; /* since `recovered_at`, in bytes */
	uint64_t recovered_at;
	uint64_t recovers_at; /* not before that, the next time */
	bool misled; /* STATUS has said less than it did before: the host cannot count new bytes */
	uint64_t second; /* in this one of the clock's there were so many */
	unsigned calls;
	unsigned questions;
};

/* The image as far as it has come. */
struct desk_source {
	bool asked;   /* it was to be opened */
	bool waiting; /* the last call said AGAIN */
	bool paused[DESK_PAUSES];
	uint64_t open_at; /* microseconds */
	uint64_t next_at; /* when the next piece, or the end, comes */
	uint64_t arrived; /* bytes */
	uint64_t read;
};

struct desk {
	struct desk_options options;
	struct desk_run run;
	size_t capacity;
	uint8_t *payload; /* the run's image */
	struct usb_module *module;
	struct desk_slot slot[DESK_MODULES];
	struct desk_source source;

	uint64_t now; /* microseconds */
	uint64_t started;
	uint64_t random;
	unsigned waits;    /* since time last moved */
	uint64_t awake_at; /* the host is not woken before that, microseconds */

	/* The bus. */
	struct desk_transfer transfer[DESK_TRANSFERS];
	struct desk_queue control;
	struct desk_queue bulk;
	unsigned ended;      /* transfers that have ended and were not yet seen to */
	bool naked;          /* the module answers NAK: it has no room */
	uint64_t moved;      /* bulk bytes since the start */
	uint64_t moved_due;  /* the next DESK_AT_MOVED */
	uint64_t time_due;   /* the next DESK_AT_TIME, microseconds */
	uint64_t moment_due; /* the next DESK_AT_MOMENT, microseconds */
	uint32_t fired;      /* bit i: it was the turn of events[i] */
	uint32_t happened;   /* ... and there was something that it happened to */
	uint32_t kinds;      /* bit i: there are events of enum desk_when i */
	unsigned seen[DESK_EVENTS];
	uint8_t last_address;

	/* The host. */
	unsigned opened; /* the slot that is open, or DESK_NONE */
	bool claimed;
	bool hole;    /* a bulk transfer was seen to have failed, and the halt not cleared since */
	bool toggled; /* the module began its data toggle anew, the host has not */
	bool gone;    /* the open one has left */
	bool left;    /* and that was noticed */
	bool news;    /* something came or went */
	unsigned arrived; /* modules */
	unsigned arrivals;
	size_t enumerated; /* modules that the host saw last */
	bool begun;
	bool aborted; /* as far as can be asked of a host */
	bool begins;  /* a BEGIN was to be submitted */
	bool commits; /* a COMMIT was */
	bool committed;
	unsigned committed_slot; /* where the last COMMIT went */
	bool switched;           /* ... and it has switched its banks since */
	enum uxm_stop stop;
	enum uxm_stop stop_seen;
	uint64_t told_now_at; /* it was told to stop the second time, after COMMIT, microseconds */
	uint64_t rebooted_at; /* it first left after that; DEVICE_NEVER: it has not */
	uint64_t resumed_at;  /* from there on in the payload, the last session */
	char took_serial[24]; /* of the first module that it was to claim (`took`) */
	uint8_t took_port;
	bool took;
	bool told_stop; /* it was told to stop, before its COMMIT */
	bool begun_once;
	bool begun_unnamed; /* the first BEGIN had no id */
	bool killed;        /* it dies at the end of what it does */
	bool dead;
	uint32_t wrongs;
	bool unconfirmed;        /* the last COMMIT did not end well */
	bool strayed;            /* it was given a STATUS of another session than `session` */
	uint32_t session;        /* that it was told before it streams */
	bool timed_out;          /* the module said that it had heard nothing for too long */
	unsigned spoiled;        /* so many requests, or their answers */
	uint32_t unborne;        /* bit i: events[i] spoiled one that need not be borne */
	unsigned begins_seen;    /* so many BEGINs opened a session */
	unsigned calls;          /* of the bus's table */
	unsigned calls_away;     /* of others */
	enum bus_status refusal; /* of the call that is made: it fails so */
	size_t refuses;          /* by this event */
	size_t plugged;          /* modules on the bus before that call */
	uint64_t left_at;
	jmp_buf *death;
	struct desk_patience patience;
	struct desk_side side;
	void (*trace)(void *self, const char *text);
	void *trace_self;
	struct uxm_progress progress;
	uint64_t sent_from; /* accepted, when it was told first that bytes are sent */
	char notes[DESK_NOTES_TEXT];
};

extern const struct bus_ops desk_bus_ops;

static inline uint64_t desk_least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How long `bytes` take at `rate` bytes per second, in microseconds; at rate 0 no time. */
static inline uint64_t desk_time(uint64_t bytes, uint64_t rate)
{
	return rate == 0 ? 0 : bytes * 1000000u / rate;
}

/* Whether it is this order of the host's. */
static inline bool desk_is_order(const struct bus_transfer *seen, enum uxm_wire_request order)
{
	return seen->endpoint == 0 && seen->buffer[0] == UXM_WIRE_OUT && seen->buffer[1] == order;
}

static inline void desk_blame(struct desk *desk, enum desk_wrong wrong)
{
	if (desk->trace != NULL && (desk->wrongs & UINT32_C(1) << wrong) == 0)
		desk_trace(desk, "WRONG: the host %s", desk_wrong_name(wrong));
	desk->wrongs |= UINT32_C(1) << wrong;
}

/* desk.c: lets time pass until the host has something to see, or until then (microseconds). */
void desk_sleep(struct desk *desk, uint64_t until);
/* desk.c: all events of this kind that are due at `value`; `transfer` is the request, or NULL. */
void desk_happen(struct desk *desk, enum desk_when when, uint64_t value,
		 struct desk_transfer *transfer);

/* desk.c: whether the host has something to see. */
bool desk_host_sees(const struct desk *desk);

/* desk_host.c: the bus's table is called, which may make something happen. Returns how the call is
 * to fail, or BUS_OK. */
enum bus_status desk_call(struct desk *desk, const char *name);
/* desk_host.c: what the trace calls its submission. */
const char *desk_transfer_name(const struct bus_transfer *seen);
/* desk_host.c: at the end of a call: does not return when the host has died. */
void desk_live(struct desk *desk);
/* desk_host.c: the host starts over. */
void desk_host_reset(struct desk *desk);
/* desk_host.c: when there is something to do besides, microseconds. */
uint64_t desk_side_due(const struct desk *desk);
/* desk_host.c: the modules that are on the bus. */
size_t desk_count_plugged(const struct desk *desk);

/* desk_move.c: into the queue; what its request makes happen does so. */
void desk_queue_push(struct desk *desk, struct desk_transfer *transfer);
/* desk_move.c: ends one that is queued. Those behind it go on. */
void desk_transfer_end(struct desk *desk, struct desk_transfer *transfer, enum bus_status status);
/* desk_move.c: what is under way at that moment may have got any far. */
void desk_transfer_cancel(struct desk *desk, struct desk_transfer *transfer);
/* desk_move.c: all that is queued ends, for the device has left. */
void desk_transfers_end(struct desk *desk, enum bus_status status);
/* desk_move.c: the oldest one of each endpoint, where it is due. */
void desk_move_control(struct desk *desk);
void desk_move_bulk(struct desk *desk);
/* desk_move.c: the module may have room again. */
void desk_bulk_wake(struct desk *desk);

/* desk_spoil.c: this event, of DESK_AT_REQUEST, happens to the request. Returns whether there is
 * anything to happen to. */
bool desk_spoil(struct desk *desk, size_t event, struct desk_transfer *transfer);
/* desk_spoil.c: to its answer, on the way. */
void desk_spoil_answer(struct desk_transfer *transfer);
/* desk_spoil.c: the host sees that it has ended. */
void desk_spoil_seen(struct desk *desk, const struct desk_transfer *transfer);
/* desk_spoil.c: it takes no data for `percent` of what it may need for a step. Returns whether
 * that is any time. */
bool desk_slot_doze(struct desk *desk, struct desk_slot *slot, uint64_t percent);

/* desk_module.c: after each call of its model: has it left, or lost its power? */
void desk_slot_mind(struct desk *desk, struct desk_slot *slot);
/* desk_module.c: what is due at a module. */
void desk_slot_run(struct desk *desk, struct desk_slot *slot);
uint64_t desk_slot_next(const struct desk_slot *slot);
/* desk_module.c: as delivered, with an empty flash, and nowhere. False: no memory. */
bool desk_slot_reset(struct desk *desk, unsigned number);
/* desk_module.c: bytes of the image with this seed. */
void desk_image_bytes(uint64_t seed, uint8_t *bytes, size_t length);

/* desk_image.c: starts over. */
void desk_source_reset(struct desk *desk);
/* desk_image.c: when there will be something to read that is waited for, microseconds. */
uint64_t desk_source_next(const struct desk *desk);

/* desk_patience.c: the silence that the host must bear, in microseconds. */
uint64_t desk_patience_silence(const struct desk *desk);
/* desk_patience.c: within which a module has to answer the request. */
uint64_t desk_patience_answer(const struct desk *desk, const struct bus_transfer *seen);
/* desk_patience.c: starts over. */
void desk_patience_reset(struct desk *desk);
/* desk_patience.c: a transfer has ended. An ABORT counts unless it was given up too early. */
void desk_patience_ended(struct desk *desk, const struct desk_transfer *transfer,
			 enum bus_status status);
/* desk_patience.c: what the host is going to wait for, and that it has, since then. */
enum desk_wait desk_patience_waits(const struct desk *desk);
void desk_patience_slept(struct desk *desk, enum desk_wait what, uint64_t since);
/* desk_patience.c: the host has claimed a module; was refused to open one; clears its halt. */
void desk_patience_claimed(struct desk *desk);
void desk_patience_refused(struct desk *desk, const struct desk_slot *slot);
void desk_patience_recovers(struct desk *desk);
/* desk_patience.c: a table is called; a question is one that makes the bus do something. */
void desk_patience_called(struct desk *desk, bool question);

/* desk_watch.c: starts over. */
void desk_watch_reset(struct desk *desk);

#endif
