/* What a Digest says, and what it should. */
#include "phone/digest.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "phone/access.h"

#define USER_MOST 127u
#define HASH      32u
#define HASH_HEX  (2 * HASH + 1)

struct digest {
	char uri[DIGEST_FIELD];
	char nonce[256];
	char count[16];
	char cnonce[256];
	char response[HASH_HEX];
};

bool digest_can_carry(const char *user)
{
	return user[0] != '\0' && strlen(user) <= USER_MOST && strpbrk(user, "\"\\:") == NULL;
}

/* The value of a field, with its quotes taken off. Returns false where it is not there or too
 * long. */
static bool read_field(const char *header, const char *name, char *text, size_t room)
{
	size_t length = strlen(name);
	const char *at = strchr(header, ' ');

	while (at != NULL) {
		at += strspn(at, " \t,");
		if (strncasecmp(at, name, length) == 0 && at[length] == '=') {
			bool quoted = at[length + 1] == '"';
			const char *value = at + length + 1 + (quoted ? 1 : 0);
			size_t size = strcspn(value, quoted ? "\"" : ", \t");

			if (size >= room)
				return false;
			memcpy(text, value, size);
			text[size] = '\0';
			return true;
		}
		/* Over this one, and the quotes in it. */
		at += strcspn(at, ",\"");
		while (*at == '"') {
			at = strchr(at + 1, '"');
			if (at == NULL)
				return false;
			at++;
			at += strcspn(at, ",\"");
		}
		at = *at == ',' ? at : NULL;
	}
	return false;
}

/* SHA-256 of the texts with colons in between, in lower-case hexadecimal digits. */
static bool hash(const char *const *texts, size_t count, char hex[HASH_HEX])
{
	unsigned char bytes[HASH];
	gnutls_hash_hd_t hash;
	bool well = true;

	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			well = well && gnutls_hash(hash, ":", 1) == 0;
		well = well && gnutls_hash(hash, texts[i], strlen(texts[i])) == 0;
	}
	gnutls_hash_deinit(hash, bytes);
	for (size_t i = 0; i < HASH; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned)bytes[i]);
	return well;
}

bool digest_is_right(const char *authorization, const char *method, const char *realm,
		     const char *user, const char *password)
{
	struct digest said;
	char first[HASH_HEX];
	char second[HASH_HEX];
	char right[HASH_HEX];
	const char *who[] = {user, realm, password};
	const char *what[] = {method, said.uri};
	const char *all[] = {first, said.nonce, said.count, said.cnonce, "auth", second};
	bool same;

	if (!read_field(authorization, "uri", said.uri, sizeof(said.uri)) ||
	    !read_field(authorization, "nonce", said.nonce, sizeof(said.nonce)) ||
	    !read_field(authorization, "nc", said.count, sizeof(said.count)) ||
	    !read_field(authorization, "cnonce", said.cnonce, sizeof(said.cnonce)) ||
	    !read_field(authorization, "response", said.response, sizeof(said.response)))
		return false;
	same = hash(who, 3, first) && hash(what, 2, second) && hash(all, 6, right) &&
	       access_same_text(said.response, right);
	explicit_bzero(first, sizeof(first));
	explicit_bzero(right, sizeof(right));
	return same;
}
