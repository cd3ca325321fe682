/*
 * Updates by provisioning in uxmd: the provisioner's hands are the loop, the clock, and jobs. What
 * it decides is provisioner.h's. When the wall clock is set, all is judged again: the kernel tells.
 */
#ifndef PHONE_PROVISIONING_H
#define PHONE_PROVISIONING_H

#include "phone/log.h"
#include "phone/loop.h"
#include "phone/provisioner.h"

/* All of it lives longer than the provisioning. */
struct provisioning_options {
	struct loop *loop;
	struct state *state; /* phone_type, phone_version and mac are set already */
	struct phone_settings *settings;
	const struct log *log;     /* or NULL */
	const char *program;       /* the path of uxm */
	const char *phone_command; /* the path of what updates the phone itself, "" for none */
	const char *phone_lock;    /* the file that it locks while it runs */
	const char *record_path;   /* what is remembered over restarts */
	/* As updater_start, without an upload. */
	bool (*update)(void *self, const struct order *order, struct uxm_failure *why);
	/* As updater_look. */
	void (*list)(void *self);
	/* As web_actions.reread and .keep. */
	void (*reread)(void *self);
	bool (*keep)(void *self, const struct phone_settings *changed, struct uxm_failure *why);
	/* The state's revision has risen. */
	void (*changed)(void *self);
	void *self;
};

struct provisioning;

/* Reads the record. Nothing begins before provisioner_start. NULL with *why as provisioner_new. */
struct provisioning *provisioning_new(const struct provisioning_options *options,
				      struct uxm_failure *why);
/* Ends: a look that is under way is broken off, the phone's own update is left to go on. NULL is
 * harmless. */
void provisioning_free(struct provisioning *provisioning);

/* Who decides. */
struct provisioner *provisioning_mind(const struct provisioning *provisioning);

/* An update has ended, by hand or not (updater_options.ended). */
void provisioning_updated(struct provisioning *provisioning, enum uxm_result result, bool lasting,
			  const char *text);
#endif
