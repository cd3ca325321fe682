/*
 * The command line of uxm image: what was asked for, checked.
 */
#ifndef TOOLS_UXM_IMAGE_OPTIONS_H
#define TOOLS_UXM_IMAGE_OPTIONS_H

#include "uxm/signature.h"

enum image_verb {
	IMAGE_HELP,
	IMAGE_CREATE,
	IMAGE_SHOW,
	IMAGE_VERIFY,
	IMAGE_SIGN,
};

struct image_options {
	enum image_verb verb;
	const char *file;                /* the image; create: the payload */
	const char *model;               /* create: one that file names are known for */
	struct uxm_version version;      /* create */
	uint16_t lowest_hardware;        /* create */
	uint16_t highest_hardware;       /* create: not less than the lowest */
	struct uxm_version oldest_over;  /* create: zeros where not given */
	const char *keys[UXM_KEYS_MOST]; /* --key; create and sign: at most one */
	size_t key_count;
	const char *output;     /* -o, or NULL */
	bool force;             /* create, sign: replace what is there */
	bool json;              /* show */
	bool require_signature; /* verify */
};

/*
 * Reads the command line, of which arguments[1] is "image". Returns true, or false with *why
 * (UXM_USAGE); *options is of use only with true.
 */
bool image_options_read(int count, char **arguments, struct image_options *options,
			struct uxm_failure *why);

/* The text of uxm image --help. */
const char *image_options_help(void);

#endif
