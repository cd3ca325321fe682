/*
 * Descriptors as libusb hands them over: usb/look.c runs on the tests' made-up libusb, whose
 * devices the fuzzer invents, and what it shows goes the way of every scan. Looked for are modules
 * that are none, modules that are missed, a wrong order, and descriptors that are not given back.
 */
#include "tests/fuzz/feed.h"
#include "tests/usb/made_up.h"
#include "usb/candidate.h"
#include "usb/look.h"

#define INTERFACES_MOST 40
#define SETTINGS_MOST   3
#define ARRAYS_MOST     (MADE_UP_DEVICES * (1 + INTERFACES_MOST * (1 + SETTINGS_MOST)))

/* Memory of this run: of interfaces, settings and endpoints. */
static struct {
	void *memory[ARRAYS_MOST];
	size_t count;
} arrays;

/* libusb's names for why a device cannot be opened. */
static const int errors[] = {LIBUSB_ERROR_IO,        LIBUSB_ERROR_ACCESS, LIBUSB_ERROR_NO_DEVICE,
			     LIBUSB_ERROR_NOT_FOUND, LIBUSB_ERROR_NO_MEM, LIBUSB_ERROR_OTHER};

/* Which call fails; 0: none. */
static void make_failure(uint8_t which)
{
	if (which == 1)
		made_up.init_error = LIBUSB_ERROR_NO_MEM;
	made_up.no_hotplug = which == 2;
	if (which == 3)
		made_up.list_error = LIBUSB_ERROR_NO_MEM;
	if (which >= 4)
		made_up.open_error = errors[which % (sizeof(errors) / sizeof(errors[0]))];
}

/* An array of just this size, so that reading behind it is seen; NULL for none. */
static void *array(size_t count, size_t size)
{
	void *memory = count > 0 ? calloc(count, size) : NULL;

	hold((memory != NULL || count == 0) && arrays.count < ARRAYS_MOST, "there is memory");
	arrays.memory[arrays.count++] = memory;
	return memory;
}

static void make_setting(struct feed *feed, struct libusb_interface_descriptor *setting)
{
	uint8_t how = feed_byte(feed);
	struct libusb_endpoint_descriptor *endpoints = NULL;

	/* 0 is the update interface as it should be. */
	*setting = (struct libusb_interface_descriptor){
		.bInterfaceNumber = (how & 0x01) != 0 ? feed_byte(feed) : 0,
		.bAlternateSetting = (how & 0x02) != 0 ? feed_byte(feed) : 0,
		.bNumEndpoints = (how & 0x04) != 0 ? feed_byte(feed) % 33 : 1,
		.bInterfaceClass = (how & 0x08) != 0 ? feed_byte(feed) : 0xFF,
		.bInterfaceSubClass = (how & 0x10) != 0 ? feed_byte(feed) : 0x55,
		.bInterfaceProtocol = (how & 0x20) != 0 ? feed_byte(feed) : 0x01,
	};
	endpoints = (struct libusb_endpoint_descriptor *)array(setting->bNumEndpoints,
							       sizeof(*endpoints));
	for (size_t i = 0; i < setting->bNumEndpoints; i++) {
		endpoints[i].bEndpointAddress = (how & 0x40) != 0 ? feed_byte(feed) : 0x01;
		endpoints[i].bmAttributes =
			(how & 0x80) != 0 ? feed_byte(feed) : LIBUSB_TRANSFER_TYPE_BULK;
	}
	setting->endpoint = endpoints;
}

static void make_config(struct feed *feed, struct libusb_config_descriptor *config)
{
	struct libusb_interface *interfaces = NULL;
	uint8_t count = feed_byte(feed);

	config->bNumInterfaces = count == 0 ? 1 : count % INTERFACES_MOST;
	interfaces = (struct libusb_interface *)array(config->bNumInterfaces, sizeof(*interfaces));
	for (size_t i = 0; i < config->bNumInterfaces; i++) {
		uint8_t settings = feed_byte(feed);
		struct libusb_interface_descriptor *made = NULL;

		interfaces[i].num_altsetting = settings == 0 ? 1 : settings % (SETTINGS_MOST + 1);
		made = (struct libusb_interface_descriptor *)array(
			(size_t)interfaces[i].num_altsetting, sizeof(*made));
		for (int k = 0; k < interfaces[i].num_altsetting; k++)
			make_setting(feed, &made[k]);
		interfaces[i].altsetting = made;
	}
	config->interface = interfaces;
}

static void make_device(struct feed *feed, struct libusb_device *device)
{
	uint8_t how = feed_byte(feed);

	*device = (struct libusb_device){
		.bus = (uint8_t)(1 + (how & 0x03)),
		.address = feed_byte(feed),
		.has_descriptor = (how & 0x04) == 0,
		.has_active = (how & 0x08) == 0,
		.has_first = (how & 0x10) == 0,
		.port_count = (how & 0x20) == 0 ? 2 : (int8_t)feed_byte(feed) % 10,
		.ports = {1, 1},
	};
	if ((how & 0x20) != 0)
		feed_fill(feed, device->ports, sizeof(device->ports));
	device->descriptor.idVendor =
		(how & 0x40) == 0 ? USB_DEFAULT_VENDOR : (uint16_t)feed_number(feed);
	device->descriptor.idProduct =
		(how & 0x80) == 0 ? USB_DEFAULT_PRODUCT : (uint16_t)feed_number(feed);
	device->descriptor.iSerialNumber = feed_byte(feed);
	make_config(feed, &device->config);
}

/* The rule, said again: an interface of the first 32 that have a setting 0. */
static bool is_module(const struct libusb_device *device, const struct usb_id *more)
{
	size_t counted = 0;
	bool has_id = (device->descriptor.idVendor == USB_DEFAULT_VENDOR &&
		       device->descriptor.idProduct == USB_DEFAULT_PRODUCT) ||
		      (device->descriptor.idVendor == more->vendor &&
		       device->descriptor.idProduct == more->product);

	if (!has_id || !device->has_descriptor || (!device->has_active && !device->has_first) ||
	    device->port_count < 1 || device->port_count > BUS_PORTS)
		return false;
	for (size_t i = 0; i < device->config.bNumInterfaces; i++) {
		const struct libusb_interface *interface = &device->config.interface[i];
		const struct libusb_interface_descriptor *setting = interface->altsetting;
		int k = 0;

		while (k < interface->num_altsetting && setting[k].bAlternateSetting != 0)
			k++;
		if (k == interface->num_altsetting || counted++ >= BUS_INTERFACES_MOST)
			continue;
		setting += k;
		if (setting->bInterfaceClass == 0xFF && setting->bInterfaceSubClass == 0x55 &&
		    setting->bInterfaceProtocol == 0x01 && setting->bNumEndpoints == 1 &&
		    (setting->endpoint[0].bmAttributes & 3) == 2 &&
		    setting->endpoint[0].bEndpointAddress < 0x80 &&
		    setting->endpoint[0].bEndpointAddress != 0)
			return true;
	}
	return false;
}

struct scan {
	struct usb_id more;
	struct uxm_candidate found[MADE_UP_DEVICES];
	size_t room;
	size_t count;
};

static void seen(void *context, const struct bus_device *device)
{
	struct scan *scan = context;
	struct uxm_candidate candidate;

	hold(device->port_count <= BUS_PORTS && device->interface_count <= BUS_INTERFACES_MOST,
	     "what is shown is possible");
	if (!usb_candidate_read(device, &scan->more, 1, &candidate))
		return;
	hold(strlen(candidate.port_path) < UXM_PORT_PATH_TEXT, "a port path has room");
	hold(candidate.endpoint != 0 && candidate.endpoint < 0x80, "its endpoint is OUT");
	usb_candidate_insert(scan->found, scan->room, scan->count, &candidate);
	scan->count++;
}

static void check_list(const struct scan *scan)
{
	size_t held = scan->count < scan->room ? scan->count : scan->room;
	size_t modules = 0;

	for (size_t i = 0; i < made_up.count; i++) {
		modules += is_module(&made_up.device[i], &scan->more) ? 1 : 0;
		hold(made_up.device[i].lent == 0, "descriptors are given back");
	}
	hold(modules == scan->count, "all modules are found, and nothing else");
	for (size_t i = 1; i < held; i++) {
		const char *before = scan->found[i - 1].port_path;
		const char *after = scan->found[i].port_path;

		hold(usb_port_path_compare(before, after) <= 0 &&
			     usb_port_path_compare(after, before) >= 0,
		     "they are in order");
	}
}

static void try_open(const struct usb_look *look, uint8_t bus, uint8_t address)
{
	libusb_device_handle *handle = NULL;
	enum bus_status status = usb_look_open(look, bus, address, &handle);

	hold((status == BUS_OK) == (handle != NULL), "a handle comes with OK");
	if (handle == NULL)
		return;
	hold(handle->device->bus == bus && handle->device->address == address,
	     "it is that device's");
	libusb_close(handle);
}

static int LIBUSB_CALL plugged(libusb_context *context, libusb_device *device,
			       libusb_hotplug_event event, void *self)
{
	(void)context;
	(void)device;
	(void)event;
	(void)self;
	return 0;
}

static void try_id(struct feed *feed)
{
	char text[16];
	char again[16];
	struct usb_id id;

	feed_fill(feed, text, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	if (!usb_id_parse(text, &id))
		return;
	hold(strlen(text) >= 3 && strlen(text) <= 9, "ids have one to four digits");
	snprintf(again, sizeof(again), "%04x:%04X", id.vendor, id.product);
	hold(usb_id_parse(again, &id), "ids read as they are written");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct feed feed = {.bytes = input, .left = length};
	struct usb_look *look = NULL;
	struct scan scan = {.count = 0};
	uint8_t count = feed_byte(&feed);

	made_up_start();
	arrays.count = 0;
	make_failure(feed_byte(&feed) % 32);
	made_up.count = count == 0 ? 1 : count % (MADE_UP_DEVICES + 1);
	scan.more.vendor = (uint16_t)feed_number(&feed);
	scan.more.product = (uint16_t)feed_number(&feed);
	scan.room = feed_byte(&feed) % (MADE_UP_DEVICES + 1);
	for (size_t i = 0; i < made_up.count; i++)
		make_device(&feed, &made_up.device[i]);
	if (usb_look_new(plugged, NULL, &look) == BUS_OK) {
		usb_look_show(look, seen, &scan);
		check_list(&scan);
		try_open(look, 1, feed_byte(&feed));
		if (made_up.count > 0)
			try_open(look, made_up.device[0].bus, made_up.device[0].address);
		usb_look_free(look);
	}
	made_up_finish();
	hold(made_up.wrong == NULL, made_up.wrong);
	hold(length > 0 || scan.count == 1, "without decisions there is a module");
	try_id(&feed);
	for (size_t i = 0; i < arrays.count; i++)
		free(arrays.memory[i]);
	return 0;
}
