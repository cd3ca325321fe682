/*
 * What a provisioning file says: the settings file and the firmware file, in XML, and the settings
 * file's older text form. Read where they are fetched (`uxm check`), never by uxmd itself.
 */
#ifndef PHONE_PROVISION_H
#define PHONE_PROVISION_H

#include <stdbool.h>
#include <stddef.h>

#include "phone/settings.h"
#include "uxm/result.h"

/* The largest provisioning file, in bytes (fetch/small.h bounds it before), and how deep its
 * elements may stand in each other. */
#define PROVISION_FILE_MOST 1048576u
#define PROVISION_FILE_DEEP 16

enum provision_kind {
	PROVISION_SETTINGS = 0, /* setting_server names it */
	PROVISION_FIRMWARE,     /* firmware_status names it */
};

/*
 * The findings. In a file from a server `firmware` and `firmware_uxm` are what is offered, wherever
 * they stand, and never values of the settings of these names, which take a URL only when it runs.
 * URLs are as they were written, "{mac}" in them: that is replaced in one place, where a URL is
 * asked for (uxm/mac.h), so an offer and `firmware_uxm` are compared as written.
 */
struct provision {
	struct {
		bool named;  /* the file has it, the last one of that name counts */
		char *value; /* "": an empty tag. NULL: not named */
		enum phone_perm perm;
	} of[PHONE_SETTINGS];
	size_t unknown;  /* elements that stand as settings do, of names that uxmd does not know */
	size_t kept_out; /* settings that such a file does not set: this machine's alone
			  * (PHONE_REACH_MACHINE), and in a firmware file, or in
			  * <firmware-settings>, all but `firmware` and `firmware_uxm` */
	size_t ampersands; /* bare "&", read as meant */
	bool empty;        /* nothing but white space: "nothing to do" */
};

/*
 * Reads a file's text, XML or (settings only) the older text form, which begins with <html><pre>.
 *
 * XML: <settings><phone-settings>..., <firmware-settings>..., the latter inside <settings> too, or
 * its tags straight in <phone-settings>; perm may be missing. An "&" that begins neither one of the
 * five predefined entities nor a reference to a character is read as one, and counted. No doctype,
 * hence no other entities. UTF-8, UTF-16, ISO-8859-1 and US-ASCII, as XML declares them.
 *
 * Text form: lines `name<flag>: value`; lines that begin with "#" or "<" are comments; <flag> is
 * what `perm` is. UTF-8 or UTF-16.
 *
 * Values are without the white space around them, but for passwords (in the text form these begin
 * behind the colon and one blank), and judged as phone_settings_provision does. An empty one asks
 * for nothing where the setting cannot be empty (a number, a choice, a switch): it counts as not
 * named.
 *
 * Returns true with *provision set, to be released by provision_release; or false with nothing set
 * and *why, a sentence without its beginning: UXM_FETCH_FAILED, which names the line and the
 * column (not well-formed, too deep, neither of the two files, marks of a merge conflict, a value
 * that the table does not allow); UXM_INTERNAL without memory.
 */
bool provision_read(struct provision *provision, enum provision_kind kind, const char *text,
		    size_t length, struct uxm_failure *why);

/* As if the file did not name this one. */
void provision_keep_out(struct provision *provision, enum phone_id id);

/* Frees the values. Harmless on what was never set, if it is zero. */
void provision_release(struct provision *provision);

#endif
