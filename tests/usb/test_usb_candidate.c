/* Which devices are modules, and their order. */
#include <string.h>

#include "tests/cmocka.h"
#include "usb/candidate.h"
#include "uxm/wire.h"

static const struct bus_interface update_interface = {
	.number = 1,
	.class_code = UXM_WIRE_CLASS,
	.subclass = UXM_WIRE_SUBCLASS,
	.protocol = UXM_WIRE_PROTOCOL,
	.endpoints = 1,
	.bulk_out = 0x02,
};

static const struct bus_interface audio_interface = {.number = 0, .class_code = 1};

static struct bus_device module_with(const struct bus_interface *interfaces, size_t count)
{
	return (struct bus_device){
		.bus = 3,
		.address = 12,
		.port_count = 1,
		.ports = {2},
		.vendor = USB_DEFAULT_VENDOR,
		.product = USB_DEFAULT_PRODUCT,
		.serial_index = 5,
		.interface_count = count,
		.interfaces = interfaces,
	};
}

static bool is_module(const struct bus_device *device)
{
	struct uxm_candidate candidate;

	return usb_candidate_read(device, NULL, 0, &candidate);
}

static void takes_a_device_with_the_ids_and_the_interface(void **state)
{
	struct bus_device device = module_with(&update_interface, 1);
	struct uxm_candidate candidate;

	(void)state;
	assert_true(usb_candidate_read(&device, NULL, 0, &candidate));
	assert_string_equal(candidate.port_path, "3-2");
	assert_int_equal(candidate.bus, 3);
	assert_int_equal(candidate.address, 12);
	assert_int_equal(candidate.vendor, 0x1209);
	assert_int_equal(candidate.product, 0x0001);
	assert_int_equal(candidate.serial_index, 5);
	assert_int_equal(candidate.interface_number, 1);
	assert_int_equal(candidate.endpoint, 0x02);
}

static void leaves_out_a_device_with_other_ids(void **state)
{
	struct bus_device device = module_with(&update_interface, 1);

	(void)state;
	device.product = 0x0002;
	assert_false(is_module(&device));
	device.product = USB_DEFAULT_PRODUCT;
	device.vendor = 0x1208;
	assert_false(is_module(&device));
}

static void takes_ids_that_were_added_and_keeps_the_default_ones(void **state)
{
	const struct usb_id more[] = {{0x0483, 0xDF11}, {0xABCD, 0x1234}};
	struct bus_device device = module_with(&update_interface, 1);
	struct uxm_candidate candidate;

	(void)state;
	assert_true(usb_candidate_read(&device, more, 2, &candidate));
	device.vendor = 0xABCD;
	assert_false(usb_candidate_read(&device, more, 2, &candidate));
	device.product = 0x1234;
	assert_true(usb_candidate_read(&device, more, 2, &candidate));
	assert_false(usb_candidate_read(&device, more, 1, &candidate));
}

static void leaves_out_a_device_whose_interface_is_another(void **state)
{
	struct bus_interface interface = update_interface;
	struct bus_device device = module_with(&interface, 1);

	(void)state;
	interface.class_code = 0xFE;
	assert_false(is_module(&device));
	interface = update_interface;
	interface.subclass = 0x54;
	assert_false(is_module(&device));
	interface = update_interface;
	interface.protocol = 0x02;
	assert_false(is_module(&device));
	interface = update_interface;
	interface.bulk_out = 0;
	assert_false(is_module(&device));
	interface = update_interface;
	interface.endpoints = 2;
	assert_false(is_module(&device));
	interface = update_interface;
	assert_true(is_module(&device));
	device.interface_count = 0;
	assert_false(is_module(&device));
}

static void finds_the_interface_of_a_composite_device(void **state)
{
	struct bus_interface interfaces[] = {audio_interface, update_interface, update_interface};
	struct bus_device device = module_with(interfaces, 3);
	struct uxm_candidate candidate;

	(void)state;
	interfaces[2].number = 2;
	assert_true(usb_candidate_read(&device, NULL, 0, &candidate));
	assert_int_equal(candidate.interface_number, 1);
}

static void leaves_the_output_alone_when_it_is_no_module(void **state)
{
	struct bus_device device = module_with(&audio_interface, 1);
	struct uxm_candidate candidate = {.bus = 99};

	(void)state;
	assert_false(usb_candidate_read(&device, NULL, 0, &candidate));
	assert_int_equal(candidate.bus, 99);
}

static void names_the_port_as_the_kernel_does(void **state)
{
	struct bus_device device = module_with(&update_interface, 1);
	struct uxm_candidate candidate;

	(void)state;
	device.bus = 255;
	device.port_count = 7;
	memset(device.ports, 255, sizeof(device.ports));
	assert_true(usb_candidate_read(&device, NULL, 0, &candidate));
	assert_string_equal(candidate.port_path, "255-255.255.255.255.255.255.255");
	device.port_count = 0;
	assert_false(is_module(&device));
	device.port_count = 8;
	assert_false(is_module(&device));
}

static void compares_port_paths_by_their_numbers(void **state)
{
	static const char *const sorted[] = {"1-2",  "1-2.3", "1-2.10", "1-2.10.1",
					     "1-10", "2-1",   "10-1"};
	const size_t count = sizeof(sorted) / sizeof(sorted[0]);

	(void)state;
	for (size_t a = 0; a < count; a++) {
		for (size_t b = 0; b < count; b++) {
			int order = usb_port_path_compare(sorted[a], sorted[b]);

			if ((order > 0) != (a > b) || (order < 0) != (a < b))
				fail_msg("%s against %s: %d", sorted[a], sorted[b], order);
		}
	}
}

static void insert(struct uxm_candidate *found, size_t room, size_t count, const char *path)
{
	struct uxm_candidate candidate = {.bus = 1};

	memcpy(candidate.port_path, path, strlen(path) + 1);
	usb_candidate_insert(found, room, count, &candidate);
}

static void keeps_the_first_by_port_path_where_room_is_short(void **state)
{
	static const char *const paths[] = {"1-9", "1-10", "1-2", "3-1", "1-1"};
	struct uxm_candidate found[4];

	(void)state;
	memset(found, 0, sizeof(found));
	for (size_t i = 0; i < 5; i++)
		insert(found, 3, i, paths[i]);
	assert_string_equal(found[0].port_path, "1-1");
	assert_string_equal(found[1].port_path, "1-2");
	assert_string_equal(found[2].port_path, "1-9");
	assert_string_equal(found[3].port_path, "");
	insert(found, 0, 0, "1-0");
	assert_string_equal(found[0].port_path, "1-1");
}

static void reads_ids_as_lsusb_prints_them(void **state)
{
	struct usb_id id;

	(void)state;
	assert_true(usb_id_parse("1209:0001", &id));
	assert_int_equal(id.vendor, 0x1209);
	assert_int_equal(id.product, 0x0001);
	assert_true(usb_id_parse("abCD:fFf0", &id));
	assert_int_equal(id.vendor, 0xABCD);
	assert_int_equal(id.product, 0xFFF0);
	assert_true(usb_id_parse("1:2", &id));
	assert_int_equal(id.vendor, 1);
	assert_int_equal(id.product, 2);
}

static void refuses_what_are_no_ids(void **state)
{
	static const char *const wrong[] = {
		"",           "1209",       "1209:",      ":0001",     "1209:00001",
		"12090:0001", "1209:0001 ", " 1209:0001", "1209-0001", "0x12:0001",
		"1209:000g",  "1209:0001:", "+1:1",       "1209::1"};
	struct usb_id id = {7, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (usb_id_parse(wrong[i], &id))
			fail_msg("'%s' was read as ids", wrong[i]);
	}
	assert_int_equal(id.vendor, 7);
	assert_int_equal(id.product, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_device_with_the_ids_and_the_interface),
		cmocka_unit_test(leaves_out_a_device_with_other_ids),
		cmocka_unit_test(takes_ids_that_were_added_and_keeps_the_default_ones),
		cmocka_unit_test(leaves_out_a_device_whose_interface_is_another),
		cmocka_unit_test(finds_the_interface_of_a_composite_device),
		cmocka_unit_test(leaves_the_output_alone_when_it_is_no_module),
		cmocka_unit_test(names_the_port_as_the_kernel_does),
		cmocka_unit_test(compares_port_paths_by_their_numbers),
		cmocka_unit_test(keeps_the_first_by_port_path_where_room_is_short),
		cmocka_unit_test(reads_ids_as_lsusb_prints_them),
		cmocka_unit_test(refuses_what_are_no_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
