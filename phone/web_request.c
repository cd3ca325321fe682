/* A request, from its first line to its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phone/upload.h"
#include "phone/web_inside.h"

/* A refused request's body is read, so that its answer is not lost with the connection, up to so
 * many bytes. */
#define DROP_MOST 1048576u

void *request_new(void *web, const char *uri, struct MHD_Connection *connection)
{
	struct request *request = malloc(sizeof(*request));
	size_t path = strcspn(uri, "?");

	if (request == NULL)
		return NULL;
	/* The form's room is left as it is. */
	memset(request, 0, offsetof(struct request, form));
	form_begin(&request->form);
	request->web = web;
	request->connection = connection;
	web_patience(web, connection, true);
	request->address = strlen(uri);
	/* No path of ours is as long as the room, and none has a "%". */
	if (path < sizeof(request->path))
		memcpy(request->path, uri, path);
	if (request->address > WEB_HEADER)
		request_refuse(request, MHD_HTTP_URI_TOO_LONG, "The address is too long.");
	else if (uri[path] == '?' &&
		 (!form_feed(&request->form, uri + path + 1, strlen(uri + path + 1)) ||
		  !form_end(&request->form)))
		request_refuse(request, MHD_HTTP_BAD_REQUEST, "The address cannot be understood.");
	return request;
}

void request_refuse(struct request *request, unsigned status, const char *sentence)
{
	if (request->status != 0)
		return;
	request->status = status;
	uxm_fail(&request->why, UXM_USAGE, "%s", sentence);
}

static bool is_refused(const struct request *request)
{
	return request->status != 0 || request->verdict != ACCESS_GRANTED;
}

static const char *header(struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* Past a media range's end (RFC 9110, section 12.5.1), to a "," or the end. Texts in quotation
 * marks may hold commas. */
static const char *range_end(const char *text)
{
	bool quoted = false;

	for (; *text != '\0' && (quoted || *text != ','); text++) {
		if (quoted && text[0] == '\\' && text[1] != '\0')
			text++;
		else if (*text == '"')
			quoted = !quoted;
	}
	return text;
}

/* Whether its weight (section 12.4.2) is 0: not at all. */
static bool is_unwanted(const char *range, const char *end)
{
	for (; range < end; range++) {
		const char *at = range + 1 + strspn(range + 1, " \t");

		if (*range != ';' || strncasecmp(at, "q=0", 3) != 0)
			continue;
		at += 3;
		at += *at == '.' ? 1 + strspn(at + 1, "0") : 0;
		at += strspn(at, " \t");
		return at == end || *at == ';';
	}
	return false;
}

/* Whether one of the media ranges that a header lists is JSON by name. */
static bool lists_json(const char *accept)
{
	static const char json[] = "application/json";
	const char *end = accept;

	for (; *accept != '\0'; accept = end + (*end == ',' ? 1 : 0)) {
		const char *behind;

		accept += strspn(accept, " \t");
		end = range_end(accept);
		if (strncasecmp(accept, json, sizeof(json) - 1) != 0)
			continue;
		behind = accept + sizeof(json) - 1;
		behind += strspn(behind, " \t");
		if ((behind == end || *behind == ';') && !is_unwanted(behind, end))
			return true;
	}
	return false;
}

static enum MHD_Result see_accept(void *self, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	bool *found = self;

	(void)kind;
	if (strcasecmp(name, "Accept") == 0 && value != NULL && lists_json(value))
		*found = true;
	return MHD_YES;
}

static bool wants_json(struct request *request)
{
	bool found = strcmp(request->path, "/upload") == 0;

	(void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, see_accept, &found);
	return found;
}

static void read_length(struct request *request)
{
	const char *text = header(request, "Content-Length");
	char *end;

	request->is_chunked = header(request, "Transfer-Encoding") != NULL;
	if (text == NULL)
		return;
	errno = 0;
	request->length = strtoull(text, &end, 10);
	request->has_length = errno == 0 && end != text && *end == '\0' && *text != '-';
	if (!request->has_length)
		request->length = 0;
}

static enum MHD_Result add_field(void *self, enum MHD_ValueKind kind, const char *name,
				 size_t name_size, const char *value, size_t value_size)
{
	size_t *sum = self;

	(void)kind;
	(void)name;
	(void)value;
	*sum += name_size + value_size + strlen(": \r\n");
	return MHD_YES;
}

/* libmicrohttpd's own limit leaves no room for an answer to what just fits. */
static void check_header(struct request *request)
{
	size_t sum = request->address;
	int fields = MHD_get_connection_values(request->connection,
					       MHD_HEADER_KIND | MHD_COOKIE_KIND, NULL, NULL);

	(void)MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, add_field, &sum);
	if (sum > WEB_HEADER || fields > (int)WEB_FIELDS)
		request_refuse(request, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
			       "The request's header is too large.");
}

static bool is_token(const struct request *request, const char *token)
{
	return token != NULL && access_same_text(request->web->token, token);
}

static void judge(struct request *request, const char *token)
{
	request->facts.act = act_is_change(request) ? ACCESS_CHANGE : ACCESS_READ;
	request->facts.token_right = is_token(request, token);
	request->verdict = access_judge(&request->facts);
}

/* A form's body: which of the three kinds, and how long. */
static void plan_body(struct request *request)
{
	const char *type = header(request, "Content-Type");
	bool is_multipart = type != NULL && strncasecmp(type, "multipart/", 10) == 0;

	if (strcmp(request->path, "/upload") == 0) {
		request->plan = PLAN_RAW;
		if (is_multipart)
			request_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
				       "The body is a form, and here it must be the file alone: "
				       "send that (curl --data-binary @FILE), or send the form to "
				       "update.htm.");
	} else if (is_multipart) {
		request->plan = PLAN_MULTIPART;
		if (strcmp(request->path, "/update.htm") != 0 ||
		    !multipart_begin(&request->multipart, type, request->length, &request->form))
			request_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
				       "This form cannot be understood.");
	} else {
		request->plan = PLAN_FORM;
		if (request->length > WEB_FORM)
			request_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE,
				       "The form is too large.");
		return;
	}
	if (!request->has_length)
		request_refuse(request, MHD_HTTP_LENGTH_REQUIRED,
			       "The file's length is not said: Content-Length is needed.");
	else if (request->length > WEB_FILE)
		request_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "The file is too large.");
}

static void begin_raw(struct request *request)
{
	judge(request, header(request, "X-Uxm-Token"));
	if (is_refused(request))
		return;
	act_upload(request, form_value(&request->form, "name"), request->length);
}

/* The headers are there. */
static enum MHD_Result begin(struct request *request, const char *method)
{
	request->begun = true;
	request->is_post = strcmp(method, "POST") == 0;
	request->is_head = strcmp(method, "HEAD") == 0;
	request->wants_json = wants_json(request);
	read_length(request);
	check_header(request);
	if (!guard_is_fresh(request->web))
		request_refuse(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
			       "There is no memory left; try again.");
	who_asks(request);
	/* Of a form the token is not known yet, and no other verdict waits for it. */
	request->facts.act = act_is_change(request) ? ACCESS_CHANGE : ACCESS_READ;
	request->facts.token_right = true;
	request->verdict = access_judge(&request->facts);
	if (!request->is_post && !request->is_head && strcmp(method, "GET") != 0)
		request_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED,
			       "Only GET, HEAD and POST are understood.");
	else if (request->is_head && act_is_change(request))
		request_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "HEAD changes nothing.");
	if (request->is_post && !is_refused(request))
		plan_body(request);
	if (request->plan == PLAN_RAW && !is_refused(request))
		begin_raw(request);
	/* Who waits to be asked for the body, or whose body is very long or may be, is answered at
	 * once. */
	if (is_refused(request) && (request->length > DROP_MOST || request->is_chunked ||
				    header(request, "Expect") != NULL))
		return answer_refusal(request);
	return MHD_YES;
}

/* The file of a form begins: all else of it is known. */
static void begin_file(struct request *request)
{
	judge(request, form_value(&request->form, "token"));
	if (!is_refused(request))
		act_upload(request, request->multipart.file_name, request->multipart.file_size);
}

static enum MHD_Result read_multipart(struct request *request, const char *data, size_t *size)
{
	size_t used = 0;

	for (;;) {
		const char *bytes = NULL;
		size_t count = 0;
		size_t taken;

		switch (multipart_next(&request->multipart, data, *size, &used, &bytes, &count)) {
		case MULTIPART_MORE:
			*size -= used;
			return MHD_YES;
		case MULTIPART_FILE:
			begin_file(request);
			break;
		case MULTIPART_BYTES:
			taken = request->upload != NULL ? upload_feed(request->upload, bytes, count)
							: count;
			multipart_took(&request->multipart, taken, &used);
			if (taken < count) {
				*size -= used;
				return MHD_YES;
			}
			break;
		case MULTIPART_END:
			break;
		case MULTIPART_BAD:
			/* What the job has is no image: its pipe closes before the last byte. */
			upload_free(request->upload);
			request->upload = NULL;
			request_refuse(request, MHD_HTTP_BAD_REQUEST,
				       "This form cannot be understood.");
			*size = 0;
			return MHD_YES;
		}
	}
}

static enum MHD_Result read_body(struct request *request, const char *data, size_t *size)
{
	if (request->upload != NULL && upload_is_lost(request->upload))
		return MHD_NO;
	switch (is_refused(request) ? PLAN_DROP : request->plan) {
	case PLAN_FORM:
		if (!form_feed(&request->form, data, *size))
			request_refuse(request,
				       request->form.fault == FORM_TOO_LARGE
					       ? MHD_HTTP_CONTENT_TOO_LARGE
					       : MHD_HTTP_BAD_REQUEST,
				       request->form.fault == FORM_TOO_LARGE
					       ? "The form is too large."
					       : "This form cannot be understood.");
		*size = 0;
		return MHD_YES;
	case PLAN_MULTIPART:
		return read_multipart(request, data, size);
	case PLAN_RAW:
		*size -= upload_feed(request->upload, data, *size);
		return MHD_YES;
	case PLAN_DROP:
		break;
	}
	/* What says no length may have no end. */
	request->dropped += request->is_chunked ? *size : 0;
	*size = 0;
	return request->dropped <= DROP_MOST ? MHD_YES : MHD_NO;
}

/* The body is complete. */
static enum MHD_Result end(struct request *request)
{
	if (request->status == 0 && request->verdict == ACCESS_CONFIRM)
		return act(request);
	if (is_refused(request))
		return answer_refusal(request);
	if (request->upload != NULL) {
		if (request->plan == PLAN_MULTIPART && request->multipart.state != MULTIPART_ENDED)
			return MHD_NO;
		if (upload_is_lost(request->upload))
			return MHD_NO;
		if (!upload_end(request->upload) || !upload_is_settled(request->upload))
			return MHD_YES;
		return act(request);
	}
	if (request->plan == PLAN_FORM) {
		if (!form_end(&request->form))
			request_refuse(request, MHD_HTTP_BAD_REQUEST,
				       "This form cannot be understood.");
		judge(request, form_value(&request->form, "token"));
	} else if (request->plan == PLAN_MULTIPART) {
		request_refuse(request, MHD_HTTP_BAD_REQUEST, "There is no file in this form.");
	}
	return is_refused(request) ? answer_refusal(request) : act(request);
}

enum MHD_Result request_handle(void *web, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *data,
			       size_t *size, void **state)
{
	struct request *request = *state;

	(void)connection;
	(void)url;
	(void)version;
	if (request == NULL || ((struct web *)web)->ending)
		return MHD_NO;
	if (!request->begun)
		return begin(request, method);
	if (*size > 0)
		return read_body(request, data, size);
	return end(request);
}

void request_done(void *web, struct MHD_Connection *connection, void **state,
		  enum MHD_RequestTerminationCode how)
{
	struct request *request = *state;

	(void)how;
	if (request == NULL)
		return;
	*state = NULL;
	/* The next one on this connection. */
	web_patience(web, connection, true);
	upload_free(request->upload);
	form_forget(&request->form);
	free(request);
}
