/* What all pages have: head, navigation, forms, fields. */
#include "phone/page.h"

#include <stdio.h>
#include <string.h>

#include "phone/text.h"

/* Of a URL. */
#define NOT_WHOLE                                                                                  \
	"; user, password, query and fragment are not shown: enter it whole to change it, or "     \
	"empty it first"

/* The links to all pages; the one that is shown is marked. */
static void navigation(struct html *html, const char *title)
{
	static const struct {
		const char *to;
		const char *title;
	} links[] = {{"info.htm", "Information"},
		     {"update.htm", "Update"},
		     {"settings.htm", "Settings"},
		     {"advanced_update.htm", "Restart"}};

	html_write(html, "<nav aria-label=\"Pages\">");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		html_write(html,
			   strcmp(links[i].title, title) == 0
				   ? "<a href=\"%s\" aria-current=\"page\">%s</a>\n"
				   : "<a href=\"%s\">%s</a>\n",
			   links[i].to, links[i].title);
	html_write(html, "</nav>\n");
}

void page_begin(struct html *html, const struct page *page, const char *title, unsigned refresh)
{
	bool open = phone_settings_text(page->settings, PHONE_HTTP_PASS)[0] == '\0';

	html_write(html,
		   "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		   "<meta name=\"color-scheme\" content=\"light dark\">\n"
		   "<title>%s</title>\n<link rel=\"stylesheet\" href=\"style.css\">\n"
		   "<link rel=\"icon\" href=\"icon.svg\">\n"
		   "<script src=\"uxm.js\" defer></script>\n",
		   title);
	if (refresh > 0)
		html_write(html,
			   "<noscript><meta http-equiv=\"refresh\" content=\"%u\"></noscript>\n",
			   refresh);
	html_write(html, "</head>\n<body>\n");
	navigation(html, title);
	html_write(html, "<main>\n<h1>%s</h1>\n", title);
	if (open)
		html_write(html,
			   "<p class=\"warning\">No password is set: anybody in this network can "
			   "read these pages, and changes are only accepted from the phone itself. "
			   "Set a user and a password under "
			   "<a href=\"settings.htm#http_user\">Settings</a>.</p>\n");
	if (page->said != NULL && page->said_is_bad)
		html_write(html, "<p class=\"bad\" role=\"alert\">%s</p>\n", page->said);
	else if (page->said != NULL)
		html_write(html, "<p class=\"good\" role=\"status\">%s</p>\n", page->said);
}

void page_end(struct html *html)
{
	html_write(html, "</main>\n</body>\n</html>\n");
}

void page_form(struct html *html, const struct page *page, const char *to, const char *enctype)
{
	html_write(html,
		   "<form method=\"post\" action=\"%s\" enctype=\"%s\" accept-charset=\"utf-8\">",
		   to, enctype != NULL ? enctype : "application/x-www-form-urlencoded");
	if (page->may_change)
		html_write(html, "<input type=\"hidden\" name=\"token\" value=\"%s\">",
			   page->token);
	html_write(html, "\n");
}

static const char *perm_note(const struct phone_settings *settings, enum phone_id id)
{
	if (phone_setting(id)->reach != PHONE_REACH_WEB)
		return "set by provisioning, or in the settings file, only";
	switch (phone_settings_perm(settings, id)) {
	case PHONE_PERM_WRITE:
		return "provisioning may overwrite it";
	case PHONE_PERM_OWN:
		return "your change is kept";
	case PHONE_PERM_VOLATILE:
		return "until the next restart";
	case PHONE_PERM_READ:
		break;
	}
	return "read-only";
}

/* What more there is to say of a field, `whole` where all of its value is shown. */
static const char *more_note(enum phone_id id, bool whole)
{
	if (id == PHONE_HTTP_PASS)
		return "; set a user too: without one any name will do, and the browser sends the "
		       "password as it is (Basic), not a digest of it";
	return whole ? "" : NOT_WHOLE;
}

static void choices(struct html *html, const char *words, const char *value)
{
	char word[64];

	while (*words != '\0') {
		size_t length = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)length, words);
		html_write(html,
			   strcmp(word, value) == 0 ? "<option selected>%s</option>"
						    : "<option>%s</option>",
			   word);
		words += length + strspn(words + length, " ");
	}
}

static void secret(struct html *html, const char *name, bool is_set, const char *disabled)
{
	html_write(html,
		   "<input id=\"%s\" name=\"%s\" type=\"password\" value=\"\" "
		   "autocomplete=\"new-password\" aria-describedby=\"%s-note\"",
		   name, name, name);
	html_write(html, " placeholder=\"%s\"%s>\n", is_set ? "set; empty leaves it" : "not set",
		   disabled);
	if (is_set && disabled[0] == '\0')
		html_write(html,
			   "<label class=\"check\"><input type=\"checkbox\" name=\"remove\" "
			   "value=\"%s\"> Remove it</label>\n",
			   name);
}

const char *page_value(const struct phone_settings *settings, enum phone_id id, char *shown)
{
	const char *value = phone_settings_text(settings, id);

	return phone_setting(id)->kind == PHONE_URL ? text_url_shown(value, shown, PAGE_URL)
						    : value;
}

const char *page_shown_before(const struct form *form, enum phone_id id)
{
	char name[64];

	snprintf(name, sizeof(name), PAGE_SHOWN "%s", phone_setting(id)->name);
	return form_value(form, name);
}

/* What was typed and refused, or else what there is now. */
static const char *typed(const struct page *page, enum phone_id id, const char *now)
{
	const struct phone_setting *setting = phone_setting(id);
	const char *sent = NULL;
	const char *before;
	char shown[PAGE_URL];

	if (page->form != NULL && setting->kind != PHONE_SECRET)
		sent = form_value(page->form, setting->name);
	if (sent == NULL)
		return now;
	/* A password is not sent back, not even to who typed it. */
	if (setting->kind == PHONE_URL &&
	    strcmp(text_url_shown(sent, shown, sizeof(shown)), sent) != 0)
		return now;
	/* What the user left as it was may be something else by now. */
	before = page_shown_before(page->form, id);
	return before != NULL && strcmp(sent, before) == 0 ? now : sent;
}

void page_field(struct html *html, const struct page *page, enum phone_id id)
{
	const struct phone_setting *setting = phone_setting(id);
	char room[PAGE_URL];
	const char *value = page_value(page->settings, id, room);
	bool whole = strcmp(value, phone_settings_text(page->settings, id)) == 0;
	bool may = page->may_change && phone_settings_may_change(page->settings, id);
	const char *disabled = may ? "" : " disabled";
	const char *shown = typed(page, id, value);

	html_write(html, "<div class=\"field\"><label for=\"%s\">%s</label>\n", setting->name,
		   setting->label);
	if (may && setting->kind != PHONE_SECRET)
		html_write(html, "<input type=\"hidden\" name=\"" PAGE_SHOWN "%s\" value=\"%s\">\n",
			   setting->name, value);
	switch (setting->kind) {
	case PHONE_SECRET:
		secret(html, setting->name, value[0] != '\0', disabled);
		break;
	case PHONE_SWITCH:
	case PHONE_CHOICE:
		html_write(html, "<select id=\"%s\" name=\"%s\" aria-describedby=\"%s-note\"%s>",
			   setting->name, setting->name, setting->name, disabled);
		choices(html, setting->kind == PHONE_SWITCH ? "on off" : setting->choices, shown);
		html_write(html, "</select>\n");
		break;
	case PHONE_NUMBER:
		html_write(html,
			   "<input id=\"%s\" name=\"%s\" type=\"number\" min=\"%u\" max=\"%u\" "
			   "value=\"%s\" aria-describedby=\"%s-note\"%s>\n",
			   setting->name, setting->name, setting->least, setting->most, shown,
			   setting->name, disabled);
		break;
	case PHONE_TEXT:
	case PHONE_URL:
		html_write(html,
			   "<input id=\"%s\" name=\"%s\" type=\"text\" maxlength=\"%u\" "
			   "spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\" "
			   "value=\"%s\" aria-describedby=\"%s-note\"%s>\n",
			   setting->name, setting->name, setting->most, shown, setting->name,
			   disabled);
		break;
	}
	html_write(html, "<small id=\"%s-note\">%s, %s%s</small></div>\n", setting->name,
		   setting->name, perm_note(page->settings, id), more_note(id, whole));
}

const char *page_time(time_t time, char *text, size_t room)
{
	struct tm parts;

	if (localtime_r(&time, &parts) == NULL ||
	    strftime(text, room, "%Y-%m-%d %H:%M:%S %Z", &parts) == 0)
		text[0] = '\0';
	return text;
}

const char *page_bytes(double count, char *text, size_t room)
{
	static const char *const units[] = {"bytes", "kB", "MB", "GB"};
	size_t unit = 0;

	while (count >= 1000 && unit < 3) {
		count /= 1000;
		unit++;
	}
	snprintf(text, room, unit == 0 ? "%.0f %s" : "%.1f %s", count, units[unit]);
	return text;
}

void page_sentence(struct html *html, const struct page *page, const char *title)
{
	page_begin(html, page, title, 0);
	page_end(html);
}
