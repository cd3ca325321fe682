/* A look at the bus, on a made-up libusb: what is shown of a device, and how one is opened. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/cmocka.h"
#include "tests/usb/made_up.h"
#include "usb/look.h"

/* The linker puts these in the place of open, under either of its names (-Wl,--wrap). */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker chose the names. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
/* NOLINTEND(bugprone-reserved-identifier) */

/* What open says of a node, and which one it was; errno 0: it opens. */
static struct {
	int error;
	char path[64];
} node;

static int open_node(const char *path, int flags, mode_t mode)
{
	if (strncmp(path, "/dev/bus/usb/", strlen("/dev/bus/usb/")) != 0)
		return __real_open(path, flags, mode);
	assert_int_equal(flags & O_ACCMODE, O_RDWR);
	snprintf(node.path, sizeof(node.path), "%s", path);
	if (node.error == 0)
		return __real_open("/dev/null", O_RDWR | O_CLOEXEC);
	errno = node.error;
	return -1;
}

static mode_t mode_of(int flags, va_list arguments)
{
	return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = mode_of(flags, arguments);
	va_end(arguments);
	return open_node(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = mode_of(flags, arguments);
	va_end(arguments);
	return open_node(path, flags, mode);
}

/* Endpoints as descriptors have them: address, attributes (USB 2.0, table 9-13). */
static const struct libusb_endpoint_descriptor endpoints[] = {
	{.bEndpointAddress = 0x81, .bmAttributes = LIBUSB_TRANSFER_TYPE_INTERRUPT},
	{.bEndpointAddress = 0x02, .bmAttributes = LIBUSB_TRANSFER_TYPE_INTERRUPT},
	{.bEndpointAddress = 0x83, .bmAttributes = LIBUSB_TRANSFER_TYPE_BULK},
	{.bEndpointAddress = 0x04, .bmAttributes = LIBUSB_TRANSFER_TYPE_BULK},
	{.bEndpointAddress = 0x05, .bmAttributes = LIBUSB_TRANSFER_TYPE_BULK},
};

/* Its setting 0 comes second. */
static const struct libusb_interface_descriptor settings[] = {
	{.bInterfaceNumber = 3, .bAlternateSetting = 1, .bInterfaceClass = 1},
	{
		.bInterfaceNumber = 3,
		.bInterfaceClass = 0xFF,
		.bInterfaceSubClass = 0x55,
		.bInterfaceProtocol = 0x01,
		.bNumEndpoints = 5,
		.endpoint = endpoints,
	},
};

/* The first has no setting 0, the second no endpoint. */
static const struct libusb_interface interfaces[] = {
	{.altsetting = settings, .num_altsetting = 1},
	{.altsetting = (const struct libusb_interface_descriptor[]){{.bInterfaceNumber = 2}},
	 .num_altsetting = 1},
	{.altsetting = settings, .num_altsetting = 2},
};

static void add_device(uint8_t bus, uint8_t address)
{
	made_up.device[made_up.count++] = (struct libusb_device){
		.descriptor = {.idVendor = 0x1209, .idProduct = 0x0001, .iSerialNumber = 3},
		.config = {.bNumInterfaces = 3, .interface = interfaces},
		.ports = {1, 4},
		.port_count = 2,
		.bus = bus,
		.address = address,
		.has_descriptor = true,
		.has_active = true,
	};
}

static int start(void **state)
{
	(void)state;
	made_up_start();
	add_device(1, 7);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	made_up_finish();
	if (made_up.wrong == NULL)
		return 0;
	print_error("wrong: %s\n", made_up.wrong);
	return -1;
}

static int LIBUSB_CALL plugged(libusb_context *context, libusb_device *device,
			       libusb_hotplug_event event, void *self)
{
	unsigned *calls = self;

	(void)context;
	(void)device;
	(void)event;
	++*calls;
	return 0;
}

static struct usb_look *look_now(unsigned *calls)
{
	struct usb_look *look = NULL;

	assert_int_equal(usb_look_new(plugged, calls, &look), BUS_OK);
	return look;
}

/* What was shown: how many devices, the last of them, and its last interface. */
struct shown {
	size_t count;
	struct bus_device device;
	struct bus_interface interface;
};

static void show(void *context, const struct bus_device *device)
{
	struct shown *shown = context;

	shown->count++;
	shown->device = *device;
	if (device->interface_count > 0)
		shown->interface = device->interfaces[device->interface_count - 1];
}

static struct shown show_all(void)
{
	unsigned calls = 0;
	struct usb_look *look = look_now(&calls);
	struct shown shown = {.count = 0};

	usb_look_show(look, show, &shown);
	usb_look_free(look);
	return shown;
}

static void shows_what_the_descriptors_say(void **state)
{
	struct shown shown = show_all();

	(void)state;
	assert_int_equal(shown.count, 1);
	assert_int_equal(shown.device.bus, 1);
	assert_int_equal(shown.device.address, 7);
	assert_int_equal(shown.device.port_count, 2);
	assert_int_equal(shown.device.ports[0], 1);
	assert_int_equal(shown.device.ports[1], 4);
	assert_int_equal(shown.device.vendor, 0x1209);
	assert_int_equal(shown.device.product, 0x0001);
	assert_int_equal(shown.device.serial_index, 3);
}

static void shows_an_interface_at_its_setting_0_with_its_first_bulk_out_endpoint(void **state)
{
	struct shown shown = show_all();

	(void)state;
	/* One has no setting 0. */
	assert_int_equal(shown.device.interface_count, 2);
	assert_int_equal(shown.interface.number, 3);
	assert_int_equal(shown.interface.class_code, 0xFF);
	assert_int_equal(shown.interface.subclass, 0x55);
	assert_int_equal(shown.interface.protocol, 0x01);
	assert_int_equal(shown.interface.endpoints, 5);
	assert_int_equal(shown.interface.bulk_out, 0x04);
}

static void shows_no_endpoint_where_there_is_none(void **state)
{
	struct shown shown;

	(void)state;
	made_up.device[0].config.bNumInterfaces = 2;
	shown = show_all();
	assert_int_equal(shown.device.interface_count, 1);
	assert_int_equal(shown.interface.number, 2);
	assert_int_equal(shown.interface.bulk_out, 0);
}

static void shows_the_first_configuration_while_none_is_active(void **state)
{
	(void)state;
	made_up.device[0].has_active = false;
	made_up.device[0].has_first = true;
	assert_int_equal(show_all().device.interface_count, 2);
}

static void passes_over_what_cannot_be_read(void **state)
{
	(void)state;
	add_device(2, 1);
	made_up.device[0].has_descriptor = false;
	assert_int_equal(show_all().device.bus, 2);
	made_up.device[0].has_descriptor = true;
	made_up.device[0].has_active = false;
	assert_int_equal(show_all().count, 1);
	made_up.device[0].has_active = true;
	made_up.device[0].port_count = BUS_PORTS + 1;
	assert_int_equal(show_all().count, 1);
	made_up.device[0].port_count = BUS_PORTS;
	assert_int_equal(show_all().count, 2);
}

static void shows_no_more_interfaces_than_linux_knows(void **state)
{
	struct libusb_interface many[BUS_INTERFACES_MOST + 1];

	(void)state;
	for (size_t i = 0; i <= BUS_INTERFACES_MOST; i++)
		many[i] = interfaces[i < BUS_INTERFACES_MOST ? 2 : 1];
	made_up.device[0].config.interface = many;
	made_up.device[0].config.bNumInterfaces = BUS_INTERFACES_MOST + 1;
	assert_int_equal(show_all().device.interface_count, BUS_INTERFACES_MOST);
	assert_int_equal(show_all().interface.number, 3);
}

/* libusb's error numbers, and what they are for bus.h. */
static const struct {
	int error;
	enum bus_status status;
} errors[] = {
	{LIBUSB_SUCCESS, BUS_OK},
	{LIBUSB_ERROR_NO_DEVICE, BUS_GONE},
	{LIBUSB_ERROR_ACCESS, BUS_DENIED},
	{LIBUSB_ERROR_BUSY, BUS_BUSY},
	{LIBUSB_ERROR_NO_MEM, BUS_NO_MEMORY},
	{LIBUSB_ERROR_TIMEOUT, BUS_TIME},
	{LIBUSB_ERROR_PIPE, BUS_STALL},
	{LIBUSB_ERROR_OVERFLOW, BUS_OVERFLOW},
	{LIBUSB_ERROR_IO, BUS_ERROR},
	{LIBUSB_ERROR_INVALID_PARAM, BUS_ERROR},
	{LIBUSB_ERROR_NOT_FOUND, BUS_ERROR},
	{LIBUSB_ERROR_INTERRUPTED, BUS_ERROR},
	{LIBUSB_ERROR_NOT_SUPPORTED, BUS_ERROR},
	{LIBUSB_ERROR_OTHER, BUS_ERROR},
};

static void tells_libusbs_errors_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		assert_int_equal(usb_status_of_error(errors[i].error), errors[i].status);
}

static void leaves_nothing_behind_when_it_cannot_look(void **state)
{
	struct usb_look *look = NULL;

	(void)state;
	made_up.init_error = LIBUSB_ERROR_NO_MEM;
	assert_int_equal(usb_look_new(plugged, NULL, &look), BUS_NO_MEMORY);
	made_up.init_error = 0;
	made_up.list_error = LIBUSB_ERROR_IO;
	assert_int_equal(usb_look_new(plugged, NULL, &look), BUS_ERROR);
	assert_null(look);
	assert_int_equal(made_up_contexts(), 0);
	usb_look_free(look);
}

static void gives_the_programs_signals_back(void **state)
{
	unsigned calls = 0;
	sigset_t before;
	sigset_t after;

	(void)state;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(sigismember(&before, SIGTERM), 0);
	usb_look_free(look_now(&calls));
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(sigismember(&after, SIGTERM), 0);
	assert_int_equal(sigismember(&after, SIGINT), 0);
}

static void is_told_of_arrivals_where_libusb_can_tell(void **state)
{
	unsigned calls = 0;
	struct usb_look *look = look_now(&calls);

	(void)state;
	made_up_tell(&made_up.device[0], LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED);
	assert_int_equal(calls, 1);
	usb_look_free(look);
	made_up.no_hotplug = true;
	look = look_now(&calls);
	made_up_tell(&made_up.device[0], LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED);
	assert_int_equal(calls, 1);
	usb_look_free(look);
}

static void opens_the_device_with_this_bus_and_address(void **state)
{
	unsigned calls = 0;
	libusb_device_handle *handle = NULL;
	struct usb_look *look = NULL;

	(void)state;
	add_device(1, 8);
	add_device(2, 8);
	look = look_now(&calls);
	assert_int_equal(usb_look_open(look, 2, 8, &handle), BUS_OK);
	assert_ptr_equal(libusb_get_device(handle), &made_up.device[2]);
	libusb_close(handle);
	handle = NULL;
	assert_int_equal(usb_look_open(look, 2, 7, &handle), BUS_GONE);
	assert_null(handle);
	usb_look_free(look);
}

/* What the kernel says of the node, where libusb only knows of "input or output error". */
static const struct {
	int error;
	enum bus_status status;
} nodes[] = {
	{0, BUS_ERROR},       {ENOENT, BUS_GONE},  {ENODEV, BUS_GONE},  {ENXIO, BUS_GONE},
	{EACCES, BUS_DENIED}, {EPERM, BUS_DENIED}, {EMFILE, BUS_ERROR}, {EIO, BUS_ERROR},
};

static void asks_the_kernel_why_a_device_cannot_be_opened(void **state)
{
	static const int vague[] = {LIBUSB_ERROR_IO, LIBUSB_ERROR_OTHER};
	unsigned calls = 0;
	struct usb_look *look = look_now(&calls);

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(nodes) / sizeof(nodes[0]); i++) {
		libusb_device_handle *handle = NULL;

		made_up.open_error = vague[i % 2];
		node.error = nodes[i / 2].error;
		node.path[0] = '\0';
		assert_int_equal(usb_look_open(look, 1, 7, &handle), nodes[i / 2].status);
		assert_null(handle);
		assert_string_equal(node.path, "/dev/bus/usb/001/007");
	}
	node.path[0] = '\0';
	made_up.open_error = LIBUSB_ERROR_ACCESS;
	assert_int_equal(usb_look_open(look, 1, 7, NULL), BUS_DENIED);
	assert_string_equal(node.path, "");
	usb_look_free(look);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shows_what_the_descriptors_say),
		TEST(shows_an_interface_at_its_setting_0_with_its_first_bulk_out_endpoint),
		TEST(shows_no_endpoint_where_there_is_none),
		TEST(shows_the_first_configuration_while_none_is_active),
		TEST(passes_over_what_cannot_be_read),
		TEST(shows_no_more_interfaces_than_linux_knows),
		TEST(tells_libusbs_errors_apart),
		TEST(leaves_nothing_behind_when_it_cannot_look),
		TEST(gives_the_programs_signals_back),
		TEST(is_told_of_arrivals_where_libusb_can_tell),
		TEST(opens_the_device_with_this_bus_and_address),
		TEST(asks_the_kernel_why_a_device_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
