/*
 * Every wait has a deadline, and all of them stand here. Each measures lack of progress.
 */
#ifndef UXM_DEADLINE_H
#define UXM_DEADLINE_H

#include <stdint.h>

#include "uxm/wire.h"

/*
 * What was cancelled has ended within this, in milliseconds: the kernel gives it back before the
 * cancelling returns, so that this is a bound for a broken one. Nobody need ever change it.
 */
#define UXM_DEADLINE_REAP 1000u

/* Times in milliseconds. */
struct uxm_deadlines {
	/* A module whose announced silence is not yet known answers within this: 5 s is what
	 * USB 2.0, section 9.2.6.4, grants a device for a request with data. */
	uint32_t answer;
	/* An announced silence is raised to `answer` and cut to this (PROTOCOL.md, IDENTITY). */
	uint32_t silence_most;
	/* The module takes so many bytes within one silence. */
	uint32_t module_bytes;
	/* A server is found, connected and spoken to securely. */
	uint32_t connect;
	/* The server answers within `network` once it is connected, or is asked again; and sends
	 * `network_bytes` in `network` of waiting for it, once it has answered. */
	uint32_t network;
	uint32_t network_bytes;
	/* A connection on which nothing at all comes for so long in the middle of a body, while it
	 * is waited for, is dead, and made anew. At most a quarter of `network` (fetch/patience.h).
	 */
	uint32_t network_quiet;
	/* So many attempts in a row without a new byte; the count and the pause before each start
	 * over after `retry_bytes` of new bytes. The module's pause doubles from `retry_pause`; a
	 * server's grows fourfold from `fetch_pause` to `fetch_pause_most`, each drawn at random
	 * between half and one and a half of that. */
	unsigned retries;
	uint32_t retry_pause;
	uint32_t retry_bytes;
	uint32_t fetch_pause;
	uint32_t fetch_pause_most;
	/* The longest pause that a server may ask for (Retry-After); chance adds up to a quarter
	 * to what it asks for, and `fetch_pause_most` at most. */
	uint32_t retry_after_most;
	/* ABORT is a courtesy: a module that does not take it at once is left alone. */
	uint32_t abort;
	/* The module is back on the bus, and is looked for at this pace where no hotplug is
	 * noticed. */
	uint32_t back;
	uint32_t look;
	/* The pace of looking for one that somebody is to plug in, whenever that is. */
	uint32_t idle;
	/* A transfer that failed because the module was pulled is followed by its leaving: a hub
	 * is asked for changes every 256 ms (USB 2.0, section 11.23.1). */
	uint32_t leave;
	/* An open that is refused after the return may be the udev rule, which lags; an IDENTITY
	 * that is stalled, a device that has not been configured yet. */
	uint32_t reopen;
	/* STATUS while streaming, and the bounds for the pace that the module asks for afterwards.
	 */
	uint32_t status;
	uint32_t status_least;
	uint32_t status_most;
};

#define UXM_DEADLINES                                                                              \
	{                                                                                          \
		.answer = 5000, .silence_most = UXM_WIRE_SILENCE_MOST, .module_bytes = 4096,       \
		.connect = 30000, .network = 60000, .network_bytes = 65536,                        \
		.network_quiet = 15000, .retries = 5, .retry_pause = 50, .retry_bytes = 65536,     \
		.fetch_pause = 250, .fetch_pause_most = 30000, .retry_after_most = 600000,         \
		.abort = 2000, .back = 60000, .look = 250, .idle = 1000, .leave = 500,             \
		.reopen = 2000, .status = 100, .status_least = 5, .status_most = 1000,             \
	}

#endif
