/* Answers, and what is on each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/digest.h"
#include "phone/web_inside.h"

/* No inline script or style, nothing from elsewhere, no frames. */
#define POLICY                                                                                     \
	"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "            \
	"img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

static const char html_type[] = "text/html; charset=utf-8";

unsigned answer_status(enum uxm_result result)
{
	switch (result) {
	case UXM_USAGE:
		return MHD_HTTP_BAD_REQUEST;
	case UXM_NO_MODULE:
	case UXM_SEVERAL_MODULES:
	case UXM_BUSY:
		return MHD_HTTP_CONFLICT;
	case UXM_IMAGE_REFUSED:
		return MHD_HTTP_UNPROCESSABLE_CONTENT;
	case UXM_NOT_PERMITTED:
		return MHD_HTTP_FORBIDDEN;
	default:
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

void answer_about(const struct request *request, struct page *page)
{
	const struct web *web = request->web;

	memset(page, 0, sizeof(*page));
	page->state = web->with.state;
	page->record = web->with.record;
	page->settings = web->with.settings;
	page->token = web->token;
	page->may_change = request->facts.has_password ? request->facts.knows_password
						       : request->facts.loopback;
}

void answer_headers(struct MHD_Response *response, const char *type, bool keep)
{
	(void)MHD_add_response_header(response, "Content-Type", type);
	(void)MHD_add_response_header(response, "Content-Security-Policy", POLICY);
	(void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	(void)MHD_add_response_header(response, "X-Frame-Options", "DENY");
	(void)MHD_add_response_header(response, "Referrer-Policy", "same-origin");
	(void)MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	(void)MHD_add_response_header(response, "Cache-Control", keep ? "no-cache" : "no-store");
}

/* Asks who it is. */
static enum MHD_Result queue_who(struct request *request, struct MHD_Response *response)
{
	static const char basic[] = "Basic realm=\"" WEB_REALM "\", charset=\"UTF-8\"";
	const char *user = phone_settings_text(request->web->with.settings, PHONE_HTTP_USER);
	enum MHD_Result done;

	if (!digest_can_carry(user)) {
		(void)MHD_add_response_header(response, "WWW-Authenticate", basic);
		return MHD_queue_response(request->connection, MHD_HTTP_UNAUTHORIZED, response);
	}
	done = MHD_queue_auth_fail_response2(request->connection, WEB_REALM, WEB_REALM, response,
					     request->stale ? MHD_YES : MHD_NO,
					     MHD_DIGEST_ALG_SHA256);
	/* Digest stands first: browsers of old take the first that they know. */
	(void)MHD_add_response_header(response, "WWW-Authenticate", basic);
	return done;
}

static enum MHD_Result queue(struct request *request, unsigned status,
			     struct MHD_Response *response)
{
	char seconds[16];
	enum MHD_Result done;

	if (request->wait > 0) {
		snprintf(seconds, sizeof(seconds), "%u", (unsigned)request->wait);
		(void)MHD_add_response_header(response, "Retry-After", seconds);
	}
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
	done = status == MHD_HTTP_UNAUTHORIZED
		       ? queue_who(request, response)
		       : MHD_queue_response(request->connection, status, response);
	MHD_destroy_response(response);
	return done;
}

enum MHD_Result answer_page(struct request *request, unsigned status, struct html *html)
{
	struct MHD_Response *response;

	if (html->failed) {
		html_clear(html);
		return MHD_NO;
	}
	response = MHD_create_response_from_buffer(html->length, html->text, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		html_clear(html);
		return MHD_NO;
	}
	answer_headers(response, html_type, false);
	return queue(request, status, response);
}

enum MHD_Result answer_static(struct request *request, const void *text, size_t size,
			      const char *type)
{
	/* libmicrohttpd does not write to it, and does not say so. */
	union {
		const void *text;
		void *buffer;
	} from = {.text = text};
	struct MHD_Response *response =
		MHD_create_response_from_buffer(size, from.buffer, MHD_RESPMEM_PERSISTENT);

	if (response == NULL)
		return MHD_NO;
	answer_headers(response, type, true);
	return queue(request, MHD_HTTP_OK, response);
}

enum MHD_Result answer_json(struct request *request, unsigned status, cJSON *object)
{
	struct MHD_Response *response = NULL;
	char *text = object != NULL ? cJSON_PrintUnformatted(object) : NULL;

	cJSON_Delete(object);
	if (text != NULL)
		response =
			MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
	cJSON_free(text);
	if (response == NULL)
		return MHD_NO;
	answer_headers(response, "application/json", false);
	return queue(request, status, response);
}

enum MHD_Result answer_text(struct request *request, unsigned status, const char *text)
{
	cJSON *object = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(object, "text", text);
	return answer_json(request, status, object);
}

enum MHD_Result answer_there(struct request *request, const char *to)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

	if (response == NULL)
		return MHD_NO;
	answer_headers(response, html_type, false);
	(void)MHD_add_response_header(response, "Location", to);
	return queue(request, MHD_HTTP_SEE_OTHER, response);
}

/* What a verdict means to the one who asks. */
static unsigned verdict_status(enum access_verdict verdict, const char **sentence)
{
	switch (verdict) {
	case ACCESS_NO_HOST:
		*sentence = "This address is not this phone's: use its IP address, or the name "
			    "that it is configured to have.";
		return MHD_HTTP_MISDIRECTED_REQUEST;
	case ACCESS_WHO:
		*sentence = "A password is needed: that of the setting http_pass, and the user of "
			    "http_user; any user will do where that is empty.";
		return MHD_HTTP_UNAUTHORIZED;
	case ACCESS_LOCAL_ONLY:
		*sentence = "No password is set, so changes are only accepted from the phone "
			    "itself: set http_user and http_pass there first.";
		return MHD_HTTP_FORBIDDEN;
	case ACCESS_TOKEN:
		*sentence = "This form is too old, or comes from elsewhere: open the page anew "
			    "and send it again.";
		return MHD_HTTP_FORBIDDEN;
	case ACCESS_HIDDEN_TAGS:
		*sentence = "The setting hidden_tags is on, so links change nothing: use the "
			    "pages.";
		return MHD_HTTP_FORBIDDEN;
	case ACCESS_CONFIRM:
	case ACCESS_GRANTED:
		break;
	}
	*sentence = NULL;
	return MHD_HTTP_OK;
}

enum MHD_Result answer_refusal(struct request *request)
{
	const char *sentence = request->why.text;
	unsigned status = request->status;
	struct html html = {.text = NULL};
	struct page page;

	if (status == 0)
		status = verdict_status(request->verdict, &sentence);
	if (request->wants_json)
		return answer_text(request, status, sentence);
	answer_about(request, &page);
	page.said = sentence;
	page.said_is_bad = true;
	if (request->verdict == ACCESS_NO_HOST || request->verdict == ACCESS_WHO) {
		/* Nothing of the phone is for somebody who may not read it, its style included. */
		html_write(&html,
			   "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			   "<meta name=\"viewport\" content=\"width=device-width\">"
			   "<meta name=\"color-scheme\" content=\"light dark\">"
			   "<title>No</title></head><body><main><p>%s</p></main></body></html>\n",
			   sentence);
	} else {
		page_sentence(&html, &page,
			      status == MHD_HTTP_NOT_FOUND ? "No such page" : "This was not done");
	}
	return answer_page(request, status, &html);
}
