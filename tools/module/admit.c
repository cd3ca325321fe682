/*
 * May this image come in? A module decides for itself: what its host lets pass wrongly is refused
 * here, by what BEGIN brings, before a byte of the payload (PROTOCOL.md, BEGIN; IMAGE.md).
 */
#include <string.h>

#include "tools/module/model.h"

static bool is_older(const struct uxm_version *a, const struct uxm_version *b)
{
	return uxm_version_compare(a, b) < 0;
}

/* A module with a key takes nothing without a valid signature, with a header or without one. */
static bool is_trusted(const struct device *device, const struct uxm_image_header *header,
		       const uint8_t *bytes)
{
	const struct uxm_keys *keys = &device->options.keys;

	if (keys->count == 0)
		return true;
	return header != NULL && header->is_signed &&
	       uxm_signature_check(bytes, header->size, keys);
}

/* Whether the header is about the payload that BEGIN announces. */
static bool is_of_payload(const struct uxm_image_header *header, const struct uxm_begin *begin)
{
	static const uint8_t no_id[UXM_WIRE_DIGEST_SIZE];

	return header->size == begin->header_length && header->payload_size == begin->size &&
	       uxm_version_compare(&header->version, &begin->version) == 0 &&
	       (memcmp(begin->id, no_id, sizeof(no_id)) == 0 ||
		memcmp(begin->id, header->payload_digest, sizeof(no_id)) == 0);
}

static enum uxm_wire_reason admit_opaque(const struct device *device, const struct uxm_begin *begin)
{
	if (!is_trusted(device, NULL, NULL))
		return UXM_WIRE_SIGNATURE;
	if (is_older(&begin->version, &device->options.oldest) &&
	    (begin->flags & UXM_WIRE_FLAG_OVERRIDE) == 0)
		return UXM_WIRE_REASON_VERSION;
	return UXM_WIRE_NONE;
}

enum uxm_wire_reason model_admit(const struct device *device, const struct uxm_begin *begin,
				 const uint8_t *bytes, struct uxm_image_header *header)
{
	struct uxm_image_header read;
	struct uxm_failure ignored;

	if (begin->header_length == 0)
		return admit_opaque(device, begin);
	/* The size is at most the largest image, so that the sum cannot wrap. */
	if (!uxm_image_read(bytes, begin->header_length, begin->header_length + begin->size, "",
			    &read, &ignored) ||
	    !is_of_payload(&read, begin))
		return UXM_WIRE_HEADER;
	if (!is_trusted(device, &read, bytes))
		return UXM_WIRE_SIGNATURE;
	if (strcmp(read.model, device->options.model) != 0)
		return UXM_WIRE_MODEL;
	if (is_older(&device->record.running, &read.oldest_over))
		return UXM_WIRE_REASON_VERSION;
	if ((device->options.hardware_level < read.lowest_hardware ||
	     device->options.hardware_level > read.highest_hardware) &&
	    (begin->flags & UXM_WIRE_FLAG_OVERRIDE) == 0)
		return UXM_WIRE_HARDWARE;
	*header = read;
	return UXM_WIRE_NONE;
}
