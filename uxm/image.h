/*
 * The header of an image file: IMAGE.md in C. It is parsed out of a span of bytes that anybody may
 * have made, and nothing is believed.
 */
#ifndef UXM_IMAGE_H
#define UXM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uxm/name.h"
#include "uxm/result.h"
#include "uxm/wire.h"

/* Sizes in bytes (IMAGE.md, "The header"). */
#define UXM_IMAGE_HEADER_LEAST    152
#define UXM_IMAGE_HEADER_MOST     UXM_WIRE_HEADER_MAX
#define UXM_IMAGE_SIGNATURE_SIZE  64
#define UXM_IMAGE_KEY_ID_SIZE     8
/* RFC 8032, section 5.1.5. */
#define UXM_IMAGE_PUBLIC_KEY_SIZE 32

#define UXM_IMAGE_FORMAT 1

struct uxm_image_header {
	uint16_t size; /* bytes, with the signature */
	char model[UXM_MODEL_TEXT];
	struct uxm_version version;
	uint16_t lowest_hardware;
	uint16_t highest_hardware;
	struct uxm_version oldest_over; /* zeros: any */
	uint64_t payload_size;          /* bytes */
	uint8_t payload_digest[UXM_WIRE_DIGEST_SIZE];
	bool is_signed;
	uint8_t key_id[UXM_IMAGE_KEY_ID_SIZE];
};

/* Whether a file that begins with these bytes has a header. */
bool uxm_image_has_header(const uint8_t *bytes, size_t length);

/*
 * Reads a header. `bytes` are the first `length` bytes of the file, all of it or at least
 * UXM_IMAGE_HEADER_MOST; `file_size` is the file's length. Returns true, or false with *why
 * (UXM_IMAGE_REFUSED), which names what is wrong; `file` is the name to call it by. *header is set
 * only with true. The signature is not checked here.
 */
bool uxm_image_read(const uint8_t *bytes, size_t length, uint64_t file_size, const char *file,
		    struct uxm_image_header *header, struct uxm_failure *why);

/*
 * Writes a header of format 1 and the least size, not signed: header->size, is_signed and key_id
 * are not used. To sign it: uxm_signature_make.
 */
void uxm_image_write(const struct uxm_image_header *header, uint8_t bytes[UXM_IMAGE_HEADER_LEAST]);

#endif
