/*
 * A bus without hardware that behaves as the kernel's: bulk transfers wait in a queue; one that
 * fails does not stop those behind it; one that is cancelled may have moved any part of its bytes;
 * what has ended is seen in `events` alone. It writes down the calls that it gets.
 */
#ifndef TESTS_USB_FAKE_BUS_H
#define TESTS_USB_FAKE_BUS_H

#include "usb/bus.h"

#define FAKE_SUBMISSIONS 64
#define FAKE_TRANSFERS   16
#define FAKE_DEVICES     8
#define FAKE_NEVER       (-1)

/* What was in a transfer when it was submitted. */
struct fake_submission {
	uint8_t endpoint;
	size_t length;
	uint64_t digest;
};

/* What the kernel knows of a transfer. */
struct fake_urb {
	struct bus_transfer *transfer;
	bool queued;
	bool ended; /* seen in the next `events` */
	enum bus_status status;
	size_t moved;
};

struct fake_bus {
	struct bus_device devices[FAKE_DEVICES];
	size_t device_count;
	/* What the calls are to say. */
	enum bus_status enumerate_status;
	enum bus_status open_status;
	enum bus_status claim_status;
	enum bus_status clear_status;
	enum bus_status submit_status; /* once `submits_until` more have gone well */
	int submits_until;             /* FAKE_NEVER: all go well */
	int transfers_until;           /* so many can be made; FAKE_NEVER: any number */
	bool gone;                     /* unplugged */
	bool left;                     /* and noticed */
	bool silent;                   /* endpoint 0 does not answer */
	bool stuck;                    /* what is cancelled is never given back */
	unsigned slow;                 /* so many more `events` give nothing back */
	/* What was called. */
	char calls[4096]; /* names, each with a blank behind it */
	struct fake_submission submissions[FAKE_SUBMISSIONS];
	size_t submission_count;
	bool opened;
	unsigned closes;
	unsigned claims;
	unsigned releases;
	unsigned frees;
	unsigned transfers_alive;
	uint64_t now;
	/* Transfers by the order in which they were made: the pipe's come first. */
	struct fake_urb urbs[FAKE_TRANSFERS];
	struct bus_transfer *queue[FAKE_TRANSFERS]; /* bulk, oldest first */
	size_t queue_length;
	uint8_t answer[BUS_CONTROL_MOST]; /* of the next IN request */
	size_t answer_length;
	enum bus_status answer_status;
};

extern const struct bus_ops fake_bus_ops;

/* The update interface as it should be. */
extern const struct bus_interface fake_update_interface;

/* A bus on which all goes well, with one module at 1-1.4, address 7. */
void fake_bus_init(struct fake_bus *fake);

/* The oldest bulk transfer in the queue ends; seen after the next `events`. */
void fake_bus_end(struct fake_bus *fake, enum bus_status status);
void fake_bus_end_short(struct fake_bus *fake, size_t moved);

/* Forgets the calls written down so far. */
void fake_bus_forget_calls(struct fake_bus *fake);

/* The candidate that the module of fake_bus_init is. */
struct uxm_candidate fake_bus_candidate(void);

#endif
