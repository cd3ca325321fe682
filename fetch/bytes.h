/*
 * Bytes in memory that grow as they come, up to a limit.
 */
#ifndef FETCH_BYTES_H
#define FETCH_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetch_bytes {
	uint8_t *at; /* NULL as long as there is no room */
	size_t length;
	size_t room;
};

/* Makes room for `length` bytes in all, and a zero behind them, and no more. Returns false without
 * memory; what is there stays. */
bool fetch_bytes_reserve(struct fetch_bytes *bytes, size_t length);

/*
 * Appends `more` bytes; all together are at most `limit`, which the caller sees to, and so is the
 * room but for the zero. Returns false without memory; what is there stays.
 */
bool fetch_bytes_put(struct fetch_bytes *bytes, const uint8_t *from, size_t more, size_t limit);

/* The bytes with a zero behind them that is not counted; never NULL. */
const uint8_t *fetch_bytes_text(const struct fetch_bytes *bytes);

/* Frees them. Nothing is there any more. */
void fetch_bytes_release(struct fetch_bytes *bytes);

#endif
