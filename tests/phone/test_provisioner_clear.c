/* phone/provisioner*.c: firmware_uxm is cleared, and what that starts over. */
#include <string.h>

#include "clockwork.h"
#include "tests/cmocka.h"

#define DAY       86400u
#define LATER_URL "http://s/snomD7C-1.7.0-r.bin"
#define OWN_URL   "http://s/snomD7C-1.5.3-r.bin"

/* A firmware file whose settings are the user's own once he changed them. */
static void offer_own(struct clockwork *work, const char *text)
{
	clockwork_serve(work, FIRMWARE_URL, text);
}

static void what_the_user_cleared_and_uxmd_set_is_updated_again_and_again(void **state)
{
	struct clockwork *work = *state;

	offer_own(work, "<firmware-settings><firmware_uxm perm=\"!\">" NEW_URL
			"</firmware_uxm></firmware-settings>");
	clockwork_start(work);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S2", "D7C", "1.5.3");
	clockwork_pass(work, 120);
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	assert_int_equal(work->updates, 2);
	clockwork_end(work, UXM_UPDATED, false);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
	assert_false(phone_settings_is_own(work->settings, PHONE_FIRMWARE_UXM));
	/* The next offer, over a restart too. */
	offer_own(work, "<firmware-settings><firmware_uxm perm=\"!\">" LATER_URL
			"</firmware_uxm></firmware-settings>");
	clockwork_cut(work);
	assert_int_equal(work->updates, 3);
	assert_string_equal(work->update, LATER_URL);
	clockwork_end(work, UXM_UPDATED, false);
	/* What he sets himself stays his. */
	clockwork_save(work, PHONE_FIRMWARE_UXM, OWN_URL);
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 3);
	assert_true(clockwork_says(work, "left alone"));
}

static void cleared_while_the_finished_module_is_there_it_waits_for_the_next_one(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 1);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), "");
	assert_true(clockwork_says(work, "stays empty for the next module"));
	clockwork_unplug(work, "S1");
	clockwork_plug(work, "S2", "D7C", "1.5.3");
	clockwork_pass(work, 0);
	assert_int_equal(work->updates, 2);
	assert_string_equal(work->state.update.serial, "S2");
	clockwork_end(work, UXM_UPDATED, false);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
	/* A third one that runs it already gives it its value. */
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	clockwork_unplug(work, "S2");
	clockwork_plug(work, "S3", "D7C", "1.6.1");
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), NEW_URL);
}

static void
cleared_while_the_finished_module_is_there_another_offer_is_installed_on_it(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_save(work, PHONE_FIRMWARE_UXM, "");
	clockwork_offer(work, LATER_URL);
	clockwork_pass(work, 2 * DAY);
	assert_int_equal(work->updates, 2);
	clockwork_end(work, UXM_UPDATED, false);
	assert_string_equal(clockwork_get(work, PHONE_FIRMWARE_UXM), LATER_URL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(what_the_user_cleared_and_uxmd_set_is_updated_again_and_again),
		TEST(cleared_while_the_finished_module_is_there_it_waits_for_the_next_one),
		TEST(cleared_while_the_finished_module_is_there_another_offer_is_installed_on_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
