/*
 * The web pages of uxmd: a server in the one loop. What its requests make the rest do goes through
 * one small table.
 */
#ifndef PHONE_WEB_H
#define PHONE_WEB_H

#include "phone/log.h"
#include "phone/loop.h"
#include "phone/order.h"
#include "phone/record.h"
#include "phone/settings.h"
#include "phone/state.h"

/* Connections at a time, in all and from one address; what is more is closed at once. The
 * difference is for the others. */
#define WEB_CONNECTIONS         256u
#define WEB_CONNECTIONS_ADDRESS 224u
/* Event streams at a time, in all and to one address; one more gets 503. */
#define WEB_STREAMS             32u
#define WEB_STREAMS_ADDRESS     8u
/* The largest header of a request, in bytes, and its fields and cookies; a longer address gets 414,
 * what else is more gets 431. */
#define WEB_HEADER              32768u
#define WEB_FIELDS              256u
/* Memory for it with all that libmicrohttpd adds: a note of each field, and cookies once more. What
 * does not fit is refused by libmicrohttpd, or closed, where its answer does not fit either. */
#define WEB_MEMORY              98304u
/* The largest body of a form, in bytes; a larger one gets 413. The largest upload. */
#define WEB_FORM                65536u
#define WEB_FILE                1073741824u
/* Seconds without a byte after which a connection is closed. */
#define WEB_SILENCE             30u
/* Milliseconds in which a request must have come whole, but for an upload. */
#define WEB_PATIENCE            30000u
/* Milliseconds between two comments in an event stream, and the least between two events. */
#define WEB_COMMENT             20000u
#define WEB_EVENT               100u

/* What requests make the rest do. Each returns false with *why, and nothing was done. */
struct web_actions {
	/* As updater_start. */
	bool (*start)(void *self, const struct order *order, int input, struct uxm_failure *why);
	/* As updater_cancel. */
	bool (*cancel)(void *self, struct uxm_failure *why);
	/* Takes up what somebody else wrote to where settings are kept, before a copy of them is
	 * made to be changed. */
	void (*reread)(void *self);
	/* Writes these settings to where settings are kept. Afterwards they become the settings. */
	bool (*keep)(void *self, const struct phone_settings *changed, struct uxm_failure *why);
	/* They have become the settings; `cleared`: firmware_uxm was emptied, or a GET, which
	 * counts though it is empty already, named it as empty. */
	void (*saved)(void *self, bool cleared);
	/* Begins the start-up procedure again. */
	bool (*restart)(void *self, struct uxm_failure *why);
	/* Looks at the provisioning server, as provisioner_look_now. */
	bool (*look)(void *self, struct uxm_failure *why);
	/* What the user says to an offer: now, or later; as provisioner_answer. */
	bool (*answer)(void *self, bool now, const char *question, struct uxm_failure *why);
	void *self;
};

/* All of it lives longer than the web. */
struct web_options {
	struct loop *loop;
	const struct state *state;
	const struct record *record; /* of updates by provisioning, or NULL */
	struct phone_settings *settings;
	const struct log *log;   /* or NULL */
	int listener;            /* a stream socket that listens, non-blocking; not closed */
	const char *name;        /* the name that Host may have beside addresses, "" for none */
	const char *certificate; /* PEM texts: https; both NULL: http */
	const char *key;
	uint32_t patience; /* milliseconds in which a request must be whole; 0: WEB_PATIENCE */
	struct web_actions actions;
};

struct web;

/*
 * Begins to serve. The process must ignore SIGPIPE: a job that ends leaves a pipe without a reader.
 * The loop's loop_before_sleep is taken. NULL with *why (UXM_INTERNAL; UXM_USAGE: the certificate
 * or its key is none).
 */
struct web *web_new(const struct web_options *options, struct uxm_failure *why);

/* The state's revision has risen: event streams are to say so, and who uploads a file of which the
 * update has ended. */
void web_changed(struct web *web);

/* Closes all connections; an upload that is under way ends for its job. NULL is harmless. */
void web_free(struct web *web);

#endif
