/* The ring of bytes between the server and the reader. */
#include "fetch/ring.h"

#include <stdlib.h>
#include <string.h>

bool fetch_ring_init(struct fetch_ring *ring, size_t size)
{
	uint8_t *bytes = calloc(1, size);

	if (bytes == NULL)
		return false;
	/* Zeros would be no touch: the compiler knows that calloc's memory holds them. */
	memset(bytes, 0xFF, size);
	*ring = (struct fetch_ring){.bytes = bytes, .size = size};
	return true;
}

void fetch_ring_release(struct fetch_ring *ring)
{
	free(ring->bytes);
	*ring = (struct fetch_ring){.bytes = NULL};
}

void fetch_ring_clear(struct fetch_ring *ring)
{
	ring->first = 0;
	ring->used = 0;
}

size_t fetch_ring_room(const struct fetch_ring *ring)
{
	return ring->size - ring->used;
}

bool fetch_ring_put(struct fetch_ring *ring, const uint8_t *bytes, size_t length)
{
	size_t end = (ring->first + ring->used) % ring->size;
	size_t straight = ring->size - end;

	if (length > fetch_ring_room(ring))
		return false;
	if (straight > length)
		straight = length;
	memcpy(ring->bytes + end, bytes, straight);
	memcpy(ring->bytes, bytes + straight, length - straight);
	ring->used += length;
	return true;
}

size_t fetch_ring_take(struct fetch_ring *ring, uint8_t *bytes, size_t room)
{
	size_t length = room < ring->used ? room : ring->used;
	size_t straight = ring->size - ring->first;

	if (straight > length)
		straight = length;
	memcpy(bytes, ring->bytes + ring->first, straight);
	memcpy(bytes + straight, ring->bytes, length - straight);
	ring->used -= length;
	/* An empty ring starts over, so that the next block lies in one piece. */
	ring->first = ring->used == 0 ? 0 : (ring->first + length) % ring->size;
	return length;
}

bool fetch_ring_same(const struct fetch_ring *ring, size_t offset, const uint8_t *bytes,
		     size_t length)
{
	size_t at = (ring->first + offset) % ring->size;
	size_t straight = ring->size - at;

	if (straight > length)
		straight = length;
	return memcmp(ring->bytes + at, bytes, straight) == 0 &&
	       memcmp(ring->bytes, bytes + straight, length - straight) == 0;
}
