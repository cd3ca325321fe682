/* One image from a server: the logic of http.c over the libcurl of curl.c. */
#include "fetch/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "fetch/curl.h"
#include "fetch/http.h"

#define TEXTS 6

struct fetch {
	char *texts[TEXTS]; /* copies of those of struct fetch_trust */
	struct fetch_curl *curl;
	struct fetch_http *http;
};

/* Copies a text; NULL stays NULL. Returns false without memory. */
static bool keep(struct fetch *fetch, size_t slot, const char *text, const char **kept)
{
	if (text == NULL)
		return true;
	fetch->texts[slot] = strdup(text);
	*kept = fetch->texts[slot];
	return *kept != NULL;
}

static bool keep_trust(struct fetch *fetch, const struct fetch_trust *from, struct fetch_trust *to)
{
	return keep(fetch, 0, from->ca_file, &to->ca_file) &&
	       keep(fetch, 1, from->ca_directory, &to->ca_directory) &&
	       keep(fetch, 2, from->certificate, &to->certificate) &&
	       keep(fetch, 3, from->key, &to->key) && keep(fetch, 4, from->pin, &to->pin) &&
	       keep(fetch, 5, from->netrc, &to->netrc);
}

static uint64_t now(void *self)
{
	struct timespec time;

	(void)self;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

bool fetch_new(const struct fetch_options *options, struct fetch **fetch, struct uxm_failure *why)
{
	static const struct uxm_clock_ops clock_ops = {.now = now};
	struct fetch *made = calloc(1, sizeof(*made));
	struct fetch_curl_options curl = {.connect_time = options->deadlines.connect};
	struct fetch_http_options http = {
		.url = options->url,
		.access = options->access,
		.largest = options->largest,
		.clock = {.ops = &clock_ops},
		.deadlines = options->deadlines,
		.witness = options->witness,
	};

	if (made == NULL || !keep_trust(made, &options->trust, &curl.trust) ||
	    getrandom(&http.seed, sizeof(http.seed), 0) != (ssize_t)sizeof(http.seed))
		goto no_memory;
	if (!fetch_curl_new(&curl, &made->curl))
		goto no_memory;
	http.transfer = fetch_curl_transfer(made->curl);
	if (!fetch_http_new(&http, &made->http, why))
		goto fail;
	*fetch = made;
	return true;
no_memory:
	uxm_fail(why, UXM_INTERNAL, "There is no memory to fetch an image.");
fail:
	fetch_free(made);
	return false;
}

void fetch_free(struct fetch *fetch)
{
	if (fetch == NULL)
		return;
	fetch_http_free(fetch->http);
	fetch_curl_free(fetch->curl);
	for (size_t i = 0; i < TEXTS; i++)
		free(fetch->texts[i]);
	free(fetch);
}

const char *fetch_remark(struct fetch *fetch)
{
	return fetch_http_remark(fetch->http);
}

struct uxm_image fetch_image(struct fetch *fetch)
{
	return fetch_http_image(fetch->http);
}

bool fetch_wait(struct fetch *fetch, struct pollfd *extra, size_t count, int timeout,
		struct uxm_failure *why)
{
	/* What arrives while the reader waits for something else must leave the socket, or that
	 * would be ready at once, again and again. When nothing more finds room, it is not polled.
	 */
	if (fetch_http_pump(fetch->http))
		timeout = 0;
	if (!fetch_curl_wait(fetch->curl, extra, count, timeout)) {
		uxm_fail(why, UXM_INTERNAL, "Waiting for the server is not possible.");
		return false;
	}
	return true;
}
