/*
 * The loop: turns for the modules, then sleep until one of them, a host, an order or a signal.
 */
#include "tools/module/front.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tools/module/order.h"
#include "tools/module/serve.h"
#include "tools/module/vhci.h"

/* How often a port is looked at that the kernel has not freed yet, in microseconds. */
#define PORT_PAUSE UINT64_C(10000)
/* After that time without a port somebody is told, in microseconds. */
#define PORT_LONG  UINT64_C(10000000)
/* How long an end waits for the kernel to let go of the modules, in microseconds. */
#define END_MOST   UINT64_C(1000000)

struct front {
	const struct options *options;
	struct unit *units;
	size_t count;
	struct serve serve;
	struct order_reader orders;
	int signals;
	uint32_t number; /* of the last stay of any module on the bus */
	bool ready;      /* has been said */
};

/* What the sleep looks at, in this order: signals, orders, the server, its guests, the modules. */
enum {
	POLL_SIGNALS,
	POLL_ORDERS,
	POLL_SERVE,
	POLL_GUESTS,
	POLL_UNITS = POLL_GUESTS + SERVE_GUESTS,
	POLL_MOST = POLL_UNITS + OPTIONS_COUNT_MOST,
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/*
 * Its port is not free yet, or no port is, or the kernel has not seen it leave: later again. The
 * first time there must be a port.
 */
static bool wait_for_port(struct front *front, struct unit *unit, uint64_t now,
			  struct uxm_failure *why)
{
	if (!front->ready) {
		uxm_fail(why, UXM_INTERNAL,
			 "All ports of vhci_hcd are in use; end another virtual module first.");
		return false;
	}
	if (now - unit->return_at < PORT_LONG && now + PORT_PAUSE - unit->return_at >= PORT_LONG)
		display_say(&unit->display, "waits for its port, which is in use");
	return true;
}

/* Onto the bus. A `return_at` in the past says since when it wants to be there. */
static bool plug(struct front *front, struct unit *unit, uint64_t now, struct uxm_failure *why)
{
	int fd = -1;
	int got;

	if (!unit_may_come(unit, now))
		return wait_for_port(front, unit, now, why);
	unit_power_on(unit, now);
	unit->number = front->number + 1;
	if (front->options->command == OPTIONS_SERVE) {
		front->number++;
		unit_plugged(unit, -1);
		display_say(&unit->display, "can be attached as %s", unit->busid);
		return true;
	}
	got = vhci_attach(unit_speed(unit), unit->number,
			  unit->avoid == VHCI_ANY ? unit->port : VHCI_ANY, unit->avoid, &fd,
			  &unit->port, why);
	if (got < 0)
		return false;
	if (got == 0)
		return wait_for_port(front, unit, now, why);
	front->number++;
	unit_plugged(unit, fd);
	display_say(&unit->display, "attached port %d", unit->port);
	return true;
}

/* The host has closed the connection, or it had to be closed. */
static void lose_host(struct front *front, struct unit *unit, const char *why, uint64_t now)
{
	if (why != NULL)
		display_say(&unit->display, "%s, so the connection is dropped", why);
	link_close(&unit->link);
	device_leave_bus(unit->device, DEVICE_UNPLUGGED);
	unit_leave(unit, now);
	/* A server's module waits for the next host. */
	if (front->options->command == OPTIONS_SERVE) {
		unit->place = UNIT_RETURNING;
		unit->return_at = now;
	}
}

static bool turn(struct front *front, struct unit *unit, bool readable, uint64_t now,
		 struct uxm_failure *why)
{
	const char *phrase;

	unit_part(unit, now);
	if (unit->place == UNIT_ON_BUS) {
		if (!unit_turn(unit, readable, now, &phrase)) {
			lose_host(front, unit, phrase, now);
		} else if (device_leaving(unit->device) != DEVICE_STAYS) {
			unit_leave(unit, now);
		}
	}
	if (unit->place == UNIT_RETURNING && now >= unit->return_at)
		return plug(front, unit, now, why);
	return true;
}

static void say_ready(struct front *front)
{
	for (size_t i = 0; i < front->count && !front->ready; i++) {
		if (front->units[i].place != UNIT_ON_BUS)
			return;
	}
	if (!front->ready)
		puts("ready");
	fflush(stdout);
	front->ready = true;
}

static void obey_unit(struct unit *unit, enum order order, uint64_t now)
{
	if (order == ORDER_PLUG) {
		if (unit->place == UNIT_ON_BUS)
			return;
		unit->place = UNIT_RETURNING;
		unit->return_at = now;
		return;
	}
	if (unit->place == UNIT_ON_BUS) {
		device_leave_bus(unit->device,
				 order == ORDER_UNPLUG ? DEVICE_UNPLUGGED : DEVICE_POWER_LOST);
		unit_leave(unit, now);
	} else if (order == ORDER_UNPLUG) {
		unit->place = UNIT_AWAY;
	}
}

/* Reads orders. Returns false when it is `quit`. */
static bool obey(struct front *front, uint64_t now)
{
	struct order_line line;

	while (order_read(&front->orders, &line)) {
		bool known = false;

		if (line.order == ORDER_QUIT)
			return false;
		for (size_t i = 0; i < front->count; i++) {
			struct unit *unit = &front->units[i];
			if (*line.serial != '\0' && strcmp(line.serial, unit->label) != 0)
				continue;
			known = true;
			if (line.order != ORDER_NONE)
				obey_unit(unit, line.order, now);
		}
		if (line.order == ORDER_NONE || !known) {
			fputs("An order is unplug, plug or power-loss, with or without a serial "
			      "number of this process, or quit.\n",
			      stderr);
		}
	}
	return true;
}

static uint64_t next(const struct front *front, uint64_t now)
{
	uint64_t when = serve_next(&front->serve);

	for (size_t i = 0; i < front->count; i++) {
		uint64_t other = unit_next(&front->units[i], now);
		/* One that waits for its port. */
		if (front->units[i].place == UNIT_RETURNING && other <= now)
			other = now + PORT_PAUSE;
		if (other < when)
			when = other;
	}
	return when;
}

static void look_at(struct pollfd *poll, int fd, short events)
{
	*poll = (struct pollfd){.fd = fd, .events = events};
}

/* Sleeps until something is to be done; polls[].revents tell what. */
static void rest(const struct front *front, struct pollfd polls[POLL_MOST])
{
	uint64_t now = now_us();
	uint64_t when = next(front, now);
	uint64_t left = when > now ? when - now : 0;
	struct timespec sleep = {.tv_sec = (time_t)(left / 1000000u),
				 .tv_nsec = (long)(left % 1000000u * 1000u)};

	look_at(&polls[POLL_SIGNALS], front->signals, POLLIN);
	look_at(&polls[POLL_ORDERS], order_fd(&front->orders), POLLIN);
	look_at(&polls[POLL_SERVE], front->serve.fd, POLLIN);
	for (size_t i = 0; i < SERVE_GUESTS; i++)
		look_at(&polls[POLL_GUESTS + i], front->serve.guest[i].fd, POLLIN);
	for (size_t i = 0; i < front->count; i++) {
		const struct link *link = &front->units[i].link;
		/* A host that does not read its answers is not listened to either. */
		short events = link->fd >= 0 && link_waits(link) ? POLLOUT : POLLIN;
		look_at(&polls[POLL_UNITS + i], link->fd, events);
	}
	if (ppoll(polls, POLL_UNITS + front->count, when == DEVICE_NEVER ? NULL : &sleep, NULL) <=
	    0) {
		for (size_t i = 0; i < POLL_UNITS + front->count; i++)
			polls[i].revents = 0;
	}
}

static void run_server(struct front *front, const struct pollfd polls[POLL_MOST], uint64_t now)
{
	if (polls[POLL_SERVE].revents != 0)
		serve_accept(&front->serve, now);
	for (size_t i = 0; i < SERVE_GUESTS; i++) {
		struct serve_guest *guest = &front->serve.guest[i];
		struct unit *unit = NULL;

		/* The same one that was looked at: its place may have a new guest by now. */
		if (polls[POLL_GUESTS + i].revents != 0 && guest->fd == polls[POLL_GUESTS + i].fd)
			unit = serve_read(guest, front->units, front->count);
		if (unit != NULL)
			display_say(&unit->display, "attached as %s", unit->busid);
	}
	serve_run(&front->serve, now);
}

static bool loop(struct front *front, struct uxm_failure *why)
{
	struct pollfd polls[POLL_MOST];

	memset(polls, 0, sizeof(polls));
	for (;;) {
		uint64_t now = now_us();

		if (polls[POLL_SIGNALS].revents != 0)
			return true;
		if (polls[POLL_ORDERS].revents != 0 && !obey(front, now))
			return true;
		run_server(front, polls, now);
		for (size_t i = 0; i < front->count; i++) {
			bool readable = polls[POLL_UNITS + i].revents != 0;
			if (!turn(front, &front->units[i], readable, now, why))
				return false;
		}
		say_ready(front);
		rest(front, polls);
	}
}

/* All modules leave the bus; the kernel gets a moment to see it. */
static void end(struct front *front)
{
	uint64_t now = now_us();
	uint64_t until = now + END_MOST;
	struct timespec pause = {.tv_nsec = (long)PORT_PAUSE * 1000};
	bool there = true;

	for (size_t i = 0; i < front->count; i++) {
		if (front->units[i].place == UNIT_ON_BUS && front->units[i].link.fd >= 0)
			unit_leave(&front->units[i], now);
	}
	for (; there && now < until; now = now_us()) {
		there = false;
		for (size_t i = 0; i < front->count; i++) {
			struct unit *unit = &front->units[i];

			unit_part(unit, now);
			there = there || !unit_has_parted(unit) || vhci_stays(&unit->left);
		}
		if (there)
			nanosleep(&pause, NULL);
	}
	for (size_t i = 0; i < front->count; i++)
		unit_close(&front->units[i]);
	serve_close(&front->serve);
	if (front->signals >= 0)
		close(front->signals);
	free(front->units);
}

/* Signals come as something to read; a reader that went away is no reason to die. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool front_run(const struct options *options, struct uxm_failure *why)
{
	struct front front = {.options = options, .serve = {.fd = -1}, .signals = -1};
	bool served = false;

	for (size_t i = 0; i < SERVE_GUESTS; i++)
		front.serve.guest[i].fd = -1;
	order_open(&front.orders, STDIN_FILENO);
	front.signals = open_signals();
	front.units = calloc(options->count, sizeof(*front.units));
	if (front.signals < 0 || front.units == NULL) {
		uxm_fail(why, UXM_INTERNAL, "The modules cannot be started: %s.", strerror(errno));
		goto done;
	}
	if (options->command == OPTIONS_ATTACH && !vhci_ready(why))
		goto done;
	if (options->command == OPTIONS_SERVE &&
	    !serve_open(&front.serve, options->listen, options->port, why))
		goto done;
	for (; front.count < options->count; front.count++) {
		if (!unit_open(&front.units[front.count], options, (uint32_t)front.count, why)) {
			unit_close(&front.units[front.count]);
			goto done;
		}
	}
	served = loop(&front, why);
done:
	end(&front);
	return served;
}
