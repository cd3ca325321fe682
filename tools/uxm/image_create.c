/* uxm image create: a header before a payload. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image_source.h"
#include "image_verbs.h"
#include "keys.h"

/* Where the image goes: the name that its model and version demand. */
static bool choose_path(const struct image_options *options, char made[UXM_NAME_TEXT],
			const char **path, struct uxm_failure *why)
{
	struct uxm_name name;

	/* The model is one that there are names for. */
	(void)uxm_name_make(options->model, &options->version, made);
	*path = options->output != NULL ? options->output : made;
	if (!image_source_name(*path, UXM_USAGE, &name, why))
		return false;
	if (strcmp(name.model, options->model) == 0 &&
	    uxm_version_compare(&name.version, &options->version) == 0)
		return true;
	uxm_fail(why, UXM_USAGE, "%s does not agree with --model and --version; it must be %s.",
		 *path, made);
	return false;
}

/* An image as the payload of an image is a mistake, and so is replacing the payload. */
static bool check_payload(const struct image_source *source, const char *path, const char *made,
			  struct uxm_failure *why)
{
	const struct uxm_payload *payload = &source->payload;
	struct stat of_path;
	struct stat of_made;

	if (stat(path, &of_path) == 0 && stat(made, &of_made) == 0 &&
	    of_path.st_dev == of_made.st_dev && of_path.st_ino == of_made.st_ino) {
		uxm_fail(why, UXM_USAGE,
			 "%s is the payload itself, and would be replaced; give another file with "
			 "-o.",
			 made);
		return false;
	}
	if (!uxm_image_has_header(payload->head, payload->head_length))
		return true;
	uxm_fail(why, UXM_USAGE,
		 "%s has a header already; give the payload alone, or sign it with 'uxm image "
		 "sign'.",
		 path);
	return false;
}

/* The payload goes first, behind room for the header, so that it is read only once. */
static bool write_image(const struct image_options *options, struct image_source *source,
			struct image_target *target, const struct keys_private *key,
			struct uxm_failure *why)
{
	struct uxm_image_header header = {
		.version = options->version,
		.lowest_hardware = options->lowest_hardware,
		.highest_hardware = options->highest_hardware,
		.oldest_over = options->oldest_over,
		.payload_size = source->payload.file_size,
	};
	uint8_t bytes[UXM_IMAGE_HEADER_LEAST] = {0};

	snprintf(header.model, sizeof(header.model), "%s", options->model);
	if (!image_target_write(target, bytes, sizeof(bytes), why) ||
	    !image_source_read(source, 0, target, header.payload_digest, why))
		return false;
	uxm_image_write(&header, bytes);
	if (key->length > 0 && !uxm_signature_make(key->pem, key->length, bytes, sizeof(bytes))) {
		uxm_fail(why, UXM_INTERNAL, "The image could not be signed.");
		return false;
	}
	return image_target_begin_with(target, bytes, sizeof(bytes), why) &&
	       image_target_finish(target, why);
}

bool image_create(const struct image_options *options, struct uxm_failure *why)
{
	struct image_source source = {.file = NULL};
	struct image_target target = IMAGE_TARGET_NONE;
	struct keys_private key = {.length = 0};
	char made[UXM_NAME_TEXT];
	const char *path;
	bool created =
		choose_path(options, made, &path, why) &&
		(options->key_count == 0 || keys_read_private(options->keys[0], &key, why)) &&
		image_source_open(&source, options->file, why) &&
		check_payload(&source, options->file, path, why) &&
		image_target_open(&target, path, options->force, why) &&
		write_image(options, &source, &target, &key, why);

	keys_forget(&key);
	image_source_release(&source);
	image_target_release(&target);
	if (created)
		puts(path);
	return created;
}
