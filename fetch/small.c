/* One small file from a server: the logic of whole.c over the libcurl of curl.c. */
#include "fetch/small.h"

#include <stdlib.h>

#include "fetch/link.h"
#include "fetch/whole.h"

struct fetch_small {
	struct fetch_link link;
	struct fetch_whole *whole;
};

bool fetch_small_new(const struct fetch_small_options *options, struct fetch_small **small,
		     struct uxm_failure *why)
{
	struct fetch_small *made = calloc(1, sizeof(*made));
	struct fetch_whole_options whole = {
		.url = options->url,
		.access = options->access,
		.largest =
			options->largest < FETCH_SMALL_MOST ? options->largest : FETCH_SMALL_MOST,
		.known = options->known,
		.deadlines = options->deadlines,
	};

	if (!fetch_trust_check(&options->trust, options->access, why))
		goto fail;
	if (made == NULL ||
	    !fetch_link_init(&made->link, &options->trust, options->deadlines.connect)) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to fetch a file.");
		goto fail;
	}
	whole.transfer = made->link.transfer;
	whole.clock = made->link.clock;
	whole.seed = made->link.seed;
	if (!fetch_whole_new(&whole, &made->whole, why))
		goto fail;
	*small = made;
	return true;
fail:
	fetch_small_free(made);
	return false;
}

void fetch_small_free(struct fetch_small *small)
{
	if (small == NULL)
		return;
	fetch_whole_free(small->whole);
	fetch_link_release(&small->link);
	free(small);
}

enum uxm_io fetch_small_read(struct fetch_small *small, struct fetch_small_file *file,
			     struct uxm_failure *why)
{
	return fetch_whole_read(small->whole, file, why);
}

bool fetch_small_too_large(const struct fetch_small *small)
{
	return fetch_whole_too_large(small->whole);
}

uint32_t fetch_small_retry_after(const struct fetch_small *small)
{
	return fetch_whole_retry_after(small->whole);
}

bool fetch_small_wait(struct fetch_small *small, struct pollfd *extra, size_t count, int timeout,
		      struct uxm_failure *why)
{
	/* What has changed is to be read before anybody sleeps. */
	if (fetch_whole_pump(small->whole))
		timeout = 0;
	return fetch_link_wait(&small->link, fetch_whole_due(small->whole), extra, count, timeout,
			       why);
}
