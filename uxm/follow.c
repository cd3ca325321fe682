/* After COMMIT: following the module's steps until it leaves. */
#include "uxm/follow.h"

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

/*
 * Whether STATUS shows more than was seen before: a module that goes to and fro gets nowhere, and
 * so does one that counts on beyond what it can hold.
 */
static bool got_on(struct mark *highest, const struct uxm_status *status,
		   const struct uxm_stream *stream)
{
	unsigned percent = status->state == UXM_WIRE_VERIFYING ? status->verify : status->install;
	unsigned step = (unsigned)status->state * 101 + percent;
	bool more = false;

	if (step > highest->step) {
		highest->step = step;
		more = true;
	}
	if (status->durable <= stream->holds &&
	    status->durable >= highest->durable + stream->link->deadlines.module_bytes) {
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
		/* What cannot be asked now may be later: the module goes on meanwhile. */
		if (io == UXM_IO_GONE || (io == UXM_IO_FAILED && why->result == UXM_CANCELLED))
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
			if (got_on(&highest, &status, stream))
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
