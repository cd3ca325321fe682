/* Versions: reading, comparing, writing. */
#include "uxm/version.h"

#include <stdio.h>

bool uxm_version_parse(const char *text, size_t length, struct uxm_version *version)
{
	struct uxm_version read = {{0}};
	size_t part = 0;
	size_t digits = 0;
	uint32_t number = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			number = number * 10 + (uint32_t)(text[i] - '0');
			digits++;
			if (number > UINT16_MAX || digits > 5)
				return false;
			read.part[part] = (uint16_t)number;
		} else if (text[i] == '.' && digits > 0 && part + 1 < UXM_VERSION_PARTS) {
			part++;
			digits = 0;
			number = 0;
		} else {
			return false;
		}
	}
	if (digits == 0)
		return false;
	*version = read;
	return true;
}

int uxm_version_compare(const struct uxm_version *a, const struct uxm_version *b)
{
	for (size_t i = 0; i < UXM_VERSION_PARTS; i++) {
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	}
	return 0;
}

const char *uxm_version_text(const struct uxm_version *version, char text[UXM_VERSION_TEXT])
{
	const uint16_t *part = version->part;

	if (part[3] != 0)
		snprintf(text, UXM_VERSION_TEXT, "%u.%u.%u.%u", part[0], part[1], part[2], part[3]);
	else
		snprintf(text, UXM_VERSION_TEXT, "%u.%u.%u", part[0], part[1], part[2]);
	return text;
}
