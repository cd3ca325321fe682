/*
 * The bytes between the server and the reader: a ring of fixed size.
 */
#ifndef FETCH_RING_H
#define FETCH_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetch_ring {
	uint8_t *bytes;
	size_t size;
	size_t first; /* where the oldest byte is */
	size_t used;
};

/* Takes `size` bytes of memory, 1 or more, and touches them. Returns whether it got them. */
bool fetch_ring_init(struct fetch_ring *ring, size_t size);

/* Gives the memory back. Harmless on a zeroed ring. */
void fetch_ring_release(struct fetch_ring *ring);

/* Forgets the bytes in it. */
void fetch_ring_clear(struct fetch_ring *ring);

/* Bytes that `put` would take. */
size_t fetch_ring_room(const struct fetch_ring *ring);

/* Appends `length` bytes, all or none. Returns whether there was room for all. */
bool fetch_ring_put(struct fetch_ring *ring, const uint8_t *bytes, size_t length);

/* Moves the oldest bytes, at most `room`, into `bytes`; returns how many. */
size_t fetch_ring_take(struct fetch_ring *ring, uint8_t *bytes, size_t room);

/* Whether the `length` bytes that lie `offset` bytes behind the oldest one are these; `offset` and
 * `length` together are at most `used`. */
bool fetch_ring_same(const struct fetch_ring *ring, size_t offset, const uint8_t *bytes,
		     size_t length);

#endif
