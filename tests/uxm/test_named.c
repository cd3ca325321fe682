/* What is known of an image beforehand: its header, the SHA-256 that somebody names for it, and the
 * version that the module runs already. */
#include <gnutls/crypto.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"
#include "tests/uxm/fixture.h"
#include "tests/uxm/trial.h"

/* The desk's image, and what its server names for it. */
struct labelled {
	struct uxm_image image;
	const char *sender;
	bool is_named;
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];
	bool owes_nothing; /* whatever passes while it is waited for, it was not the server's fault
			    */
};

/* One update: arranged by a test, then run. */
struct errand {
	struct desk *desk;
	struct desk_options options;
	struct desk_run run;
	struct uxm_order order;
	struct labelled labelled;
	struct fixture fixture; /* the file, where it has a header; else its length is 0 */
	struct uxm_failure why;
};

static enum uxm_io labelled_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	const struct labelled *labelled = self;

	return labelled->image.ops->open(labelled->image.self, size, why);
}

static enum uxm_io labelled_read(void *self, uint8_t *buffer, size_t room, size_t *got,
				 struct uxm_failure *why)
{
	const struct labelled *labelled = self;

	return labelled->image.ops->read(labelled->image.self, buffer, room, got, why);
}

static enum uxm_io labelled_seek(void *self, uint64_t offset, struct uxm_failure *why)
{
	const struct labelled *labelled = self;

	return labelled->image.ops->seek(labelled->image.self, offset, why);
}

static bool labelled_digest(void *self, uint8_t digest[32])
{
	const struct labelled *labelled = self;

	if (labelled->is_named)
		memcpy(digest, labelled->digest, sizeof(labelled->digest));
	return labelled->is_named;
}

static bool labelled_owes(void *self)
{
	const struct labelled *labelled = self;

	return !labelled->owes_nothing;
}

static const struct uxm_image_ops labelled_ops = {
	.open = labelled_open,
	.read = labelled_read,
	.seek = labelled_seek,
	.digest = labelled_digest,
	.owes = labelled_owes,
};

/* An opaque image of TRIAL_SIZE bytes for a D7C that runs 1.5.3. */
static struct errand *begin(void **state)
{
	static struct errand errand;
	const struct trial *trial = *state;

	memset(&errand, 0, sizeof(errand));
	errand.desk = trial->desk;
	errand.run = (struct desk_run){.image = {.size = TRIAL_SIZE, .seed = 9}, .limit = 1000000};
	desk_defaults(&errand.options);
	assert_true(desk_reset(errand.desk, &errand.options));
	desk_start(errand.desk, &errand.run);
	trial_order(errand.desk, TRIAL_FILE, false, &errand.order);
	return &errand;
}

/* In place of it one of 10,000 bytes with a header, for the hardware levels 1 to 3. */
static struct errand *begin_with_header(void **state)
{
	struct errand *errand = begin(state);

	fixture_make(10000, &errand->fixture);
	return errand;
}

static void digest_of_image(const struct errand *errand, uint8_t digest[UXM_WIRE_DIGEST_SIZE])
{
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, errand->desk->payload,
					  (size_t)errand->desk->run.image.size, digest),
			 0);
}

/* Runs it, and expects this result and these words of its sentence. */
static void ends(struct errand *errand, enum uxm_result result, const char *says)
{
	struct desk *desk = errand->desk;
	struct uxm_image image = {
		.ops = &labelled_ops,
		.self = &errand->labelled,
		.sender = errand->labelled.sender,
	};
	static struct uxm_update update;

	desk_start(desk, &errand->run);
	if (errand->fixture.length > 0) {
		memcpy(desk->payload, errand->fixture.bytes, errand->fixture.length);
		desk->run.image.size = errand->fixture.length;
	}
	errand->labelled.image = desk_image(desk);
	assert_true(uxm_update_init(&update, &errand->order, desk_module(desk), image,
				    desk_clock(desk), desk_watch(desk), &errand->why));
	(void)uxm_update_run(&update, &errand->why);
	uxm_update_release(&update);
	trial_check_conduct(desk);
	assert_int_equal(errand->why.result, result);
	if (strstr(errand->why.text, says) == NULL)
		fail_msg("the sentence lacks \"%s\": %s", says, errand->why.text);
}

/* The module runs the payload, without the header. */
static void runs_it(const struct errand *errand)
{
	struct desk *desk = errand->desk;

	if (errand->fixture.length > 0) {
		desk->run.image.size -= UXM_IMAGE_HEADER_LEAST;
		memmove(desk->payload, desk->payload + UXM_IMAGE_HEADER_LEAST,
			(size_t)desk->run.image.size);
	}
	assert_true(desk_runs_image(desk, 0));
}

static void runs(const struct errand *errand, struct uxm_version version)
{
	struct uxm_version running = device_version(desk_device(errand->desk, 0));

	assert_int_equal(uxm_version_compare(&running, &version), 0);
}

static const struct uxm_version before = TRIAL_BEFORE;

static void installs_the_payload_of_an_image_with_a_header(void **state)
{
	struct errand *errand = begin_with_header(state);

	ends(errand, UXM_UPDATED, "from 1.5.3 to 1.6.1");
	runs_it(errand);
	assert_string_equal(desk_notes(errand->desk), "");
}

static void installs_nothing_that_is_not_what_the_header_names(void **state)
{
	struct errand *errand = begin_with_header(state);

	errand->fixture.bytes[errand->fixture.length - 1] ^= 1;
	ends(errand, UXM_TRANSFER_FAILED, "is not the one that its header names; nothing was");
	runs(errand, before);
}

static void takes_no_other_digest_beside_a_header(void **state)
{
	struct errand *errand = begin_with_header(state);

	errand->order.wants_digest = true;
	ends(errand, UXM_USAGE, "has a header, which names its SHA-256");
	runs(errand, before);
}

static void what_the_server_names_is_the_files_and_not_the_payloads(void **state)
{
	struct errand *errand = begin_with_header(state);

	errand->labelled.is_named = true;
	memset(errand->labelled.digest, 0x77, sizeof(errand->labelled.digest));
	ends(errand, UXM_UPDATED, "to 1.6.1");
	runs_it(errand);
}

static void installs_what_the_server_names(void **state)
{
	struct errand *errand = begin(state);

	errand->labelled.is_named = true;
	digest_of_image(errand, errand->labelled.digest);
	ends(errand, UXM_UPDATED, "to 1.6.1");
	runs_it(errand);
}

static void installs_nothing_but_what_the_server_names(void **state)
{
	struct errand *errand = begin(state);

	errand->labelled.is_named = true;
	digest_of_image(errand, errand->labelled.digest);
	errand->labelled.digest[31] ^= 1;
	ends(errand, UXM_TRANSFER_FAILED, "is not the one that was given for it; nothing was");
	runs(errand, before);
}

static void refuses_when_the_server_and_the_order_name_different_ones(void **state)
{
	struct errand *errand = begin(state);

	errand->labelled.is_named = true;
	digest_of_image(errand, errand->labelled.digest);
	errand->order.has_digest = true;
	digest_of_image(errand, errand->order.digest);
	errand->order.digest[0] ^= 1;
	ends(errand, UXM_IMAGE_REFUSED, "has another SHA-256 than the one that was given");
	runs(errand, before);
	errand->order.digest[0] ^= 1;
	ends(errand, UXM_UPDATED, "to 1.6.1");
}

static void refuses_a_digest_of_zeros_whoever_names_it(void **state)
{
	struct errand *errand = begin(state);

	errand->order.has_digest = true;
	ends(errand, UXM_IMAGE_REFUSED, "A SHA-256 of zeros was named for " TRIAL_FILE);
	runs(errand, before);
	errand->order.has_digest = false;
	errand->labelled.is_named = true;
	ends(errand, UXM_IMAGE_REFUSED, "A SHA-256 of zeros was named for " TRIAL_FILE);
	runs(errand, before);
}

static void remarks_on_a_rule_that_override_let_pass(void **state)
{
	struct errand *errand = begin(state);

	errand->options.module.hardware_level = 4;
	assert_true(desk_reset(errand->desk, &errand->options));
	fixture_make(10000, &errand->fixture);
	ends(errand, UXM_IMAGE_REFUSED, "hardware level");
	assert_string_equal(desk_notes(errand->desk), "");
	errand->order.override = true;
	ends(errand, UXM_UPDATED, "to 1.6.1");
	assert_non_null(strstr(desk_notes(errand->desk), "hardware level"));
	runs_it(errand);
}

static void does_nothing_when_the_version_is_there_already(void **state)
{
	struct errand *errand = begin(state);

	trial_order(errand->desk, "snomD7C-1.5.3-r.bin", false, &errand->order);
	errand->order.if_needed = true;
	ends(errand, UXM_UPDATED,
	     "The D7C (serial SN-0001, port 1-1) already runs 1.5.3; nothing was done.");
	assert_false(errand->desk->source.asked);
	errand->options.without_serial = true;
	assert_true(desk_reset(errand->desk, &errand->options));
	ends(errand, UXM_UPDATED, "(serial none, port 1-1) already runs 1.5.3");
	assert_false(errand->desk->source.asked);
	runs(errand, before);
	/* Who does not ask for that gets it again. */
	errand->order.if_needed = false;
	ends(errand, UXM_UPDATED, "was given 1.5.3 once more");
	runs_it(errand);
}

static void the_same_version_of_another_model_is_not_there(void **state)
{
	const struct uxm_identity module = {.model = "D7C", .running = TRIAL_BEFORE};
	struct uxm_name name;

	(void)state;
	assert_true(uxm_name_parse("snomD7C-1.5.3-r.bin", &name));
	assert_true(uxm_decide_is_there(&name, &module));
	assert_true(uxm_name_parse("snomD8C-1.5.3-r.bin", &name));
	assert_false(uxm_decide_is_there(&name, &module));
}

static void does_what_is_needed_when_it_is(void **state)
{
	struct errand *errand = begin(state);

	errand->order.if_needed = true;
	ends(errand, UXM_UPDATED, "from 1.5.3 to 1.6.1");
	runs_it(errand);
}

/* Ends so when nothing comes at the beginning, and in the middle. */
static void says_who_does_not_send(void **state)
{
	struct errand *errand = begin(state);

	errand->run.image.delay = DESK_FOREVER;
	ends(errand, UXM_FETCH_FAILED, "The server did not begin to send snomD7C-1.6.1-r.bin");
	errand->labelled.sender = "Standard input";
	ends(errand, UXM_FETCH_FAILED,
	     "Standard input did not begin to send snomD7C-1.6.1-r.bin within 60 s.");
	errand->run.image.delay = 0;
	errand->run.image.pauses[0].at = TRIAL_MIDDLE;
	errand->run.image.pauses[0].time = DESK_FOREVER;
	ends(errand, UXM_FETCH_FAILED, "Standard input stalled: less than 64 KiB of ");
	errand->labelled.sender = NULL;
	ends(errand, UXM_FETCH_FAILED, "The server stalled: less than 64 KiB of ");
}

static void counts_no_time_against_a_server_that_is_not_yet_asked(void **state)
{
	struct errand *errand = begin(state);

	errand->run.image.delay = 200000;
	errand->run.image.pauses[0].at = TRIAL_MIDDLE;
	errand->run.image.pauses[0].time = 200000;
	errand->labelled.owes_nothing = true;
	ends(errand, UXM_UPDATED, "to 1.6.1");
	assert_in_range(desk_elapsed(errand->desk) / 1000, 400000, 410000);
}

#define TEST(name) cmocka_unit_test_prestate(name, &trial)

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trial = {.desk = desk};
	const struct CMUnitTest tests[] = {
		TEST(installs_the_payload_of_an_image_with_a_header),
		TEST(installs_nothing_that_is_not_what_the_header_names),
		TEST(takes_no_other_digest_beside_a_header),
		TEST(what_the_server_names_is_the_files_and_not_the_payloads),
		TEST(installs_what_the_server_names),
		TEST(installs_nothing_but_what_the_server_names),
		TEST(refuses_when_the_server_and_the_order_name_different_ones),
		TEST(refuses_a_digest_of_zeros_whoever_names_it),
		TEST(remarks_on_a_rule_that_override_let_pass),
		TEST(does_nothing_when_the_version_is_there_already),
		TEST(the_same_version_of_another_model_is_not_there),
		TEST(does_what_is_needed_when_it_is),
		TEST(says_who_does_not_send),
		TEST(counts_no_time_against_a_server_that_is_not_yet_asked),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	desk_free(desk);
	return failed;
}
