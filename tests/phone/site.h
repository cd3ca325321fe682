/*
 * The web over real sockets: uxmd's pages and their visitors in one loop and one thread. What pages
 * make the rest do is written down here.
 */
#ifndef TESTS_PHONE_SITE_H
#define TESTS_PHONE_SITE_H

#include "phone/web.h"

#define SITE_TEXT 512

struct site {
	struct loop *loop;
	struct web *web;
	struct state state;
	struct record *record;
	struct phone_settings *settings;
	int listener;
	char token[40];
	/* What the next action says; UXM_UPDATED: it is done. */
	enum uxm_result says;
	/* What was done. */
	unsigned starts;
	unsigned cancels;
	unsigned keeps;
	unsigned saves;
	unsigned clears;
	unsigned restarts;
	unsigned looks;
	unsigned answers;
	bool answer_now; /* the last answer, and to which question */
	char question[SITE_TEXT];
	char source[SITE_TEXT];
	bool override;
	bool allow_older;
	uint64_t upload_size;
	int input; /* of the last upload, -1 for none */
	struct log log;
	char said[4096]; /* by it, see site_said */
	char *got;       /* the last answer of site_ask, freed by the next */
};

/* Opens one, on an address of loopback; or on a socket of another family, whose visitors are not
 * from loopback. */
void site_open(struct site *site);
void site_open_far(struct site *site);
/* Opens the same one anew, on another address of loopback, with a patience in milliseconds. */
void site_open_again(struct site *site, uint32_t patience);
void site_close(struct site *site);

/* The same as set-up and tear-down of a test, whose *state is the site. */
int site_make(void **state);
int site_make_far(void **state);
int site_free(void **state);

void site_assert_has(const char *text, const char *part);
void site_assert_lacks(const char *text, const char *part);

/* A module that can be updated. */
void site_plug(struct site *site, const char *serial);
/* The update that was started last has ended. */
void site_end(struct site *site, enum uxm_result result, const char *text);
/* A password is set. */
void site_lock(struct site *site, const char *user, const char *password);

/* A visitor: its end of a connection, and what it has read. */
struct visit {
	struct site *site;
	int socket;
	bool ended; /* the other side closed */
	struct loop_watch watch;
	char *text; /* ends in '\0' */
	size_t length;
	const char *waiting; /* for this text */
};

void visit_begin(struct visit *visit, struct site *site);
/* From this address of loopback. */
void visit_begin_from(struct visit *visit, struct site *site, const char *from);
void visit_say(struct visit *visit, const char *text, size_t length);
/* Runs until this text was read, or the other side closed; returns whether it was read. */
bool visit_hear(struct visit *visit, const char *text);
/* Runs until the other side closes. */
void visit_hear_all(struct visit *visit);
void visit_end(struct visit *visit);

/* Runs for so many milliseconds. */
void site_run(struct site *site, uint32_t milliseconds);
/* Runs until *what is at least `least`; the test fails after 20 s. */
void site_run_until(struct site *site, const unsigned *what, unsigned least);

/*
 * One request and its whole answer, as text. `headers` are lines that end in "\r\n", "" for none;
 * Host is there already, unless they have one. `body` NULL: none.
 */
const char *site_ask(struct site *site, const char *line, const char *headers, const char *body);
/* All that was logged until now. */
const char *site_said(struct site *site);
/* The status of an answer. */
unsigned site_status(const char *answer);
/* Reads the token out of update.htm, into site->token. */
const char *site_token(struct site *site, const char *headers);
/* A form by POST, with the token before `pairs`. */
const char *site_post(struct site *site, const char *path, const char *headers, const char *pairs);
/* The header of Basic for user and password; valid until the next call. */
const char *site_basic(const char *user, const char *password);

#endif
