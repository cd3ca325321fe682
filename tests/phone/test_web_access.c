/* Who may do what, over real sockets: each verdict, Basic and Digest, and too many tries. */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
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

static void basic_wants_both_user_and_password(void **state)
{
	struct site *site = *state;

	site_lock(site, "admin", "secret");
	assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	assert_null(strstr(site->got, "D785"));
	assert_int_equal(ask(site, "GET /info.htm", site_basic("admin", "secret")), 200);
	assert_int_equal(ask(site, "GET /info.htm", site_basic("admin", "secre")), 401);
	assert_int_equal(ask(site, "GET /info.htm", site_basic("admim", "secret")), 401);
	assert_int_equal(ask(site, "GET /info.htm", "Authorization: Basic !!!\r\n"), 401);
	assert_int_equal(ask(site, "GET /status.json", ""), 401);
	assert_int_equal(ask(site, "GET /events", ""), 401);
}

static void digest_is_offered_before_basic(void **state)
{
	struct site *site = *state;
	const char *digest;
	const char *basic;

	site_lock(site, "admin", "secret");
	assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	digest = strstr(site->got, "WWW-Authenticate: Digest ");
	basic = strstr(site->got, "WWW-Authenticate: Basic ");
	assert_non_null(digest);
	assert_non_null(basic);
	assert_true(digest < basic);
	assert_non_null(strstr(site->got, "algorithm=sha-256"));
}

static void any_user_will_do_where_none_is_set(void **state)
{
	static const char *const users[] = {"", "admin", "somebody else"};
	static const char *const offers[] = {"Basic ", "Digest "};
	struct site *site = *state;

	site_lock(site, "", "secret");
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		assert_int_equal(ask(site, "GET /info.htm", site_basic(users[i], "secret")), 200);
		assert_int_equal(ask(site, SAVE, site_basic(users[i], "secret")), 200);
		assert_int_equal(ask(site, "GET /info.htm", site_basic(users[i], "secre")), 401);
		assert_int_equal(ask(site, "GET /info.htm", site_basic(users[i], "secret")), 200);
		assert_int_equal(ask(site, "GET /info.htm", site_basic(users[i], "")), 401);
	}
	/* With no user there can be no Digest, so nobody is asked for it. */
	assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		char line[64];

		snprintf(line, sizeof(line), "WWW-Authenticate: %s", offers[i]);
		assert_int_equal(strstr(site->got, line) != NULL, i == 0);
	}
}

static void digest_of_an_empty_user_is_neither_right_nor_a_wrong_try(void **state)
{
	struct site *site = *state;

	site_lock(site, "", "secret");
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask(site, "GET /info.htm",
				     "Authorization: Digest username=\"\", realm=\"uxm\", "
				     "nonce=\"0\", uri=\"/info.htm\", response=\"0\"\r\n"),
				 401);
	assert_int_equal(ask(site, "GET /info.htm", site_basic("", "secret")), 200);
}

/* SHA-256 of a text, in hexadecimal. */
static void hash(const char *text, char hex[65])
{
	unsigned char bytes[32];

	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, text, strlen(text), bytes), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned)bytes[i]);
}

/* Answers the challenge that `site` got last, as RFC 7616, section 3.4.1 has it; the user is named
 * as `sent`. */
static void answer_digest(const struct site *site, const char *user, const char *sent,
			  const char *password, unsigned count, char *header, size_t room)
{
	static const char mark[] = "nonce=\"";
	const char *found = strstr(site->got, mark);
	char text[512];
	char nonce[128];
	char first[65];
	char second[65];
	char response[65];
	size_t length;

	assert_non_null(found);
	found += strlen(mark);
	length = strcspn(found, "\"");
	assert_true(length < sizeof(nonce));
	snprintf(nonce, sizeof(nonce), "%.*s", (int)length, found);
	snprintf(text, sizeof(text), "%s:uxm:%s", user, password);
	hash(text, first);
	hash("GET:/info.htm", second);
	snprintf(text, sizeof(text), "%s:%s:%08x:abcdef:auth:%s", first, nonce, count, second);
	hash(text, response);
	snprintf(header, room,
		 "Authorization: Digest username=\"%s\", realm=\"uxm\", nonce=\"%s\", "
		 "uri=\"/info.htm\", algorithm=SHA-256, qop=auth, nc=%08x, cnonce=\"abcdef\", "
		 "response=\"%s\", opaque=\"uxm\"\r\n",
		 sent, nonce, count, response);
}

static void digest_knows_the_password(void **state)
{
	struct site *site = *state;
	char header[1024];

	site_lock(site, "admin", "secret");
	assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	answer_digest(site, "admin", "admin", "secret", 1, header, sizeof(header));
	assert_int_equal(ask(site, "GET /info.htm", header), 200);
	/* The same once more is somebody who listened, or requests that overtook each other: a
	 * browser that knows the password then answers the new challenge by itself. */
	assert_int_equal(ask(site, "GET /info.htm", header), 401);
	assert_non_null(strstr(site->got, "stale="));
	answer_digest(site, "admin", "admin", "secret", 1, header, sizeof(header));
	assert_int_equal(ask(site, "GET /info.htm", header), 200);
	assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	answer_digest(site, "admin", "admin", "wrong", 1, header, sizeof(header));
	assert_int_equal(ask(site, "GET /info.htm", header), 401);
	assert_null(strstr(site->got, "stale="));
}

/* Digest would be answered with "stale" for ever. */
static void a_user_that_digest_cannot_carry_is_asked_for_basic_alone(void **state)
{
	static const struct {
		const char *user;
		const char *sent;
	} rows[] = {{"a\"b", "a\\\"b"}, {"a\\b", "a\\\\b"}, {"a\\b", "a\\b"}};
	struct site *site = *state;
	char header[1024];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* A challenge of before. */
		site_lock(site, "admin", "secret");
		assert_int_equal(ask(site, "GET /info.htm", ""), 401);
		answer_digest(site, rows[i].user, rows[i].sent, "secret", 1, header,
			      sizeof(header));
		site_lock(site, rows[i].user, "secret");
		for (int n = 0; n < 10; n++) {
			assert_int_equal(ask(site, "GET /info.htm", header), 401);
			assert_null(strstr(site->got, "WWW-Authenticate: Digest "));
			assert_null(strstr(site->got, "stale="));
			assert_non_null(strstr(site->got, "WWW-Authenticate: Basic "));
		}
		assert_int_equal(ask(site, "GET /info.htm", site_basic(rows[i].user, "secret")),
				 200);
		assert_int_equal(ask(site, "GET /info.htm", site_basic(rows[i].user, "secre")),
				 401);
	}
}

/* As the settings file may hold it. */
static void lock_with_a_colon(struct site *site)
{
	struct uxm_failure why;

	site_lock(site, "", "secret");
	assert_int_equal(phone_settings_restore(site->settings, PHONE_HTTP_USER, "a:b",
						PHONE_PERM_WRITE, false, &why),
			 UXM_UPDATED);
}

static void nobody_gets_in_by_a_user_with_a_colon(void **state)
{
	static const char *const users[] = {"a:b", "a", "", "b"};
	static const char *const passwords[] = {"secret", "b:secret", "", "a:b:secret"};
	struct site *site = *state;
	char header[1024];

	site_lock(site, "admin", "secret");
	assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	answer_digest(site, "a:b", "a:b", "secret", 1, header, sizeof(header));
	lock_with_a_colon(site);
	assert_int_equal(ask(site, "GET /info.htm", header), 401);
	for (size_t i = 0; i < 4; i++) {
		/* So that none has to wait. */
		site_open_again(site, 0);
		lock_with_a_colon(site);
		for (size_t j = 0; j < 4; j++)
			assert_int_equal(
				ask(site, "GET /info.htm", site_basic(users[i], passwords[j])),
				401);
	}
}

/* Browsers then answer the new challenge by themselves, where it is said to be stale. */
static void a_challenge_of_before_a_restart_is_not_good_any_more(void **state)
{
	struct site *site = *state;
	char header[1024];

	site_lock(site, "admin", "secret");
	assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	answer_digest(site, "admin", "admin", "secret", 1, header, sizeof(header));
	site_open_again(site, 0);
	site_lock(site, "admin", "secret");
	assert_int_equal(ask(site, "GET /info.htm", header), 401);
	assert_non_null(strstr(site->got, "stale="));
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

static void too_many_wrong_passwords_have_to_wait(void **state)
{
	struct site *site = *state;

	site_lock(site, "admin", "secret");
	for (int i = 0; i < 5; i++)
		assert_int_equal(ask(site, "GET /info.htm", site_basic("admin", "wrong")), 401);
	assert_int_equal(ask(site, "GET /info.htm", site_basic("admin", "secret")), 429);
	assert_non_null(strstr(site->got, "Retry-After: 1\r\n"));
	/* Who offers none is only asked for one. */
	assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	site_run(site, 1100);
	assert_int_equal(ask(site, "GET /info.htm", site_basic("admin", "secret")), 200);
}

static void requests_without_a_password_are_no_wrong_tries(void **state)
{
	struct site *site = *state;

	site_lock(site, "admin", "secret");
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask(site, "GET /info.htm", ""), 401);
	assert_int_equal(ask(site, "GET /info.htm", site_basic("admin", "secret")), 200);
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
		SITE_TEST(basic_wants_both_user_and_password),
		SITE_TEST(digest_is_offered_before_basic),
		SITE_TEST(any_user_will_do_where_none_is_set),
		SITE_TEST(digest_of_an_empty_user_is_neither_right_nor_a_wrong_try),
		SITE_TEST(digest_knows_the_password),
		SITE_TEST(a_user_that_digest_cannot_carry_is_asked_for_basic_alone),
		SITE_TEST(nobody_gets_in_by_a_user_with_a_colon),
		SITE_TEST(a_challenge_of_before_a_restart_is_not_good_any_more),
		SITE_TEST(https_needs_a_certificate_that_is_one),
		SITE_TEST(too_many_wrong_passwords_have_to_wait),
		SITE_TEST(requests_without_a_password_are_no_wrong_tries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
