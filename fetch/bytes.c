/* Bytes that grow. */
#include "fetch/bytes.h"

#include <stdlib.h>
#include <string.h>

/* The first piece of memory. */
#define FIRST_ROOM 4096

bool fetch_bytes_reserve(struct fetch_bytes *bytes, size_t length)
{
	uint8_t *at;

	if (length < bytes->room)
		return true;
	at = realloc(bytes->at, length + 1);
	if (at == NULL)
		return false;
	bytes->at = at;
	bytes->room = length + 1;
	return true;
}

bool fetch_bytes_put(struct fetch_bytes *bytes, const uint8_t *from, size_t more, size_t limit)
{
	size_t needed = bytes->length + more;
	size_t room = bytes->room > FIRST_ROOM ? bytes->room : FIRST_ROOM;

	/* Twice as much each time, so that small pieces are not copied over and over. */
	while (room <= needed)
		room *= 2;
	if (needed >= bytes->room && !fetch_bytes_reserve(bytes, room <= limit ? room - 1 : limit))
		return false;
	memcpy(bytes->at + bytes->length, from, more);
	bytes->length = needed;
	bytes->at[needed] = 0;
	return true;
}

const uint8_t *fetch_bytes_text(const struct fetch_bytes *bytes)
{
	return bytes->length > 0 ? bytes->at : (const uint8_t *)"";
}

void fetch_bytes_release(struct fetch_bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct fetch_bytes){.at = NULL};
}
