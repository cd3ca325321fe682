/* Telling how far it is. */
#include "uxm/progress.h"

#include <stdarg.h>
#include <stdio.h>

#include "uxm/result.h"

void uxm_tell(const struct uxm_teller *teller)
{
	teller->watch.tell(teller->watch.self, &teller->progress);
}

void uxm_tell_step(struct uxm_teller *teller, enum uxm_step step, unsigned percent)
{
	struct uxm_progress *progress = &teller->progress;

	if (progress->step == step && progress->percent == percent)
		return;
	progress->step = step;
	progress->percent = percent;
	uxm_tell(teller);
}

void uxm_tell_accepted(struct uxm_teller *teller, uint64_t accepted)
{
	if (accepted <= teller->progress.accepted)
		return;
	teller->progress.accepted = accepted;
	uxm_tell(teller);
}

void uxm_tell_note(struct uxm_teller *teller, const char *format, ...)
{
	char note[UXM_SENTENCE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(note, sizeof(note), format, arguments);
	va_end(arguments);
	uxm_clean(note);
	teller->progress.note = note;
	uxm_tell(teller);
	teller->progress.note = NULL;
}

const char *uxm_step_name(enum uxm_step step)
{
	static const char *const names[UXM_STEPS] = {"look",   "fetch",   "send",   "commit",
						     "verify", "install", "reboot", "return"};

	return (unsigned)step < UXM_STEPS ? names[step] : "unknown";
}
