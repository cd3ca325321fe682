/*
 * The pipe of bulk transfers to the open module: numbered, in order, kept until released, so that
 * after a failure they can be sent again. The calls are those of uxm/io.h.
 */
#ifndef USB_PIPE_H
#define USB_PIPE_H

#include "usb/bus.h"

enum usb_pipe_state {
	USB_PIPE_RUNNING,  /* what is submitted is sent */
	USB_PIPE_STOPPED,  /* a transfer could not be sent again; waits for settle */
	USB_PIPE_REAPING,  /* settle: all has been cancelled, some is still under way */
	USB_PIPE_CLEARING, /* settle: the module is asked to clear the halt */
	USB_PIPE_SETTLED,  /* waits for resubmit or forget */
};

struct usb_pipe {
	const struct bus_ops *bus;
	void *bus_self;
	struct bus_transfer *transfer[UXM_PIPE_DEPTH];
	bool held[UXM_PIPE_DEPTH];  /* submitted, but not sent since the last failure */
	struct bus_transfer *clear; /* CLEAR_FEATURE, to see whether the module answers */
	struct uxm_candidate candidate;
	enum usb_pipe_state state;
	size_t first; /* the slot of the transfer with number 0 */
	/* Numbers: released <= completed <= submitted <= released + UXM_PIPE_DEPTH. */
	uint64_t released;
	uint64_t completed;
	uint64_t submitted;
};

/* Allocates the transfers; `pipe` is all zeros. Returns whether there was memory; in either case
 * usb_pipe_free frees what there is. */
bool usb_pipe_init(struct usb_pipe *pipe, const struct bus_ops *bus, void *bus_self);

/* Frees the transfers; none is under way. */
void usb_pipe_free(struct usb_pipe *pipe);

/* Begins anew for a module; nothing is under way. */
void usb_pipe_start(struct usb_pipe *pipe, const struct uxm_candidate *candidate);

/* Whether anything of the pipe is under way. */
bool usb_pipe_under_way(const struct usb_pipe *pipe);

/* Cancels all that is under way, the newest first, so that no transfer can start in the place of
 * one before it. */
void usb_pipe_cancel(struct usb_pipe *pipe);

/* Cancels settle's request to the module, if that is under way: the next settle makes another. */
void usb_pipe_cancel_clear(struct usb_pipe *pipe);

/* As io.h says; `submit` and `resubmit` give GONE when the module is found to have left. */
enum uxm_io usb_pipe_reserve(struct usb_pipe *pipe, uint8_t **buffer);
enum uxm_io usb_pipe_submit(struct usb_pipe *pipe, size_t length, struct uxm_failure *why);
enum uxm_io usb_pipe_completed(struct usb_pipe *pipe, uint64_t *count, struct uxm_failure *why);
void usb_pipe_release(struct usb_pipe *pipe, uint64_t upto);
enum uxm_io usb_pipe_settle(struct usb_pipe *pipe, struct uxm_failure *why);
enum uxm_io usb_pipe_resubmit(struct usb_pipe *pipe, uint64_t from, struct uxm_failure *why);
void usb_pipe_forget(struct usb_pipe *pipe);

#endif
