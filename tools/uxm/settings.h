/*
 * The table of all that can be set, by an option of the command line, by a key of a job, or by
 * both; and how each value is read. Nothing is set in any other way.
 */
#ifndef TOOLS_UXM_SETTINGS_H
#define TOOLS_UXM_SETTINGS_H

#include "options.h"

/* What the value is: on the command line always a text, in a job of the type in brackets. */
enum setting_form {
	SETTING_FLAG,   /* none (true or false) */
	SETTING_TEXT,   /* (a text) */
	SETTING_TEXTS,  /* may be given more than once (an array of texts) */
	SETTING_NUMBER, /* (a whole number) */
	SETTING_OBJECT, /* a file that holds an object (the object itself) */
	SETTING_UPLOAD, /* none (an object of a name and a size) */
	SETTING_KNOWN,  /* none (an object of url, etag and last_modified, texts) */
};

/* The commands that have a setting. */
#define SETTING_OF_UPDATE 1u
#define SETTING_OF_LIST   2u
#define SETTING_OF_CHECK  4u

struct setting {
	const char *option; /* as in "ca-file"; NULL: not on the command line */
	const char *key;    /* as in "ca_file"; NULL: not in a job */
	enum setting_form form;
	unsigned of; /* SETTING_OF_..., of more than one; 0: of update alone */
	/* In struct options: a bool (FLAG), struct options_known (KNOWN), else a text where `read`
	 * is NULL. */
	size_t place;
	/* Reads the value. `label` is what a sentence calls the setting. Returns true, or false
	 * with *why (UXM_USAGE). */
	bool (*read)(struct options *options, const char *label, const char *text,
		     struct uxm_failure *why);
};

/* The settings by their number from 0 on; NULL behind the last one. */
const struct setting *setting_at(size_t number);

/* Whether the command has it. */
bool setting_is_of(const struct setting *setting, enum options_verb verb);

/* The setting that a job of this command calls `key`, or NULL. */
const struct setting *setting_of_key(enum options_verb verb, const char *key);

/*
 * Sets one that is not a flag from its value. `label` is what a sentence calls it, as in "--mac".
 * Returns true, or false with *why (UXM_USAGE), which names the label, and the value only where
 * that cannot be a secret. The text is not copied.
 */
bool setting_take(const struct setting *setting, struct options *options, const char *label,
		  const char *text, struct uxm_failure *why);

/* Where a SETTING_KNOWN is. */
struct options_known *setting_known(const struct setting *setting, struct options *options);

/* Sets a flag. */
void setting_flag(const struct setting *setting, struct options *options, bool on);

#endif
