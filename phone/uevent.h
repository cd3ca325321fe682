/*
 * The kernel's word that a USB device came or went: a hint to look again, nothing more. Needs no
 * privileges.
 */
#ifndef PHONE_UEVENT_H
#define PHONE_UEVENT_H

#include "phone/loop.h"
#include "uxm/result.h"

/* Milliseconds without a further event before it is said, and the longest that it is put off. */
#define UEVENT_QUIET 300u
#define UEVENT_MOST  2000u

struct uevent;

/*
 * Listens (NETLINK_KOBJECT_UEVENT, netlink(7)). `changed` is called once for a burst of events.
 * NULL with *why (UXM_INTERNAL) when the kernel's events cannot be had: the caller says so once.
 */
struct uevent *uevent_new(struct loop *loop, void (*changed)(void *self), void *self,
			  struct uxm_failure *why);

/* As uevent_new, on a socket of messages that is there: it is taken over, also with NULL, and must
 * not block. Senders that are known and not the kernel are not listened to. */
struct uevent *uevent_new_on(struct loop *loop, int descriptor, void (*changed)(void *self),
			     void *self, struct uxm_failure *why);

void uevent_free(struct uevent *uevent);

/* Whether a message of the kernel's (ACTION@DEVPATH, then KEY=VALUE, each with a zero behind it)
 * says that a device of the subsystem usb, not an interface of one, came, went or changed. */
bool uevent_is_usb(const char *message, size_t length);

#endif
