/*
 * Little-endian integers, versions and models as they stand in messages and headers (PROTOCOL.md,
 * IMAGE.md). The caller sees to it that the bytes are there.
 */
#ifndef UXM_BYTES_H
#define UXM_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "uxm/name.h"
#include "uxm/version.h"

void uxm_put16(uint8_t *at, uint16_t value);
void uxm_put32(uint8_t *at, uint32_t value);
void uxm_put64(uint8_t *at, uint64_t value);
uint16_t uxm_get16(const uint8_t *at);
uint32_t uxm_get32(const uint8_t *at);
uint64_t uxm_get64(const uint8_t *at);

/* 8 bytes: four numbers of 16 bits. */
void uxm_put_version(uint8_t *at, const struct uxm_version *version);
void uxm_get_version(const uint8_t *at, struct uxm_version *version);

/* 8 bytes: 1 to 7 capital letters and digits, then zeros. Returns whether it was that; *model is
 * set only then. */
bool uxm_get_model(const uint8_t *at, char model[UXM_MODEL_TEXT]);

#endif
