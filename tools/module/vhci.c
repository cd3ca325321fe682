/*
 * Ports out of vhci_hcd's status files, the line to its attach file, and what the kernel has seen.
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
/* In the status files, of what the kernel has not begun to enumerate. */
#define NO_NAME       "0-0"
#define DEVICES_PATH  "/sys/bus/usb/devices/"
/* A page, as long as a sysfs file can be. */
#define STATUS_MOST   4096
/* A few transfers of the largest size, so that the kernel need not wait for this process with
 * each. */
#define SOCKET_BUFFER (2 * 1024 * 1024)
/* How often a port that was free may be gone before it is given up. */
#define ATTACH_TRIES  16

/* A line of a status file. */
struct port {
	char hub[3]; /* "hs" or "ss" */
	int number;
	long state;
	char name[VHCI_NAME];
};

/* "hs  0000 006 003 00010001 000003 1-1": hub, port, state, speed, number, socket, name. */
static bool read_port(const char *line, struct port *port)
{
	size_t length = strcspn(line, "\n");
	size_t name = length;
	char *end;
	long number;

	if (strncmp(line, "hs ", 3) != 0 && strncmp(line, "ss ", 3) != 0)
		return false;
	memcpy(port->hub, line, 2);
	port->hub[2] = '\0';
	number = strtol(line + 3, &end, 10);
	if (end == line + 3 || number < 0 || number > 65535)
		return false;
	port->number = (int)number;
	port->state = strtol(end, NULL, 10);
	while (name > 0 && line[name - 1] != ' ')
		name--;
	snprintf(port->name, sizeof(port->name), "%.*s", (int)(length - name), line + name);
	return true;
}

/* The next line of a text that holds a port; NULL when there is none. */
static const char *next_port(const char *text, struct port *port)
{
	while (*text != '\0') {
		const char *line = text + strspn(text, "\n");

		text = line + strcspn(line, "\n");
		if (read_port(line, port))
			return text;
	}
	return NULL;
}

int vhci_find_port(const char *status, enum descriptor_speed speed, int wanted, int avoid)
{
	const char *right = speed == DESCRIPTOR_SUPER ? "ss" : "hs";
	struct port port;

	while ((status = next_port(status, &port)) != NULL) {
		if (port.state == PORT_FREE && strcmp(port.hub, right) == 0 &&
		    (wanted == VHCI_ANY || wanted == port.number) &&
		    (avoid == VHCI_ANY || avoid != port.number))
			return port.number;
	}
	return -1;
}

bool vhci_find_name(const char *status, int port, char name[VHCI_NAME])
{
	struct port found;

	while ((status = next_port(status, &found)) != NULL) {
		if (found.number == port && strcmp(found.name, NO_NAME) != 0) {
			memcpy(name, found.name, VHCI_NAME);
			return true;
		}
	}
	return false;
}

/* The whole of a sysfs file, up to size - 1 bytes. */
static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	close(fd);
	if (length < 0)
		return false;
	text[length] = '\0';
	return true;
}

/* Further controllers have files of their own, beside the first one's. */
static bool read_status(unsigned controller, char text[STATUS_MOST + 1])
{
	char path[sizeof(VHCI_PATH) + 24] = VHCI_PATH "status";

	if (controller > 0)
		snprintf(path, sizeof(path), VHCI_PATH "status.%u", controller);
	return read_text(path, text, STATUS_MOST + 1);
}

static int find_port(enum descriptor_speed speed, int wanted, int avoid)
{
	char text[STATUS_MOST + 1];

	for (unsigned controller = 0; read_status(controller, text); controller++) {
		int port = vhci_find_port(text, speed, wanted, avoid);
		if (port >= 0)
			return port;
	}
	return -1;
}

static bool read_number(const char name[VHCI_NAME], char number[8])
{
	char path[sizeof(DEVICES_PATH) + VHCI_NAME + 8];

	snprintf(path, sizeof(path), DEVICES_PATH "%s/devnum", name);
	return read_text(path, number, 8);
}

bool vhci_detach(int port)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", port);
	int fd = port < 0 ? -1 : open(VHCI_PATH "detach", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, (size_t)length) == length;

	if (fd >= 0)
		close(fd);
	return done;
}

void vhci_look(int port, struct vhci_stay *stay)
{
	char text[STATUS_MOST + 1];
	bool found = false;

	for (unsigned controller = 0; !found && read_status(controller, text); controller++)
		found = vhci_find_name(text, port, stay->name);
	if (!found || !read_number(stay->name, stay->number))
		stay->name[0] = '\0';
}

bool vhci_stays(const struct vhci_stay *stay)
{
	char number[sizeof(stay->number)];

	return stay->name[0] != '\0' && read_number(stay->name, number) &&
	       strcmp(number, stay->number) == 0;
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
