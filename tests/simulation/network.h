/*
 * The network below fetch/, on the desk's time: one server that behaves as nginx does, and all that
 * a network and a server can do wrong. It is the table of fetch/transfer.h. Times in microseconds.
 */
#ifndef TESTS_SIMULATION_NETWORK_H
#define TESTS_SIMULATION_NETWORK_H

#include "fetch/headers.h"
#include "tests/simulation/owed.h"
#include "tests/simulation/served.h"
#include "tests/uxm/desk.h"

#define NETWORK_FAULTS   6
#define NETWORK_EVER     UINT32_MAX
/* A host tries so often in a row, beside the first time (design.md, decision 7). */
#define NETWORK_ATTEMPTS 5u

/* What tells one state of a file from another. */
enum network_validators {
	NETWORK_ETAG_AND_DATE = 0, /* as nginx does */
	NETWORK_ETAG,
	NETWORK_WEAK_ETAG,
	NETWORK_DATE,
	NETWORK_NONE,
	NETWORK_VALIDATORS,
};

struct network_options {
	uint32_t connect_time;
	uint32_t latency; /* until the response begins */
	uint64_t rate;    /* bytes per second, 0: at once */
	uint32_t piece;   /* bytes that come together, 1 to FETCH_BLOCK */
	bool no_ranges;   /* Range is not known to it */
	bool names_digest;
	enum network_validators validators;
};

/* What can go wrong. */
enum network_what {
	/* While it is connected. */
	NETWORK_REFUSED = 0,
	NETWORK_UNREACHABLE,
	NETWORK_NO_HOST,
	NETWORK_CONNECT_TIMEOUT,
	NETWORK_TLS,
	NETWORK_NO_ANSWER,
	NETWORK_NO_MEMORY,
	NETWORK_MUTE, /* it is connected, and never says anything */
	/* In the response. */
	NETWORK_STATUS,    /* `amount` */
	NETWORK_LATER,     /* 503, Retry-After of `amount` seconds */
	NETWORK_REDIRECT,  /* to another path, once */
	NETWORK_REDIRECTS, /* one after the other */
	NETWORK_NO_LENGTH,
	NETWORK_TWO_LENGTHS,
	NETWORK_ENCODED,
	NETWORK_CHUNKED,
	NETWORK_EMPTY,
	NETWORK_TELLS_MORE,     /* Content-Length is too large by `amount` */
	NETWORK_TELLS_LESS,     /* ... too small */
	NETWORK_RANGE_FIRST,    /* another part than was asked for, and says so */
	NETWORK_RANGE_LAST,     /* a part of the part, and says so */
	NETWORK_RANGE_COMPLETE, /* another length of the whole */
	NETWORK_RANGE_UNNAMED,  /* 206 without Content-Range */
	NETWORK_RANGE_IGNORED,  /* 200 with the whole */
	NETWORK_RANGE_REFUSED,  /* 416 */
	NETWORK_RANGE_OTHER, /* 200 with as many other bytes, from now on, and nothing that tells */
	NETWORK_OTHER_PART,  /* says that it is the right part */
	NETWORK_CHANGED,     /* the file is replaced on the server, for good */
	NETWORK_WRONG_DIGEST, /* in Repr-Digest */
	/* At the body's byte `at` of the file. */
	NETWORK_RESET,
	NETWORK_CLOSE, /* as if it had been all */
	NETWORK_STALL,
	NETWORK_PAUSE,   /* for `amount` */
	NETWORK_TRICKLE, /* from there on a byte in `amount` */
	NETWORK_MORE,    /* more bytes than were announced */
	NETWORK_CORRUPT,
	NETWORK_WHATS,
};

struct network_fault {
	enum network_what what;
	unsigned from_call;  /* not before the host's so many-th call away from the bus */
	unsigned from_start; /* ... and its so many-th connection */
	unsigned times;      /* so often; NETWORK_EVER: always */
	uint64_t at;         /* of the file, in bytes */
	uint32_t amount;
};

/* One response's way to the host. */
enum network_phase {
	NETWORK_IDLE = 0,
	NETWORK_CONNECTING,
	NETWORK_ANSWERING,
	NETWORK_SENDING,
	NETWORK_ENDING,
	NETWORK_STUCK,
};

struct network {
	struct desk *desk;
	struct network_options options;
	const struct served *files;
	bool changed; /* SERVED_CHANGED has taken the place of SERVED_FIRST */
	struct network_fault faults[NETWORK_FAULTS];
	size_t fault_count;
	unsigned fired[NETWORK_FAULTS];
	struct owed owed;
	unsigned sessions; /* that it has seen */
	unsigned starts;   /* of connections */
	unsigned failures; /* of connections, since the host began anew after it had given up */
	bool met;          /* a byte of a file was sent */
	bool sent_other;   /* SERVED_CHANGED was sent as SERVED_FIRST */
	bool fired_early;  /* a fault, before that */

	enum network_phase phase;
	uint64_t due;
	bool held;    /* the receiver has no room */
	bool stopped; /* what the host ended last was under way */
	enum fetch_end end;
	struct fetch_receiver receiver;
	struct fetch_headers headers;
	const struct served *file;
	uint64_t from;        /* that was asked for, 0: the whole */
	bool condition;       /* If-Range held, or there was none */
	bool elsewhere;       /* a redirect's target was asked for */
	uint64_t at;          /* the next byte of the file that is sent */
	uint64_t stop;        /* where the body ends */
	uint64_t shift;       /* so many bytes before lie those that are sent in their place */
	uint64_t extra;       /* bytes that come after all */
	uint64_t told;        /* where the body ends by what was said, if that is earlier */
	uint64_t said;        /* ... in any case */
	uint64_t stopped_at;  /* when the host last ended a connection */
	const uint8_t *bytes; /* of the file, or of what is sent in its place */
	uint64_t rate;
	uint32_t piece;
	/* Pieces are handed over in the second half: what is read before their beginning is seen.
	 */
	uint8_t block[2 * FETCH_BLOCK];
};

/* Empty; it serves `files` (SERVED_FILES of them), which outlive it. */
void network_init(struct network *network, struct desk *desk, const struct served *files);

/* The server's ways from now on, and what goes wrong. Nothing is under way. What has changed on it
 * stays so. */
void network_start(struct network *network, const struct network_options *options,
		   const struct network_fault *faults, size_t count);

/* The connections of a dead host end. */
void network_hang_up(struct network *network);

/* The table of fetch/transfer.h. */
struct fetch_transfer network_transfer(struct network *network);

/* When something comes of it, on the desk's clock; UINT64_MAX: never. */
uint64_t network_due(const struct network *network);

/* Its name, as in "range-first". */
const char *network_what_name(enum network_what what);

#endif
