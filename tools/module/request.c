/*
 * The vendor requests on endpoint 0: IDENTITY, BEGIN, STATUS, COMMIT, ABORT, each as
 * uxm/PROTOCOL.md has it. All of them are decided at once.
 */
#include <string.h>

#include "tools/module/model.h"

/* Bounds of the time that STATUS names until it is worth asking again, in milliseconds. */
#define AGAIN_LEAST 10u
#define AGAIN_MOST  200u
#define AGAIN_REST  1000u

static const uint8_t no_id[UXM_WIRE_DIGEST_SIZE];

static enum device_answer refuse(struct device *device, enum uxm_wire_reason reason)
{
	device->reason = reason;
	return DEVICE_STALLED;
}

static enum device_answer reply_with(const uint8_t *bytes, size_t length, uint8_t *reply,
				     size_t room, size_t *replied)
{
	size_t some = model_least(length, room);

	memcpy(reply, bytes, some);
	*replied = some;
	return DEVICE_ANSWERED;
}

static enum device_answer identity(struct device *device, uint8_t *reply, size_t room,
				   size_t *replied)
{
	uint8_t bytes[UXM_WIRE_IDENTITY_SIZE];
	struct uxm_identity identity = {
		.protocol = UXM_WIRE_VERSION,
		.running = device->record.running,
		.oldest = device->options.oldest,
		.hardware_level = device->options.hardware_level,
		.flags = device->options.keys.count > 0 ? UXM_WIRE_FLAG_SIGNATURE : 0,
		.largest_image = device->options.largest_image,
		.silence = device->options.silence,
		.largest_chunk = device->options.largest_chunk,
	};

	memcpy(identity.model, device->options.model, sizeof(identity.model));
	if (model_fault(device, FAULT_AT_IDENTITY, 0))
		return DEVICE_SILENT;
	uxm_wire_write_identity(&identity, bytes);
	return reply_with(bytes, sizeof(bytes), reply, room, replied);
}

/* Why a BEGIN is refused that cannot be read. */
static enum uxm_wire_reason begin_defect(const uint8_t *data, size_t length)
{
	static const uint8_t no_size[8];

	if (length < UXM_WIRE_BEGIN_SIZE)
		return UXM_WIRE_OTHER;
	if (memcmp(data, no_size, sizeof(no_size)) == 0)
		return UXM_WIRE_SIZE;
	return UXM_WIRE_HEADER;
}

/* Whether what is kept is a part of this payload. */
static bool goes_on(const struct record *record, const struct uxm_begin *begin)
{
	return record->kept && record->size == begin->size &&
	       memcmp(record->id, no_id, sizeof(no_id)) != 0 &&
	       memcmp(record->id, begin->id, sizeof(no_id)) == 0;
}

/* The record of a new session. Nothing of the module has changed when storage could not save it. */
static bool open_record(struct device *device, const struct uxm_begin *begin)
{
	struct record next = device->record;

	next.session = next.session == UINT32_MAX ? 1 : next.session + 1;
	if (goes_on(&next, begin)) {
		if (device->written > next.durable)
			next.durable = device->written;
		return model_save(device, &next);
	}
	next.kept = memcmp(begin->id, no_id, sizeof(no_id)) != 0;
	memcpy(next.id, begin->id, sizeof(next.id));
	next.size = begin->size;
	next.durable = 0;
	/* The record first: from then on nobody counts on what the bank holds, and of what was
	 * written for the session before nothing counts either. */
	if (!model_save(device, &next))
		return false;
	device->written = 0;
	if (device->storage.ops->discard(device->storage.self, 1 - next.bank))
		return true;
	if (device->state == UXM_WIRE_RECEIVING)
		model_fail(device, UXM_WIRE_FLASH);
	return false;
}

/* The digest that must come out, where it is known beforehand. */
static void know_digest(struct device *device, const struct uxm_begin *begin,
			const struct uxm_image_header *header)
{
	memcpy(device->id, begin->id, sizeof(device->id));
	device->named = memcmp(begin->id, no_id, sizeof(no_id)) != 0;
	if (begin->header_length == 0)
		return;
	memcpy(device->id, header->payload_digest, sizeof(device->id));
	device->named = true;
}

static enum device_answer begin(struct device *device, uint64_t now, const uint8_t *data,
				size_t length)
{
	struct uxm_begin begin;
	struct uxm_image_header header;
	enum uxm_wire_reason reason;

	if (device->state == UXM_WIRE_VERIFYING || device->state == UXM_WIRE_INSTALLING ||
	    device->state == UXM_WIRE_DONE)
		return refuse(device, UXM_WIRE_STATE);
	if (fault_fires(&device->faults, FAULT_REFUSE, FAULT_AT_BEGIN, 0))
		return refuse(device, UXM_WIRE_OTHER);
	if (!uxm_wire_read_begin(data, length, &begin))
		return refuse(device, begin_defect(data, length));
	if (begin.size == 0 || begin.size > device->options.largest_image)
		return refuse(device, UXM_WIRE_SIZE);
	reason = model_admit(device, &begin, data + UXM_WIRE_BEGIN_SIZE, &header);
	if (reason != UXM_WIRE_NONE)
		return refuse(device, reason);
	if (!open_record(device, &begin))
		return refuse(device, UXM_WIRE_FLASH);

	model_chunk_forget(device);
	device->ram.queued = 0;
	device->ram.head = 0;
	device->size = begin.size;
	device->version = begin.version;
	know_digest(device, &begin, &header);
	device->header_length = begin.header_length;
	memcpy(device->header, data + UXM_WIRE_BEGIN_SIZE, begin.header_length);
	device->began_at = device->record.durable;
	device->accepted = device->began_at;
	device->written = device->began_at;
	device->verified = 0;
	device->verify_percent = 0;
	device->install_percent = 0;
	device->heard = now;
	device->state = UXM_WIRE_RECEIVING;
	device->reason = UXM_WIRE_NONE;
	return model_fault(device, FAULT_AT_BEGIN, 0) ? DEVICE_SILENT : DEVICE_ANSWERED;
}

/* Milliseconds until the shown percentage of a step of `whole` microseconds has moved. */
static uint32_t step_pace(uint64_t whole)
{
	uint64_t pace = whole / 100 / 1000;

	return pace < AGAIN_LEAST ? AGAIN_LEAST : (uint32_t)model_least(pace, AGAIN_MOST);
}

static uint32_t again(const struct device *device, uint64_t now)
{
	uint64_t end = device->step_began + device->options.done_time * UINT64_C(1000);

	switch (device->state) {
	case UXM_WIRE_RECEIVING:
		return device->accepted == device->size ? AGAIN_LEAST : AGAIN_MOST;
	case UXM_WIRE_VERIFYING:
		return step_pace(model_time(device->size, device->options.verify_rate));
	case UXM_WIRE_INSTALLING:
		return step_pace(device->options.install_time * UINT64_C(1000));
	case UXM_WIRE_DONE:
		return end <= now ? AGAIN_LEAST : (uint32_t)((end - now) / 1000 + AGAIN_LEAST);
	default:
		return AGAIN_REST;
	}
}

static void describe(const struct device *device, uint64_t now, struct uxm_status *status)
{
	*status = (struct uxm_status){
		.state = device->state,
		.reason = device->reason,
		.session = device->record.session,
		.verify = (uint8_t)device->verify_percent,
		.install = (uint8_t)device->install_percent,
		.halted = device->halted,
		.again = again(device, now),
	};
	/* Idle: the session has ended, and its counts with it. */
	if (device->state == UXM_WIRE_IDLE || device->size == 0)
		return;
	status->accepted = device->accepted;
	status->receive = (uint8_t)(device->accepted * 100 / device->size);
	status->received = device->accepted + device->ram.taken;
	if (device->state == UXM_WIRE_DONE) {
		status->durable = device->size;
	} else {
		status->durable = device->record.kept ? device->record.durable : device->written;
	}
}

void device_status(const struct device *device, struct uxm_status *status)
{
	describe(device, device->step_began, status);
}

static enum device_answer status(struct device *device, uint64_t now, uint8_t *reply, size_t room,
				 size_t *replied)
{
	uint8_t bytes[UXM_WIRE_STATUS_SIZE];
	struct uxm_status status;

	device->heard = now;
	if (model_fault(device, FAULT_AT_STATUS, 0))
		return DEVICE_SILENT;
	describe(device, now, &status);
	uxm_wire_write_status(&status, bytes);
	return reply_with(bytes, sizeof(bytes), reply, room, replied);
}

/* A COMMIT that names another payload: what was received is of no use to anybody. */
static enum device_answer refuse_payload(struct device *device)
{
	(void)model_flash_discard(device);
	model_fail(device, UXM_WIRE_DIGEST);
	return DEVICE_STALLED;
}

static enum device_answer commit(struct device *device, uint64_t now, const uint8_t *data,
				 size_t length)
{
	struct uxm_commit commit;

	if (device->state == UXM_WIRE_FAILED)
		return DEVICE_STALLED;
	if (device->state == UXM_WIRE_IDLE)
		return refuse(device, UXM_WIRE_STATE);
	if (!uxm_wire_read_commit(data, length, &commit))
		return refuse(device, UXM_WIRE_OTHER);
	if (device->state != UXM_WIRE_RECEIVING) {
		if (commit.size != device->size ||
		    memcmp(commit.digest, device->digest, sizeof(commit.digest)) != 0)
			return refuse(device, UXM_WIRE_STATE);
		device->reason = UXM_WIRE_NONE;
		return DEVICE_ANSWERED;
	}
	device->heard = now;
	if (device->accepted < device->size)
		return refuse(device, UXM_WIRE_INCOMPLETE);
	if (commit.size != device->size ||
	    (device->named && memcmp(device->id, commit.digest, sizeof(commit.digest)) != 0))
		return refuse_payload(device);

	memcpy(device->digest, commit.digest, sizeof(device->digest));
	model_chunk_forget(device);
	device->state = UXM_WIRE_VERIFYING;
	device->reason = UXM_WIRE_NONE;
	device->step_began = now;
	device->step_due = now;
	return model_fault(device, FAULT_AT_COMMIT, 0) ? DEVICE_SILENT : DEVICE_ANSWERED;
}

static enum device_answer abort_session(struct device *device)
{
	if (device->state == UXM_WIRE_VERIFYING || device->state == UXM_WIRE_INSTALLING ||
	    device->state == UXM_WIRE_DONE)
		return refuse(device, UXM_WIRE_STATE);
	if (device->state == UXM_WIRE_RECEIVING)
		model_flash_keep(device);
	device->state = UXM_WIRE_IDLE;
	device->reason = UXM_WIRE_NONE;
	return DEVICE_ANSWERED;
}

enum device_answer device_request(struct device *device, uint64_t now,
				  const struct uxm_setup *setup, const uint8_t *data, size_t length,
				  uint8_t *reply, size_t room, size_t *replied)
{
	bool in = setup->request_type == UXM_WIRE_IN;

	*replied = 0;
	if (device->silent || device->leave != DEVICE_STAYS)
		return DEVICE_SILENT;
	if ((!in && setup->request_type != UXM_WIRE_OUT) || setup->value != 0 || setup->index != 0)
		return DEVICE_STALLED;
	if (in && setup->request == UXM_WIRE_IDENTITY)
		return identity(device, reply, room, replied);
	if (in && setup->request == UXM_WIRE_STATUS)
		return status(device, now, reply, room, replied);
	if (in)
		return DEVICE_STALLED;
	if (setup->request == UXM_WIRE_BEGIN)
		return begin(device, now, data, length);
	if (setup->request == UXM_WIRE_COMMIT)
		return commit(device, now, data, length);
	if (setup->request == UXM_WIRE_ABORT && length == 0)
		return abort_session(device);
	return DEVICE_STALLED;
}
