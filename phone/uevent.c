/* USB devices that come and go, by the kernel's own messages. */
#include "phone/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's messages are at most UEVENT_BUFFER_SIZE (linux/kobject.h), 2048 bytes, and a head.
 */
#define MESSAGE_MOST 4096

/* The kernel's group; group 2 is udev's, in a format of its own. */
#define GROUP_KERNEL 1u

/* So many messages are read at once; the others come with the next turn. */
#define READS_MOST 64

struct uevent {
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer quiet;
	int descriptor;
	uint64_t first; /* when the first event of this burst came; 0: none */
	void (*changed)(void *self);
	void *self;
};

bool uevent_is_usb(const char *message, size_t length)
{
	static const char subsystem[] = "SUBSYSTEM=usb";
	static const char type[] = "DEVTYPE=usb_device";
	bool is_usb = false;
	bool is_device = false;
	size_t at = 0;

	/* Without its final zero a text is not whole. */
	while (at < length) {
		const char *end = memchr(message + at, '\0', length - at);

		if (end == NULL)
			break;
		is_usb = is_usb || strcmp(message + at, subsystem) == 0;
		is_device = is_device || strcmp(message + at, type) == 0;
		at = (size_t)(end - message) + 1;
	}
	return is_usb && is_device;
}

static void say(void *self)
{
	struct uevent *uevent = self;

	uevent->first = 0;
	uevent->changed(uevent->self);
}

static void note(struct uevent *uevent)
{
	uint64_t now = loop_now(uevent->loop);
	uint64_t at = now + UEVENT_QUIET;

	if (uevent->first == 0)
		uevent->first = now;
	if (at > uevent->first + UEVENT_MOST)
		at = uevent->first + UEVENT_MOST;
	loop_at(uevent->loop, &uevent->quiet, at, say, uevent);
}

static void on_ready(void *self, uint32_t events)
{
	struct uevent *uevent = self;
	char message[MESSAGE_MOST];

	(void)events;
	for (int i = 0; i < READS_MOST; i++) {
		struct sockaddr_nl from = {.nl_family = AF_UNSPEC};
		struct iovec to = {.iov_base = message, .iov_len = sizeof(message)};
		struct msghdr head = {.msg_name = &from,
				      .msg_namelen = sizeof(from),
				      .msg_iov = &to,
				      .msg_iovlen = 1};
		ssize_t got = recvmsg(uevent->descriptor, &head, MSG_DONTWAIT);

		/* Some were lost, and nobody knows which. */
		if (got < 0 && errno == ENOBUFS) {
			note(uevent);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			loop_unwatch(&uevent->watch);
			return;
		}
		/* Any process of root's may send to the group (netlink(7)). */
		if (head.msg_namelen >= sizeof(from) && from.nl_family == AF_NETLINK &&
		    from.nl_pid != 0)
			continue;
		if (uevent_is_usb(message, (size_t)got))
			note(uevent);
	}
}

struct uevent *uevent_new_on(struct loop *loop, int descriptor, void (*changed)(void *self),
			     void *self, struct uxm_failure *why)
{
	struct uevent *uevent = calloc(1, sizeof(*uevent));

	if (uevent != NULL &&
	    loop_watch(loop, &uevent->watch, descriptor, EPOLLIN, on_ready, uevent)) {
		uevent->loop = loop;
		uevent->descriptor = descriptor;
		uevent->changed = changed;
		uevent->self = self;
		return uevent;
	}
	uxm_fail(why, UXM_INTERNAL, "The kernel's events cannot be watched: %s.", strerror(errno));
	free(uevent);
	close(descriptor);
	return NULL;
}

struct uevent *uevent_new(struct loop *loop, void (*changed)(void *self), void *self,
			  struct uxm_failure *why)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL};
	int descriptor =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (descriptor >= 0 &&
	    bind(descriptor, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return uevent_new_on(loop, descriptor, changed, self, why);
	uxm_fail(why, UXM_INTERNAL,
		 "The kernel's events cannot be had, so a module that comes or goes is only seen "
		 "when it is looked for: %s.",
		 strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	return NULL;
}

void uevent_free(struct uevent *uevent)
{
	if (uevent == NULL)
		return;
	loop_unwatch(&uevent->watch);
	loop_cancel(&uevent->quiet);
	close(uevent->descriptor);
	free(uevent);
}
