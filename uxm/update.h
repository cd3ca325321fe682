/*
 * The update, from "exactly one module?" to "it is back with the new version".
 */
#ifndef UXM_UPDATE_H
#define UXM_UPDATE_H

#include "uxm/decide.h"
#include "uxm/payload.h"
#include "uxm/progress.h"
#include "uxm/send.h"
#include "uxm/survey.h"

/* What is to be done. */
struct uxm_order {
	struct uxm_name name; /* of the image */
	struct uxm_keys keys; /* where there is one, a valid signature is required */
	bool override;        /* the rules about hardware may be broken */
	bool allow_older;     /* than what the module runs */
	bool if_needed;       /* the version that runs is "already there": nothing is fetched */
	bool wants_digest;    /* of a file without a header: one is given, or the image names one */
	bool wait;            /* for a module to be plugged in, at the start and after an unplug */
	const char *serial;   /* of the one module that it is for; "" or NULL: of any */
	bool has_digest;      /* `digest` is what the file must have */
	uint8_t digest[UXM_WIRE_DIGEST_SIZE];
	struct uxm_deadlines deadlines;
};

/*
 * One update and all of its state; the caller owns the memory. Of use outside: `found`, the
 * module as it was before, once the step is past UXM_STEP_LOOK, and `returned`, which has a port
 * once the module, or another one in its place, came back.
 */
struct uxm_update {
	struct uxm_order order;
	struct uxm_payload payload;
	struct uxm_verdict verdict;
	struct uxm_teller teller;
	struct uxm_link link;
	struct uxm_stream stream;
	struct uxm_survey survey;
	struct uxm_found found;
	struct uxm_found returned;
	struct uxm_found awaited; /* the one that the update is about: the first that was seen */
	bool awaits;              /* it is known: no other one will do */
	bool success;             /* the module reported it */
	gnutls_hash_hd_t hash;
	struct uxm_send send;
	struct uxm_begin begin;
	uint64_t waited;   /* milliseconds that the server took for the bytes that decide */
	unsigned arrivals; /* as the module table counted them before the last count of modules */
	bool again;        /* the image has been read from before, and may stand anywhere */
	bool begun;        /* BEGIN was sent: there may be a session to abort */
	bool committed;    /* COMMIT was sent: it can no longer be stopped */
	bool judged;       /* what failed is known, and no pull */
};

/*
 * Prepares an update. Returns true, or false with *why (UXM_INTERNAL) when the digest cannot be
 * had; release is due in both cases.
 */
bool uxm_update_init(struct uxm_update *update, const struct uxm_order *order,
		     struct uxm_module module, struct uxm_image image, struct uxm_clock clock,
		     struct uxm_watch watch, struct uxm_failure *why);

/*
 * Runs it to its end, once for each init. With `wait` in the order a module that leaves before the
 * commit is waited for, and then the update begins again, with the same image: from where the
 * module can go on. Returns the result; *why has it too, with its sentence, for UXM_UPDATED as
 * well. Whatever the end, the module is closed, and no transfer and no claimed interface is left.
 */
enum uxm_result uxm_update_run(struct uxm_update *update, struct uxm_failure *why);

/* Gives back what init took. */
void uxm_update_release(struct uxm_update *update);

#endif
