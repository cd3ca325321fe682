/*
 * A libusb that the tests have made up: its calls in the place of the library's, on devices,
 * contexts and transfers that a test sets up and looks at. What a program must not do with libusb
 * is written down, the first of it.
 */
#ifndef TESTS_USB_MADE_UP_H
#define TESTS_USB_MADE_UP_H

#include <libusb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MADE_UP_DEVICES   8
#define MADE_UP_CONTEXTS  4
#define MADE_UP_TRANSFERS 16
#define MADE_UP_POLLFDS   2
#define MADE_UP_CALLS     256

struct libusb_context {
	bool lives;
	libusb_hotplug_callback_fn plugged;
	void *self;
	bool has_timeout;
	struct timeval timeout;
	struct timeval waited; /* what the last call of events was to wait at most */
};

struct libusb_device {
	struct libusb_device_descriptor descriptor;
	struct libusb_config_descriptor config;
	uint8_t ports[16];
	int port_count; /* or, below 0, what libusb says instead */
	uint8_t bus;
	uint8_t address;
	bool has_descriptor;
	bool has_active; /* configuration */
	bool has_first;
	int lent; /* configurations that were not given back */
};

struct libusb_device_handle {
	libusb_device *device; /* NULL: closed */
	libusb_context *context;
};

/* A transfer that libusb has allocated. */
struct made_up_transfer {
	struct libusb_transfer *usb;
	bool queued; /* submitted, its callback not yet called */
	bool ended;  /* the callback is due */
};

/* The one world there is: libusb's own calls have no other place for it. */
struct made_up {
	/* What the calls are to say; zeros: all goes well. */
	int init_error;
	bool no_hotplug;
	int list_error;
	int open_error;
	int claim_error;
	int setting_error;
	int clear_error;
	int submit_error;
	bool no_transfers; /* none can be allocated */
	bool no_pollfds;
	bool deaf; /* what is cancelled does not end */
	/* The devices; a list of them is the same for each context. */
	struct libusb_device device[MADE_UP_DEVICES];
	size_t count;
	libusb_device *list[MADE_UP_DEVICES + 1];
	int lists; /* that were not given back */
	/* What there is. */
	struct libusb_context context[MADE_UP_CONTEXTS];
	libusb_context *listed; /* the last one that was asked for a list */
	struct libusb_device_handle handle;
	struct made_up_transfer transfer[MADE_UP_TRANSFERS];
	size_t transfers; /* that were ever allocated */
	size_t queue[MADE_UP_TRANSFERS];
	size_t queued;
	/* What was called on the open device: names and numbers, a blank behind each. */
	char calls[MADE_UP_CALLS];
	/* What was done that must not be done; NULL: nothing. */
	const char *wrong;
};

extern struct made_up made_up;

/* Nothing on the bus, nothing called, no failure. */
void made_up_start(void);

/* Writes down what is left behind now that all should have been given back. */
void made_up_finish(void);

/* Where it does not hold, `wrong` was done. */
void made_up_check(bool held, const char *wrong);

/* How many contexts live. */
size_t made_up_contexts(void);

/* All contexts that want to know are told that the device has come or left. */
void made_up_tell(libusb_device *device, libusb_hotplug_event event);

/* The oldest transfer that is under way ends, after so many bytes. The callback is called by the
 * next call of events. */
void made_up_end(enum libusb_transfer_status status, int moved);

#endif
