/*
 * From RAM to flash at the flash's own rate, and the record that says how much of a payload
 * survives a loss of power.
 */
#include <string.h>

#include "tools/module/model.h"

bool model_save(struct device *device, const struct record *next)
{
	uint8_t bytes[RECORD_SIZE];

	record_write(next, bytes);
	if (!device->storage.ops->save(device->storage.self, bytes))
		return false;
	device->record = *next;
	return true;
}

void model_flash_keep(struct device *device)
{
	struct record next = device->record;

	model_chunk_forget(device);
	device->ram.queued = 0;
	device->ram.head = 0;
	if (!next.kept || device->written <= next.durable)
		return;
	next.durable = device->written;
	/* When this cannot be saved, less is durable: no more is claimed than the record holds. */
	(void)model_save(device, &next);
}

bool model_flash_discard(struct device *device)
{
	struct record next = device->record;

	next.kept = false;
	next.size = 0;
	next.durable = 0;
	memset(next.id, 0, sizeof(next.id));
	return model_save(device, &next) &&
	       device->storage.ops->discard(device->storage.self, 1 - next.bank);
}

/* The next run to be written: what the ring holds in one piece, at most one go. */
static size_t block(const struct device *device)
{
	const struct model_ram *ram = &device->ram;
	size_t most = device->options.flash_rate == 0 ? ram->size : MODEL_BLOCK;

	return model_least(model_least(ram->queued, ram->size - ram->head), most);
}

uint64_t model_flash_next(const struct device *device)
{
	if (device->ram.queued == 0)
		return DEVICE_NEVER;
	return device->flash_epoch +
	       model_time(device->flash_since + block(device), device->options.flash_rate);
}

void model_flash_wake(struct device *device, uint64_t now)
{
	uint64_t until =
		device->flash_epoch + model_time(device->flash_since, device->options.flash_rate);

	/* A pause is not made up for; within a run the schedule is absolute, so that a late call
	 * does not slow the flash down. */
	if (device->ram.queued == device->chunk.is.length && now > until) {
		device->flash_epoch = now;
		device->flash_since = 0;
	}
	if (now >= model_flash_next(device))
		model_flash_run(device, now);
}

/* Flips bytes that are in flash already, where a fault says so. */
static bool corrupt(struct device *device, const uint8_t *bytes, size_t length)
{
	uint64_t at;

	while (fault_fires_in(&device->faults, FAULT_CORRUPT_FLASH, device->written, length, &at)) {
		uint8_t byte = bytes[at - device->written] ^ 0x01;
		if (!device->storage.ops->write(device->storage.self, 1 - device->record.bank, at,
						&byte, 1))
			return false;
	}
	return true;
}

/* Brings the record up to what is in flash, every step and at the end. */
static bool record_progress(struct device *device)
{
	struct record next = device->record;

	if (!next.kept || (device->written - next.durable < device->options.record_step &&
			   device->written != device->size))
		return true;
	next.durable = device->written;
	return model_save(device, &next);
}

static bool write_block(struct device *device, size_t length)
{
	struct model_ram *ram = &device->ram;
	const uint8_t *bytes = ram->bytes + ram->head;

	if (!device->storage.ops->write(device->storage.self, 1 - device->record.bank,
					device->written, bytes, length) ||
	    !corrupt(device, bytes, length))
		return false;
	device->written += length;
	device->flash_since += length;
	ram->queued -= length;
	ram->head = (ram->head + length) % ram->size;
	/* From the start again when empty: a small image touches little RAM. */
	if (ram->queued == 0 && ram->taken == 0)
		ram->head = 0;
	return record_progress(device);
}

void model_flash_run(struct device *device, uint64_t now)
{
	/* Bounded by what RAM holds, two chunks. */
	while (device->ram.queued > 0 && now >= model_flash_next(device)) {
		if (!write_block(device, block(device))) {
			model_fail(device, UXM_WIRE_FLASH);
			return;
		}
	}
}
