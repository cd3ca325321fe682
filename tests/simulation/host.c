/* A process's life. */
#include "tests/simulation/host.h"

#include <string.h>

#include "uxm/prepare.h"

/* When the network wants to be looked at. */
static uint64_t side_due(void *self)
{
	const struct host *host = self;
	uint64_t due = network_due(host->network);
	uint64_t of_http;

	if (host->http == NULL)
		return UINT64_MAX;
	of_http = fetch_http_due(host->http);
	if (of_http < UINT64_MAX / 1000 && of_http * 1000 < due)
		return of_http * 1000;
	return due;
}

static bool side_work(void *self)
{
	const struct host *host = self;

	return fetch_http_pump(host->http);
}

static void comes_again(void *self)
{
	struct host *host = self;

	uxm_known_again(&host->known, &host->update);
}

static bool is_same(void *self, const uint8_t *bytes, size_t length)
{
	struct host *host = self;

	return uxm_known_same(&host->known, bytes, length);
}

static bool guards(void *self)
{
	const struct host *host = self;

	return uxm_update_knows_digest(&host->update);
}

static bool start(struct host *host)
{
	struct fetch_http_options options = {
		.url = host->url,
		.transfer = network_transfer(host->network),
		.clock = desk_clock(host->desk),
		.deadlines = host->order.deadlines,
		.seed = host->seed,
		.witness = {.again = comes_again, .same = is_same, .guards = guards, .self = host},
	};
	struct desk_side side = {.due = side_due, .work = side_work, .self = host};

	if (!fetch_http_new(&options, &host->http, &host->why))
		return false;
	desk_set_side(host->desk, &side);
	host->has_update = true;
	return uxm_update_init(&host->update, &host->order, desk_module(host->desk),
			       fetch_http_image(host->http), desk_clock(host->desk),
			       desk_watch(host->desk), &host->why);
}

/* What the process had: its memory. */
static void end(struct host *host)
{
	desk_set_side(host->desk, NULL);
	if (host->has_update)
		uxm_update_release(&host->update);
	host->has_update = false;
	uxm_known_release(&host->known);
	fetch_http_free(host->http);
	host->http = NULL;
}

enum host_end host_run(struct host *host)
{
	host->http = NULL;
	host->has_update = false;
	memset(&host->known, 0, sizeof(host->known));
	/* NOLINTNEXTLINE(cert-err52-cpp): dying is leaving from anywhere. */
	if (setjmp(host->death) != 0) {
		end(host);
		network_hang_up(host->network);
		desk_set_death(host->desk, NULL);
		return desk_bury(host->desk) ? HOST_DIED : HOST_NO_MEMORY;
	}
	desk_set_death(host->desk, &host->death);
	if (!start(host))
		return HOST_NO_MEMORY;
	(void)uxm_update_run(&host->update, &host->why);
	desk_set_death(host->desk, NULL);
	end(host);
	return HOST_ENDED;
}
