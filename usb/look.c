/* A look at the bus: a libusb context, its devices, and their descriptors as bus.h has them. */
#include "usb/look.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum bus_status usb_status_of_error(int error)
{
	switch (error) {
	case LIBUSB_SUCCESS:
		return BUS_OK;
	case LIBUSB_ERROR_NO_DEVICE:
		return BUS_GONE;
	case LIBUSB_ERROR_ACCESS:
		return BUS_DENIED;
	case LIBUSB_ERROR_BUSY:
		return BUS_BUSY;
	case LIBUSB_ERROR_NO_MEM:
		return BUS_NO_MEMORY;
	case LIBUSB_ERROR_TIMEOUT:
		return BUS_TIME;
	case LIBUSB_ERROR_PIPE:
		return BUS_STALL;
	case LIBUSB_ERROR_OVERFLOW:
		return BUS_OVERFLOW;
	default:
		return BUS_ERROR;
	}
}

/* libusb starts a thread for udev's events: signals are for the program's own. */
static int init_without_signals(libusb_context **usb)
{
	sigset_t all;
	sigset_t before;
	int error = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = libusb_init(usb);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

void usb_look_free(struct usb_look *look)
{
	if (look == NULL)
		return;
	if (look->devices != NULL)
		libusb_free_device_list(look->devices, 1);
	libusb_exit(look->usb);
	free(look);
}

enum bus_status usb_look_new(libusb_hotplug_callback_fn plugged, void *self, struct usb_look **made)
{
	struct usb_look *look = calloc(1, sizeof(*look));
	ssize_t count = 0;
	int error = 0;

	if (look == NULL)
		return BUS_NO_MEMORY;
	error = init_without_signals(&look->usb);
	if (error != LIBUSB_SUCCESS) {
		free(look);
		return usb_status_of_error(error);
	}
	/* libusb keeps to LIBUSB_DEBUG where it is set. */
	libusb_set_option(look->usb, LIBUSB_OPTION_LOG_LEVEL, LIBUSB_LOG_LEVEL_NONE);
	/* Before the list is made, so that whoever comes after it is counted. Without hotplug there
	 * is no hint, and the scans find what they find. */
	if (libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) != 0) {
		(void)libusb_hotplug_register_callback(
			look->usb,
			LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0,
			LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
			LIBUSB_HOTPLUG_MATCH_ANY, plugged, self, NULL);
	}
	count = libusb_get_device_list(look->usb, &look->devices);
	if (count < 0) {
		usb_look_free(look);
		return usb_status_of_error((int)count);
	}
	look->count = (size_t)count;
	*made = look;
	return BUS_OK;
}

static bool read_interface(const struct libusb_interface *from, struct bus_interface *interface)
{
	for (int i = 0; i < from->num_altsetting; i++) {
		const struct libusb_interface_descriptor *setting = &from->altsetting[i];

		if (setting->bAlternateSetting != 0)
			continue;
		*interface = (struct bus_interface){
			.number = setting->bInterfaceNumber,
			.class_code = setting->bInterfaceClass,
			.subclass = setting->bInterfaceSubClass,
			.protocol = setting->bInterfaceProtocol,
			.endpoints = setting->bNumEndpoints,
		};
		for (uint8_t k = 0; k < setting->bNumEndpoints && interface->bulk_out == 0; k++) {
			const struct libusb_endpoint_descriptor *endpoint = &setting->endpoint[k];

			if ((endpoint->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK) ==
				    LIBUSB_TRANSFER_TYPE_BULK &&
			    (endpoint->bEndpointAddress & LIBUSB_ENDPOINT_DIR_MASK) ==
				    LIBUSB_ENDPOINT_OUT)
				interface->bulk_out = endpoint->bEndpointAddress;
		}
		return true;
	}
	return false;
}

static size_t read_interfaces(const struct libusb_config_descriptor *config,
			      struct bus_interface interfaces[BUS_INTERFACES_MOST])
{
	size_t count = 0;

	for (uint8_t i = 0; i < config->bNumInterfaces && count < BUS_INTERFACES_MOST; i++) {
		if (read_interface(&config->interface[i], &interfaces[count]))
			count++;
	}
	return count;
}

static void show_device(libusb_device *from, bus_seen *seen, void *context)
{
	struct bus_interface interfaces[BUS_INTERFACES_MOST];
	struct libusb_device_descriptor descriptor;
	struct libusb_config_descriptor *config = NULL;
	struct bus_device device = {.interfaces = interfaces};
	int ports = 0;

	if (libusb_get_device_descriptor(from, &descriptor) != LIBUSB_SUCCESS)
		return;
	/* There is no active one while the kernel has not yet configured the device. */
	if (libusb_get_active_config_descriptor(from, &config) != LIBUSB_SUCCESS &&
	    libusb_get_config_descriptor(from, 0, &config) != LIBUSB_SUCCESS)
		return;
	ports = libusb_get_port_numbers(from, device.ports, BUS_PORTS);
	if (ports >= 0) {
		device.bus = libusb_get_bus_number(from);
		device.address = libusb_get_device_address(from);
		device.port_count = (uint8_t)ports;
		device.vendor = descriptor.idVendor;
		device.product = descriptor.idProduct;
		device.serial_index = descriptor.iSerialNumber;
		device.interface_count = read_interfaces(config, interfaces);
		seen(context, &device);
	}
	libusb_free_config_descriptor(config);
}

void usb_look_show(const struct usb_look *look, bus_seen *seen, void *context)
{
	for (size_t i = 0; i < look->count; i++)
		show_device(look->devices[i], seen, context);
}

/* libusb says "input or output error" for most of what open(2) may say; ask the kernel itself. */
static enum bus_status status_of_node(uint8_t bus, uint8_t address)
{
	char node[sizeof("/dev/bus/usb/255/255")];
	int descriptor = -1;

	snprintf(node, sizeof(node), "/dev/bus/usb/%03u/%03u", bus, address);
	descriptor = open(node, O_RDWR | O_CLOEXEC);
	if (descriptor >= 0) {
		close(descriptor);
		return BUS_ERROR;
	}
	switch (errno) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return BUS_GONE;
	case EACCES:
	case EPERM:
		return BUS_DENIED;
	default:
		return BUS_ERROR;
	}
}

enum bus_status usb_look_open(const struct usb_look *look, uint8_t bus, uint8_t address,
			      libusb_device_handle **handle)
{
	libusb_device *device = NULL;
	int error = 0;

	for (size_t i = 0; i < look->count && device == NULL; i++) {
		if (libusb_get_bus_number(look->devices[i]) == bus &&
		    libusb_get_device_address(look->devices[i]) == address)
			device = look->devices[i];
	}
	if (device == NULL)
		return BUS_GONE;
	error = libusb_open(device, handle);
	if (error == LIBUSB_ERROR_IO || error == LIBUSB_ERROR_OTHER)
		return status_of_node(bus, address);
	return usb_status_of_error(error);
}
