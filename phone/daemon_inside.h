/*
 * uxmd's parts in one place, for the files that put them together: daemon.c makes and ends them,
 * daemon_acts.c has what they tell each other.
 */
#ifndef PHONE_DAEMON_INSIDE_H
#define PHONE_DAEMON_INSIDE_H

#include "phone/certificate.h"
#include "phone/config.h"
#include "phone/loop.h"
#include "phone/notify.h"
#include "phone/provisioning.h"
#include "phone/store.h"
#include "phone/tell.h"
#include "phone/uevent.h"
#include "phone/updater.h"
#include "phone/web.h"

struct daemon {
	const struct config *config;
	struct log log;
	struct notify notify;
	struct loop *loop;
	struct state state;
	struct phone_settings *settings;
	struct updater *updater;
	struct provisioning *provisioning;
	struct web *web;
	struct uevent *uevent;
	struct loop_watch signals;
	struct loop_timer watchdog;
	struct loop_timer restart;
	struct loop_timer patience;
	uint32_t watchdog_pace; /* milliseconds */
	int signals_descriptor;
	struct store store;
	int listener;
	struct certificate certificate;
	struct tell tell;
	bool ending;
};

/* daemon.c: begins the start-up procedure again; `self` is the daemon. */
void daemon_start_up_again(void *self);
/* Where somebody edited the settings file, reads it as at SIGHUP, so that the next change is made
 * on top of the edit; the rest of the procedure follows. `self` is the daemon. */
void daemon_reread(void *self);

/* daemon_acts.c: lists the modules; `self` is the daemon. */
void daemon_list(void *self);
/* Parts are to tell the daemon. */
void daemon_listen_to_updater(struct daemon *daemon, struct updater_options *options);
void daemon_listen_to_provisioning(struct daemon *daemon, struct provisioning_options *options);
void daemon_listen_to_web(struct daemon *daemon, struct web_options *options);

#endif
