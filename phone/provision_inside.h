/*
 * What the two forms of a provisioning file share: taking one setting.
 */
#ifndef PHONE_PROVISION_INSIDE_H
#define PHONE_PROVISION_INSIDE_H

#include "phone/provision.h"

struct provision_taker {
	struct provision *made;
	struct phone_settings *judge; /* values are tried on it */
};

/* Whether this is a setting that such a file sets; else it is counted. `firmware`: where only
 * `firmware` and `firmware_uxm` count. *id is set with true. */
bool provision_wants(struct provision_taker *taker, const char *name, bool firmware,
		     enum phone_id *id);

/* Takes one that is wanted, of so many bytes without a zero among them. False with *why:
 * UXM_FETCH_FAILED (the table does not allow it), UXM_INTERNAL. */
bool provision_take(struct provision_taker *taker, enum phone_id id, enum phone_perm perm,
		    const char *value, size_t length, struct uxm_failure *why);

/* A file's text, without the byte order mark. */
struct provision_text {
	const char *bytes;
	size_t length;
	const char *encoding; /* "UTF-8" whatever it declares, or NULL */
	char *owned;          /* NULL where `bytes` are those of the file */
};

/* UTF-16 becomes UTF-8. False with *why: UXM_FETCH_FAILED (it is not UTF-16, though it begins so),
 * UXM_INTERNAL. */
bool provision_decode(const char *file, size_t length, struct provision_text *text,
		      struct uxm_failure *why);
void provision_text_release(struct provision_text *text);

/* Reads either form into the taker. False with *why, and *offset, the byte where that is. */
bool provision_read_xml(struct provision_taker *taker, enum provision_kind kind,
			const struct provision_text *text, size_t *offset, struct uxm_failure *why);
bool provision_read_lines(struct provision_taker *taker, const char *text, size_t length,
			  size_t *offset, struct uxm_failure *why);

#endif
