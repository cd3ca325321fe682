/*
 * The command line of uxm: what was asked for, checked.
 */
#ifndef TOOLS_UXM_OPTIONS_H
#define TOOLS_UXM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/defaults.h"
#include "fetch/trust.h"
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
	OPTIONS_CHECK,
};

/* A file of the server that the job knows already; NULL where it does not. */
struct options_known {
	const char *url;
	const char *etag;
	const char *last_modified;
};

/* What was asked for, by the command line or by a job (settings.h says which is which). Texts point
 * to where they were read from. */
struct options {
	enum options_verb verb;
	bool json;
	struct usb_id ids[OPTIONS_IDS_MOST];
	size_t id_count;
	const char *source; /* update: URL, file or "-"; with `has_defaults` a name, too */
	const char *name;   /* the image's file name, or NULL */
	uint64_t size;      /* in bytes, 0 where not given */
	int progress_fd;    /* -1 where not given */
	int job_fd;         /* the rest is read from there; -1 where it is not */
	const char *job_url;
	const char *job_file;
	const char *job_upload;      /* the name of what comes from standard input, `size` bytes */
	const char *setting_server;  /* check: the settings file's URL, or NULL */
	const char *firmware_status; /* check: the firmware file's, or NULL */
	bool firmware_status_own;    /* ... which the user chose under "!" */
	struct options_known settings_known;
	struct options_known firmware_known;
	struct fetch_trust trust;
	struct fetch_access access; /* of a job; "" where nothing is given */
	char mac[FETCH_MAC_TEXT];   /* "" where not given */
	const char *defaults_file;  /* where the defaults are to be read from, or NULL */
	bool has_defaults;          /* they have been read: `defaults` */
	struct fetch_defaults defaults;
	bool override;
	bool allow_older;
	bool if_needed;
	bool wait;          /* for the module to be plugged in */
	bool each;          /* one module after another */
	const char *serial; /* of the one module to be updated, or NULL: any */
	bool require_signature;
	bool digest_beside; /* the SHA-256 is in the file beside the image */
	bool has_digest;    /* it was given: `digest` */
	uint8_t digest[32];
	const char *keys[UXM_KEYS_MOST]; /* files */
	size_t key_count;
	uint32_t network_timeout; /* in milliseconds, 0 where not given */
	uint32_t return_timeout;  /* in milliseconds, 0 where not given */
};

/* Nothing was asked for. */
void options_init(struct options *options);

/* Reads the command line. Returns true, or false with *why (UXM_USAGE). */
bool options_read(int count, char **arguments, struct options *options, struct uxm_failure *why);

/*
 * Whether what was asked for fits together, once all of it is known: for "-" a name and a size, a
 * certificate with its key, and so on. Returns true, or false with *why (UXM_USAGE).
 */
bool options_check(const struct options *options, struct uxm_failure *why);

/* The same for `uxm check`: there is a URL, a certificate with its key. */
bool options_check_look(const struct options *options, struct uxm_failure *why);

/* Whether `source` names a file on a server rather than one of this machine. */
bool options_is_remote(const struct options *options);

/* The text of --help. */
const char *options_help(void);

#endif
