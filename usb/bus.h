/*
 * The table of calls that usb/ itself stands on: a bus with devices, at most one of them open.
 * libusb.c is the real one; the tests and the simulation bring their own. Transfers run by
 * themselves once they are submitted, and what became of them is seen only in `events`.
 */
#ifndef USB_BUS_H
#define USB_BUS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "usb/usb.h"

/* A path from the host to a device goes through at most seven ports (USB 2.0, section 4.1.1). */
#define BUS_PORTS           7
/* A control transfer begins with so many bytes of setup (USB 2.0, section 9.3). */
#define BUS_SETUP_SIZE      8
/* The most data that usbfs takes in one control transfer, in bytes. */
#define BUS_CONTROL_MOST    4096
/* Linux knows interfaces 0 to 31 of a configuration (USB_MAXINTERFACES). */
#define BUS_INTERFACES_MOST 32

enum bus_status {
	BUS_OK = 0,
	BUS_STALL,     /* the endpoint, or the request, was halted */
	BUS_GONE,      /* the device has left the bus */
	BUS_BUSY,      /* another program, or a driver, has the interface */
	BUS_DENIED,    /* the device's node must not be opened */
	BUS_NO_MEMORY, /* here, or of what usbfs may use */
	BUS_TIME,      /* not answered in time */
	BUS_OVERFLOW,  /* the device sent more than was asked for */
	BUS_CANCELLED, /* cancelled; `moved` is not to be trusted */
	BUS_SHORT,     /* ended well, but without having moved all that was to be sent */
	BUS_ERROR,     /* everything else */
};

/* An interface at its alternate setting 0. */
struct bus_interface {
	uint8_t number;
	uint8_t class_code;
	uint8_t subclass;
	uint8_t protocol;
	uint8_t endpoints; /* how many, endpoint 0 not counted */
	uint8_t bulk_out;  /* the address of its first bulk OUT endpoint, 0 if it has none */
};

/* What the descriptors of a device say. */
struct bus_device {
	uint8_t bus;
	uint8_t address;
	uint8_t port_count; /* 0 for a root hub */
	uint8_t ports[BUS_PORTS];
	uint16_t vendor;
	uint16_t product;
	uint8_t serial_index;
	size_t interface_count;
	const struct bus_interface *interfaces; /* of the active configuration, or the first one */
};

/* Called for each device; what `device` points to lives until it returns. */
typedef void bus_seen(void *context, const struct bus_device *device);

/*
 * A transfer and its buffer. Made by `transfer_new`, used for one transfer after the other. The
 * owner writes only where it is said, and nothing at all while the transfer is under way.
 */
struct bus_transfer {
	uint8_t *buffer;  /* whole pages, touched; the owner writes into it */
	size_t room;      /* the buffer's bytes */
	uint8_t endpoint; /* owner: its address; 0 is a control transfer, which begins with setup */
	size_t length;    /* owner: bytes to send or receive, with the setup's */
	bool under_way;   /* submitted, and not yet seen to have ended */
	enum bus_status status; /* of the last one that ended; never BUS_SHORT */
	size_t moved;           /* bytes it moved, without the setup's */
};

struct bus_ops {
	/*
	 * Looks afresh and calls `seen` for every device whose descriptors can be read, in no
	 * particular order. Opens no device's node for writing and sends nothing. An open device is
	 * left alone. OK, NO_MEMORY, ERROR.
	 */
	enum bus_status (*enumerate)(void *self, bus_seen *seen, void *context);
	/* How many devices were seen to arrive so far; only ever rises, but for wrapping around. */
	unsigned (*arrivals)(void *self);
	/*
	 * Opens a device of the last `enumerate`. Only when none is open. OK; GONE, also when it
	 * was not listed; DENIED, NO_MEMORY, ERROR.
	 */
	enum bus_status (*open)(void *self, uint8_t bus, uint8_t address);
	/* Closes the open device. Afterwards no transfer is under way, whatever has become of it.
	 */
	void (*close)(void *self);
	/* Whether the open device was noticed to have left. */
	bool (*left)(void *self);
	/*
	 * Claims an interface and selects its alternate setting 0; what fails half way is undone.
	 * May wait in the kernel for a silent device, 5 s at most. OK, GONE, BUSY, DENIED, ERROR.
	 */
	enum bus_status (*claim)(void *self, uint8_t interface_number);
	void (*release)(void *self, uint8_t interface_number);
	/*
	 * CLEAR_FEATURE(ENDPOINT_HALT), and the host's data toggle with it. Only when nothing is
	 * under way there. May wait in the kernel for a silent device, 5 s at most. OK, GONE,
	 * ERROR.
	 */
	enum bus_status (*clear_halt)(void *self, uint8_t endpoint);
	/* A transfer with a buffer of `room` bytes; NULL when there is no memory. */
	struct bus_transfer *(*transfer_new)(void *self, size_t room);
	/* Frees it; it is not under way. NULL is ignored. */
	void (*transfer_free)(void *self, struct bus_transfer *transfer);
	/* Starts it, without a time limit. OK, or, without having started it, GONE, NO_MEMORY,
	 * ERROR. */
	enum bus_status (*submit)(void *self, struct bus_transfer *transfer);
	/*
	 * Has it ended soon; what became of it is seen in `events`. The kernel keeps the caller
	 * until the controller has given the transfer back, which takes micro- to milliseconds.
	 */
	void (*cancel)(void *self, struct bus_transfer *transfer);
	/* Writes at most `room` descriptors to poll into `fds` and returns how many there are. */
	size_t (*pollfds)(void *self, struct pollfd *fds, size_t room);
	/* Milliseconds until `events` must be called without one of them ready; -1 never. */
	int (*timeout)(void *self);
	/* Handles what is ready; if nothing is, waits for it for at most `wait` milliseconds. */
	void (*events)(void *self, unsigned wait);
	/* Milliseconds of a clock that only goes forward. */
	uint64_t (*now)(void *self);
	/* Frees the bus; nothing is open, and all its transfers have been freed. */
	void (*free)(void *self);
};

/*
 * A module object as usb_module_new makes it, over the bus given. Takes the bus over: `free` is
 * called when this fails (NULL, no memory) and by usb_module_free.
 */
struct usb_module *usb_module_over(const struct bus_ops *ops, void *self, const struct usb_id *more,
				   size_t count);

#endif
