/*
 * The inside of the device model, shared by its files: device.c (life), request.c (endpoint 0),
 * admit.c (which images), chunk.c (bulk endpoint and RAM), flash.c (RAM to flash, the record),
 * step.c (verify, install, done), screen.c.
 */
#ifndef MODULE_MODEL_H
#define MODULE_MODEL_H

#include <gnutls/crypto.h>

#include "tools/module/device.h"

/* What is read, hashed or written in one call at most, in bytes. */
#define MODEL_SLICE (64u * 1024u)
/* What the flash writes at one go when its rate is limited, in bytes. */
#define MODEL_BLOCK (16u * 1024u)

/* RAM: a ring that holds, from `head` on, `queued` bytes of intact chunks that wait for the flash,
 * and after them `taken` bytes of the chunk that is arriving. */
struct model_ram {
	uint8_t *bytes;
	size_t size;
	size_t head;
	size_t queued;
	size_t taken;
};

/* The chunk that is arriving. */
struct model_chunk {
	uint8_t header[UXM_WIRE_CHUNK_SIZE];
	size_t header_got;
	struct uxm_chunk is; /* once header_got is the whole header */
	uint32_t crc;        /* of what is in RAM of it */
	bool lost;           /* it will be dropped at its end, by a fault */
};

struct device {
	struct device_options options;
	struct device_storage storage;
	struct fault_list faults;
	struct record record; /* as it was saved last */

	enum uxm_wire_state state;
	enum uxm_wire_reason reason;
	enum uxm_wire_reason failure; /* why it is in `failed`; later refusals leave it alone */
	bool halted;
	bool silent;
	enum device_leave leave;
	unsigned comeback;

	uint64_t size; /* of the session's payload, 0: there is none */
	struct uxm_version version;
	bool named; /* `id` is the payload's digest, by BEGIN or its header; else COMMIT names it */
	uint8_t id[UXM_WIRE_DIGEST_SIZE];
	uint8_t header[UXM_WIRE_HEADER_MAX];
	uint16_t header_length;
	uint64_t began_at; /* payload offset at which the session began to receive */
	uint64_t accepted;
	uint64_t written; /* to flash */
	uint64_t heard;   /* when the host gave a sign of life */

	struct model_chunk chunk;
	struct model_ram ram;
	uint64_t flash_epoch; /* the flash writes without a pause since then */
	uint64_t flash_since; /* bytes that it wrote since then */

	uint8_t digest[UXM_WIRE_DIGEST_SIZE]; /* that COMMIT named */
	gnutls_hash_hd_t hash;                /* NULL when none is open */
	uint64_t step_began;
	uint64_t step_due; /* when the step goes on */
	uint64_t verified; /* bytes read back */
	unsigned verify_percent;
	unsigned install_percent;
	struct uxm_version before; /* what ran before the switch */
};

static inline uint64_t model_least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How long `bytes` take at `rate` bytes per second, in microseconds; at rate 0 no time. */
static inline uint64_t model_time(uint64_t bytes, uint64_t rate)
{
	return rate == 0 ? 0 : bytes * 1000000u / rate;
}

/*
 * admit.c: whether the module takes the image that BEGIN announces; its size is in range, and
 * `bytes` are begin->header_length bytes. Returns UXM_WIRE_NONE, or the reason to refuse it; the
 * first one of header, signature, model, version, hardware. *header is set when it is taken and has
 * one.
 */
enum uxm_wire_reason model_admit(const struct device *device, const struct uxm_begin *begin,
				 const uint8_t *bytes, struct uxm_image_header *header);

/* request.c: the endpoint halts, and the chunk that was arriving is dropped with reason "gap". */
void model_gap(struct device *device);

/* chunk.c: forgets the chunk that is arriving. */
void model_chunk_forget(struct device *device);

/* flash.c: makes `next` the record. Returns false, and leaves it, when storage could not. */
bool model_save(struct device *device, const struct record *next);
/* flash.c: bytes of an intact chunk have been added to those that wait. */
void model_flash_wake(struct device *device, uint64_t now);
/* flash.c: writes what is due. A failure is the update's. */
void model_flash_run(struct device *device, uint64_t now);
/* flash.c: when the next block is written. */
uint64_t model_flash_next(const struct device *device);
/* flash.c: throws away the partial payload. False when storage could not. */
bool model_flash_discard(struct device *device);
/* flash.c: what has been written of a payload that is kept becomes durable. */
void model_flash_keep(struct device *device);

/* step.c: goes on with verify, install or done. */
void model_step_run(struct device *device, uint64_t now);
/* step.c: the update failed. */
void model_fail(struct device *device, enum uxm_wire_reason reason);
/* step.c: does what a fault at this point demands, and returns whether it did. */
bool model_fault(struct device *device, enum fault_point point, unsigned percent);
/* step.c: closes the digest if it is open. */
void model_hash_close(struct device *device);

#endif
