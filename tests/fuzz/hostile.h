/*
 * A bus (usb/bus.h) with a module on it that does as it likes: each answer, each transfer's end and
 * each call's result is the fuzzer's decision. Left alone it is a module that takes an image,
 * installs it, leaves and comes back. What the host may never do ends the run.
 */
#ifndef TESTS_FUZZ_HOSTILE_H
#define TESTS_FUZZ_HOSTILE_H

#include "tests/fuzz/feed.h"
#include "usb/bus.h"
#include "uxm/wire.h"

#define HOSTILE_URBS  16
#define HOSTILE_PORTS 3

/* A transfer as the kernel knows it. */
struct hostile_urb {
	struct bus_transfer *transfer;
	bool queued;
	bool ended; /* given back in the next `events` */
	bool stuck; /* never given back */
	unsigned number;
	enum bus_status status;
	size_t moved;
};

struct hostile_port {
	bool present;
	uint8_t address;
};

struct hostile {
	struct feed *feed;
	uint64_t now; /* milliseconds */
	unsigned turns;
	enum uxm_stop stop;
	/* The bus. */
	struct hostile_port ports[HOSTILE_PORTS]; /* the module is at port 0, others at the rest */
	uint8_t addresses;
	unsigned arrivals;
	size_t listed; /* modules in the last enumerate */
	int opened;    /* port, -1 for none */
	bool left;
	bool claimed;
	unsigned alive; /* transfers that were made and not freed */
	unsigned submitted;
	struct hostile_urb urbs[HOSTILE_URBS];
	/* The module. */
	struct uxm_identity identity;
	struct uxm_status status;
	struct uxm_begin begin;
	uint64_t leaves_at;  /* 0: it does not */
	uint64_t returns_at; /* 0: it does not */
	bool answers_zero;
	/* The image that must come, byte for byte. */
	const uint8_t *payload;
	uint64_t size;
	struct uxm_version version;
	/* What was said and done. */
	bool said_all; /* a STATUS since BEGIN said that all has been accepted */
	bool committed;
	bool says_identity; /* the last IDENTITY that was answered was well-formed */
	struct uxm_identity said;
};

extern const struct bus_ops hostile_bus_ops;

/* A bus with one idle module, a D7C that runs 1.5.3. */
void hostile_init(struct hostile *hostile, struct feed *feed);

/* Lets what the module and the world do happen, and passes time: a millisecond if anything did, or
 * up to `until`. */
void hostile_turn(struct hostile *hostile, uint64_t until);

/* The module, for hostile.c: what happens to a transfer; false when it waits. */
bool hostile_answer(struct hostile *hostile, struct hostile_urb *urb);

/* The module takes a bulk transfer as it should: its status, BUS_OK or BUS_STALL. */
enum bus_status hostile_take(struct hostile *hostile, const uint8_t *bytes, size_t length);

#endif
