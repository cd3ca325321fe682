/*
 * The rig's storage and its host.
 */
#include "tests/module/rig.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cmocka.h"

static bool spend(struct rig *rig)
{
	if (rig->power == 0)
		return false;
	rig->power--;
	rig->used++;
	return true;
}

static bool load(void *self, uint8_t record[RECORD_SIZE])
{
	const struct rig *rig = self;

	memcpy(record, rig->record, RECORD_SIZE);
	return rig->has_record;
}

static bool save(void *self, const uint8_t record[RECORD_SIZE])
{
	struct rig *rig = self;

	if (!spend(rig))
		return false;
	memcpy(rig->record, record, RECORD_SIZE);
	rig->has_record = true;
	return true;
}

static bool write_bank(void *self, unsigned bank, uint64_t offset, const uint8_t *bytes,
		       size_t length)
{
	struct rig *rig = self;

	assert_true(bank < 2 && offset <= RIG_BANK && length <= RIG_BANK - offset);
	for (size_t i = 0; i < length; i++) {
		if (!spend(rig))
			return false;
		rig->bank[bank][offset + i] = bytes[i];
	}
	return true;
}

static bool read_bank(void *self, unsigned bank, uint64_t offset, uint8_t *bytes, size_t length)
{
	const struct rig *rig = self;

	assert_true(bank < 2 && offset <= RIG_BANK && length <= RIG_BANK - offset);
	memcpy(bytes, &rig->bank[bank][offset], length);
	return rig->power > 0;
}

static bool discard(void *self, unsigned bank)
{
	struct rig *rig = self;

	/* What nobody counts on any more is gone, so that counting on it is seen. */
	memset(rig->bank[bank], 0xFF, RIG_BANK);
	return rig->power > 0;
}

struct device_storage rig_storage(struct rig *rig)
{
	static const struct device_storage_ops ops = {load, save, write_bank, read_bank, discard};

	return (struct device_storage){&ops, rig};
}

void rig_options(struct device_options *options)
{
	device_defaults(options);
	options->largest_image = RIG_BANK;
	options->largest_chunk = 16384;
	options->verify_rate = 0;
	options->install_time = 100;
	options->record_step = 8192;
}

struct rig *rig_new(const struct device_options *options)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->options = *options;
	rig->now = 1000000;
	rig->power = UINT64_MAX;
	for (size_t i = 0; i < RIG_BANK; i++)
		rig->payload[i] = (uint8_t)(i * 31 + (i >> 8) * 7 + 1);
	rig->device = device_new(options, rig_storage(rig));
	assert_non_null(rig->device);
	device_power_on(rig->device, rig->now);
	return rig;
}

void rig_free(struct rig *rig)
{
	device_free(rig->device);
	free(rig);
}

void rig_faults(struct rig *rig, const char *const faults[])
{
	struct fault_list list = {.count = 0};

	for (; *faults != NULL; faults++) {
		struct fault fault;
		assert_true(fault_parse(*faults, &fault));
		assert_true(fault_add(&list, &fault));
	}
	device_set_faults(rig->device, &list);
}

void rig_power_cycle(struct rig *rig)
{
	rig->power = UINT64_MAX;
	device_power_on(rig->device, rig->now);
}

void rig_digest(const struct rig *rig, uint64_t size, uint8_t digest[UXM_WIRE_DIGEST_SIZE])
{
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, rig->payload, size, digest), 0);
}

static enum device_answer send_out(struct rig *rig, uint8_t request, const uint8_t *data,
				   size_t length)
{
	struct uxm_setup setup = {.request_type = UXM_WIRE_OUT, .request = request};
	size_t replied;

	return device_request(rig->device, rig->now, &setup, data, length, NULL, 0, &replied);
}

enum device_answer rig_begin_with(struct rig *rig, const struct uxm_begin *begin,
				  const uint8_t *header)
{
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE + UXM_WIRE_HEADER_MAX];

	uxm_wire_write_begin(begin, bytes);
	if (header != NULL)
		memcpy(bytes + UXM_WIRE_BEGIN_SIZE, header, begin->header_length);
	return send_out(rig, UXM_WIRE_BEGIN, bytes,
			(size_t)UXM_WIRE_BEGIN_SIZE + begin->header_length);
}

enum device_answer rig_begin(struct rig *rig, uint64_t size, bool known)
{
	struct uxm_begin begin = {.size = size, .version = {{1, 6, 1, 0}}};

	if (known)
		rig_digest(rig, size, begin.id);
	return rig_begin_with(rig, &begin, NULL);
}

enum device_answer rig_commit(struct rig *rig, uint64_t size)
{
	struct uxm_commit commit = {.size = size};
	uint8_t bytes[UXM_WIRE_COMMIT_SIZE];

	rig_digest(rig, size < RIG_BANK ? size : RIG_BANK, commit.digest);
	uxm_wire_write_commit(&commit, bytes);
	return send_out(rig, UXM_WIRE_COMMIT, bytes, sizeof(bytes));
}

enum device_answer rig_abort(struct rig *rig)
{
	return send_out(rig, UXM_WIRE_ABORT, NULL, 0);
}

struct uxm_status rig_status(struct rig *rig)
{
	struct uxm_setup setup = {.request_type = UXM_WIRE_IN, .request = UXM_WIRE_STATUS};
	uint8_t bytes[UXM_WIRE_STATUS_SIZE];
	struct uxm_status status;
	size_t replied;

	assert_int_equal(device_request(rig->device, rig->now, &setup, NULL, 0, bytes,
					sizeof(bytes), &replied),
			 DEVICE_ANSWERED);
	assert_true(uxm_wire_read_status(bytes, replied, &status));
	assert_true(status.durable <= status.accepted);
	return status;
}

size_t rig_chunk(const struct rig *rig, uint64_t offset, uint32_t length, uint8_t *bytes)
{
	struct uxm_chunk chunk = {
		.session = device_record(rig->device)->session,
		.length = length,
		.offset = offset,
		.crc = uxm_wire_crc(rig->payload + offset, length),
	};

	uxm_wire_write_chunk(&chunk, bytes);
	memcpy(bytes + UXM_WIRE_CHUNK_SIZE, rig->payload + offset, length);
	return UXM_WIRE_CHUNK_SIZE + length;
}

size_t rig_send(struct rig *rig, uint64_t offset, uint32_t length)
{
	uint8_t *bytes = malloc(UXM_WIRE_CHUNK_SIZE + length);
	size_t took;

	assert_non_null(bytes);
	took = device_bulk(rig->device, rig->now, bytes, rig_chunk(rig, offset, length, bytes));
	free(bytes);
	return took;
}

void rig_send_all(struct rig *rig, uint64_t from, uint64_t to)
{
	while (from < to) {
		uint32_t length = to - from < 10000 ? (uint32_t)(to - from) : 10000;
		assert_int_equal(rig_send(rig, from, length), length + UXM_WIRE_CHUNK_SIZE);
		from += length;
		rig_pass(rig, 0);
	}
}

static bool step(struct rig *rig, uint64_t until)
{
	uint64_t next = device_next(rig->device);

	if (next > until)
		return false;
	if (next > rig->now)
		rig->now = next;
	device_run(rig->device, rig->now);
	return true;
}

void rig_run_to(struct rig *rig, enum uxm_wire_state state)
{
	struct uxm_status status;

	for (device_status(rig->device, &status);
	     status.state != state && device_leaving(rig->device) == DEVICE_STAYS;
	     device_status(rig->device, &status))
		assert_true(step(rig, DEVICE_NEVER - 1));
}

void rig_pass(struct rig *rig, uint64_t time)
{
	uint64_t until = rig->now + time;

	while (step(rig, until))
		;
	rig->now = until;
}

void rig_update(struct rig *rig, uint64_t size, bool known)
{
	struct uxm_status status;

	if (rig_begin(rig, size, known) != DEVICE_ANSWERED)
		return;
	device_status(rig->device, &status);
	while (status.accepted < size) {
		uint64_t left = size - status.accepted;
		uint32_t length = left < 10000 ? (uint32_t)left : 10000;
		if (rig_send(rig, status.accepted, length) < length + UXM_WIRE_CHUNK_SIZE ||
		    device_halted(rig->device))
			return;
		rig_pass(rig, 0);
		device_status(rig->device, &status);
	}
	if (rig_commit(rig, size) != DEVICE_ANSWERED)
		return;
	while (device_leaving(rig->device) == DEVICE_STAYS && step(rig, DEVICE_NEVER - 1))
		;
}
