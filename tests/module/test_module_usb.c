/* Descriptors and standard requests as chapter 9 of the specifications has them. */
#include <string.h>

#include "tests/cmocka.h"
#include "tests/module/rig.h"
#include "tools/module/endpoint0.h"

struct usb {
	struct rig *rig;
	struct endpoint0 endpoint0;
	uint8_t reply[300];
	size_t replied;
};

static const enum descriptor_speed speeds[] = {DESCRIPTOR_FULL, DESCRIPTOR_HIGH, DESCRIPTOR_SUPER};

static struct descriptor_facts facts_at(enum descriptor_speed speed)
{
	return (struct descriptor_facts){
		.speed = speed,
		.vendor = 0x1209,
		.product = 0x0001,
		.release = 0x0153,
		.name = "D7C expansion module",
		.serial = "UXM0001",
	};
}

static void reset_at(struct usb *usb, enum descriptor_speed speed)
{
	struct descriptor_facts facts = facts_at(speed);

	endpoint0_reset(&usb->endpoint0, usb->rig->device, &facts);
}

static int set_up(void **state)
{
	static struct usb usb;
	struct device_options options;

	memset(&usb, 0, sizeof(usb));
	rig_options(&options);
	usb.rig = rig_new(&options);
	reset_at(&usb, DESCRIPTOR_HIGH);
	*state = &usb;
	return 0;
}

static int tear_down(void **state)
{
	struct usb *usb = *state;

	rig_free(usb->rig);
	return 0;
}

/* A request without data from the host, with wLength 255. */
static enum device_answer ask(struct usb *usb, uint8_t type, uint8_t request, uint16_t value,
			      uint16_t index)
{
	struct uxm_setup setup = {type, request, value, index};

	return endpoint0_request(&usb->endpoint0, usb->rig->now, &setup, NULL, 0, usb->reply, 255,
				 &usb->replied);
}

static void set_configuration(struct usb *usb)
{
	assert_int_equal(ask(usb, 0x00, 9, 1, 0), DEVICE_ANSWERED);
}

static void the_device_descriptor_names_the_module(void **state)
{
	static const uint8_t high[] = {18,   1,    0x00, 0x02, 0,    0, 0, 64, 0x09,
				       0x12, 0x01, 0x00, 0x53, 0x01, 1, 2, 3,  1};
	uint8_t bytes[DESCRIPTOR_MOST];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct descriptor_facts facts = facts_at(speeds[i]);
		uint8_t expected[sizeof(high)];

		memcpy(expected, high, sizeof(high));
		if (speeds[i] == DESCRIPTOR_SUPER) {
			expected[3] = 0x03; /* USB 3.0 */
			expected[7] = 9;    /* 2 to the power of 9 */
		}
		assert_int_equal(descriptor_get(&facts, 1, 0, 0, bytes), sizeof(high));
		assert_memory_equal(bytes, expected, sizeof(high));
	}
}

/* Walks through a configuration: every length right, one of each descriptor. */
static void check_configuration(const uint8_t *bytes, size_t length, unsigned packet, bool super)
{
	unsigned seen[256] = {0};
	size_t at = 0;

	assert_int_equal(bytes[2] | bytes[3] << 8, length);
	while (at < length) {
		uint8_t size = bytes[at];
		assert_true(size >= 2 && at + size <= length);
		seen[bytes[at + 1]]++;
		if (bytes[at + 1] == 4) {
			assert_memory_equal(bytes + at,
					    ((const uint8_t[]){9, 4, 0, 0, 1, 0xFF, 0x55, 1, 0}),
					    9);
		}
		if (bytes[at + 1] == 5) {
			assert_int_equal(bytes[at + 2], 0x01);
			assert_int_equal(bytes[at + 3], 0x02);
			assert_int_equal(bytes[at + 4] | bytes[at + 5] << 8, packet);
			/* the companion follows its endpoint (USB 3.2, section 9.6.7) */
			if (super)
				assert_int_equal(bytes[at + size + 1], 48);
		}
		at += size;
	}
	assert_int_equal(at, length);
	assert_int_equal(seen[4], 1);
	assert_int_equal(seen[5], 1);
	assert_int_equal(seen[48], super ? 1 : 0);
}

static void a_configuration_holds_the_interface_and_its_endpoint(void **state)
{
	static const unsigned packets[] = {64, 512, 1024};
	uint8_t bytes[DESCRIPTOR_MOST];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct descriptor_facts facts = facts_at(speeds[i]);
		size_t length = descriptor_get(&facts, 2, 0, 0, bytes);

		assert_int_equal(bytes[1], 2);
		check_configuration(bytes, length, packets[i], i == 2);
		assert_int_equal(descriptor_get(&facts, 2, 1, 0, bytes), 0);
	}
}

static void only_high_speed_tells_of_the_other_speed(void **state)
{
	uint8_t bytes[DESCRIPTOR_MOST];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct descriptor_facts facts = facts_at(speeds[i]);
		bool high = speeds[i] == DESCRIPTOR_HIGH;

		assert_int_equal(descriptor_get(&facts, 6, 0, 0, bytes), high ? 10 : 0);
		if (high) {
			assert_memory_equal(
				bytes, ((const uint8_t[]){10, 6, 0, 2, 0, 0, 0, 64, 1, 0}), 10);
		}
		assert_int_equal(descriptor_get(&facts, 7, 0, 0, bytes), high ? 25 : 0);
		if (high) {
			assert_int_equal(bytes[1], 7);
			check_configuration(bytes, 25, 64, false);
		}
	}
}

static void only_super_speed_has_a_binary_object_store(void **state)
{
	uint8_t bytes[DESCRIPTOR_MOST];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct descriptor_facts facts = facts_at(speeds[i]);
		size_t length = descriptor_get(&facts, 15, 0, 0, bytes);

		if (speeds[i] != DESCRIPTOR_SUPER) {
			assert_int_equal(length, 0);
			continue;
		}
		assert_int_equal(length, 22);
		assert_int_equal(bytes[2], 22);
		assert_int_equal(bytes[4], 2);
		/* USB 2.0 extension, then SuperSpeed */
		assert_memory_equal(bytes + 5, ((const uint8_t[]){7, 16, 2}), 3);
		assert_memory_equal(bytes + 12, ((const uint8_t[]){10, 16, 3}), 3);
	}
}

static void strings_are_utf_16_in_english(void **state)
{
	static const uint8_t serial[] = {16,  3, 'U', 0, 'X', 0, 'M', 0,
					 '0', 0, '0', 0, '0', 0, '1', 0};
	struct descriptor_facts facts = facts_at(DESCRIPTOR_HIGH);
	uint8_t bytes[DESCRIPTOR_MOST];

	(void)state;
	assert_int_equal(descriptor_get(&facts, 3, 0, 0, bytes), 4);
	assert_memory_equal(bytes, ((const uint8_t[]){4, 3, 0x09, 0x04}), 4);
	assert_int_equal(descriptor_get(&facts, 3, 3, 0x0409, bytes), sizeof(serial));
	assert_memory_equal(bytes, serial, sizeof(serial));
	assert_int_equal(descriptor_get(&facts, 3, 2, 0x0409, bytes), 42);
	assert_int_equal(descriptor_get(&facts, 3, 1, 0x0409, bytes), 8);
	assert_int_equal(descriptor_get(&facts, 3, 4, 0x0409, bytes), 0);
	assert_int_equal(descriptor_get(&facts, 3, 3, 0x0407, bytes), 0);
	memset(facts.serial, 'A', sizeof(facts.serial) - 1);
	assert_int_equal(descriptor_get(&facts, 3, 3, 0x0409, bytes), 254);
}

static void the_release_is_the_version_where_it_fits(void **state)
{
	(void)state;
	assert_int_equal(descriptor_release(&(struct uxm_version){{1, 5, 3, 0}}), 0x0153);
	assert_int_equal(descriptor_release(&(struct uxm_version){{99, 9, 9, 0}}), 0x9999);
	assert_int_equal(descriptor_release(&(struct uxm_version){{100, 0, 0, 0}}), 0);
	assert_int_equal(descriptor_release(&(struct uxm_version){{1, 10, 0, 0}}), 0);
	assert_int_equal(descriptor_release(&(struct uxm_version){{1, 0, 0, 1}}), 0);
}

static void a_descriptor_is_cut_to_what_was_asked_for(void **state)
{
	struct usb *usb = *state;
	struct uxm_setup setup = {0x80, 6, 0x0200, 0};

	memset(usb->reply, 0xEE, sizeof(usb->reply));
	assert_int_equal(endpoint0_request(&usb->endpoint0, usb->rig->now, &setup, NULL, 0,
					   usb->reply, 9, &usb->replied),
			 DEVICE_ANSWERED);
	assert_int_equal(usb->replied, 9);
	assert_int_equal(usb->reply[2], 25);
	assert_int_equal(usb->reply[9], 0xEE);
}

static void a_setup_packet_is_little_endian(void **state)
{
	static const uint8_t bytes[] = {0x41, 0x02, 0x34, 0x12, 0x78, 0x56, 0x38, 0x08};
	uint16_t length;
	struct uxm_setup setup = endpoint0_setup(bytes, &length);

	(void)state;
	assert_int_equal(setup.request_type, 0x41);
	assert_int_equal(setup.request, 2);
	assert_int_equal(setup.value, 0x1234);
	assert_int_equal(setup.index, 0x5678);
	assert_int_equal(length, 0x0838);
}

static void before_a_configuration_there_is_neither_interface_nor_endpoint(void **state)
{
	struct usb *usb = *state;

	assert_int_equal(ask(usb, 0x80, 8, 0, 0), DEVICE_ANSWERED);
	assert_int_equal(usb->reply[0], 0);
	assert_int_equal(ask(usb, 0x81, 10, 0, 0), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0x01, 11, 0, 0), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0x82, 0, 0, 1), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0x02, 1, 0, 1), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0xC1, UXM_WIRE_STATUS, 0, 0), DEVICE_STALLED);
	/* endpoint 0 and the device are always there */
	assert_int_equal(ask(usb, 0x82, 0, 0, 0), DEVICE_ANSWERED);
	assert_int_equal(ask(usb, 0x82, 0, 0, 0x80), DEVICE_ANSWERED);
	assert_int_equal(ask(usb, 0x80, 0, 0, 0), DEVICE_ANSWERED);
}

static void a_configuration_is_set_and_left(void **state)
{
	struct usb *usb = *state;

	set_configuration(usb);
	assert_int_equal(ask(usb, 0x80, 8, 0, 0), DEVICE_ANSWERED);
	assert_int_equal(usb->replied, 1);
	assert_int_equal(usb->reply[0], 1);
	assert_int_equal(ask(usb, 0x81, 10, 0, 0), DEVICE_ANSWERED);
	assert_int_equal(usb->replied, 1);
	assert_int_equal(usb->reply[0], 0);
	assert_int_equal(ask(usb, 0xC1, UXM_WIRE_STATUS, 0, 0), DEVICE_ANSWERED);
	assert_int_equal(usb->replied, UXM_WIRE_STATUS_SIZE);
	assert_int_equal(ask(usb, 0x00, 9, 2, 0), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0x00, 9, 0, 0), DEVICE_ANSWERED);
	assert_int_equal(ask(usb, 0x81, 10, 0, 0), DEVICE_STALLED);
}

static void an_endpoints_halt_is_set_told_and_cleared(void **state)
{
	struct usb *usb = *state;

	set_configuration(usb);
	assert_int_equal(ask(usb, 0x82, 0, 0, 1), DEVICE_ANSWERED);
	assert_int_equal(usb->replied, 2);
	assert_int_equal(usb->reply[0], 0);
	assert_int_equal(ask(usb, 0x02, 3, 0, 1), DEVICE_ANSWERED);
	assert_true(device_halted(usb->rig->device));
	assert_int_equal(ask(usb, 0x82, 0, 0, 1), DEVICE_ANSWERED);
	assert_int_equal(usb->reply[0], 1);
	assert_int_equal(ask(usb, 0x02, 1, 0, 1), DEVICE_ANSWERED);
	assert_false(device_halted(usb->rig->device));
	/* SET_INTERFACE and SET_CONFIGURATION clear it too */
	device_halt(usb->rig->device);
	assert_int_equal(ask(usb, 0x01, 11, 0, 0), DEVICE_ANSWERED);
	assert_false(device_halted(usb->rig->device));
	device_halt(usb->rig->device);
	set_configuration(usb);
	assert_false(device_halted(usb->rig->device));
	/* no such endpoint, no such feature */
	assert_int_equal(ask(usb, 0x02, 3, 0, 0x81), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0x02, 3, 0, 2), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0x02, 3, 1, 1), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0x82, 0, 0, 0x81), DEVICE_STALLED);
	assert_int_equal(ask(usb, 0x02, 3, 0, 0), DEVICE_STALLED);
}

static void requests_that_are_not_supported_are_stalled(void **state)
{
	static const struct uxm_setup unknown[] = {
		{0x00, 3, 1, 0},      /* SET_FEATURE(DEVICE_REMOTE_WAKEUP) */
		{0x00, 1, 1, 0},      /* CLEAR_FEATURE(DEVICE_REMOTE_WAKEUP) */
		{0x00, 3, 2, 0x0100}, /* SET_FEATURE(TEST_MODE) */
		{0x00, 3, 48, 0},     /* U1_ENABLE, below super speed */
		{0x00, 7, 0x0100, 0}, /* SET_DESCRIPTOR */
		{0x82, 12, 0, 1},     /* SYNCH_FRAME */
		{0x80, 6, 0x0F00, 0}, /* BOS, below super speed */
		{0x80, 6, 0x2100, 0}, /* a class descriptor */
		{0x80, 0, 0, 1},      /* GET_STATUS of another device */
		{0x81, 0, 0, 1},      /* of another interface */
		{0x01, 11, 1, 0},     /* alternate setting 1 */
		{0x01, 3, 0, 0},      /* FUNCTION_SUSPEND, below super speed */
		{0x80, 2, 0, 0},      /* reserved */
		{0xA1, 1, 0, 0},      /* class */
		{0x83, 0, 0, 0},      /* other recipient */
		{0x00, 5, 128, 0},    /* an address that is none */
		{0x00, 48, 0, 0},     /* SET_SEL, below super speed */
	};
	struct usb *usb = *state;

	set_configuration(usb);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(ask(usb, unknown[i].request_type, unknown[i].request,
				     unknown[i].value, unknown[i].index),
				 DEVICE_STALLED);
		assert_int_equal(usb->replied, 0);
	}
	assert_int_equal(ask(usb, 0x00, 5, 127, 0), DEVICE_ANSWERED);
}

static void super_speed_has_its_own_requests(void **state)
{
	struct usb *usb = *state;
	struct uxm_setup set_sel = {0x00, 48, 0, 0};
	uint8_t levels[6] = {0};

	reset_at(usb, DESCRIPTOR_SUPER);
	/* U1 and U2 belong to the configured state */
	assert_int_equal(ask(usb, 0x00, 3, 48, 0), DEVICE_STALLED);
	set_configuration(usb);
	assert_int_equal(ask(usb, 0x00, 3, 48, 0), DEVICE_ANSWERED);
	assert_int_equal(ask(usb, 0x00, 3, 49, 0), DEVICE_ANSWERED);
	assert_int_equal(ask(usb, 0x80, 0, 0, 0), DEVICE_ANSWERED);
	assert_int_equal(usb->reply[0], 0x0C);
	assert_int_equal(ask(usb, 0x00, 1, 48, 0), DEVICE_ANSWERED);
	assert_int_equal(ask(usb, 0x80, 0, 0, 0), DEVICE_ANSWERED);
	assert_int_equal(usb->reply[0], 0x08);
	assert_int_equal(ask(usb, 0x00, 49, 40, 0), DEVICE_ANSWERED);
	assert_int_equal(ask(usb, 0x01, 3, 0, 0x0100), DEVICE_ANSWERED);
	assert_int_equal(endpoint0_request(&usb->endpoint0, usb->rig->now, &set_sel, levels,
					   sizeof(levels), NULL, 0, &usb->replied),
			 DEVICE_ANSWERED);
}

static void a_silent_module_does_not_answer_standard_requests(void **state)
{
	struct usb *usb = *state;

	set_configuration(usb);
	rig_faults(usb->rig, (const char *const[]){"silence@begin", NULL});
	assert_int_equal(rig_begin(usb->rig, 100, true), DEVICE_SILENT);
	assert_int_equal(ask(usb, 0x80, 0, 0, 0), DEVICE_SILENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_device_descriptor_names_the_module),
		cmocka_unit_test(a_configuration_holds_the_interface_and_its_endpoint),
		cmocka_unit_test(only_high_speed_tells_of_the_other_speed),
		cmocka_unit_test(only_super_speed_has_a_binary_object_store),
		cmocka_unit_test(strings_are_utf_16_in_english),
		cmocka_unit_test(the_release_is_the_version_where_it_fits),
		cmocka_unit_test(a_setup_packet_is_little_endian),
		TEST(a_descriptor_is_cut_to_what_was_asked_for),
		TEST(before_a_configuration_there_is_neither_interface_nor_endpoint),
		TEST(a_configuration_is_set_and_left),
		TEST(an_endpoints_halt_is_set_told_and_cleared),
		TEST(requests_that_are_not_supported_are_stalled),
		TEST(super_speed_has_its_own_requests),
		TEST(a_silent_module_does_not_answer_standard_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
