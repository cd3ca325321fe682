/* JSON lines. */
#include "json.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void write_all(int descriptor, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(descriptor, bytes, length);

		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
}

void json_line(int descriptor, cJSON *object)
{
	char *text = cJSON_PrintUnformatted(object);

	if (text != NULL) {
		size_t length = strlen(text);

		/* The line's end takes the place of the final zero: one write, one line. */
		text[length] = '\n';
		write_all(descriptor, text, length + 1);
	}
	cJSON_free(text);
	cJSON_Delete(object);
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
