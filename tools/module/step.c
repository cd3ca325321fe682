/*
 * What follows COMMIT: verify (read back, digest), install (one switch of banks), done (the last
 * words on the screen, then the reboot).
 */
#include <string.h>

#include "tools/module/model.h"

void model_hash_close(struct device *device)
{
	if (device->hash != NULL)
		gnutls_hash_deinit(device->hash, NULL);
	device->hash = NULL;
}

void model_fail(struct device *device, enum uxm_wire_reason reason)
{
	model_hash_close(device);
	model_chunk_forget(device);
	device->ram.queued = 0;
	device->ram.head = 0;
	device->state = UXM_WIRE_FAILED;
	device->reason = reason;
	device->failure = reason;
}

bool model_fault(struct device *device, enum fault_point point, unsigned percent)
{
	struct fault_list *faults = &device->faults;

	if (faults->waiting == 0)
		return false;
	if (fault_fires(faults, FAULT_UNPLUG, point, percent)) {
		device->leave = DEVICE_UNPLUGGED;
	} else if (fault_fires(faults, FAULT_POWER_LOSS, point, percent)) {
		device->leave = DEVICE_POWER_LOST;
	} else if (fault_fires(faults, FAULT_SILENCE, point, percent)) {
		device->silent = true;
	} else if (fault_fires(faults, FAULT_FAIL, point, percent)) {
		model_fail(device, point == FAULT_AT_VERIFY ? UXM_WIRE_FLASH : UXM_WIRE_OTHER);
	} else {
		return false;
	}
	return true;
}

/* Nobody can trust a payload that does not verify: it is thrown away with the failure. */
static void fail_payload(struct device *device, enum uxm_wire_reason reason)
{
	(void)model_flash_discard(device);
	model_fail(device, reason);
}

static void enter(struct device *device, enum uxm_wire_state state, uint64_t now)
{
	device->state = state;
	device->step_began = now;
	device->step_due = now;
}

static void compare(struct device *device, uint64_t now)
{
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];

	gnutls_hash_deinit(device->hash, digest);
	device->hash = NULL;
	if (memcmp(digest, device->digest, sizeof(digest)) != 0) {
		fail_payload(device, UXM_WIRE_DIGEST);
		return;
	}
	enter(device, UXM_WIRE_INSTALLING, now);
}

static size_t slice(const struct device *device)
{
	size_t most = model_least(MODEL_SLICE, device->ram.size);

	return model_least(most, device->size - device->verified);
}

/* Reads back one slice. RAM is empty by now and lends its bytes. */
static void verify(struct device *device, uint64_t now)
{
	size_t length = slice(device);

	if (device->hash == NULL) {
		if (gnutls_hash_init(&device->hash, GNUTLS_DIG_SHA256) != 0) {
			device->hash = NULL;
			model_fail(device, UXM_WIRE_OTHER);
			return;
		}
		device->step_began = now;
	} else if (length == 0) {
		compare(device, now);
		return;
	} else {
		if (!device->storage.ops->read(device->storage.self, 1 - device->record.bank,
					       device->verified, device->ram.bytes, length)) {
			fail_payload(device, UXM_WIRE_FLASH);
			return;
		}
		if (gnutls_hash(device->hash, device->ram.bytes, length) != 0) {
			model_fail(device, UXM_WIRE_OTHER);
			return;
		}
		device->verified += length;
		device->verify_percent = (unsigned)(device->verified * 100 / device->size);
	}
	device->step_due = device->step_began + model_time(device->verified + slice(device),
							   device->options.verify_rate);
}

/* The one moment at which the module changes: one record, written as a whole. */
static void switch_banks(struct device *device, uint64_t now)
{
	struct record next = {
		.bank = 1 - device->record.bank,
		.running = device->version,
		.running_size = device->size,
		.session = device->record.session,
	};

	device->before = device->record.running;
	if (!model_save(device, &next)) {
		model_fail(device, UXM_WIRE_FLASH);
		return;
	}
	enter(device, UXM_WIRE_DONE, now);
}

static void install(struct device *device, uint64_t now)
{
	uint64_t whole = device->options.install_time * UINT64_C(1000);
	uint64_t gone = now - device->step_began;

	if (gone >= whole && device->install_percent == 100) {
		switch_banks(device, now);
		return;
	}
	device->install_percent = gone >= whole ? 100 : (unsigned)(gone * 100 / whole);
	/* Rounded up, so that at that time the percentage has been reached. */
	device->step_due =
		device->step_began + ((device->install_percent + UINT64_C(1)) * whole + 99) / 100;
	if (device->install_percent == 100)
		device->step_due = now;
}

/* Back to the bank that ran before: a module that went wrong after its last words. */
static void revert(struct device *device)
{
	struct record next = device->record;

	next.bank = 1 - next.bank;
	next.running = device->before;
	next.running_size = 0;
	(void)model_save(device, &next);
}

static void reboot(struct device *device)
{
	static const struct {
		enum fault_what what;
		unsigned comeback;
	} ways[] = {
		{FAULT_NEVER_RETURN, DEVICE_RETURN_NEVER},
		{FAULT_OTHER_MODULE, DEVICE_RETURN_OTHER_SERIAL},
		{FAULT_OTHER_PORT, DEVICE_RETURN_OTHER_PORT},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (fault_fires(&device->faults, ways[i].what, FAULT_AT_REBOOT, 0))
			device->comeback |= ways[i].comeback;
	}
	if (fault_fires(&device->faults, FAULT_OLD_VERSION, FAULT_AT_REBOOT, 0))
		revert(device);
	device->leave = DEVICE_REBOOTS;
}

void model_step_run(struct device *device, uint64_t now)
{
	uint64_t end = device->step_began + device->options.done_time * UINT64_C(1000);

	switch (device->state) {
	case UXM_WIRE_VERIFYING:
		verify(device, now);
		if (device->state == UXM_WIRE_VERIFYING)
			(void)model_fault(device, FAULT_AT_VERIFY, device->verify_percent);
		break;
	case UXM_WIRE_INSTALLING:
		install(device, now);
		if (device->state == UXM_WIRE_INSTALLING)
			(void)model_fault(device, FAULT_AT_INSTALL, device->install_percent);
		break;
	default:
		if (model_fault(device, FAULT_AT_DONE, 0))
			break;
		if (now >= end) {
			reboot(device);
		} else {
			device->step_due = end;
		}
		break;
	}
}
