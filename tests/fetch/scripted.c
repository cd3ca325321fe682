/* A transfer that follows a script. It keeps the promises of fetch/transfer.h, and ends the test
 * when the other side breaks one. */
#include "scripted.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#include "pattern.h"

static void scripted_stop(void *self)
{
	struct scripted *scripted = self;

	scripted->stops++;
	scripted->running = false;
}

static enum fetch_end scripted_start(void *self, const struct fetch_request *request,
				     const struct fetch_receiver *receiver)
{
	struct scripted *scripted = self;
	const struct script *script;

	assert_true(scripted->starts < scripted->count && scripted->starts < SCRIPTED_STARTS);
	script = &scripted->scripts[scripted->starts];
	snprintf(scripted->url[scripted->starts], sizeof(scripted->url[0]), "%s", request->url);
	scripted->from[scripted->starts] = request->from;
	scripted->started[scripted->starts] = scripted->time;
	snprintf(scripted->if_range[scripted->starts], sizeof(scripted->if_range[0]), "%s",
		 request->if_range);
	if (request->known != NULL)
		scripted->known[scripted->starts] = *request->known;
	snprintf(scripted->user[scripted->starts], sizeof(scripted->user[0]), "%s",
		 request->access != NULL ? request->access->user : "");
	scripted->starts++;
	if (script->start != FETCH_RUNNING)
		return script->start;
	scripted->running = true;
	scripted->connected = false;
	scripted->step = script->steps;
	scripted->sent = 0;
	scripted->again = 0;
	scripted->receiver = *receiver;
	fetch_headers_clear(&scripted->headers);
	return FETCH_RUNNING;
}

static enum fetch_end finish(struct scripted *scripted, enum fetch_end end, const char *detail,
			     struct fetch_outcome *outcome)
{
	scripted->running = false;
	outcome->end = end;
	snprintf(outcome->detail, sizeof(outcome->detail), "%s", detail != NULL ? detail : "");
	return end;
}

static void connect_once(struct scripted *scripted)
{
	if (!scripted->connected)
		scripted->receiver.ops->connected(scripted->receiver.self);
	scripted->connected = true;
}

/* Returns false when the receiver ends the transfer. */
static bool send_headers(struct scripted *scripted)
{
	const char *line = scripted->step->lines;
	uint64_t expected = 0;

	connect_once(scripted);
	while (*line != '\0') {
		size_t length = strcspn(line, "\n");

		assert_int_equal(fetch_headers_line(&scripted->headers, line, length),
				 FETCH_LINE_MORE);
		line += length;
		line += *line == '\n' ? 1 : 0;
	}
	assert_int_equal(fetch_headers_line(&scripted->headers, "\r\n", 2), FETCH_LINE_COMPLETE);
	if (!scripted->receiver.ops->response(scripted->receiver.self, &scripted->headers.response,
					      &expected))
		return false;
	assert_true(expected > 0);
	return true;
}

/* The bytes from `sent` of the step on. */
static void fill(const struct step *step, uint64_t sent, uint8_t *bytes, size_t length)
{
	uint64_t first = step->offset + sent;

	pattern_fill(first, bytes, length);
	if (step->spoiled > first && step->spoiled <= first + length)
		bytes[step->spoiled - 1 - first] ^= 0x40;
}

/* Sends on until the step is over or the receiver says something else. */
static enum fetch_take send_body(struct scripted *scripted)
{
	const struct step *step = scripted->step;
	uint8_t bytes[FETCH_BLOCK];

	while (scripted->sent < step->length) {
		size_t length = step->piece != 0 ? step->piece : 16384;
		enum fetch_take take;

		if (step->held != 0 && scripted->sent < scripted->again)
			length = step->held;
		if (length > step->length - scripted->sent)
			length = (size_t)(step->length - scripted->sent);
		fill(step, scripted->sent, bytes, length);
		take = scripted->receiver.ops->body(scripted->receiver.self, bytes, length);
		if (scripted->sent + length > scripted->again)
			scripted->again = scripted->sent + length;
		if (take == FETCH_FULL && length > scripted->most_held)
			scripted->most_held = length;
		if (take != FETCH_TAKEN)
			return take;
		scripted->sent += length;
		scripted->offered += length;
		if (step->pace != 0)
			break;
	}
	return FETCH_TAKEN;
}

static enum fetch_end scripted_perform(void *self, struct fetch_outcome *outcome)
{
	struct scripted *scripted = self;
	const struct step *step = scripted->step;
	enum fetch_take take;

	assert_true(scripted->running);
	scripted->performs++;
	switch (step->kind) {
	case STEP_FINISH:
		return finish(scripted, step->end != FETCH_RUNNING ? step->end : FETCH_COMPLETE,
			      step->detail, outcome);
	case STEP_NOTHING:
		scripted->time += step->length;
		break;
	case STEP_SILENT:
		return FETCH_RUNNING;
	case STEP_CONNECTED:
		connect_once(scripted);
		break;
	case STEP_HEADERS:
		if (!send_headers(scripted))
			return finish(scripted, FETCH_STOPPED, NULL, outcome);
		break;
	case STEP_BODY:
		take = send_body(scripted);
		if (take == FETCH_ENOUGH)
			return finish(scripted, FETCH_STOPPED, NULL, outcome);
		if (take == FETCH_FULL)
			return FETCH_RUNNING;
		scripted->time += step->pace;
		if (scripted->sent < step->length)
			return FETCH_RUNNING;
		break;
	}
	scripted->step++;
	scripted->sent = 0;
	scripted->again = 0;
	return FETCH_RUNNING;
}

static const struct fetch_transfer_ops scripted_ops = {
	.start = scripted_start,
	.perform = scripted_perform,
	.stop = scripted_stop,
};

struct fetch_transfer scripted_transfer(struct scripted *scripted)
{
	return (struct fetch_transfer){.ops = &scripted_ops, .self = scripted};
}

static uint64_t scripted_now(void *self)
{
	const struct scripted *scripted = self;

	return scripted->time;
}

struct uxm_clock scripted_clock(struct scripted *scripted)
{
	static const struct uxm_clock_ops clock_ops = {.now = scripted_now};

	return (struct uxm_clock){.ops = &clock_ops, .self = scripted};
}

bool scripted_is_silent(const struct scripted *scripted)
{
	return !scripted->running || scripted->step->kind == STEP_SILENT;
}
