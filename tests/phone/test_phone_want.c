/*
 * The files of the state folder when there is not enough memory: any one allocation fails, and a
 * good file is not written over with a part.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "phone/led.h"
#include "phone/outcome.h"
#include "phone/record.h"
#include "tests/cmocka.h"
#include "turns.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* More allocations than one of these takes. */
#define ALLOCATIONS_MOST 500u

/* The allocation that fails, counted from 1; 0: none. */
static struct {
	unsigned fault;
	unsigned count;
} memory;

static char path[2 * FOLDER_TEXT];

/* Whether this one is to be had. */
static bool has_room(void)
{
	if (memory.fault == 0 || ++memory.count != memory.fault)
		return true;
	errno = ENOMEM;
	return false;
}

/* The linker gives the calls these names. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c)
void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__real_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
	return has_room() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return has_room() ? __real_calloc(count, size) : NULL;
}

char *__wrap_strdup(const char *text)
{
	return has_room() ? __real_strdup(text) : NULL;
}

// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c)

static int begin(void **state)
{
	cJSON_Hooks hooks = {__wrap_malloc, free};
	int made = turns_make(state);

	cJSON_InitHooks(&hooks);
	return made;
}

static int end(void **state)
{
	memory.fault = 0;
	cJSON_InitHooks(NULL);
	return turns_release(state);
}

/* ---- the files ---- */

static const struct state_update ended = {.phase = STATE_ENDED,
					  .source = "http://h/i",
					  .serial = "S1",
					  .version = "1.6.1",
					  .text = "Well.",
					  .ended = 9};

static bool save_journal(struct uxm_failure *why)
{
	static const struct journal journal = {.count = 2,
					       .of = {{.source = "http://h/i", .serial = "S1"},
						      {.source = "http://h/j", .serial = "S2"}}};

	return journal_save(&journal, path, why);
}

static bool save_outcome(struct uxm_failure *why)
{
	return outcome_save(&ended, path, why);
}

static struct record *record;

static bool save_record(struct uxm_failure *why)
{
	return record_save(record, path, why);
}

static bool save_led(struct uxm_failure *why)
{
	struct led *led = led_blink(loop, folder.path, "red", path, why);
	unsigned fault = memory.fault;

	/* What led_restore would remove is to be looked at. */
	memory.fault = 0;
	if (led != NULL) {
		char *text = folder_get(&folder, "file");

		assert_non_null(text);
		led_restore(led);
		folder_put(&folder, "file", text);
		free(text);
	}
	memory.fault = fault;
	return led != NULL;
}

static const struct {
	const char *what;
	bool (*save)(struct uxm_failure *why);
} files[] = {
	{"journal", save_journal},
	{"outcome", save_outcome},
	{"record", save_record},
	{"LED", save_led},
};

/* It does what it did at the beginning. */
static void renew_led(void)
{
	folder_put(&folder, "red/trigger", "[none]\n");
	folder_put(&folder, "red/brightness", "7\n");
}

static void make_led(void)
{
	assert_int_equal(mkdir(folder_at(&folder, "red"), 0700), 0);
	folder_put(&folder, "red/max_brightness", "255\n");
	renew_led();
	snprintf(path, sizeof(path), "%s", folder_at(&folder, "file"));
}

static void half_a_file_is_not_written_for_want_of_memory(void **state)
{
	struct uxm_failure why = {.text = ""};

	(void)state;
	make_led();
	record = record_new();
	assert_non_null(record);
	assert_true(record_done(record, "S1", "D7C", "http://h/i", 1));
	assert_true(record_begin(record, "http://h/j", "S2", 1, 1));
	assert_true(record_phone_begin(record, "http://h/p", "11.0", 1));
	for (size_t i = 0; i < ROWS(files); i++) {
		char *whole = NULL;
		bool done = false;

		assert_true(files[i].save(&why));
		whole = folder_get(&folder, "file");
		assert_non_null(whole);
		for (unsigned fault = 1; !done; fault++) {
			assert_true(fault < ALLOCATIONS_MOST);
			folder_put(&folder, "file", "old");
			renew_led();
			memory.count = 0;
			memory.fault = fault;
			done = files[i].save(&why);
			memory.fault = 0;
			if (!folder_holds(&folder, "file", done ? whole : "old"))
				fail_msg("%s, allocation %u", files[i].what, fault);
		}
		free(whole);
	}
	record_free(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(half_a_file_is_not_written_for_want_of_memory),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/want", tests, NULL, NULL);
}
