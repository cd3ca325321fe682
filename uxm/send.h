/*
 * Streaming: the image's bytes, as chunks, through the pipe, until the module has accepted all of
 * them.
 */
#ifndef UXM_SEND_H
#define UXM_SEND_H

#include <gnutls/crypto.h>

#include "uxm/progress.h"
#include "uxm/stream.h"

/* A chunk that was handed to the pipe and is held there. */
struct uxm_sent {
	uint64_t offset;
	uint32_t length;
};

/* Whose turn it is to get on. */
enum uxm_turn { UXM_TURN_SERVER, UXM_TURN_MODULE };

struct uxm_send {
	/* Set by the caller. */
	struct uxm_stream *stream;
	struct uxm_image image;
	struct uxm_teller *teller;
	const char *file;       /* the image's name, for sentences */
	gnutls_hash_hd_t hash;  /* takes every byte of the payload once, in order, where all pass */
	uint64_t size;          /* bytes of payload */
	uint32_t chunk_most;    /* payload bytes that the module takes in one chunk */
	unsigned arrivals;      /* as the module table counted them when there was one module */
	uint64_t hashed;        /* the digest covers the bytes before this offset; UINT64_MAX: it is
				   of a part, and of no use to anybody */
	uint64_t server_waited; /* milliseconds of waiting for the server since `server_bytes` came
				 */
	bool astray;            /* the image does not stand at the payload's beginning */

	/* Chunks, numbered as the pipe's transfers. */
	bool ended; /* the image has said that there is no more */
	uint32_t session;
	struct uxm_sent sent[UXM_PIPE_DEPTH]; /* number n in sent[n % UXM_PIPE_DEPTH] */
	uint64_t first;                       /* the oldest chunk that is held */
	uint64_t next;                        /* the next one to be submitted */
	uint64_t done;                        /* those before it have completed on the bus */
	uint64_t end;                         /* payload bytes in all that were submitted */
	uint8_t *buffer;                      /* the chunk under construction, or NULL */
	uint32_t filled;                      /* bytes of payload in it */

	/* What the module has said, or what PROTOCOL.md infers. */
	uint64_t accepted;
	uint64_t durable;
	uint64_t received;
	bool asking;     /* a STATUS is under way */
	uint64_t asked;  /* since when */
	uint64_t ask_at; /* when to ask the next one */

	/* Deadlines. */
	enum uxm_turn turn;
	uint64_t module_since; /* the module last got on */
	uint64_t module_bytes; /* received + durable then */
	uint64_t server_bytes; /* that came while `server_waited` was counted */
	unsigned attempts;     /* recoveries since there were new bytes */
	bool given_up;         /* there were too many */
	bool attempts_told;    /* STATUS has told `attempts_at` */
	uint64_t attempts_at;  /* `accepted` at the first of them */
	bool crowded;          /* a second module has been remarked on */
};

/*
 * Sends the payload from *status's `accepted` on, which a STATUS after BEGIN gave, until the module
 * has accepted all of it and the image has confirmed its end. The members above the first blank
 * line are set, all others zero. OK; GONE; STALL or BROKEN (the module could not be brought to go
 * on); FAILED (the image, or cancelled).
 */
enum uxm_io uxm_send_run(struct uxm_send *send, const struct uxm_status *status,
			 struct uxm_failure *why);

/*
 * The parts of it that send.c and recover.c share.
 *
 * Whether a STATUS is one that a module gives in the middle of this session: OK, or FAILED with
 * what it says instead (UXM_MODULE_FAILED, UXM_TRANSFER_FAILED).
 */
enum uxm_io uxm_send_check(const struct uxm_send *send, const struct uxm_status *status,
			   struct uxm_failure *why);
/*
 * Releases the chunks that are known to be accepted: a later transfer has completed, or STATUS has
 * counted them (PROTOCOL.md, "The bulk endpoint"). Until then a chunk is held, so that it can be
 * sent again.
 */
void uxm_send_release(struct uxm_send *send);
/*
 * After a transfer or request failed with `befell` (STALL or BROKEN; *why says how): cancels,
 * clears, asks, and goes on where the module is. OK: the stream goes on. `befell` with *why
 * unchanged when all attempts are used up. Else as uxm_send_run.
 */
enum uxm_io uxm_send_recover(struct uxm_send *send, enum uxm_io befell, struct uxm_failure *why);

#endif
