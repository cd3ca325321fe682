/*
 * The stream protocol's requests, host side (PROTOCOL.md), on the module that is open.
 */
#ifndef UXM_STREAM_H
#define UXM_STREAM_H

#include "uxm/request.h"
#include "uxm/wire.h"

/* What the requests need to know of the module. */
struct uxm_stream {
	struct uxm_link *link;
	uint8_t interface_number;
	uint32_t silence; /* milliseconds to wait for an answer */
	uint32_t holds;   /* bytes of its largest image, as far as that is believed */
	/* The reply of a STATUS that is under way (uxm_stream_glance). */
	uint8_t status[UXM_WIRE_STATUS_SIZE];
};

/*
 * The silence to be borne from a module that announces `announced` milliseconds: not less than a
 * device is granted for any request, not more than a host bears.
 */
uint32_t uxm_stream_silence(const struct uxm_deadlines *deadlines, uint32_t announced);

/*
 * All of these return OK; STALL where the module refuses; GONE; BROKEN where no answer came, or one
 * that PROTOCOL.md does not allow; FAILED (UXM_CANCELLED among others). Outputs are set with OK
 * only.
 */
enum uxm_io uxm_stream_identity(struct uxm_stream *stream, struct uxm_identity *identity,
				struct uxm_failure *why);
enum uxm_io uxm_stream_status(struct uxm_stream *stream, struct uxm_status *status,
			      struct uxm_failure *why);
/* As uxm_stream_status, but never waits: AGAIN until the answer is there. */
enum uxm_io uxm_stream_glance(struct uxm_stream *stream, struct uxm_status *status,
			      struct uxm_failure *why);
enum uxm_io uxm_stream_begin(struct uxm_stream *stream, const struct uxm_begin *begin,
			     const uint8_t *header, struct uxm_failure *why);
enum uxm_io uxm_stream_commit(struct uxm_stream *stream, const struct uxm_commit *commit,
			      struct uxm_failure *why);
enum uxm_io uxm_stream_abort(struct uxm_stream *stream, struct uxm_failure *why);

/* Says why the module refused or failed, from the reason in its STATUS, as a part of a sentence. */
const char *uxm_stream_reason(enum uxm_wire_reason reason);

#endif
