/* What forms do, over real sockets. */
#include <stdio.h>
#include <string.h>

#include "site.h"
#include "tests/cmocka.h"

static unsigned post(struct site *site, const char *path, const char *pairs)
{
	return site_status(site_post(site, path, "", pairs));
}

static const char *text(const struct site *site, enum phone_id id)
{
	return phone_settings_text(site->settings, id);
}

static void load_starts_an_update_and_goes_back_to_the_page(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/update.htm", "do=load&firmware=http%3A%2F%2Fx%2Fa.bin"), 303);
	assert_non_null(strstr(site->got, "Location: update.htm\r\n"));
	assert_int_equal(site->starts, 1);
	assert_string_equal(site->source, "http://x/a.bin");
	assert_false(site->override);
	assert_false(site->allow_older);
	assert_int_equal(site->upload_size, 0);
	assert_int_equal(post(site, "/update.htm", "do=load&firmware=a.bin&override=on&older=on"),
			 303);
	assert_true(site->override);
	assert_true(site->allow_older);
}

static void blanks_around_a_pasted_url_are_not_seen_and_not_meant(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/update.htm", "do=load&firmware=++http://x/a.bin%0D%0A+"),
			 303);
	assert_string_equal(site->source, "http://x/a.bin");
	assert_int_equal(post(site, "/update.htm", "do=load&firmware=+"), 400);
	assert_non_null(strstr(site->got, "The field Firmware is empty"));
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&setting_server=+http://x/s.xml+&http_pass=+p+"),
			 303);
	assert_string_equal(phone_settings_text(site->settings, PHONE_SETTING_SERVER),
			    "http://x/s.xml");
	assert_string_equal(phone_settings_text(site->settings, PHONE_HTTP_PASS), " p ");
}

static void a_refused_load_says_why_and_keeps_what_was_typed(void **state)
{
	static const struct {
		enum uxm_result result;
		unsigned status;
	} refusals[] = {{UXM_USAGE, 400}, {UXM_NO_MODULE, 409},     {UXM_SEVERAL_MODULES, 409},
			{UXM_BUSY, 409},  {UXM_IMAGE_REFUSED, 422}, {UXM_INTERNAL, 500}};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		site->says = refusals[i].result;
		assert_int_equal(
			post(site, "/update.htm", "do=load&firmware=http://x/%22a.bin&older=on"),
			refusals[i].status);
		assert_non_null(strstr(site->got, "role=\"alert\">The test says &lt;no&gt;."));
		assert_non_null(strstr(site->got, "value=\"http://x/&quot;a.bin\""));
		assert_non_null(strstr(site->got, "name=\"older\" value=\"on\" checked>"));
		assert_null(strstr(site->got, "name=\"override\" value=\"on\" checked>"));
	}
	site->says = UXM_UPDATED;
	assert_int_equal(post(site, "/update.htm", "do=load&firmware="), 400);
	assert_int_equal(post(site, "/update.htm", "do=load"), 400);
	assert_int_equal(post(site, "/update.htm", "do=dance"), 400);
	assert_int_equal(site->starts, 0);
}

static void cancel_cancels(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/update.htm", "do=cancel"), 303);
	assert_int_equal(site->cancels, 1);
	site->says = UXM_BUSY;
	assert_int_equal(post(site, "/update.htm", "do=cancel"), 409);
	assert_int_equal(site->cancels, 1);
}

static void settings_are_saved_all_or_none(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&firmware_interval=60&update_policy=auto_update"),
			 303);
	assert_non_null(strstr(site->got, "Location: settings.htm?said=saved\r\n"));
	assert_string_equal(text(site, PHONE_FIRMWARE_INTERVAL), "60");
	assert_string_equal(text(site, PHONE_UPDATE_POLICY), "auto_update");
	assert_int_equal(site->keeps, 1);
	/* The second is not allowed. */
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&firmware_interval=70&update_policy=sometimes"),
			 400);
	assert_string_equal(text(site, PHONE_FIRMWARE_INTERVAL), "60");
	assert_non_null(strstr(site->got, "value=\"70\""));
	assert_int_equal(
		post(site, "/settings.htm", "settings=save&firmware_interval=70&nothing=1"), 400);
	assert_non_null(strstr(site->got, "There is no setting &#39;nothing&#39;"));
	assert_string_equal(text(site, PHONE_FIRMWARE_INTERVAL), "60");
	assert_int_equal(post(site, "/settings.htm", "firmware_interval=70"), 400);
	assert_int_equal(site->keeps, 1);
	/* They cannot be written. */
	site->says = UXM_INTERNAL;
	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_interval=70"), 500);
	assert_string_equal(text(site, PHONE_FIRMWARE_INTERVAL), "60");
}

static void only_what_was_saved_is_logged_as_changed(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&firmware_interval=70&update_policy=sometimes"),
			 400);
	site->says = UXM_INTERNAL;
	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_interval=70"), 500);
	assert_string_equal(site_said(site), "");
	site->says = UXM_UPDATED;
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&http_user=a&firmware_spread=60&firmware_interval=70"),
			 303);
	assert_string_equal(site_said(site),
			    "uxmd: The setting firmware_interval is changed over the web.\n"
			    "uxmd: The setting http_user is changed over the web.\n");
}

static void the_machines_settings_are_out_of_reach(void **state)
{
	struct site *site = *state;

	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		const struct phone_setting *setting = phone_setting((enum phone_id)i);
		char pairs[256];

		if (setting->reach == PHONE_REACH_WEB)
			continue;
		/* Even to what it is already. */
		snprintf(pairs, sizeof(pairs), "settings=save&%s=%s", setting->name,
			 text(site, (enum phone_id)i));
		assert_int_equal(post(site, "/settings.htm", pairs), 403);
	}
	assert_int_equal(site->keeps, 0);
}

static void an_empty_secret_leaves_it_and_remove_removes_it(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/settings.htm", "settings=save&download_password=a%26b"), 303);
	assert_string_equal(text(site, PHONE_DOWNLOAD_PASSWORD), "a&b");
	assert_int_equal(post(site, "/settings.htm", "settings=save&download_password="), 303);
	assert_string_equal(text(site, PHONE_DOWNLOAD_PASSWORD), "a&b");
	assert_int_equal(post(site, "/settings.htm", "settings=save&remove=firmware_uxm"), 400);
	assert_int_equal(post(site, "/settings.htm", "settings=save&remove=download_password"),
			 303);
	assert_string_equal(text(site, PHONE_DOWNLOAD_PASSWORD), "");
}

static void an_empty_secret_by_hand_is_refused_with_what_removes_it(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/settings.htm", "settings=save&download_password=a"), 303);
	assert_int_equal(
		site_status(site_ask(site, "GET /settings.htm?settings=save&download_password=", "",
				     NULL)),
		400);
	assert_non_null(strstr(site->got, "to remove it send remove=download_password."));
	assert_int_equal(post(site, "/settings.htm", "settings=save&by_link=on&download_password="),
			 400);
	assert_string_equal(text(site, PHONE_DOWNLOAD_PASSWORD), "a");
	assert_int_equal(site_status(site_ask(
				 site, "GET /settings.htm?settings=save&remove=download_password",
				 "", NULL)),
			 200);
	assert_string_equal(text(site, PHONE_DOWNLOAD_PASSWORD), "");
}

static void a_refused_secret_is_not_shown(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&download_password=hunter2&firmware_interval=x"),
			 400);
	assert_null(strstr(site->got, "hunter2"));
}

static void passwords_inside_of_urls_are_not_shown(void **state)
{
	static const char url[] = "http://ann:hunter2@x/a?key=hunter3";
	static const char *const gets[] = {
		"GET /settings.htm", "GET /update.htm",
		"GET /settings.htm?settings=save&setting_server=http://ann:hunter2@y/"};
	struct site *site = *state;
	struct uxm_failure why;

	for (enum phone_id id = 0; id < PHONE_SETTINGS; id++) {
		if (phone_setting(id)->kind == PHONE_URL)
			assert_int_equal(
				phone_settings_set(site->settings, id, url, PHONE_BY_USER, &why),
				UXM_UPDATED);
	}
	for (size_t i = 0; i < sizeof(gets) / sizeof(gets[0]); i++) {
		assert_int_equal(
			site_status(site_ask(site, gets[i], "Accept-Language: en\r\n", NULL)), 200);
		assert_null(strstr(site->got, "hunter"));
		assert_non_null(strstr(site->got, i < 2 ? "\"http://x/a?...\"" : "http://y/"));
	}
	/* Nothing hides nothing. */
	assert_non_null(strstr(site_ask(site, "GET /settings.htm?settings=save&firmware_uxm=",
					"Accept-Language: en\r\n", NULL),
			       "name=\"firmware_uxm\" value=\"\""));
	/* As it is shown it is as it was. */
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&shown.setting_server=http://x/a%3F...&"
			      "setting_server=http://x/a%3F...&firmware_interval=60"),
			 303);
	assert_string_equal(text(site, PHONE_SETTING_SERVER), url);
	assert_string_equal(text(site, PHONE_FIRMWARE_INTERVAL), "60");
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&shown.setting_server=http://x/a%3F...&"
			      "setting_server=http://y/"),
			 303);
	assert_string_equal(text(site, PHONE_SETTING_SERVER), "http://y/");
	/* Nor what was typed and refused. */
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&firmware_interval=x&"
			      "setting_server=http://ann:hunter2@z/"),
			 400);
	assert_null(strstr(site->got, "hunter"));
	site->says = UXM_BUSY;
	assert_int_equal(post(site, "/update.htm", "do=load&firmware=http://ann:hunter2@x/a.bin"),
			 409);
	assert_null(strstr(site->got, "hunter"));
}

static void an_empty_url_is_shown_as_empty(void **state)
{
	struct site *site = *state;

	(void)site_ask(site, "GET /settings.htm", "", NULL);
	assert_non_null(strstr(site->got, "name=\"shown.firmware_uxm\" value=\"\""));
	assert_null(strstr(site->got, "..."));
	assert_null(strstr(site->got, "enter it whole"));
}

static void what_is_only_shown_in_part_is_not_saved_in_part(void **state)
{
	struct site *site = *state;

	assert_int_equal(
		post(site, "/settings.htm", "settings=save&setting_server=http://x/a%3Fkey%3Db"),
		303);
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&shown.setting_server=http://x/a%3F...&"
			      "setting_server=http://y/a%3F..."),
			 400);
	assert_non_null(strstr(site->got, "enter the complete URL"));
	assert_string_equal(text(site, PHONE_SETTING_SERVER), "http://x/a?key=b");
}

static void what_is_sent_as_it_was_is_not_the_users(void **state)
{
	struct site *site = *state;
	struct uxm_failure why;

	assert_int_equal(phone_settings_provision(site->settings, PHONE_SETTING_SERVER, "http://x/",
						  PHONE_PERM_OWN, &why),
			 UXM_UPDATED);
	assert_int_equal(phone_settings_provision(site->settings, PHONE_FIRMWARE_INTERVAL, "60",
						  PHONE_PERM_READ, &why),
			 UXM_UPDATED);
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&setting_server=http://x/&firmware_interval=60"),
			 303);
	assert_false(phone_settings_is_own(site->settings, PHONE_SETTING_SERVER));
	assert_int_equal(post(site, "/settings.htm", "settings=save&setting_server=http://y/"),
			 303);
	assert_true(phone_settings_is_own(site->settings, PHONE_SETTING_SERVER));
	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_interval=61"), 403);
	/* Permissions come through a save. */
	assert_int_equal(phone_settings_perm(site->settings, PHONE_FIRMWARE_INTERVAL),
			 PHONE_PERM_READ);
}

static void an_old_page_takes_nothing_back(void **state)
{
	struct site *site = *state;

	/* As it was opened before the interval became 60. */
	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_interval=60"), 303);
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&shown.firmware_interval=1440&firmware_interval=1440&"
			      "shown.firmware_spread=60&firmware_spread=7"),
			 303);
	assert_string_equal(text(site, PHONE_FIRMWARE_INTERVAL), "60");
	assert_string_equal(text(site, PHONE_FIRMWARE_SPREAD), "7");
	/* Both changed the same: the second is told, and sees what there is and what it typed. */
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&shown.firmware_interval=1440&firmware_interval=90&"
			      "shown.firmware_spread=60&firmware_spread=60"),
			 409);
	assert_non_null(strstr(site->got, "The setting firmware_interval was changed since"));
	assert_non_null(strstr(site->got, "name=\"shown.firmware_interval\" value=\"60\""));
	assert_non_null(strstr(site->got, "max=\"525600\" value=\"90\""));
	assert_non_null(strstr(site->got, "max=\"86400\" value=\"7\""));
	assert_string_equal(text(site, PHONE_FIRMWARE_INTERVAL), "60");
	/* Which then is no old page any more. */
	assert_int_equal(post(site, "/settings.htm",
			      "settings=save&shown.firmware_interval=60&firmware_interval=90"),
			 303);
	assert_string_equal(text(site, PHONE_FIRMWARE_INTERVAL), "90");
}

static void download_defaults_are_saved_from_the_update_page(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/update.htm",
			      "settings=save&download_use_defaults=on&download_method=https"),
			 303);
	assert_non_null(strstr(site->got, "Location: update.htm?said=saved\r\n"));
	assert_true(phone_settings_is_on(site->settings, PHONE_DOWNLOAD_USE_DEFAULTS));
	assert_non_null(strstr(site_ask(site, "GET /update.htm?said=saved", "", NULL),
			       "The settings are saved."));
	assert_int_equal(post(site, "/update.htm", "settings=save&download_port=65536"), 400);
	assert_non_null(strstr(site->got, "<details open>"));
}

static void reboot_begins_the_start_up_procedure(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/advanced_update.htm", "reboot=Reboot"), 303);
	assert_int_equal(site->restarts, 1);
	assert_int_equal(post(site, "/advanced_update.htm", "reboot=No"), 400);
	assert_int_equal(post(site, "/advanced_update.htm", ""), 400);
	assert_int_equal(site->restarts, 1);
	site->says = UXM_BUSY;
	assert_int_equal(post(site, "/advanced_update.htm", "reboot=Reboot"), 409);
}

static void a_form_may_come_byte_by_byte(void **state)
{
	struct site *site = *state;
	struct visit visit;
	char request[512];
	char body[256];
	int length;

	length = snprintf(body, sizeof(body), "token=%s&settings=save&firmware_uxm=%%68ttp://x/",
			  site_token(site, ""));
	length = snprintf(request, sizeof(request),
			  "POST /settings.htm HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
			  "application/x-www-form-urlencoded\r\nContent-Length: %d\r\n"
			  "Connection: close\r\n\r\n%s",
			  length, body);
	visit_begin(&visit, site);
	for (int i = 0; i < length; i++) {
		visit_say(&visit, request + i, 1);
		site_run(site, 1);
	}
	visit_hear_all(&visit);
	assert_int_equal(site_status(visit.text), 303);
	assert_string_equal(text(site, PHONE_FIRMWARE_UXM), "http://x/");
	visit_end(&visit);
}

static void forms_that_cannot_be_understood_do_nothing(void **state)
{
	struct site *site = *state;

	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_uxm=%zz"), 400);
	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_uxm=%"), 400);
	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_uxm=a%00b"), 400);
	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_uxm=a%01b"), 400);
	assert_int_equal(post(site, "/settings.htm", "settings=save&firmware_uxm=%ff"), 400);
	assert_int_equal(
		site_status(site_ask(site, "GET /settings.htm?settings=save&firmware_uxm=%0", "",
				     NULL)),
		400);
	assert_int_equal(site->keeps, 0);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(load_starts_an_update_and_goes_back_to_the_page),
		SITE_TEST(blanks_around_a_pasted_url_are_not_seen_and_not_meant),
		SITE_TEST(a_refused_load_says_why_and_keeps_what_was_typed),
		SITE_TEST(cancel_cancels),
		SITE_TEST(settings_are_saved_all_or_none),
		SITE_TEST(only_what_was_saved_is_logged_as_changed),
		SITE_TEST(the_machines_settings_are_out_of_reach),
		SITE_TEST(an_empty_secret_leaves_it_and_remove_removes_it),
		SITE_TEST(an_empty_secret_by_hand_is_refused_with_what_removes_it),
		SITE_TEST(a_refused_secret_is_not_shown),
		SITE_TEST(passwords_inside_of_urls_are_not_shown),
		SITE_TEST(an_empty_url_is_shown_as_empty),
		SITE_TEST(what_is_only_shown_in_part_is_not_saved_in_part),
		SITE_TEST(what_is_sent_as_it_was_is_not_the_users),
		SITE_TEST(an_old_page_takes_nothing_back),
		SITE_TEST(download_defaults_are_saved_from_the_update_page),
		SITE_TEST(reboot_begins_the_start_up_procedure),
		SITE_TEST(a_form_may_come_byte_by_byte),
		SITE_TEST(forms_that_cannot_be_understood_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
