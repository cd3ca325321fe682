/*
 * uxm-bare SIZE TRANSFER DEPTH: how fast the bus takes the stream protocol's chunks out of memory,
 * by a loop with nothing around it: the transfers, the host's SHA-256 and the CRCs. DEPTH 1 is one
 * blocking transfer after the other, as most tools do. Prints the seconds from BEGIN to the last
 * byte's acceptance.
 */
#include <gnutls/crypto.h>
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "usb/usb.h"
#include "uxm/wire.h"

#define DEPTH_MOST 16
#define TIMEOUT    10000u

struct loop {
	libusb_context *context;
	libusb_device_handle *handle;
	gnutls_hash_hd_t hash;
	const uint8_t *image;
	uint64_t size;
	uint64_t offset;
	uint32_t session;
	size_t transfer_size;
	unsigned in_flight;
	bool failed;
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "uxm-bare: %s\n", what);
	exit(1);
}

/* Builds the next chunk into `buffer`; returns the transfer's length, 0 at the end. */
static int next_chunk(struct loop *loop, uint8_t *buffer)
{
	uint64_t left = loop->size - loop->offset;
	size_t room = loop->transfer_size - UXM_WIRE_CHUNK_SIZE;
	size_t length = left < room ? (size_t)left : room;
	struct uxm_chunk chunk = {
		.session = loop->session, .length = (uint32_t)length, .offset = loop->offset};

	if (length == 0)
		return 0;
	memcpy(buffer + UXM_WIRE_CHUNK_SIZE, loop->image + loop->offset, length);
	gnutls_hash(loop->hash, buffer + UXM_WIRE_CHUNK_SIZE, length);
	chunk.crc = uxm_wire_crc(buffer + UXM_WIRE_CHUNK_SIZE, length);
	uxm_wire_write_chunk(&chunk, buffer);
	loop->offset += length;
	return (int)(length + UXM_WIRE_CHUNK_SIZE);
}

static void LIBUSB_CALL ended(struct libusb_transfer *transfer)
{
	struct loop *loop = transfer->user_data;

	loop->in_flight--;
	if (transfer->status != LIBUSB_TRANSFER_COMPLETED ||
	    transfer->actual_length != transfer->length) {
		loop->failed = true;
		return;
	}
	transfer->length = next_chunk(loop, transfer->buffer);
	if (transfer->length > 0 && libusb_submit_transfer(transfer) == 0)
		loop->in_flight++;
}

static void stream_pipelined(struct loop *loop, unsigned depth)
{
	struct libusb_transfer *transfers[DEPTH_MOST];

	for (unsigned i = 0; i < depth; i++) {
		uint8_t *buffer = malloc(loop->transfer_size);

		transfers[i] = libusb_alloc_transfer(0);
		if (buffer == NULL || transfers[i] == NULL)
			die("not enough memory");
		libusb_fill_bulk_transfer(transfers[i], loop->handle, 1, buffer,
					  next_chunk(loop, buffer), ended, loop, 0);
		if (transfers[i]->length == 0)
			continue;
		if (libusb_submit_transfer(transfers[i]) != 0)
			die("a transfer was refused");
		loop->in_flight++;
	}
	while (loop->in_flight > 0)
		libusb_handle_events(loop->context);
	for (unsigned i = 0; i < depth; i++) {
		free(transfers[i]->buffer);
		libusb_free_transfer(transfers[i]);
	}
}

static void stream_blocking(struct loop *loop)
{
	uint8_t *buffer = malloc(loop->transfer_size);
	int length;

	if (buffer == NULL)
		die("not enough memory");
	while ((length = next_chunk(loop, buffer)) > 0) {
		int moved;

		if (libusb_bulk_transfer(loop->handle, 1, buffer, length, &moved, TIMEOUT) != 0 ||
		    moved != length) {
			loop->failed = true;
			break;
		}
	}
	free(buffer);
}

static void request(struct loop *loop, uint8_t type, uint8_t number, uint8_t *data, uint16_t length)
{
	if (libusb_control_transfer(loop->handle, type, number, 0, 0, data, length, TIMEOUT) !=
	    length)
		die("a request failed");
}

static void ask(struct loop *loop, struct uxm_status *status)
{
	uint8_t bytes[UXM_WIRE_STATUS_SIZE];

	request(loop, UXM_WIRE_IN, UXM_WIRE_STATUS, bytes, sizeof(bytes));
	if (!uxm_wire_read_status(bytes, sizeof(bytes), status))
		die("STATUS is malformed");
}

static void run(struct loop *loop, unsigned depth)
{
	struct uxm_begin begin = {.size = loop->size, .version = {{1, 6, 1, 0}}};
	uint8_t bytes[UXM_WIRE_BEGIN_SIZE];
	struct uxm_status status;
	double from = seconds();

	uxm_wire_write_begin(&begin, bytes);
	request(loop, UXM_WIRE_OUT, UXM_WIRE_BEGIN, bytes, sizeof(bytes));
	ask(loop, &status);
	loop->session = status.session;
	if (depth == 1)
		stream_blocking(loop);
	else
		stream_pipelined(loop, depth);
	if (loop->failed)
		die("a transfer failed");
	do {
		ask(loop, &status);
	} while (status.accepted < loop->size);
	printf("%.6f\n", seconds() - from);
	request(loop, UXM_WIRE_OUT, UXM_WIRE_ABORT, NULL, 0);
}

int main(int count, char **arguments)
{
	struct loop loop = {.size = 0};
	uint8_t *image;
	unsigned depth;

	if (count != 4)
		die("takes SIZE TRANSFER DEPTH");
	loop.size = strtoull(arguments[1], NULL, 10);
	loop.transfer_size = strtoul(arguments[2], NULL, 10);
	depth = (unsigned)strtoul(arguments[3], NULL, 10);
	if (loop.size == 0 || loop.transfer_size <= UXM_WIRE_CHUNK_SIZE || depth == 0 ||
	    depth > DEPTH_MOST)
		die("takes a size, a transfer's size and a depth of 1 to 16");
	image = malloc(loop.size);
	if (image == NULL || gnutls_hash_init(&loop.hash, GNUTLS_DIG_SHA256) != 0)
		die("not enough memory");
	memset(image, 0x5A, loop.size);
	loop.image = image;
	if (libusb_init(&loop.context) != 0)
		die("libusb does not start");
	loop.handle = libusb_open_device_with_vid_pid(loop.context, USB_DEFAULT_VENDOR,
						      USB_DEFAULT_PRODUCT);
	if (loop.handle == NULL || libusb_claim_interface(loop.handle, 0) != 0 ||
	    libusb_set_interface_alt_setting(loop.handle, 0, 0) != 0)
		die("the module cannot be opened");
	run(&loop, depth);
	libusb_release_interface(loop.handle, 0);
	libusb_close(loop.handle);
	libusb_exit(loop.context);
	gnutls_hash_deinit(loop.hash, NULL);
	free(image);
	return 0;
}
