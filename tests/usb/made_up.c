/* The made-up libusb: contexts, devices, descriptors; transfers are made_up_transfer.c's. */
#include "tests/usb/made_up.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct made_up made_up;

void made_up_check(bool held, const char *wrong)
{
	if (!held && made_up.wrong == NULL)
		made_up.wrong = wrong;
}

size_t made_up_contexts(void)
{
	size_t count = 0;

	for (size_t i = 0; i < MADE_UP_CONTEXTS; i++)
		count += made_up.context[i].lives ? 1 : 0;
	return count;
}

void made_up_finish(void)
{
	made_up_check(made_up_contexts() == 0, "a context was left behind");
	made_up_check(made_up.lists == 0, "a list was left behind");
	made_up_check(made_up.handle.device == NULL, "a device was left open");
	for (size_t i = 0; i < made_up.count; i++)
		made_up_check(made_up.device[i].lent == 0, "a descriptor was left behind");
}

void made_up_tell(libusb_device *device, libusb_hotplug_event event)
{
	for (size_t i = 0; i < MADE_UP_CONTEXTS; i++) {
		struct libusb_context *context = &made_up.context[i];

		if (context->lives && context->plugged != NULL)
			context->plugged(context, device, event, context->self);
	}
}

/* The names of its parameters are libusb's own affair.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,readability-non-const-parameter)
 */
int libusb_init(libusb_context **context)
{
	size_t i = 0;
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	made_up_check(sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1,
		      "libusb's thread takes the program's signals");
	if (made_up.init_error != 0)
		return made_up.init_error;
	while (i < MADE_UP_CONTEXTS && made_up.context[i].lives)
		i++;
	/* The open device's, the last look's, and the one that is to follow it. */
	made_up_check(i < 3, "more than three contexts live");
	if (i == MADE_UP_CONTEXTS)
		return LIBUSB_ERROR_NO_MEM;
	made_up.context[i] = (struct libusb_context){.lives = true};
	*context = &made_up.context[i];
	return LIBUSB_SUCCESS;
}

void libusb_exit(libusb_context *context)
{
	made_up_check(context->lives, "a context is left twice");
	made_up_check(made_up.handle.device == NULL || made_up.handle.context != context,
		      "a context is left while its device is open");
	context->lives = false;
}

int libusb_set_option(libusb_context *context, enum libusb_option option, ...)
{
	(void)context;
	(void)option;
	return LIBUSB_SUCCESS;
}

int libusb_has_capability(uint32_t capability)
{
	return capability != LIBUSB_CAP_HAS_HOTPLUG || !made_up.no_hotplug;
}

int libusb_hotplug_register_callback(libusb_context *context, int events, int flags, int vendor,
				     int product, int device_class,
				     libusb_hotplug_callback_fn callback, void *self,
				     libusb_hotplug_callback_handle *handle)
{
	(void)events;
	(void)flags;
	(void)vendor;
	(void)product;
	(void)device_class;
	(void)handle;
	context->plugged = callback;
	context->self = self;
	return LIBUSB_SUCCESS;
}

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***list)
{
	made_up.listed = context;
	if (made_up.list_error != 0)
		return made_up.list_error;
	for (size_t i = 0; i < made_up.count; i++)
		made_up.list[i] = &made_up.device[i];
	made_up.lists++;
	*list = made_up.list;
	return (ssize_t)made_up.count;
}

void libusb_free_device_list(libusb_device **list, int unref)
{
	made_up_check(list == made_up.list && unref == 1, "a list is not given back as it was got");
	made_up.lists--;
}

int libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *descriptor)
{
	if (!device->has_descriptor)
		return LIBUSB_ERROR_NO_DEVICE;
	*descriptor = device->descriptor;
	return LIBUSB_SUCCESS;
}

static int lend(libusb_device *device, bool has, struct libusb_config_descriptor **config)
{
	if (!has)
		return LIBUSB_ERROR_NOT_FOUND;
	device->lent++;
	*config = &device->config;
	return LIBUSB_SUCCESS;
}

int libusb_get_active_config_descriptor(libusb_device *device,
					struct libusb_config_descriptor **config)
{
	return lend(device, device->has_active, config);
}

int libusb_get_config_descriptor(libusb_device *device, uint8_t index,
				 struct libusb_config_descriptor **config)
{
	return lend(device, device->has_first && index == 0, config);
}

void libusb_free_config_descriptor(struct libusb_config_descriptor *config)
{
	for (size_t i = 0; i < made_up.count; i++) {
		if (config == &made_up.device[i].config)
			made_up.device[i].lent--;
	}
}

int libusb_get_port_numbers(libusb_device *device, uint8_t *ports, int room)
{
	if (device->port_count < 0)
		return device->port_count;
	if (device->port_count > room)
		return LIBUSB_ERROR_OVERFLOW;
	memcpy(ports, device->ports, (size_t)device->port_count);
	return device->port_count;
}

uint8_t libusb_get_bus_number(libusb_device *device)
{
	return device->bus;
}

uint8_t libusb_get_device_address(libusb_device *device)
{
	return device->address;
}

int libusb_open(libusb_device *device, libusb_device_handle **handle)
{
	if (made_up.open_error != 0)
		return made_up.open_error;
	made_up_check(made_up.handle.device == NULL, "two devices are open");
	made_up.handle.device = device;
	made_up.handle.context = made_up.listed;
	*handle = &made_up.handle;
	return LIBUSB_SUCCESS;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name,readability-non-const-parameter) */
