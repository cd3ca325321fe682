/*
 * USB/IP as bytes: the frames that follow an import, and the messages that list and import devices
 * (the kernel's usbip_protocol document). Numbers are big-endian. Nothing here does I/O; what is
 * read comes from anybody and is checked.
 */
#ifndef MODULE_USBIP_H
#define MODULE_USBIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/module/descriptor.h"

/* Every frame's header, in bytes. */
#define USBIP_HEADER        48
/* The most bytes that one transfer may carry here. */
#define USBIP_TRANSFER_MOST (1024u * 1024u)
/* An isochronous packet's descriptor, and the most of them that are read (to be thrown away). */
#define USBIP_ISO_SIZE      16u
#define USBIP_ISO_MOST      1024u

/* Statuses of transfers: Linux error numbers, negative. */
#define USBIP_OK       0
#define USBIP_STALLED  (-32)  /* EPIPE */
#define USBIP_UNLINKED (-104) /* ECONNRESET */
#define USBIP_NOBODY   (-71)  /* EPROTO: no device answers on the bus */

enum usbip_command {
	USBIP_CMD_SUBMIT = 1,
	USBIP_CMD_UNLINK = 2,
	USBIP_RET_SUBMIT = 3,
	USBIP_RET_UNLINK = 4,
};

/* A command of the host. */
struct usbip_frame {
	enum usbip_command command; /* CMD_SUBMIT or CMD_UNLINK */
	uint32_t seqnum;
	bool in;          /* device to host */
	uint8_t endpoint; /* number, 0 to 15 */
	uint32_t length;  /* submit: of the transfer, at most USBIP_TRANSFER_MOST */
	uint32_t follows; /* submit: bytes behind the header */
	uint8_t setup[8]; /* submit: for endpoint 0 */
	uint32_t unlink;  /* unlink: the transfer's seqnum */
};

/*
 * Reads a command's header. Returns NULL, and sets *frame, or a phrase that says what is wrong
 * with it ("..., so the connection is dropped").
 */
const char *usbip_read(const uint8_t bytes[USBIP_HEADER], struct usbip_frame *frame);

/* Writes the answer to a submit: its status and how many bytes moved. */
void usbip_write_submit(uint32_t seqnum, int32_t status, uint32_t actual,
			uint8_t bytes[USBIP_HEADER]);

/* Writes the answer to an unlink: USBIP_UNLINKED, or USBIP_OK when there was nothing to unlink. */
void usbip_write_unlink(uint32_t seqnum, int32_t status, uint8_t bytes[USBIP_HEADER]);

/* Before an import. */
#define USBIP_VERSION        0x0111
#define USBIP_PORT           3240
#define USBIP_OP_HEADER      8
#define USBIP_BUSID          32
#define USBIP_DEVICE         312
#define USBIP_INTERFACE      4
#define USBIP_OP_IMPORT_SIZE (USBIP_OP_HEADER + USBIP_BUSID)

enum usbip_operation {
	USBIP_OP_NONE = 0,
	USBIP_OP_DEVICES = 0x8005,
	USBIP_OP_IMPORT = 0x8003,
};

/* Statuses of operations. */
enum usbip_import {
	USBIP_IMPORT_OK = 0,
	USBIP_IMPORT_BUSY = 2,
	USBIP_IMPORT_NONE = 4,
};

/* Reads an operation's header: which one it is, USBIP_OP_NONE when it is not understood. */
enum usbip_operation usbip_read_operation(const uint8_t bytes[USBIP_OP_HEADER]);

/* Reads the bus id that an import names. Returns false when it does not end within its field. */
bool usbip_read_busid(const uint8_t bytes[USBIP_BUSID], char busid[USBIP_BUSID]);

/* Writes the header of the answer to an operation. */
void usbip_write_operation(enum usbip_operation operation, uint32_t status,
			   uint8_t bytes[USBIP_OP_HEADER]);

/* A device in a list or an import. */
struct usbip_device {
	const char *busid;
	uint32_t bus;
	uint32_t number;
	const struct descriptor_facts *facts;
	uint8_t configuration;
};

void usbip_write_device(const struct usbip_device *device, uint8_t bytes[USBIP_DEVICE]);

/* Writes the one interface, which follows each device of a list. */
void usbip_write_interface(uint8_t bytes[USBIP_INTERFACE]);

/* Writes how many devices a list has: four bytes. */
void usbip_write_count(uint32_t count, uint8_t bytes[4]);

#endif
