/*
 * What can go wrong with a virtual module, and where: the faults of `--fault WHAT@WHERE`. One table
 * drives parsing, help and tests. Each fault fires once.
 */
#ifndef MODULE_FAULT_H
#define MODULE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_what {
	FAULT_UNPLUG = 0,
	FAULT_POWER_LOSS,
	FAULT_STALL,
	FAULT_SILENCE,
	FAULT_CORRUPT,
	FAULT_CORRUPT_FLASH,
	FAULT_DROP,
	FAULT_REFUSE,
	FAULT_FAIL,
	FAULT_NEVER_RETURN,
	FAULT_OLD_VERSION,
	FAULT_OTHER_MODULE,
	FAULT_OTHER_PORT,
	FAULT_WHATS,
};

/* Where a fault sits: at a byte of the payload, at a request, or at a step. */
enum fault_point {
	FAULT_AT_BYTE = 0,
	FAULT_AT_IDENTITY,
	FAULT_AT_BEGIN,
	FAULT_AT_STATUS,
	FAULT_AT_COMMIT,
	FAULT_AT_VERIFY,
	FAULT_AT_INSTALL,
	FAULT_AT_DONE,
	FAULT_AT_REBOOT,
	FAULT_POINTS,
};

struct fault {
	enum fault_what what;
	enum fault_point point;
	uint64_t offset;  /* FAULT_AT_BYTE: offset in the payload, 0 is its first byte */
	unsigned percent; /* FAULT_AT_VERIFY and FAULT_AT_INSTALL: 0 to 100 */
	bool fired;
};

/* How many faults one module takes. */
#define FAULT_MOST 32

struct fault_list {
	struct fault fault[FAULT_MOST];
	size_t count;
	size_t waiting; /* of them, not fired yet; so that the usual case costs one comparison */
};

/* One row of the table. */
struct fault_kind {
	enum fault_what what;
	unsigned points; /* bit 1 << enum fault_point for each place where it may sit */
	const char *name;
	const char *help;
};

/* The row of a fault, which is in range; never NULL. */
const struct fault_kind *fault_kind(enum fault_what what);

/* A point's name as it is written after the '@'; "OFFSET" for FAULT_AT_BYTE. */
const char *fault_point_name(enum fault_point point);

/*
 * Reads "WHAT@WHERE", WHERE a decimal offset or the name of a point, for verify and install also
 * with ":PERCENT". Returns whether that is a fault of the table at a place where it may sit; *fault
 * is set only then.
 */
bool fault_parse(const char *text, struct fault *fault);

/* Appends a fault. Returns false when the list is full. */
bool fault_add(struct fault_list *list, const struct fault *fault);

/*
 * The first fault of `what` that waits at `point`, the percentage reached and not past; it counts
 * as fired from then on. Returns whether there was one.
 */
bool fault_fires(struct fault_list *list, enum fault_what what, enum fault_point point,
		 unsigned percent);

/*
 * Like fault_fires, for the bytes `offset` to `offset + length - 1` of the payload. *at is set to
 * the byte's offset when there was one.
 */
bool fault_fires_in(struct fault_list *list, enum fault_what what, uint64_t offset, uint64_t length,
		    uint64_t *at);

/*
 * How many bytes from `offset` on, at most `length`, come before the next fault that interrupts the
 * reception (unplug, power loss, stall, silence). 0: there is one at `offset` itself.
 */
uint64_t fault_free_bytes(const struct fault_list *list, uint64_t offset, uint64_t length);

#endif
