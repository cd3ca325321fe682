/* JSON lines. */
#include "json.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* What POLLOUT promises for a pipe (pipe(7)); more is written in parts. */
#define PART 4096u

/* A line that was printed is missing, or a part of it. */
static bool is_cut;

bool json_text(int descriptor, const char *text, size_t length, int patience)
{
	struct pollfd writable = {.fd = descriptor, .events = POLLOUT};

	while (length > 0) {
		size_t part = length < PART ? length : PART;
		ssize_t written;

		/* A reader that stops reading must not hold the update up. */
		if (poll(&writable, 1, patience) <= 0)
			return false;
		written = write(descriptor, text, part);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (written > 0) {
			text += written;
			length -= (size_t)written;
			/* A line that was begun is brought to its end. */
			patience = JSON_PATIENCE_END;
		}
	}
	return true;
}

bool json_line(int descriptor, cJSON *object, int patience)
{
	char *text = cJSON_PrintUnformatted(object);
	bool written = false;

	if (text != NULL) {
		size_t length = strlen(text);

		/* The line's end takes the place of the final zero. */
		text[length] = '\n';
		written = json_text(descriptor, text, length + 1, patience);
	}
	cJSON_free(text);
	cJSON_Delete(object);
	return written;
}

void json_print(cJSON *object)
{
	if (!json_line(STDOUT_FILENO, object, JSON_PATIENCE_END))
		is_cut = true;
}

bool json_printed(void)
{
	return !is_cut;
}

cJSON *json_module(const struct uxm_found *found)
{
	cJSON *module = cJSON_CreateObject();
	const struct uxm_identity *identity = &found->identity;
	char text[UXM_VERSION_TEXT];

	cJSON_AddStringToObject(module, "port", found->candidate.port_path);
	cJSON_AddStringToObject(module, "serial", found->serial);
	if (found->io != UXM_IO_OK) {
		cJSON_AddStringToObject(module, "error", found->why.text);
		return module;
	}
	cJSON_AddStringToObject(module, "model", identity->model);
	cJSON_AddStringToObject(module, "version", uxm_version_text(&identity->running, text));
	cJSON_AddStringToObject(module, "oldest_version",
				uxm_version_text(&identity->oldest, text));
	cJSON_AddNumberToObject(module, "hardware_level", identity->hardware_level);
	cJSON_AddNumberToObject(module, "largest_image", (double)identity->largest_image);
	cJSON_AddStringToObject(module, "protocol", "stream");
	return module;
}
