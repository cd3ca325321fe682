/*
 * Updates by hand, from the order to the end, and the list of modules: one update at a time, each
 * written down before it begins and settled once it is known what became of it.
 */
#ifndef PHONE_UPDATER_H
#define PHONE_UPDATER_H

#include "phone/log.h"
#include "phone/loop.h"
#include "phone/order.h"
#include "phone/state.h"

/* All of it lives longer than the updater. */
struct updater_options {
	struct loop *loop;
	struct state *state;
	struct phone_settings *settings;
	const struct log *log;    /* or NULL */
	const char *program;      /* the path of uxm */
	const char *journal_path; /* the journal */
	const char *outcome_path; /* the file that remembers how the last update ended */
	const char *led_folder;   /* LED_FOLDER */
	const char *led_path;     /* the file that remembers what the LED did */
	const char *mac;          /* of the phone, for "{mac}", "" or NULL for none */
	/* Takes up what somebody else wrote to where settings are kept, before they are changed;
	 * writes them there, as phone_settings_save. */
	void (*reread)(void *self);
	bool (*keep)(void *self, const struct phone_settings *settings, struct uxm_failure *why);
	/* The state's revision has risen. */
	void (*changed)(void *self);
	/* The modules were listed, or could not be. */
	void (*listed)(void *self);
	/* firmware_uxm took `source`: the module with this serial number ("" where it has none) is
	 * known to run it, by the update that has just ended or by one of before. */
	void (*took)(void *self, const char *serial, const char *model, const char *source);
	/* An update has ended, as the state says; `lasting` as in struct uxm_failure. */
	void (*ended)(void *self, enum uxm_result result, bool lasting, const char *text);
	void *self;
};

struct updater;

/* Reads how the last update ended into the state, and the journal; what an earlier run left is
 * settled by the first list. One that cannot be understood is set aside and logged. A LED that
 * blinks since does again what it did before. NULL with *why (UXM_INTERNAL): one of these files
 * cannot be read, and stays, or there is not enough memory.
 */
struct updater *updater_new(const struct updater_options *options, struct uxm_failure *why);

/* Ends: an update that is not committed gets SIGTERM, one that is goes on by itself; the next start
 * settles it. NULL is harmless. */
void updater_free(struct updater *updater);

/* Lists the modules (`uxm list`), once more afterwards if it is at it already. A list that fails is
 * made again after 5 s, 20 s, and then every 60 s, until one succeeds; what is not permitted too,
 * as a udev rule may change that. While an update runs it is not: its end lists. */
void updater_look(struct updater *updater);

/*
 * Begins an update. `input` is where an upload comes from, to be read until it ends, else -1; it is
 * not closed. True: it runs, and all further is in the state. False with *why, and nothing was
 * done: UXM_BUSY, one runs already; as state_is_ready and order_make; or UXM_INTERNAL, it could not
 * be written down or started.
 */
bool updater_start(struct updater *updater, const struct order *order, int input,
		   struct uxm_failure *why);

/* Asks the update that runs to end. False with *why: none runs (UXM_USAGE), or it can no longer be
 * stopped (UXM_BUSY). */
bool updater_cancel(struct updater *updater, struct uxm_failure *why);

#endif
