/* What is said of the state. */
#include "phone/tell.h"

#include <stdio.h>
#include <string.h>

static void describe_modules(const struct state *state, char *text, size_t room)
{
	const struct state_module *module = &state->list.modules[0];

	if (!state->looked)
		snprintf(text, room, "The modules are being listed.");
	else if (state->list_error[0] != '\0')
		snprintf(text, room, "The modules cannot be listed.");
	else if (state->list.count != 1)
		snprintf(text, room, "%zu expansion modules.", state->list.count);
	else if (module->error[0] != '\0')
		snprintf(text, room, "One expansion module, at %s, which does not answer.",
			 module->port);
	else
		snprintf(text, room, "One expansion module: %s, serial %s, version %s.",
			 module->model, module->serial, module->version);
}

void tell_state(struct tell *tell, const struct state *state, const struct log *log,
		const struct notify *notify)
{
	const struct state_update *update = &state->update;
	char modules[STATE_LONG];
	char status[sizeof(tell->status)];

	describe_modules(state, modules, sizeof(modules));
	if (state->looked && strcmp(modules, tell->modules) != 0) {
		memcpy(tell->modules, modules, sizeof(modules));
		log_line(log, LOG_IS_NOTICE, "%s", modules);
	}
	if (update->phase == STATE_RUNNING || update->phase == STATE_COMMITTED)
		snprintf(status, sizeof(status), "Updating %s to %s: %s.", update->serial,
			 update->version, update->step[0] != '\0' ? update->step : "start");
	else
		snprintf(status, sizeof(status), "%s", modules);
	if (strcmp(status, tell->status) == 0)
		return;
	memcpy(tell->status, status, sizeof(status));
	notify_say(notify, "STATUS=%s", status);
}
