/* uxm image verify: all that can be checked without a module. */
#include <stdio.h>

#include "image_source.h"
#include "image_verbs.h"
#include "keys.h"

static bool gather_keys(const struct image_options *options, struct uxm_keys *keys,
			struct uxm_failure *why)
{
	for (size_t i = 0; i < options->key_count; i++) {
		if (!keys_add_file(keys, options->keys[i], why))
			return false;
	}
	if (!keys_add_folder(keys, KEYS_FOLDER, why))
		return false;
	if (!options->require_signature || keys->count > 0)
		return true;
	uxm_fail(why, UXM_USAGE,
		 "A signature is required, but no key is known to check it with; give --key FILE, "
		 "or put one into " KEYS_FOLDER ".");
	return false;
}

static void tell(const char *file, const struct uxm_verdict *verdict, const struct uxm_keys *keys)
{
	char id[KEYS_ID_TEXT];

	if (!verdict->has_header)
		printf("%s has no header: its name was checked, nothing else can be.\n", file);
	else if (keys->count > 0)
		printf("%s: header, name, length and SHA-256 agree; the signature by the key %s is "
		       "valid.\n",
		       file, keys_id_text(verdict->header.key_id, id));
	else if (verdict->header.is_signed)
		printf("%s: header, name, length and SHA-256 agree; the signature was not checked, "
		       "for no key is known.\n",
		       file);
	else
		printf("%s: header, name, length and SHA-256 agree; it is not signed.\n", file);
}

bool image_verify(const struct image_options *options, struct uxm_failure *why)
{
	struct image_source source = {.file = NULL};
	struct uxm_keys keys = {.count = 0};
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];
	struct uxm_verdict verdict;
	struct uxm_name name;
	bool verified = false;

	if (!gather_keys(options, &keys, why) ||
	    !image_source_name(options->file, UXM_IMAGE_REFUSED, &name, why) ||
	    !image_source_open(&source, options->file, why) ||
	    !image_source_decide(&source, &name, &keys, &verdict, why))
		goto end;
	if (verdict.has_header &&
	    (!image_source_read(&source, verdict.header.size, NULL, digest, why) ||
	     !image_source_agrees(&verdict.header, digest, name.file, why)))
		goto end;
	tell(name.file, &verdict, &keys);
	verified = true;
end:
	image_source_release(&source);
	return verified;
}
