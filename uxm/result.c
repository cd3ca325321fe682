/* Results: their names and sentences. */
#include "uxm/result.h"

#include <stdbool.h>
#include <stdio.h>

/* Bytes of the UTF-8 character that begins here (RFC 3629, section 4), 0 if there is none. */
static size_t character(const unsigned char *at)
{
	size_t length = at[0] < 0x80   ? 1
			: at[0] < 0xC2 ? 0
			: at[0] < 0xE0 ? 2
			: at[0] < 0xF0 ? 3
				       : 4;

	if (length == 0 || at[0] > 0xF4)
		return 0;
	/* The final zero is no continuation, so nothing behind it is read. */
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xC0) != 0x80)
			return 0;
	}
	if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F) ||
	    (at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F))
		return 0;
	return length;
}

static bool is_control(const unsigned char *at)
{
	return at[0] < ' ' || at[0] == 0x7F || (at[0] == 0xC2 && at[1] < 0xA0);
}

void uxm_clean(char *text)
{
	unsigned char *at = (unsigned char *)text;

	while (*at != '\0') {
		size_t length = character(at);

		if (length == 0 || is_control(at)) {
			*at = '?';
			length = length > 1 ? length : 1;
			/* Both bytes of a control character of C1 go. */
			if (length == 2)
				at[1] = '?';
		}
		at += length;
	}
}

void uxm_fail(struct uxm_failure *why, enum uxm_result result, const char *format, ...)
{
	va_list arguments;

	why->result = result;
	why->lasting = false;
	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	uxm_clean(why->text);
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
