/* Server-sent events. */
#include "phone/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libmicrohttpd asks for at a time, in bytes. */
#define PIECE 4096u

struct stream {
	struct web *web;
	struct MHD_Connection *connection;
	struct stream *next;
	struct stream **before;
	struct loop_watch socket;
	uint8_t address[ACCESS_ADDRESS];
	bool lost;
	bool comment;      /* one is due */
	bool begun;        /* `revision` was told */
	uint64_t guard;    /* the number when it began */
	uint64_t revision; /* of the state that was told last */
	char *text;        /* what is being sent */
	size_t length;
	size_t at;
};

static void wake(struct stream *stream)
{
	loop_unwatch(&stream->socket);
	web_resume(stream->web, stream->connection);
}

/* A suspended connection does not see that the other side has gone; the socket itself does. */
static void on_socket(void *self, uint32_t events)
{
	struct stream *stream = self;

	(void)events;
	stream->lost = true;
	wake(stream);
}

static void on_comment(void *self)
{
	struct web *web = self;

	for (struct stream *stream = web->streams; stream != NULL; stream = stream->next) {
		stream->comment = true;
		wake(stream);
	}
	if (web->streams != NULL)
		loop_at(web->with.loop, &web->comment, loop_now(web->with.loop) + WEB_COMMENT,
			on_comment, web);
}

/* The next text that is to be sent; false: there is none, or no memory (*failed). */
static bool next_text(struct stream *stream, bool *failed)
{
	const struct state *state = stream->web->with.state;
	cJSON *object;
	char *json;
	int length = -1;

	free(stream->text);
	stream->text = NULL;
	stream->length = 0;
	stream->at = 0;
	if (!stream->begun || stream->revision != state->revision) {
		object = state_json(state);
		json = object != NULL ? cJSON_PrintUnformatted(object) : NULL;
		cJSON_Delete(object);
		if (json != NULL)
			length = asprintf(&stream->text, "data: %s\n\n", json);
		cJSON_free(json);
		stream->begun = true;
		stream->revision = state->revision;
	} else if (stream->comment) {
		length = asprintf(&stream->text, ": nothing new\n\n");
	} else {
		return false;
	}
	stream->comment = false;
	*failed = length < 0;
	if (*failed)
		stream->text = NULL;
	else
		stream->length = (size_t)length;
	return !*failed;
}

static ssize_t read_stream(void *self, uint64_t position, char *to, size_t most)
{
	struct stream *stream = self;
	const union MHD_ConnectionInfo *info;
	bool failed = false;
	size_t some;

	(void)position;
	if (stream->web->ending || !guard_is_fresh(stream->web) ||
	    stream->guard != stream->web->guard.number)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (stream->lost)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (stream->at == stream->length && !next_text(stream, &failed)) {
		info = MHD_get_connection_info(stream->connection,
					       MHD_CONNECTION_INFO_CONNECTION_FD);
		if (failed || info == NULL ||
		    !loop_watch(stream->web->with.loop, &stream->socket, info->connect_fd,
				EPOLLRDHUP, on_socket, stream) ||
		    !web_suspend(stream->connection))
			return MHD_CONTENT_READER_END_WITH_ERROR;
		return 0;
	}
	some = stream->length - stream->at;
	some = some < most ? some : most;
	memcpy(to, stream->text + stream->at, some);
	stream->at += some;
	return (ssize_t)some;
}

static void free_stream(void *self)
{
	struct stream *stream = self;

	loop_unwatch(&stream->socket);
	*stream->before = stream->next;
	if (stream->next != NULL)
		stream->next->before = stream->before;
	stream->web->streams_count--;
	free(stream->text);
	free(stream);
}

/* Whether this address may have one more. */
static bool has_room(const struct web *web, const uint8_t address[ACCESS_ADDRESS])
{
	size_t same = 0;

	for (const struct stream *stream = web->streams; stream != NULL; stream = stream->next)
		same += memcmp(stream->address, address, ACCESS_ADDRESS) == 0;
	return web->streams_count < WEB_STREAMS && same < WEB_STREAMS_ADDRESS;
}

enum MHD_Result events_begin(struct request *request)
{
	struct web *web = request->web;
	struct MHD_Response *response;
	struct stream *stream;
	enum MHD_Result done;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	uint8_t address[ACCESS_ADDRESS];

	if (info == NULL)
		return MHD_NO;
	access_address(info->client_addr, address);
	if (!has_room(web, address)) {
		request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
			       "Too many programs watch already; try again later.");
		request->wait = WEB_COMMENT / 1000;
		return answer_refusal(request);
	}
	stream = guard_is_fresh(web) ? calloc(1, sizeof(*stream)) : NULL;
	if (stream == NULL)
		return MHD_NO;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, read_stream, stream,
						     free_stream);
	if (response == NULL) {
		free(stream);
		return MHD_NO;
	}
	stream->web = web;
	memcpy(stream->address, address, sizeof(stream->address));
	stream->guard = web->guard.number;
	stream->connection = request->connection;
	stream->next = web->streams;
	stream->before = &web->streams;
	if (web->streams != NULL)
		web->streams->before = &stream->next;
	web->streams = stream;
	web->streams_count++;
	if (web->comment.loop == NULL)
		loop_at(web->with.loop, &web->comment, loop_now(web->with.loop) + WEB_COMMENT,
			on_comment, web);
	answer_headers(response, "text/event-stream; charset=utf-8", false);
	web_patience(web, request->connection, false);
	done = MHD_queue_response(request->connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return done;
}

static void on_tell(void *self)
{
	struct web *web = self;

	web->told = loop_now(web->with.loop);
	for (struct stream *stream = web->streams; stream != NULL; stream = stream->next)
		wake(stream);
}

void events_tell(struct web *web)
{
	if (web->streams != NULL && web->tell.loop == NULL)
		loop_at(web->with.loop, &web->tell, web->told + WEB_EVENT, on_tell, web);
}

void events_end(struct web *web)
{
	loop_cancel(&web->tell);
	loop_cancel(&web->comment);
}
