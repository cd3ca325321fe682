/*
 * The stream protocol's messages as bytes: PROTOCOL.md in C. Nothing here knows how they travel.
 */
#ifndef UXM_WIRE_H
#define UXM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/name.h"
#include "uxm/version.h"

/* The update interface (PROTOCOL.md, "The module on the bus"). */
#define UXM_WIRE_CLASS    0xFF
#define UXM_WIRE_SUBCLASS 0x55
#define UXM_WIRE_PROTOCOL 0x01

/* bmRequestType (USB 2.0, table 9-2): vendor, interface. */
#define UXM_WIRE_IN  0xC1
#define UXM_WIRE_OUT 0x41

enum uxm_wire_request {
	UXM_WIRE_IDENTITY = 0x01,
	UXM_WIRE_BEGIN = 0x02,
	UXM_WIRE_STATUS = 0x03,
	UXM_WIRE_COMMIT = 0x04,
	UXM_WIRE_ABORT = 0x05,
};

/* Sizes in bytes of the messages (PROTOCOL.md, the table of each). */
#define UXM_WIRE_IDENTITY_SIZE 48
#define UXM_WIRE_BEGIN_SIZE    56
#define UXM_WIRE_HEADER_MAX    2048
#define UXM_WIRE_STATUS_SIZE   40
#define UXM_WIRE_COMMIT_SIZE   40
#define UXM_WIRE_CHUNK_SIZE    20
#define UXM_WIRE_DIGEST_SIZE   32

#define UXM_WIRE_VERSION      0x0100
#define UXM_WIRE_CHUNK_LEAST  4096
/* The longest silence that a host bears, whatever the module announces, in milliseconds. */
#define UXM_WIRE_SILENCE_MOST 120000u
/* A module in receiving that sees neither data nor STATUS for so long goes idle, in milliseconds.
 */
#define UXM_WIRE_RECEIVE_IDLE 30000u
/* A module that is done stays on the bus for so many milliseconds at least, longer than the longest
 * pause between two STATUS, and reboots within so many. */
#define UXM_WIRE_DONE_LEAST   1100u
#define UXM_WIRE_DONE_TIME    2000u

#define UXM_WIRE_FLAG_SIGNATURE 0x0001 /* IDENTITY */
#define UXM_WIRE_FLAG_OVERRIDE  0x0001 /* BEGIN */

enum uxm_wire_state {
	UXM_WIRE_IDLE = 0,
	UXM_WIRE_RECEIVING,
	UXM_WIRE_VERIFYING,
	UXM_WIRE_INSTALLING,
	UXM_WIRE_DONE,
	UXM_WIRE_FAILED,
	UXM_WIRE_STATES,
};

enum uxm_wire_reason {
	UXM_WIRE_NONE = 0,
	UXM_WIRE_GAP,
	UXM_WIRE_INCOMPLETE,
	UXM_WIRE_DIGEST,
	UXM_WIRE_SIGNATURE,
	UXM_WIRE_HARDWARE,
	UXM_WIRE_MODEL,
	UXM_WIRE_SIZE,
	UXM_WIRE_HEADER,
	UXM_WIRE_STATE,
	UXM_WIRE_FLASH,
	UXM_WIRE_TIME,
	UXM_WIRE_OTHER,
	UXM_WIRE_REASON_VERSION, /* UXM_WIRE_VERSION is the protocol's */
	UXM_WIRE_REASONS,
};

struct uxm_identity {
	uint16_t protocol; /* UXM_WIRE_VERSION */
	char model[UXM_MODEL_TEXT];
	struct uxm_version running;
	struct uxm_version oldest;
	uint16_t hardware_level;
	uint16_t flags;
	uint64_t largest_image; /* bytes */
	uint32_t silence;       /* milliseconds */
	uint32_t largest_chunk; /* bytes of payload */
};

struct uxm_begin {
	uint64_t size; /* bytes of payload */
	uint8_t id[UXM_WIRE_DIGEST_SIZE];
	struct uxm_version version;
	uint16_t header_length; /* bytes that follow the fixed part, at most UXM_WIRE_HEADER_MAX */
	uint16_t flags;
};

struct uxm_status {
	enum uxm_wire_state state;
	enum uxm_wire_reason reason;
	uint32_t session;
	uint64_t accepted; /* bytes of payload */
	uint64_t durable;
	uint8_t receive; /* percent */
	uint8_t verify;
	uint8_t install;
	bool halted;
	uint32_t again;    /* milliseconds */
	uint64_t received; /* bytes of payload, those of an unfinished chunk too */
};

struct uxm_commit {
	uint64_t size;
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];
};

struct uxm_chunk {
	uint32_t session;
	uint32_t length; /* bytes of payload that follow */
	uint64_t offset;
	uint32_t crc;
};

/*
 * Each pair writes a message into, or reads it out of, its bytes. A `read` takes `length` bytes
 * from anybody and trusts none of them: it returns false when they are too few or a field is
 * outside of what PROTOCOL.md allows, and sets its output only when it returns true.
 */
void uxm_wire_write_identity(const struct uxm_identity *identity,
			     uint8_t bytes[UXM_WIRE_IDENTITY_SIZE]);
/* A minor version other than ours is accepted, another major is not. */
bool uxm_wire_read_identity(const uint8_t *bytes, size_t length, struct uxm_identity *identity);
/* The header's bytes, if any, follow at bytes + UXM_WIRE_BEGIN_SIZE, which the caller puts there.
 */
void uxm_wire_write_begin(const struct uxm_begin *begin, uint8_t bytes[UXM_WIRE_BEGIN_SIZE]);
/* `length` must be that of the fixed part and the header together. */
bool uxm_wire_read_begin(const uint8_t *bytes, size_t length, struct uxm_begin *begin);
void uxm_wire_write_status(const struct uxm_status *status, uint8_t bytes[UXM_WIRE_STATUS_SIZE]);
/* A reason that is not known reads as UXM_WIRE_OTHER; an unknown state is refused. */
bool uxm_wire_read_status(const uint8_t *bytes, size_t length, struct uxm_status *status);
void uxm_wire_write_commit(const struct uxm_commit *commit, uint8_t bytes[UXM_WIRE_COMMIT_SIZE]);
bool uxm_wire_read_commit(const uint8_t *bytes, size_t length, struct uxm_commit *commit);
void uxm_wire_write_chunk(const struct uxm_chunk *chunk, uint8_t bytes[UXM_WIRE_CHUNK_SIZE]);
/* Any value is a chunk header; whether it fits is the module's decision. */
void uxm_wire_read_chunk(const uint8_t bytes[UXM_WIRE_CHUNK_SIZE], struct uxm_chunk *chunk);

/* CRC-32 of `length` bytes (PROTOCOL.md, "The bulk endpoint"). */
uint32_t uxm_wire_crc(const uint8_t *bytes, size_t length);

/* Names as in PROTOCOL.md's tables. */
const char *uxm_wire_state_name(enum uxm_wire_state state);
const char *uxm_wire_reason_name(enum uxm_wire_reason reason);

#endif
