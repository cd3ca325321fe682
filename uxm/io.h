/*
 * The three tables through which the update sees the world: the module (usb/), the image (fetch/)
 * and time. No call of the first two blocks: it does what can be done at once or says
 * UXM_IO_AGAIN, and the caller sleeps in the clock's `wait`, which returns when any of them may get
 * on.
 */
#ifndef UXM_IO_H
#define UXM_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/result.h"

/* What a call says. `why` is set whenever it is neither OK, AGAIN nor END. */
enum uxm_io {
	UXM_IO_OK = 0,
	UXM_IO_AGAIN,  /* nothing can be done at once; wait, then call again */
	UXM_IO_END,    /* image: there is no more */
	UXM_IO_STALL,  /* module: the request or the endpoint was stalled */
	UXM_IO_BROKEN, /* module: a transfer ended without having moved all its bytes */
	UXM_IO_GONE,   /* module: it has left the bus */
	UXM_IO_FAILED, /* everything else; `why` has the result and the sentence */
};

/* A port path is a bus, '-', and at most seven ports with '.' between them (USB 2.0,
 * section 4.1.1). */
#define UXM_PORT_PATH_TEXT 36
/* A string descriptor holds at most 126 UTF-16 units (USB 2.0, section 9.6.7); kept as ASCII. */
#define UXM_SERIAL_TEXT    128

/* A device on the bus whose ids are in the table of modules. Nothing in it needed the device
 * opened. */
struct uxm_candidate {
	char port_path[UXM_PORT_PATH_TEXT]; /* "1-1.4", as the kernel names it */
	uint8_t bus;
	uint8_t address;
	uint16_t vendor;
	uint16_t product;
	uint8_t serial_index;     /* iSerialNumber, 0 if it has none */
	uint8_t interface_number; /* of the update interface */
	uint8_t endpoint;         /* bulk OUT endpoint's address */
};

/* A control request (USB 2.0, table 9-2). The table sends it with wLength = the data's length. */
struct uxm_setup {
	uint8_t request_type;
	uint8_t request;
	uint16_t value;
	uint16_t index;
};

/* How many bulk transfers the module table holds at most, and the largest one, in bytes. */
#define UXM_PIPE_DEPTH    7
#define UXM_PIPE_TRANSFER (128u * 1024u)

/*
 * The module. At most one device is open at a time. The bulk transfers form a pipe: they are
 * numbered from 0 in the order in which they were submitted since `claim` or the last `forget`, and
 * their buffers are kept, as they were sent, until they are released, so that `resubmit` can send
 * them again. A call in the wrong order is FAILED with UXM_INTERNAL.
 */
struct uxm_module_ops {
	/*
	 * Looks at the bus afresh. Sets *count to the number of candidates there are and fills
	 * `found` with the first `room` of them, by port path. OK or FAILED.
	 */
	enum uxm_io (*scan)(void *self, struct uxm_candidate *found, size_t room, size_t *count,
			    struct uxm_failure *why);
	/*
	 * How often devices have been plugged in since `self` was made, as far as it was noticed. A
	 * hint to scan.
	 */
	unsigned (*arrivals)(void *self);
	/*
	 * Opens a device that the last `scan` found. Sends nothing. OK; GONE; FAILED with
	 * UXM_NOT_PERMITTED, or UXM_INTERNAL.
	 */
	enum uxm_io (*open)(void *self, const struct uxm_candidate *candidate,
			    struct uxm_failure *why);
	/*
	 * Cancels the newest first and reaps whatever is still in flight, releases the interface,
	 * closes. Harmless when nothing is open.
	 */
	void (*close)(void *self);
	/*
	 * One request on endpoint 0, at most 4096 bytes of data. The first call starts it; AGAIN
	 * until it has ended; meanwhile every call must be for the same one. In: `data` has room
	 * for *length bytes, and *length is set to how many came. Out: `data` holds *length bytes.
	 * OK, AGAIN, STALL, GONE, BROKEN, FAILED.
	 */
	enum uxm_io (*control)(void *self, const struct uxm_setup *setup, void *data,
			       uint16_t *length, struct uxm_failure *why);
	/*
	 * Cancels the request that is under way, if there is one, and reaps it, that of `settle`
	 * too: nothing stands before the next one then. The next `control` starts a new one.
	 */
	void (*control_cancel)(void *self);
	/*
	 * Claims the update interface and selects its alternate setting 0. OK; GONE; FAILED with
	 * UXM_BUSY (another program has it), UXM_NOT_PERMITTED or UXM_TRANSFER_FAILED.
	 */
	enum uxm_io (*claim)(void *self, struct uxm_failure *why);
	/* The next free buffer of the pipe, of UXM_PIPE_TRANSFER bytes. The same one until
	 * `submit`. OK or AGAIN. */
	enum uxm_io (*reserve)(void *self, uint8_t **buffer);
	/* Sends the first `length` bytes of the reserved buffer as one transfer. OK, GONE, FAILED.
	 */
	enum uxm_io (*submit)(void *self, size_t length, struct uxm_failure *why);
	/*
	 * Sets *count to how many transfers have completed, in order and whole. OK as long as none
	 * has failed; else what befell the first one that did: STALL, BROKEN, GONE, FAILED.
	 */
	enum uxm_io (*completed)(void *self, uint64_t *count, struct uxm_failure *why);
	/* Gives back the buffers of the transfers numbered below `upto`; they must have completed.
	 */
	void (*release)(void *self, uint64_t upto);
	/*
	 * Ends everything in flight, newest first. AGAIN until all has been reaped; then the halt
	 * is cleared and OK said. Transfers keep their numbers and buffers. GONE, FAILED.
	 */
	enum uxm_io (*settle)(void *self, struct uxm_failure *why);
	/*
	 * After `settle`: sends the transfers numbered `from` and above again, unchanged;
	 * `completed` counts from there. OK, GONE, FAILED. With `from` one past the last, nothing
	 * is sent.
	 */
	enum uxm_io (*resubmit)(void *self, uint64_t from, struct uxm_failure *why);
	/* Forgets all transfers, of which none may be in flight; the next one submitted has the
	 * number 0. */
	void (*forget)(void *self);
};

/* The image: a stream of bytes of known length. */
struct uxm_image_ops {
	/* Starts, and sets *size to the length in bytes, 1 or more. AGAIN until it is known. OK or
	 * FAILED. */
	enum uxm_io (*open)(void *self, uint64_t *size, struct uxm_failure *why);
	/*
	 * Moves up to `room` bytes into `buffer`, *got of them, 1 or more with OK. AGAIN; END after
	 * the last byte, and only when it was the length that was announced; FAILED.
	 */
	enum uxm_io (*read)(void *self, uint8_t *buffer, size_t room, size_t *got,
			    struct uxm_failure *why);
	/* The next `read` begins at `offset`, at most the size. OK or FAILED (it cannot go there).
	 */
	enum uxm_io (*seek)(void *self, uint64_t offset, struct uxm_failure *why);
	/*
	 * Whether the source itself says what the SHA-256 of the whole is; then `digest` is set.
	 * Known from `open`'s OK on.
	 */
	bool (*digest)(void *self, uint8_t digest[32]);
	/*
	 * Whether waiting now is waiting for the other side to send. False while the source itself
	 * lets time pass: it connects, waits for an answer, or pauses before it tries again; each
	 * has limits of its own.
	 */
	bool (*owes)(void *self);
};

/* Whether somebody wants the update to end. It only ever rises. */
enum uxm_stop {
	UXM_STOP_NO = 0,
	UXM_STOP_SOON, /* asked once: cancel, if that is still possible */
	UXM_STOP_NOW,  /* asked again: stop waiting */
};

struct uxm_clock_ops {
	/* Milliseconds of a clock that only goes forward. */
	uint64_t (*now)(void *self);
	/* Sleeps until a table may get on, somebody asks to stop, or the clock shows `until`. */
	enum uxm_stop (*wait)(void *self, uint64_t until);
};

struct uxm_module {
	const struct uxm_module_ops *ops;
	void *self;
};

struct uxm_image {
	const struct uxm_image_ops *ops;
	void *self;
	const char *sender; /* as a sentence begins; NULL: "The server" */
};

struct uxm_clock {
	const struct uxm_clock_ops *ops;
	void *self;
};

#endif
