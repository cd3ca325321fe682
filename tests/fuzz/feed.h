/*
 * What a fuzz target stands on: the fuzzer's bytes as a row of decisions, and what must hold. When
 * the bytes have ended every further one is 0, and targets take 0 for "as it should be", so that no
 * bytes at all are a run in which everything goes well and each byte is a step away from it.
 */
#ifndef TESTS_FUZZ_FEED_H
#define TESTS_FUZZ_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct feed {
	const uint8_t *bytes;
	size_t left;
};

/* libFuzzer calls it once for each input. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length);

/* The fuzzer keeps the input that breaks it. */
static inline void hold(bool held, const char *what)
{
	if (held)
		return;
	fprintf(stderr, "It does not hold: %s\n", what);
	abort();
}

static inline uint8_t feed_byte(struct feed *feed)
{
	if (feed->left == 0)
		return 0;
	feed->left--;
	return *feed->bytes++;
}

/* Fills `room` bytes; behind the input's end they are 0. */
static inline void feed_fill(struct feed *feed, void *to, size_t room)
{
	size_t length = room < feed->left ? room : feed->left;

	if (room == 0)
		return;
	memset(to, 0, room);
	if (length > 0)
		memcpy(to, feed->bytes, length);
	feed->bytes += length;
	feed->left -= length;
}

/* A number: mostly small ones, and those at the edges of the types. */
static inline uint64_t feed_number(struct feed *feed)
{
	static const uint64_t edges[] = {
		127,
		128,
		255,
		256,
		4095,
		4096,
		4097,
		65535,
		65536,
		131072,
		INT32_MAX,
		UINT64_C(1) << 31,
		UINT32_MAX,
		UINT32_MAX - 1,
		UINT64_C(1) << 32,
		INT64_MAX,
		UINT64_MAX - 1,
		UINT64_MAX,
	};
	const size_t count = sizeof(edges) / sizeof(edges[0]);
	uint8_t first = feed_byte(feed);
	uint64_t number = 0;

	if (first < 128)
		return first;
	if (first < 128 + count)
		return edges[first - 128];
	feed_fill(feed, &number, first % 2 == 0 ? 2 : 8);
	return number;
}

/* Whether a sentence is what a user may be shown: there is one, on one line. */
static inline void hold_sentence(const char *text, size_t room)
{
	hold(strnlen(text, room) < room && text[0] != '\0', "there is a sentence");
	for (; *text != '\0'; text++)
		hold((uint8_t)*text >= ' ' && *text != 0x7F, "it is on one line");
}

#endif
