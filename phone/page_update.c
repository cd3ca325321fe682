/* update.htm: what is needed, the update, and how it goes. */
#include <stdio.h>
#include <string.h>

#include "phone/page.h"
#include "phone/text.h"

/* Seconds after which a browser without JavaScript looks again while an update runs. */
#define REFRESH 2u

static const struct {
	const char *name; /* as uxm's progress lines have it */
	const char *label;
	const char *sentence;
	bool counts; /* how far it is is known */
} steps[] = {
	{"look", "Look", "Looking for the module.", false},
	{"fetch", "Fetch", "Asking for the image.", false},
	{"send", "Send", "The image is being sent to the module.", true},
	{"commit", "Commit", "The image is complete; the module is told to install it.", false},
	{"verify", "Verify", "The update is in progress: the module verifies the image.", true},
	{"install", "Install", "The update is in progress: the module installs the image.", true},
	{"reboot", "Reboot", "Update successful, rebooting...", true},
	{"return", "Return", "Update successful, rebooting... Waiting until the module is back.",
	 false},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static size_t step_of(const struct state_update *update)
{
	size_t i = 0;

	while (i < STEPS - 1 && strcmp(steps[i].name, update->step) != 0)
		i++;
	return strcmp(steps[i].name, update->step) == 0 ? i : 0;
}

static bool is_running(const struct state_update *update)
{
	return update->phase == STATE_RUNNING || update->phase == STATE_COMMITTED;
}

/* What to do about a result. */
static const char *advice(enum uxm_result result)
{
	switch (result) {
	case UXM_UPDATED:
		return "";
	case UXM_NO_MODULE:
		return "Plug the module in and try again.";
	case UXM_SEVERAL_MODULES:
		return "Unplug all but one module and try again.";
	case UXM_IMAGE_REFUSED:
	case UXM_USAGE:
		return "Choose another image, or check its name.";
	case UXM_FETCH_FAILED:
		return "Check the address and the server, and try again.";
	case UXM_NOT_BACK_YET:
		return "Wait a minute and look at the Information page; then unplug the module and "
		       "plug it in again.";
	case UXM_OTHER_VERSION:
	case UXM_OTHER_MODULE:
		return "Look at the Information page for what is connected now, and load the image "
		       "again.";
	case UXM_BUSY:
		return "Wait until the other update has ended.";
	case UXM_CANCELLED:
		return "Load the image again whenever you want to.";
	case UXM_NOT_PERMITTED:
		return "Whoever installed uxmd has to give it access to the module.";
	case UXM_TRANSFER_FAILED:
	case UXM_MODULE_FAILED:
		return "Check the cable, plug the module in again, and try once more.";
	case UXM_INTERNAL:
		break;
	}
	return "Try again; if this stays so, restart the phone.";
}

static void said(struct html *html, const struct state *state)
{
	const struct state_update *update = &state->update;

	html_write(html, "<div id=\"said\" data-live aria-live=\"polite\">");
	if (is_running(update)) {
		html_write(html, "<p>%s</p><p><small>%s</small></p>",
			   update->cancelling ? "The update is being cancelled."
					      : steps[step_of(update)].sentence,
			   update->source);
		if (update->note[0] != '\0')
			html_write(html, "<p>%s</p>", update->note);
	} else if (update->phase == STATE_ENDED && update->result == UXM_UPDATED) {
		html_write(html, "<p class=\"good\">%s</p>", update->text);
		/* The list may still be that of before. */
		if (state->list.count == 1 &&
		    strcmp(state->list.modules[0].version, update->version) == 0)
			html_write(html, "<p>The module runs version %s.</p>", update->version);
	} else if (update->phase == STATE_ENDED) {
		html_write(html, "<p class=\"bad\">%s</p><p>%s</p>", update->text,
			   advice(update->result));
	}
	html_write(html, "</div>\n");
}

static void numbers(struct html *html, const struct state_update *update)
{
	size_t step = step_of(update);
	bool sending = step <= 2;
	char text[32];
	unsigned percent = update->percent;

	if (sending && update->size > 0)
		percent = (unsigned)((double)update->accepted * 100 / (double)update->size);
	html_write(html, "<ol class=\"steps\">");
	for (size_t i = 0; i < STEPS; i++)
		html_write(html,
			   i == step  ? "<li aria-current=\"step\">%s</li>"
			   : i < step ? "<li class=\"done\">%s</li>"
				      : "<li>%s</li>",
			   steps[i].label);
	html_write(html, "</ol>");
	if (steps[step].counts)
		html_write(html,
			   "<p><progress max=\"100\" value=\"%u\" aria-label=\"%s\">%u %%"
			   "</progress> %u %%</p>",
			   percent, steps[step].label, percent, percent);
	else
		html_write(html, "<p><progress aria-label=\"%s\"></progress></p>",
			   steps[step].label);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)update->accepted);
	html_write(html, "<p>Transferred: <span id=\"count\">%s</span>", text);
	if (update->size > 0) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)update->size);
		html_write(html, " of %s", text);
	}
	html_write(html, " bytes");
	if (sending && update->rate >= 1) {
		html_write(html, ", %s/s", page_bytes(update->rate, text, sizeof(text)));
		if (update->size > update->accepted) {
			snprintf(text, sizeof(text), "%.0f",
				 (double)(update->size - update->accepted) / update->rate);
			html_write(html, ", %s s left", text);
		}
	}
	html_write(html, "</p>");
}

static void cancel(struct html *html, const struct page *page)
{
	const struct state_update *update = &page->state->update;

	html_write(html, "<div id=\"cancel\" data-live>");
	if (update->phase == STATE_COMMITTED) {
		html_write(html, "<p>The update can no longer be stopped. Leave the module plugged "
				 "in.</p>");
	} else if (update->phase == STATE_RUNNING && page->may_change) {
		page_form(html, page, "update.htm", NULL);
		html_write(html, "<button name=\"do\" value=\"cancel\"%s>Cancel</button></form>",
			   update->cancelling ? " disabled" : "");
	}
	html_write(html, "</div>\n");
}

static void need(struct html *html, bool met, const char *sentence)
{
	html_write(html,
		   met ? "<li class=\"met\"><b>Met:</b> %s</li>\n"
		       : "<li class=\"unmet\"><b>Not met:</b> %s</li>\n",
		   sentence);
}

static void needed(struct html *html, const struct state *state)
{
	struct uxm_failure why = {.result = UXM_UPDATED, .text = ""};
	bool ready = state_is_ready(state, &why);
	bool version_bad = !ready && why.result == UXM_IMAGE_REFUSED;
	const char *minimum = NULL;
	char sentence[160];

	html_write(html, "<h2>What is needed</h2>\n<ul>\n");
	if (ready || version_bad)
		need(html, true, "exactly one expansion module is connected.");
	else
		need(html, false, why.text);
	if (state->list.count == 1)
		minimum = state_phone_minimum(state->list.modules[0].model);
	if (minimum != NULL) {
		snprintf(sentence, sizeof(sentence),
			 "the phone's version is at least %s, the %s's minimum.", minimum,
			 state->list.modules[0].model);
		need(html, !version_bad, version_bad ? why.text : sentence);
	} else if (version_bad) {
		need(html, false, why.text);
	}
	html_write(html, "</ul>\n");
}

static const char *checked(const struct page *page, const char *name)
{
	return page->form != NULL && form_value(page->form, name) != NULL ? " checked" : "";
}

static void boxes(struct html *html, const struct page *page)
{
	html_write(html,
		   "<label class=\"check\"><input type=\"checkbox\" name=\"override\" "
		   "value=\"on\"%s> Override what the image says about hardware</label>\n",
		   checked(page, "override"));
	html_write(html,
		   "<label class=\"check\"><input type=\"checkbox\" name=\"older\" value=\"on\"%s> "
		   "Allow an older version</label>\n",
		   checked(page, "older"));
}

static void load_forms(struct html *html, const struct page *page)
{
	const char *disabled = page->may_change ? "" : " disabled";
	bool by_name = phone_settings_is_on(page->settings, PHONE_DOWNLOAD_USE_DEFAULTS);
	const char *sent = page->form != NULL ? form_value(page->form, "firmware") : NULL;
	const char *note = by_name ? "a file's name, as in snomD7C-1.6.1-r.bin, or a complete URL"
				   : "a complete URL, as in "
				     "https://example.org/snomD7C-1.6.1-r.bin";
	char shown[PAGE_URL];

	/* A password is not sent back, not even to who typed it. */
	if (sent != NULL && strcmp(text_url_shown(sent, shown, sizeof(shown)), sent) != 0) {
		sent = NULL;
		note = "enter it once more: it holds what is not shown, as a password or a query";
	}

	html_write(html, "<h2 id=\"manual\">Manual Expansion Module Software Update</h2>\n");
	page_form(html, page, "update.htm", NULL);
	html_write(html,
		   "<div class=\"field\"><label for=\"firmware\">Firmware</label>"
		   "<input id=\"firmware\" name=\"firmware\" type=\"text\" required "
		   "maxlength=\"8191\" spellcheck=\"false\" autocapitalize=\"off\" "
		   "aria-describedby=\"firmware-note\" value=\"%s\">"
		   "<small id=\"firmware-note\">%s</small></div>\n",
		   sent != NULL ? sent : "", note);
	boxes(html, page);
	html_write(html, "<button name=\"do\" value=\"load\"%s>Load</button>\n</form>\n", disabled);
	html_write(html, "<h2>From a file</h2>\n");
	page_form(html, page, "update.htm", "multipart/form-data");
	boxes(html, page);
	/* The file is the last, so that all else is known when it begins. */
	html_write(html,
		   "<div class=\"field\"><label for=\"file\">File</label><input id=\"file\" "
		   "name=\"file\" type=\"file\" accept=\".bin\" required "
		   "aria-describedby=\"file-note\"><small id=\"file-note\">It goes straight to the "
		   "module; leaving this page cancels.</small></div>\n"
		   "<button data-upload%s>Upload</button>\n</form>\n",
		   disabled);
}

static void defaults(struct html *html, const struct page *page)
{
	static const enum phone_id ids[] = {
		PHONE_DOWNLOAD_USE_DEFAULTS, PHONE_DOWNLOAD_METHOD,  PHONE_DOWNLOAD_SERVER,
		PHONE_DOWNLOAD_PORT,         PHONE_DOWNLOAD_ACCOUNT, PHONE_DOWNLOAD_USER,
		PHONE_DOWNLOAD_PASSWORD,     PHONE_DOWNLOAD_PATH,    PHONE_DOWNLOAD_BASE_URL,
	};

	html_write(html, "<details%s><summary>Download defaults</summary>\n",
		   page->form != NULL && form_value(page->form, "settings") != NULL ? " open" : "");
	page_form(html, page, "update.htm", NULL);
	html_write(html, "<input type=\"hidden\" name=\"settings\" value=\"save\">\n");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		page_field(html, page, ids[i]);
	html_write(html, "<button%s>Save defaults</button>\n</form>\n</details>\n",
		   page->may_change ? "" : " disabled");
}

void page_update(struct html *html, const struct page *page)
{
	bool running = is_running(&page->state->update);

	page_begin(html, page, "Update", running ? REFRESH : 0);
	page_provision_offer(html, page);
	said(html, page->state);
	html_write(html, "<div id=\"numbers\" data-live>");
	if (running)
		numbers(html, &page->state->update);
	html_write(html, "</div>\n");
	cancel(html, page);
	html_write(html, "<div id=\"needed\" data-live aria-live=\"polite\">\n");
	if (!running)
		needed(html, page->state);
	html_write(html, "</div>\n");
	/* Not made anew for what was typed into it, or that it shows again. */
	html_write(html, "<div id=\"load\" data-live=\"%s\">\n", running ? "none" : "forms");
	if (!running)
		load_forms(html, page);
	html_write(html, "</div>\n");
	defaults(html, page);
	page_end(html);
}
