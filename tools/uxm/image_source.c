/* An image file on disk. */
#include "image_source.h"

#include <gnutls/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Bytes at a time. */
#define BUFFER 65536

bool image_source_open(struct image_source *source, const char *path, struct uxm_failure *why)
{
	enum uxm_io io;

	memset(source, 0, sizeof(*source));
	if (!fetch_file_new(path, 0, &source->file, why))
		return false;
	uxm_payload_init(&source->payload, fetch_file_image(source->file));
	do {
		/* A regular file says AGAIN only when a signal came in between. */
		io = uxm_payload_open(&source->payload, why);
	} while (io == UXM_IO_AGAIN);
	return io == UXM_IO_OK;
}

void image_source_release(struct image_source *source)
{
	fetch_file_free(source->file);
	source->file = NULL;
}

/* The caller blocks them where something unfinished would be left behind. */
static bool is_stopped(struct uxm_failure *why)
{
	sigset_t pending;

	if (sigpending(&pending) != 0 ||
	    (sigismember(&pending, SIGINT) == 0 && sigismember(&pending, SIGTERM) == 0 &&
	     sigismember(&pending, SIGHUP) == 0))
		return false;
	uxm_fail(why, UXM_CANCELLED, "Stopped; nothing was written.");
	return true;
}

static bool read_all(struct uxm_image payload, gnutls_hash_hd_t hash, struct image_target *target,
		     struct uxm_failure *why)
{
	uint8_t buffer[BUFFER];
	enum uxm_io io;
	size_t got;

	for (;;) {
		if (is_stopped(why))
			return false;
		got = 0;
		io = payload.ops->read(payload.self, buffer, sizeof(buffer), &got, why);
		if (io == UXM_IO_END)
			return true;
		if (io == UXM_IO_AGAIN)
			continue;
		if (io != UXM_IO_OK)
			return false;
		if (gnutls_hash(hash, buffer, got) != 0) {
			uxm_fail(why, UXM_INTERNAL, "SHA-256 could not be computed.");
			return false;
		}
		if (target != NULL && !image_target_write(target, buffer, got, why))
			return false;
	}
}

bool image_source_read(struct image_source *source, size_t start, struct image_target *target,
		       uint8_t digest[UXM_WIRE_DIGEST_SIZE], struct uxm_failure *why)
{
	uint8_t computed[UXM_WIRE_DIGEST_SIZE];
	gnutls_hash_hd_t hash;
	bool read;

	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0) {
		uxm_fail(why, UXM_INTERNAL, "SHA-256 is not available.");
		return false;
	}
	uxm_payload_begin(&source->payload, start);
	read = read_all(uxm_payload_image(&source->payload), hash, target, why);
	gnutls_hash_deinit(hash, computed);
	if (read)
		memcpy(digest, computed, sizeof(computed));
	return read;
}

bool image_source_agrees(const struct uxm_image_header *header,
			 const uint8_t digest[UXM_WIRE_DIGEST_SIZE], const char *file,
			 struct uxm_failure *why)
{
	if (memcmp(header->payload_digest, digest, UXM_WIRE_DIGEST_SIZE) == 0)
		return true;
	uxm_fail(why, UXM_IMAGE_REFUSED,
		 "The SHA-256 of %s is not the one that its header names; get the image again.",
		 file);
	return false;
}

const char *image_source_file(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool image_source_name(const char *path, enum uxm_result result, struct uxm_name *name,
		       struct uxm_failure *why)
{
	if (uxm_name_parse(image_source_file(path), name))
		return true;
	uxm_fail(why, result, "%s is not named like an image; the file name must be %s.", path,
		 uxm_name_forms());
	return false;
}

bool image_source_decide(const struct image_source *source, const struct uxm_name *name,
			 const struct uxm_keys *keys, struct uxm_verdict *verdict,
			 struct uxm_failure *why)
{
	struct uxm_offer offer = {
		.name = name,
		.file_size = source->payload.file_size,
		.head = source->payload.head,
		.head_length = source->payload.head_length,
		.keys = keys,
		.override = true,
		.allow_older = true,
	};
	/* A module that itself has no objection to any image: what is refused is the file's
	 * fault. */
	struct uxm_identity module = {
		.running = {{UINT16_MAX, UINT16_MAX, UINT16_MAX, UINT16_MAX}},
		.largest_image = UINT64_MAX,
	};

	snprintf(module.model, sizeof(module.model), "%s", name->model);
	return uxm_decide(&offer, &module, verdict, why);
}
