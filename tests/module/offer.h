/*
 * An image as BEGIN offers it to a module of the rig, made to fit; a test changes what is to be
 * wrong.
 */
#ifndef MODULE_OFFER_H
#define MODULE_OFFER_H

#include "tests/module/rig.h"

/* The payload, in bytes: the first ones of the rig's. */
#define OFFER_SIZE 50000u

struct offer {
	struct uxm_begin begin;
	struct uxm_image_header header;
	uint8_t bytes[UXM_WIRE_HEADER_MAX]; /* the header as BEGIN brings it */
};

/* A private key. */
struct offer_pem {
	char text[1024];
	size_t length;
};

/* A key of its own for each call, and its public half. */
void offer_make_key(struct offer_pem *pem, struct uxm_key *key);

/* A D7C of hardware level 2 that runs 1.5.3, with these keys; NULL for none. */
struct rig *offer_rig(const struct uxm_keys *keys);

/* An image of version 1.6.1 for it, for levels 1 to 3, over 1.5.3 or newer, not signed. */
void offer_make(const struct rig *rig, struct offer *offer);

/* Writes the bytes anew, after a change of `header`. */
void offer_write_header(struct offer *offer);

/* Sends BEGIN. */
enum device_answer offer_begin(struct rig *rig, const struct offer *offer);

/* Sends it to a fresh module: it must be refused for that reason, with nothing else of the module
 * changed. */
void offer_assert_refused(struct rig *rig, const struct offer *offer, enum uxm_wire_reason reason);

/* Sends it: it must be taken; then the session is ended. */
void offer_assert_taken(struct rig *rig, const struct offer *offer);

#endif
