/*
 * A module's connection over a socket pair, and the host's end of it, for the tests: submits,
 * unlinks and answers as a host's kernel sends and reads them.
 */
#ifndef MODULE_CONNECTION_H
#define MODULE_CONNECTION_H

#include "tests/module/rig.h"
#include "tools/module/link.h"

/* Statuses on the wire, EPIPE, ECONNRESET and EPROTO of Linux. */
#define STATUS_STALLED  (-32)
#define STATUS_UNLINKED (-104)
#define STATUS_NOBODY   (-71)

struct connection {
	struct rig *rig;
	struct endpoint0 endpoint0;
	struct link link;
	int host;
	uint32_t seqnum; /* of the last command */
};

/* A configured module in receiving, 200,000 bytes announced, on a bus without a pace. */
int connection_set_up(void **state);
int connection_tear_down(void **state);

/* Another connection in place of the one that is, on a bus with its own pace. */
void connection_renew(struct connection *c, enum pace_bus bus);

/* The host sends bytes as they are. */
void connection_send(struct connection *c, const void *bytes, size_t length);

/* The module reads everything that the host has sent; returns the event that ended it. */
enum link_event connection_hear(struct connection *c);

/* Bulk bytes move as far as they can, and answers are sent. */
void connection_move(struct connection *c);

/* Writes a submit's header. */
void make_submit(uint8_t header[48], uint32_t seqnum, uint32_t direction, uint32_t endpoint,
		 uint32_t length);

/* Writes a number as it is on the wire, and reads it. */
void put32(uint8_t *bytes, uint32_t value);
uint32_t get32(const uint8_t *bytes);

/* Submit a bulk transfer of these bytes, one of a chunk of the payload (both are heard), a control
 * transfer without data from the host (not heard yet), an unlink (heard). Each returns its seqnum.
 */
uint32_t submit_bulk(struct connection *c, const uint8_t *bytes, uint32_t length);
uint32_t submit_chunk(struct connection *c, uint64_t offset, uint32_t length);
uint32_t submit_control(struct connection *c, const uint8_t setup[8], uint32_t length);
uint32_t submit_unlink(struct connection *c, uint32_t victim);

/* The next answer that the host reads is this one: command 3 or 4, seqnum, status, bytes moved. */
void expect(struct connection *c, uint32_t command, uint32_t seqnum, int32_t status,
	    uint32_t actual);
void expect_nothing(struct connection *c);

#endif
