/* Each page, in each state, over real sockets. */
#include <stdio.h>
#include <string.h>

#include "site.h"
#include "tests/cmocka.h"

#define HOSTILE "<script>alert('1')</script>\"&"
#define ESCAPED "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;"

static void take(struct site *site, const char *line)
{
	cJSON *object = cJSON_Parse(line);

	assert_non_null(object);
	assert_true(state_take_line(&site->state, object));
	cJSON_Delete(object);
}

static void info_shows_phone_and_modules(void **state)
{
	struct site *site = *state;
	const char *page;

	site_plug(site, "A1");
	page = site_ask(site, "GET /info.htm", "", NULL);
	assert_int_equal(site_status(page), 200);
	site_assert_has(page, "<td>D785</td>");
	site_assert_has(page, "<td>00:04:13:00:00:01</td>");
	site_assert_has(page, "<td>10.1.64.14</td>");
	site_assert_has(page,
			"USB Expansion Module</th><td>1</td></tr>\n<tr><th "
			"scope=\"row\">Version</th><td>1.5.3 (D7C, serial A1, hardware level 2)");
	site_assert_has(page, "none yet");
	site_plug(site, "A2");
	page = site_ask(site, "GET /info.htm", "", NULL);
	site_assert_has(page, "USB Expansion Module</th><td>2</td>");
	site_assert_has(page, "serial A2");
}

static void info_says_why_modules_are_not_known(void **state)
{
	struct site *site = *state;
	struct state_list none = {.count = 0};

	state_set_list(&site->state, &none, "The bus is <gone>.");
	site_assert_has(site_ask(site, "GET /info.htm", "", NULL), "The bus is &lt;gone&gt;.");
	site->state.looked = false;
	site_assert_has(site_ask(site, "GET /info.htm", "", NULL), "being looked for");
}

static void hostile_texts_are_escaped_on_every_page(void **state)
{
	static const char *const lines[] = {"GET /info.htm", "GET /update.htm", "GET /settings.htm",
					    "GET /advanced_update.htm"};
	struct site *site = *state;
	struct uxm_failure why;

	site_plug(site, HOSTILE);
	site->state.phone_type = HOSTILE;
	state_begin(&site->state, HOSTILE, HOSTILE, "1");
	state_note(&site->state, HOSTILE);
	assert_int_equal(phone_settings_set(site->settings, PHONE_FIRMWARE_UXM, HOSTILE,
					    PHONE_BY_UXMD, &why),
			 UXM_UPDATED);
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			const char *page = site_ask(site, lines[i], "", NULL);

			assert_int_equal(site_status(page), 200);
			site_assert_lacks(page, "<script>alert");
			if (i < 3)
				site_assert_has(page, ESCAPED);
		}
		state_end(&site->state, UXM_FETCH_FAILED, HOSTILE, 0);
	}
}

static void update_says_beforehand_what_is_needed(void **state)
{
	struct site *site = *state;
	const char *page = site_ask(site, "GET /update.htm", "", NULL);

	site_assert_has(page, "<b>Not met:</b>");
	site_assert_has(page, "Manual Expansion Module Software Update");
	site_assert_has(page, "<label for=\"firmware\">Firmware</label>");
	site_assert_has(page, ">Load</button>");
	site_plug(site, "A1");
	page = site_ask(site, "GET /update.htm", "", NULL);
	site_assert_lacks(page, "<b>Not met:</b>");
	site_assert_has(page, "<b>Met:</b> exactly one");
	site_assert_has(page, "at least 10.1.64.14");
	site->state.phone_version = "10.1.64.13";
	page = site_ask(site, "GET /update.htm", "", NULL);
	site_assert_has(page, "<b>Met:</b> exactly one");
	site_assert_has(page, "<b>Not met:</b>");
	site->state.phone_version = "10.1.64.14";
	site_plug(site, "A2");
	page = site_ask(site, "GET /update.htm", "", NULL);
	site_assert_lacks(page, "<b>Met:</b> exactly one");
	site_assert_has(page, "<b>Not met:</b>");
}

static void update_follows_an_update_to_its_end(void **state)
{
	struct site *site = *state;
	const char *page;

	site_plug(site, "A1");
	state_begin(&site->state, "http://server/snomD7C-1.6.1-r.bin", "A1", "1.6.1");
	take(site, "{\"event\":\"progress\",\"elapsed_ms\":80,\"step\":\"fetch\",\"percent\":0}");
	page = site_ask(site, "GET /update.htm", "", NULL);
	site_assert_has(page, "<progress aria-label=\"Fetch\"></progress>");
	take(site, "{\"event\":\"progress\",\"elapsed_ms\":812,\"step\":\"send\","
		   "\"accepted\":20447084,\"size\":37916419,\"percent\":53,"
		   "\"bytes_per_second\":6312345}");
	page = site_ask(site, "GET /update.htm", "", NULL);
	site_assert_has(page, "20447084</span> of 37916419 bytes, 6.3 MB/s, 3 s left");
	site_assert_has(page, "<progress max=\"100\" value=\"53\"");
	site_assert_has(page, "<li aria-current=\"step\">Send</li>");
	site_assert_has(page, ">Cancel</button>");
	site_assert_has(page, "http-equiv=\"refresh\"");
	site_assert_lacks(page, ">Load</button>");
	take(site, "{\"event\":\"progress\",\"elapsed_ms\":900,\"step\":\"install\","
		   "\"accepted\":37916419,\"size\":37916419,\"percent\":40}");
	page = site_ask(site, "GET /update.htm", "", NULL);
	site_assert_has(page, "<progress max=\"100\" value=\"40\"");
	site_assert_has(page, "can no longer be stopped");
	site_assert_lacks(page, ">Cancel</button>");
	take(site, "{\"event\":\"progress\",\"elapsed_ms\":901,\"step\":\"reboot\","
		   "\"accepted\":37916419,\"size\":37916419,\"percent\":0}");
	site_assert_has(site_ask(site, "GET /update.htm", "", NULL),
			"Update successful, rebooting...");
	state_end(&site->state, UXM_UPDATED, "The module runs 1.6.1.", 1000000000);
	page = site_ask(site, "GET /update.htm", "", NULL);
	site_assert_has(page, "<p class=\"good\">The module runs 1.6.1.</p>");
	/* The list is older than the update's end. */
	site_assert_lacks(page, "The module runs version");
	site_assert_has(page, ">Load</button>");
	site_assert_lacks(page, "http-equiv=\"refresh\"");
	snprintf(site->state.list.modules[0].version, sizeof(site->state.list.modules[0].version),
		 "1.6.1");
	site_assert_has(site_ask(site, "GET /update.htm", "", NULL),
			"The module runs version 1.6.1.");
	page = site_ask(site, "GET /info.htm", "", NULL);
	site_assert_has(page, "The module runs 1.6.1. (updated)");
	site_assert_has(page, "2001-09-09");
}

static void every_result_has_its_sentence_and_an_advice(void **state)
{
	struct site *site = *state;

	for (int result = UXM_INTERNAL; result <= UXM_NOT_PERMITTED; result++) {
		const char *page;

		state_begin(&site->state, "x", "A1", "1");
		state_end(&site->state, (enum uxm_result)result, "It did not work.", 0);
		page = site_ask(site, "GET /update.htm", "", NULL);
		site_assert_has(page, "<p class=\"bad\">It did not work.</p><p>");
		site_assert_lacks(page, "It did not work.</p><p></p>");
	}
}

static void settings_shows_all_but_the_machines_and_never_a_secret(void **state)
{
	struct site *site = *state;
	struct uxm_failure why;
	const char *page;

	assert_int_equal(phone_settings_set(site->settings, PHONE_DOWNLOAD_PASSWORD, "hunter2",
					    PHONE_BY_USER, &why),
			 UXM_UPDATED);
	page = site_ask(site, "GET /settings.htm", "", NULL);
	site_assert_lacks(page, "hunter2");
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		const struct phone_setting *setting = phone_setting((enum phone_id)i);
		char label[128];

		snprintf(label, sizeof(label), "<label for=\"%s\">", setting->name);
		if (setting->reach == PHONE_REACH_MACHINE)
			site_assert_lacks(page, setting->name);
		else
			site_assert_has(page, label);
	}
	site_assert_has(page, "<small id=\"led-note\">led, set by provisioning, or in the settings "
			      "file, only</small>");
	site_assert_has(page, "placeholder=\"set; empty leaves it\"");
	site_assert_has(page, "name=\"remove\" value=\"download_password\"");
	site_assert_has(page, "<option selected>settings_only</option>");
	site_assert_lacks(site_ask(site, "GET /update.htm", "", NULL), "hunter2");
	site_assert_lacks(site_ask(site, "GET /status.json", "", NULL), "hunter2");
}

static void settings_that_are_read_only_are_disabled(void **state)
{
	struct site *site = *state;
	struct uxm_failure why;

	assert_int_equal(phone_settings_provision(site->settings, PHONE_SETTING_SERVER, "http://x/",
						  PHONE_PERM_READ, &why),
			 UXM_UPDATED);
	site_assert_has(site_ask(site, "GET /settings.htm", "", NULL),
			"aria-describedby=\"setting_server-note\" disabled>\n<small "
			"id=\"setting_server-note\">setting_server, read-only</small>");
}

static void every_answer_has_the_headers_that_keep_others_out(void **state)
{
	static const char *const lines[] = {
		"GET /info.htm",  "GET /update.htm",  "GET /settings.htm", "GET /style.css",
		"GET /uxm.js",    "GET /status.json", "GET /nothing",      "GET /",
		"POST /info.htm", "DELETE /info.htm"};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *answer = site_ask(site, lines[i], "", NULL);

		site_assert_has(
			answer,
			"Content-Security-Policy: default-src 'none'; style-src 'self'; "
			"script-src 'self'; connect-src 'self'; img-src 'self'; form-action "
			"'self'; frame-ancestors 'none'; base-uri 'none'\r\n");
		site_assert_has(answer, "X-Content-Type-Options: nosniff\r\n");
		site_assert_has(answer, "Referrer-Policy: same-origin\r\n");
		if (strstr(lines[i], "style") == NULL && strstr(lines[i], "uxm.js") == NULL)
			site_assert_has(answer, "Cache-Control: no-store\r\n");
		site_assert_lacks(answer, "<style");
		site_assert_lacks(answer, " style=");
		site_assert_lacks(answer, " onclick=");
	}
}

static void what_is_not_there_is_404_and_what_is_not_meant_405(void **state)
{
	struct site *site = *state;

	assert_int_equal(site_status(site_ask(site, "GET /nothing", "", NULL)), 404);
	assert_int_equal(site_status(site_ask(site, "GET /info.htm/", "", NULL)), 404);
	assert_int_equal(site_status(site_ask(site, "GET /%69nfo.htm", "", NULL)), 404);
	assert_int_equal(
		site_status(site_ask(site, "GET /a-path-that-is-longer-than-any-of-these-pages", "",
				     NULL)),
		404);
	assert_int_equal(site_status(site_ask(site, "DELETE /info.htm", "", NULL)), 405);
	assert_int_equal(site_status(site_ask(site, "GET /upload", "", NULL)), 405);
	assert_int_equal(site_status(site_post(site, "/status.json", "", "")), 405);
	assert_int_equal(site_status(site_ask(site, "HEAD /settings.htm?settings=save", "", NULL)),
			 405);
	assert_int_equal(site_status(site_ask(site, "HEAD /info.htm", "", NULL)), 200);
	site_assert_lacks(site->got, "<html");
	assert_int_equal(site->keeps, 0);
}

static void status_json_is_the_state(void **state)
{
	struct site *site = *state;
	const char *body;
	cJSON *object;

	site_plug(site, HOSTILE);
	body = strstr(site_ask(site, "GET /status.json", "", NULL), "\r\n\r\n");
	assert_non_null(body);
	site_assert_has(site->got, "Content-Type: application/json\r\n");
	object = cJSON_Parse(body + 4);
	assert_non_null(object);
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetObjectItem(
			cJSON_GetArrayItem(cJSON_GetObjectItem(object, "modules"), 0), "serial")),
		HOSTILE);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(object, "ready")));
	cJSON_Delete(object);
}

static void without_a_password_every_page_says_so(void **state)
{
	static const char *const lines[] = {"GET /info.htm", "GET /update.htm", "GET /settings.htm",
					    "GET /advanced_update.htm", "GET /nothing"};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		site_assert_has(site_ask(site, lines[i], "", NULL), "No password is set");
		site_assert_has(site->got, "Set a user and a password under ");
	}
	site_assert_has(site_ask(site, "GET /settings.htm", "", NULL),
			"; set a user too: without one any name will do");
	site_lock(site, "admin", "secret");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		site_assert_lacks(site_ask(site, lines[i], site_basic("admin", "secret"), NULL),
				  "No password is set");
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(info_shows_phone_and_modules),
		SITE_TEST(info_says_why_modules_are_not_known),
		SITE_TEST(hostile_texts_are_escaped_on_every_page),
		SITE_TEST(update_says_beforehand_what_is_needed),
		SITE_TEST(update_follows_an_update_to_its_end),
		SITE_TEST(every_result_has_its_sentence_and_an_advice),
		SITE_TEST(settings_shows_all_but_the_machines_and_never_a_secret),
		SITE_TEST(settings_that_are_read_only_are_disabled),
		SITE_TEST(every_answer_has_the_headers_that_keep_others_out),
		SITE_TEST(what_is_not_there_is_404_and_what_is_not_meant_405),
		SITE_TEST(status_json_is_the_state),
		SITE_TEST(without_a_password_every_page_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
