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
			 "The module stopped getting on (last seen %s); after a power cycle it "
			 "runs its old or the new version.",
			 uxm_wire_state_name(last->state));
	return UXM_IO_FAILED;
}

static uint32_t pace(const struct uxm_link *link, const struct uxm_status *status)
{
	if (status->again < link->deadlines.status_least)
		return link->deadlines.status_least;
	return status->again < link->deadlines.status_most ? status->again
							   : link->deadlines.status_most;
}

static bool got_on(const struct uxm_status *a, const struct uxm_status *b)
{
	return a->state != b->state || a->verify != b->verify || a->install != b->install;
}

enum uxm_io uxm_follow(struct uxm_stream *stream, struct uxm_teller *teller,
		       struct uxm_failure *why)
{
	struct uxm_link *link = stream->link;
	struct uxm_status last = {.state = UXM_WIRE_VERIFYING};
	struct uxm_status status;
	uint64_t since = uxm_link_now(link);
	bool told = false;
	enum uxm_io io;

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
		if (io == UXM_IO_OK && got_on(&last, &status)) {
			since = uxm_link_now(link);
			last = status;
		}
		if (uxm_link_now(link) - since > stream->silence)
			return stuck(stream, &last, why);
		until = uxm_link_now(link) + pace(link, &last);
		while (uxm_link_now(link) < until) {
			io = uxm_link_wait(link, until, why);
			if (io != UXM_IO_OK)
				return io;
			if (link->stop == UXM_STOP_SOON && !told) {
				told = true;
				uxm_tell_note(teller, "The update can no longer be stopped.");
			}
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
		if (io == UXM_IO_FAILED && is_same_port(before, &candidates[i])) {
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
				 candidates[i].port_path, after->serial, before->serial);
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
	struct strangers strangers = {.count = 0};
	uint64_t until = uxm_link_now(link) + link->deadlines.back;
	uint64_t refused = 0;
	enum uxm_io io;

	uxm_tell_step(teller, UXM_STEP_RETURN, 0);
	for (;;) {
		uint64_t now = uxm_link_now(link);
		uint64_t next = now + link->deadlines.look;

		io = look(link, before, &strangers, after, why);
		if (io == UXM_IO_OK)
			return io;
		if (io == UXM_IO_FAILED && why->result == UXM_NOT_PERMITTED) {
			refused = refused != 0 ? refused : now;
			if (now - refused < link->deadlines.reopen)
				io = UXM_IO_AGAIN;
		}
		if (io == UXM_IO_FAILED)
			return io;
		if (now >= until)
			break;
		while (uxm_link_now(link) < next) {
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
