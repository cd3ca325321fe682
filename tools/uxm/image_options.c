/* The command line of uxm image. */
#include "image_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *image_options_help(void)
{
	return "uxm image: makes and examines image files\n"
	       "\n"
	       "uxm image create PAYLOAD --model M --version V --hardware N|N-N [OPTION...]\n"
	       "                          puts a header before the payload; prints the file's "
	       "name\n"
	       "uxm image show FILE [--json]\n"
	       "                          what its header says\n"
	       "uxm image verify FILE [--key FILE]... [--require-signature]\n"
	       "                          whether it is whole, and signed where a key is known\n"
	       "uxm image sign FILE --key PRIVATE.pem [-o FILE] [--force]\n"
	       "                          signs it, in place or into another file\n"
	       "\n"
	       "Of create:\n"
	       "  --model M            D7C, D8C or UXM\n"
	       "  --version V          as in 1.6.1\n"
	       "  --hardware N-N       the lowest and highest hardware level that it runs on\n"
	       "  --oldest-over V      the oldest version that it may be installed over (any)\n"
	       "Of create and sign:\n"
	       "  --key PRIVATE.pem    signs with this Ed25519 key, as 'openssl genpkey "
	       "-algorithm\n"
	       "                       ed25519' or certtool makes it\n"
	       "  -o FILE              the file to make; it must be named as images are\n"
	       "  --force              replaces a file that is there\n"
	       "Of verify:\n"
	       "  --key FILE           a key that it may be signed by, public or private, beside\n"
	       "                       those in /etc/uxm/keys.d; with any key a valid signature "
	       "is\n"
	       "                       required (may be repeated)\n"
	       "  --require-signature  an error when no key is known\n"
	       "\n"
	       "Exit codes: 0 done or all right, 1 internal, 2 usage, 5 image refused, 6 a file\n"
	       "cannot be read, 13 cancelled.\n";
}

enum option_value {
	OPTION_MODEL = 256,
	OPTION_VERSION,
	OPTION_HARDWARE,
	OPTION_OLDEST_OVER,
	OPTION_KEY,
	OPTION_FORCE,
	OPTION_JSON,
	OPTION_REQUIRE_SIGNATURE,
	OPTION_HELP,
};

static const struct option of_create[] = {
	{"model", required_argument, NULL, OPTION_MODEL},
	{"version", required_argument, NULL, OPTION_VERSION},
	{"hardware", required_argument, NULL, OPTION_HARDWARE},
	{"oldest-over", required_argument, NULL, OPTION_OLDEST_OVER},
	{"key", required_argument, NULL, OPTION_KEY},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static const struct option of_show[] = {
	{"json", no_argument, NULL, OPTION_JSON},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static const struct option of_verify[] = {
	{"key", required_argument, NULL, OPTION_KEY},
	{"require-signature", no_argument, NULL, OPTION_REQUIRE_SIGNATURE},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static const struct option of_sign[] = {
	{"key", required_argument, NULL, OPTION_KEY},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static const struct verb {
	const char *name;
	enum image_verb verb;
	const struct option *options;
	const char *letters;
	size_t keys_most;
} verbs[] = {
	{"create", IMAGE_CREATE, of_create, ":ho:", 1},
	{"show", IMAGE_SHOW, of_show, ":h", 0},
	{"verify", IMAGE_VERIFY, of_verify, ":h", UXM_KEYS_MOST},
	{"sign", IMAGE_SIGN, of_sign, ":ho:", 1},
};

static bool wrong(struct uxm_failure *why, const char *option, const char *wanted, const char *text)
{
	uxm_fail(why, UXM_USAGE, "%s takes %s, not '%s'.", option, wanted, text);
	return false;
}

static bool read_model(struct image_options *options, const char *text, struct uxm_failure *why)
{
	char file[UXM_NAME_TEXT];

	if (!uxm_name_make(text, &options->version, file))
		return wrong(why, "--model", "a model that images are named for (D7C, D8C, UXM)",
			     text);
	options->model = text;
	return true;
}

static bool read_version(const char *option, const char *text, struct uxm_version *version,
			 struct uxm_failure *why)
{
	return uxm_version_parse(text, strlen(text), version) ||
	       wrong(why, option, "a version as in 1.6.1", text);
}

/* One hardware level at the beginning of `text`; NULL, or where it ends. */
static const char *read_level(const char *text, uint16_t *level)
{
	unsigned long read;
	char *end;

	if (text[0] < '0' || text[0] > '9' || strspn(text, "0123456789") > 5)
		return NULL;
	read = strtoul(text, &end, 10);
	if (read > UINT16_MAX)
		return NULL;
	*level = (uint16_t)read;
	return end;
}

static bool read_hardware(struct image_options *options, const char *text, struct uxm_failure *why)
{
	const char *end = read_level(text, &options->lowest_hardware);

	options->highest_hardware = options->lowest_hardware;
	if (end != NULL && *end == '-')
		end = read_level(end + 1, &options->highest_hardware);
	if (end != NULL && *end == '\0' && options->lowest_hardware <= options->highest_hardware)
		return true;
	return wrong(why, "--hardware", "a level, or the lowest and the highest as in 1-3", text);
}

static bool read_key(struct image_options *options, const struct verb *verb, const char *text,
		     struct uxm_failure *why)
{
	if (options->key_count == verb->keys_most) {
		uxm_fail(why, UXM_USAGE, "uxm image %s takes --key at most %zu time%s.", verb->name,
			 verb->keys_most, verb->keys_most == 1 ? "" : "s");
		return false;
	}
	options->keys[options->key_count++] = text;
	return true;
}

/* Which options of create have come. */
struct given {
	bool version;
	bool hardware;
};

static bool read_option(struct image_options *options, const struct verb *verb, int option,
			const char *text, struct given *given, struct uxm_failure *why)
{
	switch (option) {
	case OPTION_MODEL:
		return read_model(options, text, why);
	case OPTION_VERSION:
		given->version = true;
		return read_version("--version", text, &options->version, why);
	case OPTION_HARDWARE:
		given->hardware = true;
		return read_hardware(options, text, why);
	case OPTION_OLDEST_OVER:
		return read_version("--oldest-over", text, &options->oldest_over, why);
	case OPTION_KEY:
		return read_key(options, verb, text, why);
	case OPTION_FORCE:
		options->force = true;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_REQUIRE_SIGNATURE:
		options->require_signature = true;
		return true;
	case 'o':
		options->output = text;
		return true;
	default:
		options->verb = IMAGE_HELP;
		return true;
	}
}

/* getopt found no option, or no value for it. */
static bool refuse_option(char **arguments, bool wants_value, struct uxm_failure *why)
{
	char letter[3] = {'-', (char)optopt, '\0'};
	/* Of a letter within "-xyz" arguments[optind - 1] is not yet the argument. */
	const char *option = optopt > 0 && optopt < OPTION_MODEL ? letter : arguments[optind - 1];

	uxm_fail(why, UXM_USAGE,
		 wants_value ? "%s needs a value; see 'uxm image --help'."
			     : "%s is not an option of this command; see 'uxm image --help'.",
		 option);
	return false;
}

static bool check(const struct image_options *options, const struct given *given,
		  struct uxm_failure *why)
{
	if (options->verb == IMAGE_CREATE &&
	    (options->model == NULL || !given->version || !given->hardware)) {
		uxm_fail(why, UXM_USAGE,
			 "uxm image create needs --model, --version and --hardware; see 'uxm image "
			 "--help'.");
		return false;
	}
	if (options->verb == IMAGE_SIGN && options->key_count == 0) {
		uxm_fail(why, UXM_USAGE, "uxm image sign needs --key PRIVATE.pem.");
		return false;
	}
	return true;
}

static bool read_arguments(int count, char **arguments, const struct verb *verb,
			   struct image_options *options, struct uxm_failure *why)
{
	struct given given = {.version = false};
	int option;

	options->verb = verb->verb;
	opterr = 0;
	optind = 3;
	while ((option = getopt_long(count, arguments, verb->letters, verb->options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return refuse_option(arguments, option == ':', why);
		if (!read_option(options, verb, option, optarg, &given, why))
			return false;
		if (options->verb == IMAGE_HELP)
			return true;
	}
	if (optind + 1 != count) {
		uxm_fail(why, UXM_USAGE, "uxm image %s takes one file; see 'uxm image --help'.",
			 verb->name);
		return false;
	}
	options->file = arguments[optind];
	return check(options, &given, why);
}

bool image_options_read(int count, char **arguments, struct image_options *options,
			struct uxm_failure *why)
{
	const char *verb = count > 2 ? arguments[2] : "";

	memset(options, 0, sizeof(*options));
	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
		options->verb = IMAGE_HELP;
		return true;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].name) == 0)
			return read_arguments(count, arguments, &verbs[i], options, why);
	}
	uxm_fail(why, UXM_USAGE,
		 "uxm image takes 'create', 'show', 'verify' or 'sign', not '%s'; see 'uxm image "
		 "--help'.",
		 verb);
	return false;
}
