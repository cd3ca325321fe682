/*
 * A phone whose days pass without waiting: the provisioner with a clock that is set by hand, a
 * server that is a table of texts, modules that are plugged in by a call, and a disk that outlives
 * a power cut.
 */
#ifndef TESTS_PHONE_CLOCKWORK_H
#define TESTS_PHONE_CLOCKWORK_H

#include "folder.h"
#include "phone/provisioner.h"

#define CLOCKWORK_FILES 4
#define CLOCKWORK_START 1800000000 /* seconds of the wall clock at the beginning */

#define SETTINGS_URL "http://s/settings.xml"
#define FIRMWARE_URL "http://s/firmware.xml"
#define NEW_URL      "http://s/snomD7C-1.6.1-r.bin"
#define PHONE_URL    "http://s/phone.bin"

struct clockwork {
	struct folder folder;
	struct provisioner *provisioner;
	struct state state;
	struct phone_settings *settings; /* in force */
	struct phone_settings *saved;    /* on the disk: what outlives a power cut */
	const char *mac;
	bool has_phone_command;

	/* Time. */
	uint64_t clock; /* milliseconds since the phone was switched on */
	int64_t wall;   /* seconds at clock 0 */
	uint64_t wake;  /* of the clock, UINT64_MAX: not */
	uint32_t drawn; /* what every draw is */

	/* The server. */
	struct {
		const char *url;
		const char *text;
		size_t length;
	} files[CLOCKWORK_FILES];
	bool down;            /* it does not answer */
	uint32_t retry_after; /* what it says with every failure */
	bool slow;            /* looks stay under way until clockwork_answer */
	bool broken;          /* looks cannot begin */

	/* What was done. */
	bool looking;
	unsigned looks;
	unsigned unchanged; /* files that a look did not fetch again */
	char agent[256];    /* of the last look */
	struct look pending;
	uint64_t looked[64]; /* the clock at each look */
	unsigned updates;
	char update[JOURNAL_SOURCE];    /* the last one's URL */
	bool update_older;              /* older ones were allowed in it */
	char update_serial[STATE_TEXT]; /* the module that was listed then */
	bool updating;                  /* one by provisioning runs */
	enum uxm_result update_answer;  /* what `update` says at once; UXM_UPDATED: it begins */
	unsigned phones;
	char phone[LOOK_URL]; /* the last one's URL */
	bool phone_answer;    /* what `phone` says */
	bool phone_busy;      /* and if it is no: one of before still runs */
	unsigned lists;
	bool list_waits; /* a list was asked for */
	unsigned keeps;
	bool disk_full; /* nothing can be saved */
	unsigned changes;
};

/* A setup and a teardown: switched on, with firmware_status, auto_update, one D7C with serial
 * number S1 and version 1.5.3, and nothing on the server. Not started. */
int clockwork_make(void **state);
int clockwork_unmake(void **state);

/* Sets a setting as it stands on the disk and in force, before the start. */
void clockwork_set(struct clockwork *work, enum phone_id id, const char *value);
/* As a page does: set, saved, told. */
void clockwork_save(struct clockwork *work, enum phone_id id, const char *value);
const char *clockwork_get(const struct clockwork *work, enum phone_id id);

/* What the server has at a URL; a file's text is known by its address. */
void clockwork_serve(struct clockwork *work, const char *url, const char *text);
void clockwork_serve_bytes(struct clockwork *work, const char *url, const char *bytes,
			   size_t length);
/* A firmware file with this firmware_uxm at FIRMWARE_URL. */
void clockwork_offer(struct clockwork *work, const char *url);

/* Modules; each tells the list. */
void clockwork_plug(struct clockwork *work, const char *serial, const char *model,
		    const char *version);
void clockwork_unplug(struct clockwork *work, const char *serial);
void clockwork_list(struct clockwork *work);

/* The start, with a spread of 0 at once. */
void clockwork_start(struct clockwork *work);
/* So many seconds pass, and what becomes due in them is done. */
void clockwork_pass(struct clockwork *work, uint64_t seconds);
/* What a slow look found. */
void clockwork_answer(struct clockwork *work);
/* The power fails, and comes back: what was not saved is lost. Modules stay. */
void clockwork_cut(struct clockwork *work);

/* The update that runs ends; well: the module runs what its URL names, and firmware_uxm takes it.
 */
void clockwork_end(struct clockwork *work, enum uxm_result result, bool lasting);
/* An update by hand begins, and ends well. */
void clockwork_by_hand(struct clockwork *work, const char *url);

/* Whether the sentence of the page has this in it; else it is printed. */
bool clockwork_says(const struct clockwork *work, const char *text);

#endif
