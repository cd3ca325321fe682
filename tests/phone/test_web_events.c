/* The event stream, over real sockets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"
#include "tests/cmocka.h"

static const char request[] = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";

static void watch_from(struct visit *visit, struct site *site, const char *from)
{
	visit_begin_from(visit, site, from);
	visit_say(visit, request, sizeof(request) - 1);
	assert_true(visit_hear(visit, "\n\n"));
}

static void watch(struct visit *visit, struct site *site)
{
	watch_from(visit, site, "127.0.0.1");
}

static unsigned count(const char *text, const char *part)
{
	unsigned found = 0;

	while ((text = strstr(text, part)) != NULL) {
		found++;
		text++;
	}
	return found;
}

static void tells_the_state_at_once_and_after_a_change(void **state)
{
	struct site *site = *state;
	struct visit visit;

	watch(&visit, site);
	assert_int_equal(site_status(visit.text), 200);
	assert_non_null(strstr(visit.text, "Content-Type: text/event-stream"));
	assert_non_null(strstr(visit.text, "data: {\"revision\":0,"));
	site_plug(site, "A1");
	web_changed(site->web);
	assert_true(visit_hear(&visit, "\"serial\":\"A1\""));
	assert_int_equal(count(visit.text, "data: "), 2);
	visit_end(&visit);
}

static void changes_that_come_fast_are_told_together(void **state)
{
	struct site *site = *state;
	struct visit visit;

	watch(&visit, site);
	state_begin(&site->state, "x", "A1", "1");
	for (unsigned i = 0; i < 100; i++) {
		char note[32];

		snprintf(note, sizeof(note), "note %u.", i);
		state_note(&site->state, note);
		web_changed(site->web);
	}
	assert_true(visit_hear(&visit, "note 99."));
	assert_true(count(visit.text, "data: ") <= 3);
	visit_end(&visit);
}

static void a_change_of_nothing_tells_nothing(void **state)
{
	struct site *site = *state;
	struct visit visit;

	watch(&visit, site);
	web_changed(site->web);
	site_run(site, 2 * WEB_EVENT);
	assert_int_equal(count(visit.text, "data: "), 1);
	visit_end(&visit);
}

static void a_watcher_that_leaves_makes_room_for_another(void **state)
{
	struct site *site = *state;
	struct visit *visits = calloc(WEB_STREAMS, sizeof(*visits));

	assert_non_null(visits);
	for (unsigned i = 0; i < WEB_STREAMS; i++) {
		char from[32];

		snprintf(from, sizeof(from), "127.0.1.%u", 1 + i / WEB_STREAMS_ADDRESS);
		watch_from(&visits[i], site, from);
	}
	assert_int_equal(site_status(site_ask(site, "GET /events", "", NULL)), 503);
	assert_non_null(strstr(site->got, "Retry-After: "));
	/* Pages are for all. */
	assert_int_equal(site_status(site_ask(site, "GET /info.htm", "", NULL)), 200);
	visit_end(&visits[7]);
	site_run(site, 50);
	watch_from(&visits[7], site, "127.0.1.1");
	assert_int_equal(site_status(visits[7].text), 200);
	site_plug(site, "A1");
	web_changed(site->web);
	for (unsigned i = 0; i < WEB_STREAMS; i++) {
		assert_true(visit_hear(&visits[i], "\"serial\":\"A1\""));
		visit_end(&visits[i]);
	}
	free(visits);
}

static void one_address_does_not_take_the_streams_of_the_others(void **state)
{
	struct site *site = *state;
	struct visit visits[WEB_STREAMS_ADDRESS];
	struct visit other;

	for (unsigned i = 0; i < WEB_STREAMS_ADDRESS; i++)
		watch_from(&visits[i], site, "127.0.0.1");
	assert_int_equal(site_status(site_ask(site, "GET /events", "", NULL)), 503);
	watch_from(&other, site, "127.0.0.2");
	assert_int_equal(site_status(other.text), 200);
	visit_end(&other);
	for (unsigned i = 0; i < WEB_STREAMS_ADDRESS; i++)
		visit_end(&visits[i]);
}

static void one_who_never_reads_does_not_hold_the_others(void **state)
{
	struct site *site = *state;
	struct visit slow;
	struct visit quick;
	char note[400];

	watch(&slow, site);
	loop_unwatch(&slow.watch);
	watch(&quick, site);
	state_begin(&site->state, "x", "A1", "1");
	memset(note, 'n', sizeof(note));
	for (unsigned i = 0; i < 20; i++) {
		snprintf(note + 300, 100, " %u.", i);
		state_note(&site->state, note);
		web_changed(site->web);
		assert_true(visit_hear(&quick, note + 300));
	}
	visit_end(&slow);
	visit_end(&quick);
}

static void a_password_that_is_set_or_changed_ends_streams_at_once(void **state)
{
	static const char *const changes[] = {"http_user=u&http_pass=p", "http_pass=q",
					      "http_user=v"};
	struct site *site = *state;
	char line[100];
	char known[300] = "";
	char asks[500];

	for (size_t i = 0; i < 3; i++) {
		struct visit visit;

		visit_begin(&visit, site);
		snprintf(asks, sizeof(asks), "GET /events HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
			 known);
		visit_say(&visit, asks, strlen(asks));
		assert_true(visit_hear(&visit, "\n\n"));
		site_run(site, 20);
		snprintf(line, sizeof(line), "GET /settings.htm?settings=save&%s", changes[i]);
		assert_int_equal(site_status(site_ask(site, line, known, NULL)), 200);
		/* Its end is one, no broken connection. */
		assert_true(visit_hear(&visit, "\r\n0\r\n\r\n"));
		assert_int_equal(count(visit.text, "data: "), 1);
		visit_end(&visit);
		snprintf(known, sizeof(known), "%s",
			 site_basic(i == 2 ? "v" : "u", i == 0 ? "p" : "q"));
	}
	assert_int_equal(site_status(site_ask(site, "GET /events", "", NULL)), 401);
}

static void another_setting_ends_no_stream(void **state)
{
	struct site *site = *state;
	struct visit visit;

	watch(&visit, site);
	assert_int_equal(
		site_status(site_ask(site, "GET /settings.htm?settings=save&download_port=21", "",
				     NULL)),
		200);
	site_plug(site, "A1");
	web_changed(site->web);
	assert_true(visit_hear(&visit, "\"serial\":\"A1\""));
	visit_end(&visit);
}

static void the_end_of_the_web_ends_streams(void **state)
{
	struct site *site = malloc(sizeof(*site));
	struct visit visit;

	(void)state;
	assert_non_null(site);
	site_open(site);
	watch(&visit, site);
	site_run(site, 20);
	web_free(site->web);
	site->web = NULL;
	visit_hear_all(&visit);
	visit_end(&visit);
	site_close(site);
	free(site);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(tells_the_state_at_once_and_after_a_change),
		SITE_TEST(changes_that_come_fast_are_told_together),
		SITE_TEST(a_change_of_nothing_tells_nothing),
		SITE_TEST(a_watcher_that_leaves_makes_room_for_another),
		SITE_TEST(a_password_that_is_set_or_changed_ends_streams_at_once),
		SITE_TEST(another_setting_ends_no_stream),
		SITE_TEST(one_address_does_not_take_the_streams_of_the_others),
		SITE_TEST(one_who_never_reads_does_not_hold_the_others),
		cmocka_unit_test(the_end_of_the_web_ends_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
