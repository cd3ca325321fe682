/* The module's part in the update before the image is looked at: exactly one, and nobody else's. */
#include "uxm/take.h"

#include <string.h>

#include "uxm/await.h"
#include "uxm/follow.h"

/* So many updates of other programs are followed before ours is given up. */
#define OTHER_UPDATES_MOST 3u

/* Whether it is the module that was ordered. */
static bool is_ordered(const struct uxm_order *order, const struct uxm_found *found,
		       struct uxm_failure *why)
{
	if (order->serial == NULL || order->serial[0] == '\0' ||
	    strcmp(order->serial, found->serial) == 0)
		return true;
	uxm_fail(why, UXM_NO_MODULE,
		 "The module that is present has serial number %s, not %s; plug in the one with "
		 "serial number %s.",
		 found->serial[0] != '\0' ? found->serial : "none", order->serial, order->serial);
	return false;
}

/* Exactly one module, and it answers; it is left open. */
static enum uxm_io look(struct uxm_update *update, struct uxm_failure *why)
{
	struct uxm_found found;
	enum uxm_io io;

	memset(&update->found, 0, sizeof(update->found));
	uxm_tell_step(&update->teller, UXM_STEP_LOOK, 0);
	io = uxm_survey(&update->link, false, &update->survey, why);
	if (io != UXM_IO_OK)
		return io;
	if (!uxm_survey_is_one(&update->survey, why))
		return UXM_IO_FAILED;
	if (update->survey.found[0].io != UXM_IO_OK) {
		*why = update->survey.found[0].why;
		return update->survey.found[0].io;
	}
	/* Nothing but descriptors and IDENTITY was asked of it yet. */
	if (!is_ordered(&update->order, &update->survey.found[0], why))
		return UXM_IO_FAILED;
	/* From here on the update is about this one, whatever else is plugged in. */
	if (!update->awaits)
		update->awaited = update->survey.found[0];
	update->awaits = true;
	io = uxm_survey_open(&update->link, &update->survey.found[0].candidate, false, &found);
	if (io != UXM_IO_OK) {
		*why = found.why;
		return io;
	}
	if (!uxm_await_is_same(&update->awaited, &found)) {
		uxm_fail(why, UXM_TRANSFER_FAILED, "The module has left the bus again.");
		return UXM_IO_GONE;
	}
	update->found = found;
	return UXM_IO_OK;
}

/*
 * Follows another program's update to its end, whatever that is: AGAIN. FAILED with UXM_BUSY when
 * it did not come to one, or UXM_CANCELLED.
 */
static enum uxm_io follow_other(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_module *module = &update->link.module;
	struct uxm_found returned;
	bool success;
	enum uxm_io io;

	uxm_tell_note(&update->teller,
		      "The module is still busy with another update; waiting for its end.");
	io = uxm_follow(&update->stream, &update->teller, &success, why);
	module->ops->close(module->self);
	if (io == UXM_IO_GONE)
		io = uxm_await_return(&update->link, &update->teller, &update->found, &returned,
				      why);
	else if (io == UXM_IO_FAILED && why->result == UXM_MODULE_FAILED)
		io = UXM_IO_OK;
	if (io == UXM_IO_OK)
		return UXM_IO_AGAIN;
	if (why->result == UXM_CANCELLED)
		uxm_fail(why, UXM_CANCELLED,
			 "Cancelled before the update began; the module goes on with the other "
			 "one.");
	else
		uxm_fail(why, UXM_BUSY,
			 "The module was busy with another update and did not come back from it; "
			 "look again later with 'uxm list'.");
	return UXM_IO_FAILED;
}

/* Claims the module. AGAIN when it was busy with another update, which has ended. */
static enum uxm_io claim(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_module *module = &update->link.module;
	struct uxm_status status;
	enum uxm_io io;

	io = module->ops->claim(module->self, why);
	if (io == UXM_IO_OK)
		io = uxm_stream_status(&update->stream, &status, why);
	if (io != UXM_IO_OK)
		return io;
	if (status.state != UXM_WIRE_VERIFYING && status.state != UXM_WIRE_INSTALLING &&
	    status.state != UXM_WIRE_DONE)
		return UXM_IO_OK;
	return follow_other(update, why);
}

enum uxm_io uxm_update_take(struct uxm_update *update, struct uxm_failure *why)
{
	unsigned rounds = 0;
	enum uxm_io io;

	do {
		io = look(update, why);
		if (io != UXM_IO_OK)
			return io;
		if (!uxm_decide_name(&update->order.name, &update->found.identity,
				     update->order.allow_older, why))
			return UXM_IO_FAILED;
		if (update->order.if_needed &&
		    uxm_decide_is_there(&update->order.name, &update->found.identity))
			return UXM_IO_END;
		update->stream.link = &update->link;
		update->stream.interface_number = update->found.candidate.interface_number;
		update->stream.silence =
			uxm_stream_silence(&update->link.deadlines, update->found.identity.silence);
		/* Modules hold megabytes. One that claims to hold more than this counts no further:
		 * it would be followed for ever. */
		update->stream.holds = update->found.identity.largest_image < UINT32_MAX
					       ? (uint32_t)update->found.identity.largest_image
					       : UINT32_MAX;
		io = claim(update, why);
	} while (io == UXM_IO_AGAIN && ++rounds < OTHER_UPDATES_MOST);
	if (io != UXM_IO_AGAIN)
		return io;
	uxm_fail(why, UXM_BUSY,
		 "The module is busy with one update after the other; look again later with 'uxm "
		 "list'.");
	return UXM_IO_FAILED;
}
