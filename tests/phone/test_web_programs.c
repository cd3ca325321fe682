/* What programs get, which ask for JSON. */
#include <string.h>

#include "site.h"
#include "tests/cmocka.h"

#define JSON "Accept: application/json\r\n"

static void assert_refused(const char *answer, unsigned status, const char *text)
{
	if (site_status(answer) != status)
		fail_msg("not %u: %s", status, answer);
	site_assert_has(answer, "Content-Type: application/json\r\n");
	site_assert_has(answer, "\r\n\r\n{\"text\":\"");
	site_assert_has(answer, text);
}

static void what_a_form_asks_for_and_is_refused_is_told_in_json(void **state)
{
	static const struct {
		const char *path;
		const char *pairs;
		enum uxm_result says;
		unsigned status;
		const char *text;
	} rows[] = {
		{"/update.htm", "do=load&firmware=http://x/a", UXM_BUSY, 409, "The test says <no>"},
		{"/update.htm", "do=load&firmware=http://x/a", UXM_USAGE, 400, "The test says"},
		{"/update.htm", "do=load&firmware=http://x/a", UXM_IMAGE_REFUSED, 422, "The test"},
		{"/update.htm", "do=load", UXM_UPDATED, 400, "The field Firmware is empty"},
		{"/update.htm", "do=cancel", UXM_USAGE, 400, "The test says <no>"},
		{"/update.htm", "do=cancel", UXM_BUSY, 409, "The test says <no>"},
		{"/update.htm", "do=dance", UXM_UPDATED, 400, "It is not said what"},
		{"/update.htm", "settings=save&download_port=x", UXM_UPDATED, 400, "download_port"},
		{"/info.htm", "do=now&question=1", UXM_BUSY, 409, "The test says <no>"},
		{"/info.htm", "do=later&question=1", UXM_USAGE, 400, "The test says <no>"},
		{"/info.htm", "do=look", UXM_BUSY, 409, "The test says <no>"},
		{"/info.htm", "do=dance", UXM_UPDATED, 400, "It is not said what"},
		{"/settings.htm", "settings=save&firmware_interval=x", UXM_UPDATED, 400,
		 "firmware_interval"},
		{"/settings.htm", "settings=save&led=a", UXM_UPDATED, 403, "led"},
		{"/settings.htm", "firmware_interval=60", UXM_UPDATED, 400, "To change settings"},
		{"/settings.htm", "settings=save&firmware_interval=60", UXM_INTERNAL, 500,
		 "The test says <no>"},
		{"/advanced_update.htm", "reboot=no", UXM_UPDATED, 400, "To restart"},
		{"/advanced_update.htm", "reboot=Reboot", UXM_BUSY, 409, "The test says <no>"},
	};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		site->says = rows[i].says;
		assert_refused(site_post(site, rows[i].path, JSON, rows[i].pairs), rows[i].status,
			       rows[i].text);
	}
	assert_int_equal(site->starts + site->cancels + site->answers + site->looks + site->saves +
				 site->restarts,
			 0);
}

static void what_a_get_asks_for_and_is_refused_is_told_in_json(void **state)
{
	static const struct {
		const char *line;
		const char *headers;
		unsigned status;
		const char *text;
	} rows[] = {
		{"GET /settings.htm?settings=save&firmware_interval=x", JSON, 400,
		 "firmware_interval"},
		{"GET /settings.htm?settings=no", JSON, 400, "To change settings"},
		{"GET /info.htm?do=dance", JSON, 400, "It is not said what"},
		{"GET /advanced_update.htm?reboot=no", JSON, 400, "To restart"},
		{"GET /nothing", JSON, 404, "There is no such page here."},
		/* Nobody is there to answer a question. */
		{"GET /settings.htm?settings=save&firmware_interval=60",
		 JSON "Accept-Language: *\r\n", 403, "Nothing was changed"},
		{"GET /advanced_update.htm?reboot=Reboot", JSON "Sec-Fetch-Mode: cors\r\n", 403,
		 "Nothing was changed"},
	};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(site_ask(site, rows[i].line, rows[i].headers, NULL), rows[i].status,
			       rows[i].text);
	assert_int_equal(site->keeps + site->restarts, 0);
}

static void what_is_done_is_answered_as_ever(void **state)
{
	struct site *site = *state;

	assert_int_equal(site_status(site_post(site, "/update.htm", JSON, "do=cancel")), 303);
	assert_int_equal(site_status(site_post(site, "/settings.htm", JSON,
					       "settings=save&firmware_interval=60")),
			 303);
	assert_int_equal(
		site_status(site_ask(site, "GET /settings.htm?settings=save&firmware_interval=61",
				     JSON, NULL)),
		200);
	assert_int_equal(site->keeps, 2);
}

static void json_is_wanted_where_accept_lists_it(void **state)
{
	static const struct {
		const char *headers;
		bool wanted;
	} rows[] = {
		{"Accept: application/json\r\n", true},
		{"Accept: application/json, */*\r\n", true},
		{"Accept: application/json, text/plain, */*\r\n", true},
		{"Accept: text/html;level=1;q=0.5 ,\tApplication/JSON ; q=0.9\r\n", true},
		{"Accept: application/json;charset=utf-8\r\n", true},
		{"Accept: application/json;q=0.001\r\n", true},
		{"Accept: text/plain\r\naccept: application/json\r\n", true},
		{"Accept: a/b;c=\"d,e\\\",\", application/json\r\n", true},
		{"Accept: ,, application/json,\r\n", true},
		{"Accept: application/json;q=0\r\n", false},
		{"Accept: application/json; Q=0.000 , */*\r\n", false},
		{"Accept: application/json;a=b;q=0;c=d\r\n", false},
		{"Accept: application/jsonp\r\n", false},
		{"Accept: application/json-seq, application/ld+json\r\n", false},
		{"Accept: a/b;c=\", application/json\"\r\n", false},
		{"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n",
		 false},
		{"Accept: application/*\r\n", false},
		{"Accept: */*\r\n", false},
		{"Accept:\r\n", false},
		{"", false},
	};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *answer = site_ask(site, "GET /nothing", rows[i].headers, NULL);

		assert_int_equal(site_status(answer), 404);
		if ((strstr(answer, "Content-Type: application/json\r\n") != NULL) !=
		    rows[i].wanted)
			fail_msg("'%s'", rows[i].headers);
	}
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(what_a_form_asks_for_and_is_refused_is_told_in_json),
		SITE_TEST(what_a_get_asks_for_and_is_refused_is_told_in_json),
		SITE_TEST(what_is_done_is_answered_as_ever),
		SITE_TEST(json_is_wanted_where_accept_lists_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
