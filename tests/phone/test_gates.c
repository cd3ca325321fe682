/* phone/gates.c: whether what provisioning offers is installed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/gates.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define URL "http://s/snomD7C-1.6.1-r.bin"
#define NOW 1800000000

/* All that a question asks of; by make the gate is open. */
struct world {
	struct phone_settings *settings;
	struct record *record;
	struct state state;
	struct gate_question question;
	struct gate_answer answer;
};

static void set(struct world *world, enum phone_id id, const char *value)
{
	struct uxm_failure why;

	assert_int_equal(phone_settings_set(world->settings, id, value, PHONE_BY_UXMD, &why),
			 UXM_UPDATED);
}

static void plug(struct world *world, const char *serial, const char *model, const char *version)
{
	struct state_module *module = &world->state.list.modules[world->state.list.count++];

	memset(module, 0, sizeof(*module));
	snprintf(module->port, sizeof(module->port), "1-%zu", world->state.list.count);
	snprintf(module->serial, sizeof(module->serial), "%s", serial);
	snprintf(module->model, sizeof(module->model), "%s", model);
	snprintf(module->version, sizeof(module->version), "%s", version);
	snprintf(module->status, sizeof(module->status), "idle");
	world->state.looked = true;
}

static struct state_module *module_of(struct world *world)
{
	return &world->state.list.modules[0];
}

static int make(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->settings = phone_settings_new();
	world->record = record_new();
	assert_non_null(world->settings);
	assert_non_null(world->record);
	set(world, PHONE_UPDATE_POLICY, "auto_update");
	set(world, PHONE_FIRMWARE_STATUS, "http://s/firmware.xml");
	plug(world, "S1", "D7C", "1.5.3");
	world->state.phone_version = "10.1.64.14";
	world->question.offer = URL;
	world->question.settings = world->settings;
	world->question.state = &world->state;
	world->question.record = world->record;
	world->question.now = NOW;
	*state = world;
	return 0;
}

static int unmake(void **state)
{
	struct world *world = *state;

	phone_settings_free(world->settings);
	record_free(world->record);
	free(world);
	return 0;
}

static bool says(struct world *world, const char *text)
{
	if (strstr(world->answer.text, text) != NULL)
		return true;
	print_error("It says: %s\n", world->answer.text);
	return false;
}

static enum gate judge(struct world *world)
{
	memset(&world->answer, 0xA5, sizeof(world->answer));
	gate_judge(&world->question, &world->answer);
	assert_non_null(memchr(world->answer.text, '\0', sizeof(world->answer.text)));
	assert_true(world->answer.text[0] != '\0');
	return world->answer.gate;
}

static void fails(struct world *world, const char *serial, enum uxm_result result)
{
	uint32_t fingerprint = record_fingerprint(world->settings, module_of(world)->version,
						  world->state.phone_version);

	assert_true(record_begin(world->record, URL, serial, fingerprint, NOW));
	record_fail(world->record, URL, serial, result, false, "Because.", NOW, 0);
}

static void a_new_url_for_the_one_module_is_installed(void **state)
{
	struct world *world = *state;

	assert_int_equal(judge(world), GATE_OPEN);
	assert_true(says(world, URL " is installed in place of version 1.5.3."));
	assert_false(world->answer.older);
}

static void without_an_offer_it_says_whether_a_server_is_set(void **state)
{
	struct world *world = *state;

	world->question.offer = "";
	assert_int_equal(judge(world), GATE_NO_OFFER);
	assert_true(says(world, "offers no firmware"));
	set(world, PHONE_FIRMWARE_STATUS, "");
	set(world, PHONE_SETTING_SERVER, "http://s/settings.xml");
	assert_int_equal(judge(world), GATE_NO_OFFER);
	assert_true(says(world, "offers no firmware"));
	set(world, PHONE_SETTING_SERVER, "");
	assert_int_equal(judge(world), GATE_NO_OFFER);
	assert_true(says(world, "No provisioning server is set"));
}

static void each_policy_is_read_as_documented(void **state)
{
	static const struct {
		const char *policy;
		enum gate gate;
	} rows[] = {
		{"auto_update", GATE_OPEN},         {"ask_for_update", GATE_ASK},
		{"settings_only", GATE_POLICY},     {"never_update", GATE_POLICY},
		{"never_update_firm", GATE_POLICY}, {"never_update_boot", GATE_POLICY},
	};
	struct world *world = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		set(world, PHONE_UPDATE_POLICY, rows[i].policy);
		assert_int_equal(judge(world), rows[i].gate);
		if (rows[i].gate == GATE_POLICY)
			assert_true(says(world, rows[i].policy));
	}
}

static void the_default_policy_installs_nothing(void **state)
{
	struct world *world = *state;

	set(world, PHONE_UPDATE_POLICY, phone_setting(PHONE_UPDATE_POLICY)->initial);
	assert_int_equal(judge(world), GATE_POLICY);
	assert_true(says(world, "settings_only"));
}

static void what_the_user_set_himself_is_left_alone_until_it_is_cleared(void **state)
{
	struct world *world = *state;
	struct uxm_failure why;

	assert_int_equal(phone_settings_provision(world->settings, PHONE_FIRMWARE_UXM, "",
						  PHONE_PERM_OWN, &why),
			 UXM_UPDATED);
	assert_int_equal(judge(world), GATE_OPEN);
	assert_int_equal(phone_settings_set(world->settings, PHONE_FIRMWARE_UXM,
					    "http://s/snomD7C-1.5.3-r.bin", PHONE_BY_USER, &why),
			 UXM_UPDATED);
	assert_int_equal(judge(world), GATE_OWN);
	assert_true(says(world, "left alone"));
	/* What forbids it for all is said first. */
	set(world, PHONE_UPDATE_POLICY, "never_update");
	assert_int_equal(judge(world), GATE_POLICY);
	set(world, PHONE_UPDATE_POLICY, "auto_update");
	assert_int_equal(
		phone_settings_set(world->settings, PHONE_FIRMWARE_UXM, "", PHONE_BY_USER, &why),
		UXM_UPDATED);
	assert_int_equal(judge(world), GATE_OPEN);
}

static void an_exact_match_of_the_url_is_not_installed_again(void **state)
{
	struct world *world = *state;

	set(world, PHONE_FIRMWARE_UXM, URL);
	assert_int_equal(judge(world), GATE_SAME);
	/* Whatever module there is. */
	world->state.list.count = 0;
	plug(world, "S2", "D7C", "1.0.0");
	assert_int_equal(judge(world), GATE_SAME);
	set(world, PHONE_FIRMWARE_UXM, URL "?");
	assert_int_equal(judge(world), GATE_OPEN);
	set(world, PHONE_FIRMWARE_UXM, "HTTP://s/snomD7C-1.6.1-r.bin");
	assert_int_equal(judge(world), GATE_OPEN);
}

static void per_module_the_match_is_the_serial_numbers(void **state)
{
	struct world *world = *state;

	set(world, PHONE_UXM_PER_MODULE, "on");
	set(world, PHONE_FIRMWARE_UXM, URL);
	assert_int_equal(judge(world), GATE_OPEN);
	assert_true(record_done(world->record, "S1", "D7C", URL, NOW));
	assert_int_equal(judge(world), GATE_SAME);
	assert_true(says(world, "serial number S1"));
	assert_true(record_done(world->record, "S1", "D7C", "http://s/snomD7C-1.5.3-r.bin", NOW));
	assert_int_equal(judge(world), GATE_OPEN);
	/* With several, none can be done. */
	assert_true(record_done(world->record, "S1", "D7C", URL, NOW));
	plug(world, "S2", "D7C", "1.5.3");
	assert_int_equal(judge(world), GATE_SEVERAL);
}

static void per_module_a_module_without_a_serial_number_goes_by_the_setting(void **state)
{
	struct world *world = *state;

	set(world, PHONE_UXM_PER_MODULE, "on");
	module_of(world)->serial[0] = '\0';
	assert_int_equal(judge(world), GATE_OPEN);
	set(world, PHONE_FIRMWARE_UXM, URL);
	assert_int_equal(judge(world), GATE_SAME);
}

static void exactly_one_module_is_needed(void **state)
{
	struct world *world = *state;

	world->state.list.count = 0;
	assert_int_equal(judge(world), GATE_NO_MODULE);
	assert_true(says(world, "exactly one must be"));
	plug(world, "S1", "D7C", "1.5.3");
	plug(world, "S2", "D7C", "1.5.3");
	assert_int_equal(judge(world), GATE_SEVERAL);
	assert_true(says(world, "2 expansion modules are attached"));
	world->state.list.count = 1;
	assert_int_equal(judge(world), GATE_OPEN);
	world->state.looked = false;
	assert_int_equal(judge(world), GATE_NO_MODULE);
	world->state.looked = true;
	snprintf(world->state.list_error, sizeof(world->state.list_error), "No bus.");
	assert_int_equal(judge(world), GATE_NO_MODULE);
	assert_true(says(world, "No bus."));
}

static void a_module_that_is_not_at_rest_is_waited_for(void **state)
{
	static const char *const busy[] = {"verifying", "installing", "done", ""};
	static const char *const resting[] = {"idle", "failed", "receiving"};
	struct world *world = *state;

	for (size_t i = 0; i < ROWS(busy); i++) {
		snprintf(module_of(world)->status, sizeof(module_of(world)->status), "%s", busy[i]);
		assert_int_equal(judge(world), GATE_NOT_READY);
	}
	for (size_t i = 0; i < ROWS(resting); i++) {
		snprintf(module_of(world)->status, sizeof(module_of(world)->status), "%s",
			 resting[i]);
		assert_int_equal(judge(world), GATE_OPEN);
	}
	snprintf(module_of(world)->error, sizeof(module_of(world)->error), "It is in use.");
	assert_int_equal(judge(world), GATE_NOT_READY);
	assert_true(says(world, "It is in use."));
}

static void an_update_that_runs_is_waited_for(void **state)
{
	static const struct {
		enum state_phase phase;
		enum gate gate;
	} rows[] = {{STATE_IDLE, GATE_OPEN},
		    {STATE_RUNNING, GATE_NOT_READY},
		    {STATE_COMMITTED, GATE_NOT_READY},
		    {STATE_ENDED, GATE_OPEN}};
	struct world *world = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		world->state.update.phase = rows[i].phase;
		assert_int_equal(judge(world), rows[i].gate);
	}
}

static void a_url_that_names_no_image_for_this_module_is_refused(void **state)
{
	static const char *const offers[] = {
		"http://s/snomD8C-1.6.1-r.bin",
		"http://s/snomD7C-1.6.1.bin",
		"http://s/firmware.bin",
		"snomD7C-1.6.1-r.bin",
		"http://s/",
	};
	struct world *world = *state;

	for (size_t i = 0; i < ROWS(offers); i++) {
		world->question.offer = offers[i];
		assert_int_equal(judge(world), GATE_NAME);
	}
	world->question.offer = "http://s/snomD8C-1.6.1-r.bin";
	(void)judge(world);
	assert_true(says(world, "for a D8C, but the module is a D7C"));
}

static void what_the_module_runs_already_is_not_fetched(void **state)
{
	struct world *world = *state;

	world->question.offer = "http://s/snomD7C-1.5.3-r.bin";
	assert_int_equal(judge(world), GATE_RUNS);
	world->question.offer = "http://s/snomD7C-1.5.3.0-r.bin";
	assert_int_equal(judge(world), GATE_RUNS);
	/* A version that cannot be read is none. */
	snprintf(module_of(world)->version, sizeof(module_of(world)->version), "1.5.3b");
	assert_int_equal(judge(world), GATE_OPEN);
}

static void the_phones_own_version_must_be_new_enough(void **state)
{
	struct world *world = *state;

	world->state.phone_version = "10.1.64.13";
	assert_int_equal(judge(world), GATE_PHONE_VERSION);
	assert_true(says(world, "10.1.64.14 or later"));
	world->state.phone_version = "";
	assert_int_equal(judge(world), GATE_PHONE_VERSION);
	world->state.phone_version = NULL;
	assert_int_equal(judge(world), GATE_PHONE_VERSION);
	/* Nothing is known that a D8C would need. */
	world->question.offer = "http://s/snomD8C-1.6.1-r.bin";
	world->state.list.count = 0;
	plug(world, "S1", "D8C", "1.5.3");
	assert_int_equal(judge(world), GATE_OPEN);
}

static void an_older_image_is_installed_and_said_unless_it_is_forbidden(void **state)
{
	struct world *world = *state;

	world->question.offer = "http://s/snomD7C-1.1.1-r.bin";
	assert_int_equal(judge(world), GATE_OPEN);
	assert_true(world->answer.older);
	assert_true(says(world, "which is later"));
	set(world, PHONE_UPDATE_POLICY, "ask_for_update");
	assert_int_equal(judge(world), GATE_ASK);
	assert_true(says(world, "a later version"));
	set(world, PHONE_UPDATE_POLICY, "auto_update");
	set(world, PHONE_UXM_ALLOW_OLDER, "off");
	assert_int_equal(judge(world), GATE_OLDER);
	assert_true(says(world, "uxm_allow_older"));
	world->question.offer = URL;
	assert_int_equal(judge(world), GATE_OPEN);
	assert_false(world->answer.older);
}

static void a_failure_is_waited_for_and_tried_five_times(void **state)
{
	struct world *world = *state;

	for (unsigned tries = 1; tries < RECORD_TRIES; tries++) {
		fails(world, "S1", UXM_FETCH_FAILED);
		world->question.now = NOW;
		assert_int_equal(judge(world), GATE_PAUSE);
		assert_true(says(world, "Because."));
		assert_true(world->answer.until > NOW);
		world->question.now = world->answer.until - 1;
		assert_int_equal(judge(world), GATE_PAUSE);
		world->question.now = world->answer.until;
		assert_int_equal(judge(world), GATE_OPEN);
	}
	fails(world, "S1", UXM_FETCH_FAILED);
	world->question.now = NOW + 10000000;
	assert_int_equal(judge(world), GATE_GIVEN_UP);
	assert_true(says(world, "failed 5 times"));
}

static void a_failure_counts_for_its_url_and_module_alone(void **state)
{
	struct world *world = *state;

	fails(world, "S1", UXM_FETCH_FAILED);
	assert_int_equal(judge(world), GATE_PAUSE);
	world->question.offer = URL "?again";
	assert_int_equal(judge(world), GATE_OPEN);
	world->question.offer = URL;
	snprintf(module_of(world)->serial, sizeof(module_of(world)->serial), "S2");
	assert_int_equal(judge(world), GATE_OPEN);
}

static void a_refused_image_waits_for_a_setting_or_the_modules_version(void **state)
{
	struct world *world = *state;

	fails(world, "S1", UXM_IMAGE_REFUSED);
	world->question.now = NOW + 10000000;
	assert_int_equal(judge(world), GATE_REFUSED);
	assert_true(says(world, "Because."));
	set(world, PHONE_UXM_KEYS, "/etc/uxm/keys.d/a.pem");
	assert_int_equal(judge(world), GATE_OPEN);
	set(world, PHONE_UXM_KEYS, "");
	assert_int_equal(judge(world), GATE_REFUSED);
	snprintf(module_of(world)->version, sizeof(module_of(world)->version), "1.5.4");
	assert_int_equal(judge(world), GATE_OPEN);
}

static void the_user_is_asked_and_may_say_now_or_later(void **state)
{
	struct world *world = *state;

	set(world, PHONE_UPDATE_POLICY, "ask_for_update");
	assert_int_equal(judge(world), GATE_ASK);
	assert_true(says(world, "which runs 1.5.3"));
	world->question.later = NOW + 60;
	assert_int_equal(judge(world), GATE_LATER);
	assert_int_equal(world->answer.until, NOW + 60);
	world->question.now = NOW + 60;
	assert_int_equal(judge(world), GATE_ASK);
	world->question.confirmed = true;
	assert_int_equal(judge(world), GATE_OPEN);
	/* Saying "now" opens no other gate. */
	set(world, PHONE_UPDATE_POLICY, "never_update");
	assert_int_equal(judge(world), GATE_POLICY);
}

static void no_sentence_shows_a_password(void **state)
{
	struct world *world = *state;

	world->question.offer = "http://u:geheim@s/snomD7C-1.6.1-r.bin?key=geheim";
	for (size_t i = 0; i < 4; i++) {
		(void)judge(world);
		assert_null(strstr(world->answer.text, "geheim"));
		if (i == 0)
			world->state.list.count = 0;
		else if (i == 1)
			set(world, PHONE_UPDATE_POLICY, "never_update");
		else
			world->question.offer = "u:geheim@s";
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
		TEST(a_new_url_for_the_one_module_is_installed),
		TEST(without_an_offer_it_says_whether_a_server_is_set),
		TEST(each_policy_is_read_as_documented),
		TEST(the_default_policy_installs_nothing),
		TEST(what_the_user_set_himself_is_left_alone_until_it_is_cleared),
		TEST(an_exact_match_of_the_url_is_not_installed_again),
		TEST(per_module_the_match_is_the_serial_numbers),
		TEST(per_module_a_module_without_a_serial_number_goes_by_the_setting),
		TEST(exactly_one_module_is_needed),
		TEST(a_module_that_is_not_at_rest_is_waited_for),
		TEST(an_update_that_runs_is_waited_for),
		TEST(a_url_that_names_no_image_for_this_module_is_refused),
		TEST(what_the_module_runs_already_is_not_fetched),
		TEST(the_phones_own_version_must_be_new_enough),
		TEST(an_older_image_is_installed_and_said_unless_it_is_forbidden),
		TEST(a_failure_is_waited_for_and_tried_five_times),
		TEST(a_failure_counts_for_its_url_and_module_alone),
		TEST(a_refused_image_waits_for_a_setting_or_the_modules_version),
		TEST(the_user_is_asked_and_may_say_now_or_later),
		TEST(no_sentence_shows_a_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
