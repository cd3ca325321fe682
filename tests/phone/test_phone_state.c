/* phone/state.c and state_json.c: lines of jobs become a picture. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/state.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define D7C                                                                                        \
	"{\"port\":\"1-1\",\"serial\":\"D7C-0001\",\"model\":\"D7C\",\"version\":\"1.5.3\","       \
	"\"oldest_version\":\"1.0.0\",\"hardware_level\":1,\"largest_image\":1,"                   \
	"\"protocol\":\"stream\",\"state\":\"idle\"}"
#define D8C                                                                                        \
	"{\"port\":\"1-2\",\"serial\":\"S\",\"model\":\"D8C\",\"version\":\"1\",\"state\":"        \
	"\"idle\"}"
#define UXM    "{\"port\":\"1-3\",\"serial\":\"U\",\"model\":\"UXM\",\"version\":\"2.1.1\"}"
#define DENIED "{\"port\":\"1-4\",\"serial\":\"\",\"error\":\"You must not open it.\"}"

static struct state state_of_test;

static int make(void **state)
{
	memset(&state_of_test, 0, sizeof(state_of_test));
	*state = &state_of_test;
	return 0;
}

static bool take(struct state_list *list, const char *text)
{
	cJSON *line = cJSON_Parse(text);
	bool taken;

	assert_non_null(line);
	taken = state_list_take(list, line);
	cJSON_Delete(line);
	return taken;
}

static bool tell(struct state *state, const char *text)
{
	cJSON *line = cJSON_Parse(text);
	bool taken;

	assert_non_null(line);
	taken = state_take_line(state, line);
	cJSON_Delete(line);
	return taken;
}

/* The state has these modules; texts end with NULL. */
static void list(struct state *state, const char *first, const char *second)
{
	struct state_list modules = {.count = 0};

	if (first != NULL)
		assert_true(take(&modules, first));
	if (second != NULL)
		assert_true(take(&modules, second));
	state_set_list(state, &modules, NULL);
}

static void a_modules_line_is_taken_with_all_that_it_says(void **state)
{
	struct state_list modules = {.count = 0};
	const struct state_module *module = &modules.modules[0];

	(void)state;
	assert_true(take(&modules, D7C));
	assert_true(take(&modules, DENIED));
	assert_int_equal(modules.count, 2);
	assert_string_equal(module->port, "1-1");
	assert_string_equal(module->serial, "D7C-0001");
	assert_string_equal(module->model, "D7C");
	assert_string_equal(module->version, "1.5.3");
	assert_int_equal(module->hardware_level, 1);
	assert_string_equal(module->protocol, "stream");
	assert_string_equal(module->status, "idle");
	assert_string_equal(module->error, "");
	assert_string_equal(modules.modules[1].error, "You must not open it.");
}

static void what_a_job_says_is_cut_cleaned_and_checked(void **state)
{
	struct state_list modules = {.count = 0};
	char line[2000];
	char large[1000];

	(void)state;
	assert_false(take(&modules, "{}"));
	assert_false(take(&modules, "{\"port\":\"\"}"));
	assert_false(take(&modules, "{\"port\":7}"));
	assert_int_equal(modules.count, 0);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	snprintf(line, sizeof(line),
		 "{\"port\":\"1\\n2\",\"serial\":\"%s\",\"model\":[],\"hardware_level\":-1e99}",
		 large);
	assert_true(take(&modules, line));
	assert_string_equal(modules.modules[0].port, "1?2");
	assert_int_equal(strlen(modules.modules[0].serial), STATE_TEXT - 1);
	assert_int_equal(modules.modules[0].hardware_level, 0);
	/* Neither a model nor why there is none. */
	assert_string_equal(modules.modules[0].error, "It does not say what it is.");
	for (size_t i = 1; i < STATE_MODULES_MOST; i++)
		assert_true(take(&modules, D7C));
	assert_false(take(&modules, D7C));
	assert_int_equal(modules.count, STATE_MODULES_MOST);
}

static void a_list_that_says_the_same_changes_nothing(void **state)
{
	struct state *known = *state;
	uint64_t revision = known->revision;
	struct state_list none = {.count = 0};

	list(known, NULL, NULL);
	assert_true(known->revision > revision);
	revision = known->revision;
	list(known, NULL, NULL);
	assert_int_equal(known->revision, revision);
	list(known, D7C, NULL);
	assert_true(known->revision > revision);
	revision = known->revision;
	list(known, D7C, NULL);
	assert_int_equal(known->revision, revision);
	list(known, D8C, NULL);
	assert_true(known->revision > revision);
	revision = known->revision;
	state_set_list(known, &none, "It broke.");
	assert_true(known->revision > revision);
	assert_int_equal(known->list.count, 0);
	revision = known->revision;
	state_set_list(known, &none, "It broke.");
	assert_int_equal(known->revision, revision);
}

static void returned(struct state *state, const char *text)
{
	cJSON *module = text != NULL ? cJSON_Parse(text) : NULL;

	assert_true(text == NULL || module != NULL);
	state_returned(state, module);
	cJSON_Delete(module);
}

static void the_module_that_came_back_takes_its_place_in_the_list(void **state)
{
	struct state *known = *state;
	const struct state_module *modules = known->list.modules;
	uint64_t revision;

	list(known, D8C, UXM);
	revision = known->revision;
	/* In another port, with the same serial number. */
	returned(known, "{\"port\":\"2-1\",\"serial\":\"S\",\"model\":\"D8C\",\"version\":\"2\"}");
	assert_true(known->revision > revision);
	assert_int_equal(known->list.count, 2);
	assert_string_equal(modules[0].port, "2-1");
	assert_string_equal(modules[0].version, "2");
	assert_string_equal(modules[0].status, "idle");
	assert_string_equal(modules[1].serial, "U");
	/* One that the list has not got. */
	returned(known, "{\"port\":\"1-4\",\"serial\":\"\",\"model\":\"D7C\",\"version\":\"3\"}");
	assert_int_equal(known->list.count, 3);
	/* Without a serial number its port tells which it is. */
	returned(known, "{\"port\":\"1-4\",\"serial\":\"\",\"model\":\"D7C\",\"version\":\"4\"}");
	assert_int_equal(known->list.count, 3);
	assert_string_equal(modules[2].version, "4");
	/* What is no module, or one of which nothing is known. */
	revision = known->revision;
	returned(known, NULL);
	returned(known, "{}");
	returned(known, DENIED);
	assert_int_equal(known->revision, revision);
}

static void progress_notes_and_the_result_are_taken(void **state)
{
	struct state *known = *state;
	const struct state_update *update = &known->update;

	state_begin(known, "http://h/a", "S", "1.6.1");
	assert_int_equal(update->phase, STATE_RUNNING);
	assert_true(tell(known, "{\"event\":\"progress\",\"step\":\"send\",\"accepted\":500,"
				"\"size\":1000,\"percent\":50,\"bytes_per_second\":125}"));
	assert_string_equal(update->step, "send");
	assert_int_equal(update->accepted, 500);
	assert_int_equal(update->size, 1000);
	assert_int_equal(update->percent, 50);
	assert_true(update->rate > 124 && update->rate < 126);
	/* What is shown never goes backwards. */
	assert_true(tell(known, "{\"event\":\"progress\",\"step\":\"send\",\"accepted\":400,"
				"\"size\":1000,\"percent\":500}"));
	assert_int_equal(update->accepted, 500);
	assert_int_equal(update->percent, 100);
	assert_true(update->rate < 1);
	assert_true(tell(known, "{\"event\":\"note\",\"text\":\"a\\u0007b\"}"));
	assert_string_equal(update->note, "a?b");
	assert_int_equal(update->phase, STATE_RUNNING);
	assert_true(tell(known, "{\"event\":\"result\",\"code\":6,\"text\":\"No.\","
				"\"image_version\":\"1.6.2\",\"module\":{\"serial\":\"T\"}}"));
	assert_int_equal(update->phase, STATE_RUNNING);
	assert_int_equal(update->result, UXM_FETCH_FAILED);
	assert_string_equal(update->text, "No.");
	assert_string_equal(update->version, "1.6.2");
	assert_string_equal(update->serial, "T");
	state_end(known, UXM_FETCH_FAILED, update->text, 1000000000);
	assert_int_equal(update->phase, STATE_ENDED);
	assert_string_equal(update->text, "No.");
	state_begin(known, "http://h/b", "S", "1.6.1");
	assert_int_equal(update->accepted, 0);
	assert_string_equal(update->text, "");
}

static void every_step_from_commit_on_means_that_it_cannot_be_stopped(void **state)
{
	static const struct {
		const char *step;
		enum state_phase phase;
	} rows[] = {
		{"look", STATE_RUNNING},       {"fetch", STATE_RUNNING},
		{"send", STATE_RUNNING},       {"commit", STATE_COMMITTED},
		{"verify", STATE_COMMITTED},   {"install", STATE_COMMITTED},
		{"reboot", STATE_COMMITTED},   {"return", STATE_COMMITTED},
		{"unheard-of", STATE_RUNNING},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char line[100];

		state_begin(*state, "x", "", "");
		snprintf(line, sizeof(line), "{\"event\":\"progress\",\"step\":\"%s\"}",
			 rows[i].step);
		assert_true(tell(*state, line));
		assert_int_equal(((struct state *)*state)->update.phase, rows[i].phase);
	}
}

static void a_cancel_that_came_too_late_is_not_shown_as_one(void **state)
{
	struct state *known = *state;

	state_begin(known, "x", "", "");
	state_cancelling(known);
	assert_true(tell(known, "{\"event\":\"progress\",\"step\":\"send\"}"));
	assert_true(known->update.cancelling);
	assert_true(tell(known, "{\"event\":\"progress\",\"step\":\"commit\"}"));
	assert_false(known->update.cancelling);
}

static void other_lines_change_nothing(void **state)
{
	static const char *const lines[] = {"{}", "{\"event\":1}", "{\"event\":\"unheard\"}",
					    "{\"text\":\"x\"}"};
	struct state *known = *state;
	uint64_t revision = known->revision;

	for (size_t i = 0; i < ROWS(lines); i++)
		assert_false(tell(known, lines[i]));
	assert_int_equal(known->revision, revision);
}

static void what_is_needed_is_said_before_one_presses(void **state)
{
	static const struct {
		const char *first;
		const char *second;
		const char *version;
		enum uxm_result result;
		const char *says; /* NULL: ready */
	} rows[] = {
		{D7C, NULL, "10.1.64.14", 0, NULL},
		{D7C, NULL, "10.1.65", 0, NULL},
		{D7C, NULL, "10.1.64.13", UXM_IMAGE_REFUSED,
		 "A D7C needs a phone with firmware 10.1.64.14 or later, and this phone runs "
		 "10.1.64.13"},
		{D7C, NULL, "", UXM_IMAGE_REFUSED, "version of this phone is not configured"},
		{D7C, NULL, NULL, UXM_IMAGE_REFUSED, "version of this phone is not configured"},
		{D7C, NULL, "new", UXM_IMAGE_REFUSED, "version of this phone is not configured"},
		{UXM, NULL, "8.9.3.68", 0, NULL},
		{UXM, NULL, "8.9.3.67", UXM_IMAGE_REFUSED, "A UXM needs a phone with firmware"},
		{D8C, NULL, "1.0", 0, NULL},
		{D8C, NULL, NULL, 0, NULL},
		{NULL, NULL, "11.0", UXM_NO_MODULE, "No expansion module is attached"},
		{D7C, D8C, "11.0", UXM_SEVERAL_MODULES, "2 expansion modules are attached"},
		{DENIED, NULL, "11.0", UXM_BUSY,
		 "at port 1-4 does not answer: You must not open it."},
	};
	struct state *known = *state;
	struct uxm_failure why;

	assert_false(state_is_ready(known, &why));
	assert_non_null(strstr(why.text, "not been looked for yet"));
	for (size_t i = 0; i < ROWS(rows); i++) {
		list(known, rows[i].first, rows[i].second);
		known->phone_version = rows[i].version;
		assert_int_equal(state_is_ready(known, &why), rows[i].says == NULL);
		if (rows[i].says == NULL)
			continue;
		assert_int_equal(why.result, rows[i].result);
		if (strstr(why.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, why.text);
	}
	state_set_list(known, &known->list, "uxm crashed.");
	assert_false(state_is_ready(known, &why));
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_non_null(strstr(why.text, "cannot be listed: uxm crashed."));
}

static void assert_json(const struct state *state, const char *expected)
{
	cJSON *object = state_json(state);
	char *text = cJSON_PrintUnformatted(object);

	assert_string_equal(text, expected);
	cJSON_free(text);
	cJSON_Delete(object);
}

static void status_json_has_every_member_in_every_state(void **state)
{
	struct state *known = *state;

	assert_json(known,
		    "{\"revision\":0,\"phone\":{\"type\":null,\"version\":null,\"mac\":null},"
		    "\"modules\":null,\"modules_error\":null,\"ready\":false,"
		    "\"not_ready\":\"The expansion modules have not been looked for yet.\","
		    "\"update\":{\"phase\":\"idle\",\"cancelling\":false,\"source\":null,"
		    "\"step\":null,\"accepted\":0,\"size\":null,\"percent\":0,"
		    "\"bytes_per_second\":null,\"seconds_left\":null,\"note\":null,"
		    "\"serial\":null,\"version\":null,\"result\":null,\"code\":null,"
		    "\"text\":null,\"ended\":null},"
		    "\"provisioning\":{\"configured\":false,\"looking\":false,\"asking\":false,"
		    "\"offer\":null,\"question\":null,\"text\":null,\"look\":null,\"looked\":null,"
		    "\"next\":null}}");
	known->phone_type = "D785";
	known->phone_version = "10.1.64.14";
	known->mac = "000413aabbcc";
	list(known, D7C, NULL);
	state_begin(known, "http://h/a", "D7C-0001", "1.6.1");
	assert_true(tell(known, "{\"event\":\"progress\",\"step\":\"send\",\"accepted\":500,"
				"\"size\":1000,\"percent\":50,\"bytes_per_second\":200}"));
	state_cancelling(known);
	state_note(known, "Hm.");
	known->revision = 9;
	assert_json(
		known,
		"{\"revision\":9,\"phone\":{\"type\":\"D785\",\"version\":\"10.1.64.14\","
		"\"mac\":\"000413aabbcc\"},\"modules\":[{\"port\":\"1-1\",\"serial\":\"D7C-0001\","
		"\"model\":\"D7C\",\"version\":\"1.5.3\",\"hardware_level\":1,"
		"\"protocol\":\"stream\",\"state\":\"idle\",\"error\":null}],"
		"\"modules_error\":null,\"ready\":true,\"not_ready\":null,"
		"\"update\":{\"phase\":\"running\",\"cancelling\":true,\"source\":\"http://h/a\","
		"\"step\":\"send\",\"accepted\":500,\"size\":1000,\"percent\":50,"
		"\"bytes_per_second\":200,\"seconds_left\":3,\"note\":\"Hm.\","
		"\"serial\":\"D7C-0001\",\"version\":\"1.6.1\",\"result\":null,\"code\":null,"
		"\"text\":null,\"ended\":null},"
		"\"provisioning\":{\"configured\":false,\"looking\":false,\"asking\":false,"
		"\"offer\":null,\"question\":null,\"text\":null,\"look\":null,\"looked\":null,"
		"\"next\":null}}");
	list(known, DENIED, NULL);
	state_end(known, UXM_CANCELLED, "Cancelled.", 1000000000);
	known->provision = (struct state_provision){
		.configured = true,
		.asking = true,
		.offer = "http://h/b",
		.question = "00000001",
		.text = "Asked.",
		.look = "The server is away.",
		.looked = 1000000000,
		.next = 1000000001,
	};
	known->revision = 10;
	assert_json(
		known,
		"{\"revision\":10,\"phone\":{\"type\":\"D785\",\"version\":\"10.1.64.14\","
		"\"mac\":\"000413aabbcc\"},\"modules\":[{\"port\":\"1-4\",\"serial\":null,"
		"\"model\":null,\"version\":null,\"hardware_level\":null,\"protocol\":null,"
		"\"state\":null,\"error\":\"You must not open it.\"}],"
		"\"modules_error\":null,\"ready\":false,\"not_ready\":\"The expansion module at "
		"port 1-4 does not answer: You must not open it.\",\"update\":"
		"{\"phase\":\"ended\",\"cancelling\":false,\"source\":\"http://h/a\","
		"\"step\":\"send\",\"accepted\":500,\"size\":1000,\"percent\":50,"
		"\"bytes_per_second\":null,\"seconds_left\":null,\"note\":\"Hm.\","
		"\"serial\":\"D7C-0001\",\"version\":\"1.6.1\",\"result\":\"cancelled\","
		"\"code\":13,\"text\":\"Cancelled.\",\"ended\":\"2001-09-09T01:46:40Z\"},"
		"\"provisioning\":{\"configured\":true,\"looking\":false,\"asking\":true,\"offer\":"
		"\"http://h/b\",\"question\":\"00000001\",\"text\":\"Asked.\",\"look\":\"The "
		"server is "
		"away.\",\"looked\":\"2001-09-09T01:46:40Z\",\"next\":\"2001-09-09T01:46:41Z\"}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, make)
		TEST(a_modules_line_is_taken_with_all_that_it_says),
		TEST(what_a_job_says_is_cut_cleaned_and_checked),
		TEST(a_list_that_says_the_same_changes_nothing),
		TEST(the_module_that_came_back_takes_its_place_in_the_list),
		TEST(progress_notes_and_the_result_are_taken),
		TEST(every_step_from_commit_on_means_that_it_cannot_be_stopped),
		TEST(a_cancel_that_came_too_late_is_not_shown_as_one),
		TEST(other_lines_change_nothing),
		TEST(what_is_needed_is_said_before_one_presses),
		TEST(status_json_has_every_member_in_every_state),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/state", tests, NULL, NULL);
}
