/*
 * The pages: pictures of the state and the settings, without a thought of their own. Each works
 * without JavaScript; what changes by itself is in elements with data-live, which uxm.js replaces.
 */
#ifndef PHONE_PAGE_H
#define PHONE_PAGE_H

#include "phone/form.h"
#include "phone/html.h"
#include "phone/record.h"
#include "phone/settings.h"
#include "phone/state.h"

/* What a page is about. Only pointers: all of it is valid for the time of the call. */
struct page {
	const struct state *state;
	const struct record *record; /* of updates by provisioning, or NULL */
	const struct phone_settings *settings;
	const char *token;       /* for its forms */
	bool may_change;         /* this visitor may change things, password or loopback */
	const char *said;        /* a sentence on top of it, or NULL */
	bool said_is_bad;        /* it says what went wrong */
	const struct form *form; /* what was sent and refused, to be shown again, or NULL */
};

/* Head and navigation. `refresh`: seconds after which a browser without JavaScript asks again, 0
 * for never. */
void page_begin(struct html *html, const struct page *page, const char *title, unsigned refresh);
void page_end(struct html *html);

/* Begins a form that is sent by POST to `to`, with the token where the visitor may change
 * things: nobody else is given it; `enctype` NULL for the usual. */
void page_form(struct html *html, const struct page *page, const char *to, const char *enctype);

/* The pair that tells the answer to page_confirm from a form of a page. */
#define PAGE_LINK "by_link"

/* Room for the longest value of a setting that is a URL. */
#define PAGE_URL 8192

/*
 * A setting's value as pages show it; a URL as text_url_shown has it, in `shown`, PAGE_URL bytes.
 * Returns the value itself or `shown`.
 */
const char *page_value(const struct phone_settings *settings, enum phone_id id, char *shown);

/* Before a setting's name in a form: what the page showed as its value. */
#define PAGE_SHOWN "shown."

/* What the page that a form is of showed as a setting's value, or NULL where it does not say. */
const char *page_shown_before(const struct form *form, enum phone_id id);

/* A setting's field, with its label and a note of its permission; disabled where the user may not
 * change it. Secrets say whether one is set, and nothing more. What is shown is sent along, so that
 * a save changes nothing but what the user did. */
void page_field(struct html *html, const struct page *page, enum phone_id id);

/* Provisioning: rows of a table; the button that asks the server now; what the user is asked. */
void page_provision_rows(struct html *html, const struct page *page);
void page_provision_look(struct html *html, const struct page *page);
void page_provision_offer(struct html *html, const struct page *page);

void page_info(struct html *html, const struct page *page);
void page_update(struct html *html, const struct page *page);
void page_settings(struct html *html, const struct page *page);
void page_restart(struct html *html, const struct page *page);
/* Asks whether what a link asked for is meant: the pairs of `form`, to be sent to `to`. */
void page_confirm(struct html *html, const struct page *page, const char *to);
/* A sentence, and nothing else. */
void page_sentence(struct html *html, const struct page *page, const char *title);

/* The time of this machine's clock, as in "2026-01-31 12:00:00 CET"; returns `text`. */
const char *page_time(time_t time, char *text, size_t room);

/* Exactly `count` bytes as people read them, as in "37.9 MB"; returns `text`. */
const char *page_bytes(double count, char *text, size_t room);

#endif
