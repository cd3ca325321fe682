/* What parts of uxmd tell it, and what they make it do: each is a call to another part. */
#include "phone/daemon_inside.h"

/* ---- what the parts say ---- */

static void on_changed(void *self)
{
	struct daemon *daemon = self;

	tell_state(&daemon->tell, &daemon->state, &daemon->log, &daemon->notify);
	if (daemon->web != NULL)
		web_changed(daemon->web);
	/* A commit that came before the cancel is followed by the job alone. */
	if (daemon->ending && daemon->state.update.phase != STATE_RUNNING)
		loop_end(daemon->loop);
}

static void on_listed(void *self)
{
	const struct daemon *daemon = self;

	provisioner_listed(provisioning_mind(daemon->provisioning));
}

static void on_took(void *self, const char *serial, const char *model, const char *source)
{
	const struct daemon *daemon = self;

	provisioner_took(provisioning_mind(daemon->provisioning), serial, model, source);
}

static void on_ended(void *self, enum uxm_result result, bool lasting, const char *text)
{
	struct daemon *daemon = self;

	provisioning_updated(daemon->provisioning, result, lasting, text);
}

static bool begin_update(struct daemon *daemon, const struct order *order, int input,
			 struct uxm_failure *why)
{
	if (daemon->ending) {
		uxm_fail(why, UXM_BUSY, "The phone's program is ending; try again later.");
		return false;
	}
	return updater_start(daemon->updater, order, input, why);
}

static bool on_update(void *self, const struct order *order, struct uxm_failure *why)
{
	return begin_update(self, order, -1, why);
}

void daemon_list(void *self)
{
	struct daemon *daemon = self;

	updater_look(daemon->updater);
}

/* ---- the web's actions ---- */

static bool act_start(void *self, const struct order *order, int input, struct uxm_failure *why)
{
	struct daemon *daemon = self;

	if (!begin_update(daemon, order, input, why))
		return false;
	provisioner_listed(provisioning_mind(daemon->provisioning));
	return true;
}

static bool act_cancel(void *self, struct uxm_failure *why)
{
	struct daemon *daemon = self;

	return updater_cancel(daemon->updater, why);
}

static bool daemon_keep(void *self, const struct phone_settings *changed, struct uxm_failure *why)
{
	struct daemon *daemon = self;

	return store_save(&daemon->store, changed, why);
}

static void act_saved(void *self, bool cleared)
{
	struct daemon *daemon = self;
	struct provisioner *mind = provisioning_mind(daemon->provisioning);

	if (cleared)
		provisioner_cleared(mind);
	provisioner_settings_changed(mind);
}

static bool act_look(void *self, struct uxm_failure *why)
{
	const struct daemon *daemon = self;

	return provisioner_look_now(provisioning_mind(daemon->provisioning), why);
}

static bool act_answer(void *self, bool now, const char *question, struct uxm_failure *why)
{
	const struct daemon *daemon = self;

	return provisioner_answer(provisioning_mind(daemon->provisioning), now, question, why);
}

/* The request that asks for it still holds settings: it is done afterwards. */
static bool act_restart(void *self, struct uxm_failure *why)
{
	struct daemon *daemon = self;

	(void)why;
	loop_at(daemon->loop, &daemon->restart, loop_now(daemon->loop), daemon_start_up_again,
		daemon);
	return true;
}

/* ---- who is told what ---- */

void daemon_listen_to_updater(struct daemon *daemon, struct updater_options *options)
{
	options->reread = daemon_reread;
	options->keep = daemon_keep;
	options->changed = on_changed;
	options->listed = on_listed;
	options->took = on_took;
	options->ended = on_ended;
	options->self = daemon;
}

void daemon_listen_to_provisioning(struct daemon *daemon, struct provisioning_options *options)
{
	options->update = on_update;
	options->list = daemon_list;
	options->reread = daemon_reread;
	options->keep = daemon_keep;
	options->changed = on_changed;
	options->self = daemon;
}

void daemon_listen_to_web(struct daemon *daemon, struct web_options *options)
{
	options->actions = (struct web_actions){
		.start = act_start,
		.cancel = act_cancel,
		.reread = daemon_reread,
		.keep = daemon_keep,
		.saved = act_saved,
		.restart = act_restart,
		.look = act_look,
		.answer = act_answer,
		.self = daemon,
	};
}
