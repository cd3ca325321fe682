/* One image from a server: the logic of http.c over the libcurl of curl.c. */
#include "fetch/fetch.h"

#include <stdlib.h>

#include "fetch/http.h"
#include "fetch/link.h"

struct fetch {
	struct fetch_link link;
	struct fetch_http *http;
};

bool fetch_new(const struct fetch_options *options, struct fetch **fetch, struct uxm_failure *why)
{
	struct fetch *made = calloc(1, sizeof(*made));
	struct fetch_http_options http = {
		.url = options->url,
		.access = options->access,
		.largest = options->largest,
		.deadlines = options->deadlines,
		.witness = options->witness,
	};

	if (!fetch_trust_check(&options->trust, options->access, why))
		goto fail;
	if (made == NULL ||
	    !fetch_link_init(&made->link, &options->trust, options->deadlines.connect)) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to fetch an image.");
		goto fail;
	}
	http.transfer = made->link.transfer;
	http.clock = made->link.clock;
	http.seed = made->link.seed;
	if (!fetch_http_new(&http, &made->http, why))
		goto fail;
	*fetch = made;
	return true;
fail:
	fetch_free(made);
	return false;
}

void fetch_free(struct fetch *fetch)
{
	if (fetch == NULL)
		return;
	fetch_http_free(fetch->http);
	fetch_link_release(&fetch->link);
	free(fetch);
}

const char *fetch_remark(struct fetch *fetch)
{
	return fetch_http_remark(fetch->http);
}

uint64_t fetch_pause(const struct fetch *fetch)
{
	return fetch_http_pause(fetch->http);
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
	return fetch_link_wait(&fetch->link, fetch_http_due(fetch->http), extra, count, timeout,
			       why);
}
