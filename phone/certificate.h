/*
 * The certificate of the pages and its private key, as texts.
 */
#ifndef PHONE_CERTIFICATE_H
#define PHONE_CERTIFICATE_H

#include <stdbool.h>

#include "uxm/result.h"

/* The largest certificate (with its chain), or key, in bytes. */
#define CERTIFICATE_MOST 262144u

/* Zeroed before the first use. */
struct certificate {
	char *chain; /* PEM */
	char *key;   /* PEM */
};

/* Reads both files. True with both to be forgotten; or false with *why (UXM_USAGE): one of them is
 * not there, or cannot be read. Whether they are PEM is found out where they are used. */
bool certificate_read(struct certificate *certificate, const char *chain, const char *key,
		      struct uxm_failure *why);

/* Overwrites and frees them. Harmless on what was not read. */
void certificate_forget(struct certificate *certificate);

#endif
