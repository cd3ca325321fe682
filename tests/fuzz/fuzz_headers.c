/*
 * A response's header lines: the input as a server sends them, each up to its '\n'. What is read
 * out of them must be possible, and what is judged to be the image must be it.
 */
#include "fetch/headers.h"
#include "fetch/judge.h"
#include "tests/fuzz/feed.h"

#define WHOLE UINT64_C(1000000)

static void check_response(const struct fetch_response *response)
{
	hold(response->status == 0 || (response->status >= 100 && response->status <= 999),
	     "a status has three digits");
	hold(response->length <= INT64_MAX && response->complete <= INT64_MAX,
	     "no number is larger than a file can be");
	hold(!response->has_range || response->first <= response->last, "a range has bytes");
	hold(!response->has_range || !response->has_complete || response->last < response->complete,
	     "a range lies within the whole");
	hold(!response->has_retry_after || response->retry_after <= 86400,
	     "no pause is longer than a day");
	hold(strnlen(response->phrase, sizeof(response->phrase)) < sizeof(response->phrase) &&
		     strnlen(response->encoding, sizeof(response->encoding)) <
			     sizeof(response->encoding) &&
		     strnlen(response->location, FETCH_URL_TEXT) < FETCH_URL_TEXT &&
		     strnlen(response->validators.etag, FETCH_ETAG_TEXT) < FETCH_ETAG_TEXT &&
		     strnlen(response->validators.modified, FETCH_DATE_TEXT) < FETCH_DATE_TEXT,
	     "texts have an end");
}

static void check_judgement(const struct fetch_response *response, uint64_t from, uint64_t size)
{
	const struct fetch_wanted wanted = {
		.shown = "the file", .from = from, .size = size, .largest = 2 * WHOLE};
	struct fetch_body body;
	struct uxm_failure why = {.result = UXM_UPDATED};

	if (!fetch_judge(&wanted, response, &body, &why)) {
		hold(why.result == UXM_FETCH_FAILED || why.result == UXM_IMAGE_REFUSED,
		     "what is no image is refused as one, or was not fetched");
		hold_sentence(why.text, sizeof(why.text));
		return;
	}
	hold(body.size > 0 && body.size <= wanted.largest, "its size was allowed");
	hold(size == 0 || body.size == size, "it has not changed");
	hold(body.first == 0 || body.first == from, "it begins where it was asked to");
	hold(body.first < body.size, "something comes");
	hold(response->encoding[0] == '\0', "it comes in the clear");
}

static void check_digest(const struct fetch_response *response)
{
	uint8_t bytes[FETCH_DIGEST_SIZE];
	uint8_t again[FETCH_DIGEST_SIZE];
	bool said = fetch_digest_said(&response->representation, &response->content, bytes);

	hold(!said || response->representation.named || response->content.named,
	     "a digest was named");
	hold(said == fetch_digest_said(&response->content, &response->representation, again) &&
		     (!said || memcmp(bytes, again, sizeof(bytes)) == 0),
	     "it does not matter which field named it");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct fetch_headers *headers = calloc(1, sizeof(*headers));

	hold(headers != NULL, "there is memory");
	fetch_headers_clear(headers);
	while (length > 0) {
		const uint8_t *end = memchr(input, '\n', length);
		size_t part = end != NULL ? (size_t)(end + 1 - input) : length;
		/* A copy of just this size, so that reading behind it is seen. */
		char *line = malloc(part);
		enum fetch_line said;

		hold(line != NULL, "there is memory");
		memcpy(line, input, part);
		said = fetch_headers_line(headers, line, part);
		free(line);
		check_response(&headers->response);
		hold(headers->bytes <= FETCH_HEADERS, "all lines together are bounded");
		if (said == FETCH_LINE_COMPLETE) {
			hold(headers->response.status >= 200, "only a last response is complete");
			check_judgement(&headers->response, 0, 0);
			check_judgement(&headers->response, 0, WHOLE);
			check_judgement(&headers->response, 5, WHOLE);
			check_digest(&headers->response);
		}
		input += part;
		length -= part;
	}
	free(headers);
	return 0;
}
