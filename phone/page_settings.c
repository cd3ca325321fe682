/* settings.htm, and the pages that ask once more. */
#include <string.h>

#include "phone/page.h"

void page_settings(struct html *html, const struct page *page)
{
	page_begin(html, page, "Settings", 0);
	page_form(html, page, "settings.htm", NULL);
	html_write(html, "<input type=\"hidden\" name=\"settings\" value=\"save\">\n");
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		if (phone_setting((enum phone_id)i)->reach != PHONE_REACH_MACHINE)
			page_field(html, page, (enum phone_id)i);
	}
	html_write(html, "<button%s>Save</button>\n</form>\n", page->may_change ? "" : " disabled");
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

static bool is_secret(const char *name)
{
	enum phone_id id;

	return phone_setting_find(name, &id) && phone_setting(id)->kind == PHONE_SECRET;
}

static void confirm_pair(struct html *html, const char *name, const char *value)
{
	/* A page never has a secret in it, not even one that its own address has. */
	if (is_secret(name))
		html_write(html,
			   "<div class=\"field\"><label for=\"%s\">%s (enter it once more)"
			   "</label><input id=\"%s\" name=\"%s\" type=\"password\" "
			   "autocomplete=\"new-password\"></div>\n",
			   name, name, name, name);
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

		if (strcmp(name, "token") != 0)
			confirm_pair(html, name, value);
	}
	html_write(html, "<button>Yes, change it</button> <a href=\"info.htm\">No</a>\n</form>\n");
	page_end(html);
}
