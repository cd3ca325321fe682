/*
 * The bulk endpoint: finds chunks in the bytes as they come (PROTOCOL.md, "The bulk endpoint") and
 * holds the intact ones in RAM until the flash has written them.
 */
#include <string.h>
#include <zlib.h>

#include "tools/module/model.h"

void model_chunk_forget(struct device *device)
{
	device->chunk.header_got = 0;
	device->ram.taken = 0;
}

void model_gap(struct device *device)
{
	model_chunk_forget(device);
	device->reason = UXM_WIRE_GAP;
	device->halted = true;
}

/* Takes what is missing of the header; when it is whole, decides whether the chunk can fit. */
static size_t take_header(struct device *device, const uint8_t *bytes, size_t length)
{
	struct model_chunk *chunk = &device->chunk;
	size_t took = model_least(length, UXM_WIRE_CHUNK_SIZE - chunk->header_got);

	memcpy(chunk->header + chunk->header_got, bytes, took);
	chunk->header_got += took;
	if (chunk->header_got < UXM_WIRE_CHUNK_SIZE)
		return took;
	uxm_wire_read_chunk(chunk->header, &chunk->is);
	chunk->crc = (uint32_t)crc32_z(0, NULL, 0);
	chunk->lost = false;
	/* accepted is at most size, so that the last difference cannot wrap */
	if (chunk->is.session != device->record.session || chunk->is.length == 0 ||
	    chunk->is.length > device->options.largest_chunk ||
	    chunk->is.offset != device->accepted ||
	    chunk->is.length > device->size - device->accepted)
		model_gap(device);
	return took;
}

/* The faults that end or stop the reception at the byte `offset`. */
static void interrupt(struct device *device, uint64_t offset)
{
	uint64_t at;

	if (fault_fires_in(&device->faults, FAULT_UNPLUG, offset, 1, &at)) {
		device->leave = DEVICE_UNPLUGGED;
	} else if (fault_fires_in(&device->faults, FAULT_POWER_LOSS, offset, 1, &at)) {
		device->leave = DEVICE_POWER_LOST;
	} else if (fault_fires_in(&device->faults, FAULT_SILENCE, offset, 1, &at)) {
		device->silent = true;
	} else if (fault_fires_in(&device->faults, FAULT_STALL, offset, 1, &at)) {
		model_gap(device);
	}
}

/* One run of bytes into the ring, where they do not reach over its end. */
static void store(struct device *device, uint64_t offset, const uint8_t *bytes, size_t length)
{
	struct model_ram *ram = &device->ram;
	uint8_t *to = ram->bytes + (ram->head + ram->queued + ram->taken) % ram->size;
	uint64_t at;

	memcpy(to, bytes, length);
	while (fault_fires_in(&device->faults, FAULT_CORRUPT, offset, length, &at))
		to[at - offset] ^= 0x01;
	while (fault_fires_in(&device->faults, FAULT_DROP, offset, length, &at))
		device->chunk.lost = true;
	device->chunk.crc = (uint32_t)crc32_z(device->chunk.crc, to, length);
	ram->taken += length;
}

/* The chunk is whole: it counts, or it does not. */
static void finish(struct device *device, uint64_t now)
{
	struct model_chunk *chunk = &device->chunk;
	bool last = chunk->is.offset + chunk->is.length == device->size;

	if (chunk->crc != chunk->is.crc) {
		model_gap(device);
		return;
	}
	if (chunk->lost) {
		/* The next chunk will not fit; behind the last there is none that could tell. */
		model_chunk_forget(device);
		if (last)
			model_gap(device);
		return;
	}
	device->ram.queued += chunk->is.length;
	device->accepted += chunk->is.length;
	device->reason = UXM_WIRE_NONE;
	model_chunk_forget(device);
	model_flash_wake(device, now);
}

static size_t take_payload(struct device *device, uint64_t now, const uint8_t *bytes, size_t length)
{
	struct model_ram *ram = &device->ram;
	uint64_t offset = device->chunk.is.offset + ram->taken;
	size_t at = (ram->head + ram->queued + ram->taken) % ram->size;
	size_t took = model_least(length, device->chunk.is.length - ram->taken);

	took = model_least(took, ram->size - ram->queued - ram->taken);
	took = model_least(took, ram->size - at);
	if (took == 0)
		return 0;
	took = fault_free_bytes(&device->faults, offset, took);
	if (took == 0) {
		interrupt(device, offset);
		return 0;
	}
	store(device, offset, bytes, took);
	if (ram->taken == device->chunk.is.length)
		finish(device, now);
	return took;
}

size_t device_bulk(struct device *device, uint64_t now, const uint8_t *bytes, size_t length)
{
	size_t took = 0;

	while (took < length && !device->halted && !device->silent &&
	       device->leave == DEVICE_STAYS) {
		size_t some;

		if (device->state != UXM_WIRE_RECEIVING) {
			model_chunk_forget(device);
			device->halted = true;
			break;
		}
		if (device->chunk.header_got < UXM_WIRE_CHUNK_SIZE) {
			some = take_header(device, bytes + took, length - took);
		} else {
			some = take_payload(device, now, bytes + took, length - took);
		}
		if (some == 0)
			break;
		took += some;
	}
	if (took > 0)
		device->heard = now;
	return took;
}
