/* Judging a run. */
#include "tests/simulation/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tools/module/model.h"

#define R(result) (1u << UXM_##result)
/* Said only where nothing was committed: the old version runs. */
#define BEFORE_COMMIT                                                                              \
	(R(NO_MODULE) | R(SEVERAL_MODULES) | R(IMAGE_REFUSED) | R(FETCH_FAILED) |                  \
	 R(TRANSFER_FAILED) | R(BUSY) | R(CANCELLED) | R(USAGE))
#define AFTER_COMMIT  (R(UPDATED) | R(NOT_BACK_YET) | R(OTHER_VERSION) | R(OTHER_MODULE))
/* From the module's leaving until the host has ended, in microseconds. */
#define LEAVES_WITHIN UINT64_C(1000000)

__attribute__((format(printf, 2, 3))) static bool breaks(char broken[RULES_TEXT],
							 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(broken, RULES_TEXT, format, arguments);
	va_end(arguments);
	return false;
}

static const struct uxm_version nothing;
static const struct uxm_version others = {{1, 5, 9, 0}};

static enum rules_program identify(const struct desk *desk, const struct served *files,
				   unsigned module)
{
	struct desk_program program;

	desk_program(desk, module, &program);
	if (program.size == 0)
		return RULES_FACTORY;
	if (uxm_version_compare(&program.version, &others) == 0)
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

/* Whether the part that the module keeps is not what it is said to be: damaged on its way in a run
 * before, which nobody can have noticed before all of it is there. */
static bool keeps_damage(const struct desk_slot *slot, const struct served *files)
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
				      (size_t)desk_least(kept, record.size)) != 0;
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
	if (slot->open_at == DEVICE_NEVER || slot->open_at > desk->now)
		explained |= R(NOT_PERMITTED);
	/* On its way back. */
	if (!slot->plugged && slot->return_at != DEVICE_NEVER)
		explained |= R(NO_MODULE) | R(SEVERAL_MODULES);
	if (!slot->plugged)
		return explained;
	if (device_silent(slot->device))
		explained |= R(TRANSFER_FAILED);
	if (slot->deaf)
		explained |= R(TRANSFER_FAILED);
	if (slot->power != DEVICE_NEVER)
		explained |= R(MODULE_FAILED) | R(TRANSFER_FAILED) | R(OTHER_VERSION) |
			     R(NOT_BACK_YET) | R(BUSY) | R(NO_MODULE);
	if (keeps_damage(slot, files))
		explained |= R(MODULE_FAILED);
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
	return nothing;
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

void rules_note(const struct desk *desk, const struct served *files, const struct uxm_order *order,
		struct rules_before *before)
{
	size_t plugged = 0;

	before->second_is_there = desk_is_plugged(desk, 1);
	before->explained = 0;
	for (unsigned i = 0; i < DESK_MODULES; i++) {
		before->programs[i] = identify(desk, files, i);
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

/* Whether this program is the image that the run named. */
static bool is_wanted(const struct rules_run *run, enum rules_program program)
{
	/* A digest that was given names it, whatever the server has by now. */
	if ((unsigned)program < SERVED_FILES && run->order->has_digest &&
	    memcmp(run->files[program].payload_digest, run->order->digest,
		   sizeof(run->order->digest)) != 0)
		return false;
	if (program == (enum rules_program)run->plan->wanted)
		return true;
	return program == RULES_CHANGED && run->plan->wanted == SERVED_FIRST &&
	       (run->network->changed || run->network->sent_other);
}

/* Whether the module has installed by itself what it was told to before. */
static bool is_come(const struct rules_run *run, unsigned module, enum rules_program program)
{
	const struct uxm_version *coming = &run->before->coming[module];

	if (uxm_version_compare(coming, &nothing) == 0)
		return false;
	if (program == RULES_OTHER)
		return uxm_version_compare(coming, &others) == 0;
	return (unsigned)program < SERVED_FILES &&
	       uxm_version_compare(coming, &run->files[program].version) == 0;
}

/* The module went back to the bank that ran before. Where its version is the same, nobody can tell
 * from outside. */
static bool has_reverted(const struct rules_run *run)
{
	for (size_t i = 0; i < run->plan->count; i++) {
		if (run->plan->mishaps[i].number == MISHAP_MODULE + FAULT_OLD_VERSION &&
		    mishap_happened(run->plan, i, run->desk, run->network))
			return true;
	}
	return false;
}

/* Rules 1 and 2: old or new, and never anything else. */
static bool programs_hold(const struct rules_run *run, char broken[RULES_TEXT])
{
	for (unsigned i = 0; i < DESK_MODULES; i++) {
		enum rules_program before = run->before->programs[i];
		enum rules_program after = identify(run->desk, run->files, i);
		bool committed = run->desk->committed && run->desk->committed_slot == i;

		if (after == RULES_NONE)
			return breaks(broken, "module %u has a program that is no image", i);
		if (after == before || (committed && is_wanted(run, after)))
			continue;
		/* Then its record does not know how large that was. */
		if (is_come(run, i, after) || (after == RULES_FACTORY && has_reverted(run)))
			continue;
		return breaks(broken, "module %u has program %u instead of %u%s", i, after, before,
			      committed ? " or the image" : "");
	}
	return true;
}

/* Why nothing may be committed in this run, or NULL. */
static const char *forbids_commit(const struct rules_run *run)
{
	const struct plan *plan = run->plan;

	if (plan->wrong_model)
		return "an image for another model";
	if (plan->wrong_key)
		return "an image that none of the keys has signed";
	if (plan->two_digests)
		return "an image with a header and another digest";
	if (run->desk->committed && run->before->newer[run->desk->committed_slot])
		return "an image that is older than what the module runs";
	/* The first answer names a digest that no file has. */
	for (size_t i = 0; i < run->network->fault_count; i++) {
		if (run->network->faults[i].what == NETWORK_WRONG_DIGEST &&
		    run->network->fault_count == 1 && run->network->faults[i].from_call == 0 &&
		    run->network->fired[i] > 0)
			return "an image that has another digest than the server names";
	}
	return NULL;
}

/* Rule 1: what must be refused is not even tried. */
static bool refuses(const struct rules_run *run, char broken[RULES_TEXT])
{
	const char *what = forbids_commit(run);

	if (what != NULL && run->desk->commits)
		return breaks(broken, "it committed %s", what);
	/* What is kept goes on only under its id; a header that is cut short is none. */
	if ((run->order->has_digest ||
	     (run->world->has_header && run->network->fault_count == 0)) &&
	    run->desk->begun_unnamed)
		return breaks(broken, "it began without the id that it knows");
	return true;
}

/* After the second stop that follows the commit the host ends at once. */
static bool ends_when_told(const struct rules_run *run, char broken[RULES_TEXT])
{
	uint64_t told = run->desk->told_now_at;

	if (told == DEVICE_NEVER || run->desk->now - told <= LEAVES_WITHIN)
		return true;
	return breaks(broken, "it took %llu ms from the second stop until the end",
		      (unsigned long long)((run->desk->now - told) / 1000));
}

/* Rules 3, 4 and 6, as far as the desk sees them itself. */
static bool conduct_holds(const struct rules_run *run, char broken[RULES_TEXT])
{
	uint32_t wrongs = desk_wrongs(run->desk);

	for (unsigned i = 0; i < DESK_WRONGS; i++) {
		if ((wrongs & UINT32_C(1) << i) != 0)
			return breaks(broken, "the host %s", desk_wrong_name((enum desk_wrong)i));
	}
	if (run->network->phase != NETWORK_IDLE)
		return breaks(broken, "the host left a connection open");
	return true;
}

static bool updated_is_true(const struct rules_run *run, char broken[RULES_TEXT])
{
	unsigned slot = run->desk->committed_slot;
	enum rules_program runs = identify(run->desk, run->files, slot);
	struct uxm_version version = device_version(desk_device(run->desk, slot));

	if (uxm_version_compare(&version, &run->order->name.version) != 0)
		return breaks(broken, "'updated', but module %u runs another version", slot);
	if (!is_wanted(run, runs) && !has_reverted(run))
		return breaks(broken, "'updated', but module %u runs other bytes", slot);
	if (strcmp(desk_serial(run->desk, slot), run->before->serials[slot]) != 0)
		return breaks(broken, "'updated', but module %u is another one now", slot);
	return true;
}

/* Rule 4: the result is true. */
static bool result_is_true(const struct rules_run *run, char broken[RULES_TEXT])
{
	const struct desk *desk = run->desk;
	unsigned slot = desk->committed_slot;
	enum uxm_result result = run->why->result;
	struct uxm_version version;

	if (strlen(run->why->text) < 10 || strstr(run->why->text, "(null)") != NULL)
		return breaks(broken, "the sentence is none: '%s'", run->why->text);
	if ((BEFORE_COMMIT & 1u << result) != 0 && desk->committed)
		return breaks(broken, "%s after the commit: %s", uxm_result_name(result),
			      run->why->text);
	if ((AFTER_COMMIT & 1u << result) != 0 && !desk->commits)
		return breaks(broken, "%s without a commit: %s", uxm_result_name(result),
			      run->why->text);
	switch (result) {
	case UXM_UPDATED:
		return updated_is_true(run, broken);
	case UXM_OTHER_VERSION:
		version = device_version(desk_device(desk, slot));
		if (uxm_version_compare(&version, &run->order->name.version) == 0)
			return breaks(broken, "'other-version', but it runs the new one");
		return true;
	case UXM_OTHER_MODULE:
		if (strcmp(desk_serial(desk, slot), run->before->serials[slot]) == 0)
			return breaks(broken, "'other-module', but it is the same");
		return true;
	case UXM_NO_MODULE:
		return desk->enumerated == 0 || breaks(broken, "'no-module', but one was seen");
	case UXM_SEVERAL_MODULES:
		return desk->enumerated > 1 ||
		       breaks(broken, "'several-modules', but %zu were seen", desk->enumerated);
	default:
		return true;
	}
}

static bool continued(const struct rules_run *run)
{
	for (unsigned i = 0; i < DESK_MODULES; i++) {
		uint64_t began_at;

		if (device_payload(desk_device(run->desk, i), &began_at) > 0 && began_at > 0)
			return true;
	}
	return false;
}

/* A result other than "updated" has a reason that somebody put there. */
static bool result_is_explained(const struct rules_run *run, char broken[RULES_TEXT])
{
	unsigned explained = R(UPDATED) | run->before->explained;
	struct mishap_world world = world_for_mishaps(run->world, run->plan);
	bool second_is_there = run->before->second_is_there;

	for (size_t i = 0; i < run->plan->count; i++) {
		unsigned number = run->plan->mishaps[i].number;

		if (!mishap_happened(run->plan, i, run->desk, run->network))
			continue;
		explained |= mishap_results(run->plan, i, &world, run->network);
		/* Of a payload that was continued the module alone knows the digest. */
		if ((number == NETWORK_CORRUPT || number == NETWORK_OTHER_PART) && continued(run))
			explained |= R(MODULE_FAILED);
		/* The first one comes to it. */
		if ((number == MISHAP_EVENT + MISHAP_REPLUG ||
		     number == MISHAP_EVENT + MISHAP_AWAIT) &&
		    run->before->second_is_there)
			explained |= R(SEVERAL_MODULES);
		/* It is plugged in anew, and may be the one that the update is of. */
		if (number == MISHAP_EVENT + MISHAP_SECOND && second_is_there)
			explained |= R(TRANSFER_FAILED) | R(OTHER_VERSION) | R(MODULE_FAILED);
		if (number == MISHAP_EVENT + MISHAP_SECOND)
			second_is_there = true;
	}
	if (run->desk->stop == UXM_STOP_NOW)
		explained |= R(NOT_BACK_YET);
	if ((explained & 1u << run->why->result) != 0)
		return true;
	return breaks(broken, "nothing explains %s: %s", uxm_result_name(run->why->result),
		      run->why->text);
}

/* Once the module has left before the commit, the host ends soon. */
static bool leaves_in_time(const struct rules_run *run, char broken[RULES_TEXT])
{
	uint64_t left = desk_left_at(run->desk);
	uint64_t took;

	if (left == UINT64_MAX || run->plan->waits || run->desk->commits || run->plan->other_host ||
	    (run->before->explained & R(BUSY)) != 0)
		return true;
	took = desk_now(run->desk) - left;
	if (took <= LEAVES_WITHIN)
		return true;
	return breaks(broken, "it took %llu ms from the module's leaving until the end",
		      (unsigned long long)(took / 1000));
}

/* What the host itself found to be wrong, in a payload that it sent all of, the module has been
 * told to throw away, so that it cannot fail for ever. */
static bool damage_is_thrown_away(const struct rules_run *run, char broken[RULES_TEXT])
{
	if (run->why->result != UXM_TRANSFER_FAILED)
		return true;
	for (size_t i = 0; i < run->plan->count; i++) {
		if (run->plan->mishaps[i].number >= MISHAP_MODULE)
			return true;
	}
	for (unsigned i = 0; i < DESK_MODULES; i++) {
		if (run->before->explained == 0 && keeps_damage(&run->desk->slot[i], run->files))
			return breaks(broken, "module %u keeps what the host knows to be wrong", i);
	}
	return true;
}

bool rules_hold(const struct rules_run *run, char broken[RULES_TEXT])
{
	if (!programs_hold(run, broken) || !conduct_holds(run, broken) || !refuses(run, broken))
		return false;
	if (run->end == HOST_DIED)
		return true;
	return ends_when_told(run, broken) && result_is_true(run, broken) &&
	       result_is_explained(run, broken) && leaves_in_time(run, broken) &&
	       damage_is_thrown_away(run, broken);
}
