/* uxm list: the modules present. */
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "wait.h"

static void print_table(const struct uxm_survey *survey)
{
	char version[UXM_VERSION_TEXT];

	if (survey->count == 0) {
		puts("No expansion module is attached.");
		return;
	}
	printf("%-12s %-6s %-20s %-12s %-9s %-9s %s\n", "PORT", "MODEL", "SERIAL", "VERSION",
	       "HARDWARE", "PROTOCOL", "STATE");
	for (size_t i = 0; i < survey->count && i < UXM_SURVEY_MOST; i++) {
		const struct uxm_found *found = &survey->found[i];
		const char *serial = found->serial[0] != '\0' ? found->serial : "-";

		if (found->io != UXM_IO_OK) {
			printf("%-12s %-6s %-20s %s\n", found->candidate.port_path, "?", serial,
			       found->why.text);
			continue;
		}
		printf("%-12s %-6s %-20s %-12s %-9u %-9s %s\n", found->candidate.port_path,
		       found->identity.model, serial,
		       uxm_version_text(&found->identity.running, version),
		       found->identity.hardware_level, "stream",
		       uxm_wire_state_name(found->status.state));
	}
	if (survey->count > UXM_SURVEY_MOST)
		printf("... and %zu more.\n", survey->count - UXM_SURVEY_MOST);
}

static void print_json(const struct uxm_survey *survey)
{
	for (size_t i = 0; i < survey->count && i < UXM_SURVEY_MOST; i++) {
		const struct uxm_found *found = &survey->found[i];
		cJSON *module = json_module(found);

		if (found->io == UXM_IO_OK)
			cJSON_AddStringToObject(module, "state",
						uxm_wire_state_name(found->status.state));
		json_print(module);
	}
}

/* Modules of which none could be opened for want of permission are not a list, but a failure. */
static bool all_denied(const struct uxm_survey *survey)
{
	for (size_t i = 0; i < survey->count && i < UXM_SURVEY_MOST; i++) {
		if (survey->found[i].io == UXM_IO_OK ||
		    survey->found[i].why.result != UXM_NOT_PERMITTED)
			return false;
	}
	return survey->count > 0;
}

enum uxm_result command_list(const struct options *options, struct uxm_failure *why)
{
	enum uxm_result result = UXM_INTERNAL;
	struct usb_module *module;
	struct uxm_survey survey;
	struct wait wait = {.signal_fd = -1};
	struct uxm_link link = {.deadlines = UXM_DEADLINES, .give_up = UXM_STOP_SOON};

	module = usb_module_new(options->ids, options->id_count);
	if (module == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory.");
		goto end;
	}
	if (!wait_init(&wait, module, why))
		goto end;
	link.module = (struct uxm_module){.ops = &usb_module_ops, .self = module};
	link.clock = wait_clock(&wait);
	if (uxm_survey(&link, true, &survey, why) != UXM_IO_OK) {
		result = why->result;
		goto end;
	}
	if (options->json)
		print_json(&survey);
	else
		print_table(&survey);
	result = UXM_UPDATED;
	if (all_denied(&survey)) {
		*why = survey.found[0].why;
		result = why->result;
	}
end:
	wait_release(&wait);
	usb_module_free(module);
	return result;
}
