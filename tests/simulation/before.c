/* How things stand before a run. */
#include <stdio.h>
#include <string.h>

#include "tests/simulation/rules.h"
#include "tests/uxm/desk_inside.h"
#include "tools/module/model.h"

#define R(result) (1u << UXM_##result)

const struct uxm_version rules_others = {{1, 5, 9, 0}};

enum rules_program rules_identify(const struct desk *desk, const struct served *files,
				  unsigned module)
{
	struct desk_program program;

	desk_program(desk, module, &program);
	if (program.size == 0)
		return RULES_FACTORY;
	if (uxm_version_compare(&program.version, &rules_others) == 0)
		return RULES_OTHER;
	for (unsigned i = 0; i < SERVED_FILES; i++) {
		const struct served *file = &files[i];

		if (program.bytes != NULL && file->size - file->start == program.size &&
		    uxm_version_compare(&program.version, &file->version) == 0 &&
		    memcmp(program.bytes, file->bytes + file->start, (size_t)program.size) == 0)
			return (enum rules_program)i;
	}
	return RULES_NONE;
}

/* On its way from RAM into flash. */
static bool will_write_damage(const struct device *device, const struct served *file)
{
	const struct model_ram *ram = &device->ram;
	const uint8_t *payload = file->bytes + file->start;

	if (device->state != UXM_WIRE_RECEIVING || device->leave != DEVICE_STAYS)
		return false;
	for (size_t i = 0; i < ram->queued && device->written + i < device->size; i++) {
		if (ram->bytes[(ram->head + i) % ram->size] != payload[device->written + i])
			return true;
	}
	return false;
}

bool rules_keeps_damage(const struct desk_slot *slot, const struct served *files)
{
	struct record record;
	uint64_t kept;

	if (!slot->has_record || !record_read(slot->record, &record) || !record.kept)
		return false;
	kept = slot->device->written > record.durable ? slot->device->written : record.durable;
	for (size_t i = 0; i < SERVED_FILES; i++) {
		const struct served *file = &files[i];

		if (file->size - file->start == record.size &&
		    memcmp(file->payload_digest, record.id, sizeof(record.id)) == 0)
			return memcmp(slot->bank[1 - record.bank], file->bytes + file->start,
				      (size_t)desk_least(kept, record.size)) != 0 ||
			       will_write_damage(slot->device, file);
	}
	return false;
}

/* What the state of a module explains. */
static unsigned explains(const struct desk *desk, const struct desk_slot *slot,
			 const struct served *files, const struct uxm_order *order)
{
	struct uxm_version runs = device_version(slot->device);
	struct uxm_status status;
	unsigned explained = 0;

	if (uxm_version_compare(&runs, &order->name.version) > 0)
		explained |= R(IMAGE_REFUSED);
	/* These hold for the module that is plugged in later, too. */
	if (slot->occupied)
		explained |= R(BUSY);
	if (rules_keeps_damage(slot, files))
		explained |= R(MODULE_FAILED);
	if (slot->open_at == DEVICE_NEVER || slot->open_at > desk->now)
		explained |= R(NOT_PERMITTED);
	/* On its way back. */
	if (!slot->plugged && slot->return_at != DEVICE_NEVER)
		explained |= R(NO_MODULE) | R(SEVERAL_MODULES);
	/* It has left, and the hub does not know. */
	if (slot->gone_at != DEVICE_NEVER)
		explained |= R(NO_MODULE) | R(SEVERAL_MODULES) | R(TRANSFER_FAILED);
	if (!slot->plugged)
		return explained;
	if (device_silent(slot->device))
		explained |= R(TRANSFER_FAILED);
	if (slot->deaf)
		explained |= R(TRANSFER_FAILED);
	if (slot->power != DEVICE_NEVER)
		explained |= R(MODULE_FAILED) | R(TRANSFER_FAILED) | R(OTHER_VERSION) |
			     R(NOT_BACK_YET) | R(BUSY) | R(NO_MODULE);
	device_status(slot->device, &status);
	if (status.state == UXM_WIRE_VERIFYING || status.state == UXM_WIRE_INSTALLING ||
	    status.state == UXM_WIRE_DONE)
		explained |= R(BUSY) | R(TRANSFER_FAILED) | R(IMAGE_REFUSED);
	return explained;
}

static struct uxm_version coming(const struct device *device)
{
	if (device->leave == DEVICE_STAYS &&
	    (device->state == UXM_WIRE_VERIFYING || device->state == UXM_WIRE_INSTALLING))
		return device->version;
	return (struct uxm_version){{0, 0, 0, 0}};
}

/* Runs it now, and without a host will run nothing else. */
static bool stays_newer(const struct desk_slot *slot, const struct uxm_order *order)
{
	struct uxm_version runs = device_version(slot->device);
	struct uxm_status status;

	device_status(slot->device, &status);
	return slot->plugged && slot->power == DEVICE_NEVER &&
	       uxm_version_compare(&runs, &order->name.version) > 0 &&
	       status.state < UXM_WIRE_VERIFYING;
}

/* What the first module keeps of what will be wanted, where its digest is given. */
static uint64_t kept(const struct desk_slot *slot, const struct served *files,
		     const struct uxm_order *order)
{
	struct record record;

	/* What is being installed is kept no longer. */
	if (slot->device->state >= UXM_WIRE_VERIFYING && slot->device->state <= UXM_WIRE_DONE)
		return 0;
	if (!order->has_digest || !slot->has_record || !record_read(slot->record, &record) ||
	    !record.kept || memcmp(record.id, order->digest, sizeof(record.id)) != 0)
		return 0;
	/* Where the server lied about the length, that is what is kept. */
	for (size_t i = 0; i < SERVED_FILES; i++) {
		if (memcmp(files[i].payload_digest, record.id, sizeof(record.id)) == 0 &&
		    files[i].size - files[i].start == record.size)
			return record.durable;
	}
	return 0;
}

void rules_note(const struct desk *desk, const struct served *files, const struct uxm_order *order,
		struct rules_before *before)
{
	size_t plugged = 0;

	before->kept = kept(&desk->slot[0], files, order);
	before->second_is_there = desk_is_plugged(desk, 1);
	before->explained = 0;
	for (unsigned i = 0; i < DESK_MODULES; i++) {
		before->programs[i] = rules_identify(desk, files, i);
		snprintf(before->serials[i], UXM_SERIAL_TEXT, "%s", desk_serial(desk, i));
		before->newer[i] = stays_newer(&desk->slot[i], order);
		before->coming[i] = coming(desk_device(desk, i));
		before->explained |= explains(desk, &desk->slot[i], files, order);
		plugged += desk_is_plugged(desk, i) ? 1 : 0;
	}
	if (plugged == 0)
		before->explained |= R(NO_MODULE);
	if (plugged > 1)
		before->explained |= R(SEVERAL_MODULES);
}
