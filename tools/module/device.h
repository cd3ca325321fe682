/*
 * A module as a model: its states, banks, steps, digest, screen and versions as uxm/PROTOCOL.md
 * says. It does no I/O, knows no clock and starts no thread: every call takes the time, storage is
 * a table of functions, and whoever drives it asks when it wants to be called again. The same calls
 * in the same order give the same module.
 */
#ifndef MODULE_DEVICE_H
#define MODULE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/module/fault.h"
#include "tools/module/record.h"
#include "uxm/io.h"
#include "uxm/signature.h"
#include "uxm/wire.h"

/* A time that never comes. */
#define DEVICE_NEVER UINT64_MAX

struct device_options {
	char model[UXM_MODEL_TEXT];
	struct uxm_version version; /* that it runs while its storage has no record */
	struct uxm_version oldest;
	uint16_t hardware_level;
	uint64_t largest_image; /* bytes */
	uint32_t largest_chunk; /* bytes, UXM_WIRE_CHUNK_LEAST or more */
	uint32_t silence;       /* announced longest silence, milliseconds */
	uint64_t flash_rate;    /* bytes per second, 0: as fast as they come */
	uint64_t verify_rate;   /* bytes per second, 0: as fast as they can be read */
	uint32_t install_time;  /* milliseconds */
	uint32_t done_time;     /* milliseconds */
	uint32_t record_step;   /* bytes written to flash between two records, 1 or more */
	struct uxm_keys keys;   /* where there is one, an image must be signed by one of them */
};

/* A D7C that runs 1.5.3, with the times and sizes of the defaults of `uxm-module`. */
void device_defaults(struct device_options *options);

/*
 * What keeps its contents without power. Each call returns whether it was done; after a false the
 * module fails with reason "flash". A simulation may stop doing anything at any byte of any call.
 */
struct device_storage_ops {
	/* Reads the record that was saved last. False when there is none. */
	bool (*load)(void *self, uint8_t record[RECORD_SIZE]);
	/* Replaces the record: afterwards, whatever happens, the old or the new one is there. */
	bool (*save)(void *self, const uint8_t record[RECORD_SIZE]);
	/* Banks are 0 and 1. `offset + length` is at most the largest image. */
	bool (*write)(void *self, unsigned bank, uint64_t offset, const uint8_t *bytes,
		      size_t length);
	bool (*read)(void *self, unsigned bank, uint64_t offset, uint8_t *bytes, size_t length);
	/* What the bank held is of no use any more. */
	bool (*discard)(void *self, unsigned bank);
};

struct device_storage {
	const struct device_storage_ops *ops;
	void *self;
};

struct device;

/*
 * Makes a module that is without power. Its RAM is two largest chunks, of which only what is used
 * is touched. Returns NULL when there is no memory.
 */
struct device *device_new(const struct device_options *options, struct device_storage storage);

/* Frees a module; its storage stays. NULL is allowed. */
void device_free(struct device *device);

/*
 * Makes it a new one without power, with other options of the same largest chunk (another one is
 * refused with false), other storage and no faults.
 */
bool device_reset(struct device *device, const struct device_options *options,
		  struct device_storage storage);

/* The faults that are to happen from now on, in place of those before. */
void device_set_faults(struct device *device, const struct fault_list *faults);

/*
 * Takes its power away, if it had any, and gives it back at the time `now` in microseconds: what
 * was in RAM is lost, the record tells what it runs. Faults that have fired stay so.
 */
void device_power_on(struct device *device, uint64_t now);

/* How a request on endpoint 0 ends. */
enum device_answer {
	DEVICE_ANSWERED = 0,
	DEVICE_STALLED,
	DEVICE_SILENT, /* never: the module has fallen silent or left the bus */
};

/*
 * A vendor request (PROTOCOL.md, "Requests on endpoint 0"). Host to device: `data` holds its
 * `length` bytes. Device to host: at most `room` bytes (wLength) go to `reply`, and *replied is set
 * to their number when it was answered, else to 0.
 */
enum device_answer device_request(struct device *device, uint64_t now,
				  const struct uxm_setup *setup, const uint8_t *data, size_t length,
				  uint8_t *reply, size_t room, size_t *replied);

/*
 * Offers bytes on the bulk endpoint. Returns how many of them it took; fewer than `length` when the
 * endpoint halted (device_halted), when it left the bus (device_leaving), or else because it has no
 * room yet or has fallen silent, which is NAK on the bus.
 */
size_t device_bulk(struct device *device, uint64_t now, const uint8_t *bytes, size_t length);

/* Whether the bulk endpoint is halted (USB 2.0, section 9.4.5). */
bool device_halted(const struct device *device);

/* SET_FEATURE(ENDPOINT_HALT). */
void device_halt(struct device *device);

/* CLEAR_FEATURE(ENDPOINT_HALT), SET_INTERFACE or SET_CONFIGURATION: expects a chunk's beginning. */
void device_clear_halt(struct device *device);

/* Whether it answers nothing any more and takes nothing. */
bool device_silent(const struct device *device);

/* Does what is due at `now`, at most a slice of each work, so that requests find it in between. */
void device_run(struct device *device, uint64_t now);

/* When it wants to run again, in microseconds; at once if that is not after `now`; DEVICE_NEVER. */
uint64_t device_next(const struct device *device);

/* Whether it has left the bus, and why. From then on it does nothing until device_power_on. */
enum device_leave {
	DEVICE_STAYS = 0,
	DEVICE_REBOOTS,    /* after a successful update */
	DEVICE_UNPLUGGED,  /* stays away until somebody plugs it in */
	DEVICE_POWER_LOST, /* comes back after the reboot time */
};

enum device_leave device_leaving(const struct device *device);

/* How it is to come back, as far as that is the bus's business: bits. */
#define DEVICE_RETURN_NEVER        1u
#define DEVICE_RETURN_OTHER_SERIAL 2u
#define DEVICE_RETURN_OTHER_PORT   4u

unsigned device_return(const struct device *device);

/* Leaves the bus because somebody pulled it or its power. */
void device_leave_bus(struct device *device, enum device_leave how);

/* What the display shows. The kinds differ in more than numbers. */
enum device_screen {
	DEVICE_SCREEN_NORMAL = 0,
	DEVICE_SCREEN_RECEIVING,
	DEVICE_SCREEN_VERIFY,
	DEVICE_SCREEN_INSTALL,
	DEVICE_SCREEN_SUCCESS,
	DEVICE_SCREEN_FAILED,
};

/* Room for any text of the display. */
#define DEVICE_SCREEN_TEXT 96

/* Writes the display's text and returns its kind. */
enum device_screen device_screen(const struct device *device, char text[DEVICE_SCREEN_TEXT]);

/* The version that it runs. */
struct uxm_version device_version(const struct device *device);

/* What it would save now; the bank in it holds what runs. */
const struct record *device_record(const struct device *device);

/* What a STATUS would say, without being one. */
void device_status(const struct device *device, struct uxm_status *status);

/* The payload's size of the session, 0 when there is none, and where the session began to receive.
 */
uint64_t device_payload(const struct device *device, uint64_t *began_at);

/* The image's header that came with BEGIN, and its length in bytes; 0 when there was none. */
const uint8_t *device_header(const struct device *device, size_t *length);

#endif
