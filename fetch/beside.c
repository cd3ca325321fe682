/* The small file beside an image: one line of sha256sum. */
#include "fetch/beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/file.h"

/* Two hexadecimal digits a byte. */
#define DIGITS (2 * FETCH_DIGEST_SIZE)

struct fetch_beside {
	struct fetch_small *small; /* for a URL */
	struct fetch_file *file;   /* for a path */
	bool open;                 /* the file is */
	char shown[FETCH_SHOWN_TEXT];
	char *name;          /* of the image: the last part of its path */
	enum uxm_io outcome; /* AGAIN until it is known */
	struct uxm_failure failure;
	uint8_t digest[FETCH_DIGEST_SIZE];
	uint8_t text[FETCH_BESIDE_MOST]; /* the file's */
	size_t length;
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool no_memory(struct uxm_failure *why)
{
	uxm_fail(why, UXM_INTERNAL, "There is no memory to read a " FETCH_BESIDE_SUFFIX " file.");
	return false;
}

static bool make_of_url(struct fetch_beside *beside, const char *url,
			const struct fetch_beside_options *options, struct uxm_failure *why)
{
	char location[FETCH_URL_TEXT];
	char path[FETCH_URL_TEXT];
	struct fetch_small_options small = {
		.url = location,
		.access = options->access,
		.trust = options->trust,
		.largest = FETCH_BESIDE_MOST,
		.deadlines = options->deadlines,
	};

	if (!fetch_url_check(url, why) ||
	    !fetch_url_beside(url, FETCH_BESIDE_SUFFIX, location, path, why))
		return false;
	beside->name = strdup(last_part(path));
	if (beside->name == NULL)
		return no_memory(why);
	fetch_url_shown(location, beside->shown);
	return fetch_small_new(&small, &beside->small, why);
}

static bool make_of_path(struct fetch_beside *beside, const char *path, struct uxm_failure *why)
{
	size_t length = strlen(path) + sizeof(FETCH_BESIDE_SUFFIX);
	char *location = calloc(1, length);
	bool made;

	beside->name = strdup(last_part(path));
	if (location == NULL || beside->name == NULL) {
		free(location);
		return no_memory(why);
	}
	snprintf(location, length, "%s" FETCH_BESIDE_SUFFIX, path);
	fetch_location_shown(location, beside->shown);
	made = fetch_file_new(location, FETCH_BESIDE_MOST, &beside->file, why);
	free(location);
	return made;
}

bool fetch_beside_new(const char *location, const struct fetch_beside_options *options,
		      struct fetch_beside **beside, struct uxm_failure *why)
{
	struct fetch_beside *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return no_memory(why);
	made->outcome = UXM_IO_AGAIN;
	if (strstr(location, "://") != NULL ? !make_of_url(made, location, options, why)
					    : !make_of_path(made, location, why)) {
		fetch_beside_free(made);
		return false;
	}
	*beside = made;
	return true;
}

void fetch_beside_free(struct fetch_beside *beside)
{
	if (beside == NULL)
		return;
	fetch_small_free(beside->small);
	fetch_file_free(beside->file);
	free(beside->name);
	free(beside);
}

struct fetch_small *fetch_beside_small(const struct fetch_beside *beside)
{
	return beside->small;
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_digits(const uint8_t *text, size_t length, uint8_t digest[FETCH_DIGEST_SIZE])
{
	if (length < DIGITS)
		return false;
	for (size_t i = 0; i < FETCH_DIGEST_SIZE; i++) {
		int high = hex_value(text[2 * i]);
		int low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* The length of the first line without its end; all of it where none ends it. */
static size_t first_line(const uint8_t *text, size_t length)
{
	const uint8_t *end = memchr(text, '\n', length);

	if (end != NULL)
		length = (size_t)(end - text);
	while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == ' '))
		length--;
	return length;
}

/* Whether the line's name, from its last '/' on, is the image's. */
static bool is_name(const uint8_t *text, size_t length, const char *name)
{
	const uint8_t *slash = memrchr(text, '/', length);

	if (slash != NULL) {
		length -= (size_t)(slash + 1 - text);
		text = slash + 1;
	}
	return length == strlen(name) && memcmp(text, name, length) == 0;
}

bool fetch_beside_judge(const uint8_t *text, size_t length, const char *name, const char *shown,
			uint8_t digest[FETCH_DIGEST_SIZE], struct uxm_failure *why)
{
	uint8_t read[FETCH_DIGEST_SIZE];
	size_t line = first_line(text, length);
	bool named = line > DIGITS + 2;

	if (length == 0) {
		uxm_fail(why, UXM_IMAGE_REFUSED, "%s is empty.", shown);
		return false;
	}
	if (!read_digits(text, line, read) || (line != DIGITS && !named) ||
	    (named &&
	     (text[DIGITS] != ' ' || (text[DIGITS + 1] != ' ' && text[DIGITS + 1] != '*')))) {
		uxm_fail(why, UXM_IMAGE_REFUSED,
			 "%s does not begin with a line as sha256sum prints it: 64 hexadecimal "
			 "digits and the file's name.",
			 shown);
		return false;
	}
	if (named && !is_name(text + DIGITS + 2, line - DIGITS - 2, name)) {
		uxm_fail(why, UXM_IMAGE_REFUSED, "%s is about another file than %s: '%.*s'.", shown,
			 name, (int)(line - DIGITS - 2), (const char *)text + DIGITS + 2);
		return false;
	}
	memcpy(digest, read, sizeof(read));
	return true;
}

/* The whole file is there. */
static enum uxm_io judge(struct fetch_beside *beside, const uint8_t *text, size_t length)
{
	return fetch_beside_judge(text, length, beside->name, beside->shown, beside->digest,
				  &beside->failure)
		       ? UXM_IO_OK
		       : UXM_IO_FAILED;
}

static enum uxm_io read_url(struct fetch_beside *beside)
{
	struct fetch_small_file file;
	enum uxm_io io = fetch_small_read(beside->small, &file, &beside->failure);

	if (io == UXM_IO_OK)
		return judge(beside, file.bytes, file.length);
	if (io == UXM_IO_FAILED && fetch_small_too_large(beside->small))
		beside->failure.result = UXM_IMAGE_REFUSED;
	return io;
}

static enum uxm_io read_path(struct fetch_beside *beside)
{
	struct uxm_image image = fetch_file_image(beside->file);
	enum uxm_io io = UXM_IO_OK;
	uint64_t size;
	uint8_t beyond;

	if (!beside->open)
		io = image.ops->open(image.self, &size, &beside->failure);
	if (io == UXM_IO_OK)
		beside->open = true;
	while (io == UXM_IO_OK) {
		size_t room = sizeof(beside->text) - beside->length;
		size_t got = 0;

		/* With no room left the end is all that can come. */
		io = room > 0 ? image.ops->read(image.self, beside->text + beside->length, room,
						&got, &beside->failure)
			      : image.ops->read(image.self, &beyond, 1, &got, &beside->failure);
		if (io == UXM_IO_OK)
			beside->length += got;
	}
	return io == UXM_IO_END ? judge(beside, beside->text, beside->length) : io;
}

enum uxm_io fetch_beside_read(struct fetch_beside *beside, uint8_t digest[FETCH_DIGEST_SIZE],
			      struct uxm_failure *why)
{
	if (beside->outcome == UXM_IO_AGAIN)
		beside->outcome = beside->small != NULL ? read_url(beside) : read_path(beside);
	if (beside->outcome == UXM_IO_OK)
		memcpy(digest, beside->digest, sizeof(beside->digest));
	if (beside->outcome == UXM_IO_FAILED)
		*why = beside->failure;
	return beside->outcome;
}
