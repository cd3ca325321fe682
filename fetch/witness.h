/*
 * Who remembers the bytes that were read, when a server sends them once more. Fetching itself keeps
 * none of them; whoever computes a digest of what was read (uxm/known.h) can tell.
 */
#ifndef FETCH_WITNESS_H
#define FETCH_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetch_witness {
	/* The image begins to come again, from its first byte. NULL: nobody remembers anything. */
	void (*again)(void *self);
	/*
	 * The next `length` bytes of it. Returns false once it is known that they are not the ones
	 * that were read; true before, and behind the last byte that was read.
	 */
	bool (*same)(void *self, const uint8_t *bytes, size_t length);
	/*
	 * Whether the whole will be compared with a digest that was known beforehand: then parts of
	 * two states, put together, come out at the end. NULL: never.
	 */
	bool (*guards)(void *self);
	void *self;
};

#endif
