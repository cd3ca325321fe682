/*
 * The bytes that tests/server.py generates: each follows from its offset.
 */
#ifndef TESTS_FETCH_PATTERN_H
#define TESTS_FETCH_PATTERN_H

#include <stddef.h>
#include <stdint.h>

static inline uint8_t pattern_byte(uint64_t offset)
{
	return (uint8_t)(offset * 131 + (offset >> 8) * 17 + (offset >> 16) * 7 +
			 (offset >> 24) * 3);
}

/* Writes the `length` bytes from `offset` on. */
static inline void pattern_fill(uint64_t offset, uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = pattern_byte(offset + i);
}

/* Returns how many of the `length` bytes are those from `offset` on; `length` if all are. */
static inline size_t pattern_match(uint64_t offset, const uint8_t *bytes, size_t length)
{
	size_t same = 0;

	while (same < length && bytes[same] == pattern_byte(offset + same))
		same++;
	return same;
}

#endif
