/* phone/provisioner_judge.c: what the user is asked, and what the answer is for. */
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

	assert_true(provisioner_answer(work->provisioner, true, NEW_URL, &why));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(after_success_the_same_offer_is_asked_for_again),
		TEST(what_was_agreed_to_before_firmware_uxm_was_cleared_is_asked_for_again),
		TEST(an_offer_that_went_and_came_back_is_asked_for_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
