/* The lines of a response's headers into facts. Every byte comes from the network. */
#include "fetch/headers.h"

#include <string.h>
#include <strings.h>

#include "fetch/date.h"

/* A piece of a line. */
struct span {
	const char *at;
	size_t length;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span span)
{
	while (span.length > 0 && is_blank(span.at[0])) {
		span.at++;
		span.length--;
	}
	while (span.length > 0 && is_blank(span.at[span.length - 1]))
		span.length--;
	return span;
}

/* Copies what fits and ends it with a zero; returns whether all of it fitted. */
static bool copy(struct span span, char *text, size_t room)
{
	size_t length = span.length < room ? span.length : room - 1;

	memcpy(text, span.at, length);
	text[length] = '\0';
	return length == span.length;
}

static bool is_word(struct span span, const char *word)
{
	return span.length == strlen(word) && strncasecmp(span.at, word, span.length) == 0;
}

/* Takes the decimal number at the span's beginning off it. False if there is none, or it is above
 * 2^63 - 1, the largest offset of a file. */
static bool take_number(struct span *span, uint64_t *number)
{
	uint64_t value = 0;
	size_t digits = 0;

	while (digits < span->length && span->at[digits] >= '0' && span->at[digits] <= '9') {
		uint64_t digit = (uint64_t)(span->at[digits] - '0');

		if (value > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
		digits++;
	}
	if (digits == 0)
		return false;
	span->at += digits;
	span->length -= digits;
	*number = value;
	return true;
}

static bool take_byte(struct span *span, char byte)
{
	if (span->length == 0 || span->at[0] != byte)
		return false;
	span->at++;
	span->length--;
	return true;
}

static void read_status(struct fetch_headers *headers, struct span line)
{
	uint64_t status = 0;

	headers->response = (struct fetch_response){.status = 0};
	headers->has_date = false;
	headers->has_modified = false;
	headers->has_retry_date = false;
	while (line.length > 0 && !is_blank(line.at[0])) {
		line.at++;
		line.length--;
	}
	line = trim(line);
	if (!take_number(&line, &status) || status < 100 || status > 999)
		return;
	headers->response.status = (unsigned)status;
	copy(trim(line), headers->response.phrase, sizeof(headers->response.phrase));
}

static void read_length(struct fetch_response *response, struct span value)
{
	uint64_t length;

	/* Two lengths that differ leave open where the body ends (RFC 9110, section 8.6). */
	if (!take_number(&value, &length) || value.length != 0 ||
	    (response->has_length && length != response->length)) {
		response->bad_length = true;
		return;
	}
	response->has_length = true;
	response->length = length;
}

/* "bytes 5-9/10", "bytes 5-9" "/" "*", or "bytes" "*" "/10" (RFC 9110, section 14.4). */
static void read_range(struct fetch_response *response, struct span value)
{
	struct span unit = {value.at, value.length < 5 ? value.length : 5};
	uint64_t first = 0;
	uint64_t last = 0;
	uint64_t complete = 0;
	bool has_range;
	bool has_complete;

	response->has_range = false;
	response->has_complete = false;
	if (!is_word(unit, "bytes") || value.length < 6 || !is_blank(value.at[5]))
		return;
	value = trim((struct span){value.at + 6, value.length - 6});
	has_range = !take_byte(&value, '*');
	if (has_range && (!take_number(&value, &first) || !take_byte(&value, '-') ||
			  !take_number(&value, &last) || last < first))
		return;
	if (!take_byte(&value, '/'))
		return;
	has_complete = !take_byte(&value, '*');
	if (has_complete && (!take_number(&value, &complete) || (has_range && complete <= last)))
		return;
	if (value.length != 0)
		return;
	response->has_range = has_range;
	response->has_complete = has_complete;
	response->first = first;
	response->last = last;
	response->complete = complete;
}

static bool is_etagc(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

/* An entity tag that is none, or has no room, counts as absent (RFC 9110, section 8.8.3). */
static void read_etag(struct fetch_response *response, struct span value)
{
	char *etag = response->validators.etag;
	struct span rest = value;

	etag[0] = '\0';
	if (value.length >= FETCH_ETAG_TEXT)
		return;
	if (rest.length >= 2 && rest.at[0] == 'W' && rest.at[1] == '/')
		rest = (struct span){rest.at + 2, rest.length - 2};
	if (rest.length < 2 || rest.at[0] != '"' || rest.at[rest.length - 1] != '"')
		return;
	for (size_t i = 1; i < rest.length - 1; i++) {
		if (!is_etagc(rest.at[i]))
			return;
	}
	copy(value, etag, FETCH_ETAG_TEXT);
}

/* Kept as it came, for it is compared and sent back, if it is short and printable. */
static void read_modified(struct fetch_headers *headers, struct span value)
{
	char *modified = headers->response.validators.modified;

	modified[0] = '\0';
	headers->has_modified = fetch_date_read(value.at, value.length, &headers->modified);
	if (value.length >= FETCH_DATE_TEXT)
		return;
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < ' ' || value.at[i] > '~')
			return;
	}
	copy(value, modified, FETCH_DATE_TEXT);
}

/* Seconds, or a date (RFC 9110, section 10.2.3). */
static void read_retry_after(struct fetch_headers *headers, struct span value)
{
	struct fetch_response *response = &headers->response;
	struct span rest = value;
	uint64_t seconds = 0;

	response->has_retry_after = take_number(&rest, &seconds) && rest.length == 0;
	headers->has_retry_date = !response->has_retry_after &&
				  fetch_date_read(value.at, value.length, &headers->retry_date);
	if (response->has_retry_after)
		response->retry_after = seconds < FETCH_RETRY_AFTER_MOST ? (uint32_t)seconds
									 : FETCH_RETRY_AFTER_MOST;
}

/* What follows from several fields together. The server's clock is compared with itself only. */
static void conclude(struct fetch_headers *headers)
{
	struct fetch_response *response = &headers->response;

	if (!headers->has_date)
		return;
	response->modified_long_ago = response->validators.modified[0] != '\0' &&
				      headers->has_modified && headers->modified < headers->date;
	if (headers->has_retry_date) {
		int64_t seconds = headers->retry_date - headers->date;

		response->has_retry_after = true;
		response->retry_after = seconds <= 0                       ? 0
					: seconds < FETCH_RETRY_AFTER_MOST ? (uint32_t)seconds
									   : FETCH_RETRY_AFTER_MOST;
	}
}

static void read_field(struct fetch_headers *headers, struct span name, struct span value)
{
	struct fetch_response *response = &headers->response;

	if (is_word(name, "Content-Length")) {
		read_length(response, value);
	} else if (is_word(name, "Content-Range")) {
		read_range(response, value);
	} else if (is_word(name, "Content-Encoding")) {
		if (!is_word(value, "identity") && value.length > 0)
			copy(value, response->encoding, sizeof(response->encoding));
	} else if (is_word(name, "Transfer-Encoding")) {
		response->coded = true;
	} else if (is_word(name, "Repr-Digest")) {
		fetch_digest_line(&response->representation, value.at, value.length);
	} else if (is_word(name, "Content-Digest")) {
		fetch_digest_line(&response->content, value.at, value.length);
	} else if (is_word(name, "ETag")) {
		read_etag(response, value);
	} else if (is_word(name, "Last-Modified")) {
		read_modified(headers, value);
	} else if (is_word(name, "Date")) {
		headers->has_date = fetch_date_read(value.at, value.length, &headers->date);
	} else if (is_word(name, "Retry-After")) {
		read_retry_after(headers, value);
	} else if (is_word(name, "Location")) {
		response->bad_location =
			!copy(value, response->location, sizeof(response->location)) ||
			value.length == 0 || memchr(value.at, '\0', value.length) != NULL;
	}
}

void fetch_headers_clear(struct fetch_headers *headers)
{
	*headers = (struct fetch_headers){.bytes = 0};
}

enum fetch_line fetch_headers_line(struct fetch_headers *headers, const char *line, size_t length)
{
	struct span span = {line, length};
	const char *colon;

	if (length > FETCH_HEADERS - headers->bytes)
		return FETCH_LINE_TOO_LARGE;
	headers->bytes += length;
	while (span.length > 0 &&
	       (span.at[span.length - 1] == '\r' || span.at[span.length - 1] == '\n'))
		span.length--;
	if (span.length == 0 && headers->response.status < 200)
		return FETCH_LINE_MORE;
	if (span.length == 0) {
		conclude(headers);
		return FETCH_LINE_COMPLETE;
	}
	if (span.length >= 5 && strncmp(span.at, "HTTP/", 5) == 0) {
		read_status(headers, span);
		return FETCH_LINE_MORE;
	}
	/* A line that begins with a blank goes on with the one before, in a way that no server
	 * may use any more (RFC 9112, section 5.2). */
	colon = is_blank(span.at[0]) ? NULL : memchr(span.at, ':', span.length);
	if (colon != NULL) {
		struct span name = {span.at, (size_t)(colon - span.at)};
		struct span value = {colon + 1, span.length - name.length - 1};

		read_field(headers, name, trim(value));
	}
	return FETCH_LINE_MORE;
}
