/*
 * The non-volatile record as bytes, little-endian: magic 4, bank 1, kept 1, zero 2, session 4,
 * zero 4, version 8, running size 8, size 8, durable 8, id 32, zero 8.
 */
#include "tools/module/record.h"

#include <endian.h>
#include <string.h>

static const uint8_t magic[4] = {'U', 'X', 'M', 'R'};

static void put64(uint8_t *bytes, uint64_t value)
{
	value = htole64(value);
	memcpy(bytes, &value, sizeof(value));
}

static uint64_t get64(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return le64toh(value);
}

void record_write(const struct record *record, uint8_t bytes[RECORD_SIZE])
{
	memset(bytes, 0, RECORD_SIZE);
	memcpy(bytes, magic, sizeof(magic));
	bytes[4] = (uint8_t)record->bank;
	bytes[5] = record->kept ? 1 : 0;
	put64(bytes + 8, record->session);
	for (size_t i = 0; i < UXM_VERSION_PARTS; i++) {
		bytes[16 + 2 * i] = (uint8_t)(record->running.part[i] & 0xFF);
		bytes[17 + 2 * i] = (uint8_t)(record->running.part[i] >> 8);
	}
	put64(bytes + 24, record->running_size);
	put64(bytes + 32, record->size);
	put64(bytes + 40, record->durable);
	memcpy(bytes + 48, record->id, UXM_WIRE_DIGEST_SIZE);
}

bool record_read(const uint8_t bytes[RECORD_SIZE], struct record *record)
{
	struct record read = {0};
	uint64_t session = get64(bytes + 8);

	if (memcmp(bytes, magic, sizeof(magic)) != 0 || bytes[4] > 1 || bytes[5] > 1 ||
	    session > UINT32_MAX)
		return false;
	read.bank = bytes[4];
	read.kept = bytes[5] == 1;
	read.session = (uint32_t)session;
	for (size_t i = 0; i < UXM_VERSION_PARTS; i++) {
		read.running.part[i] =
			(uint16_t)(bytes[16 + 2 * i] | (unsigned)bytes[17 + 2 * i] << 8);
	}
	read.running_size = get64(bytes + 24);
	read.size = get64(bytes + 32);
	read.durable = get64(bytes + 40);
	memcpy(read.id, bytes + 48, UXM_WIRE_DIGEST_SIZE);
	if (read.durable > read.size)
		return false;
	*record = read;
	return true;
}
