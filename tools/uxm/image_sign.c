/* uxm image sign: a signature under a header that is there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_source.h"
#include "image_verbs.h"
#include "keys.h"

static bool check_header(const struct image_source *source, const char *path,
			 struct uxm_failure *why)
{
	const struct uxm_payload *payload = &source->payload;

	if (uxm_image_has_header(payload->head, payload->head_length))
		return true;
	uxm_fail(why, UXM_IMAGE_REFUSED,
		 "%s has no header to sign; 'uxm image create' makes an image with one.", path);
	return false;
}

/* A signature vouches for the payload, so that is compared with what the header says of it first.
 */
static bool write_signed(struct image_source *source, struct image_target *target,
			 const struct keys_private *key, const struct uxm_image_header *header,
			 struct uxm_failure *why)
{
	uint8_t bytes[UXM_IMAGE_HEADER_MOST];
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];

	memcpy(bytes, source->payload.head, header->size);
	if (!uxm_signature_make(key->pem, key->length, bytes, header->size)) {
		uxm_fail(why, UXM_INTERNAL, "The image could not be signed.");
		return false;
	}
	return image_target_write(target, bytes, header->size, why) &&
	       image_source_read(source, header->size, target, digest, why) &&
	       image_source_agrees(header, digest, image_source_file(target->path), why) &&
	       image_target_finish(target, why);
}

bool image_sign(const struct image_options *options, struct uxm_failure *why)
{
	/* In place a symbolic link stays one: the file behind it is replaced. */
	char *in_place = options->output == NULL ? realpath(options->file, NULL) : NULL;
	const char *named = options->output != NULL ? options->output : options->file;
	const char *path = in_place != NULL ? in_place : named;
	const struct uxm_keys no_keys = {.count = 0};
	struct image_source source = {.file = NULL};
	struct image_target target = IMAGE_TARGET_NONE;
	struct keys_private key = {.length = 0};
	char id[KEYS_ID_TEXT];
	struct uxm_verdict verdict;
	struct uxm_name name;
	bool is_signed;

	is_signed =
		image_source_name(named, UXM_USAGE, &name, why) &&
		keys_read_private(options->keys[0], &key, why) &&
		image_source_open(&source, options->file, why) &&
		check_header(&source, options->file, why) &&
		image_source_decide(&source, &name, &no_keys, &verdict, why) &&
		image_target_open(&target, path, options->output == NULL || options->force, why) &&
		write_signed(&source, &target, &key, &verdict.header, why);
	if (is_signed)
		printf("%s is signed with the key %s.\n", named, keys_id_text(key.public.id, id));
	keys_forget(&key);
	image_source_release(&source);
	image_target_release(&target);
	free(in_place);
	return is_signed;
}
