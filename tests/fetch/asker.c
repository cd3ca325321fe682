/* Drives fetch/curl.h through one request. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "asker.h"

#include <string.h>
#include <time.h>

#include "pattern.h"

/* No request may take longer, in milliseconds. */
#define PATIENCE 20000

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void on_connected(void *self)
{
	struct asker *asker = self;

	asker->connected++;
}

static bool on_response(void *self, const struct fetch_response *response, uint64_t *expected)
{
	struct asker *asker = self;

	asker->responses++;
	asker->response = *response;
	if ((response->status != 200 && response->status != 206) ||
	    (response->has_length && response->length == 0))
		return false;
	*expected = response->has_length ? response->length : UINT64_MAX;
	return true;
}

static enum fetch_take on_body(void *self, const uint8_t *bytes, size_t length)
{
	struct asker *asker = self;
	uint64_t first = asker->response.status == 206 ? asker->response.first : 0;

	assert_in_range(length, 1, FETCH_BLOCK);
	assert_int_equal(asker->responses, 1);
	if (asker->stop_after != 0 && asker->bytes >= asker->stop_after)
		return FETCH_ENOUGH;
	assert_int_equal(pattern_match(first + asker->bytes, bytes, length), length);
	asker->bytes += length;
	return FETCH_TAKEN;
}

static const struct fetch_receiver_ops receiver_ops = {
	.connected = on_connected,
	.response = on_response,
	.body = on_body,
};

void asker_set_up(struct asker *asker, const struct fetch_trust *trust)
{
	struct fetch_curl_options options = {.connect_time = 5000};

	memset(asker, 0, sizeof(*asker));
	if (trust != NULL)
		options.trust = *trust;
	assert_true(fetch_curl_new(&options, &asker->curl));
}

void asker_tear_down(struct asker *asker)
{
	fetch_curl_free(asker->curl);
	asker->curl = NULL;
}

enum fetch_end asker_ask(struct asker *asker, const struct fetch_request *request)
{
	struct fetch_transfer transfer = fetch_curl_transfer(asker->curl);
	struct fetch_receiver receiver = {.ops = &receiver_ops, .self = asker};
	uint64_t until = now() + PATIENCE;
	enum fetch_end end;

	asker->connected = 0;
	asker->responses = 0;
	asker->bytes = 0;
	asker->longest = 0;
	asker->response = (struct fetch_response){.status = 0};
	end = transfer.ops->start(transfer.self, request, &receiver);
	while (end == FETCH_RUNNING) {
		uint64_t start = now();

		assert_true(start < until);
		end = transfer.ops->perform(transfer.self, &asker->outcome);
		if (now() - start > asker->longest)
			asker->longest = now() - start;
		if (end == FETCH_RUNNING)
			assert_true(fetch_curl_wait(asker->curl, NULL, 0, 1000));
	}
	assert_null(strstr(asker->outcome.detail, "secret"));
	assert_null(strstr(asker->response.phrase, "secret"));
	return end;
}

enum fetch_end asker_get(struct asker *asker, const char *url, const struct fetch_access *access)
{
	const struct fetch_request request = {
		.url = url, .access = access, .netrc = true, .if_range = ""};

	return asker_ask(asker, &request);
}
