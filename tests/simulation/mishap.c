/* Mishaps: names, what they explain, and whether they happened. Where they are put is place.c's. */
#include "tests/simulation/mishap.h"

#include <stdio.h>

#include "tests/uxm/desk_inside.h"
#include "tools/module/model.h"

#define R(result) (1u << UXM_##result)

/* A host tries so often in a row, beside the first time (design.md, decision 7). */
#define ATTEMPTS 5u

/* What a module that left or does not answer leads to, before and after the commit. */
#define LEAVES (R(TRANSFER_FAILED) | R(NO_MODULE) | R(NOT_BACK_YET) | R(MODULE_FAILED) | R(BUSY))

static const char *const event_names[MISHAP_EVENTS] = {
	"kill",         "stop",        "stop-twice", "unplug",       "replug",     "await",
	"await-other",  "cycle",       "second",     "second-first", "deny",       "occupy",
	"halt",         "break",       "deaf",       "doze",         "wear",       "tire",
	"lose-request", "lose-answer", "refuse",     "garble",       "cut",        "forget",
	"boast",        "stray",       "late",       "call-fails",   "other-host", "wrong-model",
	"wrong-key",    "two-digests",
};

/* Nothing but time is lost where zero stands: one of them must not end an update. */
static const unsigned network_results[NETWORK_WHATS] = {
	[NETWORK_REFUSED] = R(FETCH_FAILED),
	[NETWORK_UNREACHABLE] = R(FETCH_FAILED),
	[NETWORK_NO_HOST] = R(FETCH_FAILED),
	[NETWORK_CONNECT_TIMEOUT] = R(FETCH_FAILED),
	[NETWORK_TLS] = R(FETCH_FAILED),
	[NETWORK_NO_ANSWER] = R(FETCH_FAILED),
	[NETWORK_NO_MEMORY] = R(FETCH_FAILED) | R(INTERNAL),
	[NETWORK_MUTE] = R(FETCH_FAILED),
	[NETWORK_STATUS] = R(FETCH_FAILED),
	[NETWORK_LATER] = R(FETCH_FAILED),
	[NETWORK_REDIRECT] = 0,
	[NETWORK_REDIRECTS] = R(FETCH_FAILED),
	[NETWORK_NO_LENGTH] = R(FETCH_FAILED),
	[NETWORK_TWO_LENGTHS] = R(FETCH_FAILED) | R(IMAGE_REFUSED),
	[NETWORK_ENCODED] = R(FETCH_FAILED),
	[NETWORK_CHUNKED] = R(FETCH_FAILED),
	[NETWORK_EMPTY] = R(IMAGE_REFUSED) | R(FETCH_FAILED),
	[NETWORK_TELLS_MORE] = R(FETCH_FAILED) | R(IMAGE_REFUSED) | R(TRANSFER_FAILED),
	[NETWORK_TELLS_LESS] = R(FETCH_FAILED) | R(IMAGE_REFUSED) | R(TRANSFER_FAILED),
	[NETWORK_RANGE_FIRST] = R(FETCH_FAILED),
	[NETWORK_RANGE_LAST] = R(FETCH_FAILED),
	[NETWORK_RANGE_COMPLETE] = R(FETCH_FAILED),
	[NETWORK_RANGE_UNNAMED] = R(FETCH_FAILED),
	[NETWORK_RANGE_IGNORED] = 0,
	[NETWORK_RANGE_REFUSED] = R(FETCH_FAILED),
	[NETWORK_RANGE_OTHER] = R(FETCH_FAILED) | R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[NETWORK_OTHER_PART] = R(FETCH_FAILED) | R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[NETWORK_CHANGED] =
		R(FETCH_FAILED) | R(IMAGE_REFUSED) | R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[NETWORK_WRONG_DIGEST] =
		R(FETCH_FAILED) | R(IMAGE_REFUSED) | R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[NETWORK_RESET] = R(FETCH_FAILED),
	[NETWORK_CLOSE] = R(FETCH_FAILED),
	[NETWORK_STALL] = R(FETCH_FAILED),
	[NETWORK_PAUSE] = R(FETCH_FAILED),
	[NETWORK_TRICKLE] = R(FETCH_FAILED),
	[NETWORK_MORE] = R(FETCH_FAILED),
	[NETWORK_CORRUPT] = R(TRANSFER_FAILED) | R(FETCH_FAILED),
};

static const unsigned module_results[FAULT_WHATS] = {
	[FAULT_UNPLUG] = LEAVES,
	[FAULT_POWER_LOSS] = LEAVES | R(OTHER_VERSION),
	[FAULT_STALL] = 0,
	[FAULT_SILENCE] = LEAVES,
	[FAULT_CORRUPT] = 0,
	[FAULT_CORRUPT_FLASH] = R(MODULE_FAILED),
	[FAULT_DROP] = 0,
	[FAULT_REFUSE] = R(MODULE_FAILED),
	[FAULT_FAIL] = R(MODULE_FAILED),
	[FAULT_NEVER_RETURN] = R(NOT_BACK_YET) | R(BUSY),
	[FAULT_OLD_VERSION] = R(OTHER_VERSION),
	[FAULT_OTHER_MODULE] = R(OTHER_MODULE) | R(NOT_BACK_YET) | R(BUSY),
	[FAULT_OTHER_PORT] = 0,
};

static const unsigned event_results[MISHAP_EVENTS] = {
	[MISHAP_KILL] = 0,
	[MISHAP_STOP] = R(CANCELLED),
	[MISHAP_STOP_TWICE] = R(CANCELLED) | R(NOT_BACK_YET),
	[MISHAP_UNPLUG] = LEAVES,
	[MISHAP_REPLUG] = LEAVES | R(OTHER_VERSION),
	[MISHAP_AWAIT] = R(CANCELLED) | R(NOT_BACK_YET) | R(MODULE_FAILED) | R(OTHER_VERSION),
	[MISHAP_AWAIT_OTHER] = R(CANCELLED) | R(NOT_BACK_YET) | R(MODULE_FAILED) |
			       R(OTHER_VERSION) | R(SEVERAL_MODULES),
	[MISHAP_CYCLE] = LEAVES | R(OTHER_VERSION),
	[MISHAP_SECOND] = R(SEVERAL_MODULES),
	[MISHAP_SECOND_FIRST] = R(SEVERAL_MODULES),
	[MISHAP_DENY] = R(NOT_PERMITTED) | R(NOT_BACK_YET) | R(BUSY),
	[MISHAP_OCCUPY] = R(BUSY),
	[MISHAP_HALT] = 0,
	[MISHAP_BREAK] = 0,
	[MISHAP_DEAF] = R(TRANSFER_FAILED),
	[MISHAP_DOZE] = 0,
	[MISHAP_WEAR] = R(MODULE_FAILED),
	[MISHAP_TIRE] = LEAVES | R(OTHER_VERSION),
	[MISHAP_LOSE_REQUEST] = R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[MISHAP_LOSE_ANSWER] = R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[MISHAP_REFUSE] = R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[MISHAP_GARBLE] = R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[MISHAP_CUT] = R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[MISHAP_FORGET] = R(TRANSFER_FAILED),
	[MISHAP_BOAST] = R(TRANSFER_FAILED),
	[MISHAP_STRAY] = R(TRANSFER_FAILED),
	[MISHAP_LATE] = R(TRANSFER_FAILED) | R(MODULE_FAILED),
	[MISHAP_CALL_FAILS] = R(TRANSFER_FAILED) | R(INTERNAL) | R(NOT_PERMITTED) | R(BUSY),
	[MISHAP_OTHER_HOST] = R(BUSY) | R(TRANSFER_FAILED) | R(NO_MODULE),
	[MISHAP_WRONG_MODEL] = R(IMAGE_REFUSED),
	[MISHAP_WRONG_KEY] = R(IMAGE_REFUSED),
	[MISHAP_TWO_DIGESTS] = R(USAGE),
};

const char *mishap_name(unsigned mishap, char text[40])
{
	if (mishap < MISHAP_MODULE)
		snprintf(text, 40, "net:%s", network_what_name((enum network_what)mishap));
	else if (mishap < MISHAP_EVENT)
		snprintf(text, 40, "module:%s",
			 fault_kind((enum fault_what)(mishap - MISHAP_MODULE))->name);
	else
		snprintf(text, 40, "%s", event_names[mishap - MISHAP_EVENT]);
	return text;
}

/* Whether what the network did passes by itself: it does not happen again for ever, and the host
 * asks again (fetch/attempts.h). */
static bool passes(const struct network *network, const struct network_fault *fault)
{
	switch (fault->what) {
	case NETWORK_REFUSED:
	case NETWORK_UNREACHABLE:
	case NETWORK_NO_HOST:
	case NETWORK_CONNECT_TIMEOUT:
	case NETWORK_TLS:
		/* A server that was never met is a wrong URL. */
		return !network->fired_early;
	case NETWORK_STATUS:
		return fault->amount == 408 || fault->amount == 429 ||
		       (fault->amount >= 500 && fault->amount != 501);
	case NETWORK_LATER:
		return fault->amount <= 600;
	case NETWORK_NO_ANSWER:
	case NETWORK_MUTE:
	case NETWORK_REDIRECT:
	case NETWORK_RANGE_IGNORED:
	case NETWORK_RESET:
	case NETWORK_CLOSE:
	case NETWORK_STALL:
	case NETWORK_PAUSE:
		return true;
	default:
		return false;
	}
}

/* Whether all that the network did in the run had to be borne. */
static bool is_borne(const struct network *network)
{
	unsigned fired = 0;
	unsigned quiet = 0;
	uint64_t pace = 0;

	for (size_t i = 0; i < network->fault_count; i++) {
		const struct network_fault *fault = &network->faults[i];

		if (network->fired[i] > 0 && !passes(network, fault))
			return false;
		fired += network->fired[i];
		if (fault->what == NETWORK_STALL || fault->what == NETWORK_PAUSE)
			quiet += network->fired[i];
	}
	/* Five attempts in a row, for the same; three times the 15 s of a silent connection, and
	 * the server's own pace, are less than the 60 s in which 64 KiB must come, of which some
	 * pass before the first of them. */
	if (network->options.rate != 0)
		pace = 65536 / network->options.rate;
	return (fired <= NETWORK_ATTEMPTS || network->failures <= NETWORK_ATTEMPTS) &&
	       15 * quiet + pace < 55;
}

static bool befalls_request(unsigned mishap)
{
	return (mishap >= MISHAP_EVENT + MISHAP_LOSE_REQUEST &&
		mishap <= MISHAP_EVENT + MISHAP_CUT) ||
	       mishap == MISHAP_EVENT + MISHAP_LATE;
}

/* Whether what befell a request is borne, in every place where it did; and if so, whether no more
 * went wrong than the attempts that a host has in a row: what befell requests, each time, and
 * whatever else happened. */
static bool request_is_borne(const struct plan *plan, size_t index, const struct desk *desk,
			     const struct network *network)
{
	unsigned failures = desk->spoiled;

	/* One after the other may take longer than a module waits for a sign of life. */
	if (desk->timed_out || (desk->unborne & UINT32_C(1) << plan->mishaps[index].at) != 0)
		return false;
	for (size_t i = 0; i < plan->count; i++) {
		if (!befalls_request(plan->mishaps[i].number) &&
		    mishap_happened(plan, i, desk, network))
			failures++;
	}
	return failures <= ATTEMPTS;
}

unsigned mishap_results(const struct plan *plan, size_t index, const struct mishap_world *world,
			const struct desk *desk, const struct network *network)
{
	unsigned mishap = plan->mishaps[index].number;

	if (mishap < MISHAP_MODULE && is_borne(network))
		return 0;

	if (mishap == NETWORK_OTHER_PART && world->has_header)
		return R(IMAGE_REFUSED) | R(MODULE_FAILED) | R(TRANSFER_FAILED) | R(FETCH_FAILED);
	/* A module that wants a signature looks at the header itself. */
	if (mishap == NETWORK_CORRUPT && world->has_header &&
	    plan->network[plan->mishaps[index].at].at < UXM_IMAGE_HEADER_LEAST)
		return R(IMAGE_REFUSED) | R(MODULE_FAILED) | R(TRANSFER_FAILED) | R(FETCH_FAILED);
	if (mishap < MISHAP_MODULE)
		return network_results[mishap];
	/* A module that comes twice cannot be opened for twice as long. */
	if (world->opens_late &&
	    (mishap == MISHAP_EVENT + MISHAP_CYCLE || mishap == MISHAP_EVENT + MISHAP_TIRE ||
	     mishap == MISHAP_MODULE + FAULT_POWER_LOSS))
		return LEAVES | R(OTHER_VERSION) | R(NOT_PERMITTED);
	/* Where the port is all that is known of it, another one is another module's. */
	if (mishap == MISHAP_MODULE + FAULT_OTHER_PORT && world->without_serial)
		return R(NOT_BACK_YET) | R(BUSY);
	if (mishap < MISHAP_EVENT)
		return module_results[mishap - MISHAP_MODULE];
	if (befalls_request(mishap) && request_is_borne(plan, index, desk, network))
		return 0;
	return event_results[mishap - MISHAP_EVENT];
}

bool mishap_happened(const struct plan *plan, size_t index, const struct desk *desk,
		     const struct network *network)
{
	unsigned number = plan->mishaps[index].number;
	size_t at = plan->mishaps[index].at;

	if (number < MISHAP_MODULE)
		return network->fired[at] > 0;
	if (number < MISHAP_EVENT)
		return desk->slot[0].device->faults.fault[at].fired;
	switch (number - MISHAP_EVENT) {
	case MISHAP_SECOND_FIRST:
	case MISHAP_OTHER_HOST:
	case MISHAP_WRONG_MODEL:
	case MISHAP_WRONG_KEY:
	case MISHAP_TWO_DIGESTS:
		return true;
	case MISHAP_STOP_TWICE:
	case MISHAP_AWAIT:
	case MISHAP_AWAIT_OTHER:
		return desk_has_happened(desk, at) || desk_has_happened(desk, at + 1);
	default:
		return desk_has_happened(desk, at);
	}
}
