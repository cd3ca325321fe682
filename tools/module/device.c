/*
 * A module's life: made, powered, run, gone. The parts of it are in the files that model.h names.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/module/model.h"

void device_defaults(struct device_options *options)
{
	*options = (struct device_options){
		.model = "D7C",
		.version = {{1, 5, 3, 0}},
		.oldest = {{1, 0, 0, 0}},
		.hardware_level = 1,
		.largest_image = 80000000,
		/* With its header a chunk fills 256 KiB, whole packets at every speed. */
		.largest_chunk = 256u * 1024u - UXM_WIRE_CHUNK_SIZE,
		.silence = 5000,
		.flash_rate = 0,
		.verify_rate = 50000000,
		.install_time = 500,
		.done_time = UXM_WIRE_DONE_TIME,
		.record_step = 64u * 1024u,
	};
}

struct device *device_new(const struct device_options *options, struct device_storage storage)
{
	struct device *device = calloc(1, sizeof(*device));

	if (device == NULL)
		return NULL;
	device->ram.size = 2 * (size_t)options->largest_chunk;
	device->ram.bytes = calloc(1, device->ram.size);
	if (device->ram.bytes == NULL)
		goto fail;
	device->options = *options;
	device->storage = storage;
	device->leave = DEVICE_UNPLUGGED;
	return device;
fail:
	free(device);
	return NULL;
}

void device_free(struct device *device)
{
	if (device == NULL)
		return;
	model_hash_close(device);
	free(device->ram.bytes);
	free(device);
}

bool device_reset(struct device *device, const struct device_options *options,
		  struct device_storage storage)
{
	struct model_ram ram = {.bytes = device->ram.bytes, .size = device->ram.size};

	if (options->largest_chunk != device->options.largest_chunk)
		return false;
	model_hash_close(device);
	*device = (struct device){
		.options = *options,
		.storage = storage,
		.leave = DEVICE_UNPLUGGED,
		.ram = ram,
	};
	return true;
}

void device_set_faults(struct device *device, const struct fault_list *faults)
{
	device->faults = *faults;
}

void device_power_on(struct device *device, uint64_t now)
{
	struct device_options options = device->options;
	struct fault_list faults = device->faults;
	uint8_t bytes[RECORD_SIZE];

	(void)device_reset(device, &options, device->storage);
	device->faults = faults;
	device->leave = DEVICE_STAYS;
	device->heard = now;
	if (!device->storage.ops->load(device->storage.self, bytes) ||
	    !record_read(bytes, &device->record))
		device->record = (struct record){.running = options.version};
}

bool device_halted(const struct device *device)
{
	return device->halted;
}

void device_halt(struct device *device)
{
	device->halted = true;
}

void device_clear_halt(struct device *device)
{
	device->halted = false;
	model_chunk_forget(device);
}

bool device_silent(const struct device *device)
{
	return device->silent;
}

void device_run(struct device *device, uint64_t now)
{
	/* A silent module hangs: nothing in it goes on. */
	if (device->leave != DEVICE_STAYS || device->silent)
		return;
	if (device->ram.queued > 0 && now >= model_flash_next(device))
		model_flash_run(device, now);
	switch (device->state) {
	case UXM_WIRE_RECEIVING:
		if (now < device->heard + UXM_WIRE_RECEIVE_IDLE * UINT64_C(1000))
			break;
		model_flash_keep(device);
		device->state = UXM_WIRE_IDLE;
		device->reason = UXM_WIRE_TIME;
		break;
	case UXM_WIRE_VERIFYING:
	case UXM_WIRE_INSTALLING:
	case UXM_WIRE_DONE:
		if (device->ram.queued == 0 && now >= device->step_due)
			model_step_run(device, now);
		break;
	default:
		break;
	}
}

uint64_t device_next(const struct device *device)
{
	if (device->leave != DEVICE_STAYS || device->silent)
		return DEVICE_NEVER;
	switch (device->state) {
	case UXM_WIRE_RECEIVING:
		return model_least(device->heard + UXM_WIRE_RECEIVE_IDLE * UINT64_C(1000),
				   model_flash_next(device));
	case UXM_WIRE_VERIFYING:
		if (device->ram.queued > 0)
			return model_flash_next(device);
		return device->step_due;
	case UXM_WIRE_INSTALLING:
	case UXM_WIRE_DONE:
		return device->step_due;
	default:
		return DEVICE_NEVER;
	}
}

enum device_leave device_leaving(const struct device *device)
{
	return device->leave;
}

unsigned device_return(const struct device *device)
{
	return device->comeback;
}

void device_leave_bus(struct device *device, enum device_leave how)
{
	device->leave = how;
}

struct uxm_version device_version(const struct device *device)
{
	return device->record.running;
}

const struct record *device_record(const struct device *device)
{
	return &device->record;
}

uint64_t device_payload(const struct device *device, uint64_t *began_at)
{
	*began_at = device->began_at;
	return device->size;
}

const uint8_t *device_header(const struct device *device, size_t *length)
{
	*length = device->header_length;
	return device->header;
}
