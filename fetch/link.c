/* libcurl, the clock and chance, for whatever is fetched. */
#include "fetch/link.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* Copies a text; NULL stays NULL. Returns false without memory. */
static bool keep(struct fetch_link *link, size_t slot, const char *text, const char **kept)
{
	if (text == NULL)
		return true;
	link->texts[slot] = strdup(text);
	*kept = link->texts[slot];
	return *kept != NULL;
}

static bool keep_trust(struct fetch_link *link, const struct fetch_trust *from,
		       struct fetch_trust *to)
{
	return keep(link, 0, from->ca_file, &to->ca_file) &&
	       keep(link, 1, from->ca_directory, &to->ca_directory) &&
	       keep(link, 2, from->certificate, &to->certificate) &&
	       keep(link, 3, from->key, &to->key) && keep(link, 4, from->pin, &to->pin) &&
	       keep(link, 5, from->netrc, &to->netrc) &&
	       keep(link, 6, from->user_agent, &to->user_agent);
}

static uint64_t now(void *self)
{
	struct timespec time;

	(void)self;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

bool fetch_link_init(struct fetch_link *link, const struct fetch_trust *trust,
		     uint32_t connect_time)
{
	static const struct uxm_clock_ops clock_ops = {.now = now};
	struct fetch_curl_options options = {.connect_time = connect_time};

	link->clock = (struct uxm_clock){.ops = &clock_ops};
	if (!keep_trust(link, trust, &options.trust) ||
	    getrandom(&link->seed, sizeof(link->seed), 0) != (ssize_t)sizeof(link->seed) ||
	    !fetch_curl_new(&options, &link->curl))
		return false;
	link->transfer = fetch_curl_transfer(link->curl);
	return true;
}

void fetch_link_release(struct fetch_link *link)
{
	fetch_curl_free(link->curl);
	for (size_t i = 0; i < FETCH_TRUST_TEXTS; i++)
		free(link->texts[i]);
	*link = (struct fetch_link){.curl = NULL};
}

bool fetch_link_wait(struct fetch_link *link, uint64_t due, struct pollfd *extra, size_t count,
		     int timeout, struct uxm_failure *why)
{
	uint64_t time = now(NULL);

	if (due <= time) {
		timeout = 0;
	} else if (due - time < (uint64_t)timeout) {
		timeout = (int)(due - time);
	}
	if (fetch_curl_wait(link->curl, extra, count, timeout))
		return true;
	uxm_fail(why, UXM_INTERNAL, "Waiting for the server is not possible.");
	return false;
}
