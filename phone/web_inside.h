/*
 * What the files of the web share: connections, requests, answers. web.c has the server and its
 * limits, web_request.c what is asked, web_act.c and web_settings.c what is done, web_who.c who
 * asks, web_guard.c what ends with the password, web_answer.c how it is answered; upload.c and
 * events.c are for the two that take long.
 */
#ifndef PHONE_WEB_INSIDE_H
#define PHONE_WEB_INSIDE_H

#include <microhttpd.h>

#include "phone/access.h"
#include "phone/form.h"
#include "phone/html.h"
#include "phone/multipart.h"
#include "phone/page.h"
#include "phone/web.h"

struct stream;
struct upload;

#define WEB_REALM "uxm"

/* 128 bits in hexadecimal. */
#define WEB_TOKEN 33

/* What was asked of those who watch, or hold the token. */
struct web_guard {
	uint64_t changes; /* of the settings, when it was last looked at */
	uint64_t number;  /* rises when user or password become others */
	char *user;       /* as they were then */
	char *password;
};

/* A connection. */
struct visitor {
	struct web *web;
	struct visitor *next;
	struct visitor **before;
	int socket;
	struct MHD_Connection *suspended; /* its connection while that is suspended */
	uint64_t deadline; /* milliseconds: its request must be whole by then; 0: no matter */
};

struct web {
	struct web_options with;
	struct MHD_Daemon *daemon;
	struct loop_watch watch; /* of the daemon's epoll descriptor */
	struct loop_timer sweep; /* looks for visitors that are late */
	struct loop_timer tell;  /* the next event */
	struct loop_timer comment;
	uint64_t told; /* when the last event went out */
	struct visitor *visitors;
	struct upload *upload; /* whose update runs, or NULL */
	struct stream *streams;
	size_t streams_count;
	struct web_guard guard;
	struct access_tries tries;
	char token[WEB_TOKEN];
	char random[32]; /* for the nonces of Digest */
	bool due; /* a connection goes on or has ended, and the daemon has not been run since */
	bool ending;
};

/* How a request's body is read. */
enum request_plan {
	PLAN_DROP = 0,
	PLAN_FORM,
	PLAN_MULTIPART,
	PLAN_RAW, /* an upload */
};

struct request {
	struct web *web;
	struct MHD_Connection *connection;
	bool begun;
	bool is_post;
	bool is_head;
	bool wants_json; /* its refusal: it is a program's, or a script's of a page */
	enum request_plan plan;
	uint64_t length; /* of the body, 0: none or not known */
	bool has_length;
	bool is_chunked;
	size_t address; /* bytes of path and query */
	size_t dropped; /* bytes of a body of no known length that were passed over */
	/* Why it is refused, 0 for not; the verdict counts with it where it is not GRANTED. */
	unsigned status;
	bool stale;
	uint32_t wait; /* seconds, with 429 and 503 */
	enum access_verdict verdict;
	struct uxm_failure why;
	struct access_request facts;
	struct multipart multipart;
	struct upload *upload;
	char path[32];
	struct form form;
};

/*
 * web.c: suspends a connection, false if it cannot be; lets it go on, harmless if it is not
 * suspended; and limits the time until its request is whole, or lifts that limit.
 */
bool web_suspend(struct MHD_Connection *connection);
void web_resume(struct web *web, struct MHD_Connection *connection);
void web_patience(struct web *web, struct MHD_Connection *connection, bool limited);

/* web_request.c: libmicrohttpd's callbacks for a request. */
void *request_new(void *web, const char *uri, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *web, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *data,
			       size_t *size, void **state);
void request_done(void *web, struct MHD_Connection *connection, void **state,
		  enum MHD_RequestTerminationCode how);
/* Refuses it, with a sentence. */
void request_refuse(struct request *request, unsigned status, const char *sentence);

/* web_act.c */
/* Whether the request asks for a change. */
bool act_is_change(const struct request *request);
/* Does what a granted request asks, and answers. */
enum MHD_Result act(struct request *request);
/* Begins an upload of `size` bytes named `name`; else it is refused. */
void act_upload(struct request *request, const char *name, uint64_t size);

/* web_settings.c: saves all of a form's settings, or none: false with *why. */
bool act_save_settings(struct request *request, struct uxm_failure *why);

/*
 * web_guard.c: sees whether user or password became others, and then makes a new token and lets
 * guard.number rise. False without memory or random bytes: all is as it was.
 */
bool guard_is_fresh(struct web *web);
void guard_end(struct web *web);

/* web_who.c: fills the facts (but for the token), and the refusal where it is tried too often. */
void who_asks(struct request *request);

/* web_answer.c */
/* The status code of a result, and of a verdict that is not ACCESS_GRANTED. */
unsigned answer_status(enum uxm_result result);
/* Answers with a page, which is used up. */
enum MHD_Result answer_page(struct request *request, unsigned status, struct html *html);
/* Answers with a text that is the web's own, for ever. */
enum MHD_Result answer_static(struct request *request, const void *text, size_t size,
			      const char *type);
/* Answers with an object, which is deleted. */
enum MHD_Result answer_json(struct request *request, unsigned status, cJSON *object);
/* Answers with {"text": ...}. */
enum MHD_Result answer_text(struct request *request, unsigned status, const char *text);
/* Answers with "go there". */
enum MHD_Result answer_there(struct request *request, const char *to);
/* Answers with the refusal that the request holds. */
enum MHD_Result answer_refusal(struct request *request);
/* Puts the headers on that every response has. */
void answer_headers(struct MHD_Response *response, const char *type, bool keep);
/* What pages of this request are about. */
void answer_about(const struct request *request, struct page *page);

#endif
