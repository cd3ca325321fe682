/*
 * Showing what a look at the server found: sentences for people, JSON lines for programs, and all
 * of it, passwords too, for uxmd alone.
 */
#ifndef TOOLS_UXM_CHECK_SHOW_H
#define TOOLS_UXM_CHECK_SHOW_H

#include <stdint.h>

#include "fetch/transfer.h"
#include "phone/look.h"

enum check_form {
	CHECK_LINES = 0, /* for people */
	CHECK_JSON,      /* for programs: secrets are left out, and of URLs what may hold one */
	CHECK_JOB,       /* for uxmd (phone/look.h): everything */
};

/* One file, and what it says if it came. */
struct check_file {
	enum provision_kind kind;
	enum look_file what;
	const char *url; /* as it was given, "{mac}" in it; "" with LOOK_NOT_ASKED */
	const struct fetch_validators *validators;
	const struct provision *found;
	/* What was kept out because it cannot be asked for, by enum provision_kind of the file that
	 * it names: a sentence for each, or none. */
	struct uxm_failure wrong[2];
};

/* What a file is called in sentences, as in "settings file". */
const char *check_file_name(enum provision_kind kind);

/* Shows a file, its settings, and what is remarkable about it. Returns true, or false with *why
 * (UXM_FETCH_FAILED): a value is longer than a line for uxmd may be; nothing of it is shown. */
bool check_show_file(enum check_form form, const struct check_file *file, struct uxm_failure *why);

/* The end; for people a failure is left to the caller. `retry_after` is in seconds, 0 for none. */
void check_show_result(enum check_form form, const struct uxm_failure *why, uint32_t retry_after);

#endif
