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
/* A module that came is seen within this, in microseconds; and is waited for for so long. */
#define ONE_LOOK      UINT64_C(1000000)
#define IS_WAITED_FOR UINT64_C(59900000)

__attribute__((format(printf, 2, 3))) static bool breaks(char broken[RULES_TEXT],
							 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(broken, RULES_TEXT, format, arguments);
	va_end(arguments);
	return false;
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
	static const struct uxm_version nothing;
	const struct uxm_version *coming = &run->before->coming[module];

	if (uxm_version_compare(coming, &nothing) == 0)
		return false;
	if (program == RULES_OTHER)
		return uxm_version_compare(coming, &rules_others) == 0;
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
		enum rules_program after = rules_identify(run->desk, run->files, i);
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
	if (run->network->owed.wrong != NULL)
		return breaks(broken, "the host %s", run->network->owed.wrong);
	if (run->network->phase != NETWORK_IDLE)
		return breaks(broken, "the host left a connection open");
	return true;
}

static bool updated_is_true(const struct rules_run *run, char broken[RULES_TEXT])
{
	unsigned slot = run->desk->committed_slot;
	enum rules_program runs = rules_identify(run->desk, run->files, slot);
	struct uxm_version version = device_version(desk_device(run->desk, slot));

	if (!run->desk->switched)
		return breaks(broken, "'updated', but module %u has installed nothing", slot);
	if (run->desk->rebooted_at == DEVICE_NEVER)
		return breaks(broken, "'updated', but module %u has not rebooted", slot);
	if (uxm_version_compare(&version, &run->order->name.version) != 0)
		return breaks(broken, "'updated', but module %u runs another version", slot);
	if (!is_wanted(run, runs) && !has_reverted(run))
		return breaks(broken, "'updated', but module %u runs other bytes", slot);
	if (strcmp(desk_serial(run->desk, slot), run->before->serials[slot]) != 0)
		return breaks(broken, "'updated', but module %u is another one now", slot);
	if (run->desk->strayed)
		return breaks(broken, "'updated', but STATUS told of another session");
	return true;
}

/* Whether a request was spoiled, or a call: then what is there may not have been seen. */
static bool is_blinded(const struct rules_run *run)
{
	for (size_t i = 0; i < run->plan->count; i++) {
		unsigned number = run->plan->mishaps[i].number;

		if ((number >= MISHAP_EVENT + MISHAP_LOSE_REQUEST &&
		     number <= MISHAP_EVENT + MISHAP_CALL_FAILS) &&
		    mishap_happened(run->plan, i, run->desk, run->network))
			return true;
	}
	return false;
}

/* It is there, answers, and can be opened, since a second ago. */
static bool is_back(const struct rules_run *run, unsigned module)
{
	const struct desk *desk = run->desk;
	const struct desk_slot *slot = &desk->slot[module];

	if (!slot->plugged || device_silent(slot->device) || slot->device->state != UXM_WIRE_IDLE ||
	    is_blinded(run))
		return false;
	if (desk->now < slot->came_at + ONE_LOOK || slot->open_at == DEVICE_NEVER ||
	    desk->now < slot->open_at + ONE_LOOK)
		return false;
	if (desk->options.without_serial)
		return slot->port == desk->took_port;
	return strcmp(slot->serial, run->before->serials[module]) == 0;
}

/* Said of a module that is not back, after it has been waited for. */
static bool not_back_is_true(const struct rules_run *run, char broken[RULES_TEXT])
{
	const struct desk *desk = run->desk;

	if (desk->stop == UXM_STOP_NOW)
		return true;
	if (is_back(run, desk->committed_slot))
		return breaks(broken, "'not-back-yet', but module %u is", desk->committed_slot);
	if (desk->rebooted_at != DEVICE_NEVER && desk->now < desk->rebooted_at + IS_WAITED_FOR)
		return breaks(broken, "'not-back-yet' after only %llu ms",
			      (unsigned long long)((desk->now - desk->rebooted_at) / 1000));
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
	case UXM_NOT_BACK_YET:
		return not_back_is_true(run, broken);
	case UXM_NO_MODULE:
		return desk->enumerated == 0 || breaks(broken, "'no-module', but one was seen");
	case UXM_SEVERAL_MODULES:
		return desk->enumerated > 1 ||
		       breaks(broken, "'several-modules', but %zu were seen", desk->enumerated);
	default:
		return true;
	}
}

/* In a run without mishaps nothing moves twice, and what a module keeps not at all. */
static bool moves_once(const struct rules_run *run, char broken[RULES_TEXT])
{
	const struct desk *desk = run->desk;
	uint64_t size = run->world->size[run->plan->wanted];
	uint64_t chunks;

	if (run->plan->count + run->plan->events > 0 || run->end != HOST_ENDED ||
	    run->why->result != UXM_UPDATED)
		return true;
	if (run->network->changed && run->plan->wanted == SERVED_FIRST)
		size = run->world->size[SERVED_CHANGED];
	if (desk->committed_slot == 0 && desk->resumed_at < run->before->kept)
		return breaks(broken, "it began at byte %llu, but %llu were kept",
			      (unsigned long long)desk->resumed_at,
			      (unsigned long long)run->before->kept);
	size -= desk_least(size, desk->resumed_at);
	chunks = size / UXM_WIRE_CHUNK_LEAST + 1;
	if (desk->moved > size + chunks * UXM_WIRE_CHUNK_SIZE)
		return breaks(broken, "it moved %llu bytes of %llu",
			      (unsigned long long)desk->moved, (unsigned long long)size);
	return true;
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
		explained |= mishap_results(run->plan, i, &world, run->desk, run->network);
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
		if (run->before->explained == 0 &&
		    rules_keeps_damage(&run->desk->slot[i], run->files))
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
	       result_is_explained(run, broken) && moves_once(run, broken) &&
	       leaves_in_time(run, broken) && damage_is_thrown_away(run, broken);
}
