/* Looking at the bus. */
#include "uxm/survey.h"

#include <stdio.h>
#include <string.h>

/*
 * IDENTITY may be asked at any time, but a device that was just plugged in knows no interface, and
 * stalls it, until the kernel has configured it (USB 2.0, section 9.1.1.4).
 */
static enum uxm_io identify(struct uxm_stream *stream, struct uxm_found *found)
{
	struct uxm_link *link = stream->link;
	uint64_t until = uxm_link_now(link) + link->deadlines.reopen;

	for (;;) {
		uint64_t next;
		enum uxm_io io = uxm_stream_identity(stream, &found->identity, &found->why);

		if (io != UXM_IO_STALL || uxm_link_now(link) >= until)
			return io;
		next = uxm_link_now(link) + link->deadlines.look;
		while (uxm_link_now(link) < next) {
			io = uxm_link_wait(link, next, &found->why);
			if (io != UXM_IO_OK)
				return io;
		}
	}
}

enum uxm_io uxm_survey_open(struct uxm_link *link, const struct uxm_candidate *candidate,
			    bool with_status, struct uxm_found *found)
{
	const struct uxm_module *module = &link->module;
	struct uxm_stream stream = {
		.link = link,
		.interface_number = candidate->interface_number,
		.silence = link->deadlines.answer,
	};

	memset(found, 0, sizeof(*found));
	found->candidate = *candidate;
	found->io = module->ops->open(module->self, candidate, &found->why);
	if (found->io != UXM_IO_OK)
		return found->io;
	if (candidate->serial_index != 0)
		found->io =
			uxm_link_string(link, candidate->serial_index, found->serial, &found->why);
	if (found->io == UXM_IO_OK)
		found->io = identify(&stream, found);
	if (found->io == UXM_IO_OK && with_status)
		found->io = uxm_stream_status(&stream, &found->status, &found->why);
	if (found->io != UXM_IO_OK)
		module->ops->close(module->self);
	return found->io;
}

enum uxm_io uxm_survey(struct uxm_link *link, bool with_status, struct uxm_survey *survey,
		       struct uxm_failure *why)
{
	const struct uxm_module *module = &link->module;
	struct uxm_candidate candidates[UXM_SURVEY_MOST];
	enum uxm_io io;

	survey->count = 0;
	io = module->ops->scan(module->self, candidates, UXM_SURVEY_MOST, &survey->count, why);
	if (io != UXM_IO_OK)
		return io;
	for (size_t i = 0; i < survey->count && i < UXM_SURVEY_MOST; i++) {
		struct uxm_found *found = &survey->found[i];

		io = uxm_survey_open(link, &candidates[i], with_status, found);
		if (io == UXM_IO_OK)
			module->ops->close(module->self);
		if (io == UXM_IO_FAILED && found->why.result == UXM_CANCELLED) {
			*why = found->why;
			return UXM_IO_FAILED;
		}
	}
	return UXM_IO_OK;
}

/* One entry of the refusal's list. */
static int describe(const struct uxm_found *found, char *text, size_t room)
{
	char version[UXM_VERSION_TEXT];
	const char *serial = found->serial[0] != '\0' ? found->serial : "none";

	if (found->io != UXM_IO_OK)
		return snprintf(text, room, "%s (serial %.32s, does not say what it is)",
				found->candidate.port_path, serial);
	return snprintf(text, room, "%s (%s, serial %.32s, version %s)", found->candidate.port_path,
			found->identity.model, serial,
			uxm_version_text(&found->identity.running, version));
}

bool uxm_survey_is_one(const struct uxm_survey *survey, struct uxm_failure *why)
{
	char list[UXM_SENTENCE - 192] = "";
	char more[32] = "";
	size_t told = 0;
	size_t used = 0;

	if (survey->count == 1)
		return true;
	if (survey->count == 0) {
		uxm_fail(why, UXM_NO_MODULE,
			 "No expansion module is attached; plug in the one to "
			 "be updated.");
		return false;
	}
	for (size_t i = 0; i < survey->count && i < UXM_SURVEY_MOST; i++) {
		size_t whole = used;
		int length;

		if (i > 0)
			used += (size_t)snprintf(list + used, sizeof(list) - used, ", ");
		length = describe(&survey->found[i], list + used, sizeof(list) - used);
		if (length < 0 || (size_t)length + 2 >= sizeof(list) - used) {
			list[whole] = '\0';
			break;
		}
		used += (size_t)length;
		told++;
	}
	if (told < survey->count)
		snprintf(more, sizeof(more), ", and %zu more", survey->count - told);
	uxm_fail(
		why, UXM_SEVERAL_MODULES,
		"%zu expansion modules are attached, exactly one must be: %s%s; unplug all but the "
		"one to be updated.",
		survey->count, list, more);
	return false;
}
