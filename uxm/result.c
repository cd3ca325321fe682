/* Results: their names and sentences. */
#include "uxm/result.h"

#include <stdio.h>

void uxm_fail(struct uxm_failure *why, enum uxm_result result, const char *format, ...)
{
	va_list arguments;

	why->result = result;
	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	/* A sentence may quote a server or a module: it must not move a terminal's cursor. */
	for (char *c = why->text; *c != '\0'; c++) {
		if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7F)
			*c = '?';
	}
}

const char *uxm_result_name(enum uxm_result result)
{
	switch (result) {
	case UXM_UPDATED:
		return "updated";
	case UXM_INTERNAL:
		return "internal";
	case UXM_USAGE:
		return "usage";
	case UXM_NO_MODULE:
		return "no-module";
	case UXM_SEVERAL_MODULES:
		return "several-modules";
	case UXM_IMAGE_REFUSED:
		return "image-refused";
	case UXM_FETCH_FAILED:
		return "fetch-failed";
	case UXM_TRANSFER_FAILED:
		return "transfer-failed";
	case UXM_MODULE_FAILED:
		return "module-failed";
	case UXM_NOT_BACK_YET:
		return "not-back-yet";
	case UXM_OTHER_VERSION:
		return "other-version";
	case UXM_OTHER_MODULE:
		return "other-module";
	case UXM_BUSY:
		return "busy";
	case UXM_CANCELLED:
		return "cancelled";
	case UXM_NOT_PERMITTED:
		return "not-permitted";
	}
	return "unknown";
}
