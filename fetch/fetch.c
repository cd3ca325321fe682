/* One image from a server: the logic of http.c over the libcurl of curl.c. */
#include "fetch/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "fetch/curl.h"
#include "fetch/http.h"

struct fetch {
	char *ca_file;
	char *ca_directory;
	struct fetch_curl *curl;
	struct fetch_http *http;
};

/* Returns false without memory. NULL stays NULL. */
static bool copy(const char *text, char **copied)
{
	if (text == NULL)
		return true;
	*copied = strdup(text);
	return *copied != NULL;
}

bool fetch_new(const struct fetch_options *options, struct fetch **fetch, struct uxm_failure *why)
{
	struct fetch *made = calloc(1, sizeof(*made));
	struct fetch_curl_options curl = {
		.connect_time =
			options->connect_time != 0 ? options->connect_time : FETCH_CONNECT_TIME,
	};

	if (made == NULL || !copy(options->ca_file, &made->ca_file) ||
	    !copy(options->ca_directory, &made->ca_directory))
		goto no_memory;
	curl.ca_file = made->ca_file;
	curl.ca_directory = made->ca_directory;
	if (!fetch_curl_new(&curl, &made->curl))
		goto no_memory;
	if (!fetch_http_new(options->url, options->largest, fetch_curl_transfer(made->curl),
			    &made->http, why))
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
	free(fetch->ca_file);
	free(fetch->ca_directory);
	free(fetch);
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
