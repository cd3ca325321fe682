/* Responses (RFC 9110), from text through fetch/headers.c. */
#include "tests/simulation/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_TEXT 512
#define MIRROR    "/mirror/"

/* The response under construction. */
struct answer {
	unsigned status;
	uint64_t length;
	uint64_t first;
	uint64_t last;
	uint64_t complete;
	bool no_range;
	bool no_length;
};

void answer_prepare(struct network *network, const struct fetch_request *request)
{
	enum served_file which = SERVED_FIRST;
	const struct served *file;

	if (network_fires(network, NETWORK_CHANGED) != NULL)
		network->changed = true;
	if (strstr(request->url, network->files[SERVED_SECOND].name) != NULL)
		which = SERVED_SECOND;
	else if (network->changed)
		which = SERVED_CHANGED;
	file = &network->files[which];
	network->file = file;
	network->from = request->from;
	network->elsewhere = strstr(request->url, MIRROR) != NULL;
	/* RFC 9110, section 13.1.5: a weak validator never holds. */
	network->condition = request->if_range[0] == '\0';
	if (request->if_range[0] == '"')
		network->condition = network->options.validators != NETWORK_WEAK_ETAG &&
				     strcmp(request->if_range, file->etag) == 0;
	else if (request->if_range[0] != '\0')
		network->condition = strcmp(request->if_range, file->modified) == 0;
}

__attribute__((format(printf, 2, 3))) static void say(struct network *network, const char *format,
						      ...)
{
	char line[LINE_TEXT];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	desk_trace(network->desk, "  < %s", line);
	(void)fetch_headers_line(&network->headers, line, (size_t)length);
}

static void say_validators(struct network *network)
{
	enum network_validators has = network->options.validators;

	if (has == NETWORK_ETAG || has == NETWORK_ETAG_AND_DATE)
		say(network, "ETag: %s", network->file->etag);
	if (has == NETWORK_WEAK_ETAG)
		say(network, "ETag: W/%s", network->file->etag);
	if (has == NETWORK_DATE || has == NETWORK_ETAG_AND_DATE)
		say(network, "Last-Modified: %s", network->file->modified);
}

/* Base64 of a digest (RFC 9530). */
static void say_digest(struct network *network, bool wrong)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t bytes[33] = {0};
	char text[45];

	memcpy(bytes, network->file->digest, 32);
	bytes[7] ^= wrong ? 1 : 0;
	for (size_t i = 0; i < 11; i++) {
		const uint8_t *three = bytes + 3 * i;

		text[4 * i] = digits[three[0] >> 2];
		text[4 * i + 1] = digits[(three[0] & 3) << 4 | three[1] >> 4];
		text[4 * i + 2] = digits[(three[1] & 15) << 2 | three[2] >> 6];
		text[4 * i + 3] = digits[three[2] & 63];
	}
	text[43] = '=';
	text[44] = '\0';
	say(network, "Repr-Digest: sha-256=:%s:", text);
}

/* What is true. */
static struct answer honest(struct network *network)
{
	uint64_t size = network->file->size;
	struct answer answer = {.status = 200, .length = size, .complete = size};

	if (network->from != 0 && network->file == &network->files[SERVED_FIRST] &&
	    network->files[SERVED_CHANGED].size == size &&
	    network_fires(network, NETWORK_RANGE_OTHER) != NULL) {
		network->bytes = network->files[SERVED_CHANGED].bytes;
		network->sent_other = true;
		return answer;
	}
	/* Parts of other bytes under the same names are beyond what anybody can tell. */
	if (network->from == 0 || network->options.no_ranges || network->sent_other ||
	    !network->condition || network_fires(network, NETWORK_RANGE_IGNORED) != NULL)
		return answer;
	if (network->from >= size || network_fires(network, NETWORK_RANGE_REFUSED) != NULL) {
		answer.status = 416;
		answer.length = 0;
		return answer;
	}
	answer.status = 206;
	answer.first = network->from;
	answer.last = size - 1;
	answer.length = size - network->from;
	return answer;
}

/* Lies about a part. */
static void misplace(struct network *network, struct answer *answer)
{
	const struct network_fault *fault;
	uint64_t size = network->file->size;

	if (answer->status != 206)
		return;
	fault = network_fires(network, NETWORK_RANGE_FIRST);
	if (fault != NULL) {
		/* Forwards or backwards, and all of it the truth. */
		uint64_t other = fault->amount % size;

		answer->first = other == answer->first ? (other + 1) % size : other;
		answer->length = size - answer->first;
	}
	fault = network_fires(network, NETWORK_RANGE_LAST);
	if (fault != NULL && answer->last > answer->first) {
		answer->last -= 1 + fault->amount % (answer->last - answer->first);
		answer->length = answer->last - answer->first + 1;
	}
	fault = network_fires(network, NETWORK_RANGE_COMPLETE);
	if (fault != NULL)
		answer->complete += 1 + fault->amount;
	answer->no_range = network_fires(network, NETWORK_RANGE_UNNAMED) != NULL;
	/* Without its magic a header is a part of the payload (uxm/IMAGE.md). */
	fault = answer->first < 4 ? NULL : network_fires(network, NETWORK_OTHER_PART);
	if (fault != NULL)
		network->shift = 1 + fault->amount % answer->first;
}

static void misjudge_length(struct network *network, struct answer *answer)
{
	const struct network_fault *fault;

	if (answer->status != 200 && answer->status != 206)
		return;
	answer->no_length = network_fires(network, NETWORK_NO_LENGTH) != NULL;
	fault = network_fires(network, NETWORK_TELLS_MORE);
	if (fault != NULL)
		answer->length += 1 + fault->amount;
	fault = network_fires(network, NETWORK_TELLS_LESS);
	if (fault != NULL && answer->length > 1)
		answer->length -= 1 + fault->amount % (answer->length - 1);
	if (fault != NULL)
		network->told = answer->first + answer->length;
	if (network_fires(network, NETWORK_EMPTY) != NULL)
		answer->length = 0;
}

/* Another status than 200 or 206. Returns whether there is one. */
static bool other_status(struct network *network)
{
	const struct network_fault *fault = network_fires(network, NETWORK_LATER);
	bool again;

	if (fault != NULL) {
		network->owed.later = true;
		say(network, "HTTP/1.1 503 Service Unavailable");
		say(network, "Retry-After: %u", fault->amount);
		return true;
	}
	fault = network_fires(network, NETWORK_STATUS);
	if (fault != NULL) {
		say(network, "HTTP/1.1 %u Sorry", fault->amount);
		return true;
	}
	again = network_fires(network, NETWORK_REDIRECTS) != NULL;
	if (!again && (network->elsewhere || network_fires(network, NETWORK_REDIRECT) == NULL))
		return false;
	say(network, "HTTP/1.1 302 Found");
	say(network, "Location: http://server.example%s%s", MIRROR, network->file->name);
	return true;
}

static void say_all(struct network *network, const struct answer *answer)
{
	say(network, "HTTP/1.1 %u %s", answer->status,
	    answer->status == 200   ? "OK"
	    : answer->status == 206 ? "Partial Content"
				    : "Range Not Satisfiable");
	say(network, "Date: Sat, 21 Nov 2026 10:00:00 GMT");
	if (answer->status == 416) {
		say(network, "Content-Range: bytes */%llu", (unsigned long long)answer->complete);
		return;
	}
	if (!answer->no_length)
		say(network, "Content-Length: %llu", (unsigned long long)answer->length);
	if (network_fires(network, NETWORK_TWO_LENGTHS) != NULL)
		say(network, "Content-Length: %llu", (unsigned long long)answer->length + 1);
	if (network_fires(network, NETWORK_ENCODED) != NULL)
		say(network, "Content-Encoding: gzip");
	if (network_fires(network, NETWORK_CHUNKED) != NULL)
		say(network, "Transfer-Encoding: chunked");
	say_validators(network);
	if (answer->status == 206 && !answer->no_range)
		say(network, "Content-Range: bytes %llu-%llu/%llu",
		    (unsigned long long)answer->first, (unsigned long long)answer->last,
		    (unsigned long long)answer->complete);
	if (network->options.names_digest)
		say_digest(network, network_fires(network, NETWORK_WRONG_DIGEST) != NULL);
}

void answer_make(struct network *network)
{
	struct answer answer;

	fetch_headers_clear(&network->headers);
	network->at = network->stop = 0;
	network->shift = 0;
	network->extra = 0;
	network->told = UINT64_MAX;
	network->bytes = network->file->bytes;
	if (network->sent_other && network->file == &network->files[SERVED_FIRST])
		network->bytes = network->files[SERVED_CHANGED].bytes;
	if (!other_status(network)) {
		answer = honest(network);
		network->at = answer.first;
		network->stop = answer.status == 416 ? answer.first : network->file->size;
		misplace(network, &answer);
		network->at = answer.first;
		if (answer.status == 206)
			network->stop = answer.last + 1;
		misjudge_length(network, &answer);
		say_all(network, &answer);
	}
	say(network, "%s", "");
}
