/* info.htm: the phone, the modules, the last update. */
#include "phone/page.h"

/* Seconds after which a browser without JavaScript looks again. */
#define REFRESH 10u

static void row(struct html *html, const char *label, const char *value)
{
	html_write(html, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", label,
		   value != NULL && value[0] != '\0' ? value : "not configured");
}

static void module_row(struct html *html, const struct state_module *module)
{
	if (module->error[0] != '\0') {
		html_write(html,
			   "<tr><th scope=\"row\">Version</th><td>unknown (serial %s, port %s): "
			   "%s</td></tr>\n",
			   module->serial[0] != '\0' ? module->serial : "none", module->port,
			   module->error);
		return;
	}
	html_write(html,
		   "<tr><th scope=\"row\">Version</th><td>%s (%s, serial %s, hardware level "
		   "%u)</td></tr>\n",
		   module->version[0] != '\0' ? module->version : "unknown",
		   module->model[0] != '\0' ? module->model : "model unknown",
		   module->serial[0] != '\0' ? module->serial : "none", module->hardware_level);
}

static void module_rows(struct html *html, const struct state *state)
{
	html_write(html, "<tr><th scope=\"row\">USB Expansion Module</th>");
	if (!state->looked)
		html_write(html, "<td>being looked for</td></tr>\n");
	else if (state->list_error[0] != '\0')
		html_write(html, "<td class=\"unmet\">%s</td></tr>\n", state->list_error);
	else
		html_write(html, "<td>%u</td></tr>\n", (unsigned)state->list.count);
	if (!state->looked || state->list_error[0] != '\0')
		return;
	for (size_t i = 0; i < state->list.count; i++)
		module_row(html, &state->list.modules[i]);
}

static void last_update(struct html *html, const struct state_update *update)
{
	char when[64];

	html_write(html, "<tr><th scope=\"row\">Last update</th>");
	switch (update->phase) {
	case STATE_IDLE:
		html_write(html, "<td>none yet</td></tr>\n");
		return;
	case STATE_RUNNING:
	case STATE_COMMITTED:
		html_write(html,
			   "<td><a href=\"update.htm\">An update is running</a>: %s</td></tr>\n",
			   update->source);
		return;
	case STATE_ENDED:
		break;
	}
	html_write(html, "<td>%s (%s)<br>%s<br><small>%s</small></td></tr>\n", update->text,
		   uxm_result_name(update->result), update->source,
		   page_time(update->ended, when, sizeof(when)));
}

void page_info(struct html *html, const struct page *page)
{
	page_begin(html, page, "Information", REFRESH);
	page_provision_offer(html, page);
	html_write(html, "<div id=\"info\" data-live aria-live=\"polite\">\n<table>\n");
	row(html, "Phone type", page->state->phone_type);
	row(html, "MAC address", page->state->mac);
	row(html, "Phone version", page->state->phone_version);
	module_rows(html, page->state);
	last_update(html, &page->state->update);
	page_provision_rows(html, page);
	html_write(html, "</table>\n</div>\n");
	page_provision_look(html, page);
	page_end(html);
}
