/* The socket that listens. */
#include "phone/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How many connections wait to be taken. */
#define BACKLOG 128

union place {
	struct sockaddr any;
	struct sockaddr_in of_4;
	struct sockaddr_in6 of_6;
};

/* -1 with errno. */
static int open_on(const union place *place)
{
	static const int on = 1;
	static const int off = 0;
	socklen_t size =
		place->any.sa_family == AF_INET6 ? sizeof(place->of_6) : sizeof(place->of_4);
	int listener = socket(place->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int reason;

	if (listener < 0)
		return -1;
	/* A restart need not wait for the last connections' TIME_WAIT. */
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    (place->any.sa_family == AF_INET6 &&
	     setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0) ||
	    bind(listener, &place->any, size) != 0 || listen(listener, BACKLOG) != 0) {
		reason = errno;
		close(listener);
		errno = reason;
		return -1;
	}
	return listener;
}

static int open_any(const char *address, uint16_t port)
{
	union place of_4 = {.of_4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
	union place of_6 = {.of_6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
	int listener;

	if (inet_pton(AF_INET, address, &of_4.of_4.sin_addr) == 1)
		return open_on(&of_4);
	if (address[0] != '\0' && inet_pton(AF_INET6, address, &of_6.of_6.sin6_addr) != 1) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	listener = open_on(&of_6);
	/* All addresses, of a kernel without IPv6. */
	if (listener < 0 && address[0] == '\0' && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		listener = open_on(&of_4);
	return listener;
}

static void fail(const char *address, uint16_t port, struct uxm_failure *why)
{
	const char *where = address[0] != '\0' ? address : "any address";

	switch (errno) {
	case EADDRNOTAVAIL:
		/* Not a wrong configuration: DHCP may come later. */
		uxm_fail(
			why, UXM_INTERNAL,
			"The pages cannot be served on %s: that is no address of this machine now; "
			"wait until it is, or correct it.",
			where);
		break;
	case EACCES:
		uxm_fail(why, UXM_NOT_PERMITTED,
			 "Port %u needs root; start uxmd as root, or choose a port above 1023.",
			 (unsigned)port);
		break;
	case EADDRINUSE:
		uxm_fail(why, UXM_INTERNAL,
			 "Port %u of %s is in use; end the program that has it, or choose another.",
			 (unsigned)port, where);
		break;
	default:
		uxm_fail(why, UXM_INTERNAL, "The pages cannot be served on port %u of %s: %s.",
			 (unsigned)port, where, strerror(errno));
		break;
	}
}

static void show(int listener, char shown[LISTENER_TEXT])
{
	union place place = {.any = {.sa_family = AF_UNSPEC}};
	socklen_t size = sizeof(place);
	char address[INET6_ADDRSTRLEN] = "";

	if (getsockname(listener, &place.any, &size) != 0)
		snprintf(shown, LISTENER_TEXT, "an unknown port");
	else if (place.any.sa_family == AF_INET6)
		snprintf(shown, LISTENER_TEXT, "[%s]:%u",
			 inet_ntop(AF_INET6, &place.of_6.sin6_addr, address, sizeof(address)),
			 (unsigned)ntohs(place.of_6.sin6_port));
	else
		snprintf(shown, LISTENER_TEXT, "%s:%u",
			 inet_ntop(AF_INET, &place.of_4.sin_addr, address, sizeof(address)),
			 (unsigned)ntohs(place.of_4.sin_port));
}

int listener_open(const char *address, uint16_t port, char shown[LISTENER_TEXT],
		  struct uxm_failure *why)
{
	int listener = open_any(address, port);

	if (listener < 0)
		fail(address, port, why);
	else
		show(listener, shown);
	return listener;
}
