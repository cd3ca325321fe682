/* The command line. */
#include "options.h"

#include <getopt.h>
#include <string.h>

#include "settings.h"

/* Numbers of options for getopt: above every letter. */
#define OPTION_HELP     256
#define OPTION_SETTINGS 257
#define OPTIONS_ALL     48
#define OPTION_NONE     (OPTION_SETTINGS + OPTIONS_ALL)

void options_init(struct options *options)
{
	memset(options, 0, sizeof(*options));
	options->progress_fd = -1;
	options->job_fd = -1;
}

bool options_is_remote(const struct options *options)
{
	if (options->job_fd >= 0)
		return options->job_upload == NULL;
	return strstr(options->source, "://") != NULL ||
	       (options->has_defaults && strcmp(options->source, "-") != 0);
}

/* The table as getopt wants it. */
static void list_known(enum options_verb verb, struct option known[OPTIONS_ALL])
{
	size_t count = 0;
	const struct setting *setting;

	memset(known, 0, OPTIONS_ALL * sizeof(known[0]));
	known[count++] = (struct option){"help", no_argument, NULL, OPTION_HELP};
	/* Or getopt would take it, and a password behind it, for --user-agent. */
	known[count++] = (struct option){"user", no_argument, NULL, OPTION_NONE};
	for (size_t i = 0; (setting = setting_at(i)) != NULL; i++) {
		if (setting->option == NULL || !setting_is_of(setting, verb))
			continue;
		known[count++] = (struct option){
			.name = setting->option,
			.has_arg = setting->form == SETTING_FLAG ? no_argument : required_argument,
			.val = OPTION_SETTINGS + (int)i,
		};
	}
}

static bool fail(struct uxm_failure *why, const char *sentence)
{
	uxm_fail(why, UXM_USAGE, "%s", sentence);
	return false;
}

static bool is_trust_whole(const struct options *options, struct uxm_failure *why)
{
	if ((options->trust.certificate == NULL) == (options->trust.key == NULL))
		return true;
	return fail(why, "A certificate and its key go together: --cert and --cert-key (in a job: "
			 "certificate, certificate_key).");
}

bool options_check(const struct options *options, struct uxm_failure *why)
{
	bool from_input = strcmp(options->source, "-") == 0 && !options_is_remote(options);

	if (from_input && (options->name == NULL || options->size == 0))
		return fail(why, "An image from standard input needs --name FILE and --size N.");
	if (from_input && options->defaults_file != NULL)
		return fail(why, "--defaults goes with a file on a server, not with standard "
				 "input (-).");
	if (from_input && options->wait)
		return fail(why, "--wait may have to read the image again, which standard input "
				 "(-) cannot be.");
	if (from_input && options->each)
		return fail(why, "--each reads the image again for each module, which standard "
				 "input (-) cannot be.");
	if (options->wait && options->each)
		return fail(why, "--each waits for each module anyway; leave --wait out.");
	if (options->serial != NULL && (options->wait || options->each))
		return fail(why, "--serial names the module that is there already; leave --wait "
				 "and --each out.");
	if (options->digest_beside && (options->has_digest || from_input))
		return fail(why, "--sha256-beside goes neither with --sha256 (in a job: "
				 "sha256_beside, sha256) nor with standard input (-).");
	if (!from_input && options->size != 0)
		return fail(why, "--size goes with standard input (-) alone.");
	return is_trust_whole(options, why);
}

bool options_check_look(const struct options *options, struct uxm_failure *why)
{
	if (options->job_fd < 0 && options->setting_server == NULL &&
	    options->firmware_status == NULL)
		return fail(why, "uxm check looks at --setting-server URL, --firmware-status URL, "
				 "or both; see 'uxm --help'.");
	return is_trust_whole(options, why);
}

static bool check_job(const struct options *options, unsigned given, int count,
		      struct uxm_failure *why)
{
	if (options->job_fd < 0 || (given == 1 && optind == count))
		return true;
	return fail(why, "--job stands alone: all else is in the job.");
}

/* `given` options came before the arguments from optind on. */
static bool check_update(struct options *options, unsigned given, int count, char **arguments,
			 struct uxm_failure *why)
{
	if (options->job_fd >= 0)
		return check_job(options, given, count, why);
	if (optind + 1 != count)
		return fail(why, "uxm update takes one URL, one file, or - for standard input; see "
				 "'uxm --help'.");
	options->source = arguments[optind];
	return options_check(options, why);
}

/* What stands behind '=', or in a URL, may be a secret. */
static void fail_option(int option, const char *text, struct uxm_failure *why)
{
	int length = (int)strcspn(text, "=");

	/* Of short options, of which there are none, getopt tells the letter alone. */
	if (option == '?' && optopt > 0 && optopt < OPTION_HELP)
		uxm_fail(why, UXM_USAGE, "-%c is not an option of this command; see 'uxm --help'.",
			 optopt);
	else if (option != ':')
		uxm_fail(why, UXM_USAGE, "%.*s is not an option of this command; see 'uxm --help'.",
			 length, text);
	else
		uxm_fail(why, UXM_USAGE, "%.*s needs a value; see 'uxm --help'.", length, text);
}

static bool read_option(struct options *options, const struct setting *setting,
			struct uxm_failure *why)
{
	char label[32] = "--";

	if (setting->form == SETTING_FLAG) {
		setting_flag(setting, options, true);
		return true;
	}
	strncat(label, setting->option, sizeof(label) - 3);
	return setting_take(setting, options, label, optarg, why);
}

static bool read_verb(const char *verb, struct options *options, struct uxm_failure *why)
{
	char shown[FETCH_SHOWN_TEXT];

	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
		options->verb = OPTIONS_HELP;
	} else if (strcmp(verb, "--version") == 0) {
		options->verb = OPTIONS_VERSION;
	} else if (strcmp(verb, "list") == 0) {
		options->verb = OPTIONS_LIST;
	} else if (strcmp(verb, "update") == 0) {
		options->verb = OPTIONS_UPDATE;
	} else if (strcmp(verb, "check") == 0) {
		options->verb = OPTIONS_CHECK;
	} else {
		uxm_fail(why, UXM_USAGE,
			 "uxm takes 'list', 'update', 'check' or 'image', not '%s'; see 'uxm "
			 "--help'.",
			 fetch_url_shown(verb, shown));
		return false;
	}
	return true;
}

bool options_read(int count, char **arguments, struct options *options, struct uxm_failure *why)
{
	struct option known[OPTIONS_ALL];
	char shown[FETCH_SHOWN_TEXT];
	unsigned given = 0;
	int option;

	options_init(options);
	if (!read_verb(count > 1 ? arguments[1] : "", options, why))
		return false;
	if (options->verb == OPTIONS_HELP || options->verb == OPTIONS_VERSION)
		return true;
	list_known(options->verb, known);
	/* The verb takes the place of a program's name. From 0 on glibc starts afresh. */
	count--;
	arguments++;
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1) {
		if (option == '?' || option == ':' || option == OPTION_NONE) {
			fail_option(option, arguments[optind - 1], why);
			return false;
		}
		if (option == OPTION_HELP) {
			options->verb = OPTIONS_HELP;
			return true;
		}
		if (!read_option(options, setting_at((size_t)(option - OPTION_SETTINGS)), why))
			return false;
		given++;
	}
	if (options->verb == OPTIONS_UPDATE)
		return check_update(options, given, count, arguments, why);
	if (!check_job(options, given, count, why))
		return false;
	if (optind != count) {
		uxm_fail(why, UXM_USAGE, "uxm %s takes no '%s'.", arguments[0],
			 fetch_url_shown(arguments[optind], shown));
		return false;
	}
	return options->verb == OPTIONS_LIST || options->job_fd >= 0 ||
	       options_check_look(options, why);
}
