/* settings.htm, and the pages that ask once more. */
#include <string.h>

#include "phone/page.h"
#include "phone/text.h"

/* A group of fields begins with each of these. */
static const struct {
	enum phone_id first;
	const char *title;
} groups[] = {{PHONE_FIRMWARE_UXM, "Firmware and provisioning"},
	      {PHONE_DOWNLOAD_USE_DEFAULTS, "Download defaults"},
	      {PHONE_HTTP_USER, "These pages"},
	      {PHONE_LED, "Signs on the phone"}};

static void begin_group(struct html *html, enum phone_id id)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (groups[i].first == id)
			html_write(html,
				   i == 0 ? "<fieldset><legend>%s</legend>\n"
					  : "</fieldset>\n<fieldset><legend>%s</legend>\n",
				   groups[i].title);
	}
}

void page_settings(struct html *html, const struct page *page)
{
	page_begin(html, page, "Settings", 0);
	page_form(html, page, "settings.htm", NULL);
	html_write(html, "<input type=\"hidden\" name=\"settings\" value=\"save\">\n");
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		if (phone_setting((enum phone_id)i)->reach == PHONE_REACH_MACHINE)
			continue;
		begin_group(html, (enum phone_id)i);
		page_field(html, page, (enum phone_id)i);
	}
	html_write(html, "</fieldset>\n<button%s>Save</button>\n</form>\n",
		   page->may_change ? "" : " disabled");
	page_end(html);
}

void page_restart(struct html *html, const struct page *page)
{
	page_begin(html, page, "Restart", 0);
	html_write(html, "<p>Starts the start-up procedure again: the settings file and the "
			 "firmware file are looked at as after power-on.</p>\n");
	page_form(html, page, "advanced_update.htm", NULL);
	html_write(html, "<button name=\"reboot\" value=\"Reboot\"%s>Reboot</button>\n</form>\n",
		   page->may_change ? "" : " disabled");
	page_end(html);
}

/* A page never has a secret in it, not even one that its own address has. */
static void confirm_pair(struct html *html, const char *name, const char *value)
{
	char shown[PAGE_URL];
	enum phone_id id = PHONE_SETTINGS;
	bool is_setting = phone_setting_find(name, &id);

	if (is_setting && phone_setting(id)->kind == PHONE_SECRET)
		html_write(html,
			   "<div class=\"field\"><label for=\"%s\">%s (enter it once more)"
			   "</label><input id=\"%s\" name=\"%s\" type=\"password\" "
			   "autocomplete=\"new-password\"></div>\n",
			   name, name, name, name);
	else if (is_setting && phone_setting(id)->kind == PHONE_URL &&
		 strcmp(text_url_shown(value, shown, sizeof(shown)), value) != 0)
		html_write(
			html,
			"<div class=\"field\"><label for=\"%s\">%s = %s (not shown whole; enter it "
			"once more)</label><input id=\"%s\" name=\"%s\" type=\"text\" required "
			"spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\"></div>\n",
			name, name, shown, name, name);
	else
		html_write(html,
			   "<p><code>%s</code> = <code>%s</code><input type=\"hidden\" "
			   "name=\"%s\" value=\"%s\"></p>\n",
			   name, value, name, value);
}

void page_confirm(struct html *html, const struct page *page, const char *to)
{
	page_begin(html, page, "Is this meant?", 0);
	html_write(html, "<p>A link asks for a change on this phone. If you did not ask for it "
			 "yourself, leave this page: nothing has been changed.</p>\n");
	page_form(html, page, to, NULL);
	for (size_t i = 0; i < page->form->count; i++) {
		const char *value;
		const char *name = form_pair(page->form, i, &value);

		if (strcmp(name, "token") != 0 && strcmp(name, PAGE_LINK) != 0)
			confirm_pair(html, name, value);
	}
	html_write(html, "<input type=\"hidden\" name=\"" PAGE_LINK "\" value=\"on\">\n");
	html_write(html, "<button>Yes, change it</button> <a href=\"info.htm\">No</a>\n</form>\n");
	page_end(html);
}
