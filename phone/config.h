/*
 * What belongs to an installation of uxmd: the command line and the configuration file, in one
 * table. What belongs to the phone's owner is settings.h's.
 */
#ifndef PHONE_CONFIG_H
#define PHONE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "uxm/result.h"

/* The file that is read where --config names no other; it need not be there. */
#define CONFIG_FILE "/etc/uxm/uxmd.conf"

/* The largest configuration file, and the longest value with its final zero, in bytes. */
#define CONFIG_FILE_MOST 65536u
#define CONFIG_TEXT      1024

enum config_id {
	CONFIG_PORT = 0, /* of TCP; 0: any that is free. Initially 80, with a certificate 443 */
	CONFIG_ADDRESS,  /* IPv4 or IPv6, "" for all */
	CONFIG_NAME,     /* the host's name that requests may use beside addresses, "" for none */
	CONFIG_STATE,    /* the folder of the settings file and the journal */
	CONFIG_CERTIFICATE, /* a file (PEM); "" for http */
	CONFIG_KEY,         /* its key's file */
	CONFIG_LED_FOLDER,  /* where the LEDs are */
	CONFIG_PHONE_TYPE,  /* as pages show it */
	CONFIG_PHONE_VERSION,
	CONFIG_MAC,        /* twelve lower-case digits, "" where not known */
	CONFIG_UXM,        /* the path of uxm; initially beside uxmd */
	CONFIG_MODULE_IDS, /* as 1209:0001, with blanks between them; "" leaves it to the setting */
	CONFIG_PHONE_UPDATE, /* the program that updates the phone itself, "" for none */
	CONFIG_SYSLOG,       /* "on": the log goes to syslog, not to standard error */
	CONFIG_VALUES,
};

enum config_verb {
	CONFIG_RUN = 0,
	CONFIG_HELP,    /* --help: config_help is to be shown */
	CONFIG_VERSION, /* --version */
};

struct config {
	enum config_verb verb;
	char text[CONFIG_VALUES][CONFIG_TEXT];
};

/*
 * Reads the command line as main gets it, and the file that it names by --config, else `file`
 * (NULL: none). The command line goes before the file. Returns true with all of *config set; or
 * false with *why, and *config unchanged: UXM_USAGE, one sentence that names the option, or the
 * file and the line, and what may stand there; UXM_INTERNAL without memory.
 */
bool config_read(struct config *config, int count, char **arguments, const char *file,
		 struct uxm_failure *why);

/* The port as a number, 0: any that is free. */
uint16_t config_port(const struct config *config);

/* What --help shows: into `text` of `room` bytes, cut where there is no more; returns `text`. */
const char *config_help(char *text, unsigned room);

#endif
