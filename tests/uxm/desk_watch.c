/* What the update tells, held against what the modules know; and what it leaves behind. */
#include <stdio.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"

void desk_watch_reset(struct desk *desk)
{
	desk->progress = (struct uxm_progress){.step = UXM_STEP_LOOK};
	desk->notes[0] = '\0';
}

static void write_note(struct desk *desk, const char *note)
{
	size_t used = strlen(desk->notes);

	snprintf(desk->notes + used, sizeof(desk->notes) - used, "%s\n", note);
}

/* A step is not left for an earlier one, but for the first, after somebody else's update. */
static bool goes_back(const struct uxm_progress *before, const struct uxm_progress *after)
{
	if (after->accepted < before->accepted)
		return true;
	if (after->step == before->step)
		return after->percent < before->percent;
	return after->step < before->step && after->step != UXM_STEP_LOOK;
}

static bool tells_too_much(const struct desk *desk, const struct uxm_progress *progress)
{
	struct uxm_status status;

	if (progress->size > 0 && progress->accepted > progress->size)
		return true;
	if (progress->step != UXM_STEP_SEND || desk->opened == DESK_NONE || desk->gone)
		return false;
	/* What was told before a module was unplugged stays told. */
	if (progress->accepted == desk->progress.accepted)
		return false;
	device_status(desk->slot[desk->opened].device, &status);
	return status.state == UXM_WIRE_RECEIVING && progress->accepted > status.accepted;
}

static void tell(void *self, const struct uxm_progress *progress)
{
	struct desk *desk = self;
	enum uxm_step before = desk->progress.step;

	if (goes_back(&desk->progress, progress))
		desk_blame(desk, DESK_TOLD_BACKWARDS);
	if (tells_too_much(desk, progress))
		desk_blame(desk, DESK_TOLD_TOO_MUCH);
	if (progress->note != NULL)
		write_note(desk, progress->note);
	if (before != UXM_STEP_SEND && progress->step == UXM_STEP_SEND)
		desk->sent_from = progress->accepted;
	desk->progress = *progress;
	desk->progress.note = NULL;
	if (progress->note == NULL && (progress->step != before || before == UXM_STEP_LOOK)) {
		desk_happen(desk, DESK_AT_STEP, progress->step, NULL);
	}
}

struct uxm_watch desk_watch(struct desk *desk)
{
	return (struct uxm_watch){.tell = tell, .self = desk};
}

const struct uxm_progress *desk_progress(const struct desk *desk)
{
	return &desk->progress;
}

uint64_t desk_sent_from(const struct desk *desk)
{
	return desk->sent_from;
}

const char *desk_notes(const struct desk *desk)
{
	return desk->notes;
}

uint32_t desk_wrongs(const struct desk *desk)
{
	uint32_t wrongs = desk->wrongs;

	if (desk->opened != DESK_NONE)
		wrongs |= UINT32_C(1) << DESK_LEFT_OPEN;
	return wrongs;
}

const char *desk_wrong_name(enum desk_wrong wrong)
{
	static const char *const names[DESK_WRONGS] = {
		"claimed a module when it had seen several",
		"began to update one of several modules",
		"acted on a module that it had not claimed",
		"aborted what it had not begun",
		"committed before the module had accepted all",
		"aborted after the commit",
		"sent data after the commit",
		"closed with transfers under way",
		"closed without releasing the interface",
		"left a device open",
		"used the bus in a way that it does not allow",
		"(the module) wrote into the bank that runs",
		"told of more bytes than were accepted",
		"told that it had gone backwards",
		"waited without a moment passing",
		"ran for too long",
		"cancelled a transfer before a newer one",
		"left a session without ABORT",
		"sent data behind a transfer that it knew to have failed",
		"sent data with the wrong data toggle",
		"asked a module that it had not claimed for more than it may",
		"committed after it had been told to stop",
		"committed before it told of it",
		"committed another module than the first that it claimed",
		"waited too long for an answer",
		"waited too long for a module that did not get on",
		"waited too long for the module's return",
		"tried for too long to open a module",
		"slept for too long with nothing under way",
		"asked for STATUS too seldom",
		"recovered too often, or too soon after the last time, without new bytes",
	};

	return names[wrong];
}
