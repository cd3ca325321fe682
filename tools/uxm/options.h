/*
 * The command line of uxm: what was asked for, checked.
 */
#ifndef TOOLS_UXM_OPTIONS_H
#define TOOLS_UXM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "usb/usb.h"
#include "uxm/result.h"
#include "uxm/signature.h"

/* Ids that one command line may add. */
#define OPTIONS_IDS_MOST 32

enum options_verb {
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_LIST,
	OPTIONS_UPDATE,
};

struct options {
	enum options_verb verb;
	bool json;
	struct usb_id ids[OPTIONS_IDS_MOST];
	size_t id_count;
	const char *source;     /* update: URL, file or "-" */
	const char *name;       /* --name, or NULL */
	uint64_t size;          /* --size in bytes, 0 where not given */
	int progress_fd;        /* --progress-fd, -1 where not given */
	const char *ca_file;    /* --ca-file, or NULL */
	bool override;          /* --override */
	bool allow_older;       /* --allow-older */
	bool if_needed;         /* --if-needed */
	bool require_signature; /* --require-signature */
	bool digest_beside;     /* --sha256-beside */
	bool has_digest;        /* --sha256 was given: `digest` */
	uint8_t digest[32];
	const char *keys[UXM_KEYS_MOST]; /* --key, files */
	size_t key_count;
	uint32_t network_timeout; /* --network-timeout in milliseconds, 0 where not given */
	uint32_t return_timeout;  /* --return-timeout in milliseconds, 0 where not given */
};

/* Reads the command line. Returns true, or false with *why (UXM_USAGE). */
bool options_read(int count, char **arguments, struct options *options, struct uxm_failure *why);

/* The text of --help. */
const char *options_help(void);

#endif
