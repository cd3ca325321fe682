/*
 * Orders for a job: one JSON object on a descriptor, behind a 'c' of a look at the server, else of
 * an update. The input is all of it or, where it begins with a 'p', the rest behind a user and a
 * password. What is accepted fits together and has no control character in it; what is refused is
 * refused with a sentence that does not hold the password.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/feed.h"
#include "tools/uxm/document.h"
#include "tools/uxm/job.h"

#define SECRET "Hush31415"
#define BEGIN  "{\"user\": \"me\", \"password\": \"" SECRET "\""

static void check_text(const char *text)
{
	if (text == NULL)
		return;
	for (; *text != '\0'; text++)
		hold((uint8_t)*text >= ' ' && *text != 0x7F, "no text controls a line");
}

static void check_options(const struct options *options)
{
	hold((options->job_url != NULL) + (options->job_file != NULL) +
			     (options->job_upload != NULL) ==
		     1,
	     "a job names a URL, a file of the defaults or an upload");
	hold(options->job_upload == NULL || options->size > 0, "an upload has a size");
	check_text(options->job_upload);
	hold(options->job_file == NULL || options->has_defaults, "a file needs the defaults");
	check_text(options->job_url);
	check_text(options->job_file);
	check_text(options->name);
	check_text(options->access.user);
	check_text(options->access.password);
	check_text(options->access.account);
	hold(strnlen(options->mac, sizeof(options->mac)) < sizeof(options->mac), "texts end");
	hold(options->id_count <= OPTIONS_IDS_MOST && options->key_count <= UXM_KEYS_MOST,
	     "there are no more than there is room for");
	if (options->has_defaults)
		hold(options->defaults.method < FETCH_METHODS, "a method is one");
	for (size_t i = 0; i < options->key_count; i++)
		check_text(options->keys[i]);
}

static void check_known(const struct options_known *known)
{
	check_text(known->url);
	check_text(known->etag);
	check_text(known->last_modified);
	hold(known->url != NULL || (known->etag == NULL && known->last_modified == NULL),
	     "what is known is known of a URL");
}

static void check_look(const struct options *options)
{
	check_text(options->setting_server);
	check_text(options->firmware_status);
	check_known(&options->settings_known);
	check_known(&options->firmware_known);
	check_text(options->trust.user_agent);
	hold(options->job_url == NULL && options->job_file == NULL && options->job_upload == NULL &&
		     !options->override,
	     "a look is no update");
}

/* Whether the password is told by nobody but BEGIN. */
static bool write_job(int descriptor, const uint8_t *input, size_t length)
{
	bool begun = length > 0 && input[0] == 'p' &&
		     memmem(input, length, SECRET, strlen(SECRET)) == NULL;

	if (begun) {
		hold(write(descriptor, BEGIN, strlen(BEGIN)) == (ssize_t)strlen(BEGIN),
		     "a job can be begun");
		input++;
		length--;
	}
	hold(write(descriptor, input, length) == (ssize_t)length &&
		     lseek(descriptor, 0, SEEK_SET) == 0,
	     "it can be written");
	return begun;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	int descriptor = memfd_create("job", MFD_CLOEXEC);
	bool secret = false;
	struct uxm_failure why = {.result = UXM_UPDATED};
	cJSON *object = NULL;
	struct options options;
	bool look = length > 0 && input[0] == 'c';

	if (look) {
		input++;
		length--;
	}
	hold(descriptor > STDERR_FILENO, "there is a descriptor");
	secret = write_job(descriptor, input, length);
	options_init(&options);
	options.verb = look ? OPTIONS_CHECK : OPTIONS_UPDATE;
	options.job_fd = descriptor;
	if (job_read(&options, &object, &why)) {
		if (look)
			check_look(&options);
		else
			check_options(&options);
	} else {
		hold(object == NULL, "what is refused leaves nothing");
		hold(why.result == UXM_USAGE, "a wrong job is its sender's mistake");
		hold_sentence(why.text, sizeof(why.text));
		hold(!secret || strstr(why.text, SECRET) == NULL, "it does not name a password");
	}
	document_forget(object);
	return 0;
}
