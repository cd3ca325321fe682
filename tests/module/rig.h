/*
 * A device model on storage that can lose power at any byte, and the host's side in short words,
 * for the tests. Times in microseconds; `now` moves only when a test says so.
 */
#ifndef MODULE_RIG_H
#define MODULE_RIG_H

#include "tools/module/device.h"

/* A bank of the rig's storage, in bytes. */
#define RIG_BANK 300000u

struct rig {
	struct device_options options;
	struct device *device;
	uint64_t now;
	uint8_t bank[2][RIG_BANK];
	uint8_t record[RECORD_SIZE];
	bool has_record;
	uint64_t power; /* so many bytes and records can still be written; then nothing */
	uint64_t used;  /* bytes and records written */
	uint8_t payload[RIG_BANK];
};

/* Options with small sizes: chunks up to 16 KiB, images up to RIG_BANK, records every 8 KiB, no
 * limits of rate, install 100 ms. */
void rig_options(struct device_options *options);

/* A module with power, at the time 1 s. */
struct rig *rig_new(const struct device_options *options);
void rig_free(struct rig *rig);

/* The rig's storage, for a module. */
struct device_storage rig_storage(struct rig *rig);

/* Gives the module these faults: "stall@100", ..., NULL. */
void rig_faults(struct rig *rig, const char *const faults[]);

/* Takes its power and gives it back, with storage that works. */
void rig_power_cycle(struct rig *rig);

/* The SHA-256 of the first `size` bytes of the payload. */
void rig_digest(const struct rig *rig, uint64_t size, uint8_t digest[UXM_WIRE_DIGEST_SIZE]);

/* Requests. `header` holds begin->header_length bytes. With `known` BEGIN has the payload's digest
 * as its id, else zeros. The new version is 1.6.1. */
enum device_answer rig_begin(struct rig *rig, uint64_t size, bool known);
enum device_answer rig_begin_with(struct rig *rig, const struct uxm_begin *begin,
				  const uint8_t *header);
enum device_answer rig_commit(struct rig *rig, uint64_t size);
enum device_answer rig_abort(struct rig *rig);
/* Asks STATUS over the wire; it must be answered. */
struct uxm_status rig_status(struct rig *rig);

/* Writes a chunk of the payload into `bytes`, which has room; returns its length with header. */
size_t rig_chunk(const struct rig *rig, uint64_t offset, uint32_t length, uint8_t *bytes);
/* Sends a chunk of the payload in the present session. Returns how many bytes were taken, header
 * included. */
size_t rig_send(struct rig *rig, uint64_t offset, uint32_t length);
/* Sends chunks of 10,000 bytes from `from` up to `to`, letting the flash work in between; all must
 * be taken. */
void rig_send_all(struct rig *rig, uint64_t from, uint64_t to);

/* Lets time pass, running the module whenever it wants, until its state is `state` or it has left
 * the bus. Fails when it wants nothing any more. */
void rig_run_to(struct rig *rig, enum uxm_wire_state state);
/* Lets so many microseconds pass, running the module. */
void rig_pass(struct rig *rig, uint64_t time);

/* BEGIN, everything, COMMIT, and all steps up to the reboot. Returns early when something is
 * refused, is not taken, or the module fails or leaves. */
void rig_update(struct rig *rig, uint64_t size, bool known);

#endif
