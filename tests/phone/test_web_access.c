/* Who may do what, over real sockets: each verdict. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "site.h"
#include "tests/cmocka.h"

#define SAVE "GET /settings.htm?settings=save&firmware_uxm=http://x/"

static unsigned ask(struct site *site, const char *line, const char *headers)
{
	return site_status(site_ask(site, line, headers, NULL));
}

static void a_host_that_is_not_this_phones_is_refused(void **state)
{
	struct site *site = *state;

	assert_int_equal(ask(site, "GET /info.htm", "Host: evil.example\r\n"), 421);
	assert_null(strstr(site->got, "D785"));
	assert_int_equal(ask(site, SAVE, "Host: evil.example\r\n"), 421);
	assert_int_equal(site->keeps, 0);
	assert_int_equal(ask(site, "GET /info.htm", "Host: phone.example:8080\r\n"), 200);
	assert_int_equal(ask(site, "GET /info.htm", "Host: [::1]\r\n"), 200);
}

static void without_a_password_all_may_read_and_only_loopback_may_change(void **state)
{
	struct site *site = *state;

	assert_int_equal(ask(site, "GET /info.htm", ""), 200);
	assert_int_equal(ask(site, "GET /update.htm", ""), 200);
	assert_non_null(strstr(site->got, "value=\"load\" disabled>Load"));
	assert_null(strstr(site->got, "token"));
	/* One that is not right either. */
	memset(site->token, '0', 32);
	assert_int_equal(ask(site, SAVE, ""), 403);
	assert_int_equal(ask(site, "GET /advanced_update.htm?reboot=Reboot", ""), 403);
	assert_int_equal(
		site_status(site_post(site, "/settings.htm", "", "settings=save&http_pass=x")),
		403);
	assert_int_equal(
		site_status(site_post(site, "/update.htm", "", "do=load&firmware=http://x")), 403);
	assert_int_equal(site->keeps + site->restarts + site->starts, 0);
	assert_string_equal(phone_settings_text(site->settings, PHONE_HTTP_PASS), "");
}

static void with_a_password_far_visitors_change_things_too(void **state)
{
	struct site *site = *state;

	site_lock(site, "admin", "secret");
	assert_int_equal(ask(site, SAVE, ""), 401);
	assert_int_equal(ask(site, SAVE, site_basic("admin", "secret")), 200);
	assert_int_equal(site->keeps, 1);
}

static void the_documented_gets_act_at_once_for_scripts(void **state)
{
	struct site *site = *state;

	assert_int_equal(ask(site, SAVE, "User-Agent: curl/7.88\r\nAccept: */*\r\n"), 200);
	assert_int_equal(site->keeps, 1);
	assert_string_equal(phone_settings_text(site->settings, PHONE_FIRMWARE_UXM), "http://x/");
	assert_int_equal(ask(site, "GET /dummy.htm?settings=save&firmware_uxm=", ""), 200);
	assert_string_equal(phone_settings_text(site->settings, PHONE_FIRMWARE_UXM), "");
	assert_int_equal(ask(site, "GET /advanced_update.htm?reboot=Reboot", ""), 200);
	assert_int_equal(site->restarts, 1);
}

static void the_same_gets_out_of_a_browser_are_asked_about(void **state)
{
	static const char *const headers[] = {
		"Accept-Language: en\r\n", "Origin: http://evil.example\r\n",
		"Referer: http://evil.example/\r\n", "Sec-Fetch-Site: cross-site\r\n",
		"sec-fetch-mode: navigate\r\n"};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		assert_int_equal(ask(site, SAVE, headers[i]), 200);
		assert_non_null(strstr(site->got, "Is this meant?"));
		assert_non_null(strstr(site->got, "name=\"firmware_uxm\" value=\"http://x/\""));
		assert_int_equal(ask(site, "GET /advanced_update.htm?reboot=Reboot", headers[i]),
				 200);
		assert_non_null(strstr(site->got, "Is this meant?"));
	}
	assert_int_equal(site->keeps + site->restarts, 0);
	/* The question's own answer. */
	assert_int_equal(site_status(site_post(site, "/settings.htm", headers[0],
					       "settings=save&firmware_uxm=http://x/")),
			 303);
	assert_int_equal(site->keeps, 1);
}

static void the_question_never_repeats_a_secret(void **state)
{
	struct site *site = *state;

	assert_int_equal(ask(site,
			     "GET /settings.htm?settings=save&http_pass=hunter2&http_user=%3Cb",
			     "Accept-Language: en\r\n"),
			 200);
	assert_null(strstr(site->got, "hunter2"));
	assert_non_null(strstr(site->got, "name=\"http_pass\" type=\"password\""));
	assert_non_null(strstr(site->got, "name=\"http_user\" value=\"&lt;b\""));
}

static void with_hidden_tags_no_bare_get_changes_anything(void **state)
{
	struct site *site = *state;
	struct uxm_failure why;

	assert_int_equal(
		phone_settings_set(site->settings, PHONE_HIDDEN_TAGS, "on", PHONE_BY_USER, &why),
		UXM_UPDATED);
	assert_int_equal(ask(site, SAVE, ""), 403);
	assert_int_equal(ask(site, SAVE, "Accept-Language: en\r\n"), 403);
	assert_int_equal(ask(site, "GET /advanced_update.htm?reboot=Reboot", ""), 403);
	assert_int_equal(site->keeps + site->restarts, 0);
	assert_int_equal(site_status(site_post(site, "/settings.htm", "",
					       "settings=save&firmware_uxm=http://y/")),
			 303);
	assert_int_equal(site->keeps, 1);
}

static void a_form_without_the_right_token_does_nothing(void **state)
{
	static const char *const bodies[] = {"settings=save&firmware_uxm=http://x/",
					     "token=&settings=save",
					     "token=00000000000000000000000000000000&do=cancel",
					     "do=load&firmware=http://x/snomD7C-1.6.1-r.bin"};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(site_status(site_ask(site, "POST /settings.htm", "", bodies[i])),
				 403);
		assert_int_equal(site_status(site_ask(site, "POST /update.htm", "", bodies[i])),
				 403);
		assert_int_equal(
			site_status(site_ask(site, "POST /advanced_update.htm", "", bodies[i])),
			403);
	}
	assert_int_equal(
		site_status(site_ask(site, "POST /upload?name=a", "X-Uxm-Token: 0\r\n", "b")), 403);
	assert_int_equal(site->keeps + site->starts + site->cancels + site->restarts, 0);
	/* The token of before does not come from the address either, where it is wrong. */
	assert_int_equal(site_status(site_ask(site, "POST /update.htm?token=0", "", "do=cancel")),
			 403);
}

static void the_right_token_helps_no_other_site(void **state)
{
	static const char *const headers[] = {"Origin: http://evil.example\r\n", "Origin: null\r\n",
					      "Referer: http://evil.example/\r\n",
					      "Sec-Fetch-Site: cross-site\r\n"};
	struct site *site = *state;
	char line[200];

	site_token(site, "");
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		assert_int_equal(site_status(site_post(site, "/settings.htm", headers[i],
						       "settings=save&firmware_uxm=http://x/")),
				 403);
		assert_int_equal(
			site_status(site_post(site, "/update.htm", headers[i], "do=cancel")), 403);
		snprintf(line, sizeof(line), "X-Uxm-Token: %s\r\n%s", site->token, headers[i]);
		assert_int_equal(site_status(site_ask(site, "POST /upload?name=a", line, "b")),
				 403);
		snprintf(line, sizeof(line), SAVE "&token=%s", site->token);
		assert_int_equal(ask(site, line, headers[i]), 200);
		assert_non_null(strstr(site->got, "Is this meant?"));
	}
	assert_int_equal(site->keeps + site->starts + site->cancels, 0);
	/* The phone's own pages. */
	assert_int_equal(site_status(site_post(site, "/update.htm",
					       "Origin: http://127.0.0.1\r\n"
					       "Referer: http://127.0.0.1/update.htm\r\n"
					       "Sec-Fetch-Site: same-origin\r\n",
					       "do=cancel")),
			 303);
	assert_int_equal(site->cancels, 1);
}

static void another_user_or_password_ends_the_token(void **state)
{
	struct site *site = *state;
	char old[sizeof(site->token)];
	char known[256];

	snprintf(old, sizeof(old), "%s", site_token(site, ""));
	assert_int_equal(site_status(site_post(site, "/settings.htm", "",
					       "settings=save&http_user=admin&http_pass=one")),
			 303);
	snprintf(known, sizeof(known), "%s", site_basic("admin", "one"));
	assert_int_equal(site_status(site_post(site, "/update.htm", known, "do=cancel")), 403);
	assert_string_not_equal(site_token(site, known), old);
	/* Neither a wrong password nor another setting ends it. */
	assert_int_equal(ask(site, "GET /info.htm", site_basic("admin", "two")), 401);
	assert_int_equal(site_status(site_post(site, "/settings.htm", known,
					       "settings=save&firmware_interval=60")),
			 303);
	assert_int_equal(site_status(site_post(site, "/update.htm", known, "do=cancel")), 303);
	/* Provisioning sets one as well. */
	site_lock(site, "admin", "two");
	snprintf(known, sizeof(known), "%s", site_basic("admin", "two"));
	assert_int_equal(site_status(site_post(site, "/update.htm", known, "do=cancel")), 403);
	assert_int_equal(site->cancels, 1);
}

static void https_needs_a_certificate_that_is_one(void **state)
{
	struct site *site = *state;
	struct web_options options = {.loop = site->loop,
				      .state = &site->state,
				      .settings = site->settings,
				      .name = "",
				      .certificate = "no certificate",
				      .key = "no key"};
	struct uxm_failure why = {.result = UXM_UPDATED};

	options.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(options.listener >= 0);
	assert_int_equal(listen(options.listener, 1), 0);
	assert_null(web_new(&options, &why));
	assert_int_equal(why.result, UXM_USAGE);
	assert_int_equal(close(options.listener), 0);
	/* The one that was there is not disturbed. */
	assert_int_equal(ask(site, "GET /info.htm", ""), 200);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)
#define FAR_TEST(name)  cmocka_unit_test_setup_teardown(name, site_make_far, site_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(a_host_that_is_not_this_phones_is_refused),
		FAR_TEST(without_a_password_all_may_read_and_only_loopback_may_change),
		FAR_TEST(with_a_password_far_visitors_change_things_too),
		SITE_TEST(the_documented_gets_act_at_once_for_scripts),
		SITE_TEST(the_same_gets_out_of_a_browser_are_asked_about),
		SITE_TEST(the_question_never_repeats_a_secret),
		SITE_TEST(with_hidden_tags_no_bare_get_changes_anything),
		SITE_TEST(a_form_without_the_right_token_does_nothing),
		SITE_TEST(the_right_token_helps_no_other_site),
		SITE_TEST(another_user_or_password_ends_the_token),
		SITE_TEST(https_needs_a_certificate_that_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
