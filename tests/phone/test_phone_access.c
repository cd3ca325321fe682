/* phone/access.c: each verdict, their order, hosts, and wrong passwords. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "phone/access.h"
#include "tests/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define HOST .host = "192.0.2.7:8080", .name = ""

static void each_request_gets_its_verdict(void **state)
{
	static const struct {
		const char *what;
		struct access_request request;
		enum access_verdict verdict;
	} rows[] = {
		{"reading, no password", {HOST}, ACCESS_GRANTED},
		{"reading, no password, from loopback", {HOST, .loopback = true}, ACCESS_GRANTED},
		{"reading, password not known", {HOST, .has_password = true}, ACCESS_WHO},
		{"reading, password known",
		 {HOST, .has_password = true, .knows_password = true},
		 ACCESS_GRANTED},
		{"reading by a browser",
		 {HOST, .accept_language = "de", .referer = "http://evil/"},
		 ACCESS_GRANTED},
		{"reading with hidden tags", {HOST, .hidden_tags = true}, ACCESS_GRANTED},
		{"no host", {.host = NULL, .name = ""}, ACCESS_NO_HOST},
		{"another host", {.host = "evil.example", .name = ""}, ACCESS_NO_HOST},
		{"another host comes before the password",
		 {.host = "evil.example", .name = "", .has_password = true},
		 ACCESS_NO_HOST},
		{"another host, though all else is right",
		 {.act = ACCESS_CHANGE,
		  .host = "evil.example",
		  .name = "phone",
		  .is_post = true,
		  .loopback = true,
		  .has_password = true,
		  .knows_password = true,
		  .token_right = true},
		 ACCESS_NO_HOST},
		{"changing, password not known, with everything else",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true, .loopback = true,
		  .has_password = true, .token_right = true},
		 ACCESS_WHO},
		{"the password comes before hidden tags",
		 {HOST, .act = ACCESS_CHANGE, .has_password = true, .hidden_tags = true},
		 ACCESS_WHO},
		{"no password, changing from outside",
		 {HOST, .act = ACCESS_CHANGE},
		 ACCESS_LOCAL_ONLY},
		{"no password, changing from outside with the token",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true, .token_right = true},
		 ACCESS_LOCAL_ONLY},
		{"a password that is known but none is set",
		 {HOST, .act = ACCESS_CHANGE, .knows_password = true},
		 ACCESS_LOCAL_ONLY},
		{"loopback comes before the token",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true},
		 ACCESS_LOCAL_ONLY},
		{"no password, changing from loopback by bare GET",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true},
		 ACCESS_GRANTED},
		{"POST without the token",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true, .loopback = true},
		 ACCESS_TOKEN},
		{"POST without the token, with the password",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true, .has_password = true,
		  .knows_password = true},
		 ACCESS_TOKEN},
		{"POST without the token and hidden tags",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true, .loopback = true,
		  .hidden_tags = true},
		 ACCESS_TOKEN},
		{"POST with the token by a browser, hidden tags",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true, .loopback = true,
		  .token_right = true, .hidden_tags = true, .accept_language = "de",
		  .origin = "http://192.0.2.7:8080", .has_fetch_metadata = true},
		 ACCESS_GRANTED},
		{"POST with the token by a page of another site",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true, .loopback = true,
		  .token_right = true, .origin = "http://evil.example"},
		 ACCESS_TOKEN},
		{"POST with the token, without what browsers send",
		 {HOST, .act = ACCESS_CHANGE, .is_post = true, .has_password = true,
		  .knows_password = true, .token_right = true},
		 ACCESS_GRANTED},
		{"GET with the token by a browser",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true, .token_right = true,
		  .accept_language = "de"},
		 ACCESS_CONFIRM},
		{"GET with the token, hidden tags",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true, .token_right = true,
		  .hidden_tags = true},
		 ACCESS_HIDDEN_TAGS},
		{"bare GET with hidden tags",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true, .hidden_tags = true},
		 ACCESS_HIDDEN_TAGS},
		{"hidden tags come before the question",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true, .hidden_tags = true,
		  .origin = "null"},
		 ACCESS_HIDDEN_TAGS},
		{"bare GET with the password",
		 {HOST, .act = ACCESS_CHANGE, .has_password = true, .knows_password = true},
		 ACCESS_GRANTED},
		{"bare GET with Accept-Language",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true, .accept_language = "en"},
		 ACCESS_CONFIRM},
		{"bare GET with Origin",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true, .origin = "null"},
		 ACCESS_CONFIRM},
		{"bare GET with Referer, empty too",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true, .referer = ""},
		 ACCESS_CONFIRM},
		{"bare GET with Sec-Fetch-Site",
		 {HOST, .act = ACCESS_CHANGE, .loopback = true, .has_fetch_metadata = true},
		 ACCESS_CONFIRM},
		{"bare GET of a browser with the password",
		 {HOST, .act = ACCESS_CHANGE, .has_password = true, .knows_password = true,
		  .accept_language = "en"},
		 ACCESS_CONFIRM},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum access_verdict verdict = access_judge(&rows[i].request);

		if (verdict != rows[i].verdict)
			fail_msg("%s: %d, not %d", rows[i].what, verdict, rows[i].verdict);
	}
}

static void another_scheme_host_or_port_is_another_site(void **state)
{
	static const struct {
		const char *what;
		struct access_request request;
		bool foreign;
	} rows[] = {
		{"nothing", {HOST}, false},
		{"its own origin", {HOST, .origin = "http://192.0.2.7:8080"}, false},
		{"a proxy's https", {HOST, .origin = "https://192.0.2.7:8080"}, false},
		{"http for https", {HOST, .tls = true, .origin = "http://192.0.2.7:8080"}, true},
		{"https", {HOST, .tls = true, .origin = "https://192.0.2.7:8080"}, false},
		{"another port", {HOST, .origin = "http://192.0.2.7:8081"}, true},
		{"another port, shorter", {HOST, .origin = "http://192.0.2.7:808"}, true},
		{"no port", {HOST, .origin = "http://192.0.2.7"}, true},
		{"another host", {HOST, .origin = "http://192.0.2.70:8080"}, true},
		{"a longer name", {HOST, .origin = "http://192.0.2.7:8080.evil"}, true},
		{"a user", {HOST, .origin = "http://192.0.2.7:8080@evil"}, true},
		{"another scheme", {HOST, .origin = "ftp://192.0.2.7:8080"}, true},
		{"an origin of nobody", {HOST, .origin = "null"}, true},
		{"an empty origin", {HOST, .origin = ""}, true},
		{"its own page", {HOST, .referer = "http://192.0.2.7:8080/a?b#c"}, false},
		{"another's page", {HOST, .referer = "http://evil/?http://192.0.2.7:8080/"}, true},
		{"a page that is not said", {HOST, .referer = ""}, false},
		{"its own origin, another's page",
		 {HOST, .origin = "http://192.0.2.7:8080", .referer = "http://evil/"},
		 true},
		{"another site", {HOST, .fetch_site = "cross-site"}, true},
		{"a site nearby", {HOST, .fetch_site = "same-site"}, true},
		{"the same", {HOST, .fetch_site = "same-origin"}, false},
		{"the user", {HOST, .fetch_site = "none"}, false},
		{"the port of http", {.host = "phone", .origin = "http://Phone:80"}, false},
		{"the port of http in Host", {.host = "phone:80", .origin = "http://phone"}, false},
		{"the port of https", {.host = "phone:443", .origin = "https://phone"}, false},
		{"the port of the other", {.host = "phone:443", .origin = "http://phone"}, true},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (access_is_foreign(&rows[i].request) != rows[i].foreign)
			fail_msg("%s", rows[i].what);
	}
}

static void a_host_is_an_address_localhost_or_the_name(void **state)
{
	static const struct {
		const char *host;
		bool right;
	} rows[] = {
		{"192.0.2.1", true},
		{"192.0.2.1:80", true},
		{"127.0.0.1:65535", true},
		{"[::1]", true},
		{"[2001:db8::1]:8080", true},
		{"[::ffff:192.0.2.1]", true},
		{"localhost", true},
		{"LocalHost:80", true},
		{"phone.example", true},
		{"Phone.Example:443", true},
		{NULL, false},
		{"", false},
		{":80", false},
		{"evil.example", false},
		{"phone.example.evil", false},
		{"xphone.example", false},
		{"phone.example:", false},
		{"phone.example:80x", false},
		{"phone.example:123456", false},
		{"phone.example@evil", false},
		{"192.0.2.1.evil", false},
		{"192.0.2", false},
		{"0x7f000001", false},
		{"192.0.2.256", false},
		{"::1", false},
		{"[::1", false},
		{"[::1]x", false},
		{"[::1]:", false},
		{"[evil]", false},
		{"[]", false},
		{"[phone.example]", false},
		{"localhost:80:80", false},
		{" 192.0.2.1", false},
	};
	char endless[600];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (access_host_is_right(rows[i].host, "phone.example") != rows[i].right)
			fail_msg("'%s'", rows[i].host != NULL ? rows[i].host : "none");
	}
	assert_false(access_host_is_right("", ""));
	assert_false(access_host_is_right("phone", ""));
	assert_false(access_host_is_right("phone", NULL));
	memset(endless, 'a', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_false(access_host_is_right(endless, endless));
}

static void texts_are_the_same_or_not(void **state)
{
	static const char *const texts[] = {"", "a", "b", "ab", "aa", "secret", "secreu", "tecret"};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		for (size_t j = 0; j < ROWS(texts); j++)
			assert_int_equal(access_same_text(texts[i], texts[j]), i == j);
	}
}

/* An address as the web server gives it. */
static const struct sockaddr *from(const char *text, struct sockaddr_storage *storage)
{
	struct sockaddr_in of_4 = {.sin_family = AF_INET, .sin_port = 1234};
	struct sockaddr_in6 of_6 = {.sin6_family = AF_INET6, .sin6_port = 1234};

	memset(storage, 0, sizeof(*storage));
	if (inet_pton(AF_INET, text, &of_4.sin_addr) == 1) {
		memcpy(storage, &of_4, sizeof(of_4));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &of_6.sin6_addr), 1);
		memcpy(storage, &of_6, sizeof(of_6));
	}
	return (const struct sockaddr *)storage;
}

static void five_wrong_passwords_are_free_and_then_the_wait_doubles_to_five_minutes(void **state)
{
	static const uint32_t waits[] = {0,  0,  0,  0,   1,   2,   4,   8,
					 16, 32, 64, 128, 256, 300, 300, 300};
	struct access_tries tries = {.of = {{.wrong = 0}}};
	struct sockaddr_storage storage;
	const struct sockaddr *address = from("192.0.2.1", &storage);
	uint64_t now = 1000000;

	(void)state;
	for (size_t i = 0; i < ROWS(waits); i++) {
		assert_int_equal(access_tries_wait(&tries, address, now), 0);
		access_tries_wrong(&tries, address, now);
		assert_int_equal(access_tries_wait(&tries, address, now), waits[i]);
		if (waits[i] > 0) {
			now += waits[i] * 1000 - 1;
			assert_int_equal(access_tries_wait(&tries, address, now), 1);
			now += 1;
		}
	}
	access_tries_right(&tries, address);
	for (int i = 0; i < 4; i++)
		access_tries_wrong(&tries, address, now);
	assert_int_equal(access_tries_wait(&tries, address, now), 0);
}

static void addresses_are_counted_by_themselves_and_ipv6_by_networks(void **state)
{
	static const struct {
		const char *address;
		bool waits;
	} rows[] = {
		{"192.0.2.1", true},
		{"::ffff:192.0.2.1", true},
		{"192.0.2.2", false},
		{"2001:db8:0:1::1", true},
		{"2001:db8:0:1:ffff::2", true},
		{"2001:db8:0:2::1", false},
	};
	struct access_tries tries = {.of = {{.wrong = 0}}};
	struct sockaddr_storage storage;

	(void)state;
	for (int i = 0; i < 5; i++) {
		access_tries_wrong(&tries, from("192.0.2.1", &storage), 5);
		access_tries_wrong(&tries, from("2001:db8:0:1::1", &storage), 5);
	}
	for (size_t i = 0; i < ROWS(rows); i++) {
		if ((access_tries_wait(&tries, from(rows[i].address, &storage), 5) > 0) !=
		    rows[i].waits)
			fail_msg("%s", rows[i].address);
	}
}

static void of_more_than_64_addresses_the_one_that_was_quiet_for_longest_is_forgotten(void **state)
{
	struct access_tries tries = {.of = {{.wrong = 0}}};
	struct sockaddr_storage storage;
	char text[INET_ADDRSTRLEN];

	(void)state;
	for (int i = 0; i < 5; i++) {
		access_tries_wrong(&tries, from("192.0.2.1", &storage), 10);
		access_tries_wrong(&tries, from("192.0.2.2", &storage), 11);
	}
	for (int i = 0; i < ACCESS_TRIES_MOST - 2; i++) {
		snprintf(text, sizeof(text), "198.51.100.%d", i);
		access_tries_wrong(&tries, from(text, &storage), 20);
	}
	assert_int_equal(access_tries_wait(&tries, from("192.0.2.1", &storage), 20), 1);
	access_tries_wrong(&tries, from("203.0.113.1", &storage), 21);
	assert_int_equal(access_tries_wait(&tries, from("192.0.2.1", &storage), 21), 0);
	assert_int_equal(access_tries_wait(&tries, from("192.0.2.2", &storage), 21), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_request_gets_its_verdict),
		cmocka_unit_test(another_scheme_host_or_port_is_another_site),
		cmocka_unit_test(a_host_is_an_address_localhost_or_the_name),
		cmocka_unit_test(texts_are_the_same_or_not),
		cmocka_unit_test(
			five_wrong_passwords_are_free_and_then_the_wait_doubles_to_five_minutes),
		cmocka_unit_test(addresses_are_counted_by_themselves_and_ipv6_by_networks),
		cmocka_unit_test(
			of_more_than_64_addresses_the_one_that_was_quiet_for_longest_is_forgotten),
	};

	return cmocka_run_group_tests_name("phone/access", tests, NULL, NULL);
}
