/*
 * Files out of fixtures/, and an image in memory to change and judge.
 */
#ifndef TESTS_UXM_FIXTURE_H
#define TESTS_UXM_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/signature.h"

/* Room for the largest file there is. */
#define FIXTURE_MOST 16384

struct fixture {
	uint8_t bytes[FIXTURE_MOST];
	size_t length;
};

/* Reads fixtures/PATH; the test fails when it cannot. */
void fixture_read(const char *path, struct fixture *fixture);

/* Adds the key in fixtures/keys/NAME. */
void fixture_add_key(const char *name, struct uxm_keys *keys);

/* An image for a D7C, version 1.6.1, hardware levels 1 to 3, with `payload` bytes of payload; not
 * signed. */
void fixture_make(size_t payload, struct fixture *fixture);

/* Makes its header `size` bytes long, the last of which are zeros, and signs it with
 * fixtures/keys/test-release-private.pem. */
void fixture_grow_and_sign(uint16_t size, struct fixture *fixture);

/* How many bytes of it are its first bytes: all, or UXM_IMAGE_HEADER_MOST. */
size_t fixture_head(const struct fixture *fixture);

#endif
