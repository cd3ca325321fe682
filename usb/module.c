/* The module object: scan, open, requests on endpoint 0, claim, close; the pipe is pipe.c's. */
#include <stdlib.h>
#include <string.h>

#include "usb/candidate.h"
#include "usb/failure.h"
#include "usb/pipe.h"
#include "usb/request.h"
#include "uxm/deadline.h"

struct usb_module {
	const struct bus_ops *bus;
	void *bus_self;
	struct usb_id *more;
	size_t more_count;
	struct usb_pipe pipe;
	struct usb_request request;
	struct uxm_candidate candidate; /* the one that is open */
	bool opened;
	bool claimed;
	bool gone; /* the open one was seen to have left */
};

struct usb_module *usb_module_over(const struct bus_ops *ops, void *self, const struct usb_id *more,
				   size_t count)
{
	struct usb_module *module = calloc(1, sizeof(*module));

	if (module == NULL) {
		ops->free(self);
		return NULL;
	}
	module->bus = ops;
	module->bus_self = self;
	if (!usb_pipe_init(&module->pipe, ops, self) ||
	    !usb_request_init(&module->request, ops, self))
		goto fail;
	if (count > 0) {
		module->more = calloc(count, sizeof(*more));
		if (module->more == NULL)
			goto fail;
		memcpy(module->more, more, count * sizeof(*more));
		module->more_count = count;
	}
	return module;
fail:
	usb_module_free(module);
	return NULL;
}

/* What the bus said about the open module, kept if it was that it left. */
static enum uxm_io noticed(struct usb_module *module, enum uxm_io said)
{
	if (said == UXM_IO_GONE)
		module->gone = true;
	return said;
}

/* The one sentence for a module that has left, whichever call finds it. */
static enum uxm_io check_present(struct usb_module *module, struct uxm_failure *why)
{
	if (!module->opened)
		return usb_misuse("No module is open.", why);
	if (!module->gone && !module->bus->left(module->bus_self))
		return UXM_IO_OK;
	return noticed(module, usb_failure(&module->candidate, "", BUS_GONE, why));
}

static enum uxm_io check_claimed(struct usb_module *module, struct uxm_failure *why)
{
	enum uxm_io said = check_present(module, why);

	if (said == UXM_IO_OK && !module->claimed)
		said = usb_misuse("The update interface is not claimed.", why);
	return said;
}

struct scan {
	const struct usb_module *module;
	struct uxm_candidate *found;
	size_t room;
	size_t count;
};

static void scan_device(void *context, const struct bus_device *device)
{
	struct scan *scan = context;
	struct uxm_candidate candidate;

	if (!usb_candidate_read(device, scan->module->more, scan->module->more_count, &candidate))
		return;
	usb_candidate_insert(scan->found, scan->room, scan->count, &candidate);
	scan->count++;
}

static enum uxm_io module_scan(void *self, struct uxm_candidate *found, size_t room, size_t *count,
			       struct uxm_failure *why)
{
	struct usb_module *module = self;
	struct scan scan = {.module = module, .found = found, .room = room};
	enum bus_status status = module->bus->enumerate(module->bus_self, scan_device, &scan);

	if (status != BUS_OK) {
		uxm_fail(why, UXM_INTERNAL, "The USB devices cannot be listed%s.",
			 status == BUS_NO_MEMORY
				 ? ": no memory"
				 : " (with LIBUSB_DEBUG=4 in the environment libusb says why)");
		return UXM_IO_FAILED;
	}
	*count = scan.count;
	return UXM_IO_OK;
}

static unsigned module_arrivals(void *self)
{
	struct usb_module *module = self;

	return module->bus->arrivals(module->bus_self);
}

static enum uxm_io module_open(void *self, const struct uxm_candidate *candidate,
			       struct uxm_failure *why)
{
	struct usb_module *module = self;
	enum bus_status status = BUS_OK;

	if (module->opened)
		return usb_misuse("A module is open already.", why);
	status = module->bus->open(module->bus_self, candidate->bus, candidate->address);
	if (status == BUS_ERROR || status == BUS_NO_MEMORY) {
		uxm_fail(why, UXM_INTERNAL, "The module at %s cannot be opened%s.",
			 candidate->port_path, status == BUS_NO_MEMORY ? ": no memory" : "");
		return UXM_IO_FAILED;
	}
	if (status != BUS_OK)
		return usb_failure_at_once(candidate, "opening", status, why);
	module->candidate = *candidate;
	module->opened = true;
	module->claimed = false;
	module->gone = false;
	usb_request_start(&module->request, candidate);
	usb_pipe_start(&module->pipe, candidate);
	return UXM_IO_OK;
}

/* Anything on endpoint 0. */
static bool request_under_way(const struct usb_module *module)
{
	return usb_request_under_way(&module->request) || module->pipe.clear->under_way;
}

static bool anything_under_way(const struct usb_module *module)
{
	return request_under_way(module) || usb_pipe_under_way(&module->pipe);
}

/*
 * The one exception to "no call handles events": nothing that belongs to a module may outlive the
 * call that gives it up, and what was cancelled is waiting to be reaped already.
 */
static void reap(struct usb_module *module, bool (*under_way)(const struct usb_module *module))
{
	uint64_t now = module->bus->now(module->bus_self);
	uint64_t until = now + UXM_DEADLINE_REAP;

	while (under_way(module) && now < until) {
		module->bus->events(module->bus_self, (unsigned)(until - now));
		now = module->bus->now(module->bus_self);
	}
}

static void module_close(void *self)
{
	struct usb_module *module = self;

	if (!module->opened)
		return;
	usb_request_cancel(&module->request);
	usb_pipe_cancel(&module->pipe);
	reap(module, anything_under_way);
	if (module->claimed)
		module->bus->release(module->bus_self, module->candidate.interface_number);
	module->bus->close(module->bus_self);
	module->opened = false;
	module->claimed = false;
}

void usb_module_free(struct usb_module *module)
{
	if (module == NULL)
		return;
	module_close(module);
	usb_pipe_free(&module->pipe);
	usb_request_free(&module->request);
	module->bus->free(module->bus_self);
	free(module->more);
	free(module);
}

static enum uxm_io module_control(void *self, const struct uxm_setup *setup, void *data,
				  uint16_t *length, struct uxm_failure *why)
{
	struct usb_module *module = self;
	enum uxm_io said = UXM_IO_OK;

	/* What has ended was answered, even if the module left right after. */
	if (!module->opened || !usb_request_ended(&module->request))
		said = check_present(module, why);
	if (said == UXM_IO_OK)
		said = noticed(module, usb_request_do(&module->request, setup, data, length, why));
	return said;
}

static void module_control_cancel(void *self)
{
	struct usb_module *module = self;

	if (!module->opened)
		return;
	usb_request_cancel(&module->request);
	/* Behind a request that hangs no other one gets through, ABORT neither. */
	usb_pipe_cancel_clear(&module->pipe);
	reap(module, request_under_way);
}

static enum uxm_io module_claim(void *self, struct uxm_failure *why)
{
	struct usb_module *module = self;
	enum uxm_io said = check_present(module, why);
	enum bus_status status = BUS_OK;

	if (said != UXM_IO_OK)
		return said;
	if (usb_pipe_under_way(&module->pipe))
		return usb_misuse("The interface was claimed with transfers under way.", why);
	/*
	 * No kernel driver is detached for this: none is made for the interface's vendor class, so
	 * whatever has it was put there on purpose, as a rule by another update.
	 */
	status = module->bus->claim(module->bus_self, module->candidate.interface_number);
	module->claimed = status == BUS_OK;
	if (status != BUS_OK) {
		said = usb_failure_at_once(&module->candidate, "claiming the update interface",
					   status, why);
		return noticed(module, said);
	}
	usb_pipe_start(&module->pipe, &module->candidate);
	return UXM_IO_OK;
}

static enum uxm_io module_reserve(void *self, uint8_t **buffer)
{
	struct usb_module *module = self;

	return usb_pipe_reserve(&module->pipe, buffer);
}

static enum uxm_io module_submit(void *self, size_t length, struct uxm_failure *why)
{
	struct usb_module *module = self;
	enum uxm_io said = check_claimed(module, why);

	if (said == UXM_IO_OK)
		said = noticed(module, usb_pipe_submit(&module->pipe, length, why));
	return said;
}

static enum uxm_io module_completed(void *self, uint64_t *count, struct uxm_failure *why)
{
	struct usb_module *module = self;
	enum uxm_io said = UXM_IO_OK;

	if (!module->opened || !module->claimed)
		return check_claimed(module, why);
	said = noticed(module, usb_pipe_completed(&module->pipe, count, why));
	/* Nothing under way could tell that the module left. */
	if (said == UXM_IO_OK)
		said = check_present(module, why);
	return said;
}

static void module_release(void *self, uint64_t upto)
{
	struct usb_module *module = self;

	usb_pipe_release(&module->pipe, upto);
}

static enum uxm_io module_settle(void *self, struct uxm_failure *why)
{
	struct usb_module *module = self;
	enum uxm_io said = check_claimed(module, why);

	if (said == UXM_IO_OK)
		said = noticed(module, usb_pipe_settle(&module->pipe, why));
	return said;
}

static enum uxm_io module_resubmit(void *self, uint64_t from, struct uxm_failure *why)
{
	struct usb_module *module = self;
	enum uxm_io said = check_claimed(module, why);

	if (said == UXM_IO_OK)
		said = noticed(module, usb_pipe_resubmit(&module->pipe, from, why));
	return said;
}

static void module_forget(void *self)
{
	struct usb_module *module = self;

	usb_pipe_forget(&module->pipe);
}

size_t usb_module_pollfds(struct usb_module *module, struct pollfd *fds, size_t room)
{
	return module->bus->pollfds(module->bus_self, fds, room);
}

int usb_module_timeout(struct usb_module *module)
{
	return module->bus->timeout(module->bus_self);
}

void usb_module_events(struct usb_module *module)
{
	module->bus->events(module->bus_self, 0);
}

const struct uxm_module_ops usb_module_ops = {
	.scan = module_scan,
	.arrivals = module_arrivals,
	.open = module_open,
	.close = module_close,
	.control = module_control,
	.control_cancel = module_control_cancel,
	.claim = module_claim,
	.reserve = module_reserve,
	.submit = module_submit,
	.completed = module_completed,
	.release = module_release,
	.settle = module_settle,
	.resubmit = module_resubmit,
	.forget = module_forget,
};
