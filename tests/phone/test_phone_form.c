/* Forms, and forms with a file, in pieces of every size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/form.h"
#include "phone/multipart.h"
#include "tests/cmocka.h"

static int make_form(void **state)
{
	*state = malloc(sizeof(struct form));
	assert_non_null(*state);
	form_begin(*state);
	return 0;
}

static int free_form(void **state)
{
	free(*state);
	return 0;
}

static bool read_form(struct form *form, const char *text, size_t piece)
{
	size_t length = strlen(text);

	form_begin(form);
	for (size_t at = 0; at < length; at += piece) {
		if (!form_feed(form, text + at, length - at < piece ? length - at : piece))
			return false;
	}
	return form_end(form);
}

static void reads_the_same_in_pieces_of_any_size(void **state)
{
	static const char text[] = "a=1&b=%C3%A4+%26%3d&&c&=d&e=f=g&a=2";
	struct form *form = *state;
	const char *value;

	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		assert_true(read_form(form, text, piece));
		assert_int_equal(form->count, 6);
		assert_string_equal(form_value(form, "b"), "\xC3\xA4 &=");
		assert_string_equal(form_value(form, "c"), "");
		assert_string_equal(form_value(form, ""), "d");
		assert_string_equal(form_value(form, "e"), "f=g");
		/* The last of a name counts. */
		assert_string_equal(form_value(form, "a"), "2");
		assert_string_equal(form_pair(form, 0, &value), "a");
		assert_string_equal(value, "1");
		assert_null(form_value(form, "d"));
	}
}

static void takes_blanks_around_the_values_of_a_name_off(void **state)
{
	struct form *form = *state;
	const char *value;

	assert_true(read_form(form, "u=+%09+a+b+%0D%0A&u=++&u=&v=+c+", 1));
	form_trim(form, "u");
	form_trim(form, "w");
	assert_string_equal(form_pair(form, 0, &value), "u");
	assert_string_equal(value, "a b");
	assert_string_equal(form_pair(form, 1, &value), "u");
	assert_string_equal(value, "");
	assert_string_equal(form_value(form, "u"), "");
	assert_string_equal(form_value(form, "v"), " c ");
}

static void refuses_broken_escapes_and_nul(void **state)
{
	static const char *const texts[] = {"a=%", "a=%4",  "a=%4&b", "a=%zz",
					    "%=1", "a=%00", "a%0g"};
	struct form *form = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(read_form(form, texts[i], 100));
		assert_int_equal(form->fault, FORM_MALFORMED);
		assert_false(read_form(form, texts[i], 1));
	}
	form_begin(form);
	assert_false(form_feed(form, "a\0b", 3));
}

static void a_fault_stays(void **state)
{
	struct form *form = *state;

	assert_false(form_feed(form, "%zz", 3));
	assert_false(form_feed(form, "a=1", 3));
	assert_false(form_end(form));
	assert_false(form_add(form, "a", "1"));
	assert_null(form_value(form, "a"));
}

static void takes_as_much_as_its_room_and_no_more(void **state)
{
	struct form *form = *state;
	char *text = malloc(FORM_ROOM + 1);

	assert_non_null(text);
	memset(text, 'x', FORM_ROOM);
	/* "a", its end, the value and its end. */
	form_begin(form);
	assert_true(form_feed(form, "a=", 2) && form_feed(form, text, FORM_ROOM - 3));
	assert_true(form_end(form));
	assert_int_equal(strlen(form_value(form, "a")), FORM_ROOM - 3);
	form_begin(form);
	(void)(form_feed(form, "a=", 2) && form_feed(form, text, FORM_ROOM - 2));
	assert_false(form_end(form));
	assert_int_equal(form->fault, FORM_TOO_LARGE);
	free(text);
}

static void takes_so_many_pairs_and_no_more(void **state)
{
	struct form *form = *state;

	for (unsigned i = 0; i < FORM_PAIRS; i++)
		assert_true(form_feed(form, "a=1&", 4));
	assert_int_equal(form->count, FORM_PAIRS);
	assert_false(form_feed(form, "a=1&", 4));
	assert_int_equal(form->fault, FORM_TOO_LARGE);
}

static void forgets_what_it_read(void **state)
{
	struct form *form = *state;

	assert_true(read_form(form, "pass=secret", 3));
	form_forget(form);
	assert_int_equal(form->count, 0);
	assert_null(memmem(form->text, 16, "secret", 6));
}

/* What came out of a form with a file. */
struct outcome {
	enum multipart_event last;
	bool file;
	char name[MULTIPART_NAME];
	uint64_t size;
	char bytes[512];
	size_t count;
};

/* Reads `body` in pieces, and takes at most `bite` bytes of the file at a time. */
static void read_multipart(const char *type, const char *body, size_t length, size_t piece,
			   size_t bite, struct form *form, struct outcome *outcome)
{
	struct multipart multipart;

	memset(outcome, 0, sizeof(*outcome));
	form_begin(form);
	if (!multipart_begin(&multipart, type, length, form)) {
		outcome->last = MULTIPART_BAD;
		return;
	}
	for (size_t at = 0; at < length; at += piece) {
		/* Memory of its own, so that reading beyond a piece is seen. */
		size_t some = length - at < piece ? length - at : piece;
		char *copy = malloc(some);
		enum multipart_event event;
		const char *bytes;
		size_t used = 0;
		size_t count;

		assert_non_null(copy);
		memcpy(copy, body + at, some);
		while ((event = multipart_next(&multipart, copy, some, &used, &bytes, &count)) !=
			       MULTIPART_MORE &&
		       event != MULTIPART_BAD) {
			outcome->last = event;
			if (event == MULTIPART_FILE) {
				outcome->file = true;
				snprintf(outcome->name, sizeof(outcome->name), "%s",
					 multipart.file_name);
				outcome->size = multipart.file_size;
			} else if (event == MULTIPART_BYTES) {
				count = count < bite ? count : bite;
				assert_true(outcome->count + count <= sizeof(outcome->bytes));
				memcpy(outcome->bytes + outcome->count, bytes, count);
				outcome->count += count;
				multipart_took(&multipart, count, &used);
			}
		}
		free(copy);
		if (event == MULTIPART_BAD) {
			outcome->last = event;
			return;
		}
	}
}

#define TYPE "multipart/form-data; boundary=--xy"
#define PART "----xy\r\nContent-Disposition: form-data; name="

static const char whole[] =
	PART "\"token\"\r\n\r\nabc\r\n" PART "\"older\"\r\n\r\non\r\n" PART
	     "\"file\"; filename=\"snomD7C-1.6.1-r.bin\"\r\nContent-Type: a/b\r\n\r\n"
	     "one\r\n----x\r\r\n----x\r\n--\r\n----xz\0\r\n----xy--\r\n";

static void reads_fields_and_the_file_in_pieces_of_any_size(void **state)
{
	static const char file[] = "one\r\n----x\r\r\n----x\r\n--\r\n----xz";
	struct outcome outcome;
	size_t length = sizeof(whole) - 1;

	for (size_t piece = 1; piece <= length; piece++) {
		for (size_t bite = 1; bite <= 8; bite += 7) {
			read_multipart(TYPE, whole, length, piece, bite, *state, &outcome);
			assert_int_equal(outcome.last, MULTIPART_END);
			assert_string_equal(form_value(*state, "token"), "abc");
			assert_string_equal(form_value(*state, "older"), "on");
			assert_string_equal(outcome.name, "snomD7C-1.6.1-r.bin");
			/* With its NUL. */
			assert_int_equal(outcome.size, sizeof(file));
			assert_int_equal(outcome.count, sizeof(file));
			assert_memory_equal(outcome.bytes, file, sizeof(file));
		}
	}
}

static void a_form_that_breaks_off_has_no_end(void **state)
{
	struct outcome outcome;

	for (size_t length = 1; length < sizeof(whole) - 1 - 4; length++) {
		read_multipart(TYPE, whole, length, 7, 8, *state, &outcome);
		assert_int_not_equal(outcome.last, MULTIPART_END);
	}
}

static void refuses_what_is_no_form_with_one_file_at_its_end(void **state)
{
	static const char *const bodies[] = {
		"x----xy\r\n",
		"\r\n----xy\r\n",
		"----xyz\r\n",
		"----xy\r\n\r\n\r\n----xy--\r\n",
		"----xy\r\nContent-Disposition: form-data\r\n\r\nx\r\n----xy--\r\n",
		PART "\"a\"; filename=\"b\"\r\n\r\n\r\n" PART "\"c\"\r\n\r\nd\r\n----xy--\r\n",
		PART "\"a\"; filename=\"b\"\r\n\r\nc",
		PART "\"a\r\n\r\nb\r\n----xy--\r\n",
	};
	struct outcome outcome;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		read_multipart(TYPE, bodies[i], strlen(bodies[i]), 100, 100, *state, &outcome);
		assert_int_equal(outcome.last, MULTIPART_BAD);
	}
}

static void refuses_types_without_a_usable_boundary(void **state)
{
	static const char *const types[] = {
		"multipart/form-data",
		"multipart/form-data; boundary=",
		"multipart/form-data; boundary=\"\"",
		"multipart/form-data; boundary=\"a",
		"multipart/mixed; boundary=a",
	};
	struct multipart multipart;
	char type[128];

	/* The longest, and one more. */
	snprintf(type, sizeof(type), "multipart/form-data; boundary=%070d", 1);
	assert_true(multipart_begin(&multipart, type, 100, *state));
	snprintf(type, sizeof(type), "multipart/form-data; boundary=%071d", 1);
	assert_false(multipart_begin(&multipart, type, 100, *state));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_false(multipart_begin(&multipart, types[i], 100, *state));
	assert_true(multipart_begin(&multipart,
				    "Multipart/Form-Data;x=\"; boundary=b\";BOUNDARY=\"a b\"", 100,
				    *state));
	assert_string_equal(multipart.delimiter, "\r\n--a b");
}

static void refuses_lines_and_fields_that_are_too_long(void **state)
{
	struct outcome outcome;
	char body[3 * MULTIPART_LINE];
	int length = snprintf(body, sizeof(body), PART "\"a\"\r\n\r\n%0*d\r\n----xy--\r\n",
			      (int)MULTIPART_LINE, 0);

	read_multipart(TYPE, body, (size_t)length, 100, 100, *state, &outcome);
	assert_int_equal(outcome.last, MULTIPART_BAD);
	length = snprintf(body, sizeof(body), "----xy\r\nX: %0*d\r\n", (int)MULTIPART_LINE, 0);
	read_multipart(TYPE, body, (size_t)length, 100, 100, *state, &outcome);
	assert_int_equal(outcome.last, MULTIPART_BAD);
	length = snprintf(body, sizeof(body), PART "\"%0*d\"\r\n\r\n", (int)MULTIPART_NAME, 0);
	read_multipart(TYPE, body, (size_t)length, 100, 100, *state, &outcome);
	assert_int_equal(outcome.last, MULTIPART_BAD);
}

static void a_file_that_was_not_chosen_has_no_name(void **state)
{
	static const char body[] = PART "\"file\"; filename=\"\"\r\n\r\n\r\n----xy--\r\n";
	struct outcome outcome;

	read_multipart(TYPE, body, sizeof(body) - 1, 9, 9, *state, &outcome);
	assert_true(outcome.file);
	assert_string_equal(outcome.name, "");
	assert_int_equal(outcome.size, 0);
	assert_int_equal(outcome.count, 0);
}

#define FORM_TEST(name) cmocka_unit_test_setup_teardown(name, make_form, free_form)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FORM_TEST(reads_the_same_in_pieces_of_any_size),
		FORM_TEST(takes_blanks_around_the_values_of_a_name_off),
		FORM_TEST(refuses_broken_escapes_and_nul),
		FORM_TEST(a_fault_stays),
		FORM_TEST(takes_as_much_as_its_room_and_no_more),
		FORM_TEST(takes_so_many_pairs_and_no_more),
		FORM_TEST(forgets_what_it_read),
		FORM_TEST(reads_fields_and_the_file_in_pieces_of_any_size),
		FORM_TEST(a_form_that_breaks_off_has_no_end),
		FORM_TEST(refuses_what_is_no_form_with_one_file_at_its_end),
		FORM_TEST(refuses_types_without_a_usable_boundary),
		FORM_TEST(refuses_lines_and_fields_that_are_too_long),
		FORM_TEST(a_file_that_was_not_chosen_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
