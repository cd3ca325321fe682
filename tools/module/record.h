/*
 * What a module remembers without power: what it runs, and the partial payload that it keeps. It is
 * replaced as a whole; storage sees to it that a loss of power leaves the old or the new one.
 */
#ifndef MODULE_RECORD_H
#define MODULE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/version.h"
#include "uxm/wire.h"

/* Bytes of a record as it is stored. */
#define RECORD_SIZE 88

struct record {
	unsigned bank; /* 0 or 1: the one that runs; a payload goes to the other */
	struct uxm_version running;
	uint64_t running_size; /* bytes of the payload that runs; 0 as delivered */
	uint32_t session;      /* number of the last one, 0 when there was none */
	bool kept;             /* there is a partial payload; the fields below describe it */
	uint8_t id[UXM_WIRE_DIGEST_SIZE];
	uint64_t size;
	uint64_t durable; /* bytes of it that are in flash, at most size */
};

/* Writes a record as bytes. */
void record_write(const struct record *record, uint8_t bytes[RECORD_SIZE]);

/* Returns whether the bytes are a record; *record is set only then. */
bool record_read(const uint8_t bytes[RECORD_SIZE], struct record *record);

#endif
