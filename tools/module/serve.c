/*
 * USB/IP before the import: a handful of short exchanges.
 */
#include "tools/module/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A host says what it wants within that time, in microseconds. */
#define PATIENCE UINT64_C(5000000)
/* Room for a list of as many modules as there can be. */
#define LIST_MOST                                                                                  \
	(USBIP_OP_HEADER + 4 + (size_t)OPTIONS_COUNT_MOST * (USBIP_DEVICE + USBIP_INTERFACE))

bool serve_open(struct serve *serve, const char *address, uint16_t port, struct uxm_failure *why)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	int yes = 1;

	for (size_t i = 0; i < SERVE_GUESTS; i++)
		serve->guest[i].fd = -1;
	serve->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (serve->fd < 0 || inet_pton(AF_INET, address, &name.sin_addr) != 1)
		goto fail;
	(void)setsockopt(serve->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(serve->fd, (const struct sockaddr *)&name, sizeof(name)) != 0 ||
	    listen(serve->fd, SERVE_GUESTS) != 0)
		goto fail;
	return true;
fail:
	uxm_fail(why, UXM_INTERNAL,
		 "The USB/IP server cannot listen on %s port %u: %s; --listen and --port name "
		 "another place.",
		 address, port, strerror(errno));
	serve_close(serve);
	return false;
}

static void dismiss(struct serve_guest *guest)
{
	if (guest->fd >= 0)
		close(guest->fd);
	guest->fd = -1;
}

void serve_close(struct serve *serve)
{
	if (serve->fd >= 0)
		close(serve->fd);
	serve->fd = -1;
	for (size_t i = 0; i < SERVE_GUESTS; i++)
		dismiss(&serve->guest[i]);
}

void serve_accept(struct serve *serve, uint64_t now)
{
	int fd = accept4(serve->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int yes = 1;

	if (fd < 0)
		return;
	/* Answers are small and waited for. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	for (size_t i = 0; i < SERVE_GUESTS; i++) {
		if (serve->guest[i].fd >= 0)
			continue;
		serve->guest[i] = (struct serve_guest){.fd = fd, .until = now + PATIENCE};
		return;
	}
	close(fd);
}

/* A new connection has room for these few bytes; one that has not is not worth waiting for. */
static bool reply(int fd, const uint8_t *bytes, size_t length)
{
	return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static void describe(const struct unit *unit, uint8_t bytes[USBIP_DEVICE])
{
	struct usbip_device device = {
		.busid = unit->busid,
		.bus = 1,
		.number = unit->number,
		.facts = &unit->endpoint0.facts,
		.configuration = unit->endpoint0.configuration,
	};

	usbip_write_device(&device, bytes);
}

static bool is_free(const struct unit *unit)
{
	return unit->place == UNIT_ON_BUS && unit->link.fd < 0;
}

static void list(int fd, const struct unit *units, size_t count)
{
	uint8_t bytes[LIST_MOST];
	size_t length = USBIP_OP_HEADER + 4;
	uint32_t listed = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_free(&units[i]))
			continue;
		describe(&units[i], bytes + length);
		usbip_write_interface(bytes + length + USBIP_DEVICE);
		length += USBIP_DEVICE + USBIP_INTERFACE;
		listed++;
	}
	usbip_write_operation(USBIP_OP_DEVICES, USBIP_IMPORT_OK, bytes);
	usbip_write_count(listed, bytes + USBIP_OP_HEADER);
	(void)reply(fd, bytes, length);
}

static struct unit *import(struct serve_guest *guest, struct unit *units, size_t count)
{
	uint8_t bytes[USBIP_OP_HEADER + USBIP_DEVICE];
	uint32_t status = USBIP_IMPORT_NONE;
	char busid[USBIP_BUSID];
	struct unit *unit = NULL;

	if (!usbip_read_busid(guest->request + USBIP_OP_HEADER, busid))
		return NULL;
	for (size_t i = 0; i < count && unit == NULL; i++) {
		if (units[i].place == UNIT_ON_BUS && strcmp(units[i].busid, busid) == 0)
			unit = &units[i];
	}
	if (unit != NULL)
		status = is_free(unit) ? USBIP_IMPORT_OK : USBIP_IMPORT_BUSY;
	usbip_write_operation(USBIP_OP_IMPORT, status, bytes);
	if (unit == NULL || status != USBIP_IMPORT_OK) {
		(void)reply(guest->fd, bytes, USBIP_OP_HEADER);
		return NULL;
	}
	describe(unit, bytes + USBIP_OP_HEADER);
	return reply(guest->fd, bytes, sizeof(bytes)) ? unit : NULL;
}

struct unit *serve_read(struct serve_guest *guest, struct unit *units, size_t count)
{
	bool whole_header = guest->got >= USBIP_OP_HEADER;
	size_t wanted = whole_header ? USBIP_OP_IMPORT_SIZE : USBIP_OP_HEADER;
	ssize_t some = read(guest->fd, guest->request + guest->got, wanted - guest->got);
	enum usbip_operation operation;
	struct unit *unit = NULL;

	if (some < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (some <= 0)
		goto done;
	guest->got += (size_t)some;
	if (guest->got < USBIP_OP_HEADER)
		return NULL;
	operation = usbip_read_operation(guest->request);
	if (operation == USBIP_OP_DEVICES)
		list(guest->fd, units, count);
	if (operation != USBIP_OP_IMPORT)
		goto done;
	if (guest->got < USBIP_OP_IMPORT_SIZE)
		return NULL;
	unit = import(guest, units, count);
	if (unit != NULL) {
		unit_plugged(unit, guest->fd);
		guest->fd = -1;
	}
done:
	dismiss(guest);
	return unit;
}

void serve_run(struct serve *serve, uint64_t now)
{
	for (size_t i = 0; i < SERVE_GUESTS; i++) {
		if (serve->guest[i].fd >= 0 && now >= serve->guest[i].until)
			dismiss(&serve->guest[i]);
	}
}

uint64_t serve_next(const struct serve *serve)
{
	uint64_t when = DEVICE_NEVER;

	for (size_t i = 0; i < SERVE_GUESTS; i++) {
		if (serve->guest[i].fd >= 0 && serve->guest[i].until < when)
			when = serve->guest[i].until;
	}
	return when;
}
