/* How long a server is waited for. */
#include "fetch/patience.h"

uint64_t fetch_quiet(const struct uxm_deadlines *deadlines)
{
	uint32_t part = deadlines->network / 4;
	uint32_t quiet = deadlines->network_quiet;

	if (part < quiet)
		quiet = part;
	return quiet > 0 ? quiet : 1;
}

void fetch_patience_init(struct fetch_patience *patience, const struct uxm_deadlines *deadlines)
{
	*patience = (struct fetch_patience){.deadlines = deadlines};
}

void fetch_patience_connected(struct fetch_patience *patience, uint64_t now)
{
	/* A transfer may need a second connection; the time for the first one counts. */
	if (patience->connected)
		patience->waited += now - patience->looked;
	patience->connected = true;
	patience->sending = false;
	patience->looked = now;
	patience->heard = now;
}

void fetch_patience_rest(struct fetch_patience *patience)
{
	patience->connected = false;
}

void fetch_patience_heard(struct fetch_patience *patience, uint64_t now, uint64_t bytes)
{
	patience->heard = now;
	patience->sending = true;
	patience->fresh += bytes;
	if (patience->fresh < patience->deadlines->network_bytes)
		return;
	patience->fresh = 0;
	patience->waited = 0;
	patience->looked = now;
}

enum fetch_patience_end fetch_patience_look(struct fetch_patience *patience, uint64_t now)
{
	if (!patience->connected)
		return FETCH_PATIENT;
	patience->waited += now - patience->looked;
	patience->looked = now;
	if (patience->waited >= patience->deadlines->network)
		return FETCH_STALLED;
	if (patience->sending && now - patience->heard >= fetch_quiet(patience->deadlines))
		return FETCH_QUIET;
	return FETCH_PATIENT;
}

uint64_t fetch_patience_due(const struct fetch_patience *patience)
{
	uint64_t network = patience->deadlines->network;
	uint64_t left = network > patience->waited ? network - patience->waited : 0;
	uint64_t stalled = patience->looked + left;
	uint64_t quiet = patience->heard + fetch_quiet(patience->deadlines);

	if (!patience->connected)
		return UINT64_MAX;
	return patience->sending && quiet < stalled ? quiet : stalled;
}
