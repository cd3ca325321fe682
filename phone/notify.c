/* sd_notify's protocol: assignments in a datagram. */
#include "phone/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SAY_MOST 1024

/* A manager that lets a month pass is not watching. */
#define WATCHDOG_MOST (31ull * 24 * 3600 * 1000000)

bool notify_init(struct notify *notify, const char *address)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t length = address != NULL ? strlen(address) : 0;
	int descriptor;

	notify->descriptor = -1;
	if (length == 0)
		return true;
	if ((address[0] != '/' && address[0] != '@') || length < 2 || length >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, address, length);
	if (address[0] == '@')
		to.sun_path[0] = '\0';
	descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return false;
	/* An abstract name is as long as is said here (unix(7)); a path ends with it too. */
	if (connect(descriptor, (const struct sockaddr *)&to,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) != 0) {
		close(descriptor);
		return false;
	}
	notify->descriptor = descriptor;
	return true;
}

void notify_release(struct notify *notify)
{
	if (notify->descriptor >= 0)
		close(notify->descriptor);
	notify->descriptor = -1;
}

void notify_say(const struct notify *notify, const char *format, ...)
{
	char text[SAY_MOST];
	va_list arguments;

	if (notify->descriptor < 0)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)send(notify->descriptor, text, strlen(text), MSG_NOSIGNAL);
}

/* A whole decimal number above 0, or 0. */
static unsigned long long number(const char *text)
{
	unsigned long long read;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	read = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' ? read : 0;
}

uint32_t notify_watchdog(const char *usec, const char *pid)
{
	unsigned long long wait = usec != NULL ? number(usec) : 0;

	if (pid != NULL && number(pid) != (unsigned long long)getpid())
		return 0;
	if (wait == 0 || wait > WATCHDOG_MOST)
		return 0;
	wait /= 2000;
	return wait > 0 ? (uint32_t)wait : 1;
}
