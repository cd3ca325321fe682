/* JSON objects out of descriptors. */
#include "document.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until there is something to read. Returns 0, or an errno. */
static int wait_readable(int descriptor, int64_t until)
{
	struct pollfd readable = {.fd = descriptor, .events = POLLIN};
	int64_t left;
	int ready;

	do {
		left = until - now_ms();
		ready = poll(&readable, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return errno;
	return ready > 0 ? 0 : ETIMEDOUT;
}

/* Reads until the end, or until `room` bytes are there. Returns 0, or an errno. */
static int read_all(int descriptor, char *text, size_t room, int patience, size_t *length)
{
	int64_t until = now_ms() + patience;
	size_t read_so_far = 0;

	while (read_so_far < room) {
		ssize_t got;
		int error = wait_readable(descriptor, until);

		if (error != 0)
			return error;
		got = read(descriptor, text + read_so_far, room - read_so_far);
		if (got == 0)
			break;
		if (got > 0)
			read_so_far += (size_t)got;
		else if (errno != EINTR && errno != EAGAIN)
			return errno;
	}
	*length = read_so_far;
	return 0;
}

/* Whether a zero character is in it, as such or escaped: a text would seem to end there. */
static bool has_zero(const char *text, size_t length)
{
	if (memchr(text, '\0', length) != NULL)
		return true;
	for (size_t i = 0; i + 1 < length; i++) {
		if (text[i] != '\\')
			continue;
		i++;
		if (length - i >= 5 && memcmp(text + i, "u0000", 5) == 0)
			return true;
	}
	return false;
}

/* `text` is followed by a zero. */
static cJSON *parse(const char *text, size_t length)
{
	const char *end = text;
	cJSON *object;

	if (has_zero(text, length))
		return NULL;
	object = cJSON_ParseWithLengthOpts(text, length + 1, &end, false);
	if (object != NULL && cJSON_IsObject(object) && end[strspn(end, " \t\r\n")] == '\0')
		return object;
	document_forget(object);
	return NULL;
}

bool document_read(int descriptor, const char *what, int patience, cJSON **object,
		   struct uxm_failure *why)
{
	/* One byte more than there may be, and a zero. */
	char *text = malloc(DOCUMENT_MOST + 2);
	cJSON *made = NULL;
	size_t length = 0;
	int error;

	if (text == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		return false;
	}
	error = read_all(descriptor, text, DOCUMENT_MOST + 1, patience, &length);
	text[length] = '\0';
	if (error == ETIMEDOUT)
		uxm_fail(why, UXM_USAGE, "%s did not end within %d s; its writer must close it.",
			 what, patience / 1000);
	else if (error != 0)
		uxm_fail(why, UXM_USAGE, "%s cannot be read: %s.", what, strerror(error));
	else if (length > DOCUMENT_MOST)
		uxm_fail(why, UXM_USAGE, "%s is larger than %u KiB.", what, DOCUMENT_MOST / 1024);
	else if ((made = parse(text, length)) == NULL)
		uxm_fail(why, UXM_USAGE, "%s is not one JSON object.", what);
	explicit_bzero(text, DOCUMENT_MOST + 2);
	free(text);
	if (made == NULL)
		return false;
	*object = made;
	return true;
}

/* The parser bounds the depth (CJSON_NESTING_LIMIT). */
static void wipe(cJSON *item) /* NOLINT(misc-no-recursion) */
{
	for (; item != NULL; item = item->next) {
		if (item->valuestring != NULL)
			explicit_bzero(item->valuestring, strlen(item->valuestring));
		wipe(item->child);
	}
}

void document_forget(cJSON *object)
{
	wipe(object);
	cJSON_Delete(object);
}
