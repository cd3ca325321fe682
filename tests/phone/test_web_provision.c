/* Updates by provisioning on the pages: what is shown, and what is asked. */
#include <stdio.h>
#include <string.h>

#include "site.h"
#include "tests/cmocka.h"

#define OFFER "http://h/snomD7C-1.6.1-r.bin"

static const char *info(struct site *site)
{
	const char *page = site_ask(site, "GET /info.htm", "", NULL);

	assert_int_equal(site_status(page), 200);
	return page;
}

static void offer(struct site *site)
{
	struct state_provision *provision = &site->state.provision;

	provision->configured = true;
	provision->asking = true;
	snprintf(provision->offer, sizeof(provision->offer), "%s", OFFER);
	snprintf(provision->question, sizeof(provision->question), "0000abcd");
	snprintf(provision->text, sizeof(provision->text), "The policy is to ask <you>.");
}

static void info_says_that_no_server_is_set_and_has_no_button(void **state)
{
	const char *page = info(*state);

	site_assert_has(page, "No server is set");
	site_assert_lacks(page, "Next look");
	site_assert_lacks(page, "value=\"look\"");
	site_assert_lacks(page, "Update now");
}

static void info_says_why_an_image_is_not_installed_and_when_is_looked_next(void **state)
{
	struct site *site = *state;
	struct state_provision *provision = &site->state.provision;
	const char *page;

	provision->configured = true;
	site_assert_has(info(site), "not been asked yet");
	snprintf(provision->text, sizeof(provision->text), "update_policy is <settings_only>.");
	snprintf(provision->offer, sizeof(provision->offer), "%s", OFFER);
	snprintf(provision->look, sizeof(provision->look), "The server is & stays away.");
	provision->looked = 1000000000;
	provision->next = 2000000000;
	page = info(site);
	site_assert_has(page, "update_policy is &lt;settings_only&gt;.");
	site_assert_has(page, "Offered: " OFFER);
	site_assert_has(page, "The server is &amp; stays away.");
	/* Once is enough. */
	snprintf(provision->text, sizeof(provision->text), "%s is offered and waits.", OFFER);
	site_assert_lacks(info(site), "Offered: ");
	page = info(site);
	site_assert_has(page, "2001-09-09 ");
	site_assert_has(page, "<th scope=\"row\">Next look</th><td>2033-05-18 ");
	site_assert_has(page, "<button name=\"do\" value=\"look\">");
	site_assert_lacks(page, "Update now");
	provision->looking = true;
	page = info(site);
	site_assert_has(page, "going on now");
	site_assert_has(page, "<button name=\"do\" value=\"look\" disabled>");
}

static void modules_that_are_done_are_listed_where_each_is_remembered(void **state)
{
	struct site *site = *state;
	struct uxm_failure why;

	site_assert_lacks(info(site), "Modules done");
	assert_int_equal(
		phone_settings_set(site->settings, PHONE_UXM_PER_MODULE, "on", PHONE_BY_USER, &why),
		UXM_UPDATED);
	site_assert_has(info(site), "<th scope=\"row\">Modules done</th><td>none yet");
	for (unsigned i = 1; i <= 102; i++) {
		char serial[16];

		snprintf(serial, sizeof(serial), "S<%u>", i);
		assert_true(record_done(site->record, serial, "D7C",
					"http://u:secret@h/snomD7C-1.6.1-r.bin", 1000000000 + i));
	}
	site_assert_has(info(site), "S&lt;102&gt; (D7C): " OFFER);
	site_assert_has(site->got, "S&lt;3&gt; (D7C)");
	site_assert_has(site->got, "and 2 more");
	site_assert_lacks(site->got, "S&lt;2&gt; (D7C)");
	site_assert_lacks(site->got, "secret");
}

static void what_is_offered_is_asked_for_on_both_pages(void **state)
{
	static const char *const pages[] = {"GET /info.htm", "GET /update.htm"};
	struct site *site = *state;

	offer(site);
	for (size_t i = 0; i < 2; i++) {
		const char *page = site_ask(site, pages[i], "", NULL);

		site_assert_has(page, "<h2>An update is offered</h2>");
		site_assert_has(page, "The policy is to ask &lt;you&gt;.");
		site_assert_has(page, "name=\"question\" value=\"0000abcd\"");
		site_assert_has(page, "<button name=\"do\" value=\"now\">Update now</button>");
		site_assert_has(page, "<button name=\"do\" value=\"later\">Later</button>");
	}
}

static void the_buttons_act_and_lead_back(void **state)
{
	struct site *site = *state;
	const char *page;

	offer(site);
	page = site_post(site, "/info.htm", "", "do=now&question=0000abcd");
	assert_int_equal(site_status(page), 303);
	site_assert_has(page, "Location: info.htm?said=now\r\n");
	assert_int_equal(site->answers, 1);
	assert_true(site->answer_now);
	assert_string_equal(site->question, "0000abcd");
	page = site_post(site, "/info.htm", "", "do=later&question=0000abcd");
	site_assert_has(page, "Location: info.htm?said=later\r\n");
	assert_int_equal(site->answers, 2);
	assert_false(site->answer_now);
	page = site_post(site, "/info.htm", "", "do=look");
	site_assert_has(page, "Location: info.htm?said=looking\r\n");
	assert_int_equal(site->looks, 1);
	site_assert_has(site_ask(site, "GET /info.htm?said=looking", "", NULL),
			"The provisioning server is being asked.");
}

static void a_program_may_do_so_by_get_and_a_browser_is_asked_once_more(void **state)
{
	struct site *site = *state;
	const char *page = site_ask(site, "GET /info.htm?do=look", "", NULL);

	assert_int_equal(site_status(page), 200);
	site_assert_has(page, "The provisioning server is being asked.");
	assert_int_equal(site->looks, 1);
	page = site_ask(site, "GET /info.htm?do=now&question=0000abcd", "Accept-Language: en\r\n",
			NULL);
	site_assert_has(page, "Is this meant?");
	site_assert_has(page, "action=\"info.htm\"");
	assert_int_equal(site->answers, 0);
}

static void nothing_is_done_without_the_token_or_without_a_word(void **state)
{
	struct site *site = *state;

	offer(site);
	assert_int_equal(site_status(site_ask(site, "POST /info.htm",
					      "Content-Type: application/x-www-form-urlencoded\r\n",
					      "do=now&question=0000abcd")),
			 403);
	assert_int_equal(site_status(site_post(site, "/info.htm", "", "do=nothing")), 400);
	site_assert_has(site->got, "It is not said what is to be done");
	assert_int_equal(site->answers, 0);
	assert_int_equal(site->looks, 0);
}

static void what_is_refused_is_said_on_the_page(void **state)
{
	struct site *site = *state;

	offer(site);
	site->says = UXM_BUSY;
	assert_int_equal(site_status(site_post(site, "/info.htm", "", "do=look")), 409);
	site_assert_has(site->got, "The test says &lt;no&gt;.");
	site_assert_has(site->got, "Phone version");
}

static void who_may_not_change_things_sees_the_offer_and_cannot_answer(void **state)
{
	struct site *site = *state;
	const char *page;

	site_close(site);
	site_open_far(site);
	offer(site);
	page = info(site);
	site_assert_has(page, "<button name=\"do\" value=\"now\" disabled>");
	site_assert_has(page, "<button name=\"do\" value=\"look\" disabled>");
}

/* It starts over, even where it was empty before. */
static void an_empty_firmware_uxm_that_is_sent_is_told_as_cleared(void **state)
{
	struct site *site = *state;

	assert_int_equal(site_status(site_ask(
				 site, "GET /settings.htm?settings=save&firmware_uxm=", "", NULL)),
			 200);
	assert_int_equal(site->saves, 1);
	assert_int_equal(site->clears, 1);
	assert_int_equal(
		site_status(site_ask(site, "GET /settings.htm?settings=save&firmware_uxm=" OFFER,
				     "", NULL)),
		200);
	assert_int_equal(
		site_status(site_ask(site, "GET /settings.htm?settings=save&firmware_interval=60",
				     "", NULL)),
		200);
	assert_int_equal(site->saves, 3);
	assert_int_equal(site->clears, 1);
}

static void a_page_that_sends_firmware_uxm_as_it_was_clears_nothing(void **state)
{
	struct site *site = *state;

	assert_int_equal(site_status(site_post(site, "/settings.htm", "",
					       "settings=save&firmware_uxm=&firmware_interval=60")),
			 303);
	assert_int_equal(site->saves, 1);
	assert_int_equal(site->clears, 0);
	assert_int_equal(site_status(site_post(site, "/settings.htm", "",
					       "settings=save&firmware_uxm=" OFFER)),
			 303);
	/* From before that one. */
	assert_int_equal(site_status(site_post(site, "/settings.htm", "",
					       "settings=save&shown.firmware_uxm=&firmware_uxm=")),
			 303);
	assert_int_equal(site->clears, 0);
	assert_int_equal(
		site_status(site_post(site, "/settings.htm", "", "settings=save&firmware_uxm=")),
		303);
	assert_int_equal(site->clears, 1);
}

static void a_link_that_was_confirmed_clears_as_a_get_does(void **state)
{
	struct site *site = *state;

	assert_non_null(strstr(site_ask(site, "GET /settings.htm?settings=save&firmware_uxm=",
					"Accept-Language: en\r\n", NULL),
			       "name=\"by_link\" value=\"on\""));
	assert_int_equal(site->clears, 0);
	assert_int_equal(site_status(site_post(site, "/settings.htm", "",
					       "settings=save&firmware_uxm=&by_link=on")),
			 303);
	assert_int_equal(site->clears, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)
		SITE_TEST(info_says_that_no_server_is_set_and_has_no_button),
		SITE_TEST(info_says_why_an_image_is_not_installed_and_when_is_looked_next),
		SITE_TEST(modules_that_are_done_are_listed_where_each_is_remembered),
		SITE_TEST(what_is_offered_is_asked_for_on_both_pages),
		SITE_TEST(the_buttons_act_and_lead_back),
		SITE_TEST(a_program_may_do_so_by_get_and_a_browser_is_asked_once_more),
		SITE_TEST(nothing_is_done_without_the_token_or_without_a_word),
		SITE_TEST(what_is_refused_is_said_on_the_page),
		SITE_TEST(who_may_not_change_things_sees_the_offer_and_cannot_answer),
		SITE_TEST(an_empty_firmware_uxm_that_is_sent_is_told_as_cleared),
		SITE_TEST(a_page_that_sends_firmware_uxm_as_it_was_clears_nothing),
		SITE_TEST(a_link_that_was_confirmed_clears_as_a_get_does),
#undef SITE_TEST
	};

	return cmocka_run_group_tests_name("web/provision", tests, NULL, NULL);
}
