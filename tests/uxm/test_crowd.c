/* More modules than are looked at, and a bus that cannot be looked at: a made-up table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cmocka.h"
#include "uxm/await.h"

#define CROWD_MOST 24

/* Modules at 1-1, 1-2, ... with addresses 1, 2, ... */
struct crowd {
	size_t count;
	bool has_long_names; /* all that is listed is as long as it may be */
	bool fails;          /* the bus cannot be looked at */
	unsigned scans;
	uint8_t opened;                 /* address */
	unsigned asked[CROWD_MOST + 1]; /* how often each was opened, by address */
	bool silent;                    /* requests are not answered */
	enum uxm_stop stop;             /* what a wait says */
	uint64_t now;                   /* milliseconds */
};

static void name_serial(const struct crowd *crowd, unsigned address, char text[UXM_SERIAL_TEXT])
{
	snprintf(text, UXM_SERIAL_TEXT, crowd->has_long_names ? "%032u" : "SN-%u", address);
}

static enum uxm_io scan(void *self, struct uxm_candidate *found, size_t room, size_t *count,
			struct uxm_failure *why)
{
	struct crowd *crowd = self;

	crowd->scans++;
	if (crowd->fails) {
		uxm_fail(why, UXM_INTERNAL, "The USB devices cannot be listed.");
		return UXM_IO_FAILED;
	}
	for (size_t i = 0; i < crowd->count && i < room; i++) {
		found[i] = (struct uxm_candidate){
			.bus = 1, .address = (uint8_t)(i + 1), .serial_index = 3, .endpoint = 1};
		snprintf(found[i].port_path, sizeof(found[i].port_path),
			 crowd->has_long_names ? "101-101.102.103.104.105.106.%zu" : "1-%zu",
			 i + 101 - (crowd->has_long_names ? 0 : 100));
	}
	*count = crowd->count;
	return UXM_IO_OK;
}

static unsigned arrivals(void *self)
{
	(void)self;
	return 0;
}

static enum uxm_io open_module(void *self, const struct uxm_candidate *candidate,
			       struct uxm_failure *why)
{
	struct crowd *crowd = self;

	(void)why;
	crowd->opened = candidate->address;
	crowd->asked[candidate->address]++;
	return UXM_IO_OK;
}

static void nothing(void *self)
{
	(void)self;
}

/* A string descriptor: two bytes, then two for each character (USB 2.0, section 9.6.7). */
static uint16_t write_string(const char *text, uint8_t *bytes)
{
	size_t length = strlen(text);

	memset(bytes, 0, 2 + 2 * length);
	bytes[0] = (uint8_t)(2 + 2 * length);
	bytes[1] = 3;
	for (size_t i = 0; i < length; i++)
		bytes[2 + 2 * i] = (uint8_t)text[i];
	return bytes[0];
}

static enum uxm_io control(void *self, const struct uxm_setup *setup, void *data, uint16_t *length,
			   struct uxm_failure *why)
{
	const struct crowd *crowd = self;
	struct uxm_identity identity = {
		.protocol = UXM_WIRE_VERSION,
		.model = "D7C",
		.running = {{1, 5, 3, crowd->opened}},
		.largest_image = 1000000,
		.largest_chunk = UXM_WIRE_CHUNK_LEAST,
		.silence = 5000,
	};
	char serial[UXM_SERIAL_TEXT];

	(void)why;
	if (crowd->silent)
		return UXM_IO_AGAIN;
	if (crowd->has_long_names) {
		memset(identity.model, 'X', sizeof(identity.model) - 1);
		identity.running = (struct uxm_version){{65535, 65535, 65535, 65535}};
	}
	name_serial(crowd, crowd->opened, serial);
	if (setup->request == UXM_WIRE_IDENTITY) {
		uxm_wire_write_identity(&identity, data);
		*length = UXM_WIRE_IDENTITY_SIZE;
	} else {
		*length = write_string((setup->value & 0xFF) == 0 ? "\x09" : serial, data);
	}
	return UXM_IO_OK;
}

static const struct uxm_module_ops module_ops = {
	.scan = scan,
	.arrivals = arrivals,
	.open = open_module,
	.close = nothing,
	.control = control,
	.control_cancel = nothing,
};

static uint64_t now(void *self)
{
	const struct crowd *crowd = self;

	return crowd->now;
}

static enum uxm_stop wait_until(void *self, uint64_t until)
{
	struct crowd *crowd = self;

	if (until > crowd->now)
		crowd->now = until;
	return crowd->stop;
}

static const struct uxm_clock_ops clock_ops = {.now = now, .wait = wait_until};

static void ignore(void *self, const struct uxm_progress *progress)
{
	(void)self;
	(void)progress;
}

static struct uxm_link link_to(struct crowd *crowd, struct uxm_teller *teller)
{
	*teller = (struct uxm_teller){.watch = {.tell = ignore}};
	return (struct uxm_link){
		.module = {.ops = &module_ops, .self = crowd},
		.clock = {.ops = &clock_ops, .self = crowd},
		.deadlines = UXM_DEADLINES,
		.give_up = UXM_STOP_SOON,
		.teller = teller,
	};
}

/* Looks at them all, and expects the refusal. */
static void refuse(struct crowd *crowd, struct uxm_failure *why)
{
	static struct uxm_survey survey;
	struct uxm_teller teller;
	struct uxm_link link = link_to(crowd, &teller);

	assert_int_equal(uxm_survey(&link, false, &survey, why), UXM_IO_OK);
	assert_int_equal(survey.count, crowd->count);
	assert_false(uxm_survey_is_one(&survey, why));
	assert_int_equal(why->result, UXM_SEVERAL_MODULES);
}

static void lists_all_of_sixteen(void **state)
{
	struct crowd crowd = {.count = UXM_SURVEY_MOST};
	struct uxm_failure why;

	(void)state;
	refuse(&crowd, &why);
	assert_non_null(strstr(why.text, "16 expansion modules are attached"));
	assert_non_null(strstr(why.text, "1-16 (D7C, serial SN-16, version 1.5.3.16); unplug"));
	assert_null(strstr(why.text, "more"));
}

static void lists_sixteen_of_twenty_and_counts_the_others(void **state)
{
	struct crowd crowd = {.count = 20};
	struct uxm_failure why;

	(void)state;
	refuse(&crowd, &why);
	assert_non_null(strstr(why.text, "20 expansion modules are attached"));
	assert_non_null(strstr(why.text, "version 1.5.3.16), and 4 more; unplug"));
	assert_null(strstr(why.text, "1-17"));
	assert_int_equal(crowd.asked[16], 1);
	assert_int_equal(crowd.asked[17], 0);
}

/* The list is as long as a sentence has room for: it ends with a whole entry. */
static void names_no_module_by_half(void **state)
{
	struct crowd crowd = {.count = CROWD_MOST, .has_long_names = true};
	struct uxm_failure why;
	const char *more = NULL;
	char *end = NULL;
	size_t entries = 0;
	size_t others = 0;

	(void)state;
	refuse(&crowd, &why);
	for (const char *at = why.text; (at = strstr(at, ", serial ")) != NULL; at++)
		entries++;
	/* Behind a whole entry. */
	more = strstr(why.text, "65535), and ");
	assert_non_null(more);
	others = strtoul(more + strlen("65535), and "), &end, 10);
	assert_int_equal(strncmp(end, " more; unplug", strlen(" more; unplug")), 0);
	assert_int_equal(entries + others, CROWD_MOST);
	assert_in_range(entries, 10, UXM_SURVEY_MOST - 1);
	assert_int_equal(why.text[strlen(why.text) - 1], '.');
}

static struct uxm_found module_number(unsigned address)
{
	struct uxm_found found = {.candidate = {.bus = 1, .address = (uint8_t)address}};

	snprintf(found.serial, sizeof(found.serial), "SN-%u", address);
	snprintf(found.candidate.port_path, sizeof(found.candidate.port_path), "2-%u", address);
	return found;
}

static enum uxm_io await_return(struct crowd *crowd, unsigned address, struct uxm_found *after,
				struct uxm_failure *why)
{
	struct uxm_found before = module_number(address);
	struct uxm_teller teller;
	struct uxm_link link = link_to(crowd, &teller);

	return uxm_await_return(&link, &teller, &before, after, why);
}

static void finds_the_one_that_returns_among_fifteen_others(void **state)
{
	struct crowd crowd = {.count = 16};
	struct uxm_found after;
	struct uxm_failure why;

	(void)state;
	assert_int_equal(await_return(&crowd, 16, &after, &why), UXM_IO_OK);
	assert_string_equal(after.serial, "SN-16");
	assert_int_equal(after.identity.running.part[3], 16);
}

static void asks_each_stranger_once_and_none_behind_the_sixteenth(void **state)
{
	struct crowd crowd = {.count = 20};
	struct uxm_found after;
	struct uxm_failure why;

	(void)state;
	assert_int_equal(await_return(&crowd, 17, &after, &why), UXM_IO_FAILED);
	assert_int_equal(why.result, UXM_NOT_BACK_YET);
	assert_true(crowd.scans > 10);
	for (unsigned i = 1; i <= 20; i++)
		assert_int_equal(crowd.asked[i], i <= UXM_SURVEY_MOST ? 1 : 0);
}

static void stops_at_once_when_asked_to_while_it_asks_who_came_back(void **state)
{
	struct crowd crowd = {.count = 3, .silent = true, .stop = UXM_STOP_NOW};
	struct uxm_found after;
	struct uxm_failure why;

	(void)state;
	assert_int_equal(await_return(&crowd, 2, &after, &why), UXM_IO_FAILED);
	assert_int_equal(why.result, UXM_CANCELLED);
	assert_int_equal(crowd.asked[1], 1);
	assert_int_equal(crowd.asked[2], 0);
}

static void says_so_when_the_bus_cannot_be_looked_at(void **state)
{
	struct crowd crowd = {.count = 1, .fails = true};
	struct uxm_found before = module_number(1);
	struct uxm_survey survey;
	struct uxm_found after;
	struct uxm_teller teller;
	struct uxm_link link = link_to(&crowd, &teller);
	struct uxm_failure why;

	(void)state;
	assert_int_equal(uxm_survey(&link, false, &survey, &why), UXM_IO_FAILED);
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_int_equal(survey.count, 0);
	assert_int_equal(await_return(&crowd, 1, &after, &why), UXM_IO_FAILED);
	assert_int_equal(why.result, UXM_INTERNAL);
	assert_int_equal(uxm_await_plug(&link, &teller, &before, &why), UXM_IO_FAILED);
	assert_int_equal(why.result, UXM_INTERNAL);
	/* Whoever cannot look has not seen it leave. */
	assert_int_equal(uxm_await_leave(&link, &before.candidate, &why), UXM_IO_OK);
	assert_int_equal(crowd.now, 0);
}

static void sees_that_one_of_many_has_left(void **state)
{
	struct crowd crowd = {.count = 20};
	struct uxm_teller teller;
	struct uxm_link link = link_to(&crowd, &teller);
	struct uxm_candidate candidate = module_number(16).candidate;
	struct uxm_failure why;

	(void)state;
	assert_int_equal(uxm_await_leave(&link, &candidate, &why), UXM_IO_OK);
	crowd.count = 15;
	assert_int_equal(uxm_await_leave(&link, &candidate, &why), UXM_IO_GONE);
	/* Its address on another bus is another device's. */
	crowd.count = 16;
	candidate.bus = 2;
	assert_int_equal(uxm_await_leave(&link, &candidate, &why), UXM_IO_GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_all_of_sixteen),
		cmocka_unit_test(lists_sixteen_of_twenty_and_counts_the_others),
		cmocka_unit_test(names_no_module_by_half),
		cmocka_unit_test(finds_the_one_that_returns_among_fifteen_others),
		cmocka_unit_test(asks_each_stranger_once_and_none_behind_the_sixteenth),
		cmocka_unit_test(stops_at_once_when_asked_to_while_it_asks_who_came_back),
		cmocka_unit_test(says_so_when_the_bus_cannot_be_looked_at),
		cmocka_unit_test(sees_that_one_of_many_has_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
