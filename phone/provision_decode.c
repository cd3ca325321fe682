/* The encoding of provisioning files: UTF-16 becomes UTF-8; of all others XML says which it is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "phone/provision_inside.h"

#define MARK_UTF8  "\xEF\xBB\xBF"
#define MARK_UTF16 0xFEFFu
/* Bytes of UTF-8 that one unit of UTF-16 becomes at most (two units become four). */
#define UNIT_MOST  3

/* RFC 2781, section 2.1. */
#define HIGH_FIRST 0xD800u
#define LOW_FIRST  0xDC00u
#define LOW_LAST   0xDFFFu
#define PLANE      0x10000u

enum order { NOT_UTF16 = 0, BIG_END, LITTLE_END };

/* By the mark (RFC 2781, section 3.2), or by "<" or a line end, with which all such files begin
 * (XML 1.0, appendix F). */
static enum order order_of(const unsigned char *bytes, size_t length)
{
	if (length < 2)
		return NOT_UTF16;
	if (bytes[0] == 0xFE && bytes[1] == 0xFF)
		return BIG_END;
	if (bytes[0] == 0xFF && bytes[1] == 0xFE)
		return LITTLE_END;
	if (bytes[0] == '\0' && bytes[1] == '<')
		return BIG_END;
	return bytes[0] == '<' && bytes[1] == '\0' ? LITTLE_END : NOT_UTF16;
}

static uint32_t unit(const unsigned char *at, enum order order)
{
	return order == BIG_END ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

static char *put(char *to, uint32_t character)
{
	if (character < 0x80) {
		*to++ = (char)character;
		return to;
	}
	if (character < 0x800) {
		*to++ = (char)(0xC0 | character >> 6);
	} else {
		if (character < PLANE) {
			*to++ = (char)(0xE0 | character >> 12);
		} else {
			*to++ = (char)(0xF0 | character >> 18);
			*to++ = (char)(0x80 | (character >> 12 & 0x3F));
		}
		*to++ = (char)(0x80 | (character >> 6 & 0x3F));
	}
	*to++ = (char)(0x80 | (character & 0x3F));
	return to;
}

/* Writes UTF-8 to `to` and returns its end, NULL for what is no UTF-16. */
static char *decode(const unsigned char *bytes, size_t length, enum order order, char *to)
{
	size_t mark = unit(bytes, order) == MARK_UTF16 ? 2 : 0;

	if (length % 2 != 0)
		return NULL;
	for (size_t i = mark; i < length; i += 2) {
		uint32_t character = unit(bytes + i, order);

		if (character >= HIGH_FIRST && character <= LOW_LAST) {
			uint32_t low = i + 4 <= length ? unit(bytes + i + 2, order) : 0;

			if (character >= LOW_FIRST || low < LOW_FIRST || low > LOW_LAST)
				return NULL;
			character = PLANE + ((character - HIGH_FIRST) << 10) + (low - LOW_FIRST);
			i += 2;
		}
		to = put(to, character);
	}
	return to;
}

bool provision_decode(const char *file, size_t length, struct provision_text *text,
		      struct uxm_failure *why)
{
	const unsigned char *bytes = (const unsigned char *)file;
	enum order order = order_of(bytes, length);
	char *made = NULL;
	char *end;

	if (order == NOT_UTF16) {
		size_t mark = length >= sizeof(MARK_UTF8) - 1 &&
					      memcmp(file, MARK_UTF8, sizeof(MARK_UTF8) - 1) == 0
				      ? sizeof(MARK_UTF8) - 1
				      : 0;

		*text = (struct provision_text){.bytes = file + mark, .length = length - mark};
		return true;
	}
	made = malloc(length / 2 * UNIT_MOST + 1);
	if (made == NULL) {
		uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
		return false;
	}
	end = decode(bytes, length, order, made);
	if (end == NULL) {
		uxm_fail(why, UXM_FETCH_FAILED, "it begins as UTF-16 does, and is none.");
		free(made);
		return false;
	}
	*text = (struct provision_text){
		.bytes = made,
		.length = (size_t)(end - made),
		.encoding = "UTF-8",
		.owned = made,
	};
	return true;
}

void provision_text_release(struct provision_text *text)
{
	/* It may hold a password. */
	if (text->owned != NULL)
		explicit_bzero(text->owned, text->length);
	free(text->owned);
}
