/* What requests do. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "phone/events.h"
#include "phone/static_files.h"
#include "phone/upload.h"
#include "phone/web_inside.h"

static enum MHD_Result show_info(struct request *request);
static enum MHD_Result do_info(struct request *request);
static enum MHD_Result show_update(struct request *request);
static enum MHD_Result do_update(struct request *request);
static enum MHD_Result show_settings(struct request *request);
static enum MHD_Result do_settings(struct request *request);
static enum MHD_Result show_restart(struct request *request);
static enum MHD_Result do_restart(struct request *request);
static enum MHD_Result do_upload(struct request *request);
static enum MHD_Result show_status(struct request *request);
static enum MHD_Result show_style(struct request *request);
static enum MHD_Result show_script(struct request *request);
static enum MHD_Result show_icon(struct request *request);
static enum MHD_Result show_first(struct request *request);

/* `change` does what a POST asks, or a GET that has `mark` as a name in its query. */
static const struct route {
	const char *path;
	enum MHD_Result (*show)(struct request *request);
	enum MHD_Result (*change)(struct request *request);
	const char *mark;
} routes[] = {
	{"/", show_first, NULL, NULL},
	{"/info.htm", show_info, do_info, "do"},
	{"/update.htm", show_update, do_update, NULL},
	{"/settings.htm", show_settings, do_settings, "settings"},
	{"/dummy.htm", show_settings, do_settings, "settings"},
	{"/advanced_update.htm", show_restart, do_restart, "reboot"},
	{"/upload", NULL, do_upload, NULL},
	{"/status.json", show_status, NULL, NULL},
	{"/events", events_begin, NULL, NULL},
	{"/style.css", show_style, NULL, NULL},
	{"/uxm.js", show_script, NULL, NULL},
	{"/icon.svg", show_icon, NULL, NULL},
};

static const struct route *route_of(const struct request *request)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(routes[i].path, request->path) == 0)
			return &routes[i];
	}
	return NULL;
}

bool act_is_change(const struct request *request)
{
	const struct route *route = route_of(request);

	if (request->is_post)
		return true;
	return route != NULL && route->mark != NULL &&
	       form_value(&request->form, route->mark) != NULL;
}

enum MHD_Result act(struct request *request)
{
	const struct route *route = route_of(request);
	bool change = act_is_change(request);
	struct html html = {.text = NULL};
	struct page page;

	if (route == NULL || (change ? route->change == NULL : route->show == NULL)) {
		request_refuse(request,
			       route == NULL ? MHD_HTTP_NOT_FOUND : MHD_HTTP_METHOD_NOT_ALLOWED,
			       route == NULL ? "There is no such page here."
					     : "This cannot be asked of this page.");
		return answer_refusal(request);
	}
	if (request->verdict != ACCESS_CONFIRM)
		return change ? route->change(request) : route->show(request);
	if (request->wants_json) {
		request_refuse(request, MHD_HTTP_FORBIDDEN,
			       "Nothing was changed, for a browser may have been led to ask this: "
			       "leave out what browsers send (Accept-Language, Origin, Referer, "
			       "Sec-Fetch-*), or use POST.");
		return answer_refusal(request);
	}
	answer_about(request, &page);
	page.form = &request->form;
	page_confirm(&html, &page, request->path + 1);
	return answer_page(request, MHD_HTTP_OK, &html);
}

/* Answers with a page, on top of it what was said; `why` where something was refused, which
 * programs get alone. */
static enum MHD_Result show(struct request *request,
			    void (*write)(struct html *html, const struct page *page),
			    const struct uxm_failure *why, const char *said)
{
	struct html html = {.text = NULL};
	struct page page;

	if (why != NULL && request->wants_json)
		return answer_text(request, answer_status(why->result), why->text);
	answer_about(request, &page);
	page.said = why != NULL ? why->text : said;
	page.said_is_bad = why != NULL;
	page.form = why != NULL ? &request->form : NULL;
	write(&html, &page);
	return answer_page(request, why != NULL ? answer_status(why->result) : MHD_HTTP_OK, &html);
}

static const char *said_of(const char *word)
{
	static const struct {
		const char *word;
		const char *sentence;
	} rows[] = {
		{"saved", "The settings are saved."},
		{"restart", "The start-up procedure has begun."},
		{"looking", "The provisioning server is being asked."},
		{"now", "The update begins."},
		{"later", "You will be asked again later."},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].word, word) == 0)
			return rows[i].sentence;
	}
	return NULL;
}

/* After a form: the browser goes to the page, so that a reload sends nothing again. */
static const char *said_before(const struct request *request)
{
	const char *said = form_value(&request->form, "said");

	return said != NULL ? said_of(said) : NULL;
}

static enum MHD_Result show_first(struct request *request)
{
	return answer_there(request, "info.htm");
}

static enum MHD_Result show_info(struct request *request)
{
	return show(request, page_info, NULL, said_before(request));
}

/* To look at the server now, and the answers to what it offers. */
static enum MHD_Result do_info(struct request *request)
{
	const struct web_actions *actions = &request->web->with.actions;
	const char *what = form_value(&request->form, "do");
	const char *question = form_value(&request->form, "question");
	char to[32];
	struct uxm_failure why;
	bool fine;

	what = what != NULL ? what : "";
	if (strcmp(what, "look") == 0) {
		fine = actions->look(actions->self, &why);
	} else if (strcmp(what, "now") == 0 || strcmp(what, "later") == 0) {
		fine = actions->answer(actions->self, strcmp(what, "now") == 0,
				       question != NULL ? question : "", &why);
	} else {
		uxm_fail(&why, UXM_USAGE,
			 "It is not said what is to be done: do=look, do=now or do=later.");
		fine = false;
	}
	if (!fine)
		return show(request, page_info, &why, NULL);
	snprintf(to, sizeof(to), "info.htm?said=%s", strcmp(what, "look") == 0 ? "looking" : what);
	if (request->is_post)
		return answer_there(request, to);
	return show(request, page_info, NULL, said_of(strrchr(to, '=') + 1));
}

static enum MHD_Result show_update(struct request *request)
{
	return show(request, page_update, NULL, said_before(request));
}

static enum MHD_Result show_settings(struct request *request)
{
	return show(request, page_settings, NULL, said_before(request));
}

static enum MHD_Result show_restart(struct request *request)
{
	return show(request, page_restart, NULL, said_before(request));
}

static enum MHD_Result show_status(struct request *request)
{
	return answer_json(request, MHD_HTTP_OK, state_json(request->web->with.state));
}

static enum MHD_Result show_style(struct request *request)
{
	return answer_static(request, static_style, static_style_size, "text/css; charset=utf-8");
}

static enum MHD_Result show_script(struct request *request)
{
	return answer_static(request, static_script, static_script_size,
			     "text/javascript; charset=utf-8");
}

static enum MHD_Result show_icon(struct request *request)
{
	return answer_static(request, static_icon, static_icon_size, "image/svg+xml");
}

static enum MHD_Result do_settings(struct request *request)
{
	const char *mark = form_value(&request->form, "settings");
	struct uxm_failure why;

	if (mark == NULL || strcmp(mark, "save") != 0) {
		uxm_fail(&why, UXM_USAGE, "To change settings, settings=save must be sent.");
		return show(request, page_settings, &why, NULL);
	}
	if (!act_save_settings(request, &why))
		return show(request, page_settings, &why, NULL);
	if (request->is_post)
		return answer_there(request, "settings.htm?said=saved");
	return show(request, page_settings, NULL, "The settings are saved.");
}

static enum MHD_Result do_restart(struct request *request)
{
	const struct web_actions *actions = &request->web->with.actions;
	const char *mark = form_value(&request->form, "reboot");
	struct uxm_failure why;

	if (mark == NULL || strcmp(mark, "Reboot") != 0) {
		uxm_fail(&why, UXM_USAGE, "To restart, reboot=Reboot must be sent.");
		return show(request, page_restart, &why, NULL);
	}
	if (!actions->restart(actions->self, &why))
		return show(request, page_restart, &why, NULL);
	if (request->is_post)
		return answer_there(request, "advanced_update.htm?said=restart");
	return show(request, page_restart, NULL, "The start-up procedure has begun.");
}

/* The check boxes of an update. */
static void read_boxes(const struct request *request, struct order *order)
{
	const char *override = form_value(&request->form, "override");
	const char *older = form_value(&request->form, "older");

	order->override = override != NULL && strcmp(override, "on") == 0;
	order->allow_older = older != NULL && strcmp(older, "on") == 0;
}

static bool load(struct request *request, struct uxm_failure *why)
{
	const struct web_actions *actions = &request->web->with.actions;
	struct order order = {.source = NULL};

	form_trim(&request->form, "firmware");
	order.source = form_value(&request->form, "firmware");
	if (order.source == NULL || order.source[0] == '\0') {
		uxm_fail(why, UXM_USAGE, "The field Firmware is empty: enter a complete URL.");
		return false;
	}
	read_boxes(request, &order);
	return actions->start(actions->self, &order, -1, why);
}

static enum MHD_Result do_update(struct request *request)
{
	const struct web_actions *actions = &request->web->with.actions;
	const char *what = form_value(&request->form, "do");
	const char *mark = form_value(&request->form, "settings");
	struct uxm_failure why;
	bool fine;

	/* The file of a form; of one that was not taken whole the page says why. */
	if (request->upload != NULL && request->wants_json &&
	    upload_refusal(request->upload) != NULL)
		return do_upload(request);
	if (request->upload != NULL)
		return answer_there(request, "update.htm");
	if (mark != NULL && strcmp(mark, "save") == 0) {
		fine = act_save_settings(request, &why);
	} else if (what != NULL && strcmp(what, "load") == 0) {
		fine = load(request, &why);
	} else if (what != NULL && strcmp(what, "cancel") == 0) {
		fine = actions->cancel(actions->self, &why);
	} else {
		uxm_fail(&why, UXM_USAGE, "It is not said what is to be done.");
		fine = false;
	}
	if (!fine)
		return show(request, page_update, &why, NULL);
	return answer_there(request, mark != NULL ? "update.htm?said=saved" : "update.htm");
}

static enum MHD_Result do_upload(struct request *request)
{
	const struct uxm_failure *why = upload_refusal(request->upload);
	unsigned status = MHD_HTTP_CONFLICT;

	if (why == NULL)
		return answer_text(request, MHD_HTTP_ACCEPTED,
				   "The file has arrived; status.json says how it goes on.");
	if (why->result == UXM_UPDATED)
		status = MHD_HTTP_OK;
	else if (why->result == UXM_IMAGE_REFUSED)
		status = MHD_HTTP_UNPROCESSABLE_CONTENT;
	return answer_text(request, status, why->text);
}

/* Browsers of old send the whole path. */
static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *back = strrchr(name, '\\');

	if (slash == NULL || (back != NULL && back > slash))
		slash = back;
	return slash != NULL ? slash + 1 : name;
}

void act_upload(struct request *request, const char *name, uint64_t size)
{
	const struct web_actions *actions = &request->web->with.actions;
	struct order order = {.upload_size = size};
	struct uxm_failure why;
	int input = -1;
	bool fine;

	if (name == NULL || *last_part(name) == '\0') {
		request_refuse(request, MHD_HTTP_BAD_REQUEST, "No file was chosen.");
		return;
	}
	if (size == 0) {
		request_refuse(request, MHD_HTTP_BAD_REQUEST, "The file is empty.");
		return;
	}
	order.source = last_part(name);
	read_boxes(request, &order);
	request->upload = upload_new(request, size, &input);
	if (request->upload == NULL) {
		request_refuse(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
			       "There is no memory left; try again.");
		return;
	}
	fine = actions->start(actions->self, &order, input, &why);
	close(input);
	if (fine) {
		request->web->upload = request->upload;
		web_patience(request->web, request->connection, false);
		return;
	}
	request_refuse(request, answer_status(why.result), why.text);
	upload_free(request->upload);
	request->upload = NULL;
}
