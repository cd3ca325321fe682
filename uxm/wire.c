/* PROTOCOL.md's messages, to and from bytes. Offsets are those of its tables. */
#include "uxm/wire.h"

#include <string.h>
#include <zlib.h>

#include "uxm/bytes.h"

void uxm_wire_write_identity(const struct uxm_identity *identity,
			     uint8_t bytes[UXM_WIRE_IDENTITY_SIZE])
{
	memset(bytes, 0, UXM_WIRE_IDENTITY_SIZE);
	uxm_put16(bytes, identity->protocol);
	uxm_put16(bytes + 2, UXM_WIRE_IDENTITY_SIZE);
	memcpy(bytes + 4, identity->model, strnlen(identity->model, UXM_MODEL_TEXT - 1));
	uxm_put_version(bytes + 12, &identity->running);
	uxm_put_version(bytes + 20, &identity->oldest);
	uxm_put16(bytes + 28, identity->hardware_level);
	uxm_put16(bytes + 30, identity->flags);
	uxm_put64(bytes + 32, identity->largest_image);
	uxm_put32(bytes + 40, identity->silence);
	uxm_put32(bytes + 44, identity->largest_chunk);
}

bool uxm_wire_read_identity(const uint8_t *bytes, size_t length, struct uxm_identity *identity)
{
	struct uxm_identity read = {.protocol = 0};

	if (length < UXM_WIRE_IDENTITY_SIZE || uxm_get16(bytes + 2) < UXM_WIRE_IDENTITY_SIZE)
		return false;
	read.protocol = uxm_get16(bytes);
	if (read.protocol >> 8 != UXM_WIRE_VERSION >> 8 || !uxm_get_model(bytes + 4, read.model))
		return false;
	uxm_get_version(bytes + 12, &read.running);
	uxm_get_version(bytes + 20, &read.oldest);
	read.hardware_level = uxm_get16(bytes + 28);
	read.flags = uxm_get16(bytes + 30);
	read.largest_image = uxm_get64(bytes + 32);
	read.silence = uxm_get32(bytes + 40);
	read.largest_chunk = uxm_get32(bytes + 44);
	if (read.largest_chunk < UXM_WIRE_CHUNK_LEAST)
		return false;
	*identity = read;
	return true;
}

void uxm_wire_write_begin(const struct uxm_begin *begin, uint8_t bytes[UXM_WIRE_BEGIN_SIZE])
{
	memset(bytes, 0, UXM_WIRE_BEGIN_SIZE);
	uxm_put64(bytes, begin->size);
	memcpy(bytes + 8, begin->id, UXM_WIRE_DIGEST_SIZE);
	uxm_put_version(bytes + 40, &begin->version);
	uxm_put16(bytes + 48, begin->header_length);
	uxm_put16(bytes + 50, begin->flags);
}

bool uxm_wire_read_begin(const uint8_t *bytes, size_t length, struct uxm_begin *begin)
{
	struct uxm_begin read = {.size = 0};

	if (length < UXM_WIRE_BEGIN_SIZE)
		return false;
	read.size = uxm_get64(bytes);
	memcpy(read.id, bytes + 8, UXM_WIRE_DIGEST_SIZE);
	uxm_get_version(bytes + 40, &read.version);
	read.header_length = uxm_get16(bytes + 48);
	read.flags = uxm_get16(bytes + 50);
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
	uxm_put32(bytes + 4, status->session);
	uxm_put64(bytes + 8, status->accepted);
	uxm_put64(bytes + 16, status->durable);
	bytes[24] = status->receive;
	bytes[25] = status->verify;
	bytes[26] = status->install;
	bytes[27] = status->halted ? 1 : 0;
	uxm_put32(bytes + 28, status->again);
	uxm_put64(bytes + 32, status->received);
}

bool uxm_wire_read_status(const uint8_t *bytes, size_t length, struct uxm_status *status)
{
	struct uxm_status read = {.state = UXM_WIRE_IDLE};

	if (length < UXM_WIRE_STATUS_SIZE || bytes[0] >= UXM_WIRE_STATES)
		return false;
	read.state = (enum uxm_wire_state)bytes[0];
	read.reason = bytes[1] < UXM_WIRE_REASONS ? (enum uxm_wire_reason)bytes[1] : UXM_WIRE_OTHER;
	read.session = uxm_get32(bytes + 4);
	read.accepted = uxm_get64(bytes + 8);
	read.durable = uxm_get64(bytes + 16);
	read.receive = bytes[24];
	read.verify = bytes[25];
	read.install = bytes[26];
	read.halted = bytes[27] != 0;
	read.again = uxm_get32(bytes + 28);
	read.received = uxm_get64(bytes + 32);
	if (read.durable > read.accepted || read.received < read.accepted || read.receive > 100 ||
	    read.verify > 100 || read.install > 100)
		return false;
	*status = read;
	return true;
}

void uxm_wire_write_commit(const struct uxm_commit *commit, uint8_t bytes[UXM_WIRE_COMMIT_SIZE])
{
	uxm_put64(bytes, commit->size);
	memcpy(bytes + 8, commit->digest, UXM_WIRE_DIGEST_SIZE);
}

bool uxm_wire_read_commit(const uint8_t *bytes, size_t length, struct uxm_commit *commit)
{
	if (length != UXM_WIRE_COMMIT_SIZE)
		return false;
	commit->size = uxm_get64(bytes);
	memcpy(commit->digest, bytes + 8, UXM_WIRE_DIGEST_SIZE);
	return true;
}

void uxm_wire_write_chunk(const struct uxm_chunk *chunk, uint8_t bytes[UXM_WIRE_CHUNK_SIZE])
{
	uxm_put32(bytes, chunk->session);
	uxm_put32(bytes + 4, chunk->length);
	uxm_put64(bytes + 8, chunk->offset);
	uxm_put32(bytes + 16, chunk->crc);
}

void uxm_wire_read_chunk(const uint8_t bytes[UXM_WIRE_CHUNK_SIZE], struct uxm_chunk *chunk)
{
	chunk->session = uxm_get32(bytes);
	chunk->length = uxm_get32(bytes + 4);
	chunk->offset = uxm_get64(bytes + 8);
	chunk->crc = uxm_get32(bytes + 16);
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
		"size", "header", "state",      "flash",  "time",      "other",    "version"};

	return (unsigned)reason < UXM_WIRE_REASONS ? names[reason] : "other";
}
