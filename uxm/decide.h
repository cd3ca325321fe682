/*
 * May this module have this image? One function, no I/O, every rule a few lines with the sentence
 * that the user reads.
 */
#ifndef UXM_DECIDE_H
#define UXM_DECIDE_H

#include "uxm/signature.h"

/* What is to be installed, and what is allowed. */
struct uxm_offer {
	const struct uxm_name *name; /* model and version by the file's name */
	uint64_t file_size;          /* bytes */
	const uint8_t *head;         /* its first bytes: all of it, or UXM_IMAGE_HEADER_MOST */
	size_t head_length;
	const struct uxm_keys *keys; /* where there is one, a valid signature is required */
	bool override;               /* the two hardware rules may be broken */
	bool allow_older;            /* than what runs */
};

/* What came of it. */
struct uxm_verdict {
	bool has_header;
	struct uxm_image_header header; /* where it has one */
	uint64_t payload_size;          /* bytes */
	bool overridden;                /* a hardware rule was broken, and override let it pass */
	bool older;                     /* than what runs, and allow_older let it pass */
	char note[UXM_SENTENCE];        /* what is to be said of that, or "" */
};

/*
 * Decides. Returns true with *verdict set, or false with *why (UXM_IMAGE_REFUSED), which names the
 * rule that failed, the first one in the order of the README's table.
 */
bool uxm_decide(const struct uxm_offer *offer, const struct uxm_identity *module,
		struct uxm_verdict *verdict, struct uxm_failure *why);

/* Whether the module runs the version that is offered, by the file's name. */
bool uxm_decide_is_there(const struct uxm_name *name, const struct uxm_identity *module);

/* The rules that need no more than the file's name, so that nothing is fetched in vain. As
 * uxm_decide. */
bool uxm_decide_name(const struct uxm_name *name, const struct uxm_identity *module,
		     bool allow_older, struct uxm_failure *why);

#endif
