/* Sleeping until something happens. */
#include "wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Beside libusb's: the signals, and the image. */
#define FDS_MOST (USB_POLLFDS_MOST + 2)

void wait_block_signals(sigset_t *signals)
{
	struct sigaction hang_up;

	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	/* A hang-up that whoever started this has it ignore, as nohup does, would not be ignored
	 * while it is blocked (signal(7) leaves that open; Linux keeps it). */
	if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
		sigaddset(signals, SIGHUP);
	sigprocmask(SIG_BLOCK, signals, NULL);
}

bool wait_signals(int *descriptor, struct uxm_failure *why)
{
	sigset_t signals;
	int made;

	wait_block_signals(&signals);
	made = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (made < 0) {
		uxm_fail(why, UXM_INTERNAL, "Signals cannot be received: %s.", strerror(errno));
		return false;
	}
	*descriptor = made;
	return true;
}

bool wait_init(struct wait *wait, struct usb_module *module, struct uxm_failure *why)
{
	memset(wait, 0, sizeof(*wait));
	wait->module = module;
	wait->signal_fd = -1;
	return wait_signals(&wait->signal_fd, why);
}

void wait_release(struct wait *wait)
{
	if (wait->signal_fd >= 0)
		close(wait->signal_fd);
	wait->signal_fd = -1;
}

static uint64_t now(void *self)
{
	struct timespec time;

	(void)self;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static int timeout(struct wait *wait, uint64_t until)
{
	int of_usb = usb_module_timeout(wait->module);
	uint64_t at = now(wait);
	uint64_t left = until > at ? until - at : 0;

	if (of_usb >= 0 && (uint64_t)of_usb < left)
		left = (uint64_t)of_usb;
	return left < INT_MAX ? (int)left : INT_MAX;
}

static void hear_signals(struct wait *wait)
{
	struct signalfd_siginfo signal;

	while (read(wait->signal_fd, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
		/* A terminal that goes away says so more than once: the shell does, and the kernel.
		 */
		if (signal.ssi_signo == SIGHUP && wait->stop != UXM_STOP_NO)
			continue;
		if (wait->stop < UXM_STOP_NOW)
			wait->stop++;
	}
}

static bool is_ready(const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i].revents != 0)
			return true;
	}
	return false;
}

/* Returns false where there is no server to wait for. */
static bool wait_for_server(struct wait *wait, struct pollfd *fds, size_t count, int most)
{
	struct uxm_failure why;

	if (wait->small != NULL)
		return fetch_small_wait(wait->small, fds, count, most, &why);
	return wait->fetch != NULL && fetch_wait(wait->fetch, fds, count, most, &why);
}

static enum uxm_stop wait_until(void *self, uint64_t until)
{
	struct wait *wait = self;
	struct pollfd fds[FDS_MOST];
	size_t usb_count = usb_module_pollfds(wait->module, fds, USB_POLLFDS_MOST);
	size_t count = usb_count;

	fds[count++] = (struct pollfd){.fd = wait->signal_fd, .events = POLLIN};
	if (wait->file != NULL && fetch_file_descriptor(wait->file) >= 0)
		fds[count++] =
			(struct pollfd){.fd = fetch_file_descriptor(wait->file), .events = POLLIN};
	if (!wait_for_server(wait, fds, count, timeout(wait, until)))
		poll(fds, count, timeout(wait, until));
	/* Looking costs a call or two of its own; libusb's time-outs have a descriptor too. */
	if (is_ready(fds, usb_count) || usb_module_timeout(wait->module) == 0)
		usb_module_events(wait->module);
	hear_signals(wait);
	if (wait->woke != NULL)
		wait->woke(wait->self);
	return wait->stop;
}

static const struct uxm_clock_ops wait_ops = {.now = now, .wait = wait_until};

struct uxm_clock wait_clock(struct wait *wait)
{
	struct uxm_clock clock = {.ops = &wait_ops, .self = wait};

	return clock;
}
