/* PROTOCOL.md's messages, to and from bytes. Offsets are those of its tables. */
#include "uxm/wire.h"

#include <string.h>
#include <zlib.h>

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)value);
	put16(at + 2, (uint16_t)(value >> 16));
}

static void put64(uint8_t *at, uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) | (uint32_t)get16(at + 2) << 16;
}

static uint64_t get64(const uint8_t *at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static void put_version(uint8_t *at, const struct uxm_version *version)
{
	for (size_t i = 0; i < UXM_VERSION_PARTS; i++)
		put16(at + 2 * i, version->part[i]);
}

static void get_version(const uint8_t *at, struct uxm_version *version)
{
	for (size_t i = 0; i < UXM_VERSION_PARTS; i++)
		version->part[i] = get16(at + 2 * i);
}

void uxm_wire_write_identity(const struct uxm_identity *identity,
			     uint8_t bytes[UXM_WIRE_IDENTITY_SIZE])
{
	memset(bytes, 0, UXM_WIRE_IDENTITY_SIZE);
	put16(bytes, identity->protocol);
	put16(bytes + 2, UXM_WIRE_IDENTITY_SIZE);
	memcpy(bytes + 4, identity->model, strnlen(identity->model, UXM_MODEL_TEXT - 1));
	put_version(bytes + 12, &identity->running);
	put_version(bytes + 20, &identity->oldest);
	put16(bytes + 28, identity->hardware_level);
	put16(bytes + 30, identity->flags);
	put64(bytes + 32, identity->largest_image);
	put32(bytes + 40, identity->silence);
	put32(bytes + 44, identity->largest_chunk);
}

/* Capital letters and digits, one or more, then zeros to the end. */
static bool get_model(const uint8_t *at, char model[UXM_MODEL_TEXT])
{
	size_t length = 0;

	while (length < UXM_MODEL_TEXT && at[length] != 0) {
		uint8_t c = at[length];

		if ((c < 'A' || c > 'Z') && (c < '0' || c > '9'))
			return false;
		length++;
	}
	if (length == 0 || length == UXM_MODEL_TEXT)
		return false;
	for (size_t i = length; i < UXM_MODEL_TEXT; i++) {
		if (at[i] != 0)
			return false;
	}
	memcpy(model, at, UXM_MODEL_TEXT);
	return true;
}

bool uxm_wire_read_identity(const uint8_t *bytes, size_t length, struct uxm_identity *identity)
{
	struct uxm_identity read = {.protocol = 0};

	if (length < UXM_WIRE_IDENTITY_SIZE || get16(bytes + 2) < UXM_WIRE_IDENTITY_SIZE)
		return false;
	read.protocol = get16(bytes);
	if (read.protocol >> 8 != UXM_WIRE_VERSION >> 8 || !get_model(bytes + 4, read.model))
		return false;
	get_version(bytes + 12, &read.running);
	get_version(bytes + 20, &read.oldest);
	read.hardware_level = get16(bytes + 28);
	read.flags = get16(bytes + 30);
	read.largest_image = get64(bytes + 32);
	read.silence = get32(bytes + 40);
	read.largest_chunk = get32(bytes + 44);
	if (read.largest_chunk < UXM_WIRE_CHUNK_LEAST)
		return false;
	*identity = read;
	return true;
}

void uxm_wire_write_begin(const struct uxm_begin *begin, uint8_t bytes[UXM_WIRE_BEGIN_SIZE])
{
	memset(bytes, 0, UXM_WIRE_BEGIN_SIZE);
	put64(bytes, begin->size);
	memcpy(bytes + 8, begin->id, UXM_WIRE_DIGEST_SIZE);
	put_version(bytes + 40, &begin->version);
	put16(bytes + 48, begin->header_length);
	put16(bytes + 50, begin->flags);
}

bool uxm_wire_read_begin(const uint8_t *bytes, size_t length, struct uxm_begin *begin)
{
	struct uxm_begin read = {.size = 0};

	if (length < UXM_WIRE_BEGIN_SIZE)
		return false;
	read.size = get64(bytes);
	memcpy(read.id, bytes + 8, UXM_WIRE_DIGEST_SIZE);
	get_version(bytes + 40, &read.version);
	read.header_length = get16(bytes + 48);
	read.flags = get16(bytes + 50);
	if (read.header_length > UXM_WIRE_HEADER_MAX ||
	    length != (size_t)UXM_WIRE_BEGIN_SIZE + read.header_length)
		return false;
	*begin = read;
	return true;
}

void uxm_wire_write_status(const struct uxm_status *status, uint8_t bytes[UXM_WIRE_STATUS_SIZE])
{
	memset(bytes, 0, UXM_WIRE_STATUS_SIZE);
	bytes[0] = (uint8_t)status->state;
	bytes[1] = (uint8_t)status->reason;
	put32(bytes + 4, status->session);
	put64(bytes + 8, status->accepted);
	put64(bytes + 16, status->durable);
	bytes[24] = status->receive;
	bytes[25] = status->verify;
	bytes[26] = status->install;
	bytes[27] = status->halted ? 1 : 0;
	put32(bytes + 28, status->again);
	put64(bytes + 32, status->received);
}

bool uxm_wire_read_status(const uint8_t *bytes, size_t length, struct uxm_status *status)
{
	struct uxm_status read = {.state = UXM_WIRE_IDLE};

	if (length < UXM_WIRE_STATUS_SIZE || bytes[0] >= UXM_WIRE_STATES)
		return false;
	read.state = (enum uxm_wire_state)bytes[0];
	read.reason = bytes[1] < UXM_WIRE_REASONS ? (enum uxm_wire_reason)bytes[1] : UXM_WIRE_OTHER;
	read.session = get32(bytes + 4);
	read.accepted = get64(bytes + 8);
	read.durable = get64(bytes + 16);
	read.receive = bytes[24];
	read.verify = bytes[25];
	read.install = bytes[26];
	read.halted = bytes[27] != 0;
	read.again = get32(bytes + 28);
	read.received = get64(bytes + 32);
	if (read.durable > read.accepted || read.received < read.accepted || read.receive > 100 ||
	    read.verify > 100 || read.install > 100)
		return false;
	*status = read;
	return true;
}

void uxm_wire_write_commit(const struct uxm_commit *commit, uint8_t bytes[UXM_WIRE_COMMIT_SIZE])
{
	put64(bytes, commit->size);
	memcpy(bytes + 8, commit->digest, UXM_WIRE_DIGEST_SIZE);
}

bool uxm_wire_read_commit(const uint8_t *bytes, size_t length, struct uxm_commit *commit)
{
	if (length != UXM_WIRE_COMMIT_SIZE)
		return false;
	commit->size = get64(bytes);
	memcpy(commit->digest, bytes + 8, UXM_WIRE_DIGEST_SIZE);
	return true;
}

void uxm_wire_write_chunk(const struct uxm_chunk *chunk, uint8_t bytes[UXM_WIRE_CHUNK_SIZE])
{
	put32(bytes, chunk->session);
	put32(bytes + 4, chunk->length);
	put64(bytes + 8, chunk->offset);
	put32(bytes + 16, chunk->crc);
}

void uxm_wire_read_chunk(const uint8_t bytes[UXM_WIRE_CHUNK_SIZE], struct uxm_chunk *chunk)
{
	chunk->session = get32(bytes);
	chunk->length = get32(bytes + 4);
	chunk->offset = get64(bytes + 8);
	chunk->crc = get32(bytes + 16);
}

uint32_t uxm_wire_crc(const uint8_t *bytes, size_t length)
{
	return (uint32_t)crc32_z(0, bytes, length);
}

const char *uxm_wire_state_name(enum uxm_wire_state state)
{
	static const char *const names[UXM_WIRE_STATES] = {"idle",       "receiving", "verifying",
							   "installing", "done",      "failed"};

	return (unsigned)state < UXM_WIRE_STATES ? names[state] : "unknown";
}

const char *uxm_wire_reason_name(enum uxm_wire_reason reason)
{
	static const char *const names[UXM_WIRE_REASONS] = {
		"none", "gap",    "incomplete", "digest", "signature", "hardware", "model",
		"size", "header", "state",      "flash",  "time",      "other"};

	return (unsigned)reason < UXM_WIRE_REASONS ? names[reason] : "other";
}
