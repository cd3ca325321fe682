/*
 * Tells the service manager that started uxmd how it is doing (sd_notify(3)'s protocol).
 */
#ifndef PHONE_NOTIFY_H
#define PHONE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
	int descriptor; /* -1: nobody wants to know */
};

/*
 * `address` is NOTIFY_SOCKET of the environment: a path, a name that begins with '@' (an abstract
 * one, unix(7)), or NULL. Returns false only when there is somebody and cannot be told.
 */
bool notify_init(struct notify *notify, const char *address);
void notify_release(struct notify *notify);

/* Says it: assignments as READY=1, with line ends between them. Never blocks: what cannot be taken
 * at once is lost. */
void notify_say(const struct notify *notify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Milliseconds between two WATCHDOG=1: half of `usec` (WATCHDOG_USEC); 0: none are wanted, because
 * there is no such number, or `pid` (WATCHDOG_PID) is another process. Both may be NULL. */
uint32_t notify_watchdog(const char *usec, const char *pid);

#endif
