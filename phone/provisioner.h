/*
 * Updates by provisioning, from the first look at the server to the setting firmware_uxm: when to
 * look, what the findings change, and when an update begins. What it does goes through one table,
 * so that days pass in a test without waiting.
 */
#ifndef PHONE_PROVISIONER_H
#define PHONE_PROVISIONER_H

#include "phone/gates.h"
#include "phone/log.h"
#include "phone/look.h"
#include "phone/order.h"

/* A look that failed is made again after so many seconds, four times as many each time, at most
 * the interval; at random between half and one and a half, as every pause here. */
#define PROVISIONER_PAUSE 60
/* "Later" asks again after so many seconds. */
#define PROVISIONER_LATER 3600
/* Modules that are plugged in make no more looks than one in so many seconds. */
#define PROVISIONER_PLUG  60
/* What is not ready is looked at again after so many seconds. */
#define PROVISIONER_SOON  10
/* How often a settings file may lead to another one before the interval passes. */
#define PROVISIONER_HOPS  3

struct provisioner_hands {
	int64_t (*now)(void *self);    /* seconds of the wall clock */
	uint64_t (*clock)(void *self); /* milliseconds that only go forward */
	/* provisioner_due then, once; again: anew. UINT64_MAX: not at all. */
	void (*wake)(void *self, uint64_t milliseconds);
	uint32_t (*draw)(void *self); /* any number */
	/* Starts `uxm check`; provisioner_looked follows. One at a time. */
	bool (*look)(void *self, const struct look_order *order, struct uxm_failure *why);
	/* Starts the phone's own update, the configured command with the URL in its environment
	 * (UXM_FIRMWARE); provisioner_phone_updated follows. */
	bool (*phone)(void *self, const char *url, struct uxm_failure *why);
	/* As updater_start; provisioner_updated follows. */
	bool (*update)(void *self, const struct order *order, struct uxm_failure *why);
	/* As updater_look: lists the modules; provisioner_listed follows. */
	void (*list)(void *self);
	/* Takes up what was written there by somebody else, as web_actions.reread. */
	void (*reread)(void *self);
	/* Writes settings for good, as web_actions.keep. */
	bool (*keep)(void *self, const struct phone_settings *changed, struct uxm_failure *why);
	/* state.provision has changed. */
	void (*changed)(void *self);
	void *self;
};

/* All of it lives longer than the provisioner. */
struct provisioner_options {
	struct provisioner_hands hands;
	struct state *state; /* it alone writes state.provision */
	struct phone_settings *settings;
	const struct log *log;   /* or NULL */
	const char *record_path; /* what is remembered over restarts */
	const char *mac;         /* "" for none */
	bool has_phone_command;  /* one is configured */
};

struct provisioner;

/*
 * Reads the record. NULL with *why (UXM_INTERNAL): it cannot be read, and stays, or there is not
 * enough memory. What follows a hand (provisioner_looked, _updated,
 * _listed, ...) comes after the hand's return, and no other function is called from within one.
 */
struct provisioner *provisioner_new(const struct provisioner_options *options,
				    struct uxm_failure *why);
/* NULL is harmless. */
void provisioner_free(struct provisioner *provisioner);

/*
 * The start-up procedure, at the start and again (SIGHUP, reboot=Reboot): the whole of it,
 * unconditionally. The first look comes at random within the seconds of the setting
 * firmware_spread; `again`: somebody asked for it, at once. Whatever update_policy is, looks are
 * made and the settings of the settings file are taken, never_update included: an administrator
 * could not change it back otherwise.
 */
void provisioner_start(struct provisioner *provisioner, bool again);
/* "Look now". False with *why: no server is set (UXM_USAGE), or it is at it (UXM_BUSY). */
bool provisioner_look_now(struct provisioner *provisioner, struct uxm_failure *why);
/* The time that `wake` was told; or something else has changed, as when an update by hand has begun
 * or ended: judged again. */
void provisioner_due(struct provisioner *provisioner);
/* The modules were listed, whether they could be or not. A module that was not there before is a
 * reason to look. */
void provisioner_listed(struct provisioner *provisioner);
/* Settings changed by hand: gates are judged again; with another server or firmware file there is a
 * look at once. firmware_uxm that held something and is empty now: provisioner_cleared. */
void provisioner_settings_changed(struct provisioner *provisioner);
/* firmware_uxm was saved as empty by hand, which starts over even where it was empty already: no
 * module is done, nothing has failed. */
void provisioner_cleared(struct provisioner *provisioner);
/* A look has ended. `look` is taken over: it is zero afterwards. */
void provisioner_looked(struct provisioner *provisioner, struct look *look);
/* The phone's own update command has ended; `why` NULL: well. */
void provisioner_phone_updated(struct provisioner *provisioner, const struct uxm_failure *why);
/* An update has ended, by provisioning or by hand; the modules are listed next. `lasting`: a
 * failure that trying again does not mend. */
void provisioner_updated(struct provisioner *provisioner, enum uxm_result result, bool lasting,
			 const char *text);
/* uxmd ends by itself, and with it an update that is not committed: that is no try of it. */
void provisioner_stop(struct provisioner *provisioner);
/* It is known that the module with this serial runs `url`, which firmware_uxm took (updater's
 * take): by hand or not. Comes before provisioner_updated or provisioner_listed. */
void provisioner_took(struct provisioner *provisioner, const char *serial, const char *model,
		      const char *url);
/* The answer to what is asked: now, or later. `question` is state.provision's of when it was asked.
 * False with *why (UXM_USAGE): nothing is asked; `question` is ""; or something else is asked by
 * now: another URL, however little of it is shown, another module, or one offer more or less. */
bool provisioner_answer(struct provisioner *provisioner, bool now, const char *question,
			struct uxm_failure *why);
/* The modules that took an image, the latest first (uxm_per_module). */
const struct record *provisioner_record(const struct provisioner *provisioner);

#endif
