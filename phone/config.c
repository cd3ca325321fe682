/* The command line and the configuration file. */
#include "phone/config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phone/led.h"
#include "phone/text.h"
#include "phone/whole_file.h"
#include "uxm/version.h"

enum kind {
	KIND_TEXT = 0,
	KIND_PORT,
	KIND_ADDRESS,
	KIND_NAME,
	KIND_PATH,
	KIND_VERSION,
	KIND_MAC,
	KIND_IDS,
	KIND_SWITCH,
};

/* An option is --NAME VALUE, a line of the file NAME = VALUE. */
static const struct row {
	const char *name;
	enum kind kind;
	const char *initial;
	const char *value; /* as the help calls it */
	const char *help;
} rows[CONFIG_VALUES] = {
	[CONFIG_PORT] = {"port", KIND_PORT, "", "N",
			 "serve the pages here (80; https: 443; 0: any)"},
	[CONFIG_ADDRESS] = {"address", KIND_ADDRESS, "", "ADDRESS", "serve on this address alone"},
	[CONFIG_NAME] = {"name", KIND_NAME, "", "HOST", "the host's name, beside its addresses"},
	[CONFIG_STATE] = {"state", KIND_PATH, "/var/lib/uxmd", "FOLDER",
			  "settings and journal (/var/lib/uxmd)"},
	[CONFIG_CERTIFICATE] = {"certificate", KIND_PATH, "", "FILE", "serve https (PEM)"},
	[CONFIG_KEY] = {"key", KIND_PATH, "", "FILE", "the certificate's private key (PEM)"},
	[CONFIG_LED_FOLDER] = {"led-folder", KIND_PATH, LED_FOLDER, "FOLDER",
			       "where LEDs are (" LED_FOLDER ")"},
	[CONFIG_PHONE_TYPE] = {"phone-type", KIND_TEXT, "", "TEXT", "the phone's type"},
	[CONFIG_PHONE_VERSION] = {"phone-version", KIND_VERSION, "", "VERSION",
				  "the phone's firmware, as in 10.1.64.14"},
	[CONFIG_MAC] = {"mac", KIND_MAC, "", "MAC", "the phone's MAC, {mac} in URLs"},
	[CONFIG_UXM] = {"uxm", KIND_PATH, "", "FILE", "the program uxm (the one beside uxmd)"},
	[CONFIG_MODULE_IDS] = {"module-ids", KIND_IDS, "", "IDS",
			       "devices with these ids are modules too, as '1209:0001 1209:0002'"},
	[CONFIG_PHONE_UPDATE] = {"phone-update", KIND_PATH, "", "FILE",
				 "what updates the phone itself to UXM_FIRMWARE"},
	[CONFIG_SYSLOG] = {"syslog", KIND_SWITCH, "off", "on|off", "log to syslog"},
};

/* What may stand there, for a sentence. */
static const char *const wanted[] = {
	[KIND_TEXT] = "a text without control characters",
	[KIND_PORT] = "a number from 0 to 65535",
	[KIND_ADDRESS] = "an IPv4 or IPv6 address",
	[KIND_NAME] = "a host's name: letters, digits, '-' and '.'",
	[KIND_PATH] = "a path that begins with '/'",
	[KIND_VERSION] = "a version as 10.1.64.14",
	[KIND_MAC] = "twelve hexadecimal digits, as 000413aabbcc or 00:04:13:aa:bb:cc",
	[KIND_IDS] = "ids as 1209:0001, with blanks between them",
	[KIND_SWITCH] = "on or off",
};

static bool is_port(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 5 && strspn(text, "0123456789") == length &&
	       strtoul(text, NULL, 10) <= UINT16_MAX;
}

static bool is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* RFC 1123, section 2.1: 255 characters at most. */
static bool is_name(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '.')
			return false;
	}
	return length >= 1 && length <= 255 && text[0] != '.' && text[0] != '-';
}

static bool is_ids(const char *text)
{
	size_t count = 0;

	while (*text != '\0') {
		for (size_t i = 0; i < 9; i++) {
			if (i == 4 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
				return false;
		}
		text += 9;
		count++;
		if (*text != '\0' && *text != ' ')
			return false;
		text += strspn(text, " ");
	}
	return count > 0;
}

/* Twelve digits, or six pairs with ':' or '-' between them, into twelve lower-case digits. */
static bool take_mac(const char *text, char mac[13])
{
	char mark = text[0] != '\0' && text[1] != '\0' && !isxdigit((unsigned char)text[2])
			    ? text[2]
			    : '\0';
	size_t count = 0;

	if (mark != '\0' && mark != ':' && mark != '-')
		return false;
	while (count < 12) {
		if (mark != '\0' && count > 0 && count % 2 == 0 && *text++ != mark)
			return false;
		if (!isxdigit((unsigned char)*text))
			return false;
		mac[count++] = (char)tolower((unsigned char)*text++);
	}
	mac[count] = '\0';
	return *text == '\0';
}

static bool is_right(enum kind kind, const char *text)
{
	struct uxm_version version;
	char mac[13];

	switch (kind) {
	case KIND_TEXT:
		return true;
	case KIND_PORT:
		return is_port(text);
	case KIND_ADDRESS:
		return is_address(text);
	case KIND_NAME:
		return is_name(text);
	case KIND_PATH:
		return text[0] == '/';
	case KIND_VERSION:
		return uxm_version_parse(text, strlen(text), &version);
	case KIND_MAC:
		return take_mac(text, mac);
	case KIND_IDS:
		return is_ids(text);
	case KIND_SWITCH:
		return strcmp(text, "on") == 0 || strcmp(text, "off") == 0;
	}
	return false;
}

static bool take(struct config *config, enum config_id id, const char *text)
{
	if (strlen(text) >= CONFIG_TEXT || !text_is_clean(text) || !is_right(rows[id].kind, text))
		return false;
	if (rows[id].kind == KIND_MAC)
		return take_mac(text, config->text[id]);
	memcpy(config->text[id], text, strlen(text) + 1);
	return true;
}

static bool find(const char *name, enum config_id *id)
{
	for (size_t i = 0; i < CONFIG_VALUES; i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*id = (enum config_id)i;
			return true;
		}
	}
	return false;
}

/* `given` are the options' values by id, `file` that of --config; NULL where there was none. */
struct given {
	const char *of[CONFIG_VALUES];
	const char *file;
};

/* --NAME VALUE or --NAME=VALUE, at arguments[*at], which is moved on by what was used. */
static bool read_option(int count, char **arguments, int *at, struct given *given,
			struct uxm_failure *why)
{
	const char *option = arguments[(*at)++];
	const char *equals = strchr(option, '=');
	size_t length = equals != NULL ? (size_t)(equals - option) : strlen(option);
	char name[32] = "";
	enum config_id id = CONFIG_VALUES;
	const char *value;

	if (strncmp(option, "--", 2) == 0 && length > 2 && length - 2 < sizeof(name))
		memcpy(name, option + 2, length - 2);
	if (strcmp(name, "config") != 0 && !find(name, &id)) {
		uxm_fail(why, UXM_USAGE, "uxmd has no option %.*s; see 'uxmd --help'.",
			 (int)(length < 64 ? length : 64), option);
		return false;
	}
	value = equals != NULL ? equals + 1 : *at < count ? arguments[(*at)++] : NULL;
	if (value == NULL) {
		uxm_fail(why, UXM_USAGE, "--%s needs a value; see 'uxmd --help'.", name);
		return false;
	}
	if (id < CONFIG_VALUES)
		given->of[id] = value;
	else
		given->file = value;
	return true;
}

/* One line of the file, without its end. */
static bool read_line(struct config *config, char *line, const char *file, unsigned number,
		      struct uxm_failure *why)
{
	char *end = line + strlen(line);
	char *equals;
	char *value;
	enum config_id id;

	while (end > line && strchr(" \t\r", end[-1]) != NULL)
		*--end = '\0';
	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return true;
	equals = strchr(line, '=');
	if (equals == NULL) {
		uxm_fail(why, UXM_USAGE, "Line %u of %s is none: it must read 'name = value'.",
			 number, file);
		return false;
	}
	value = equals + 1 + strspn(equals + 1, " \t");
	while (equals > line && strchr(" \t", equals[-1]) != NULL)
		equals--;
	*equals = '\0';
	if (!find(line, &id)) {
		uxm_fail(why, UXM_USAGE,
			 "Line %u of %s names '%s', which uxmd does not know; see "
			 "'uxmd --help' for the names.",
			 number, file, line);
		return false;
	}
	if (*value == '\0' || !take(config, id, value)) {
		uxm_fail(why, UXM_USAGE, "Line %u of %s: '%s' is not what %s takes: %s.", number,
			 file, value, rows[id].name, wanted[rows[id].kind]);
		return false;
	}
	return true;
}

/* `must` be there. */
static bool read_file(struct config *config, const char *file, bool must, struct uxm_failure *why)
{
	char *text = NULL;
	size_t length = 0;
	unsigned number = 0;
	bool fine = true;

	switch (whole_file_read(file, CONFIG_FILE_MOST, &text, &length, why)) {
	case WHOLE_FILE_NONE:
		if (must)
			uxm_fail(why, UXM_USAGE, "There is no configuration file %s.", file);
		return !must;
	case WHOLE_FILE_FAILED:
		why->result = UXM_USAGE;
		return false;
	case WHOLE_FILE_READ:
		break;
	}
	if (strlen(text) != length) {
		uxm_fail(why, UXM_USAGE, "%s is no text: it holds a zero.", file);
		fine = false;
	}
	for (char *line = text; fine && line != NULL;) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end = '\0';
		fine = read_line(config, line, file, ++number, why);
		line = end != NULL ? end + 1 : NULL;
	}
	free(text);
	return fine;
}

/* What depends on other values, or on where uxmd is. */
static bool finish(struct config *config, struct uxm_failure *why)
{
	bool https = config->text[CONFIG_CERTIFICATE][0] != '\0';
	char own[CONFIG_TEXT];
	ssize_t length;
	char *slash;

	if (https != (config->text[CONFIG_KEY][0] != '\0')) {
		uxm_fail(why, UXM_USAGE,
			 "A certificate and its key go together: name both, by "
			 "certificate and key.");
		return false;
	}
	if (config->text[CONFIG_PORT][0] == '\0')
		snprintf(config->text[CONFIG_PORT], CONFIG_TEXT, "%s", https ? "443" : "80");
	if (config->text[CONFIG_UXM][0] != '\0')
		return true;
	length = readlink("/proc/self/exe", own, sizeof(own) - sizeof("uxm"));
	own[length > 0 ? length : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash == NULL) {
		uxm_fail(why, UXM_USAGE, "It is not known where uxm is: name it by --uxm.");
		return false;
	}
	memcpy(slash + 1, "uxm", sizeof("uxm"));
	memcpy(config->text[CONFIG_UXM], own, strlen(own) + 1);
	return true;
}

bool config_read(struct config *config, int count, char **arguments, const char *file,
		 struct uxm_failure *why)
{
	struct config made = {.verb = CONFIG_RUN};
	struct given given = {.file = NULL};

	for (int at = 1; at < count;) {
		if (strcmp(arguments[at], "--help") == 0 || strcmp(arguments[at], "-h") == 0)
			made.verb = CONFIG_HELP;
		else if (strcmp(arguments[at], "--version") == 0)
			made.verb = CONFIG_VERSION;
		else if (!read_option(count, arguments, &at, &given, why))
			return false;
		else
			continue;
		*config = made;
		return true;
	}
	for (size_t i = 0; i < CONFIG_VALUES; i++)
		memcpy(made.text[i], rows[i].initial, strlen(rows[i].initial) + 1);
	if (given.file != NULL)
		file = given.file;
	if (file != NULL && !read_file(&made, file, given.file != NULL, why))
		return false;
	for (size_t i = 0; i < CONFIG_VALUES; i++) {
		if (given.of[i] == NULL || take(&made, (enum config_id)i, given.of[i]))
			continue;
		uxm_fail(why, UXM_USAGE, "'%s' is not what --%s takes: %s.", given.of[i],
			 rows[i].name, wanted[rows[i].kind]);
		return false;
	}
	if (!finish(&made, why))
		return false;
	*config = made;
	return true;
}

uint16_t config_port(const struct config *config)
{
	return (uint16_t)strtoul(config->text[CONFIG_PORT], NULL, 10);
}

const char *config_help(char *text, unsigned room)
{
	size_t length = (size_t)snprintf(
		text, room,
		"usage: uxmd [--NAME VALUE]...\n\n"
		"The phone's pages, and updates of its USB expansion module.\n\n"
		"  --config FILE             read this file, of lines NAME = VALUE\n"
		"                            (" CONFIG_FILE ")\n");

	for (size_t i = 0; i < CONFIG_VALUES && length < room; i++) {
		char left[40];

		snprintf(left, sizeof(left), "--%s %s", rows[i].name, rows[i].value);
		length += (size_t)snprintf(text + length, room - length, "  %-25s %s\n", left,
					   rows[i].help);
	}
	if (length < room)
		snprintf(text + length, room - length,
			 "\nA FILE or FOLDER begins with '/'; only --config's need not.\n");
	return text;
}
