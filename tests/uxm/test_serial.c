/* String descriptors: what a module's serial number is read from, whatever it answers. */
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/request.h"

/* What is answered for descriptor 0, the languages, and for the one that is asked for. */
struct answers {
	uint8_t languages[8];
	uint16_t languages_length;
	uint8_t string[255];
	uint16_t string_length;
	uint16_t language; /* that the string was asked in */
};

static enum uxm_io control(void *self, const struct uxm_setup *setup, void *data, uint16_t *length,
			   struct uxm_failure *why)
{
	struct answers *answers = self;

	(void)why;
	assert_int_equal(setup->request_type, 0x80);
	assert_int_equal(setup->request, 6);
	if (setup->value == 0x0300) {
		assert_int_equal(setup->index, 0);
		memcpy(data, answers->languages, answers->languages_length);
		*length = answers->languages_length;
		return UXM_IO_OK;
	}
	assert_int_equal(setup->value, 0x0305);
	answers->language = setup->index;
	memcpy(data, answers->string, answers->string_length);
	*length = answers->string_length;
	return UXM_IO_OK;
}

static uint64_t now(void *self)
{
	(void)self;
	return 0;
}

static const struct uxm_module_ops module_ops = {.control = control};
static const struct uxm_clock_ops clock_ops = {.now = now};

/* English, and these characters, each of which is one unit. */
static struct answers make(const char *text)
{
	struct answers answers = {.languages = {4, 3, 0x09, 0x04}, .languages_length = 4};
	size_t length = strlen(text);

	answers.string_length = (uint16_t)(2 + 2 * length);
	answers.string[0] = (uint8_t)answers.string_length;
	answers.string[1] = 3;
	for (size_t i = 0; i < length; i++)
		answers.string[2 + 2 * i] = (uint8_t)text[i];
	return answers;
}

static enum uxm_io read_string(struct answers *answers, char text[UXM_SERIAL_TEXT])
{
	struct uxm_failure why = {.text = ""};
	struct uxm_link link = {
		.module = {.ops = &module_ops, .self = answers},
		.clock = {.ops = &clock_ops},
		.deadlines = UXM_DEADLINES,
	};
	enum uxm_io io;

	memset(text, 0, UXM_SERIAL_TEXT);
	io = uxm_link_string(&link, 5, text, &why);
	if (io != UXM_IO_OK) {
		assert_int_equal(io, UXM_IO_BROKEN);
		assert_string_equal(why.text, "The module's string descriptor is malformed.");
	}
	return io;
}

static void reads_it_in_the_first_language(void **state)
{
	struct answers answers = make("SN-0001");
	char text[UXM_SERIAL_TEXT];

	(void)state;
	assert_int_equal(read_string(&answers, text), UXM_IO_OK);
	assert_string_equal(text, "SN-0001");
	assert_int_equal(answers.language, 0x0409);
}

static void reads_it_of_a_module_that_names_no_language(void **state)
{
	struct answers answers = make("SN-0001");
	char text[UXM_SERIAL_TEXT];

	(void)state;
	answers.languages[0] = 2;
	answers.languages_length = 2;
	assert_int_equal(read_string(&answers, text), UXM_IO_OK);
	assert_string_equal(text, "SN-0001");
	assert_int_equal(answers.language, 0);
}

static void refuses_what_is_no_string_descriptor(void **state)
{
	/* How many bytes come, and the first two of them. */
	static const struct {
		uint16_t length;
		uint8_t bytes[2];
	} wrong[] = {
		{0, {0, 0}}, {1, {1, 3}}, {4, {4, 2}},   {4, {5, 3}},
		{4, {1, 3}}, {4, {0, 3}}, {4, {255, 3}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[UXM_SERIAL_TEXT];
		struct answers answers = make("A");

		answers.string_length = wrong[i].length;
		memcpy(answers.string, wrong[i].bytes, 2);
		assert_int_equal(read_string(&answers, text), UXM_IO_BROKEN);
		answers = make("A");
		answers.languages_length = wrong[i].length;
		memcpy(answers.languages, wrong[i].bytes, 2);
		assert_int_equal(read_string(&answers, text), UXM_IO_BROKEN);
		assert_string_equal(text, "");
	}
}

static void believes_the_descriptor_about_its_length(void **state)
{
	struct answers answers = make("SN-0001");
	char text[UXM_SERIAL_TEXT];

	(void)state;
	answers.string[0] = 2 + 2 * 4;
	assert_int_equal(read_string(&answers, text), UXM_IO_OK);
	assert_string_equal(text, "SN-0");
	/* Half a character is none. */
	answers.string[0] = 2 + 2 * 4 + 1;
	assert_int_equal(read_string(&answers, text), UXM_IO_OK);
	assert_string_equal(text, "SN-0");
	answers.string[0] = 2;
	assert_int_equal(read_string(&answers, text), UXM_IO_OK);
	assert_string_equal(text, "");
}

/* The characters that are not shown still tell two modules apart. */
static void marks_what_it_cannot_show(void **state)
{
	static const char *const texts[] = {"A B",
					    "A\x7F"
					    "B",
					    "A\x1F"
					    "B",
					    "A\xE4"
					    "B",
					    "A\tB"};
	char seen[5][UXM_SERIAL_TEXT];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct answers answers = make(texts[i]);

		assert_int_equal(read_string(&answers, seen[i]), UXM_IO_OK);
		assert_int_equal(strncmp(seen[i], "A?B~", 4), 0);
		assert_int_equal(strlen(seen[i]), 3 + 9);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
	}
}

static void a_character_of_another_alphabet_is_marked_too(void **state)
{
	struct answers answers = make("AAB");
	char text[UXM_SERIAL_TEXT];

	(void)state;
	/* U+0141 */
	answers.string[5] = 1;
	assert_int_equal(read_string(&answers, text), UXM_IO_OK);
	assert_int_equal(strncmp(text, "A?B~", 4), 0);
}

static void reads_the_longest_there_is(void **state)
{
	char longest[127];
	struct answers answers;
	char text[UXM_SERIAL_TEXT];

	(void)state;
	memset(longest, 'L', 126);
	longest[126] = '\0';
	answers = make(longest);
	assert_int_equal(read_string(&answers, text), UXM_IO_OK);
	assert_string_equal(text, longest);
	/* With a mark it gives way for that. */
	longest[0] = ' ';
	answers = make(longest);
	assert_int_equal(read_string(&answers, text), UXM_IO_OK);
	assert_int_equal(strlen(text), UXM_SERIAL_TEXT - 1);
	assert_non_null(strchr(text, '~'));
	assert_int_equal(strlen(strchr(text, '~')), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_it_in_the_first_language),
		cmocka_unit_test(reads_it_of_a_module_that_names_no_language),
		cmocka_unit_test(refuses_what_is_no_string_descriptor),
		cmocka_unit_test(believes_the_descriptor_about_its_length),
		cmocka_unit_test(marks_what_it_cannot_show),
		cmocka_unit_test(a_character_of_another_alphabet_is_marked_too),
		cmocka_unit_test(reads_the_longest_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
