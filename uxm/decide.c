/* The rules, in the order of the README's table. */
#include "uxm/decide.h"

#include <stdio.h>
#include <string.h>

static bool refuse(struct uxm_failure *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(struct uxm_failure *why, const char *format, ...)
{
	char text[UXM_SENTENCE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	uxm_fail(why, UXM_IMAGE_REFUSED, "%s", text);
	return false;
}

static bool is_older(const struct uxm_version *a, const struct uxm_version *b)
{
	return uxm_version_compare(a, b) < 0;
}

bool uxm_decide_name(const struct uxm_name *name, const struct uxm_identity *module,
		     bool allow_older, struct uxm_failure *why)
{
	char offered[UXM_VERSION_TEXT];
	char running[UXM_VERSION_TEXT];

	uxm_version_text(&name->version, offered);
	uxm_version_text(&module->running, running);
	if (strcmp(name->model, module->model) != 0)
		return refuse(why,
			      "%s is an image for a %s, but the module is a %s; choose an image "
			      "for a %s.",
			      name->file, name->model, module->model, module->model);
	if (is_older(&name->version, &module->running) && !allow_older)
		return refuse(why,
			      "%s is older (%s) than what the module runs (%s); to go back, give "
			      "--allow-older.",
			      name->file, offered, running);
	return true;
}

bool uxm_decide_is_there(const struct uxm_name *name, const struct uxm_identity *module)
{
	return strcmp(name->model, module->model) == 0 &&
	       uxm_version_compare(&name->version, &module->running) == 0;
}

/* Where a key is configured nothing passes without a valid signature, with a header or without one.
 */
static bool check_signature(const struct uxm_offer *offer, const struct uxm_identity *module,
			    const struct uxm_verdict *verdict, struct uxm_failure *why)
{
	const char *file = offer->name->file;
	bool wanted = offer->keys->count > 0 || (module->flags & UXM_WIRE_FLAG_SIGNATURE) != 0;

	if (!wanted)
		return true;
	if (!verdict->has_header || !verdict->header.is_signed)
		return refuse(why, "%s is not signed, but a signature is required%s.", file,
			      offer->keys->count > 0 ? "" : " by the module");
	if (offer->keys->count > 0 &&
	    !uxm_signature_check(offer->head, verdict->header.size, offer->keys))
		return refuse(why,
			      "The signature of %s is not valid, or by none of the keys that are "
			      "configured; do not use it.",
			      file);
	return true;
}

/* The header agrees with the name, and with the module's model and what it runs. */
static bool check_header(const struct uxm_offer *offer, const struct uxm_identity *module,
			 const struct uxm_image_header *header, struct uxm_failure *why)
{
	const struct uxm_name *name = offer->name;
	char by_header[UXM_VERSION_TEXT];
	char running[UXM_VERSION_TEXT];

	if (strcmp(header->model, name->model) != 0)
		return refuse(why,
			      "%s is named like an image for a %s, but its header is for a %s.",
			      name->file, name->model, header->model);
	if (uxm_version_compare(&header->version, &name->version) != 0)
		return refuse(why, "%s is named otherwise than its header says (version %s).",
			      name->file, uxm_version_text(&header->version, by_header));
	if (is_older(&module->running, &header->oldest_over))
		return refuse(why,
			      "%s can be installed over version %s or newer, but the module runs "
			      "%s; install that one first.",
			      name->file, uxm_version_text(&header->oldest_over, by_header),
			      uxm_version_text(&module->running, running));
	return true;
}

/* Seeds of the two rules: "Supported Hardware Level" of the header, else the oldest version that
 * the hardware runs. */
static bool hardware_fits(const struct uxm_offer *offer, const struct uxm_identity *module,
			  const struct uxm_verdict *verdict, char *text, size_t room)
{
	const struct uxm_image_header *header = &verdict->header;
	char offered[UXM_VERSION_TEXT];
	char oldest[UXM_VERSION_TEXT];

	if (verdict->has_header) {
		if (module->hardware_level >= header->lowest_hardware &&
		    module->hardware_level <= header->highest_hardware)
			return true;
		snprintf(text, room,
			 "%s is for hardware levels %u to %u, but the module has level %u",
			 offer->name->file, header->lowest_hardware, header->highest_hardware,
			 module->hardware_level);
		return false;
	}
	if (!is_older(&offer->name->version, &module->oldest))
		return true;
	snprintf(text, room, "%s is of version %s, but the module's hardware runs %s or newer",
		 offer->name->file, uxm_version_text(&offer->name->version, offered),
		 uxm_version_text(&module->oldest, oldest));
	return false;
}

static void note(struct uxm_verdict *verdict, const char *text)
{
	size_t used = strlen(verdict->note);

	snprintf(verdict->note + used, sizeof(verdict->note) - used, "%s%s", used > 0 ? " " : "",
		 text);
}

bool uxm_decide(const struct uxm_offer *offer, const struct uxm_identity *module,
		struct uxm_verdict *verdict, struct uxm_failure *why)
{
	const char *file = offer->name->file;
	struct uxm_verdict decided = {.payload_size = offer->file_size};
	char hardware[UXM_SENTENCE / 2];
	char text[UXM_SENTENCE];

	if (!uxm_decide_name(offer->name, module, offer->allow_older, why))
		return false;
	decided.has_header = uxm_image_has_header(offer->head, offer->head_length);
	if (decided.has_header && !uxm_image_read(offer->head, offer->head_length, offer->file_size,
						  file, &decided.header, why))
		return false;
	if (!check_signature(offer, module, &decided, why))
		return false;
	if (decided.has_header && !check_header(offer, module, &decided.header, why))
		return false;
	if (decided.has_header)
		decided.payload_size = decided.header.payload_size;
	if (decided.payload_size > module->largest_image)
		return refuse(why,
			      "%s has %llu bytes, but the module holds at most %llu; choose "
			      "another image.",
			      file, (unsigned long long)decided.payload_size,
			      (unsigned long long)module->largest_image);
	if (!hardware_fits(offer, module, &decided, hardware, sizeof(hardware))) {
		if (!offer->override)
			return refuse(why, "%s; if you know better, give --override.", hardware);
		decided.overridden = true;
		snprintf(text, sizeof(text), "Overridden: %s.", hardware);
		note(&decided, text);
	}
	if (is_older(&offer->name->version, &module->running)) {
		decided.older = true;
		snprintf(text, sizeof(text), "%s is older than what the module runs, as allowed.",
			 file);
		note(&decided, text);
	}
	*verdict = decided;
	return true;
}
