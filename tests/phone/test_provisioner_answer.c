/* phone/provisioner_answer.c: what the user is asked, and what the answer is for. */
#include <string.h>

#include "clockwork.h"
#include "tests/cmocka.h"

#define DAY       86400u
#define LATER_URL "http://s/snomD7C-1.7.0-r.bin"

static void ask(struct clockwork *work)
{
	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	assert_true(work->state.provision.asking);
}

static void say_now(struct clockwork *work)
{
	struct uxm_failure why;

	assert_true(
		provisioner_answer(work->provisioner, true, work->state.provision.question, &why));
}

static void after_success_the_same_offer_is_asked_for_again(void **state)
{
	struct clockwork *work = *state;

	ask(work);
	say_now(work);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S1", "D7C", "1.5.3");
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 1);
	assert_true(work->state.provision.asking);
}

static void what_was_agreed_to_before_firmware_uxm_was_cleared_is_asked_for_again(void **state)
{
	struct clockwork *work = *state;

	ask(work);
	say_now(work);
	clockwork_end(work, UXM_FETCH_FAILED, false);
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	assert_int_equal(work->updates, 1);
	assert_true(work->state.provision.asking);
}

static void an_offer_that_went_and_came_back_is_asked_for_again(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	ask(work);
	say_now(work);
	clockwork_end(work, UXM_FETCH_FAILED, false);
	clockwork_offer(work, LATER_URL);
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_pass(work, 0);
	clockwork_offer(work, NEW_URL);
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_pass(work, DAY);
	assert_int_equal(work->updates, 1);
	assert_true(work->state.provision.asking);
}

/* Both are asked for, with these URLs. */
static void ask_both(struct clockwork *work, const char *text)
{
	work->has_phone_command = true;
	clockwork_set(work, PHONE_UPDATE_POLICY, "ask_for_update");
	clockwork_serve(work, FIRMWARE_URL, text);
	clockwork_cut(work);
	assert_true(work->state.provision.asking);
}

static void look(struct clockwork *work, const char *text)
{
	struct uxm_failure why;

	clockwork_serve(work, FIRMWARE_URL, text);
	assert_true(provisioner_look_now(work->provisioner, &why));
	clockwork_pass(work, 0);
}

/* The answer of a page that showed what was asked before. */
static void is_refused(struct clockwork *work, const char *question)
{
	struct uxm_failure why;

	assert_true(work->state.provision.asking);
	assert_string_not_equal(work->state.provision.question, question);
	assert_false(provisioner_answer(work->provisioner, true, question, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_int_equal(work->phones, 0);
	assert_int_equal(work->updates, 0);
}

#define BOTH(phone, module)                                                                        \
	"<firmware-settings><firmware>" phone "</firmware><firmware_uxm>" module                   \
	"</firmware_uxm></firmware-settings>"

static void an_answer_to_another_offer_than_is_there_now_is_refused(void **state)
{
	struct clockwork *work = *state;
	char question[16];

	/* The phone's has changed, the module's not. */
	ask_both(work, BOTH(PHONE_URL, NEW_URL));
	memcpy(question, work->state.provision.question, sizeof(question));
	look(work, BOTH("http://s/phone2.bin", NEW_URL));
	is_refused(work, question);
	/* Of a query nothing is shown. */
	look(work, BOTH(PHONE_URL, NEW_URL "?a=1"));
	memcpy(question, work->state.provision.question, sizeof(question));
	look(work, BOTH(PHONE_URL, NEW_URL "?a=2"));
	is_refused(work, question);
	/* One of two is gone. */
	memcpy(question, work->state.provision.question, sizeof(question));
	look(work, BOTH("", NEW_URL "?a=2"));
	is_refused(work, question);
	/* Another module. */
	memcpy(question, work->state.provision.question, sizeof(question));
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S2", "D7C", "1.5.3");
	is_refused(work, question);
	say_now(work);
	assert_int_equal(work->updates, 1);
	assert_string_equal(work->update, NEW_URL "?a=2");
}

static void an_answer_without_a_question_is_told_to_send_it(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	ask(work);
	assert_false(provisioner_answer(work->provisioner, true, "", &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "send the form's question"));
	assert_false(provisioner_answer(work->provisioner, true, "0", &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_non_null(strstr(why.text, "Another update is offered by now"));
	assert_int_equal(work->updates, 0);
}

static void a_question_of_an_earlier_uxmd_is_another_one(void **state)
{
	struct clockwork *work = *state;
	char question[16];

	ask_both(work, BOTH(PHONE_URL, NEW_URL));
	memcpy(question, work->state.provision.question, sizeof(question));
	work->drawn = 77;
	clockwork_cut(work);
	is_refused(work, question);
}

static void now_to_the_phones_offer_says_nothing_of_the_modules(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UXM_ALLOW_OLDER, "off");
	ask_both(work, BOTH(PHONE_URL, "http://s/snomD7C-1.1.1-r.bin"));
	assert_true(clockwork_says(work, "uxm_allow_older is off"));
	say_now(work);
	assert_int_equal(work->phones, 1);
	provisioner_phone_updated(work->provisioner, NULL);
	clockwork_save(work, PHONE_UXM_ALLOW_OLDER, "on");
	clockwork_pass(work, 60);
	assert_int_equal(work->updates, 0);
	assert_true(work->state.provision.asking);
	say_now(work);
	assert_int_equal(work->updates, 1);
}

static void who_cancels_is_left_alone_until_the_next_look_and_uses_no_try_up(void **state)
{
	struct clockwork *work = *state;
	struct uxm_failure why;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	for (unsigned i = 0; i < 2 * RECORD_TRIES; i++) {
		assert_int_equal(work->updates, i + 1);
		clockwork_end(work, UXM_CANCELLED, false);
		clockwork_pass(work, 3600);
		assert_int_equal(work->updates, i + 1);
		assert_true(clockwork_says(work, "because its update was cancelled"));
		assert_true(provisioner_look_now(work->provisioner, &why));
		clockwork_pass(work, 0);
	}
	clockwork_end(work, UXM_TRANSFER_FAILED, false);
	assert_true(clockwork_says(work, "try 1 of 5"));
}

static void an_end_of_uxmd_uses_no_try_up_before_the_commit(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	for (unsigned i = 0; i < 2 * RECORD_TRIES; i++) {
		assert_int_equal(work->updates, i + 1);
		provisioner_stop(work->provisioner);
		clockwork_cut(work);
	}
	/* Whether one that is committed is done, the module tells. */
	work->state.update.phase = STATE_COMMITTED;
	provisioner_stop(work->provisioner);
	work->state.update.phase = STATE_RUNNING;
	clockwork_end(work, UXM_TRANSFER_FAILED, false);
	assert_true(clockwork_says(work, "try 1 of 5"));
	provisioner_stop(work->provisioner);
	assert_true(clockwork_says(work, "try 1 of 5"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(after_success_the_same_offer_is_asked_for_again),
		TEST(what_was_agreed_to_before_firmware_uxm_was_cleared_is_asked_for_again),
		TEST(an_offer_that_went_and_came_back_is_asked_for_again),
		TEST(an_answer_to_another_offer_than_is_there_now_is_refused),
		TEST(an_answer_without_a_question_is_told_to_send_it),
		TEST(a_question_of_an_earlier_uxmd_is_another_one),
		TEST(now_to_the_phones_offer_says_nothing_of_the_modules),
		TEST(who_cancels_is_left_alone_until_the_next_look_and_uses_no_try_up),
		TEST(an_end_of_uxmd_uses_no_try_up_before_the_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
