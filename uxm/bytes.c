/* Integers, versions and models as bytes. */
#include "uxm/bytes.h"

#include <string.h>

void uxm_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

void uxm_put32(uint8_t *at, uint32_t value)
{
	uxm_put16(at, (uint16_t)value);
	uxm_put16(at + 2, (uint16_t)(value >> 16));
}

void uxm_put64(uint8_t *at, uint64_t value)
{
	uxm_put32(at, (uint32_t)value);
	uxm_put32(at + 4, (uint32_t)(value >> 32));
}

uint16_t uxm_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t uxm_get32(const uint8_t *at)
{
	return uxm_get16(at) | (uint32_t)uxm_get16(at + 2) << 16;
}

uint64_t uxm_get64(const uint8_t *at)
{
	return uxm_get32(at) | (uint64_t)uxm_get32(at + 4) << 32;
}

void uxm_put_version(uint8_t *at, const struct uxm_version *version)
{
	for (size_t i = 0; i < UXM_VERSION_PARTS; i++)
		uxm_put16(at + 2 * i, version->part[i]);
}

void uxm_get_version(const uint8_t *at, struct uxm_version *version)
{
	for (size_t i = 0; i < UXM_VERSION_PARTS; i++)
		version->part[i] = uxm_get16(at + 2 * i);
}

/* Capital letters and digits, one or more, then zeros to the end. */
bool uxm_get_model(const uint8_t *at, char model[UXM_MODEL_TEXT])
{
	size_t length = 0;

	while (length < UXM_MODEL_TEXT && at[length] != 0) {
		uint8_t c = at[length];

		if ((c < 'A' || c > 'Z') && (c < '0' || c > '9'))
			return false;
		length++;
	}
	if (length == 0 || length == UXM_MODEL_TEXT)
		return false;
	for (size_t i = length; i < UXM_MODEL_TEXT; i++) {
		if (at[i] != 0)
			return false;
	}
	memcpy(model, at, UXM_MODEL_TEXT);
	return true;
}
