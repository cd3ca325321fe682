/*
 * One process on the host: it fetches one image, updates the module with it, and ends, or is
 * killed.
 */
#ifndef TESTS_SIMULATION_HOST_H
#define TESTS_SIMULATION_HOST_H

#include "fetch/http.h"
#include "tests/simulation/network.h"
#include "uxm/known.h"

struct host {
	struct desk *desk;
	struct network *network;
	struct uxm_order order;
	const char *url;
	uint64_t seed; /* of the pauses between attempts */
	/* While it lives. */
	struct fetch_http *http;
	bool has_update;
	struct uxm_update update;
	struct uxm_known known;
	jmp_buf death;
	/* What it said. */
	struct uxm_failure why;
};

enum host_end {
	HOST_ENDED,     /* with host->why */
	HOST_DIED,      /* and was buried */
	HOST_NO_MEMORY, /* of the machine that the simulation runs on */
};

/* Lets it run. desk, network, order, url and seed are set; the desk and the network have been
 * started. Nothing that it took is left afterwards. */
enum host_end host_run(struct host *host);

#endif
