/*
 * Ports out of vhci_hcd's status files, and the line to its attach file.
 */
#include "tools/module/vhci.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VHCI_PATH     "/sys/devices/platform/vhci_hcd.0/"
/* VDEV_ST_NULL, a free port, in the status files. */
#define PORT_FREE     4
/* A page, as long as a sysfs file can be. */
#define STATUS_MOST   4096
/* A few transfers of the largest size, so that the kernel need not wait for this process with
 * each. */
#define SOCKET_BUFFER (2 * 1024 * 1024)
/* How often a port that was free may be gone before it is given up. */
#define ATTACH_TRIES  16

/* One line: "hs  0003 004 000 00000000 000000 0-0": hub, port, state, speed, ... */
static bool read_port(const char *line, char hub[3], int *port)
{
	char *end;
	long number;
	long state;

	if (strncmp(line, "hs ", 3) != 0 && strncmp(line, "ss ", 3) != 0)
		return false;
	memcpy(hub, line, 2);
	hub[2] = '\0';
	number = strtol(line + 3, &end, 10);
	if (end == line + 3 || number < 0 || number > 65535)
		return false;
	state = strtol(end, NULL, 10);
	if (state != PORT_FREE)
		return false;
	*port = (int)number;
	return true;
}

int vhci_find_port(const char *status, enum descriptor_speed speed, int wanted, int avoid)
{
	const char *right = speed == DESCRIPTOR_SUPER ? "ss" : "hs";

	for (const char *line = status; *line != '\0'; line += strcspn(line, "\n")) {
		char hub[3];
		int port;

		line += strspn(line, "\n");
		if (read_port(line, hub, &port) && strcmp(hub, right) == 0 &&
		    (wanted == VHCI_ANY || wanted == port) && (avoid == VHCI_ANY || avoid != port))
			return port;
	}
	return -1;
}

static bool read_status(const char *path, char text[STATUS_MOST + 1])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, text, STATUS_MOST);
	close(fd);
	if (length < 0)
		return false;
	text[length] = '\0';
	return true;
}

/* Further controllers have files of their own, beside the first one's. */
static int find_port(enum descriptor_speed speed, int wanted, int avoid)
{
	char path[sizeof(VHCI_PATH) + 24] = VHCI_PATH "status";
	char text[STATUS_MOST + 1];

	for (unsigned controller = 1; read_status(path, text); controller++) {
		int port = vhci_find_port(text, speed, wanted, avoid);
		if (port >= 0)
			return port;
		snprintf(path, sizeof(path), VHCI_PATH "status.%u", controller);
	}
	return -1;
}

bool vhci_port_free(enum descriptor_speed speed, int port)
{
	return find_port(speed, port, VHCI_ANY) == port;
}

bool vhci_ready(struct uxm_failure *why)
{
	if (access(VHCI_PATH "status", F_OK) != 0) {
		uxm_fail(why, UXM_INTERNAL,
			 "This kernel has no vhci_hcd: load it (modprobe vhci-hcd), or run this "
			 "under tools/vm.");
		return false;
	}
	if (geteuid() != 0) {
		uxm_fail(why, UXM_INTERNAL,
			 "Only root can plug a module into vhci_hcd; run this as root, or use "
			 "`serve`.");
		return false;
	}
	return true;
}

/* Returns 0, or the error number with which the kernel refused. */
static int write_attach(int port, int fd, uint32_t number, enum descriptor_speed speed)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "%d %d %u %d", port, fd, 1u << 16 | number,
			      (int)speed);
	int file = open(VHCI_PATH "attach", O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (file < 0)
		return errno;
	if (write(file, line, (size_t)length) != length)
		error = errno;
	close(file);
	return error;
}

static void set_buffer(int fd)
{
	int size = SOCKET_BUFFER;

	/* More than the system's limit, which root may; else as much as there is. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* One try with a port that was free a moment ago. Like vhci_attach, but 0: it no longer is. */
static int attach_to(int port, enum descriptor_speed speed, uint32_t number, int *fd,
		     struct uxm_failure *why)
{
	int ends[2];
	int error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		uxm_fail(why, UXM_INTERNAL, "There is no socket for a module: %s.",
			 strerror(errno));
		return -1;
	}
	set_buffer(ends[1]);
	/* Only this end: the kernel's waits for what it sends and receives. */
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
		error = errno;
	} else {
		error = write_attach(port, ends[1], number, speed);
	}
	close(ends[1]);
	if (error == 0) {
		*fd = ends[0];
		return 1;
	}
	close(ends[0]);
	if (error == EBUSY)
		return 0;
	uxm_fail(why, UXM_INTERNAL, "vhci_hcd does not accept a module in port %d: %s.", port,
		 strerror(error));
	return -1;
}

int vhci_attach(enum descriptor_speed speed, uint32_t number, int wanted, int avoid, int *fd,
		int *port, struct uxm_failure *why)
{
	int got = 0;

	/* Other processes look for a free port too, and somebody else may be quicker. */
	for (unsigned i = 0; i < ATTACH_TRIES && got == 0; i++) {
		int found = find_port(speed, wanted, avoid);
		if (found < 0)
			return 0;
		got = attach_to(found, speed, number, fd, why);
		if (got > 0)
			*port = found;
	}
	return got;
}
