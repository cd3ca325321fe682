/* May this module have this image? Every rule by itself, their order, and what an override lets
 * pass. */
#include <stdio.h>
#include <string.h>

#include "tests/cmocka.h"
#include "tests/uxm/fixture.h"
#include "uxm/bytes.h"
#include "uxm/decide.h"

/* One question: an image of the name's model and version, and a module that may have it. */
struct question {
	struct fixture image;
	struct uxm_name name;
	struct uxm_keys keys;
	struct uxm_identity module;
	bool override;
	bool allow_older;
	struct uxm_verdict verdict;
	struct uxm_failure why;
};

static void set_up(struct question *question, const char *file)
{
	memset(question, 0, sizeof(*question));
	fixture_make(1000, &question->image);
	assert_true(uxm_name_parse(file, &question->name));
	question->module = (struct uxm_identity){
		.model = "D7C",
		.running = {{1, 5, 3, 0}},
		.oldest = {{1, 0, 0, 0}},
		.hardware_level = 2,
		.largest_image = 1000,
	};
}

static void set_up_opaque(struct question *question, const char *file)
{
	set_up(question, file);
	question->image.bytes[0] = 'u';
	question->image.length = 1000;
}

static bool decides(struct question *question)
{
	struct uxm_offer offer = {
		.name = &question->name,
		.file_size = question->image.length,
		.head = question->image.bytes,
		.head_length = fixture_head(&question->image),
		.keys = &question->keys,
		.override = question->override,
		.allow_older = question->allow_older,
	};

	return uxm_decide(&offer, &question->module, &question->verdict, &question->why);
}

static void check_passes(struct question *question)
{
	if (!decides(question))
		fail_msg("refused: %s", question->why.text);
}

/* Refused with these words, and the verdict left alone. */
static void check_refused(struct question *question, const char *words)
{
	struct uxm_verdict unchanged;

	memset(&question->verdict, 0x5A, sizeof(question->verdict));
	unchanged = question->verdict;
	if (decides(question))
		fail_msg("it passed, and was not refused with '%s'", words);
	assert_int_equal(question->why.result, UXM_IMAGE_REFUSED);
	assert_non_null(strstr(question->why.text, question->name.file));
	if (strstr(question->why.text, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, question->why.text);
	assert_memory_equal(&question->verdict, &unchanged, sizeof(unchanged));
}

/* Refused, whatever is allowed: neither an override nor leave to go back makes a difference. */
static void check_always_refused(struct question *question, const char *words)
{
	for (unsigned allowed = 0; allowed < 4; allowed++) {
		question->override = (allowed & 1) != 0;
		question->allow_older = (allowed & 2) != 0;
		check_refused(question, words);
	}
}

static void takes_an_image_that_fits(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	check_passes(&question);
	assert_true(question.verdict.has_header);
	assert_true(question.verdict.payload_size == 1000);
	assert_string_equal(question.verdict.header.model, "D7C");
	assert_false(question.verdict.overridden);
	assert_false(question.verdict.older);
	assert_string_equal(question.verdict.note, "");
}

static void takes_a_file_without_header_by_its_name(void **state)
{
	struct question question;

	(void)state;
	set_up_opaque(&question, "snomD7C-1.6.1-r.bin");
	check_passes(&question);
	assert_false(question.verdict.has_header);
	assert_true(question.verdict.payload_size == 1000);
	assert_string_equal(question.verdict.note, "");
}

static void refuses_the_name_of_another_model(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD8C-1.6.1-r.bin");
	check_always_refused(&question, "an image for a D8C, but the module is a D7C");
	set_up_opaque(&question, "snomUXM-1.6.1.bin");
	check_always_refused(&question, "an image for a UXM, but the module is a D7C");
}

static void refuses_the_header_of_another_model(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.image.bytes[9] = '8';
	check_always_refused(&question,
			     "named like an image for a D7C, but its header is for a D8C");
}

static void refuses_a_header_of_another_version_than_the_name(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.2-r.bin");
	check_always_refused(&question, "its header says (version 1.6.1)");
	set_up(&question, "snomD7C-1.6.1.1-r.bin");
	check_always_refused(&question, "its header says (version 1.6.1)");
	set_up(&question, "snomD7C-1.6.1.0-r.bin");
	check_passes(&question);
}

static void refuses_a_damaged_header(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	uxm_put16(question.image.bytes + 4, 2);
	check_always_refused(&question, "only format 1 is understood");
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.image.length--;
	check_always_refused(&question, "another length than the file has");
}

static void refuses_an_older_image_unless_that_is_allowed(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.module.running = (struct uxm_version){{1, 6, 1, 1}};
	check_refused(&question, "is older (1.6.1) than what the module runs (1.6.1.1)");
	question.override = true;
	check_refused(&question, "give --allow-older");
	question.override = false;
	question.allow_older = true;
	check_passes(&question);
	assert_true(question.verdict.older);
	assert_false(question.verdict.overridden);
	assert_non_null(strstr(question.verdict.note, "is older than what the module runs"));
}

static void installs_the_same_version_again(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.module.running = (struct uxm_version){{1, 6, 1, 0}};
	check_passes(&question);
	assert_false(question.verdict.older);
}

static void refuses_what_may_not_be_installed_over_the_running_version(void **state)
{
	struct question question;
	struct uxm_version over = {{1, 5, 3, 1}};

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	uxm_put_version(question.image.bytes + 28, &over);
	check_always_refused(&question, "over version 1.5.3.1 or newer, but the module runs 1.5.3");
	question.module.running = over;
	check_passes(&question);
}

static void refuses_more_bytes_than_the_module_holds(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.module.largest_image = 999;
	check_always_refused(&question, "has 1000 bytes, but the module holds at most 999");
	set_up_opaque(&question, "snomD7C-1.6.1-r.bin");
	question.module.largest_image = 999;
	check_always_refused(&question, "has 1000 bytes, but the module holds at most 999");
}

/* The first of the two rules that an override lets pass. */
static void refuses_hardware_outside_of_the_headers_levels_unless_overridden(void **state)
{
	static const struct {
		uint16_t level;
		bool fits;
	} of[] = {{0, false}, {1, true}, {2, true}, {3, true}, {4, false}, {65535, false}};
	struct question question;

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		set_up(&question, "snomD7C-1.6.1-r.bin");
		question.module.hardware_level = of[i].level;
		question.allow_older = true;
		if (!of[i].fits)
			check_refused(&question, "for hardware levels 1 to 3, but the module has");
		else
			check_passes(&question);
		question.override = true;
		check_passes(&question);
		assert_int_equal(question.verdict.overridden, !of[i].fits);
		assert_int_equal(strstr(question.verdict.note, "Overridden:") != NULL, !of[i].fits);
	}
}

/* The second one. The image is newer than what runs: only the hardware speaks against it. */
static void refuses_a_file_without_header_below_the_hardwares_oldest_unless_overridden(void **state)
{
	struct question question;

	(void)state;
	set_up_opaque(&question, "snomD7C-1.6.1-r.bin");
	question.module.oldest = (struct uxm_version){{1, 6, 1, 1}};
	question.allow_older = true;
	check_refused(&question, "version 1.6.1, but the module's hardware runs 1.6.1.1 or newer");
	question.override = true;
	check_passes(&question);
	assert_true(question.verdict.overridden);
	assert_non_null(strstr(question.verdict.note, "Overridden:"));
	question.module.oldest = (struct uxm_version){{1, 6, 1, 0}};
	question.override = false;
	check_passes(&question);
	assert_false(question.verdict.overridden);
}

/* Each kind of image is judged by its own hardware rule, not by the other's. */
static void judges_hardware_by_the_header_where_there_is_one(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.module.oldest = (struct uxm_version){{9, 0, 0, 0}};
	check_passes(&question);
	set_up_opaque(&question, "snomD7C-1.6.1-r.bin");
	question.module.hardware_level = 65535;
	check_passes(&question);
}

static void notes_both_what_was_overridden_and_that_it_is_older(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.module.running = (struct uxm_version){{2, 0, 0, 0}};
	question.module.hardware_level = 9;
	question.override = true;
	question.allow_older = true;
	check_passes(&question);
	assert_true(question.verdict.overridden);
	assert_true(question.verdict.older);
	assert_non_null(strstr(question.verdict.note, "the module has level 9"));
	assert_non_null(strstr(question.verdict.note, "is older than"));
}

static void requires_a_signature_once_a_key_is_configured(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	fixture_add_key("test-release.pem", &question.keys);
	check_always_refused(&question, "is not signed, but a signature is required.");
	set_up_opaque(&question, "snomD7C-1.6.1-r.bin");
	fixture_add_key("test-release.pem", &question.keys);
	check_always_refused(&question, "is not signed, but a signature is required.");
	set_up(&question, "snomD7C-1.6.1-r.bin");
	fixture_grow_and_sign(UXM_IMAGE_HEADER_LEAST, &question.image);
	fixture_add_key("test-other.pem", &question.keys);
	check_always_refused(&question, "is not valid, or by none of the keys");
	fixture_add_key("test-release.pem", &question.keys);
	check_passes(&question);
}

static void requires_a_signature_where_the_module_demands_one(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.module.flags = UXM_WIRE_FLAG_SIGNATURE;
	check_always_refused(&question, "a signature is required by the module");
	set_up_opaque(&question, "snomD7C-1.6.1-r.bin");
	question.module.flags = UXM_WIRE_FLAG_SIGNATURE;
	check_always_refused(&question, "a signature is required by the module");
	/* Which key the module trusts is the module's to check. */
	set_up(&question, "snomD7C-1.6.1-r.bin");
	question.module.flags = UXM_WIRE_FLAG_SIGNATURE;
	fixture_grow_and_sign(UXM_IMAGE_HEADER_LEAST, &question.image);
	check_passes(&question);
}

/* An image that breaks all rules at once; one after the other is mended, and so the next one
 * speaks. */
static void names_the_first_rule_in_the_order_of_the_table(void **state)
{
	struct question question;
	struct uxm_version over = {{1, 7, 0, 0}};

	(void)state;
	set_up(&question, "snomD8C-1.5.2-r.bin");
	fixture_add_key("test-release.pem", &question.keys);
	question.module.largest_image = 1;
	question.module.hardware_level = 9;
	uxm_put16(question.image.bytes + 4, 2);
	uxm_put_version(question.image.bytes + 28, &over);
	check_refused(&question, "an image for a D8C");
	assert_true(uxm_name_parse("snomD7C-1.5.2-r.bin", &question.name));
	check_refused(&question, "is older (1.5.2)");
	question.allow_older = true;
	check_refused(&question, "format 2");
	uxm_put16(question.image.bytes + 4, 1);
	check_refused(&question, "is not signed");
	question.keys.count = 0;
	check_refused(&question, "named otherwise than its header says");
	assert_true(uxm_name_parse("snomD7C-1.6.1-r.bin", &question.name));
	check_refused(&question, "can be installed over version 1.7.0");
	question.module.running = over;
	check_refused(&question, "the module holds at most 1;");
	question.module.largest_image = 1000;
	check_refused(&question, "the module has level 9");
	question.override = true;
	check_passes(&question);
}

static void judges_by_the_name_alone_before_anything_is_fetched(void **state)
{
	struct question question;

	(void)state;
	set_up(&question, "snomD7C-1.6.1-r.bin");
	assert_true(uxm_decide_name(&question.name, &question.module, false, &question.why));
	question.module.running = (struct uxm_version){{1, 6, 2, 0}};
	assert_false(uxm_decide_name(&question.name, &question.module, false, &question.why));
	assert_int_equal(question.why.result, UXM_IMAGE_REFUSED);
	assert_non_null(strstr(question.why.text, "older"));
	assert_true(uxm_decide_name(&question.name, &question.module, true, &question.why));
	snprintf(question.module.model, sizeof(question.module.model), "D8C");
	assert_false(uxm_decide_name(&question.name, &question.module, true, &question.why));
	assert_non_null(strstr(question.why.text, "D8C"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_an_image_that_fits),
		cmocka_unit_test(takes_a_file_without_header_by_its_name),
		cmocka_unit_test(refuses_the_name_of_another_model),
		cmocka_unit_test(refuses_the_header_of_another_model),
		cmocka_unit_test(refuses_a_header_of_another_version_than_the_name),
		cmocka_unit_test(refuses_a_damaged_header),
		cmocka_unit_test(refuses_an_older_image_unless_that_is_allowed),
		cmocka_unit_test(installs_the_same_version_again),
		cmocka_unit_test(refuses_what_may_not_be_installed_over_the_running_version),
		cmocka_unit_test(refuses_more_bytes_than_the_module_holds),
		cmocka_unit_test(refuses_hardware_outside_of_the_headers_levels_unless_overridden),
		cmocka_unit_test(
			refuses_a_file_without_header_below_the_hardwares_oldest_unless_overridden),
		cmocka_unit_test(judges_hardware_by_the_header_where_there_is_one),
		cmocka_unit_test(notes_both_what_was_overridden_and_that_it_is_older),
		cmocka_unit_test(requires_a_signature_once_a_key_is_configured),
		cmocka_unit_test(requires_a_signature_where_the_module_demands_one),
		cmocka_unit_test(names_the_first_rule_in_the_order_of_the_table),
		cmocka_unit_test(judges_by_the_name_alone_before_anything_is_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
