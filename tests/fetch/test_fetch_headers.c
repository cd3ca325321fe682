/* What the lines of a response's headers are taken for: states, dates and pauses. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/date.h"
#include "fetch/headers.h"

/* Reads one line out of memory of its very length, so that a look beyond it is seen. */
static enum fetch_line take_line(struct fetch_headers *headers, const char *line, size_t length)
{
	char *copy = malloc(length > 0 ? length : 1);
	enum fetch_line did;

	assert_non_null(copy);
	for (size_t i = 0; i < length; i++)
		copy[i] = line[i];
	did = fetch_headers_line(headers, copy, length);
	free(copy);
	return did;
}

/* Lines with '\n' between them, after a status line. */
static const struct fetch_response *read_lines(struct fetch_headers *headers, const char *lines)
{
	fetch_headers_clear(headers);
	assert_int_equal(take_line(headers, "HTTP/1.1 200 OK", 15), FETCH_LINE_MORE);
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");

		assert_int_equal(take_line(headers, lines, length), FETCH_LINE_MORE);
		lines += length + (lines[length] == '\n' ? 1 : 0);
	}
	assert_int_equal(take_line(headers, "\r\n", 2), FETCH_LINE_COMPLETE);
	return &headers->response;
}

#define TAG_125                                                                                    \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void reads_entity_tags(void **state)
{
	static const struct {
		const char *line;
		const char *etag;
	} rows[] = {
		{"", ""},
		{"ETag: \"x\"", "\"x\""},
		{"etag:\t \"5f-a/b\\c!\" ", "\"5f-a/b\\c!\""},
		{"ETag: \"\"", "\"\""},
		{"ETag: W/\"x\"", "W/\"x\""},
		{"ETag: \"\xff\x80\"", "\"\xff\x80\""},
		{"ETag: \"x\"\nETag: \"y\"", "\"y\""},
		{"ETag: \"x\"\nETag:", ""},
		{"ETag:", ""},
		{"ETag: x", ""},
		{"ETag: \"", ""},
		{"ETag: W/\"", ""},
		{"ETag: w/\"x\"", ""},
		{"ETag: \"x", ""},
		{"ETag: x\"", ""},
		{"ETag: \"x\"y\"", ""},
		{"ETag: \"x y\"", ""},
		{"ETag: \"x\x7f\"", ""},
		{"ETag: \"x\r\"", ""},
		{"ETag: \"" TAG_125 "\"", "\"" TAG_125 "\""},
		{"ETag: \"" TAG_125 "a\"", ""},
		{"X-ETag: \"x\"", ""},
	};
	static struct fetch_headers headers;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(read_lines(&headers, rows[i].line)->validators.etag,
				    rows[i].etag);
	/* A zero within it would end it early. */
	fetch_headers_clear(&headers);
	assert_int_equal(take_line(&headers, "HTTP/1.1 200 OK", 15), FETCH_LINE_MORE);
	assert_int_equal(take_line(&headers, "ETag: \"x\0y\"", 11), FETCH_LINE_MORE);
	assert_string_equal(headers.response.validators.etag, "");
}

#define MONDAY "Last-Modified: Mon, 02 Nov 2026 08:00:00 GMT"

static void a_date_is_strong_when_the_server_sent_the_file_later(void **state)
{
	static const struct {
		const char *lines;
		const char *modified;
		bool long_ago;
	} rows[] = {
		{"", "", false},
		{MONDAY, "Mon, 02 Nov 2026 08:00:00 GMT", false},
		{MONDAY "\nDate: Mon, 02 Nov 2026 08:00:01 GMT", "Mon, 02 Nov 2026 08:00:00 GMT",
		 true},
		{"Date: Mon, 02 Nov 2026 08:00:01 GMT\n" MONDAY, "Mon, 02 Nov 2026 08:00:00 GMT",
		 true},
		{MONDAY "\nDate: Mon, 02 Nov 2026 08:00:00 GMT", "Mon, 02 Nov 2026 08:00:00 GMT",
		 false},
		{MONDAY "\nDate: Mon, 02 Nov 2026 07:59:59 GMT", "Mon, 02 Nov 2026 08:00:00 GMT",
		 false},
		{MONDAY "\nDate: today", "Mon, 02 Nov 2026 08:00:00 GMT", false},
		{"Last-Modified: yesterday\nDate: Mon, 02 Nov 2026 08:00:01 GMT", "yesterday",
		 false},
		{MONDAY "\nLast-Modified: new\nDate: Tue, 03 Nov 2026 08:00:01 GMT", "new", false},
		{"Last-Modified: 012345678901234567890123456789012345678",
		 "012345678901234567890123456789012345678", false},
		{"Last-Modified: 0123456789012345678901234567890123456789", "", false},
		{"Last-Modified: a\x01", "", false},
		{"Last-Modified: a\xff", "", false},
		{MONDAY "\nLast-Modified:\nDate: Tue, 03 Nov 2026 08:00:01 GMT", "", false},
	};
	static struct fetch_headers headers;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fetch_response *response = read_lines(&headers, rows[i].lines);

		assert_string_equal(response->validators.modified, rows[i].modified);
		assert_int_equal(response->modified_long_ago, rows[i].long_ago);
	}
}

#define NOON "\nDate: Mon, 02 Nov 2026 12:00:00 GMT"

static void reads_how_long_the_server_asks_to_wait(void **state)
{
	static const struct {
		const char *lines;
		bool has;
		uint32_t seconds;
	} rows[] = {
		{"", false, 0},
		{"Retry-After: 0", true, 0},
		{"Retry-After: 120", true, 120},
		{"retry-after:120 ", true, 120},
		{"Retry-After: 86400", true, 86400},
		{"Retry-After: 86401", true, 86400},
		{"Retry-After: 9223372036854775807", true, 86400},
		{"Retry-After: 99999999999999999999", false, 0},
		{"Retry-After: -1", false, 0},
		{"Retry-After: 1.5", false, 0},
		{"Retry-After: soon", false, 0},
		{"Retry-After:", false, 0},
		{"Retry-After: Mon, 02 Nov 2026 12:02:00 GMT" NOON, true, 120},
		{"Retry-After: Tue, 03 Nov 2026 12:00:00 GMT" NOON, true, 86400},
		{"Retry-After: Tue, 03 Nov 2026 12:00:01 GMT" NOON, true, 86400},
		{"Retry-After: Mon, 02 Nov 2026 11:59:59 GMT" NOON, true, 0},
		{"Retry-After: Mon, 02 Nov 2026 12:02:00 GMT", false, 0},
		{"Retry-After: Mon, 02 Nov 2026 12:02:00 GMT\nRetry-After: 5" NOON, true, 5},
		{"Retry-After: 5\nRetry-After: Mon, 02 Nov 2026 12:02:00 GMT" NOON, true, 120},
		{"Retry-After: 5" NOON, true, 5},
	};
	static struct fetch_headers headers;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fetch_response *response = read_lines(&headers, rows[i].lines);

		if (response->has_retry_after != rows[i].has ||
		    response->retry_after != rows[i].seconds)
			fail_msg("%s: %d, %u", rows[i].lines, response->has_retry_after,
				 response->retry_after);
	}
}

static void a_response_forgets_what_the_one_before_said(void **state)
{
	static struct fetch_headers headers;
	const struct fetch_response *response;

	(void)state;
	response = read_lines(
		&headers, "ETag: \"x\"\n" MONDAY NOON "\nRetry-After: Mon, 02 Nov 2026 12:02:00 GMT"
			  "\nHTTP/1.1 200 OK\nLast-Modified: Mon, 02 Nov 2026 07:00:00 GMT");
	assert_string_equal(response->validators.etag, "");
	assert_string_equal(response->validators.modified, "Mon, 02 Nov 2026 07:00:00 GMT");
	assert_false(response->modified_long_ago);
	assert_false(response->has_retry_after);
	response = read_lines(&headers, MONDAY "\nRetry-After: Mon, 02 Nov 2026 12:02:00 GMT"
					       "\nHTTP/1.1 200 OK" NOON);
	assert_false(response->modified_long_ago);
	assert_false(response->has_retry_after);
}

static void reads_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Tue, 29 Feb 2000 23:59:59 GMT", 951868799},
		{"Wed, 01 Mar 2000 00:00:00 GMT", 951868800},
		{"Thu, 31 Dec 2099 23:59:59 GMT", 4102444799},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
		{"Wed, 31 Dec 1969 23:59:59 GMT", -1},
		{"Mon, 01 Jan 1601 00:00:00 GMT", -11644473600},
		{"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
		{"Day, 01 Jan 1970 00:00:00 GMT", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t seconds = 77;

		assert_true(fetch_date_read(rows[i].text, strlen(rows[i].text), &seconds));
		if (seconds != rows[i].seconds)
			fail_msg("%s: %lld", rows[i].text, (long long)seconds);
	}
}

static void refuses_what_is_no_date(void **state)
{
	static const char *const texts[] = {
		"",
		"0",
		"Sun, 06 Nov 1994 08:49:37 GM",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 gmt",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 29 Feb 1900 08:49:37 GMT",
		"Sun, 29 Feb 2023 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:00 GMT",
		"Sun, 06 Nov 1994 08:00:61 GMT",
		"Sun, 06 Nov 1600 08:49:37 GMT",
		"Sun, 06 Nov 199x 08:49:37 GMT",
		"Sun,  6 Nov 1994 08:49:37 GMT",
		"Sun, +6 Nov 1994 08:49:37 GMT",
		"Sun; 06 Nov 1994 08:49:37 GMT",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t seconds = 77;

		if (fetch_date_read(texts[i], strlen(texts[i]), &seconds) || seconds != 77)
			fail_msg("%s", texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_entity_tags),
		cmocka_unit_test(a_date_is_strong_when_the_server_sent_the_file_later),
		cmocka_unit_test(reads_how_long_the_server_asks_to_wait),
		cmocka_unit_test(a_response_forgets_what_the_one_before_said),
		cmocka_unit_test(reads_dates),
		cmocka_unit_test(refuses_what_is_no_date),
	};

	return cmocka_run_group_tests_name("fetch/headers", tests, NULL, NULL);
}
