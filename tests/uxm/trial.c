/* Updates on a desk, and what must hold after each. */
#include "tests/uxm/trial.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#include "tests/uxm/desk_inside.h"

#define ORDINARY_FILE "snomD7C-1.7.2-r.bin"
/* Longer than any sum of deadlines that a trial meets, in milliseconds. */
#define USUAL_WITHIN  200000u

static const struct uxm_version old_version = TRIAL_BEFORE;
static const struct uxm_version other_version = TRIAL_OTHERS;
static const struct uxm_version ordinary_version = {{1, 7, 2, 0}};

struct desk *trial_desk(void)
{
	struct desk *desk = desk_new(TRIAL_CAPACITY);

	assert_non_null(desk);
	return desk;
}

void trial_order(const struct desk *desk, const char *file, bool knows, struct uxm_order *order)
{
	*order = (struct uxm_order){.deadlines = UXM_DEADLINES};
	assert_true(uxm_name_parse(file, &order->name));
	order->has_digest = knows;
	order->wants_digest = knows;
	if (knows)
		assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, desk->payload,
						  (size_t)desk->run.image.size, order->digest),
				 0);
}

enum uxm_result trial_obey(struct desk *desk, const struct uxm_order *order,
			   struct uxm_failure *why)
{
	struct uxm_update update;
	enum uxm_result result;

	assert_true(uxm_update_init(&update, order, desk_module(desk), desk_image(desk),
				    desk_clock(desk), desk_watch(desk), why));
	result = uxm_update_run(&update, why);
	uxm_update_release(&update);
	assert_int_equal(result, why->result);
	return result;
}

enum uxm_result trial_update(struct desk *desk, const char *file, struct uxm_failure *why)
{
	struct uxm_order order;

	trial_order(desk, file, false, &order);
	return trial_obey(desk, &order, why);
}

void trial_check_conduct(const struct desk *desk)
{
	uint32_t wrongs = desk_wrongs(desk);

	for (unsigned i = 0; i < DESK_WRONGS; i++) {
		if ((wrongs & UINT32_C(1) << i) != 0)
			print_error("wrong: %s\n", desk_wrong_name((enum desk_wrong)i));
	}
	assert_int_equal(wrongs, 0);
}

static void set_up(struct desk *desk, const struct trial_row *row)
{
	struct desk_options options;
	struct desk_run run = {.image = row->image, .waits = row->waits, .limit = 1000000};

	desk_defaults(&options);
	for (size_t i = 0; i < TRIAL_FAULTS && row->faults[i] != NULL; i++) {
		struct fault fault;

		assert_true(fault_parse(row->faults[i], &fault));
		assert_true(fault_add(&options.faults, &fault));
	}
	if (row->arrange != NULL)
		row->arrange(&options);
	assert_true(desk_reset(desk, &options));
	if (row->prepare != NULL)
		row->prepare(desk);
	memcpy(run.events, row->events, sizeof(run.events));
	if (run.image.size == 0)
		run.image.size = TRIAL_SIZE;
	if (run.image.seed == 0)
		run.image.seed = 161;
	desk_start(desk, &run);
}

/* The notes are these, in this order. */
static void check_story(const char *notes, const char *const story[TRIAL_WORDS])
{
	for (size_t i = 0; i < TRIAL_WORDS && story[i] != NULL; i++) {
		const char *end = strchr(notes, '\n');
		const char *found = strstr(notes, story[i]);

		if (end == NULL || found == NULL || found > end)
			fail_msg("the next note lacks \"%s\": %s", story[i], notes);
		notes += strcspn(notes, "\n") + 1;
	}
	assert_string_equal(notes, "");
}

static void check_words(const struct desk *desk, const struct trial_row *row,
			const struct uxm_failure *why)
{
	const char *notes = desk_notes(desk);

	for (size_t i = 0; i < TRIAL_WORDS && row->says[i] != NULL; i++) {
		if (strstr(why->text, row->says[i]) == NULL)
			fail_msg("the sentence lacks \"%s\": %s", row->says[i], why->text);
	}
	/* Sentences are for people: one, whole, without what a table left out. */
	assert_int_equal(why->text[strlen(why->text) - 1], '.');
	assert_null(strstr(why->text, "(null)"));
	if (row->story[0] != NULL)
		check_story(notes, row->story);
	else if (row->notes == NULL)
		assert_string_equal(notes, "");
	else if (strstr(notes, row->notes) == NULL || strchr(notes, '\n') != strrchr(notes, '\n'))
		fail_msg("not one note, with \"%s\": %s", row->notes, notes);
}

static bool is_new(const struct trial_row *row)
{
	if (row->runs == TRIAL_AS_SAID)
		return row->result == UXM_UPDATED;
	return row->runs == TRIAL_NEW;
}

/* The version that is expected, the new one with the image's bytes. */
static void check_runs(const struct desk *desk, const struct trial_row *row)
{
	struct uxm_version runs = device_version(desk_device(desk, 0));
	struct uxm_name name;

	assert_true(uxm_name_parse(row->file != NULL ? row->file : TRIAL_FILE, &name));
	if (row->runs == TRIAL_OTHER) {
		assert_int_equal(uxm_version_compare(&runs, &other_version), 0);
	} else if (is_new(row)) {
		assert_int_equal(uxm_version_compare(&runs, &name.version), 0);
		assert_true(desk_runs_image(desk, 0));
	} else {
		assert_int_equal(uxm_version_compare(&runs, &old_version), 0);
	}
}

static bool is_busy(const struct desk *desk)
{
	struct uxm_status status;

	device_status(desk_device(desk, 0), &status);
	return status.state != UXM_WIRE_IDLE && status.state != UXM_WIRE_FAILED;
}

static bool answers(const struct desk *desk)
{
	return desk_is_plugged(desk, 0) && !device_silent(desk_device(desk, 0));
}

void trial_check_truth(const struct desk *desk, const char *file, enum uxm_result result)
{
	struct uxm_version runs = device_version(desk_device(desk, 0));
	struct uxm_name name;

	assert_true(uxm_name_parse(file, &name));
	if (uxm_version_compare(&runs, &name.version) == 0)
		assert_true(desk_runs_image(desk, 0));
	else
		assert_int_equal(uxm_version_compare(&runs, &old_version), 0);
	switch (result) {
	case UXM_UPDATED:
		assert_int_equal(uxm_version_compare(&runs, &name.version), 0);
		break;
	case UXM_MODULE_FAILED:
	case UXM_NOT_BACK_YET:
	case UXM_OTHER_VERSION:
	case UXM_OTHER_MODULE:
	case UXM_NOT_PERMITTED:
		break;
	default:
		assert_int_equal(uxm_version_compare(&runs, &old_version), 0);
		break;
	}
}

/* Puts the desk in order, the module with power anew where it needs that, and updates once more. */
static void update_again(struct desk *desk, const struct trial_row *row)
{
	struct desk_run run = {.image = {.size = 70000, .seed = 172}, .limit = 1000000};
	struct uxm_version runs;
	struct uxm_failure why;

	/* What was on its way back gets there; what is at work is left to it. */
	if (!desk_is_plugged(desk, 0))
		desk_pass(desk, UINT64_C(5000000));
	for (unsigned i = 1; i < DESK_MODULES; i++)
		desk_unplug(desk, i);
	if (row->arrange != NULL)
		desk_make_usual(desk);
	desk_mend(desk);
	if (!answers(desk))
		desk_plug(desk, 0);
	check_runs(desk, row);
	desk_start(desk, &run);
	if (trial_update(desk, ORDINARY_FILE, &why) != UXM_UPDATED)
		fail_msg("the ordinary update failed: %s", why.text);
	trial_check_conduct(desk);
	runs = device_version(desk_device(desk, 0));
	assert_int_equal(uxm_version_compare(&runs, &ordinary_version), 0);
	assert_true(desk_runs_image(desk, 0));
}

void trial_run(struct desk *desk, const struct trial_row *row)
{
	uint32_t within = row->within != 0 ? row->within : USUAL_WITHIN;
	const struct uxm_progress *progress;
	struct uxm_order order;
	struct uxm_failure why;

	set_up(desk, row);
	trial_order(desk, row->file != NULL ? row->file : TRIAL_FILE, row->knows, &order);
	order.wait = row->waits;
	if (trial_obey(desk, &order, &why) != row->result)
		fail_msg("%s instead of %s: %s", uxm_result_name(why.result),
			 uxm_result_name(row->result), why.text);
	check_words(desk, row, &why);
	trial_check_conduct(desk);
	check_runs(desk, row);
	if (desk_elapsed(desk) / 1000 > within || desk_elapsed(desk) / 1000 < row->after)
		fail_msg("took %llu ms", (unsigned long long)(desk_elapsed(desk) / 1000));
	progress = desk_progress(desk);
	if (row->result == UXM_UPDATED)
		assert_int_equal(progress->accepted, progress->size);
	/* Before the commit the module is given back as it was found, whatever went wrong. */
	if (row->result != UXM_UPDATED && !desk->committed && answers(desk) &&
	    row->runs == TRIAL_AS_SAID)
		assert_true(row->left_busy == is_busy(desk));
	update_again(desk, row);
}

void trial_test(void **state)
{
	const struct trial *trial = *state;

	trial_run(trial->desk, trial->row);
}

void trial_list(struct CMUnitTest *tests, struct trial *trials, struct desk *desk,
		const struct trial_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		trials[i] = (struct trial){.desk = desk, .row = &rows[i]};
		tests[i] = (struct CMUnitTest){.name = rows[i].sentence,
					       .test_func = trial_test,
					       .initial_state = &trials[i]};
	}
}
