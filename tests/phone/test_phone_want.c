/*
 * The files of the state folder when there is not enough memory: any one allocation fails, and a
 * good file is neither set aside nor written over with a part.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "phone/led.h"
#include "phone/outcome.h"
#include "phone/record.h"
#include "phone/settings.h"
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
XML_Parser __wrap_XML_ParserCreate(const XML_Char *encoding);

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

static void *take_again(void *before, size_t size)
{
	return has_room() ? realloc(before, size) : NULL;
}

XML_Parser __wrap_XML_ParserCreate(const XML_Char *encoding)
{
	static const XML_Memory_Handling_Suite suite = {__wrap_malloc, take_again, free};

	return XML_ParserCreate_MM(encoding, &suite, NULL);
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

static bool load_settings(struct uxm_failure *why)
{
	struct phone_settings *settings = phone_settings_new();
	size_t unknown;
	bool done = false;

	if (settings != NULL)
		done = phone_settings_load(settings, path, "no", &unknown, why);
	else
		why->result = UXM_INTERNAL;
	phone_settings_free(settings);
	return done;
}

static bool load_journal(struct uxm_failure *why)
{
	static struct journal journal;

	return journal_load(&journal, path, why);
}

static bool save_journal(struct uxm_failure *why)
{
	static const struct journal journal = {.count = 2,
					       .of = {{.source = "http://h/i", .serial = "S1"},
						      {.source = "http://h/j", .serial = "S2"}}};

	return journal_save(&journal, path, why);
}

static bool load_outcome(struct uxm_failure *why)
{
	struct state_update update;

	return outcome_load(&update, path, why);
}

static bool save_outcome(struct uxm_failure *why)
{
	return outcome_save(&ended, path, why);
}

static struct record *record;

static bool load_record(struct uxm_failure *why)
{
	return record_load(record, path, why);
}

static bool save_record(struct uxm_failure *why)
{
	return record_save(record, path, why);
}

static bool load_led(struct uxm_failure *why)
{
	return led_recover(folder.path, path, why);
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
	const char *text;
	bool (*load)(struct uxm_failure *why);
	bool (*save)(struct uxm_failure *why); /* NULL: no cJSON writes it */
} files[] = {
	{"settings",
	 "<settings><phone-settings><led>red</led><http_user perm=\"!\">me</http_user>"
	 "<uxm_module_ids perm=\"V\">1209:0002</uxm_module_ids></phone-settings></settings>",
	 load_settings, NULL},
	{"journal",
	 "[{\"source\":\"u\",\"serial\":\"S1\",\"port\":\"1-1\",\"model\":\"D7C\","
	 "\"version\":\"1.6.1\",\"committed\":true}]",
	 load_journal, save_journal},
	{"outcome",
	 "{\"source\":\"u\",\"serial\":\"S1\",\"version\":\"1.6.1\",\"code\":0,\"text\":\"Well.\","
	 "\"ended\":9}",
	 load_outcome, save_outcome},
	{"record",
	 "{\"modules\":[{\"serial\":\"S1\",\"model\":\"D7C\",\"url\":\"u\",\"when\":1}],"
	 "\"failures\":[{\"url\":\"u\",\"serial\":\"S\",\"tries\":1,\"refused\":false,"
	 "\"fingerprint\":1,\"next\":1,\"result\":6,\"text\":\"\"}]}",
	 load_record, save_record},
	{"LED",
	 "{\"name\":\"red\",\"trigger\":\"none\",\"brightness\":\"9\",\"delay_on\":\"\","
	 "\"delay_off\":\"\"}",
	 load_led, save_led},
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

static void a_good_file_stays_where_it_is_when_it_cannot_be_read_for_want_of_memory(void **state)
{
	(void)state;
	make_led();
	record = record_new();
	assert_non_null(record);
	for (size_t i = 0; i < ROWS(files); i++) {
		bool done = false;

		folder_put(&folder, "file", files[i].text);
		for (unsigned fault = 1; !done; fault++) {
			struct uxm_failure why = {.text = ""};

			assert_true(fault < ALLOCATIONS_MOST);
			memory.count = 0;
			memory.fault = fault;
			done = files[i].load(&why);
			memory.fault = 0;
			/* At least what it holds, and one more. */
			assert_true(!done || fault > 3);
			if (done)
				continue;
			if (why.result != UXM_INTERNAL ||
			    !folder_holds(&folder, "file", files[i].text))
				fail_msg("%s, allocation %u: %s", files[i].what, fault, why.text);
		}
	}
	record_free(record);
	/* The LED, its file and none that was set aside: the LED's own was used up. */
	assert_int_equal(folder_count(&folder), 1);
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

		if (files[i].save == NULL)
			continue;
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
		TEST(a_good_file_stays_where_it_is_when_it_cannot_be_read_for_want_of_memory),
		TEST(half_a_file_is_not_written_for_want_of_memory),
#undef TEST
	};

	return cmocka_run_group_tests_name("phone/want", tests, NULL, NULL);
}
