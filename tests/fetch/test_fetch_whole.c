/* fetch/whole.c over a scripted transfer: what is taken, and what is refused. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#include "parcel.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define OK_200     "HTTP/1.1 200 OK"

static void takes_a_file_however_its_length_is_said(void **state)
{
	static const struct {
		const char *lines;
		uint64_t length;
		size_t piece;
		enum fetch_end end;
	} rows[] = {
		{OK_200 "\nContent-Length: 5000", 5000, 0, FETCH_COMPLETE},
		{OK_200 "\nContent-Length: 5000", 5000, 1, FETCH_COMPLETE},
		/* After the last byte nothing matters any more. */
		{OK_200 "\nContent-Length: 5000", 5000, 0, FETCH_RESET},
		{OK_200 "\nContent-Length: 1", 1, 0, FETCH_COMPLETE},
		{OK_200 "\nContent-Length: 200000", LARGEST, FETCH_BLOCK, FETCH_COMPLETE},
		{OK_200 "\nContent-Length: 5000\nContent-Encoding: identity", 5000, 0,
		 FETCH_COMPLETE},
		/* Without a length the end is where the transfer ends in order. */
		{OK_200, 5000, 0, FETCH_COMPLETE},
		{OK_200, 4095, 0, FETCH_COMPLETE},
		{OK_200, 4096, 0, FETCH_COMPLETE},
		{OK_200, 1, 0, FETCH_COMPLETE},
		{OK_200, 0, 0, FETCH_COMPLETE},
		{OK_200, LARGEST, 0, FETCH_COMPLETE},
		{OK_200, LARGEST, 997, FETCH_COMPLETE},
		{OK_200 "\nTransfer-Encoding: chunked", 5000, 0, FETCH_COMPLETE},
		/* Where both are there the length is not believed. */
		{OK_200 "\nTransfer-Encoding: chunked\nContent-Length: 7", 5000, 0, FETCH_COMPLETE},
		{OK_200 "\nContent-Length: 999999\nTransfer-Encoding: chunked", 5000, 0,
		 FETCH_COMPLETE},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct step steps[] = {
			{.kind = STEP_NOTHING},
			{.kind = STEP_HEADERS, .lines = rows[i].lines},
			{.kind = STEP_BODY, .length = rows[i].length, .piece = rows[i].piece},
			{.kind = STEP_FINISH, .end = rows[i].end},
		};
		const struct script script = {.steps = steps};
		const struct fetch_whole_options options = parcel_options();
		struct parcel parcel;

		parcel_set_up(&parcel, &options, &script, 1);
		if (parcel_read(&parcel) != UXM_IO_OK)
			fail_msg("row %zu: %s", i, parcel.why.text);
		assert_int_equal(parcel.file.length, rows[i].length);
		assert_false(parcel.file.unchanged);
		assert_string_equal(parcel.file.validators.etag, "");
		assert_false(fetch_whole_too_large(parcel.whole));
		parcel_tear_down(&parcel);
	}
}

static void an_empty_file_is_a_file(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = OK_200 "\nContent-Length: 0\nETag: \"e\""},
		{.kind = STEP_FINISH},
	};
	const struct script script = {.steps = steps};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, &script, 1), UXM_IO_OK);
	assert_int_equal(parcel.file.length, 0);
	assert_false(parcel.file.unchanged);
	assert_string_equal(parcel.file.validators.etag, "\"e\"");
}

static void refuses_at_once_what_no_further_attempt_mends(void **state)
{
	static const struct {
		const char *lines;
		uint64_t length;
		bool too_large;
		const char *says;
	} rows[] = {
		{"HTTP/1.1 404 Not Found", 9, false,
		 "The server has no http://server/dir/settings.xml?... (404 Not Found); check"},
		{"HTTP/1.1 401 Unauthorized", 9, false, "does not permit"},
		{"HTTP/1.1 403 Forbidden", 9, false, "does not permit"},
		{"HTTP/1.1 501 Not Implemented", 9, false, "501 Not Implemented"},
		{"HTTP/1.1 204 No Content", 0, false, "status 204"},
		{"HTTP/1.1 206 Partial\nContent-Range: bytes 0-8/9", 9, false, "status 206"},
		{"HTTP/1.1 300 Choose", 0, false, "status 300"},
		/* Nothing was known. */
		{"HTTP/1.1 304 Not Modified\nETag: \"a\"", 0, false, "status 304"},
		{"HTTP/1.1 302 Found", 0, false, "to something that is no URL"},
		{"HTTP/1.1 302 Found\nLocation: ftp://server/a", 0, false, "to ftp:"},
		{OK_200 "\nContent-Encoding: gzip\nContent-Length: 9", 9, false, "encoded (gzip)"},
		{OK_200 "\nContent-Encoding: br", 9, false, "encoded (br)"},
		{OK_200 "\nContent-Length: nine", 9, false, "cannot be understood"},
		{OK_200 "\nContent-Length: 9\nContent-Length: 8", 9, false, "cannot be understood"},
		{OK_200 "\nContent-Length: -1", 9, false, "cannot be understood"},
		{OK_200 "\nContent-Length: 200001", 200001, true,
		 "is too large: it has 200001 bytes, and at most 200000 are taken"},
		{OK_200 "\nContent-Length: 9223372036854775807", 9, true, "is too large"},
		{OK_200, LARGEST + 1, true,
		 "is too large: at most 200000 bytes are taken, and more have come"},
		{OK_200 "\nTransfer-Encoding: chunked\nContent-Length: 9", LARGEST + 1, true,
		 "is too large"},
		{OK_200 "\nContent-Length: 5000", 5001, false,
		 "is longer than the 5000 bytes that the server announced"},
		{OK_200 "\nContent-Length: 200000", 200001, false, "is longer than the 200000"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct step steps[] = {
			{.kind = STEP_HEADERS, .lines = rows[i].lines},
			{.kind = STEP_BODY, .length = rows[i].length},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = steps}, {.steps = steps}};
		const struct fetch_whole_options options = parcel_options();
		struct parcel parcel;

		parcel_set_up(&parcel, &options, scripts, 2);
		if (parcel_read(&parcel) != UXM_IO_FAILED)
			fail_msg("taken: %s", rows[i].says);
		parcel_says(&parcel, UXM_FETCH_FAILED, rows[i].says);
		assert_int_equal(fetch_whole_too_large(parcel.whole), rows[i].too_large);
		assert_int_equal(parcel.scripted.starts, 1);
		assert_true(parcel.scripted.offered <= LARGEST + 16384);
		parcel_tear_down(&parcel);
	}
}

static void says_how_a_transfer_ended(void **state)
{
	static const struct {
		enum fetch_end end;
		enum uxm_result result;
		const char *says;
	} rows[] = {
		{FETCH_NO_HOST, UXM_FETCH_FAILED, "was not found"},
		{FETCH_CONNECTION_REFUSED, UXM_FETCH_FAILED, "was refused"},
		{FETCH_CERTIFICATE_EXPIRED, UXM_FETCH_FAILED, "has expired"},
		{FETCH_CERTIFICATE_PIN, UXM_FETCH_FAILED, "pinned"},
		{FETCH_HEADERS_TOO_LARGE, UXM_FETCH_FAILED, "bytes of headers"},
		{FETCH_MISSING, UXM_FETCH_FAILED, "has no http://server/"},
		{FETCH_NO_MEMORY, UXM_INTERNAL, "no memory"},
		{FETCH_OTHER, UXM_FETCH_FAILED, "because of that"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct step steps[] = {
			{.kind = STEP_FINISH, .end = rows[i].end, .detail = "because of that"}};
		const struct script script = {.steps = steps};
		const struct script unstarted = {.start = rows[i].end};
		struct parcel parcel;

		assert_int_equal(parcel_fetch(&parcel, &script, 1), UXM_IO_FAILED);
		parcel_says(&parcel, rows[i].result, rows[i].says);
		if (rows[i].end != FETCH_NO_MEMORY)
			continue;
		assert_int_equal(parcel_fetch(&parcel, &unstarted, 1), UXM_IO_FAILED);
		parcel_says(&parcel, rows[i].result, rows[i].says);
	}
}

/* Fetches with a state that is known. */
static enum uxm_io fetch_known(struct parcel *parcel, const struct fetch_validators *known,
			       const struct script *scripts, size_t count)
{
	struct fetch_whole_options options = parcel_options();
	struct fetch_validators own = *known;
	enum uxm_io io;

	options.known = &own;
	parcel_set_up(parcel, &options, scripts, count);
	/* It has been copied. */
	memset(&own, 'x', sizeof(own));
	io = parcel_read(parcel);
	parcel_tear_down(parcel);
	return io;
}

static void a_file_that_is_known_is_told_from_another_one(void **state)
{
	static const struct {
		struct fetch_validators known;
		const char *lines;
		bool unchanged;
		struct fetch_validators validators;
	} rows[] = {
		{{"\"a\"", "Mon"}, "HTTP/1.1 304 Not Modified", true, {"\"a\"", "Mon"}},
		{{"\"a\"", "Mon"}, "HTTP/1.1 304 X\nETag: W/\"b\"", true, {"W/\"b\"", ""}},
		{{"", "Mon"}, "HTTP/1.1 304 X\nLast-Modified: Tue", true, {"", "Tue"}},
		{{"\"a\"", ""}, OK_200, false, {"", ""}},
		{{"\"a\"", ""},
		 OK_200 "\nETag: \"b\"\nLast-Modified: Tue",
		 false,
		 {"\"b\"", "Tue"}},
		{{"\"a\"", ""}, OK_200 "\nETag: \"a\"\nContent-Length: 0", false, {"\"a\"", ""}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct step steps[] = {
			{.kind = STEP_HEADERS, .lines = rows[i].lines},
			{.kind = STEP_FINISH},
		};
		const struct script script = {.steps = steps};
		struct parcel parcel;

		if (fetch_known(&parcel, &rows[i].known, &script, 1) != UXM_IO_OK)
			fail_msg("row %zu: %s", i, parcel.why.text);
		assert_int_equal(parcel.file.unchanged, rows[i].unchanged);
		assert_int_equal(parcel.file.length, 0);
		assert_string_equal(parcel.file.validators.etag, rows[i].validators.etag);
		assert_string_equal(parcel.file.validators.modified, rows[i].validators.modified);
		assert_string_equal(parcel.scripted.known[0].etag, rows[i].known.etag);
		assert_string_equal(parcel.scripted.known[0].modified, rows[i].known.modified);
	}
}

static void a_state_of_nothing_is_not_sent(void **state)
{
	static const struct fetch_validators nothing = {.etag = ""};
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 304 Not Modified"},
		{.kind = STEP_FINISH},
	};
	const struct script script = {.steps = steps};
	struct parcel parcel;

	(void)state;
	assert_int_equal(fetch_known(&parcel, &nothing, &script, 1), UXM_IO_FAILED);
	parcel_says(&parcel, UXM_FETCH_FAILED, "status 304");
}

static void what_is_known_is_sent_after_redirects_and_in_every_attempt(void **state)
{
	static const struct fetch_validators known = {.etag = "\"a\""};
	static const struct step away[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 302 Found\nLocation: /b"},
		{.kind = STEP_FINISH},
	};
	static const struct step broken[] = {{.kind = STEP_CONNECTED},
					     {.kind = STEP_FINISH, .end = FETCH_RESET}};
	static const struct step same[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 304 Not Modified"},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {
		{.steps = away}, {.steps = broken}, {.steps = away}, {.steps = same}};
	struct parcel parcel;

	(void)state;
	assert_int_equal(fetch_known(&parcel, &known, scripts, 4), UXM_IO_OK);
	assert_true(parcel.file.unchanged);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(parcel.scripted.known[i].etag, "\"a\"");
	/* Each attempt begins with the first URL. */
	assert_string_equal(parcel.scripted.url[2], URL);
	assert_string_equal(parcel.scripted.url[3], "http://user:secret@server/b");
}

static void who_asks_is_told_to_the_first_server_alone(void **state)
{
	static const struct step near[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 307 X\nLocation: /near"},
		{.kind = STEP_FINISH}};
	static const struct step far[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 307 X\nLocation: http://other/far"},
		{.kind = STEP_FINISH}};
	static const struct step there[] = {{.kind = STEP_HEADERS, .lines = OK_200},
					    {.kind = STEP_FINISH}};
	const struct script scripts[] = {{.steps = near}, {.steps = far}, {.steps = there}};
	const struct fetch_access access = {.user = "somebody"};
	struct fetch_whole_options options = parcel_options();
	struct parcel parcel;

	(void)state;
	options.url = "http://server/a";
	options.access = &access;
	parcel_set_up(&parcel, &options, scripts, 3);
	assert_int_equal(parcel_read(&parcel), UXM_IO_OK);
	parcel_tear_down(&parcel);
	assert_string_equal(parcel.scripted.user[0], "somebody");
	assert_string_equal(parcel.scripted.user[1], "somebody");
	assert_string_equal(parcel.scripted.user[2], "");
	assert_string_equal(parcel.scripted.url[2], "http://other/far");
}

static void follows_five_redirects_and_no_more(void **state)
{
	static const struct step hop[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 302 X\nLocation: /again"},
		{.kind = STEP_FINISH}};
	static const struct step there[] = {{.kind = STEP_HEADERS, .lines = OK_200},
					    {.kind = STEP_FINISH}};
	const struct script enough[] = {{.steps = hop}, {.steps = hop}, {.steps = hop},
					{.steps = hop}, {.steps = hop}, {.steps = there}};
	const struct script more[] = {{.steps = hop}, {.steps = hop}, {.steps = hop},
				      {.steps = hop}, {.steps = hop}, {.steps = hop}};
	struct parcel parcel;

	(void)state;
	assert_int_equal(parcel_fetch(&parcel, enough, 6), UXM_IO_OK);
	assert_int_equal(parcel_fetch(&parcel, more, 6), UXM_IO_FAILED);
	parcel_says(&parcel, UXM_FETCH_FAILED, "more than 5 times");
}

static void refuses_what_is_no_url(void **state)
{
	struct fetch_whole_options options = parcel_options();
	struct fetch_whole *whole = NULL;
	struct uxm_failure why = {.text = ""};

	(void)state;
	options.url = "tftp://user:secret@server/a";
	assert_false(fetch_whole_new(&options, &whole, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_null(strstr(why.text, "secret"));
	assert_null(whole);
	fetch_whole_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_file_however_its_length_is_said),
		cmocka_unit_test(an_empty_file_is_a_file),
		cmocka_unit_test(refuses_at_once_what_no_further_attempt_mends),
		cmocka_unit_test(says_how_a_transfer_ended),
		cmocka_unit_test(a_file_that_is_known_is_told_from_another_one),
		cmocka_unit_test(a_state_of_nothing_is_not_sent),
		cmocka_unit_test(what_is_known_is_sent_after_redirects_and_in_every_attempt),
		cmocka_unit_test(who_asks_is_told_to_the_first_server_alone),
		cmocka_unit_test(follows_five_redirects_and_no_more),
		cmocka_unit_test(refuses_what_is_no_url),
	};

	return cmocka_run_group_tests_name("fetch/whole", tests, NULL, NULL);
}
