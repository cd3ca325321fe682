/*
 * The one place where the command sleeps: libusb's descriptors, libcurl's sockets or the image's
 * descriptor, and the signals that ask to stop, in one call.
 */
#ifndef TOOLS_UXM_WAIT_H
#define TOOLS_UXM_WAIT_H

#include <signal.h>

#include "fetch/fetch.h"
#include "fetch/file.h"
#include "fetch/small.h"
#include "usb/usb.h"
#include "uxm/io.h"

struct wait {
	struct usb_module *module;
	struct fetch *fetch;           /* of an image from a server, or NULL */
	struct fetch_small *small;     /* of the file beside it, as long as that comes, or NULL */
	const struct fetch_file *file; /* of an image from a file, or NULL */
	void (*woke)(void *self);      /* called after each sleep, or NULL */
	void *self;
	int signal_fd;
	enum uxm_stop stop;
};

/* Blocks what ends a command, and sets it: SIGINT, SIGTERM, and SIGHUP unless that is ignored. */
void wait_block_signals(sigset_t *signals);

/*
 * wait_block_signals, and they are taken by a descriptor (signalfd(2)) from now on. Returns true,
 * or false with *why (UXM_INTERNAL).
 */
bool wait_signals(int *descriptor, struct uxm_failure *why);

/* The same into `wait`. */
bool wait_init(struct wait *wait, struct usb_module *module, struct uxm_failure *why);

void wait_release(struct wait *wait);

/* The clock of this wait. */
struct uxm_clock wait_clock(struct wait *wait);

#endif
