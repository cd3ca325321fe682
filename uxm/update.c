/*
 * The update, as the manual tells it: one module? right image? begin, stream, verify, commit,
 * follow, wait for the return, check the version.
 */
#include "uxm/update.h"

#include <stdio.h>
#include <string.h>

#include "uxm/await.h"
#include "uxm/follow.h"
#include "uxm/prepare.h"
#include "uxm/take.h"

bool uxm_update_init(struct uxm_update *update, const struct uxm_order *order,
		     struct uxm_module module, struct uxm_image image, struct uxm_clock clock,
		     struct uxm_watch watch, struct uxm_failure *why)
{
	memset(update, 0, sizeof(*update));
	update->order = *order;
	uxm_payload_init(&update->payload, image);
	update->teller.watch = watch;
	update->teller.progress.step = UXM_STEPS;
	update->link.module = module;
	update->link.clock = clock;
	update->link.teller = &update->teller;
	update->link.deadlines = order->deadlines;
	update->link.give_up = UXM_STOP_SOON;
	if (gnutls_hash_init(&update->hash, GNUTLS_DIG_SHA256) == 0)
		return true;
	update->hash = NULL;
	uxm_fail(why, UXM_INTERNAL, "SHA-256 is not available.");
	return false;
}

void uxm_update_release(struct uxm_update *update)
{
	if (update->hash != NULL)
		gnutls_hash_deinit(update->hash, NULL);
	update->hash = NULL;
}

/* Somebody no longer wants to wait; any other failure of a request says nothing of the module. */
static bool is_cancelled(enum uxm_io io, const struct uxm_failure *why)
{
	return io == UXM_IO_FAILED && why->result == UXM_CANCELLED;
}

/* The module refused a request: STATUS has the reason. */
static enum uxm_io refused(struct uxm_update *update, const char *what, struct uxm_failure *why)
{
	struct uxm_status status;
	enum uxm_io io;

	io = uxm_stream_status(&update->stream, &status, why);
	/* The refusal stands, even if it cannot be said what for. */
	if (io != UXM_IO_OK && update->committed && io != UXM_IO_GONE && !is_cancelled(io, why)) {
		uxm_fail(why, UXM_MODULE_FAILED, "The module refused %s, and does not say why.",
			 what);
		return UXM_IO_FAILED;
	}
	if (io != UXM_IO_OK)
		return io;
	uxm_fail(why, UXM_MODULE_FAILED, "The module refused %s: %s.", what,
		 uxm_stream_reason(status.reason));
	return UXM_IO_FAILED;
}

/* Counts once more, opens the session, and learns where to go on. */
static enum uxm_io begin(struct uxm_update *update, struct uxm_status *status,
			 struct uxm_failure *why)
{
	const struct uxm_module *module = &update->link.module;
	struct uxm_candidate candidates[UXM_SURVEY_MOST];
	size_t count = 0;
	enum uxm_io io;

	update->arrivals = module->ops->arrivals(module->self);
	io = module->ops->scan(module->self, candidates, UXM_SURVEY_MOST, &count, why);
	if (io != UXM_IO_OK)
		return io;
	if (count > 1) {
		uxm_fail(why, UXM_SEVERAL_MODULES,
			 "Another expansion module was plugged in (now %zu); unplug all but the "
			 "one to be updated.",
			 count);
		return UXM_IO_FAILED;
	}
	update->begun = true;
	io = uxm_stream_begin(&update->stream, &update->begin, update->payload.head, why);
	if (io == UXM_IO_STALL)
		return refused(update, "to begin the update", why);
	if (io == UXM_IO_OK)
		io = uxm_stream_status(&update->stream, status, why);
	if (io == UXM_IO_OK &&
	    (status->state != UXM_WIRE_RECEIVING ||
	     status->accepted > (uxm_update_knows_digest(update) ? update->begin.size : 0))) {
		update->judged = true;
		uxm_fail(why, UXM_TRANSFER_FAILED,
			 "The module answered BEGIN, but did not open a session as it should.");
		io = UXM_IO_FAILED;
	}
	return io;
}

static enum uxm_io stream(struct uxm_update *update, const struct uxm_status *status,
			  struct uxm_failure *why)
{
	struct uxm_send *send = &update->send;
	uint64_t hashed = send->hashed;

	memset(send, 0, sizeof(*send));
	send->hashed = hashed;
	send->astray = update->again;
	update->again = true;
	send->stream = &update->stream;
	send->image = uxm_payload_image(&update->payload);
	send->teller = &update->teller;
	send->file = update->order.name.file;
	send->hash = update->hash;
	send->size = update->begin.size;
	send->arrivals = update->arrivals;
	send->server_waited = update->waited;
	send->chunk_most = update->found.identity.largest_chunk;
	update->teller.progress.size = update->begin.size;
	/* What the module has of it already is not transferred. */
	if (status->accepted > update->teller.progress.accepted)
		update->teller.progress.accepted = status->accepted;
	uxm_tell_step(&update->teller, UXM_STEP_SEND, 0);
	return uxm_send_run(send, status, why);
}

/*
 * COMMIT. An answer that is lost is not asked for again but looked up: STATUS tells whether it
 * arrived; only where it did not it is sent again.
 */
static enum uxm_io commit(struct uxm_update *update, struct uxm_failure *why)
{
	struct uxm_commit commit = {.size = update->begin.size};
	struct uxm_status status;
	enum uxm_io io = UXM_IO_OK;

	io = uxm_update_check_digest(update, commit.digest, why);
	/* What is known to have left gets no COMMIT, and its return is not to be waited for. */
	if (io == UXM_IO_OK)
		io = uxm_link_present(&update->link, why);
	if (io != UXM_IO_OK)
		return io;
	update->committed = true;
	update->link.committed = true;
	update->link.give_up = UXM_STOP_NOW;
	/* Before it is sent: who kills this process must know that the module may install. */
	uxm_tell_step(&update->teller, UXM_STEP_COMMIT, 0);
	for (unsigned i = 0; i <= update->order.deadlines.retries; i++) {
		io = uxm_stream_commit(&update->stream, &commit, why);
		if (io == UXM_IO_STALL)
			return refused(update, "to install the image", why);
		if (io == UXM_IO_OK || io == UXM_IO_GONE || is_cancelled(io, why))
			return io;
		io = uxm_stream_status(&update->stream, &status, why);
		if (io == UXM_IO_OK && status.state != UXM_WIRE_RECEIVING)
			return UXM_IO_OK;
		/* Neither of them: the module has fallen silent. */
		if (io != UXM_IO_OK)
			break;
	}
	if (io == UXM_IO_GONE || is_cancelled(io, why))
		return io;
	/* A pull shows as requests that fail first, and is followed like a reboot. */
	io = uxm_await_leave(&update->link, &update->found.candidate, why);
	if (io != UXM_IO_OK)
		return io;
	uxm_fail(
		why, UXM_MODULE_FAILED,
		"The module did not confirm the commit or no longer answers after the commit; it "
		"may still come to an end, or needs a power cycle: then it runs its old or the new "
		"version.");
	return UXM_IO_FAILED;
}

/* From the commit on: to the end, whatever it is. */
static enum uxm_io follow(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_module *module = &update->link.module;
	enum uxm_io io;

	io = uxm_follow(&update->stream, &update->teller, &update->success, why);
	module->ops->close(module->self);
	if (io != UXM_IO_GONE)
		return io;
	return uxm_await_return(&update->link, &update->teller, &update->found, &update->returned,
				why);
}

/* What is said is what the device that came back says. */
static enum uxm_io check_version(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_found *before = &update->found;
	const struct uxm_found *after = &update->returned;
	char old_text[UXM_VERSION_TEXT];
	char new_text[UXM_VERSION_TEXT];
	char wanted_text[UXM_VERSION_TEXT];
	char how[sizeof("was updated from  to ") + 2 * UXM_VERSION_TEXT];

	uxm_version_text(&before->identity.running, old_text);
	uxm_version_text(&after->identity.running, new_text);
	uxm_version_text(&update->order.name.version, wanted_text);
	if (uxm_version_compare(&after->identity.running, &update->order.name.version) != 0) {
		uxm_fail(why, UXM_OTHER_VERSION,
			 "The module (serial %s, port %s) is back with version %s instead of %s.",
			 after->serial[0] != '\0' ? after->serial : "none",
			 after->candidate.port_path, new_text, wanted_text);
		return UXM_IO_FAILED;
	}
	/* The version tells nothing where it was the same before. */
	if (!update->success &&
	    uxm_version_compare(&before->identity.running, &after->identity.running) == 0) {
		uxm_fail(why, UXM_MODULE_FAILED,
			 "The module (serial %s, port %s) left before it reported success, and "
			 "runs %s as before; update it again.",
			 after->serial[0] != '\0' ? after->serial : "none",
			 after->candidate.port_path, new_text);
		return UXM_IO_FAILED;
	}
	if (uxm_version_compare(&before->identity.running, &after->identity.running) == 0)
		snprintf(how, sizeof(how), "was given %s once more", new_text);
	else
		snprintf(how, sizeof(how), "was updated from %s to %s", old_text, new_text);
	uxm_fail(why, UXM_UPDATED, "The %s (serial %s, port %s) %s.", after->identity.model,
		 after->serial[0] != '\0' ? after->serial : "none", after->candidate.port_path,
		 how);
	return UXM_IO_OK;
}

/* The old version runs on: what is in flight is ended, the session too, if the module still
 * answers. */
static void give_up(struct uxm_update *update)
{
	const struct uxm_module *module = &update->link.module;
	struct uxm_failure ignored;

	module->ops->control_cancel(module->self);
	if (update->begun && !update->committed) {
		update->link.give_up = UXM_STOP_NOW;
		(void)uxm_stream_abort(&update->stream, &ignored);
	}
	module->ops->close(module->self);
}

/* A failure that has no sentence of its own above: the module left, or somebody no longer wants to
 * wait. */
static void name_failure(struct uxm_update *update, enum uxm_io io, struct uxm_failure *why)
{
	char version[UXM_VERSION_TEXT];

	if (update->committed && why->result == UXM_CANCELLED)
		uxm_fail(why, UXM_NOT_BACK_YET,
			 "Stopped waiting after the commit: the module finishes by itself; look "
			 "again later with 'uxm list'.");
	else if (io == UXM_IO_GONE && update->found.identity.model[0] == '\0')
		uxm_fail(why, UXM_TRANSFER_FAILED, "The module left while it was looked at.");
	else if (io == UXM_IO_GONE && update->begin.size == 0)
		uxm_fail(why, UXM_TRANSFER_FAILED,
			 "The module at port %s was unplugged before anything was sent; it keeps "
			 "version %s.",
			 update->found.candidate.port_path,
			 uxm_version_text(&update->found.identity.running, version));
	else if (io == UXM_IO_GONE)
		uxm_fail(why, UXM_TRANSFER_FAILED,
			 "The module at port %s was unplugged after %llu of %llu bytes; it keeps "
			 "version %s.",
			 update->found.candidate.port_path,
			 (unsigned long long)update->teller.progress.accepted,
			 (unsigned long long)update->begin.size,
			 uxm_version_text(&update->found.identity.running, version));
}

/* Nothing is to be done, and nothing was sent. */
static enum uxm_io already_there(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_module *module = &update->link.module;
	char version[UXM_VERSION_TEXT];

	module->ops->close(module->self);
	uxm_fail(why, UXM_UPDATED, "The %s (serial %s, port %s) already runs %s; nothing was done.",
		 update->found.identity.model,
		 update->found.serial[0] != '\0' ? update->found.serial : "none",
		 update->found.candidate.port_path,
		 uxm_version_text(&update->found.identity.running, version));
	return UXM_IO_OK;
}

/* From one module to its new version. OK: it runs it. Else nothing is given up yet. */
static enum uxm_io run_once(struct uxm_update *update, struct uxm_failure *why)
{
	struct uxm_status status;
	enum uxm_io io;

	update->judged = false;
	io = uxm_update_take(update, why);
	if (io == UXM_IO_END)
		return already_there(update, why);
	if (io == UXM_IO_OK)
		io = uxm_update_prepare(update, why);
	if (io == UXM_IO_OK)
		io = begin(update, &status, why);
	if (io == UXM_IO_OK)
		io = stream(update, &status, why);
	if (io == UXM_IO_OK)
		io = commit(update, why);
	if (io == UXM_IO_OK || (io == UXM_IO_GONE && update->committed))
		io = follow(update, why);
	if (io == UXM_IO_OK)
		io = check_version(update, why);
	return io;
}

/* A pull shows as requests that fail, before the hub tells of it: it is called what it is. */
static enum uxm_io see_leave(struct uxm_update *update, enum uxm_io io, struct uxm_failure *why)
{
	enum uxm_io left;

	if (io == UXM_IO_GONE || update->committed || update->judged ||
	    why->result != UXM_TRANSFER_FAILED || update->survey.count != 1)
		return io;
	left = uxm_await_leave(&update->link, &update->survey.found[0].candidate, why);
	return left == UXM_IO_OK ? io : left;
}

/* Whether it failed because there is no module, and that is to be waited for. */
static bool lacks_module(const struct uxm_update *update, enum uxm_io io,
			 const struct uxm_failure *why)
{
	/* Another one than was ordered is there to stay. */
	return update->order.wait && !update->committed &&
	       (io == UXM_IO_GONE || (why->result == UXM_NO_MODULE && update->survey.count == 0));
}

/* OK: a module is there again, and all is ready to begin anew. FAILED as uxm_await_plug. */
static enum uxm_io wait_for_module(struct uxm_update *update, struct uxm_failure *why)
{
	const struct uxm_found *before = NULL;
	enum uxm_io io;

	if (update->awaits)
		before = &update->awaited;
	if (before == NULL)
		uxm_tell_note(&update->teller, "No expansion module is attached; waiting for one "
					       "to be plugged in.");
	else
		uxm_tell_note(&update->teller,
			      "%s Waiting for it (serial %s) to be plugged in again.", why->text,
			      before->serial[0] != '\0' ? before->serial : "none");
	update->begun = false;
	update->waited = 0;
	update->link.give_up = UXM_STOP_SOON;
	io = uxm_await_plug(&update->link, &update->teller, before, why);
	if (io == UXM_IO_FAILED && why->result == UXM_CANCELLED)
		uxm_fail(why, UXM_CANCELLED,
			 "Cancelled while a module was waited for; nothing was installed.");
	return io;
}

enum uxm_result uxm_update_run(struct uxm_update *update, struct uxm_failure *why)
{
	bool waits;
	enum uxm_io io;

	/* A failure that nobody explained must not read as success. */
	uxm_fail(why, UXM_INTERNAL, "The update failed without a reason.");
	do {
		io = run_once(update, why);
		if (io == UXM_IO_OK)
			return UXM_UPDATED;
		io = see_leave(update, io, why);
		waits = lacks_module(update, io, why);
		give_up(update);
		name_failure(update, io, why);
	} while (waits && wait_for_module(update, why) == UXM_IO_OK);
	return why->result;
}
