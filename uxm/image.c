/* Reading and writing image headers. Offsets are those of IMAGE.md's table. */
#include "uxm/image.h"

#include <string.h>

#include "uxm/bytes.h"

static const uint8_t magic[4] = {'U', 'X', 'M', 'I'};

bool uxm_image_has_header(const uint8_t *bytes, size_t length)
{
	return length >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static bool refuse(struct uxm_failure *why, const char *file, const char *what)
{
	uxm_fail(why, UXM_IMAGE_REFUSED, "The header of %s is damaged: %s; get the image again.",
		 file, what);
	return false;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

/* What must be known before any other field is where it is expected. */
static bool read_frame(const uint8_t *bytes, size_t length, const char *file, uint16_t *size,
		       struct uxm_failure *why)
{
	uint16_t format;

	if (length < 8)
		return refuse(why, file, "the file ends in it");
	format = uxm_get16(bytes + 4);
	if (format != UXM_IMAGE_FORMAT) {
		uxm_fail(why, UXM_IMAGE_REFUSED,
			 "%s has a header of format %u, only format %u is understood; it needs a "
			 "newer uxm.",
			 file, format, UXM_IMAGE_FORMAT);
		return false;
	}
	*size = uxm_get16(bytes + 6);
	if (*size < UXM_IMAGE_HEADER_LEAST || *size > UXM_IMAGE_HEADER_MOST)
		return refuse(why, file, "its size is impossible");
	if (length < *size)
		return refuse(why, file, "the file ends in it");
	return true;
}

bool uxm_image_read(const uint8_t *bytes, size_t length, uint64_t file_size, const char *file,
		    struct uxm_image_header *header, struct uxm_failure *why)
{
	struct uxm_image_header read = {.size = 0};
	const uint8_t *signature;

	if (!uxm_image_has_header(bytes, length))
		return refuse(why, file, "it has none");
	if (!read_frame(bytes, length, file, &read.size, why))
		return false;
	if (!uxm_get_model(bytes + 8, read.model))
		return refuse(why, file, "its model is no name");
	uxm_get_version(bytes + 16, &read.version);
	read.lowest_hardware = uxm_get16(bytes + 24);
	read.highest_hardware = uxm_get16(bytes + 26);
	if (read.highest_hardware < read.lowest_hardware)
		return refuse(why, file, "its hardware levels are the wrong way round");
	uxm_get_version(bytes + 28, &read.oldest_over);
	read.payload_size = uxm_get64(bytes + 40);
	if (read.payload_size == 0)
		return refuse(why, file, "its payload is empty");
	if (file_size < read.size || file_size - read.size != read.payload_size)
		return refuse(why, file, "it names another length than the file has");
	memcpy(read.payload_digest, bytes + 48, sizeof(read.payload_digest));
	/* In BEGIN zeros mean that nothing is known. */
	if (is_zero(read.payload_digest, sizeof(read.payload_digest)))
		return refuse(why, file, "it names no SHA-256");
	memcpy(read.key_id, bytes + 80, sizeof(read.key_id));
	signature = bytes + read.size - UXM_IMAGE_SIGNATURE_SIZE;
	read.is_signed = !is_zero(read.key_id, sizeof(read.key_id));
	if (read.is_signed == is_zero(signature, UXM_IMAGE_SIGNATURE_SIZE))
		return refuse(why, file, "it is half signed");
	*header = read;
	return true;
}

void uxm_image_write(const struct uxm_image_header *header, uint8_t bytes[UXM_IMAGE_HEADER_LEAST])
{
	memset(bytes, 0, UXM_IMAGE_HEADER_LEAST);
	memcpy(bytes, magic, sizeof(magic));
	uxm_put16(bytes + 4, UXM_IMAGE_FORMAT);
	uxm_put16(bytes + 6, UXM_IMAGE_HEADER_LEAST);
	memcpy(bytes + 8, header->model, strnlen(header->model, UXM_MODEL_TEXT - 1));
	uxm_put_version(bytes + 16, &header->version);
	uxm_put16(bytes + 24, header->lowest_hardware);
	uxm_put16(bytes + 26, header->highest_hardware);
	uxm_put_version(bytes + 28, &header->oldest_over);
	uxm_put64(bytes + 40, header->payload_size);
	memcpy(bytes + 48, header->payload_digest, UXM_WIRE_DIGEST_SIZE);
}
