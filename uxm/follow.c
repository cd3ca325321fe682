/* After COMMIT: following the module's steps, and waiting for its return. */
#include "uxm/follow.h"

#include <string.h>

/* Tells what STATUS says. Returns whether the module is still at it. */
static bool tell_state(struct uxm_teller *teller, const struct uxm_status *status)
{
	switch (status->state) {
	case UXM_WIRE_VERIFYING:
		uxm_tell_step(teller, UXM_STEP_VERIFY, status->verify);
		return true;
	case UXM_WIRE_INSTALLING:
		uxm_tell_step(teller, UXM_STEP_INSTALL, status->install);
		return true;
	case UXM_WIRE_DONE:
		uxm_tell_step(teller, UXM_STEP_REBOOT, 100);
		return true;
	case UXM_WIRE_IDLE:
	case UXM_WIRE_RECEIVING:
	case UXM_WIRE_FAILED:
	case UXM_WIRE_STATES:
		break;
	}
	return false;
}

static enum uxm_io stuck(const struct uxm_stream *stream, const struct uxm_status *last,
			 struct uxm_failure *why)
{
	if (last->state == UXM_WIRE_DONE)
		uxm_fail(why, UXM_NOT_BACK_YET,
			 "The module reported success, but has not rebooted within %u s; look "
			 "again later.",
			 stream->silence / 1000);
	else
		uxm_fail(why, UXM_MODULE_FAILED,
			 "The module stopped getting on (last seen %s) for %u s; it may still come "
			 "to an end, or needs a power cycle: then it runs its old or the new "
			 "version.",
			 uxm_wire_state_name(last->state), stream->silence / 1000);
	return UXM_IO_FAILED;
}

static uint32_t pace(const struct uxm_link *link, const struct uxm_status *status)
{
	if (status->again < link->deadlines.status_least)
		return link->deadlines.status_least;
	return status->again < link->deadlines.status_most ? status->again
							   : link->deadlines.status_most;
}

/* How far the module is, as numbers that never sink while it really gets on. */
struct mark {
	unsigned step; /* state, and percent of its step */
	uint64_t durable;
};

/* Whether STATUS shows more than was seen before: a module that goes to and fro gets nowhere. */
static bool got_on(struct mark *highest, const struct uxm_status *status,
		   const struct uxm_deadlines *deadlines)
{
	unsigned percent = status->state == UXM_WIRE_VERIFYING ? status->verify : status->install;
	unsigned step = (unsigned)status->state * 101 + percent;
	bool more = false;

	if (step > highest->step) {
		highest->step = step;
		more = true;
	}
	if (status->durable >= highest->durable + deadlines->module_bytes) {
		highest->durable = status->durable;
		more = true;
	}
	return more;
}

enum uxm_io uxm_follow(struct uxm_stream *stream, struct uxm_teller *teller, bool *success,
		       struct uxm_failure *why)
{
	struct uxm_link *link = stream->link;
	struct uxm_status last = {.state = UXM_WIRE_VERIFYING};
	struct uxm_status status;
	struct mark highest = {.step = 0};
	uint64_t since = uxm_link_now(link);
	enum uxm_io io;

	*success = false;
	for (;;) {
		uint64_t until;

		io = uxm_stream_status(stream, &status, why);
		if (io == UXM_IO_GONE || io == UXM_IO_FAILED)
			return io;
		if (io == UXM_IO_OK && !tell_state(teller, &status)) {
			uxm_fail(why, UXM_MODULE_FAILED,
				 "The module gave the update up (it is %s): %s.",
				 uxm_wire_state_name(status.state),
				 uxm_stream_reason(status.reason));
			return UXM_IO_FAILED;
		}
		if (io == UXM_IO_OK) {
			last = status;
			*success = status.state == UXM_WIRE_DONE;
			if (got_on(&highest, &status, &link->deadlines))
				since = uxm_link_now(link);
		}
		if (uxm_link_now(link) - since > stream->silence)
			return stuck(stream, &last, why);
		until = uxm_link_now(link) + pace(link, &last);
		while (uxm_link_now(link) < until) {
			io = uxm_link_wait(link, until, why);
			if (io != UXM_IO_OK)
				return io;
		}
	}
}

/* Modules that were looked at and are not the one. */
struct strangers {
	size_t count;
	struct {
		uint8_t bus;
		uint8_t address;
	} known[UXM_SURVEY_MOST];
};

static bool is_stranger(const struct strangers *strangers, const struct uxm_candidate *candidate)
{
	for (size_t i = 0; i < strangers->count; i++) {
		if (strangers->known[i].bus == candidate->bus &&
		    strangers->known[i].address == candidate->address)
			return true;
	}
	return false;
}

static void add_stranger(struct strangers *strangers, const struct uxm_candidate *candidate)
{
	if (strangers->count == UXM_SURVEY_MOST)
		return;
	strangers->known[strangers->count].bus = candidate->bus;
	strangers->known[strangers->count].address = candidate->address;
	strangers->count++;
}

static bool is_same_module(const struct uxm_found *before, const struct uxm_found *after)
{
	if (before->serial[0] != '\0')
		return strcmp(before->serial, after->serial) == 0;
	return strcmp(before->candidate.port_path, after->candidate.port_path) == 0;
}

static bool is_same_port(const struct uxm_found *before, const struct uxm_candidate *candidate)
{
	return strcmp(before->candidate.port_path, candidate->port_path) == 0;
}

/*
 * One look. OK: it is back. AGAIN: not yet, or not yet ready to answer. FAILED as uxm_await_return;
 * UXM_NOT_PERMITTED may pass with the next look.
 */
static enum uxm_io look(struct uxm_link *link, const struct uxm_found *before,
			struct strangers *strangers, struct uxm_found *after,
			struct uxm_failure *why)
{
	const struct uxm_module *module = &link->module;
	struct uxm_candidate candidates[UXM_SURVEY_MOST];
	enum uxm_io answer = UXM_IO_AGAIN;
	size_t count = 0;
	enum uxm_io io;

	io = module->ops->scan(module->self, candidates, UXM_SURVEY_MOST, &count, why);
	if (io != UXM_IO_OK)
		return io;
	for (size_t i = 0; i < count && i < UXM_SURVEY_MOST; i++) {
		if (is_stranger(strangers, &candidates[i]))
			continue;
		io = uxm_survey_open(link, &candidates[i], false, after);
		if (io == UXM_IO_FAILED && after->why.result == UXM_CANCELLED) {
			*why = after->why;
			return UXM_IO_FAILED;
		}
		if (io == UXM_IO_FAILED && after->why.result == UXM_NOT_PERMITTED &&
		    is_same_port(before, &candidates[i])) {
			*why = after->why;
			answer = UXM_IO_FAILED;
		}
		if (io != UXM_IO_OK)
			continue;
		module->ops->close(module->self);
		if (is_same_module(before, after))
			return UXM_IO_OK;
		if (is_same_port(before, &candidates[i])) {
			uxm_fail(why, UXM_OTHER_MODULE,
				 "At port %s is now another module (serial %s) than the one that "
				 "was updated (serial %s).",
				 candidates[i].port_path,
				 after->serial[0] != '\0' ? after->serial : "none", before->serial);
			return UXM_IO_FAILED;
		}
		add_stranger(strangers, &candidates[i]);
	}
	return answer;
}

enum uxm_io uxm_await_return(struct uxm_link *link, struct uxm_teller *teller,
			     const struct uxm_found *before, struct uxm_found *after,
			     struct uxm_failure *why)
{
	const struct uxm_module *module = &link->module;
	struct strangers strangers = {.count = 0};
	struct uxm_found found;
	uint64_t until = uxm_link_now(link) + link->deadlines.back;
	uint64_t refused = 0;
	enum uxm_io io;

	uxm_tell_step(teller, UXM_STEP_RETURN, 0);
	for (;;) {
		uint64_t now = uxm_link_now(link);
		uint64_t next = now + link->deadlines.look;
		unsigned arrivals = module->ops->arrivals(module->self);

		io = look(link, before, &strangers, &found, why);
		if (io == UXM_IO_OK || (io == UXM_IO_FAILED && why->result == UXM_OTHER_MODULE)) {
			*after = found;
			return io;
		}
		if (io == UXM_IO_FAILED && why->result == UXM_NOT_PERMITTED) {
			refused = refused != 0 ? refused : now;
			if (now - refused < link->deadlines.reopen)
				io = UXM_IO_AGAIN;
		}
		if (io == UXM_IO_FAILED)
			return io;
		if (now >= until)
			break;
		while (uxm_link_now(link) < next &&
		       module->ops->arrivals(module->self) == arrivals) {
			io = uxm_link_wait(link, next, why);
			if (io != UXM_IO_OK)
				return io;
		}
	}
	uxm_fail(why, UXM_NOT_BACK_YET,
		 "The module (serial %s, port %s) rebooted and is not back yet after %u s; look "
		 "again later with 'uxm list'.",
		 before->serial[0] != '\0' ? before->serial : "none", before->candidate.port_path,
		 link->deadlines.back / 1000);
	return UXM_IO_FAILED;
}
