/* uxm image show: what an image file says of itself. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "image_source.h"
#include "image_verbs.h"
#include "json.h"
#include "keys.h"

#define DIGEST_TEXT (2 * UXM_WIRE_DIGEST_SIZE + 1)

/* What is shown. Of a file without a header model and version are its name's, if it has one. */
struct shown {
	const char *file;
	bool has_header;
	struct uxm_image_header header;
	bool is_named;
	const char *model;
	char version[UXM_VERSION_TEXT];
	char oldest_over[UXM_VERSION_TEXT]; /* "" for any */
	uint64_t payload_size;              /* bytes */
	char digest[DIGEST_TEXT];
	char key_id[KEYS_ID_TEXT];
};

static void digest_text(const uint8_t digest[UXM_WIRE_DIGEST_SIZE], char text[DIGEST_TEXT])
{
	for (size_t i = 0; i < UXM_WIRE_DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static bool look_at_header(const struct image_source *source, struct shown *shown,
			   struct uxm_failure *why)
{
	static const struct uxm_version any;
	const struct uxm_payload *payload = &source->payload;
	struct uxm_image_header *header = &shown->header;

	if (!uxm_image_read(payload->head, payload->head_length, payload->file_size, shown->file,
			    header, why))
		return false;
	shown->is_named = true;
	shown->model = header->model;
	uxm_version_text(&header->version, shown->version);
	if (uxm_version_compare(&header->oldest_over, &any) != 0)
		uxm_version_text(&header->oldest_over, shown->oldest_over);
	shown->payload_size = header->payload_size;
	digest_text(header->payload_digest, shown->digest);
	keys_id_text(header->key_id, shown->key_id);
	return true;
}

static bool look_at_opaque(struct image_source *source, struct uxm_name *name, struct shown *shown,
			   struct uxm_failure *why)
{
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];

	shown->is_named = uxm_name_parse(shown->file, name);
	if (shown->is_named) {
		shown->model = name->model;
		uxm_version_text(&name->version, shown->version);
	}
	shown->payload_size = source->payload.file_size;
	if (!image_source_read(source, 0, NULL, digest, why))
		return false;
	digest_text(digest, shown->digest);
	return true;
}

static void print_header(const struct shown *shown)
{
	const struct uxm_image_header *header = &shown->header;

	if (!shown->has_header) {
		puts("Header:           none");
		return;
	}
	printf("Header:           format %d, %u bytes\n", UXM_IMAGE_FORMAT, header->size);
	printf("Hardware levels:  %u to %u\n", header->lowest_hardware, header->highest_hardware);
	if (shown->oldest_over[0] != '\0')
		printf("Installs over:    %s or newer\n", shown->oldest_over);
	else
		puts("Installs over:    any version");
	if (header->is_signed)
		printf("Signed:           with the key %s\n", shown->key_id);
	else
		puts("Signed:           no");
}

static void print_text(const struct shown *shown)
{
	printf("File:             %s\n", shown->file);
	if (shown->is_named)
		printf("Model:            %s\nVersion:          %s\n", shown->model,
		       shown->version);
	else
		puts("Model:            not known, for it is not named like an image");
	print_header(shown);
	printf("Payload:          %llu bytes\n", (unsigned long long)shown->payload_size);
	printf("Payload SHA-256:  %s\n", shown->digest);
}

/* A member that is null where there is no text. */
static void add_text(cJSON *object, const char *name, const char *text, bool is_known)
{
	if (is_known)
		cJSON_AddStringToObject(object, name, text);
	else
		cJSON_AddNullToObject(object, name);
}

static void print_json(const struct shown *shown)
{
	const struct uxm_image_header *header = &shown->header;
	cJSON *line = cJSON_CreateObject();

	cJSON_AddStringToObject(line, "file", shown->file);
	cJSON_AddBoolToObject(line, "header", shown->has_header);
	add_text(line, "model", shown->model, shown->is_named);
	add_text(line, "version", shown->version, shown->is_named);
	cJSON_AddNumberToObject(line, "payload_size", (double)shown->payload_size);
	cJSON_AddStringToObject(line, "sha256", shown->digest);
	if (shown->has_header) {
		cJSON_AddNumberToObject(line, "format", UXM_IMAGE_FORMAT);
		cJSON_AddNumberToObject(line, "header_size", header->size);
		cJSON_AddNumberToObject(line, "lowest_hardware_level", header->lowest_hardware);
		cJSON_AddNumberToObject(line, "highest_hardware_level", header->highest_hardware);
		add_text(line, "oldest_over", shown->oldest_over, shown->oldest_over[0] != '\0');
	}
	cJSON_AddBoolToObject(line, "signed", header->is_signed);
	add_text(line, "key_id", shown->key_id, header->is_signed);
	json_print(line);
}

bool image_show(const struct image_options *options, struct uxm_failure *why)
{
	struct image_source source = {.file = NULL};
	struct shown shown = {.file = image_source_file(options->file)};
	struct uxm_name name;
	bool known = false;

	if (!image_source_open(&source, options->file, why))
		goto end;
	shown.has_header = uxm_image_has_header(source.payload.head, source.payload.head_length);
	known = shown.has_header ? look_at_header(&source, &shown, why)
				 : look_at_opaque(&source, &name, &shown, why);
	if (!known)
		goto end;
	if (options->json)
		print_json(&shown);
	else
		print_text(&shown);
end:
	image_source_release(&source);
	return known;
}
