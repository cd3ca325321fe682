/* Repr-Digest and Content-Digest into the one digest that is of use. Every byte comes from the
 * network. */
#include "fetch/digest.h"

#include <string.h>

/* The rest of a value. */
struct rest {
	const char *at;
	size_t length;
};

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_among(char c, const char *characters)
{
	return c != '\0' && strchr(characters, c) != NULL;
}

/* The value of a base64 digit (RFC 4648, section 4), or -1. */
static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (is_lower(c))
		return c - 'a' + 26;
	if (is_digit(c))
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static bool starts_with(const struct rest *rest, char c)
{
	return rest->length > 0 && rest->at[0] == c;
}

static void skip(struct rest *rest, size_t length)
{
	rest->at += length;
	rest->length -= length;
}

static bool take(struct rest *rest, char c)
{
	if (!starts_with(rest, c))
		return false;
	skip(rest, 1);
	return true;
}

/* Blanks between members (section 4.2.2). */
static void skip_blanks(struct rest *rest)
{
	while (starts_with(rest, ' ') || starts_with(rest, '\t'))
		skip(rest, 1);
}

/* Section 4.2.3.3. */
static bool take_key(struct rest *rest, struct rest *key)
{
	*key = (struct rest){.at = rest->at};
	if (rest->length == 0 || (!is_lower(rest->at[0]) && rest->at[0] != '*'))
		return false;
	while (rest->length > 0 &&
	       (is_lower(rest->at[0]) || is_digit(rest->at[0]) || is_among(rest->at[0], "_-.*"))) {
		skip(rest, 1);
		key->length++;
	}
	return true;
}

/* A byte sequence (section 4.2.7); `base64` is what stands between its colons. */
static bool take_bytes(struct rest *rest, struct rest *base64)
{
	if (!take(rest, ':'))
		return false;
	*base64 = (struct rest){.at = rest->at};
	while (rest->length > 0 && (base64_value(rest->at[0]) >= 0 || rest->at[0] == '=')) {
		skip(rest, 1);
		base64->length++;
	}
	return take(rest, ':');
}

/* Section 4.2.5: between quotes, with '\' before a quote or itself. */
static bool take_string(struct rest *rest)
{
	if (!take(rest, '"'))
		return false;
	while (rest->length > 0 && rest->at[0] != '"') {
		bool escaped = take(rest, '\\');

		if (rest->length == 0 || (escaped && rest->at[0] != '"' && rest->at[0] != '\\'))
			return false;
		skip(rest, 1);
	}
	return take(rest, '"');
}

/* Any item of no interest; numbers, tokens and booleans are told apart by nobody here. */
static bool take_item(struct rest *rest)
{
	struct rest ignored;
	size_t length = rest->length;

	if (starts_with(rest, ':'))
		return take_bytes(rest, &ignored);
	if (starts_with(rest, '"'))
		return take_string(rest);
	while (rest->length > 0 &&
	       (base64_value(rest->at[0]) >= 0 || is_among(rest->at[0], "?-.*!#$%&'^_`|~:")))
		skip(rest, 1);
	return rest->length < length;
}

/* Section 4.2.3.2: the digest fields know none, so they say nothing. */
static bool take_parameters(struct rest *rest)
{
	struct rest ignored;

	while (take(rest, ';')) {
		while (take(rest, ' '))
			;
		if (!take_key(rest, &ignored) || (take(rest, '=') && !take_item(rest)))
			return false;
	}
	return true;
}

/* 32 bytes are 43 digits and one '=', which may be missing (section 4.2.7). */
static bool decode(const struct rest *base64, uint8_t bytes[FETCH_DIGEST_SIZE])
{
	size_t digits = (FETCH_DIGEST_SIZE * 8 + 5) / 6;
	uint32_t held = 0;
	unsigned bits = 0;
	size_t made = 0;

	if (base64->length != digits && (base64->length != digits + 1 || base64->at[digits] != '='))
		return false;
	for (size_t i = 0; i < digits; i++) {
		int value = base64_value(base64->at[i]);

		if (value < 0)
			return false;
		held = held << 6 | (uint32_t)value;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[made++] = (uint8_t)(held >> bits & 0xFF);
		}
	}
	return true;
}

static bool take_member(struct rest *rest, struct fetch_digest *read)
{
	static const char name[] = "sha-256";
	struct rest base64;
	struct rest key;

	if (!take_key(rest, &key))
		return false;
	if (key.length == sizeof(name) - 1 && memcmp(key.at, name, key.length) == 0) {
		if (!take(rest, '=') || !take_bytes(rest, &base64) || !decode(&base64, read->bytes))
			return false;
		read->named = true;
	} else if (take(rest, '=') && !take_item(rest)) {
		return false;
	}
	return take_parameters(rest);
}

/* Section 4.2.2. */
static bool take_dictionary(struct rest rest, struct fetch_digest *read)
{
	skip_blanks(&rest);
	while (rest.length > 0) {
		if (!take_member(&rest, read))
			return false;
		skip_blanks(&rest);
		if (rest.length == 0)
			return true;
		if (!take(&rest, ','))
			return false;
		skip_blanks(&rest);
		/* A comma promises another member. */
		if (rest.length == 0)
			return false;
	}
	return true;
}

void fetch_digest_line(struct fetch_digest *digest, const char *value, size_t length)
{
	struct fetch_digest read = *digest;

	if (!take_dictionary((struct rest){.at = value, .length = length}, &read)) {
		digest->bad = true;
		return;
	}
	*digest = read;
}

bool fetch_digest_said(const struct fetch_digest *representation,
		       const struct fetch_digest *content, uint8_t bytes[FETCH_DIGEST_SIZE])
{
	bool by_representation = representation->named && !representation->bad;
	bool by_content = content->named && !content->bad;

	if (by_representation && by_content &&
	    memcmp(representation->bytes, content->bytes, FETCH_DIGEST_SIZE) != 0)
		return false;
	if (by_representation) {
		memcpy(bytes, representation->bytes, FETCH_DIGEST_SIZE);
	} else if (by_content) {
		memcpy(bytes, content->bytes, FETCH_DIGEST_SIZE);
	}
	return by_representation || by_content;
}

bool fetch_digest_unusable(const struct fetch_digest *representation,
			   const struct fetch_digest *content)
{
	uint8_t ignored[FETCH_DIGEST_SIZE];
	bool tried = representation->named || representation->bad || content->named || content->bad;

	return tried && !fetch_digest_said(representation, content, ignored);
}
