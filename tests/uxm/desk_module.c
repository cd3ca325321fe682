/* Modules that come and go, and what keeps its contents meanwhile. */
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"

/* The least that every module takes as one chunk. */
#define OTHER_CHUNK UXM_WIRE_CHUNK_LEAST
/* Addresses are 1 to 127 (USB 2.0, section 9.4.6). */
#define ADDRESSES   127
/* Of images that are not the run's. */
#define OTHER_SEED  UINT64_C(0x07e4)

void desk_image_bytes(uint64_t seed, uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
		uint64_t word = desk_chance(&seed);

		memcpy(bytes + at, &word, desk_least(sizeof(word), length - at));
	}
}

/* So many of `length` bytes that there is still power for. */
static size_t spend(struct desk_slot *slot, size_t length)
{
	size_t can = (size_t)desk_least(length, slot->power);

	slot->power -= slot->power == DEVICE_NEVER ? 0 : can;
	slot->dark = slot->dark || (can < length && !slot->worn);
	return can;
}

static bool flash_load(void *self, uint8_t record[RECORD_SIZE])
{
	const struct desk_slot *slot = self;

	memcpy(record, slot->record, RECORD_SIZE);
	return slot->has_record;
}

/* The bank that runs is another one from now on: what was committed is installed. */
static void note_switch(struct desk_slot *slot, const uint8_t bytes[RECORD_SIZE])
{
	struct desk *desk = slot->desk;
	struct record next;

	if (desk->committed && slot == &desk->slot[desk->committed_slot] &&
	    record_read(bytes, &next) && next.bank != device_record(slot->device)->bank)
		desk->switched = true;
}

static bool flash_save(void *self, const uint8_t record[RECORD_SIZE])
{
	struct desk_slot *slot = self;

	if (spend(slot, 1) < 1)
		return false;
	note_switch(slot, record);
	memcpy(slot->record, record, RECORD_SIZE);
	slot->has_record = true;
	return true;
}

static bool flash_write(void *self, unsigned bank, uint64_t offset, const uint8_t *bytes,
			size_t length)
{
	struct desk_slot *slot = self;
	size_t can = spend(slot, length);

	if (bank == device_record(slot->device)->bank)
		desk_blame(slot->desk, DESK_WROTE_RUNNING_BANK);
	if (offset > slot->valid[bank])
		return false;
	memcpy(slot->bank[bank] + offset, bytes, can);
	if (slot->valid[bank] < offset + can)
		slot->valid[bank] = offset + can;
	return can == length;
}

static bool flash_read(void *self, unsigned bank, uint64_t offset, uint8_t *bytes, size_t length)
{
	const struct desk_slot *slot = self;

	if (offset + length > slot->valid[bank])
		return false;
	memcpy(bytes, slot->bank[bank] + offset, length);
	return slot->power > 0;
}

static bool flash_discard(void *self, unsigned bank)
{
	struct desk_slot *slot = self;

	slot->valid[bank] = 0;
	return slot->power > 0;
}

static struct device_storage flash_of(struct desk_slot *slot)
{
	static const struct device_storage_ops ops = {flash_load, flash_save, flash_write,
						      flash_read, flash_discard};

	return (struct device_storage){.ops = &ops, .self = slot};
}

bool desk_slot_reset(struct desk *desk, unsigned number)
{
	const struct device_options *options = &desk->options.module;
	struct desk_slot *slot = &desk->slot[number];

	slot->desk = desk;
	slot->valid[0] = 0;
	slot->valid[1] = 0;
	slot->has_record = false;
	slot->power = DEVICE_NEVER;
	slot->worn = false;
	slot->dark = false;
	slot->deaf = false;
	slot->awake_at = DEVICE_NEVER;
	slot->plugged = false;
	slot->gone_at = DEVICE_NEVER;
	slot->return_at = DEVICE_NEVER;
	slot->open_at = 0;
	slot->occupied = false;
	slot->port = (uint8_t)(number + 1);
	snprintf(slot->serial, sizeof(slot->serial), "SN-%04u", number + 1);
	if (slot->device == NULL || slot->chunk != options->largest_chunk) {
		device_free(slot->device);
		slot->device = device_new(options, flash_of(slot));
		slot->chunk = options->largest_chunk;
		if (slot->device == NULL)
			return false;
	}
	/* It was tried at the factory: from then on it knows what it runs. */
	(void)device_reset(slot->device, options, flash_of(slot));
	device_power_on(slot->device, desk->now);
	device_leave_bus(slot->device, DEVICE_UNPLUGGED);
	return true;
}

static bool is_taken(const struct desk *desk, uint8_t address)
{
	for (size_t i = 0; i < DESK_MODULES; i++) {
		if (desk->slot[i].plugged && desk->slot[i].address == address)
			return true;
	}
	return false;
}

static void arrive(struct desk *desk, struct desk_slot *slot)
{
	do {
		desk->last_address = (uint8_t)(desk->last_address % ADDRESSES + 1);
	} while (is_taken(desk, desk->last_address));
	slot->address = desk->last_address;
	slot->power = DEVICE_NEVER;
	slot->worn = false;
	slot->dark = false;
	slot->deaf = false;
	slot->awake_at = DEVICE_NEVER;
	slot->plugged = true;
	slot->came_at = desk->now;
	slot->return_at = DEVICE_NEVER;
	device_power_on(slot->device, desk->now);
	desk_trace(desk, "  module %u arrives with address %u", (unsigned)(slot - desk->slot),
		   slot->address);
	desk->arrived++;
	desk->news = true;
}

static void come_back(struct desk *desk, struct desk_slot *slot)
{
	uint32_t after = desk->options.open_after;

	arrive(desk, slot);
	slot->open_at = after == DESK_FOREVER ? DEVICE_NEVER : desk->now + after * UINT64_C(1000);
}

static bool is_open(const struct desk *desk, const struct desk_slot *slot)
{
	return desk->opened < DESK_MODULES && slot == &desk->slot[desk->opened];
}

/* The hub tells that it has left. */
static void depart(struct desk *desk, struct desk_slot *slot)
{
	enum device_leave how = device_leaving(slot->device);
	unsigned comeback = device_return(slot->device);

	slot->plugged = false;
	slot->gone_at = DEVICE_NEVER;
	desk->news = true;
	desk_trace(desk, "  module %u leaves", (unsigned)(slot - desk->slot));
	if (desk->committed && slot == &desk->slot[desk->committed_slot])
		desk->rebooted_at = desk_least(desk->rebooted_at, desk->now);
	if (how != DEVICE_UNPLUGGED && (comeback & DEVICE_RETURN_NEVER) == 0)
		slot->return_at = desk->now + desk->options.reboot * UINT64_C(1000);
	if ((comeback & DEVICE_RETURN_OTHER_SERIAL) != 0)
		memcpy(slot->serial, "OTHER", sizeof("OTHER"));
	if ((comeback & DEVICE_RETURN_OTHER_PORT) != 0)
		slot->port = (uint8_t)(slot->port + DESK_MODULES);
	if (is_open(desk, slot)) {
		desk->gone = true;
		desk->left_at = desk->now;
		desk_transfers_end(desk, BUS_GONE);
	}
}

void desk_slot_mind(struct desk *desk, struct desk_slot *slot)
{
	if (slot->dark)
		device_leave_bus(slot->device, DEVICE_POWER_LOST);
	if (device_leaving(slot->device) == DEVICE_STAYS || !slot->plugged ||
	    slot->gone_at != DEVICE_NEVER)
		return;
	if (desk->options.hub == 0) {
		depart(desk, slot);
		return;
	}
	desk_trace(desk, "  module %u no longer answers", (unsigned)(slot - desk->slot));
	slot->gone_at = desk->now + desk->options.hub;
	if (is_open(desk, slot))
		desk_transfers_end(desk, BUS_ERROR);
}

uint64_t desk_slot_next(const struct desk_slot *slot)
{
	if (slot->gone_at != DEVICE_NEVER)
		return slot->gone_at;
	return slot->plugged ? desk_least(device_next(slot->device), slot->awake_at)
			     : slot->return_at;
}

void desk_slot_run(struct desk *desk, struct desk_slot *slot)
{
	if (!slot->plugged) {
		come_back(desk, slot);
		return;
	}
	if (slot->gone_at != DEVICE_NEVER) {
		depart(desk, slot);
		return;
	}
	if (slot->awake_at <= desk->now)
		slot->awake_at = DEVICE_NEVER;
	device_run(slot->device, desk->now);
	desk_slot_mind(desk, slot);
	if (is_open(desk, slot))
		desk_bulk_wake(desk);
}

void desk_unplug(struct desk *desk, unsigned module)
{
	struct desk_slot *slot = &desk->slot[module];

	slot->return_at = DEVICE_NEVER;
	device_leave_bus(slot->device, DEVICE_UNPLUGGED);
	desk_slot_mind(desk, slot);
}

void desk_plug(struct desk *desk, unsigned module)
{
	struct desk_slot *slot = &desk->slot[module];

	desk_unplug(desk, module);
	/* Nobody plugs in what the hub has not seen leave. */
	if (slot->plugged)
		depart(desk, slot);
	arrive(desk, slot);
}

bool desk_is_plugged(const struct desk *desk, unsigned module)
{
	const struct desk_slot *slot = &desk->slot[module];

	return slot->plugged && slot->gone_at == DEVICE_NEVER;
}

size_t desk_count_plugged(const struct desk *desk)
{
	size_t count = 0;

	for (unsigned i = 0; i < DESK_MODULES; i++)
		count += desk_is_plugged(desk, i) ? 1 : 0;
	return count;
}

struct device *desk_device(const struct desk *desk, unsigned module)
{
	return desk->slot[module].device;
}

void desk_mend(struct desk *desk)
{
	static const struct fault_list none;

	for (size_t i = 0; i < DESK_MODULES; i++) {
		struct desk_slot *slot = &desk->slot[i];

		device_set_faults(slot->device, &none);
		slot->open_at = 0;
		slot->occupied = false;
		slot->power = DEVICE_NEVER;
		slot->worn = false;
	}
}

void desk_make_usual(struct desk *desk)
{
	struct desk_options options;

	desk_defaults(&options);
	options.module.largest_chunk = desk->options.module.largest_chunk;
	options.module.largest_image = desk_least(options.module.largest_image, desk->capacity);
	options.without_serial = desk->options.without_serial;
	desk->options = options;
	for (unsigned i = 0; i < DESK_MODULES; i++) {
		struct desk_slot *slot = &desk->slot[i];
		bool plugged = desk_is_plugged(desk, i);

		desk_unplug(desk, i);
		if (slot->plugged)
			depart(desk, slot);
		(void)device_reset(slot->device, &options.module, flash_of(slot));
		device_power_on(slot->device, desk->now);
		device_leave_bus(slot->device, DEVICE_UNPLUGGED);
		if (plugged)
			desk_plug(desk, i);
	}
}

void desk_program(const struct desk *desk, unsigned module, struct desk_program *program)
{
	const struct desk_slot *slot = &desk->slot[module];
	struct record record = {.running = desk->options.module.version};

	if (slot->has_record)
		(void)record_read(slot->record, &record);
	*program = (struct desk_program){.version = record.running, .size = record.running_size};
	if (program->size > 0 && slot->valid[record.bank] >= program->size)
		program->bytes = slot->bank[record.bank];
}

const char *desk_serial(const struct desk *desk, unsigned module)
{
	return desk->options.without_serial ? "" : desk->slot[module].serial;
}

unsigned desk_port(const struct desk *desk, unsigned module)
{
	return desk->slot[module].port;
}

bool desk_runs_image(const struct desk *desk, unsigned module)
{
	const struct desk_slot *slot = &desk->slot[module];
	const struct record *record = device_record(slot->device);
	uint64_t size = desk->run.image.size;

	return record->running_size == size && slot->valid[record->bank] >= size &&
	       memcmp(slot->bank[record->bank], desk->payload, (size_t)size) == 0;
}

/* A request of the other host's. Returns whether it was answered. */
static bool other_request(struct desk *desk, struct device *device, uint8_t request,
			  const uint8_t *data, size_t length)
{
	struct uxm_setup setup = {.request_type = UXM_WIRE_OUT, .request = request};
	size_t replied;

	return device_request(device, desk->now, &setup, data, length, NULL, 0, &replied) ==
	       DEVICE_ANSWERED;
}

/* Sends the other host's image, every chunk of it the same but for the last, which is shorter. */
static bool other_payload(struct desk *desk, struct device *device, uint64_t size,
			  gnutls_hash_hd_t hash)
{
	uint8_t bytes[UXM_WIRE_CHUNK_SIZE + OTHER_CHUNK];
	uint8_t *payload = bytes + UXM_WIRE_CHUNK_SIZE;

	desk_image_bytes(OTHER_SEED, payload, OTHER_CHUNK);
	for (uint64_t at = 0; at < size; at += OTHER_CHUNK) {
		struct uxm_chunk chunk = {
			.session = device_record(device)->session,
			.length = (uint32_t)desk_least(OTHER_CHUNK, size - at),
			.offset = at,
		};

		chunk.crc = uxm_wire_crc(payload, chunk.length);
		uxm_wire_write_chunk(&chunk, bytes);
		if (gnutls_hash(hash, payload, chunk.length) != 0 ||
		    device_bulk(device, desk->now, bytes, UXM_WIRE_CHUNK_SIZE + chunk.length) !=
			    UXM_WIRE_CHUNK_SIZE + chunk.length)
			return false;
	}
	return true;
}

static bool update_otherwise(struct desk *desk, unsigned module, uint64_t size,
			     struct uxm_version version, enum uxm_wire_state state, bool spoiled)
{
	struct device *device = desk->slot[module].device;
	struct uxm_begin begin = {.size = size, .version = version};
	struct uxm_commit commit = {.size = size};
	struct uxm_status status;
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE];
	gnutls_hash_hd_t hash;
	bool sent;

	uxm_wire_write_begin(&begin, bytes);
	if (!other_request(desk, device, UXM_WIRE_BEGIN, bytes, sizeof(bytes)) ||
	    gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0)
		return false;
	sent = other_payload(desk, device, size, hash);
	gnutls_hash_deinit(hash, commit.digest);
	commit.digest[0] ^= spoiled ? 1 : 0;
	uxm_wire_write_commit(&commit, bytes);
	if (sent && state == UXM_WIRE_RECEIVING)
		return true;
	if (!sent || !other_request(desk, device, UXM_WIRE_COMMIT, bytes, UXM_WIRE_COMMIT_SIZE))
		return false;
	for (device_status(device, &status); status.state < state; device_status(device, &status)) {
		uint64_t next = device_next(device);

		if (next == DEVICE_NEVER)
			return false;
		desk_pass(desk, next > desk->now ? next - desk->now : 0);
	}
	return status.state == state;
}

bool desk_other_host(struct desk *desk, unsigned module, uint64_t size, struct uxm_version version,
		     enum uxm_wire_state state, bool spoiled)
{
	bool done = update_otherwise(desk, module, size, version, state, spoiled);

	/* It may have had no power left for that. */
	desk_slot_mind(desk, &desk->slot[module]);
	return done;
}
