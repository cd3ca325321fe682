/* Jobs: the JSON object on a descriptor. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cmocka.h"
#include "tools/uxm/document.h"
#include "tools/uxm/job.h"
#include "tools/uxm/settings.h"

#define SECRET "hunter2"
#define PIN    "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

#define UPLOAD "\"upload\":{\"name\":\"snomD7C-1.6.1-r.bin\",\"size\":9}"

/* One job that was read; NULL `object` where it was refused. */
struct trial {
	struct options options;
	cJSON *object;
	struct uxm_failure why;
};

static void read_bytes(struct trial *trial, const char *bytes, size_t length)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, (int)(2 * DOCUMENT_MOST)) > 0);
	assert_int_equal(write(ends[1], bytes, length), (ssize_t)length);
	close(ends[1]);
	memset(trial, 0, sizeof(*trial));
	options_init(&trial->options);
	trial->options.verb = OPTIONS_UPDATE;
	trial->options.job_fd = ends[0];
	if (!job_read(&trial->options, &trial->object, &trial->why))
		assert_null(trial->object);
	/* It was closed. */
	assert_int_equal(fcntl(ends[0], F_GETFD), -1);
}

static void read_text(struct trial *trial, const char *text)
{
	read_bytes(trial, text, strlen(text));
}

static void every_key_is_read(void **state)
{
	struct trial trial;
	const struct options *options = &trial.options;

	(void)state;
	read_text(&trial,
		  "{\"url\": \"https://host/x\", \"name\": \"N\", \"override\": true, "
		  "\"allow_older\": true, \"if_needed\": true, \"serial\": \"A\", "
		  "\"require_signature\": true, "
		  "\"keys\": [\"a\", \"b\"], \"sha256\": \"" DIGEST "\", "
		  "\"sha256_beside\": false, \"module_ids\": [\"1209:0001\"], "
		  "\"ca_file\": \"ca\", \"ca_directory\": \"dir\", \"certificate\": \"c\", "
		  "\"certificate_key\": \"k\", \"pin\": \"" PIN "\", \"netrc\": \"n\", "
		  "\"mac\": \"00-04-13-aa-bb-cc\", \"user\": \"me\", \"password\": \"" SECRET "\", "
		  "\"account\": \"acct\", \"network_timeout\": 7, \"return_timeout\": 8}\n");
	assert_non_null(trial.object);
	assert_string_equal(options->source, "https://host/x");
	assert_string_equal(options->name, "N");
	assert_true(options->override && options->allow_older && options->if_needed);
	assert_string_equal(options->serial, "A");
	assert_true(options->require_signature && options->has_digest);
	assert_false(options->digest_beside);
	assert_int_equal(options->key_count, 2);
	assert_string_equal(options->keys[0], "a");
	assert_int_equal(options->id_count, 1);
	assert_string_equal(options->trust.ca_file, "ca");
	assert_string_equal(options->trust.ca_directory, "dir");
	assert_string_equal(options->trust.certificate, "c");
	assert_string_equal(options->trust.key, "k");
	assert_string_equal(options->trust.pin, PIN);
	assert_string_equal(options->trust.netrc, "n");
	assert_string_equal(options->mac, "000413aabbcc");
	assert_string_equal(options->access.user, "me");
	assert_string_equal(options->access.password, SECRET);
	assert_string_equal(options->access.account, "acct");
	assert_int_equal(options->network_timeout, 7000);
	assert_int_equal(options->return_timeout, 8000);
	document_forget(trial.object);
	read_text(&trial, "{\"url\": \"https://host/x\", \"wait\": true}");
	assert_non_null(trial.object);
	assert_true(options->wait);
	document_forget(trial.object);
}

static void a_file_by_stored_defaults_is_read(void **state)
{
	struct trial trial;
	const struct fetch_defaults *defaults = &trial.options.defaults;

	(void)state;
	read_text(&trial, "{\"file\":\"f.bin\",\"defaults\":{\"method\":\"HTTPS\",\"port\":81,"
			  "\"server\":\"s\",\"user\":\"u\",\"password\":\"p\",\"account\":\"a\","
			  "\"path\":\"/x\",\"base_url\":\"\"}}");
	assert_non_null(trial.object);
	assert_true(trial.options.has_defaults);
	assert_string_equal(trial.options.source, "f.bin");
	assert_int_equal(defaults->method, FETCH_METHOD_HTTPS);
	assert_int_equal(defaults->port, 81);
	assert_string_equal(defaults->server, "s");
	assert_string_equal(defaults->user, "u");
	assert_string_equal(defaults->password, "p");
	assert_string_equal(defaults->account, "a");
	assert_string_equal(defaults->path, "/x");
	assert_string_equal(defaults->base_url, "");
	document_forget(trial.object);
}

#define URL "{\"url\":\"http://h/x\","

static void an_upload_is_standard_input_with_a_name_and_a_size(void **state)
{
	struct trial trial;

	(void)state;
	read_text(&trial, "{\"upload\":{\"name\":\"snomD7C-1.6.1-r.bin\",\"size\":37916419},"
			  "\"override\":true,\"mac\":\"000413aabbcc\"}");
	assert_non_null(trial.object);
	assert_string_equal(trial.options.source, "-");
	assert_string_equal(trial.options.name, "snomD7C-1.6.1-r.bin");
	assert_int_equal(trial.options.size, 37916419);
	assert_true(trial.options.override);
	assert_false(options_is_remote(&trial.options));
	document_forget(trial.object);
}

static void an_upload_and_its_job_are_not_on_the_same_descriptor(void **state)
{
	static const char job[] = "{\"upload\":{\"name\":\"f\",\"size\":1}}";
	struct trial trial = {.object = NULL};
	int before = dup(STDIN_FILENO);
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], job, strlen(job)), (ssize_t)strlen(job));
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	options_init(&trial.options);
	trial.options.verb = OPTIONS_UPDATE;
	trial.options.job_fd = STDIN_FILENO;
	assert_false(job_read(&trial.options, &trial.object, &trial.why));
	assert_non_null(strstr(trial.why.text, "must come from another descriptor"));
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
}

static void what_is_wrong_is_refused_by_the_name_of_its_key(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} wrong[] = {
		{"", "The job is not one JSON object"},
		{"[]", "The job is not one JSON object"},
		{"\"" SECRET "\"", "The job is not one JSON object"},
		{"{\"password\":\"" SECRET, "The job is not one JSON object"},
		{"{} {}", "The job is not one JSON object"},
		{"{\"url\":\"http://h/x\\u0000" SECRET "\"}", "The job is not one JSON object"},
		{"{}", "by \"url\", by \"file\" or by \"upload\""},
		{URL "\"file\":\"f\",\"defaults\":{}}", "by \"upload\", one of them"},
		{URL UPLOAD "}", "by \"upload\", one of them"},
		{"{" UPLOAD ",\"defaults\":{}}", "\"file\" and \"defaults\" go together"},
		{"{" UPLOAD ",\"name\":\"x\"}", "\"upload\" has a name already"},
		{"{" UPLOAD ",\"user\":\"u\"}", "not with \"upload\""},
		{"{" UPLOAD ",\"sha256_beside\":true}", "sha256_beside"},
		{"{\"upload\":\"f\"}", "\"upload\" must be an object of a text"},
		{"{\"upload\":[\"f\",1]}", "\"upload\" must be an object"},
		{"{\"upload\":{\"name\":\"f\"}}", "\"upload\" must be an object"},
		{"{\"upload\":{\"name\":\"f\",\"size\":0}}", "\"upload\" must be an object"},
		{"{\"upload\":{\"name\":\"f\",\"size\":1.5}}", "\"upload\" must be an object"},
		{"{\"upload\":{\"name\":\"f\",\"size\":\"1\"}}", "\"upload\" must be an object"},
		{"{\"upload\":{\"name\":1,\"size\":1}}", "\"upload\" must be an object"},
		{"{\"upload\":{\"name\":\"f\",\"size\":1,\"x\":1}}",
		 "\"upload\" must be an object"},
		{"{\"upload\":{\"name\":\"a\\u0007\",\"size\":1}}", "\"upload\" holds a control"},
		{"{\"file\":\"f\"}", "\"file\" and \"defaults\" go together"},
		{URL "\"defaults\":{}}", "\"file\" and \"defaults\" go together"},
		{"{\"file\":\"http://h/f\",\"defaults\":{}}", "\"file\" is a name alone"},
		{URL "\"user\":\"u\",\"url\":\"x\"}", "\"url\" is there twice"},
		{URL "\"URL\":1}", "key \"URL\" is unknown"},
		{URL "\"source\":\"/etc/passwd\"}", "key \"source\" is unknown"},
		{URL "\"json\":true}", "key \"json\" is unknown"},
		{URL "\"size\":3}", "key \"size\" is unknown"},
		{URL "\"progress_fd\":3}", "key \"progress_fd\" is unknown"},
		{URL "\"job\":3}", "key \"job\" is unknown"},
		{"{\"url\":1}", "\"url\" must be a text"},
		{URL "\"override\":1}", "\"override\" must be true or false"},
		{URL "\"override\":\"true\"}", "\"override\" must be true or false"},
		{URL "\"keys\":\"a\"}", "\"keys\" must be an array of texts"},
		{URL "\"keys\":[1]}", "\"keys\" must be an array of texts"},
		{URL "\"keys\":{\"a\":\"b\"}}", "\"keys\" must be an array of texts"},
		{URL "\"module_ids\":[\"x\"]}", "\"module_ids\" takes two hexadecimal"},
		{URL "\"network_timeout\":\"5\"}", "\"network_timeout\" must be a whole number"},
		{URL "\"network_timeout\":1.5}", "\"network_timeout\" must be a whole number"},
		{URL "\"network_timeout\":-1}", "\"network_timeout\" must be a whole number"},
		{URL "\"network_timeout\":1e300}", "\"network_timeout\" must be a whole number"},
		{URL "\"network_timeout\":0}", "\"network_timeout\" takes seconds from 1"},
		{URL "\"return_timeout\":null}", "\"return_timeout\" must be a whole number"},
		{URL "\"pin\":\"/etc/passwd\"}", "\"pin\" takes sha256//"},
		{URL "\"mac\":\"\"}", "\"mac\" must not be empty"},
		{URL "\"sha256\":\"12\"}", "\"sha256\" takes 64"},
		{URL "\"certificate\":\"c\"}", "certificate, certificate_key"},
		{URL "\"sha256\":\"" DIGEST "\",\"sha256_beside\":true}", "sha256_beside"},
		{URL "\"password\":[\"" SECRET "\"]}", "\"password\" must be a text"},
		{URL "\"password\":\"" SECRET "\"}", "go with a \"user\""},
		{URL "\"account\":\"" SECRET "\"}", "go with a \"user\""},
		{URL "\"user\":\"u\",\"password\":\"" SECRET "\\r\\nX\"}",
		 "\"password\" holds a control character"},
		{"{\"url\":\"http://h/\\n" SECRET "\"}", "\"url\" holds a control character"},
		{"{\"file\":\"f\",\"user\":\"u\",\"password\":\"" SECRET "\",\"defaults\":{}}",
		 "\"user\" goes with \"url\""},
		{"{\"file\":\"f\",\"defaults\":[]}", "\"defaults\" must be an object"},
		{"{\"file\":\"f\",\"defaults\":{\"pass\":\"" SECRET "\"}}",
		 "\"defaults\": \"pass\" is unknown"},
		{"{\"file\":\"f\",\"defaults\":{\"password\":{\"" SECRET "\":1}}}",
		 "\"defaults\": \"password\" must be a text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct trial trial;

		read_text(&trial, wrong[i].text);
		assert_null(trial.object);
		assert_int_equal(trial.why.result, UXM_USAGE);
		if (strstr(trial.why.text, wrong[i].words) == NULL ||
		    strstr(trial.why.text, SECRET) != NULL)
			fail_msg("%s: %s", wrong[i].text, trial.why.text);
	}
}

static void a_long_password_is_refused_and_not_repeated(void **state)
{
	char text[1024];
	char password[FETCH_ACCESS_TEXT + 1];
	struct trial trial;

	(void)state;
	memset(password, 'p', sizeof(password) - 1);
	password[sizeof(password) - 1] = '\0';
	snprintf(text, sizeof(text), URL "\"user\":\"u\",\"password\":\"%s\"}", password);
	read_text(&trial, text);
	assert_null(trial.object);
	assert_string_equal(trial.why.text, "The job's \"password\" takes at most 255 characters.");
	snprintf(text, sizeof(text), URL "\"user\":\"u\",\"password\":\"%s\"}", password + 1);
	read_text(&trial, text);
	assert_non_null(trial.object);
	assert_int_equal(strlen(trial.options.access.password), FETCH_ACCESS_TEXT - 1);
	document_forget(trial.object);
}

static void an_escaped_backslash_before_u0000_is_no_zero(void **state)
{
	struct trial trial;

	(void)state;
	read_text(&trial, URL "\"user\":\"u\",\"password\":\"a\\\\u0000b\"}");
	assert_non_null(trial.object);
	assert_string_equal(trial.options.access.password, "a\\u0000b");
	document_forget(trial.object);
}

static void a_zero_in_the_job_is_refused(void **state)
{
	static const char text[] = "{\"url\":\"http://h/x\0y\"}";
	struct trial trial;

	(void)state;
	read_bytes(&trial, text, sizeof(text) - 1);
	assert_null(trial.object);
}

static void a_job_of_64_kib_is_read_and_no_larger_one(void **state)
{
	static char text[DOCUMENT_MOST + 1];
	struct trial trial;
	int length = snprintf(text, sizeof(text), "{\"url\":\"http://h/x\"}");

	(void)state;
	memset(text + length, ' ', sizeof(text) - (size_t)length);
	read_bytes(&trial, text, DOCUMENT_MOST);
	assert_non_null(trial.object);
	document_forget(trial.object);
	read_bytes(&trial, text, DOCUMENT_MOST + 1);
	assert_null(trial.object);
	assert_string_equal(trial.why.text, "The job is larger than 64 KiB.");
}

static void a_writer_that_does_not_close_is_given_up(void **state)
{
	struct uxm_failure why;
	cJSON *object = NULL;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "{}", 2), 2);
	assert_false(document_read(ends[0], "The job", 50, &object, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "The job did not end within"));
	assert_null(object);
	close(ends[0]);
	close(ends[1]);
}

struct writer {
	int descriptor;
	const char *text;
};

static void *write_slowly(void *argument)
{
	const struct writer *writer = argument;

	for (const char *at = writer->text; *at != '\0'; at++) {
		if (write(writer->descriptor, at, 1) != 1)
			break;
		sched_yield();
	}
	close(writer->descriptor);
	return NULL;
}

static void a_job_that_comes_in_pieces_is_put_together(void **state)
{
	struct writer writer = {.text = "{\"url\":\"http://h/x\",\"override\":true}"};
	struct trial trial = {.object = NULL};
	pthread_t thread;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	writer.descriptor = ends[1];
	assert_int_equal(pthread_create(&thread, NULL, write_slowly, &writer), 0);
	options_init(&trial.options);
	trial.options.verb = OPTIONS_UPDATE;
	trial.options.job_fd = ends[0];
	assert_true(job_read(&trial.options, &trial.object, &trial.why));
	assert_true(trial.options.override);
	pthread_join(thread, NULL);
	document_forget(trial.object);
}

static void a_descriptor_that_cannot_be_read_is_said(void **state)
{
	struct uxm_failure why;
	cJSON *object = NULL;
	int descriptor = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_false(document_read(descriptor, "The job", 50, &object, &why));
	assert_string_equal(why.text, "The job cannot be read: Is a directory.");
	close(descriptor);
}

/* Runs `check` in a child with that as standard output; its exit status. */
static int in_child(int output, int (*check)(void))
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		dup2(output, STDOUT_FILENO);
		_exit(check());
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int follow(void)
{
	struct uxm_failure why = {.result = UXM_UPDATED};
	int number = 0;

	if (!job_follow_parent(&why))
		return (int)why.result;
	return prctl(PR_GET_PDEATHSIG, &number) == 0 && number == SIGTERM ? 0 : 100;
}

static void a_job_ends_with_its_parent_even_with_one_that_died_before(void **state)
{
	int ends[2];

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(in_child(ends[1], follow), 0);
	close(ends[0]);
	assert_int_equal(in_child(ends[1], follow), UXM_CANCELLED);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(a_file_by_stored_defaults_is_read),
		cmocka_unit_test(an_upload_is_standard_input_with_a_name_and_a_size),
		cmocka_unit_test(an_upload_and_its_job_are_not_on_the_same_descriptor),
		cmocka_unit_test(what_is_wrong_is_refused_by_the_name_of_its_key),
		cmocka_unit_test(a_long_password_is_refused_and_not_repeated),
		cmocka_unit_test(an_escaped_backslash_before_u0000_is_no_zero),
		cmocka_unit_test(a_zero_in_the_job_is_refused),
		cmocka_unit_test(a_job_of_64_kib_is_read_and_no_larger_one),
		cmocka_unit_test(a_writer_that_does_not_close_is_given_up),
		cmocka_unit_test(a_job_that_comes_in_pieces_is_put_together),
		cmocka_unit_test(a_descriptor_that_cannot_be_read_is_said),
		cmocka_unit_test(a_job_ends_with_its_parent_even_with_one_that_died_before),
	};

	return cmocka_run_group_tests_name("tools/job", tests, NULL, NULL);
}
