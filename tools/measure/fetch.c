/*
 * uxm-fetch URL [CA-FILE]: fetches through fetch/ and throws the bytes away, as curl -o /dev/null
 * does. Prints how many there were.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fetch/fetch.h"
#include "uxm/io.h"

static void die(const char *what)
{
	fprintf(stderr, "uxm-fetch: %s\n", what);
	exit(1);
}

static void pause_for(struct fetch *fetch)
{
	struct uxm_failure why;

	if (!fetch_wait(fetch, NULL, 0, 1000, &why))
		die(why.text);
}

int main(int count, char **arguments)
{
	static uint8_t block[UXM_PIPE_TRANSFER];
	struct fetch_options options = {.url = count > 1 ? arguments[1] : "",
					.trust = {.ca_file = count > 2 ? arguments[2] : NULL},
					.deadlines = UXM_DEADLINES};
	struct fetch *fetch;
	struct uxm_failure why;
	struct uxm_image image;
	enum uxm_io io;
	uint64_t size;
	uint64_t came = 0;

	if (!fetch_new(&options, &fetch, &why))
		die(why.text);
	image = fetch_image(fetch);
	while ((io = image.ops->open(image.self, &size, &why)) == UXM_IO_AGAIN)
		pause_for(fetch);
	while (io == UXM_IO_OK || io == UXM_IO_AGAIN) {
		size_t got = 0;

		io = image.ops->read(image.self, block, sizeof(block), &got, &why);
		came += got;
		if (io == UXM_IO_AGAIN)
			pause_for(fetch);
	}
	if (io != UXM_IO_END || came != size)
		die(why.text);
	fetch_free(fetch);
	printf("%llu\n", (unsigned long long)came);
	return 0;
}
