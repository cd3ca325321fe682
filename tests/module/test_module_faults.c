/* Faults: the table, its parser, and each of them happening where it was said. */
#include <stdio.h>
#include <string.h>

#include "tests/cmocka.h"
#include "tests/module/rig.h"

#define SIZE 50000u

static int set_up(void **state)
{
	struct device_options options;

	rig_options(&options);
	*state = rig_new(&options);
	return 0;
}

static int tear_down(void **state)
{
	rig_free(*state);
	return 0;
}

static void every_fault_of_the_table_parses_at_each_of_its_places_and_no_other(void **state)
{
	(void)state;
	for (unsigned what = 0; what < FAULT_WHATS; what++) {
		const struct fault_kind *kind = fault_kind((enum fault_what)what);

		assert_int_equal(kind->what, what);
		assert_true(*kind->help != '\0');
		for (unsigned point = 0; point < FAULT_POINTS; point++) {
			bool allowed = (kind->points & (1u << point)) != 0;
			struct fault fault;
			char text[64];

			snprintf(text, sizeof(text), "%s@%s", kind->name,
				 point == FAULT_AT_BYTE
					 ? "4711"
					 : fault_point_name((enum fault_point)point));
			assert_int_equal(fault_parse(text, &fault), allowed);
			if (!allowed)
				continue;
			assert_int_equal(fault.what, what);
			assert_int_equal(fault.point, point);
			assert_true(fault.offset == (point == FAULT_AT_BYTE ? 4711 : 0));
			assert_false(fault.fired);
		}
	}
}

static void percentages_belong_to_verify_and_install(void **state)
{
	struct fault fault;

	(void)state;
	assert_true(fault_parse("fail@verify:37", &fault));
	assert_int_equal(fault.percent, 37);
	assert_true(fault_parse("unplug@install:100", &fault));
	assert_int_equal(fault.percent, 100);
	assert_false(fault_parse("unplug@install:101", &fault));
	assert_false(fault_parse("unplug@install:", &fault));
	assert_false(fault_parse("unplug@install:5x", &fault));
	assert_false(fault_parse("unplug@done:5", &fault));
	assert_false(fault_parse("unplug@5:5", &fault));
}

static void refuses_what_is_no_fault(void **state)
{
	static const char *const wrong[] = {
		"",
		"@",
		"unplug",
		"unplug@",
		"@5",
		"unplug@-1",
		"unplug@ 5",
		"unplug@5 ",
		"unplu@5",
		"unplugs@5",
		"UNPLUG@5",
		"unplug@0x10",
		"unplug@BEGIN",
		"unplug@verif",
		"unplug@verifyy",
		"drop@begin",
		"unplug@OFFSET",
		"unplug@99999999999999999999",
		"unplug@18446744073709551616",
	};
	struct fault fault = {.offset = 1};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(fault_parse(wrong[i], &fault));
	assert_true(fault.offset == 1);
}

static void a_list_is_bounded(void **state)
{
	struct fault_list list = {.count = 0};
	struct fault fault;

	(void)state;
	assert_true(fault_parse("stall@1", &fault));
	for (unsigned i = 0; i < FAULT_MOST; i++)
		assert_true(fault_add(&list, &fault));
	assert_false(fault_add(&list, &fault));
}

/* Sends one chunk of all 12,000 bytes with a fault; returns the payload bytes that were taken. */
static size_t payload_taken(struct rig *rig, const char *fault)
{
	size_t took;

	rig_faults(rig, (const char *const[]){fault, NULL});
	assert_int_equal(rig_begin(rig, 12000, true), DEVICE_ANSWERED);
	took = rig_send(rig, 0, 12000);
	assert_true(took >= UXM_WIRE_CHUNK_SIZE);
	return took - UXM_WIRE_CHUNK_SIZE;
}

static void the_bus_is_left_between_any_two_bytes(void **state)
{
	assert_int_equal(payload_taken(*state, "unplug@0"), 0);
	assert_int_equal(device_leaving(((struct rig *)*state)->device), DEVICE_UNPLUGGED);
	tear_down(state);
	set_up(state);
	assert_int_equal(payload_taken(*state, "unplug@11999"), 11999);
	assert_int_equal(device_leaving(((struct rig *)*state)->device), DEVICE_UNPLUGGED);
	tear_down(state);
	set_up(state);
	assert_int_equal(payload_taken(*state, "power-loss@1"), 1);
	assert_int_equal(device_leaving(((struct rig *)*state)->device), DEVICE_POWER_LOST);
	tear_down(state);
	set_up(state);
	/* there is no such byte */
	assert_int_equal(payload_taken(*state, "unplug@12000"), 12000);
	assert_int_equal(device_leaving(((struct rig *)*state)->device), DEVICE_STAYS);
}

static void a_fault_fires_once_though_power_was_lost(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(payload_taken(rig, "power-loss@5000"), 5000);
	rig_power_cycle(rig);
	rig_update(rig, 12000, true);
	assert_int_equal(device_leaving(rig->device), DEVICE_REBOOTS);
}

static void a_stall_halts_once_with_reason_gap(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(payload_taken(rig, "stall@700"), 700);
	assert_true(rig_status(rig).halted);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_GAP);
	device_clear_halt(rig->device);
	rig_send_all(rig, 0, 12000);
}

static void silence_takes_nothing_and_answers_nothing(void **state)
{
	static const char *const points[] = {"silence@begin",      "silence@commit",
					     "silence@100",        "silence@verify",
					     "silence@install:10", "silence@done"};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct rig *rig;

		tear_down(state);
		set_up(state);
		rig = *state;
		rig_faults(rig, (const char *const[]){points[i], NULL});
		rig_update(rig, SIZE, true);
		assert_true(device_silent(rig->device));
		assert_false(device_halted(rig->device));
		assert_int_equal(device_leaving(rig->device), DEVICE_STAYS);
		assert_int_equal(rig_abort(rig), DEVICE_SILENT);
		assert_int_equal(rig_send(rig, 0, 100), 0);
		assert_true(device_next(rig->device) == DEVICE_NEVER);
		rig_power_cycle(rig);
		assert_false(device_silent(rig->device));
		assert_int_equal(rig_status(rig).state, UXM_WIRE_IDLE);
	}
}

static void silence_begins_with_identity_or_status(void **state)
{
	for (unsigned request = UXM_WIRE_IDENTITY; request <= UXM_WIRE_STATUS; request += 2) {
		struct uxm_setup setup = {.request_type = UXM_WIRE_IN, .request = (uint8_t)request};
		uint8_t bytes[64];
		struct rig *rig;
		size_t replied;

		tear_down(state);
		set_up(state);
		rig = *state;
		rig_faults(rig,
			   (const char *const[]){request == UXM_WIRE_IDENTITY ? "silence@identity"
									      : "silence@status",
						 NULL});
		assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
		assert_int_equal(device_request(rig->device, rig->now, &setup, NULL, 0, bytes,
						sizeof(bytes), &replied),
				 DEVICE_SILENT);
		assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_SILENT);
	}
}

static void a_corrupt_byte_is_found_by_the_crc(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(payload_taken(rig, "corrupt@11999"), 12000);
	assert_true(rig_status(rig).halted);
	assert_true(rig_status(rig).accepted == 0);
	device_clear_halt(rig->device);
	rig_send_all(rig, 0, 12000);
}

static void a_byte_that_changes_in_flash_is_found_by_verify(void **state)
{
	struct rig *rig = *state;

	rig_faults(rig, (const char *const[]){"corrupt-flash@49999", NULL});
	rig_update(rig, SIZE, true);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_FAILED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_DIGEST);
	rig_update(rig, SIZE, true);
	assert_int_equal(device_leaving(rig->device), DEVICE_REBOOTS);
}

static void a_dropped_chunk_is_noticed_at_the_next_one(void **state)
{
	struct rig *rig = *state;

	rig_faults(rig, (const char *const[]){"drop@15000", NULL});
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
	assert_int_equal(rig_send(rig, 0, 10000), 10000 + UXM_WIRE_CHUNK_SIZE);
	assert_int_equal(rig_send(rig, 10000, 10000), 10000 + UXM_WIRE_CHUNK_SIZE);
	assert_true(rig_status(rig).accepted == 10000);
	assert_false(rig_status(rig).halted);
	assert_int_equal(rig_send(rig, 20000, 10000), UXM_WIRE_CHUNK_SIZE);
	assert_true(rig_status(rig).halted);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_GAP);
	device_clear_halt(rig->device);
	rig_send_all(rig, 10000, SIZE);
}

static void the_last_chunk_dropped_is_noticed_at_its_end(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(payload_taken(rig, "drop@0"), 12000);
	assert_true(rig_status(rig).halted);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_GAP);
}

static void a_begin_is_refused_once(void **state)
{
	struct rig *rig = *state;

	rig_faults(rig, (const char *const[]){"refuse@begin", NULL});
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_STALLED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_OTHER);
	assert_int_equal(rig_begin(rig, SIZE, true), DEVICE_ANSWERED);
}

static void a_step_fails_at_its_percentage(void **state)
{
	struct rig *rig = *state;

	rig_faults(rig, (const char *const[]){"fail@install:37", "fail@verify", NULL});
	rig_update(rig, SIZE, true);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_FAILED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_FLASH);
	assert_int_equal(rig_status(rig).verify, 0);
	rig_update(rig, SIZE, true);
	assert_int_equal(rig_status(rig).state, UXM_WIRE_FAILED);
	assert_int_equal(rig_status(rig).reason, UXM_WIRE_OTHER);
	assert_int_equal(rig_status(rig).install, 37);
	assert_int_equal(device_version(rig->device).part[1], 5);
}

static void the_bus_is_left_at_a_request_or_step(void **state)
{
	static const struct {
		const char *fault;
		unsigned minor; /* of the version that runs afterwards */
	} cases[] = {
		{"unplug@begin", 5},      {"unplug@commit", 5},         {"power-loss@verify", 5},
		{"unplug@verify:100", 5}, {"power-loss@install:50", 5}, {"unplug@install:100", 5},
		{"power-loss@done", 6},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig;

		tear_down(state);
		set_up(state);
		rig = *state;
		rig_faults(rig, (const char *const[]){cases[i].fault, NULL});
		rig_update(rig, SIZE, true);
		assert_int_equal(device_leaving(rig->device),
				 *cases[i].fault == 'u' ? DEVICE_UNPLUGGED : DEVICE_POWER_LOST);
		rig_power_cycle(rig);
		assert_int_equal(device_version(rig->device).part[1], cases[i].minor);
	}
}

static void it_returns_as_the_fault_says(void **state)
{
	static const struct {
		const char *fault;
		unsigned comeback;
		unsigned minor;
	} cases[] = {
		{"never-return@reboot", DEVICE_RETURN_NEVER, 6},
		{"other-module@reboot", DEVICE_RETURN_OTHER_SERIAL, 6},
		{"other-port@reboot", DEVICE_RETURN_OTHER_PORT, 6},
		{"old-version@reboot", 0, 5},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig;

		tear_down(state);
		set_up(state);
		rig = *state;
		rig_faults(rig, (const char *const[]){cases[i].fault, NULL});
		rig_update(rig, SIZE, true);
		assert_int_equal(device_leaving(rig->device), DEVICE_REBOOTS);
		assert_int_equal(device_return(rig->device), cases[i].comeback);
		rig_power_cycle(rig);
		assert_int_equal(device_version(rig->device).part[1], cases[i].minor);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_fault_of_the_table_parses_at_each_of_its_places_and_no_other),
		cmocka_unit_test(percentages_belong_to_verify_and_install),
		cmocka_unit_test(refuses_what_is_no_fault),
		cmocka_unit_test(a_list_is_bounded),
		TEST(the_bus_is_left_between_any_two_bytes),
		TEST(a_fault_fires_once_though_power_was_lost),
		TEST(a_stall_halts_once_with_reason_gap),
		TEST(silence_takes_nothing_and_answers_nothing),
		TEST(silence_begins_with_identity_or_status),
		TEST(a_corrupt_byte_is_found_by_the_crc),
		TEST(a_byte_that_changes_in_flash_is_found_by_verify),
		TEST(a_dropped_chunk_is_noticed_at_the_next_one),
		TEST(the_last_chunk_dropped_is_noticed_at_its_end),
		TEST(a_begin_is_refused_once),
		TEST(a_step_fails_at_its_percentage),
		TEST(the_bus_is_left_at_a_request_or_step),
		TEST(it_returns_as_the_fault_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
