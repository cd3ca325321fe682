/*
 * Updates by provisioning when the power fails: before every step of a whole update, once and
 * several times in a row. What must hold: firmware_uxm takes the URL once, and only once, the
 * module is known to run the image, and every sequence gets there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clockwork.h"
#include "tests/cmocka.h"

#define DAY 86400u

/* What happens in the course of an update, one after another. */
enum step {
	LOOK_BEGINS = 0, /* the phone is on, its first look under way */
	UPDATE_BEGINS,   /* the look has ended */
	RECEIVED,        /* the module has it all */
	INSTALLED,       /* the module runs it */
	TAKEN,           /* firmware_uxm has it */
	ENDED,
	STEPS,
};

struct power {
	struct clockwork *work;
	/* The updater's journal: the URL that was written down before the update began. */
	char journal[JOURNAL_SOURCE];
	unsigned installs;
	bool known; /* the module is known to run it: its list or its job said so */
};

static bool runs_new(const struct power *power)
{
	return strcmp(power->work->state.list.modules[0].version, "1.6.1") == 0;
}

/* What must hold at any time. */
static void check(const struct power *power)
{
	const char *saved = phone_settings_text(power->work->saved, PHONE_FIRMWARE_UXM);

	assert_true(saved[0] == '\0' || strcmp(saved, NEW_URL) == 0);
	if (saved[0] != '\0')
		assert_true(runs_new(power) && power->known);
	assert_true(power->installs <= 1);
	assert_true(power->work->updates <= RECORD_TRIES);
}

static void take(struct power *power)
{
	struct clockwork *work = power->work;

	power->known = true;
	clockwork_set(work, PHONE_FIRMWARE_UXM, power->journal);
	provisioner_took(work->provisioner, "S1", "D7C", power->journal);
	power->journal[0] = '\0';
}

/* Does the step; false where it has nothing to do. */
static bool go(struct power *power, enum step step)
{
	struct clockwork *work = power->work;

	switch (step) {
	case LOOK_BEGINS:
		return work->looking;
	case UPDATE_BEGINS:
		if (work->looking)
			clockwork_answer(work);
		if (work->updating)
			memcpy(power->journal, work->update, strlen(work->update) + 1);
		return work->updating;
	case RECEIVED:
		return work->updating;
	case INSTALLED:
		if (!work->updating)
			return false;
		snprintf(work->state.list.modules[0].version, 24, "1.6.1");
		power->installs++;
		return true;
	case TAKEN:
		if (!work->updating)
			return false;
		take(power);
		return true;
	case ENDED:
		if (!work->updating)
			return false;
		work->updating = false;
		state_end(&work->state, UXM_UPDATED, "", CLOCKWORK_START);
		provisioner_updated(work->provisioner, UXM_UPDATED, false, "Updated.");
		return true;
	case STEPS:
		break;
	}
	return false;
}

/* The power fails; the next life begins with what the journal and the module say. */
static void cut(struct power *power)
{
	struct clockwork *work = power->work;

	clockwork_cut(work);
	if (power->journal[0] != '\0' && runs_new(power))
		take(power);
	power->journal[0] = '\0';
	/* Without a journal it is the gate that sees what the module runs. */
	power->known = power->known || runs_new(power);
	check(power);
}

/* From a start to the end of an update, with a cut before the step `at`; STEPS for none. */
static void live(struct power *power, unsigned at)
{
	for (unsigned step = 0; step < STEPS; step++) {
		if (step == at) {
			cut(power);
			return;
		}
		(void)go(power, (enum step)step);
		check(power);
	}
}

static void begin(struct power *power, struct clockwork *work)
{
	memset(power, 0, sizeof(*power));
	power->work = work;
	clockwork_offer(work, NEW_URL);
	work->slow = true;
	clockwork_start(work);
}

/* Whatever has happened, it comes to a good end, in days at the most. */
static void finish(struct power *power)
{
	struct clockwork *work = power->work;

	for (unsigned i = 0; i < 20 && clockwork_get(work, PHONE_FIRMWARE_UXM)[0] == '\0'; i++) {
		live(power, STEPS);
		clockwork_pass(work, DAY / 2);
	}
	assert_string_equal(phone_settings_text(work->saved, PHONE_FIRMWARE_UXM), NEW_URL);
	assert_int_equal(power->installs, 1);
	work->slow = false;
	if (work->looking)
		clockwork_answer(work);
	clockwork_pass(work, 30 * DAY);
	assert_int_equal(power->installs, 1);
	assert_false(work->updating);
	assert_true(clockwork_says(work, "what was installed last"));
}

static int again(void **state)
{
	clockwork_unmake(state);
	return clockwork_make(state);
}

static void one_cut_before_any_step_loses_nothing(void **state)
{
	for (unsigned at = 0; at < STEPS; at++) {
		struct power power;

		begin(&power, *state);
		live(&power, at);
		finish(&power);
		assert_int_equal(again(state), 0);
	}
}

static void three_cuts_before_any_steps_lose_nothing(void **state)
{
	for (unsigned cuts = 0; cuts < STEPS * STEPS * STEPS; cuts++) {
		struct power power;

		begin(&power, *state);
		live(&power, cuts % STEPS);
		live(&power, cuts / STEPS % STEPS);
		live(&power, cuts / STEPS / STEPS);
		finish(&power);
		assert_int_equal(again(state), 0);
	}
}

static void power_that_fails_in_every_update_ends_the_tries(void **state)
{
	struct power power;

	begin(&power, *state);
	for (unsigned i = 0; i < 20; i++) {
		live(&power, INSTALLED);
		clockwork_pass(power.work, DAY / 2);
	}
	assert_int_equal(power.work->updates, RECORD_TRIES);
	if (power.work->looking)
		clockwork_answer(power.work);
	assert_true(clockwork_says(power.work, "failed 5 times"));
	assert_true(clockwork_says(power.work, "The end of the update was not seen."));
}

static void the_first_try_that_was_cut_off_is_made_again_at_once(void **state)
{
	struct power power;

	begin(&power, *state);
	live(&power, INSTALLED);
	clockwork_answer(power.work);
	assert_int_equal(power.work->updates, 2);
	cut(&power);
	clockwork_answer(power.work);
	assert_int_equal(power.work->updates, 2);
	assert_true(clockwork_says(power.work, "try 2 of 5"));
}

static void a_pause_is_kept_over_a_cut(void **state)
{
	struct power power;

	begin(&power, *state);
	power.work->slow = false;
	clockwork_pass(power.work, 0);
	clockwork_end(power.work, UXM_FETCH_FAILED, false);
	for (unsigned i = 0; i < 5; i++)
		clockwork_cut(power.work);
	assert_int_equal(power.work->updates, 1);
	clockwork_pass(power.work, 500);
	assert_int_equal(power.work->updates, 2);
}

static void modules_that_are_done_are_known_after_a_cut(void **state)
{
	struct clockwork *work = *state;

	clockwork_set(work, PHONE_UXM_PER_MODULE, "on");
	clockwork_offer(work, NEW_URL);
	clockwork_start(work);
	clockwork_end(work, UXM_UPDATED, false);
	clockwork_cut(work);
	assert_int_equal(work->updates, 1);
	assert_true(clockwork_says(work, "serial number S1 is done"));
	assert_string_equal(record_module(provisioner_record(work->provisioner), 0)->serial, "S1");
}

static void a_broken_record_is_set_aside_and_all_goes_on(void **state)
{
	struct clockwork *work = *state;

	clockwork_offer(work, NEW_URL);
	folder_put(&work->folder, "record.json", "{");
	clockwork_cut(work);
	assert_int_equal(work->updates, 1);
	assert_true(folder_holds(&work->folder, "record.json.bad", "{"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, clockwork_make, clockwork_unmake)
		TEST(one_cut_before_any_step_loses_nothing),
		TEST(three_cuts_before_any_steps_lose_nothing),
		TEST(power_that_fails_in_every_update_ends_the_tries),
		TEST(the_first_try_that_was_cut_off_is_made_again_at_once),
		TEST(a_pause_is_kept_over_a_cut),
		TEST(modules_that_are_done_are_known_after_a_cut),
		TEST(a_broken_record_is_set_aside_and_all_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
