/* When a server is asked again. */
#include "fetch/attempts.h"

void fetch_attempts_init(struct fetch_attempts *attempts, const struct uxm_deadlines *deadlines,
			 uint64_t seed)
{
	*attempts = (struct fetch_attempts){.deadlines = deadlines, .random = seed};
}

void fetch_attempts_anew(struct fetch_attempts *attempts)
{
	attempts->made = 0;
	attempts->bytes = 0;
}

void fetch_attempts_came(struct fetch_attempts *attempts, uint64_t bytes)
{
	if (bytes == 0)
		return;
	attempts->met = true;
	attempts->bytes += bytes;
	if (attempts->bytes >= attempts->deadlines->retry_bytes)
		fetch_attempts_anew(attempts);
}

bool fetch_attempts_end_passes(const struct fetch_attempts *attempts, enum fetch_end end)
{
	switch (end) {
	case FETCH_COMPLETE:
	case FETCH_RESET:
	case FETCH_NO_ANSWER:
	case FETCH_FTP_LATER:
		return true;
	case FETCH_NO_HOST:
	case FETCH_NO_PROXY:
	case FETCH_PROXY_AWAY:
	case FETCH_PROXY_TLS:
	case FETCH_CONNECTION_REFUSED:
	case FETCH_UNREACHABLE:
	case FETCH_CONNECT_TIMEOUT:
	case FETCH_TLS:
	case FETCH_OTHER:
		return attempts->met;
	case FETCH_RUNNING:
	case FETCH_STOPPED:
	case FETCH_HEADERS_TOO_LARGE:
	case FETCH_CERTIFICATE_EXPIRED:
	case FETCH_CERTIFICATE_EARLY:
	case FETCH_CERTIFICATE_NAME:
	case FETCH_CERTIFICATE_UNKNOWN:
	case FETCH_CERTIFICATE_PIN:
	case FETCH_AUTHORITIES:
	case FETCH_OWN_CERTIFICATE:
	case FETCH_MISSING:
	case FETCH_NO_LOGIN:
	case FETCH_FTP:
	case FETCH_NO_MEMORY:
		break;
	}
	return false;
}

bool fetch_attempts_status_passes(unsigned status)
{
	if (status == 408 || status == 425 || status == 429)
		return true;
	return status >= 500 && status < 600 && status != 501 && status != 505;
}

/* The next of the numbers drawn: SplitMix64, of which every state is a good one. That servers are
 * not asked by many phones at the same moments needs no secret. */
static uint64_t draw(struct fetch_attempts *attempts)
{
	uint64_t mixed;

	attempts->random += 0x9E3779B97F4A7C15u;
	mixed = attempts->random;
	mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
	mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
	return mixed ^ mixed >> 31;
}

/* Milliseconds before the next attempt, before chance has its part in it. */
static uint64_t middle(const struct fetch_attempts *attempts)
{
	const struct uxm_deadlines *deadlines = attempts->deadlines;
	uint64_t pause = deadlines->fetch_pause;

	for (unsigned i = 0; i < attempts->made && pause < deadlines->fetch_pause_most; i++)
		pause *= 4;
	return pause < deadlines->fetch_pause_most ? pause : deadlines->fetch_pause_most;
}

bool fetch_attempts_waits(const struct fetch_attempts *attempts, uint32_t retry_after)
{
	return (uint64_t)retry_after * 1000 <= attempts->deadlines->retry_after_most;
}

/* Milliseconds that chance may add to a pause that a server asked for: a quarter of it. */
static uint64_t spread(const struct fetch_attempts *attempts, uint64_t asked)
{
	uint64_t quarter = asked / 4;
	uint64_t most = attempts->deadlines->fetch_pause_most;

	return quarter < most ? quarter : most;
}

bool fetch_attempts_again(struct fetch_attempts *attempts, uint32_t retry_after, uint64_t *pause)
{
	uint64_t asked = (uint64_t)retry_after * 1000;
	uint64_t most;
	uint64_t drawn;

	if (attempts->made >= attempts->deadlines->retries ||
	    !fetch_attempts_waits(attempts, retry_after))
		return false;
	most = middle(attempts);
	drawn = most / 2 + draw(attempts) % (most + 1);
	attempts->made++;
	/* All who got the same answer would be back in the same second. */
	if (asked > 0)
		asked += draw(attempts) % (spread(attempts, asked) + 1);
	*pause = asked > drawn ? asked : drawn;
	return true;
}
