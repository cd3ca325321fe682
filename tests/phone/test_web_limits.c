/* How much a visitor may send, and how many there may be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"
#include "tests/cmocka.h"

/* A request with so many bytes of one header; returns its status, 0 where it was cut off. */
static unsigned ask_with_header(struct site *site, size_t size)
{
	char *headers;
	unsigned status;

	assert_true(asprintf(&headers, "X-Long: %0*d\r\n", (int)size, 0) > 0);
	status = site_status(site_ask(site, "GET /info.htm", headers, NULL));
	free(headers);
	return status;
}

/* The same with a name of so many bytes in the address. */
static unsigned ask_with_address(struct site *site, size_t size)
{
	char *line;
	unsigned status;

	assert_true(asprintf(&line, "GET /info.htm?%0*d", (int)size, 0) > 0);
	status = site_status(site_ask(site, line, "", NULL));
	free(line);
	return status;
}

/* Asks with all sizes near the limit: what is refused once stays so, and is answered with one of
 * `refusals`, in that order. */
static void ask_near_the_limit(struct site *site, unsigned (*ask)(struct site *site, size_t size),
			       const unsigned *refusals)
{
	unsigned before = 200;

	for (size_t size = WEB_HEADER - 1024; size < WEB_HEADER + 1024; size += 16) {
		unsigned status = ask(site, size);

		if (*refusals != 0 && status == *refusals)
			before = *refusals++;
		if (status != before)
			fail_msg("%zu bytes: %u", size, status);
	}
	assert_int_equal(*refusals, 0);
	assert_int_equal(ask(site, WEB_HEADER + 8192), before);
	assert_int_equal(ask(site, 120000), before);
	assert_int_equal(ask(site, 10000), 200);
}

static void a_header_of_any_size_is_answered(void **state)
{
	static const unsigned refusals[] = {431, 0};

	ask_near_the_limit(*state, ask_with_header, refusals);
}

static void an_address_of_any_length_is_answered(void **state)
{
	/* With it the header as a whole is too large a little earlier. */
	static const unsigned refusals[] = {431, 414, 0};

	ask_near_the_limit(*state, ask_with_address, refusals);
	assert_int_equal(ask_with_address(*state, 2 * (size_t)WEB_HEADER + 8192), 414);
}

static void any_number_of_fields_is_answered(void **state)
{
	static const struct {
		unsigned count;
		unsigned header; /* its status */
		unsigned address;
	} rows[] = {{100, 200, 200}, {128, 200, 200}, {129, 200, 400}, {250, 200, 400},
		    {257, 431, 400}, {300, 431, 400}, {600, 431, 400}, {1000, 431, 400}};
	struct site *site = *state;
	char headers[5 * 1000 + 1];
	char line[14 + 2 * 1000 + 1];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *header = headers;
		char *address = stpcpy(line, "GET /info.htm?");

		for (unsigned at = 0; at < rows[i].count; at++) {
			header = stpcpy(header, "A:b\r\n");
			address = stpcpy(address, "a&");
		}
		assert_int_equal(site_status(site_ask(site, "GET /info.htm", headers, NULL)),
				 rows[i].header);
		assert_int_equal(site_status(site_ask(site, line, "", NULL)), rows[i].address);
	}
}

/* libmicrohttpd has a second copy of them. */
static void cookies_of_nearly_the_whole_header_are_read(void **state)
{
	struct site *site = *state;
	char *headers;

	assert_true(asprintf(&headers, "Cookie: a=%0*d\r\n", (int)WEB_HEADER - 256, 0) > 0);
	assert_int_equal(site_status(site_ask(site, "GET /info.htm", headers, NULL)), 200);
	free(headers);
}

static void a_form_that_is_too_large_is_refused(void **state)
{
	struct site *site = *state;
	char *body = malloc(WEB_FORM + 2);

	assert_non_null(body);
	memset(body, 'x', WEB_FORM + 1);
	body[WEB_FORM + 1] = '\0';
	assert_int_equal(site_status(site_ask(site, "POST /settings.htm", "", body)), 413);
	free(body);
}

static void a_form_in_chunks_that_never_ends_is_refused(void **state)
{
	static const char head[] = "POST /settings.htm HTTP/1.1\r\nHost: localhost\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n";
	struct site *site = *state;
	struct visit visit;
	char chunk[1024 + 16];

	int length = snprintf(chunk, sizeof(chunk), "400\r\n%0*d\r\n", 1024, 0);

	visit_begin(&visit, site);
	visit_say(&visit, head, sizeof(head) - 1);
	for (unsigned i = 0; i < 4096 && !visit.ended; i++) {
		visit_say(&visit, chunk, (size_t)length);
		site_run(site, 0);
	}
	assert_true(visit.ended);
	visit_end(&visit);
	assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
}

static void two_hundred_idle_connections_hold_nobody(void **state)
{
	struct site *site = *state;
	struct visit *visits = calloc(200, sizeof(*visits));

	assert_non_null(visits);
	for (unsigned i = 0; i < 200; i++) {
		visit_begin(&visits[i], site);
		if (i % 2 == 0)
			visit_say(&visits[i], "GET /info.htm HTTP/1.1\r\nHos", 27);
	}
	site_run(site, 20);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
	for (unsigned i = 0; i < 200; i++)
		visit_end(&visits[i]);
	free(visits);
}

static void one_address_cannot_take_all_connections(void **state)
{
	struct site *site = *state;
	struct visit *visits = calloc(WEB_CONNECTIONS, sizeof(*visits));
	struct visit other;
	static const char request[] =
		"GET /info.htm HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	unsigned closed = 0;

	assert_non_null(visits);
	for (unsigned i = 0; i < WEB_CONNECTIONS; i++) {
		visit_begin(&visits[i], site);
		site_run(site, 0);
	}
	site_run(site, 50);
	visit_begin_from(&other, site, "127.0.0.2");
	visit_say(&other, request, sizeof(request) - 1);
	visit_hear_all(&other);
	assert_int_equal(site_status(other.text), 200);
	visit_end(&other);
	for (unsigned i = 0; i < WEB_CONNECTIONS; i++) {
		closed += visits[i].ended ? 1 : 0;
		visit_end(&visits[i]);
	}
	assert_int_equal(closed, WEB_CONNECTIONS - WEB_CONNECTIONS_ADDRESS);
	free(visits);
}

/* As many as may be, all of whom leave while uxmd is busy with something else. */
static void a_crowd_that_leaves_at_once_does_not_take_the_pages_along(void **state)
{
	struct site *site = *state;
	struct visit *visits = calloc(WEB_CONNECTIONS, sizeof(*visits));

	assert_non_null(visits);
	for (unsigned i = 0; i < WEB_CONNECTIONS; i++) {
		visit_begin_from(&visits[i], site,
				 i < WEB_CONNECTIONS_ADDRESS ? "127.0.0.1" : "127.0.0.2");
		site_run(site, 0);
	}
	site_run(site, 50);
	for (unsigned i = 0; i < WEB_CONNECTIONS; i++)
		assert_false(visits[i].ended);
	for (unsigned i = 0; i < WEB_CONNECTIONS; i++)
		visit_end(&visits[i]);
	assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
	free(visits);
}

/* A site whose patience ends soon. */
static void open_impatient(struct site *site)
{
	site_open_again(site, 300);
}

static void who_sends_a_request_byte_by_byte_for_ever_is_cut_off(void **state)
{
	static const char *const beginnings[] = {
		"G", "GET /info.htm HTTP/1.1\r\nX: ",
		"POST /settings.htm HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n"};
	struct site *site = *state;

	open_impatient(site);
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		struct visit visit;

		visit_begin(&visit, site);
		visit_say(&visit, beginnings[i], strlen(beginnings[i]));
		for (unsigned turn = 0; turn < 400 && !visit.ended; turn++) {
			site_run(site, 10);
			visit_say(&visit, "x", 1);
		}
		assert_true(visit.ended);
		visit_end(&visit);
	}
}

static void streams_and_uploads_may_take_their_time(void **state)
{
	static const char stream[] = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct site *site = *state;
	struct visit visits[2];
	char upload[256];

	open_impatient(site);
	visit_begin(&visits[0], site);
	visit_say(&visits[0], stream, sizeof(stream) - 1);
	snprintf(upload, sizeof(upload),
		 "POST /upload?name=a HTTP/1.1\r\nHost: localhost\r\nX-Uxm-Token: %s\r\n"
		 "Content-Length: 60000\r\n\r\n",
		 site_token(site, ""));
	visit_begin(&visits[1], site);
	visit_say(&visits[1], upload, strlen(upload));
	for (unsigned turn = 0; turn < 100; turn++) {
		site_run(site, 10);
		visit_say(&visits[1], "x", 1);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_false(visits[i].ended);
		visit_end(&visits[i]);
	}
}

static void several_requests_come_over_one_connection(void **state)
{
	static const char request[] = "GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct site *site = *state;
	struct visit visit;

	visit_begin(&visit, site);
	for (unsigned i = 0; i < 3; i++) {
		char revision[32];

		site->state.revision = 1000 + i;
		snprintf(revision, sizeof(revision), "\"revision\":%u", 1000 + i);
		visit_say(&visit, request, sizeof(request) - 1);
		assert_true(visit_hear(&visit, revision));
	}
	assert_false(visit.ended);
	visit_end(&visit);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(a_header_of_any_size_is_answered),
		SITE_TEST(an_address_of_any_length_is_answered),
		SITE_TEST(any_number_of_fields_is_answered),
		SITE_TEST(cookies_of_nearly_the_whole_header_are_read),
		SITE_TEST(a_form_that_is_too_large_is_refused),
		SITE_TEST(a_form_in_chunks_that_never_ends_is_refused),
		SITE_TEST(two_hundred_idle_connections_hold_nobody),
		SITE_TEST(one_address_cannot_take_all_connections),
		SITE_TEST(a_crowd_that_leaves_at_once_does_not_take_the_pages_along),
		SITE_TEST(who_sends_a_request_byte_by_byte_for_ever_is_cut_off),
		SITE_TEST(streams_and_uploads_may_take_their_time),
		SITE_TEST(several_requests_come_over_one_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
