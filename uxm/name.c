/* The names of image files, out of URLs and paths. */
#include "uxm/name.h"

#include <stdio.h>
#include <string.h>

static const struct form {
	const char *model;
	const char *prefix;
	const char *suffix;
} forms[] = {
	{"D7C", "snomD7C-", "-r.bin"},
	{"D8C", "snomD8C-", "-r.bin"},
	{"UXM", "snomUXM-", ".bin"},
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

const char *uxm_name_forms(void)
{
	return "snomD7C-<version>-r.bin, snomD8C-<version>-r.bin or snomUXM-<version>.bin";
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Undoes the percent-encoding of a path segment. False when it is too long or holds what no name
 * has. */
static bool decode(const char *segment, size_t length, bool encoded, char file[UXM_NAME_TEXT])
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char c = segment[i];

		if (encoded && c == '%') {
			int high = i + 2 < length ? hex_digit(segment[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(segment[i + 2]) : -1;

			if (low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		}
		/* An encoded '/' or zero byte would make another name of it further on. */
		if (c == '/' || (unsigned char)c <= ' ' || (unsigned char)c >= 0x7F)
			return false;
		if (used + 1 >= UXM_NAME_TEXT)
			return false;
		file[used++] = c;
	}
	file[used] = '\0';
	return true;
}

/* The last path segment of a URL or path. */
static void last_segment(const char *location, bool is_url, const char **segment, size_t *length)
{
	const char *start = location;
	size_t end;

	if (is_url) {
		start = strstr(location, "://") + 3;
		end = strcspn(start, "?#");
	} else {
		end = strlen(start);
	}
	*segment = start;
	for (size_t i = 0; i < end; i++) {
		if (start[i] == '/')
			*segment = start + i + 1;
	}
	*length = (size_t)(start + end - *segment);
}

bool uxm_name_parse(const char *location, struct uxm_name *name)
{
	struct uxm_name read = {.file = ""};
	bool is_url = strstr(location, "://") != NULL;
	const char *segment;
	size_t length;

	last_segment(location, is_url, &segment, &length);
	if (!decode(segment, length, is_url, read.file))
		return false;
	length = strlen(read.file);
	for (size_t i = 0; i < FORMS; i++) {
		size_t before = strlen(forms[i].prefix);
		size_t after = strlen(forms[i].suffix);

		if (length <= before + after || memcmp(read.file, forms[i].prefix, before) != 0 ||
		    memcmp(read.file + length - after, forms[i].suffix, after) != 0)
			continue;
		if (!uxm_version_parse(read.file + before, length - before - after, &read.version))
			return false;
		snprintf(read.model, sizeof(read.model), "%s", forms[i].model);
		*name = read;
		return true;
	}
	return false;
}

bool uxm_name_make(const char *model, const struct uxm_version *version, char file[UXM_NAME_TEXT])
{
	char text[UXM_VERSION_TEXT];

	for (size_t i = 0; i < FORMS; i++) {
		if (strcmp(model, forms[i].model) != 0)
			continue;
		snprintf(file, UXM_NAME_TEXT, "%s%s%s", forms[i].prefix,
			 uxm_version_text(version, text), forms[i].suffix);
		return true;
	}
	return false;
}
