/* Who knows the password, over real sockets: Basic and Digest, and too many tries. */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "site.h"
#include "tests/cmocka.h"

#define SAVE "GET /settings.htm?settings=save&firmware_uxm=http://x/"

static unsigned ask(struct site *site, const char *line, const char *headers)
{
	return site_status(site_ask(site, line, headers, NULL));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)
		TEST(basic_wants_both_user_and_password),
		TEST(digest_is_offered_before_basic),
		TEST(any_user_will_do_where_none_is_set),
		TEST(digest_of_an_empty_user_is_neither_right_nor_a_wrong_try),
		TEST(digest_knows_the_password),
		TEST(a_user_that_digest_cannot_carry_is_asked_for_basic_alone),
		TEST(nobody_gets_in_by_a_user_with_a_colon),
		TEST(a_challenge_of_before_a_restart_is_not_good_any_more),
		TEST(too_many_wrong_passwords_have_to_wait),
		TEST(requests_without_a_password_are_no_wrong_tries),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
