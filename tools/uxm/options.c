/* The command line. */
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

/* The longest time that may be asked for, in seconds: an hour. */
#define TIMEOUT_MOST 3600u

const char *options_help(void)
{
	return "uxm: updates the USB expansion module of a desk phone\n"
	       "\n"
	       "uxm list [--json]                  the modules present\n"
	       "uxm update URL|FILE|- [OPTION...]  updates the one module present\n"
	       "uxm image --help                   makes, shows, verifies and signs image files\n"
	       "uxm --help | --version\n"
	       "\n"
	       "Of both:\n"
	       "  --json               JSON lines on standard output\n"
	       "  --module-id VID:PID  devices with these ids are modules too (hexadecimal; may\n"
	       "                       be repeated)\n"
	       "Of update:\n"
	       "  --name FILE          the image's file name, where the source does not say it\n"
	       "  --size N             its length in bytes, for standard input (-)\n"
	       "  --override           let an image for other hardware pass\n"
	       "  --allow-older        let an image pass that is older than what the module runs\n"
	       "  --if-needed          do nothing when the module runs this version already\n"
	       "  --key FILE           a key (PEM): only an image with a valid signature passes; "
	       "may\n"
	       "                       be repeated. So do those of /etc/uxm/keys.d/*.pem\n"
	       "  --require-signature  refuse to work without any key\n"
	       "  --sha256 HEX         what a file without a header must have\n"
	       "  --sha256-beside      the same, out of the file of that name with .sha256 "
	       "appended\n"
	       "  --progress-fd N      JSON lines on descriptor N\n"
	       "  --ca-file FILE       certificates (PEM) of the authorities to trust for https\n"
	       "  --network-timeout S  give up when the server sends less than 64 KiB in S "
	       "seconds\n"
	       "                       of waiting for it (60)\n"
	       "  --return-timeout S   how long to wait for the module after its reboot (60)\n"
	       "\n"
	       "The file name must be snomD7C-<version>-r.bin, snomD8C-<version>-r.bin or\n"
	       "snomUXM-<version>.bin.\n"
	       "\n"
	       "Exit codes: 0 updated, 1 internal, 2 usage, 3 no module, 4 more than one module,\n"
	       "5 image refused, 6 fetch failed, 7 transfer failed, 8 the module failed it,\n"
	       "9 rebooted and not back yet, 10 back with another version, 11 another module came\n"
	       "back, 12 busy, 13 cancelled, 14 not permitted.\n";
}

enum option_value {
	OPTION_JSON = 256,
	OPTION_HELP,
	OPTION_MODULE_ID,
	OPTION_NAME,
	OPTION_SIZE,
	OPTION_PROGRESS_FD,
	OPTION_CA_FILE,
	OPTION_NETWORK_TIMEOUT,
	OPTION_RETURN_TIMEOUT,
	OPTION_OVERRIDE,
	OPTION_ALLOW_OLDER,
	OPTION_IF_NEEDED,
	OPTION_KEY,
	OPTION_REQUIRE_SIGNATURE,
	OPTION_SHA256,
	OPTION_SHA256_BESIDE,
};

static const struct option of_list[] = {
	{"help", no_argument, NULL, OPTION_HELP},
	{"json", no_argument, NULL, OPTION_JSON},
	{"module-id", required_argument, NULL, OPTION_MODULE_ID},
	{NULL, 0, NULL, 0},
};

static const struct option of_update[] = {
	{"help", no_argument, NULL, OPTION_HELP},
	{"json", no_argument, NULL, OPTION_JSON},
	{"module-id", required_argument, NULL, OPTION_MODULE_ID},
	{"name", required_argument, NULL, OPTION_NAME},
	{"size", required_argument, NULL, OPTION_SIZE},
	{"progress-fd", required_argument, NULL, OPTION_PROGRESS_FD},
	{"ca-file", required_argument, NULL, OPTION_CA_FILE},
	{"network-timeout", required_argument, NULL, OPTION_NETWORK_TIMEOUT},
	{"return-timeout", required_argument, NULL, OPTION_RETURN_TIMEOUT},
	{"override", no_argument, NULL, OPTION_OVERRIDE},
	{"allow-older", no_argument, NULL, OPTION_ALLOW_OLDER},
	{"if-needed", no_argument, NULL, OPTION_IF_NEEDED},
	{"key", required_argument, NULL, OPTION_KEY},
	{"require-signature", no_argument, NULL, OPTION_REQUIRE_SIGNATURE},
	{"sha256", required_argument, NULL, OPTION_SHA256},
	{"sha256-beside", no_argument, NULL, OPTION_SHA256_BESIDE},
	{NULL, 0, NULL, 0},
};

/* A whole decimal number from `least` to `most`. */
static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	unsigned long long read;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	read = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || read < least || read > most)
		return false;
	*number = read;
	return true;
}

static bool read_timeout(const char *name, const char *text, uint32_t *milliseconds,
			 struct uxm_failure *why)
{
	uint64_t seconds;

	if (!read_number(text, 1, TIMEOUT_MOST, &seconds)) {
		uxm_fail(why, UXM_USAGE, "%s takes seconds from 1 to %u, not '%s'.", name,
			 TIMEOUT_MOST, text);
		return false;
	}
	*milliseconds = (uint32_t)seconds * 1000;
	return true;
}

static bool read_id(struct options *options, const char *text, struct uxm_failure *why)
{
	if (options->id_count == OPTIONS_IDS_MOST) {
		uxm_fail(why, UXM_USAGE, "--module-id may be given at most %d times.",
			 OPTIONS_IDS_MOST);
		return false;
	}
	if (!usb_id_parse(text, &options->ids[options->id_count])) {
		uxm_fail(why, UXM_USAGE,
			 "--module-id takes two hexadecimal numbers as in 1209:0001, not '%s'.",
			 text);
		return false;
	}
	options->id_count++;
	return true;
}

static bool read_progress_fd(struct options *options, const char *text, struct uxm_failure *why)
{
	uint64_t number;

	if (!read_number(text, 0, 65535, &number) || fcntl((int)number, F_GETFD) < 0) {
		uxm_fail(why, UXM_USAGE,
			 "--progress-fd takes the number of an open descriptor, "
			 "not '%s'.",
			 text);
		return false;
	}
	options->progress_fd = (int)number;
	return true;
}

static bool read_key(struct options *options, const char *text, struct uxm_failure *why)
{
	if (options->key_count == UXM_KEYS_MOST) {
		uxm_fail(why, UXM_USAGE, "--key may be given at most %d times.", UXM_KEYS_MOST);
		return false;
	}
	options->keys[options->key_count++] = text;
	return true;
}

static bool read_digest(struct options *options, const char *text, struct uxm_failure *why)
{
	size_t size = sizeof(options->digest);
	gnutls_datum_t hex = {.size = (unsigned)strlen(text)};
	char copy[2 * sizeof(options->digest) + 1];

	options->has_digest = false;
	if (hex.size == 2 * size) {
		memcpy(copy, text, sizeof(copy));
		hex.data = (unsigned char *)copy;
		options->has_digest = gnutls_hex_decode(&hex, options->digest, &size) == 0;
	}
	if (!options->has_digest)
		uxm_fail(why, UXM_USAGE,
			 "--sha256 takes 64 hexadecimal digits, as sha256sum prints them, not "
			 "'%s'.",
			 text);
	return options->has_digest;
}

static bool read_option(struct options *options, int option, const char *text,
			struct uxm_failure *why)
{
	switch (option) {
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_MODULE_ID:
		return read_id(options, text, why);
	case OPTION_NAME:
		options->name = text;
		return true;
	case OPTION_SIZE:
		if (read_number(text, 1, INT64_MAX, &options->size))
			return true;
		uxm_fail(why, UXM_USAGE, "--size takes the number of bytes, not '%s'.", text);
		return false;
	case OPTION_PROGRESS_FD:
		return read_progress_fd(options, text, why);
	case OPTION_CA_FILE:
		options->ca_file = text;
		return true;
	case OPTION_NETWORK_TIMEOUT:
		return read_timeout("--network-timeout", text, &options->network_timeout, why);
	case OPTION_OVERRIDE:
		options->override = true;
		return true;
	case OPTION_ALLOW_OLDER:
		options->allow_older = true;
		return true;
	case OPTION_IF_NEEDED:
		options->if_needed = true;
		return true;
	case OPTION_KEY:
		return read_key(options, text, why);
	case OPTION_REQUIRE_SIGNATURE:
		options->require_signature = true;
		return true;
	case OPTION_SHA256:
		return read_digest(options, text, why);
	case OPTION_SHA256_BESIDE:
		options->digest_beside = true;
		return true;
	case OPTION_RETURN_TIMEOUT:
		return read_timeout("--return-timeout", text, &options->return_timeout, why);
	default:
		return false;
	}
}

static bool check_update(struct options *options, int count, char **arguments,
			 struct uxm_failure *why)
{
	if (optind + 1 != count) {
		uxm_fail(why, UXM_USAGE,
			 "uxm update takes one URL, one file, or - for standard input; see "
			 "'uxm --help'.");
		return false;
	}
	options->source = arguments[optind];
	if (strcmp(options->source, "-") == 0 && (options->name == NULL || options->size == 0)) {
		uxm_fail(why, UXM_USAGE,
			 "An image from standard input needs --name FILE and --size N.");
		return false;
	}
	if (options->digest_beside && (options->has_digest || strcmp(options->source, "-") == 0)) {
		uxm_fail(why, UXM_USAGE,
			 "--sha256-beside goes neither with --sha256 nor with standard input (-).");
		return false;
	}
	if (strcmp(options->source, "-") != 0 && options->size != 0) {
		uxm_fail(why, UXM_USAGE, "--size goes with standard input (-) alone.");
		return false;
	}
	return true;
}

static void fail_option(int option, const char *text, struct uxm_failure *why)
{
	/* Of short options, of which there are none, getopt tells the letter alone. */
	if (option == '?' && optopt > 0 && optopt < OPTION_JSON)
		uxm_fail(why, UXM_USAGE, "-%c is not an option of this command; see 'uxm --help'.",
			 optopt);
	else if (option == '?')
		uxm_fail(why, UXM_USAGE, "%s is not an option of this command; see 'uxm --help'.",
			 text);
	else
		uxm_fail(why, UXM_USAGE, "%s needs a value; see 'uxm --help'.", text);
}

bool options_read(int count, char **arguments, struct options *options, struct uxm_failure *why)
{
	const char *verb = count > 1 ? arguments[1] : "";
	const struct option *known = of_update;
	int option;

	memset(options, 0, sizeof(*options));
	options->progress_fd = -1;
	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
		options->verb = OPTIONS_HELP;
		return true;
	}
	if (strcmp(verb, "--version") == 0) {
		options->verb = OPTIONS_VERSION;
		return true;
	}
	if (strcmp(verb, "list") == 0) {
		options->verb = OPTIONS_LIST;
		known = of_list;
	} else if (strcmp(verb, "update") == 0) {
		options->verb = OPTIONS_UPDATE;
	} else {
		uxm_fail(why, UXM_USAGE,
			 "uxm takes 'list' or 'update', not '%s'; see 'uxm --help'.", verb);
		return false;
	}
	opterr = 0;
	optind = 2;
	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1) {
		if (option == '?' || option == ':') {
			fail_option(option, arguments[optind - 1], why);
			return false;
		}
		if (option == OPTION_HELP) {
			options->verb = OPTIONS_HELP;
			return true;
		}
		if (!read_option(options, option, optarg, why))
			return false;
	}
	if (options->verb == OPTIONS_UPDATE)
		return check_update(options, count, arguments, why);
	if (optind != count) {
		uxm_fail(why, UXM_USAGE, "uxm list takes no '%s'.", arguments[optind]);
		return false;
	}
	return true;
}
