/*
 * One image, from a first byte to its last, over as many requests as that takes: what is asked for,
 * what of an answer is taken, and when it is asked again. http.c makes a stream of it.
 */
#ifndef FETCH_DOWNLOAD_H
#define FETCH_DOWNLOAD_H

#include "fetch/attempts.h"
#include "fetch/hops.h"
#include "fetch/ring.h"
#include "fetch/witness.h"
#include "uxm/io.h"

enum fetch_phase {
	FETCH_PHASE_IDLE = 0,
	FETCH_PHASE_PAUSE,    /* before another attempt, at `resume_at` */
	FETCH_PHASE_HEADERS,  /* of the response are awaited */
	FETCH_PHASE_BODY,     /* they were right, the body comes */
	FETCH_PHASE_COMPLETE, /* all of it has come, and no more */
	FETCH_PHASE_FAILED,   /* `failure` says why */
};

/* How the last transfer is to be followed, when the receiver ended it. */
enum fetch_next {
	FETCH_NEXT_NOTHING = 0,
	FETCH_NEXT_ASK,   /* at once: it was a redirect, or a part that may not fit */
	FETCH_NEXT_AGAIN, /* `refusal` may pass */
};

/* Offsets are in the image. Of use outside: phase, failure, size, has_digest, digest, came. */
struct fetch_download {
	/* Set by the caller, with all else zero. */
	struct fetch_transfer transfer;
	struct uxm_clock clock;
	struct uxm_deadlines deadlines;
	struct fetch_witness witness;
	uint64_t largest; /* bytes, 0 for no limit */
	struct fetch_hops hops;
	struct fetch_attempts attempts;
	struct fetch_ring ring; /* the bytes before `came` that were not read */
	uint8_t *reader;        /* where bytes go that find the ring empty, within `read` */
	size_t reader_room;

	enum fetch_phase phase;
	struct uxm_failure failure;

	/* The image, as it was said first. */
	uint64_t size; /* bytes, 0 as long as it is not known */
	struct fetch_validators validators;
	bool modified_long_ago;
	bool has_digest; /* the server has said what the SHA-256 of the whole is */
	uint8_t digest[FETCH_DIGEST_SIZE];

	/* The bytes. */
	uint64_t came;    /* the first byte that has not come */
	uint64_t seen;    /* the first one that never came, not before the last seek either */
	uint64_t from;    /* the first one that was asked for last */
	uint64_t at;      /* the body's next one */
	uint64_t checked; /* of the body those before it are known to be the same as before */
	bool whole_only;  /* parts of this server's are not asked for any more */
	bool again;       /* the body is the whole once more, and the witness looks at it */

	/* The transfer under way. */
	enum fetch_next next;
	struct fetch_response refusal;
	bool connected;       /* the server owes an answer */
	bool full;            /* it holds a block for which there was no room */
	bool heard;           /* something has come in this perform */
	uint64_t quiet_since; /* since then nothing came that there was room for */
	uint64_t slow_since;  /* so many bytes (`slow_at`) of what is known had come then */
	uint64_t slow_at;
	uint64_t resume_at; /* the end of the pause */

	struct uxm_failure remark;
	bool has_remark;        /* it is new */
	bool has_digest_remark; /* what was said of a digest is of no use, and that is to be said */
};

/* Asks for the whole, with all that was known forgotten. */
void fetch_download_start(struct fetch_download *download);

/* Asks for the bytes from `offset` on, at most `size`, of the image that is known: nothing that
 * came is kept. From the end on nothing is asked for. */
void fetch_download_seek(struct fetch_download *download, uint64_t offset);

/* See fetch_http_pump. */
bool fetch_download_pump(struct fetch_download *download);

/* See fetch_http_due. */
uint64_t fetch_download_due(const struct fetch_download *download);

/* See the `owes` of uxm/io.h. */
bool fetch_download_owes(const struct fetch_download *download);

/*
 * Moves the next bytes, at most `room`, into `buffer`; returns how many. Lets the transfer get on
 * where the ring has less. None while bytes of the ring are still to be compared with those that
 * come once more.
 */
size_t fetch_download_read(struct fetch_download *download, uint8_t *buffer, size_t room);

#endif
