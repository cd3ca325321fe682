/*
 * The files that the simulated server has: images of known bytes, with and without a header.
 */
#ifndef TESTS_SIMULATION_SERVED_H
#define TESTS_SIMULATION_SERVED_H

#include "uxm/signature.h"

/* The largest payload, and the largest file, in bytes. */
#define SERVED_PAYLOAD_MOST (300u * 1024u)
#define SERVED_FILE_MOST    (SERVED_PAYLOAD_MOST + UXM_IMAGE_HEADER_MOST)

/* The files by name: an image, what takes its place under the same name, and another image. */
enum served_file {
	SERVED_FIRST = 0,
	SERVED_CHANGED,
	SERVED_SECOND,
	SERVED_FILES,
};

struct served {
	uint8_t *bytes;  /* SERVED_FILE_MOST */
	uint64_t size;   /* of the file, in bytes */
	uint64_t start;  /* where the payload begins */
	uint64_t shared; /* bytes of the payload that are another file's */
	const uint8_t *shares;
	const char *name;
	struct uxm_version version;
	uint8_t payload_digest[UXM_WIRE_DIGEST_SIZE];
	uint8_t digest[UXM_WIRE_DIGEST_SIZE]; /* of the file */
	char etag[24];                        /* with its quotation marks */
	const char *modified;                 /* Last-Modified */
};

/* The keys that sign: one that modules know, and one that they do not. */
struct served_keys {
	char pem[2][UXM_KEY_PEM_MOST];
	struct uxm_keys keys[2]; /* one each */
};

/* Makes two keys. Returns whether GnuTLS could. */
bool served_make_keys(struct served_keys *made);

/* Gives them their names, versions and dates. */
void served_init(struct served files[SERVED_FILES]);

/*
 * Gives the payload that is made next bytes of another file's beginning: as one build of a program
 * has them of the one before. `most` of them at most.
 */
void served_share(struct served *served, const struct served *with, uint64_t most);

/*
 * Makes the file: `size` bytes of payload that follow from `seed`, but for what it shares, with a
 * header or not, signed by `pem` or not (NULL). A digest of a file without a header is computed
 * only where `wants_digest`. Returns whether GnuTLS could.
 */
bool served_make(struct served *served, enum served_file which, uint64_t seed, uint64_t size,
		 bool has_header, const char *pem, bool wants_digest);

#endif
