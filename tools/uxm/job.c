/* Jobs: settings out of JSON. */
#include "job.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "defaults.h"
#include "document.h"
#include "settings.h"

/* The largest whole number of which a double holds every one (2^53). */
#define WHOLE_MOST 9007199254740992.0

/* Room for what a sentence calls a setting. */
#define LABEL_TEXT   64
#define KNOWN_WANTED "an object of the texts \"url\", \"etag\" and \"last_modified\""

bool job_follow_parent(struct uxm_failure *why)
{
	/* A process closes its descriptors before the kernel sends its children this signal
	 * (do_exit), so either the signal comes, or the end of the pipe is seen here. */
	struct pollfd reader = {.fd = STDOUT_FILENO};

	if (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGTERM) != 0) {
		uxm_fail(why, UXM_INTERNAL, "The end of the parent process cannot be followed: %s.",
			 strerror(errno));
		return false;
	}
	if (poll(&reader, 1, 0) > 0 && (reader.revents & (POLLERR | POLLHUP)) != 0) {
		uxm_fail(why, UXM_CANCELLED,
			 "The job was cancelled: nobody reads its standard output any more.");
		return false;
	}
	return true;
}

static bool wrong_type(const char *label, const char *wanted, struct uxm_failure *why)
{
	uxm_fail(why, UXM_USAGE, "%s must be %s.", label, wanted);
	return false;
}

/* No text of a job may hold a control character, which could end a line of a protocol. */
static bool is_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	}
	return true;
}

static bool take_text(const struct setting *setting, const cJSON *item, struct options *options,
		      const char *label, struct uxm_failure *why)
{
	if (!cJSON_IsString(item))
		return wrong_type(label,
				  setting->form == SETTING_TEXTS ? "an array of texts" : "a text",
				  why);
	if (!is_text(item->valuestring)) {
		uxm_fail(why, UXM_USAGE, "%s holds a control character.", label);
		return false;
	}
	return setting_take(setting, options, label, item->valuestring, why);
}

static bool take_number(const struct setting *setting, const cJSON *item, struct options *options,
			const char *label, struct uxm_failure *why)
{
	double number = cJSON_GetNumberValue(item);
	char text[32];

	if (!(number >= 0 && number <= WHOLE_MOST) || number > (double)(uint64_t)number)
		return wrong_type(label, "a whole number", why);
	snprintf(text, sizeof(text), "%.0f", number);
	return setting_take(setting, options, label, text, why);
}

static bool take_texts(const struct setting *setting, const cJSON *item, struct options *options,
		       const char *label, struct uxm_failure *why)
{
	if (!cJSON_IsArray(item))
		return wrong_type(label, "an array of texts", why);
	for (const cJSON *one = item->child; one != NULL; one = one->next) {
		if (!take_text(setting, one, options, label, why))
			return false;
	}
	return true;
}

static bool take_object(const cJSON *item, struct options *options, const char *label,
			struct uxm_failure *why)
{
	if (!cJSON_IsObject(item))
		return wrong_type(label, "an object", why);
	options->has_defaults = defaults_take(item, label, &options->defaults, why);
	return options->has_defaults;
}

static bool take_upload(const cJSON *item, struct options *options, const char *label,
			struct uxm_failure *why)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
	const cJSON *size = cJSON_GetObjectItemCaseSensitive(item, "size");
	double number = cJSON_IsNumber(size) ? size->valuedouble : 0;

	/* Two members that are these leave no room for others, or for one of them twice. */
	if (!cJSON_IsObject(item) || cJSON_GetArraySize(item) != 2 || !cJSON_IsString(name) ||
	    !(number >= 1 && number <= WHOLE_MOST) || number > (double)(uint64_t)number)
		return wrong_type(label,
				  "an object of a text, \"name\", and a whole number of "
				  "bytes above 0, \"size\"",
				  why);
	if (!is_text(name->valuestring)) {
		uxm_fail(why, UXM_USAGE, "%s holds a control character.", label);
		return false;
	}
	options->job_upload = name->valuestring;
	options->size = (uint64_t)number;
	return true;
}

static bool take_known(const cJSON *item, struct options_known *known, const char *label,
		       struct uxm_failure *why)
{
	static const char *const names[] = {"url", "etag", "last_modified"};
	const char *texts[] = {NULL, NULL, NULL};
	const size_t count = sizeof(names) / sizeof(names[0]);

	for (const cJSON *one = item->child; one != NULL; one = one->next) {
		size_t i = 0;

		while (i < count && strcmp(names[i], one->string) != 0)
			i++;
		if (i == count || texts[i] != NULL || !cJSON_IsString(one) ||
		    !is_text(one->valuestring))
			return wrong_type(label, KNOWN_WANTED, why);
		texts[i] = one->valuestring;
	}
	if (!cJSON_IsObject(item) || texts[0] == NULL)
		return wrong_type(label, KNOWN_WANTED, why);
	*known = (struct options_known){texts[0], texts[1], texts[2]};
	return true;
}

static bool take(const cJSON *item, struct options *options, struct uxm_failure *why)
{
	const struct setting *setting = setting_of_key(options->verb, item->string);
	char label[LABEL_TEXT];

	if (setting == NULL) {
		uxm_fail(why, UXM_USAGE, "The job's key \"%s\" is unknown.", item->string);
		return false;
	}
	snprintf(label, sizeof(label), "The job's \"%s\"", setting->key);
	for (const cJSON *next = item->next; next != NULL; next = next->next) {
		if (strcmp(next->string, item->string) == 0) {
			uxm_fail(why, UXM_USAGE, "%s is there twice.", label);
			return false;
		}
	}
	switch (setting->form) {
	case SETTING_FLAG:
		if (!cJSON_IsBool(item))
			return wrong_type(label, "true or false", why);
		setting_flag(setting, options, cJSON_IsTrue(item) != 0);
		return true;
	case SETTING_TEXT:
		return take_text(setting, item, options, label, why);
	case SETTING_TEXTS:
		return take_texts(setting, item, options, label, why);
	case SETTING_NUMBER:
		return take_number(setting, item, options, label, why);
	case SETTING_OBJECT:
		return take_object(item, options, label, why);
	case SETTING_UPLOAD:
		return take_upload(item, options, label, why);
	case SETTING_KNOWN:
		return take_known(item, setting_known(setting, options), label, why);
	}
	return false;
}

static bool fail(struct uxm_failure *why, const char *sentence)
{
	uxm_fail(why, UXM_USAGE, "%s", sentence);
	return false;
}

/* What a job, unlike a command line, has to agree in. */
static bool check(struct options *options, struct uxm_failure *why)
{
	const struct fetch_access *access = &options->access;
	int sources = (options->job_url != NULL) + (options->job_file != NULL) +
		      (options->job_upload != NULL);

	if (sources != 1)
		return fail(why, "A job names its image by \"url\", by \"file\" or by \"upload\", "
				 "one of them.");
	if (options->has_defaults != (options->job_file != NULL))
		return fail(why, "A job's \"file\" and \"defaults\" go together.");
	if (options->job_file != NULL && strchr(options->job_file, '/') != NULL)
		return fail(why, "The job's \"file\" is a name alone, without '/'.");
	if (access->user[0] == '\0' && (access->password[0] != '\0' || access->account[0] != '\0'))
		return fail(why, "The job's \"password\" and \"account\" go with a \"user\".");
	if (access->user[0] != '\0' && options->has_defaults)
		return fail(why, "The job's \"user\" goes with \"url\"; that of a \"file\" is in "
				 "\"defaults\".");
	if (access->user[0] != '\0' && options->job_upload != NULL)
		return fail(why, "The job's \"user\" goes with \"url\", not with \"upload\".");
	if (options->job_upload != NULL && options->name != NULL)
		return fail(why, "The job's \"upload\" has a name already; \"name\" goes with "
				 "the others.");
	if (options->job_upload != NULL && options->job_fd == STDIN_FILENO)
		return fail(why, "An upload comes from standard input, so its job must come from "
				 "another descriptor.");
	options->source = options->job_url != NULL ? options->job_url : options->job_file;
	if (options->job_upload != NULL) {
		options->source = "-";
		options->name = options->job_upload;
	}
	return options_check(options, why);
}

bool job_read(struct options *options, cJSON **object, struct uxm_failure *why)
{
	cJSON *made = NULL;
	bool read = document_read(options->job_fd, "The job", DOCUMENT_PATIENCE, &made, why);

	if (options->job_fd > STDERR_FILENO)
		close(options->job_fd);
	for (const cJSON *item = read ? made->child : NULL; item != NULL && read; item = item->next)
		read = take(item, options, why);
	if (read)
		read = options->verb == OPTIONS_CHECK ? options_check_look(options, why)
						      : check(options, why);
	if (!read) {
		document_forget(made);
		return false;
	}
	*object = made;
	return true;
}
