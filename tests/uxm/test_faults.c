/* Every fault of the virtual module at every place where it may sit: how the update ends. */
#include <stdio.h>
#include <string.h>

#include "tests/uxm/trial.h"

/* 13 faults at nine places, three of them with three positions. */
#define TRIALS_MOST 128
#define NAME_TEXT   64

#define AT(point)     (1u << FAULT_AT_##point)
#define BEFORE_COMMIT (AT(BYTE) | AT(BEGIN) | AT(IDENTITY) | AT(STATUS))
#define STEPS         (AT(VERIFY) | AT(INSTALL))

/* How an update ends. The first row that has the fault and its place counts. */
static const struct end {
	enum fault_what what;
	unsigned points;
	enum uxm_result result;
	enum trial_runs runs;
	const char *says;
} ends[] = {
	{FAULT_UNPLUG, BEFORE_COMMIT, UXM_TRANSFER_FAILED, TRIAL_OLD, "was unplugged after"},
	{FAULT_UNPLUG, AT(COMMIT) | STEPS, UXM_NOT_BACK_YET, TRIAL_OLD, "not back yet after 60 s"},
	{FAULT_UNPLUG, AT(DONE), UXM_NOT_BACK_YET, TRIAL_NEW, "not back yet after 60 s"},
	{FAULT_POWER_LOSS, BEFORE_COMMIT, UXM_TRANSFER_FAILED, TRIAL_OLD, "was unplugged after"},
	{FAULT_POWER_LOSS, AT(COMMIT) | STEPS, UXM_OTHER_VERSION, TRIAL_OLD,
	 "back with version 1.5.3 instead of 1.6.1"},
	{FAULT_POWER_LOSS, AT(DONE), UXM_UPDATED, TRIAL_NEW, "from 1.5.3 to 1.6.1"},
	{FAULT_STALL, AT(BYTE), UXM_UPDATED, TRIAL_NEW, "to 1.6.1"},
	{FAULT_SILENCE, AT(BYTE), UXM_TRANSFER_FAILED, TRIAL_OLD, "within 5000 ms"},
	{FAULT_SILENCE, BEFORE_COMMIT, UXM_TRANSFER_FAILED, TRIAL_OLD, "within 5000 ms"},
	{FAULT_SILENCE, AT(COMMIT), UXM_MODULE_FAILED, TRIAL_OLD, "no longer answers"},
	{FAULT_SILENCE, AT(VERIFY), UXM_MODULE_FAILED, TRIAL_OLD, "last seen verifying"},
	{FAULT_SILENCE, AT(INSTALL), UXM_MODULE_FAILED, TRIAL_OLD, "stopped getting on (last seen"},
	/* It falls silent before it can say that it is done. */
	{FAULT_SILENCE, AT(DONE), UXM_MODULE_FAILED, TRIAL_NEW, "last seen installing"},
	{FAULT_CORRUPT, AT(BYTE), UXM_UPDATED, TRIAL_NEW, "to 1.6.1"},
	{FAULT_CORRUPT_FLASH, AT(BYTE), UXM_MODULE_FAILED, TRIAL_OLD, "SHA-256"},
	{FAULT_DROP, AT(BYTE), UXM_UPDATED, TRIAL_NEW, "to 1.6.1"},
	{FAULT_REFUSE, AT(BEGIN), UXM_MODULE_FAILED, TRIAL_OLD, "refused to begin"},
	{FAULT_FAIL, AT(VERIFY), UXM_MODULE_FAILED, TRIAL_OLD, "gave the update up"},
	{FAULT_FAIL, AT(INSTALL), UXM_MODULE_FAILED, TRIAL_OLD, "gave the update up"},
	{FAULT_NEVER_RETURN, AT(REBOOT), UXM_NOT_BACK_YET, TRIAL_NEW, "serial SN-0001, port 1-1"},
	{FAULT_OLD_VERSION, AT(REBOOT), UXM_OTHER_VERSION, TRIAL_OLD, "1.5.3 instead of 1.6.1"},
	{FAULT_OTHER_MODULE, AT(REBOOT), UXM_OTHER_MODULE, TRIAL_NEW,
	 "another module (serial OTHER) than the one that was updated (serial SN-0001)"},
	{FAULT_OTHER_PORT, AT(REBOOT), UXM_UPDATED, TRIAL_NEW, "serial SN-0001, port 1-4"},
};

static const struct end *find_end(enum fault_what what, enum fault_point point)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (ends[i].what == what && (ends[i].points & 1u << point) != 0)
			return &ends[i];
	}
	fail_msg("nobody says how it ends after %s@%s", fault_kind(what)->name,
		 fault_point_name(point));
	return NULL;
}

/* The places of a fault at a point: first, middle and last byte, or the percentages of a step. */
static size_t write_places(enum fault_what what, enum fault_point point, char places[3][NAME_TEXT])
{
	static const unsigned bytes[] = {0, TRIAL_MIDDLE, TRIAL_SIZE - 1};
	static const unsigned percents[] = {0, 50, 100};
	const char *name = fault_kind(what)->name;

	for (size_t i = 0; i < 3; i++) {
		if (point == FAULT_AT_BYTE)
			snprintf(places[i], NAME_TEXT, "%s@%u", name, bytes[i]);
		else if (point == FAULT_AT_VERIFY || point == FAULT_AT_INSTALL)
			snprintf(places[i], NAME_TEXT, "%s@%s:%u", name, fault_point_name(point),
				 percents[i]);
		else
			snprintf(places[i], NAME_TEXT, "%s@%s", name, fault_point_name(point));
	}
	return point == FAULT_AT_BYTE || point == FAULT_AT_VERIFY || point == FAULT_AT_INSTALL ? 3
											       : 1;
}

static void ends_as_it_must_after_each_fault_at_each_place(void **state)
{
	const struct trial *trial = *state;
	unsigned tried = 0;

	for (unsigned what = 0; what < FAULT_WHATS; what++) {
		for (unsigned point = 0; point < FAULT_POINTS; point++) {
			char places[3][NAME_TEXT];
			const struct end *end;
			size_t count;

			if ((fault_kind((enum fault_what)what)->points & 1u << point) == 0)
				continue;
			end = find_end((enum fault_what)what, (enum fault_point)point);
			count = write_places((enum fault_what)what, (enum fault_point)point,
					     places);
			for (size_t i = 0; i < count; i++) {
				struct trial_row row = {.sentence = places[i],
							.faults = {places[i]},
							.result = end->result,
							.says = {end->says},
							.runs = end->runs};

				print_message("[    with  ] %s\n", places[i]);
				trial_run(trial->desk, &row);
				tried++;
			}
		}
	}
	assert_in_range(tried, 50, TRIALS_MOST);
}

/* Power that is lost at any byte that goes into the flash leaves the old or the new version. */
static void leaves_the_old_or_the_new_version_wherever_the_power_is_lost(void **state)
{
	const struct trial *trial = *state;
	unsigned ended_new = 0;
	unsigned ended_old = 0;

	for (unsigned i = 0; i < 80; i++) {
		struct desk_options options;
		/* Every 5000 bytes, and each of the last ones: the payload, BEGIN's record and the
		 * switch of banks. */
		uint64_t left = i < 60 ? i * UINT64_C(5000) : 300000 - 10 + (i - 60);
		struct desk_run run = {
			.image = {.size = 300000, .seed = i + 1},
			.events = {{.when = DESK_AT_TIME, .what = DESK_TIRE, .amount = left}},
			.limit = 400000,
		};
		struct uxm_failure why;

		desk_defaults(&options);
		assert_true(desk_reset(trial->desk, &options));
		desk_start(trial->desk, &run);
		(void)trial_update(trial->desk, TRIAL_FILE, &why);
		trial_check_conduct(trial->desk);
		trial_check_truth(trial->desk, TRIAL_FILE, why.result);
		desk_plug(trial->desk, 0);
		trial_check_truth(trial->desk, TRIAL_FILE, why.result);
		if (why.result == UXM_UPDATED)
			ended_new++;
		else
			ended_old++;
	}
	assert_true(ended_new > 0 && ended_old > 60);
}

int main(void)
{
	struct desk *desk = trial_desk();
	struct trial trial = {.desk = desk};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(ends_as_it_must_after_each_fault_at_each_place, &trial),
		cmocka_unit_test_prestate(
			leaves_the_old_or_the_new_version_wherever_the_power_is_lost, &trial),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	desk_free(desk);
	return failed;
}
