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
	scripted->starts++;
	if (script->start != FETCH_RUNNING)
		return script->start;
	scripted->running = true;
	scripted->step = script->steps;
	scripted->sent = 0;
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

/* Returns false when the receiver ends the transfer. */
static bool send_headers(struct scripted *scripted)
{
	const char *line = scripted->step->lines;
	uint64_t expected = 0;

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

/* Sends on until the step is over or the receiver says something else. */
static enum fetch_take send_body(struct scripted *scripted)
{
	const struct step *step = scripted->step;
	uint8_t bytes[FETCH_BLOCK];

	while (scripted->sent < step->length) {
		size_t length = step->piece != 0 ? step->piece : 16384;
		enum fetch_take take;

		if (length > step->length - scripted->sent)
			length = (size_t)(step->length - scripted->sent);
		pattern_fill(step->offset + scripted->sent, bytes, length);
		take = scripted->receiver.ops->body(scripted->receiver.self, bytes, length);
		if (take == FETCH_FULL && length > scripted->most_held)
			scripted->most_held = length;
		if (take != FETCH_TAKEN)
			return take;
		scripted->sent += length;
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
		break;
	}
	scripted->step++;
	scripted->sent = 0;
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
