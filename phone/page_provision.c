/* Updates by provisioning: what there is, why, and what the user is asked. */
#include <string.h>

#include "phone/page.h"
#include "phone/text.h"

/* Modules that are listed; of more there is the number. */
#define DONE_MOST 100u

static void done_row(struct html *html, const struct page *page)
{
	const struct record_module *module;
	char shown[STATE_LONG];
	char when[64];
	unsigned count = 0;

	html_write(html, "<tr><th scope=\"row\">Modules done</th><td>");
	while (page->record != NULL && (module = record_module(page->record, count)) != NULL) {
		if (count++ >= DONE_MOST)
			continue;
		html_write(html, "%s (%s): %s <small>%s</small><br>", module->serial, module->model,
			   text_url_shown(module->url, shown, sizeof(shown)),
			   page_time((time_t)module->when, when, sizeof(when)));
	}
	if (count > DONE_MOST)
		html_write(html, "and %u more", count - DONE_MOST);
	else if (count == 0)
		html_write(html, "none yet");
	html_write(html, "</td></tr>\n");
}

static void look_row(struct html *html, const struct state_provision *provision)
{
	char when[64];

	html_write(html, "<tr><th scope=\"row\">Last look</th><td>");
	if (provision->looking)
		html_write(html, "going on now");
	else if (provision->looked == 0)
		html_write(html, "none since uxmd was started");
	else if (provision->look[0] != '\0')
		html_write(html, "<span class=\"unmet\">%s</span><br><small>%s</small>",
			   provision->look, page_time(provision->looked, when, sizeof(when)));
	else
		html_write(html, "%s", page_time(provision->looked, when, sizeof(when)));
	html_write(html, "</td></tr>\n<tr><th scope=\"row\">Next look</th><td>%s</td></tr>\n",
		   provision->next != 0 ? page_time(provision->next, when, sizeof(when))
					: "not planned");
}

/* The offer, where the sentence about it does not name it already. */
static const char *unnamed_offer(const struct state_provision *provision)
{
	return strstr(provision->text, provision->offer) == NULL ? provision->offer : "";
}

void page_provision_rows(struct html *html, const struct page *page)
{
	const struct state_provision *provision = &page->state->provision;

	html_write(html, "<tr><th scope=\"row\">Provisioning</th><td>");
	if (provision->text[0] != '\0')
		html_write(html, "%s", provision->text);
	else if (provision->configured)
		html_write(html, "The server has not been asked yet.");
	else
		html_write(html, "No server is set: neither setting_server nor firmware_status.");
	if (unnamed_offer(provision)[0] != '\0')
		html_write(html, "<br><small>Offered: %s</small>", provision->offer);
	html_write(html, "</td></tr>\n");
	if (provision->configured)
		look_row(html, provision);
	if (phone_settings_is_on(page->settings, PHONE_UXM_PER_MODULE))
		done_row(html, page);
}

void page_provision_look(struct html *html, const struct page *page)
{
	html_write(html, "<div id=\"look\" data-live>");
	if (page->state->provision.configured) {
		page_form(html, page, "info.htm", NULL);
		html_write(html,
			   "<button name=\"do\" value=\"look\"%s>Look at the server now</button>"
			   "</form>",
			   page->may_change && !page->state->provision.looking ? "" : " disabled");
	}
	html_write(html, "</div>\n");
}

void page_provision_offer(struct html *html, const struct page *page)
{
	const struct state_provision *provision = &page->state->provision;
	const char *disabled = page->may_change ? "" : " disabled";

	html_write(html, "<div id=\"offer\" data-live aria-live=\"polite\">");
	if (provision->asking) {
		html_write(html, "<h2>An update is offered</h2>\n<p>%s</p>\n", provision->text);
		if (unnamed_offer(provision)[0] != '\0')
			html_write(html, "<p>%s</p>\n", provision->offer);
		page_form(html, page, "info.htm", NULL);
		html_write(html,
			   "<input type=\"hidden\" name=\"question\" value=\"%s\">"
			   "<button name=\"do\" value=\"now\"%s>Update now</button> "
			   "<button name=\"do\" value=\"later\"%s>Later</button></form>",
			   provision->question, disabled, disabled);
	}
	html_write(html, "</div>\n");
}
