/* status.json: the state as an object. */
#include "phone/state.h"

static void add_text(cJSON *object, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		cJSON_AddNullToObject(object, key);
	else
		cJSON_AddStringToObject(object, key, text);
}

static cJSON *phone_json(const struct state *state)
{
	cJSON *phone = cJSON_CreateObject();

	add_text(phone, "type", state->phone_type);
	add_text(phone, "version", state->phone_version);
	add_text(phone, "mac", state->mac);
	return phone;
}

static cJSON *module_json(const struct state_module *module)
{
	cJSON *object = cJSON_CreateObject();

	add_text(object, "port", module->port);
	add_text(object, "serial", module->serial);
	add_text(object, "model", module->model);
	add_text(object, "version", module->version);
	if (module->error[0] == '\0')
		cJSON_AddNumberToObject(object, "hardware_level", module->hardware_level);
	else
		cJSON_AddNullToObject(object, "hardware_level");
	add_text(object, "protocol", module->protocol);
	add_text(object, "state", module->status);
	add_text(object, "error", module->error);
	return object;
}

static cJSON *modules_json(const struct state *state)
{
	cJSON *modules;

	if (!state->looked || state->list_error[0] != '\0')
		return cJSON_CreateNull();
	modules = cJSON_CreateArray();
	for (size_t i = 0; i < state->list.count; i++)
		cJSON_AddItemToArray(modules, module_json(&state->list.modules[i]));
	return modules;
}

static void add_rate(cJSON *object, const struct state_update *update)
{
	if (update->rate < 1) {
		cJSON_AddNullToObject(object, "bytes_per_second");
		cJSON_AddNullToObject(object, "seconds_left");
		return;
	}
	cJSON_AddNumberToObject(object, "bytes_per_second", update->rate);
	if (update->size < update->accepted)
		cJSON_AddNullToObject(object, "seconds_left");
	else
		cJSON_AddNumberToObject(
			object, "seconds_left",
			(double)(uint64_t)((double)(update->size - update->accepted) /
						   update->rate +
					   0.5));
}

/* RFC 3339, UTC; null for 0. */
static void add_time(cJSON *object, const char *key, time_t time)
{
	char when[32];
	struct tm parts;

	if (time == 0 || gmtime_r(&time, &parts) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		when[0] = '\0';
	add_text(object, key, when);
}

static void add_end(cJSON *object, const struct state_update *update)
{
	if (update->phase != STATE_ENDED) {
		cJSON_AddNullToObject(object, "result");
		cJSON_AddNullToObject(object, "code");
		cJSON_AddNullToObject(object, "text");
		cJSON_AddNullToObject(object, "ended");
		return;
	}
	cJSON_AddStringToObject(object, "result", uxm_result_name(update->result));
	cJSON_AddNumberToObject(object, "code", update->result);
	add_text(object, "text", update->text);
	add_time(object, "ended", update->ended);
}

static cJSON *update_json(const struct state_update *update)
{
	static const char *const phases[] = {
		[STATE_IDLE] = "idle",
		[STATE_RUNNING] = "running",
		[STATE_COMMITTED] = "committed",
		[STATE_ENDED] = "ended",
	};
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "phase", phases[update->phase]);
	cJSON_AddBoolToObject(object, "cancelling", update->cancelling);
	add_text(object, "source", update->source);
	add_text(object, "step", update->step);
	cJSON_AddNumberToObject(object, "accepted", (double)update->accepted);
	if (update->size > 0)
		cJSON_AddNumberToObject(object, "size", (double)update->size);
	else
		cJSON_AddNullToObject(object, "size");
	cJSON_AddNumberToObject(object, "percent", update->percent);
	add_rate(object, update);
	add_text(object, "note", update->note);
	add_text(object, "serial", update->serial);
	add_text(object, "version", update->version);
	add_end(object, update);
	return object;
}

static cJSON *provision_json(const struct state_provision *provision)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddBoolToObject(object, "configured", provision->configured);
	cJSON_AddBoolToObject(object, "looking", provision->looking);
	cJSON_AddBoolToObject(object, "asking", provision->asking);
	add_text(object, "offer", provision->offer);
	add_text(object, "question", provision->question);
	add_text(object, "text", provision->text);
	add_text(object, "look", provision->look);
	add_time(object, "looked", provision->looked);
	add_time(object, "next", provision->next);
	return object;
}

cJSON *state_json(const struct state *state)
{
	cJSON *object = cJSON_CreateObject();
	struct uxm_failure why = {.text = ""};
	bool ready = state_is_ready(state, &why);

	if (object == NULL)
		return NULL;
	cJSON_AddNumberToObject(object, "revision", (double)state->revision);
	cJSON_AddItemToObject(object, "phone", phone_json(state));
	cJSON_AddItemToObject(object, "modules", modules_json(state));
	add_text(object, "modules_error", state->list_error);
	cJSON_AddBoolToObject(object, "ready", ready);
	add_text(object, "not_ready", ready ? NULL : why.text);
	cJSON_AddItemToObject(object, "update", update_json(&state->update));
	cJSON_AddItemToObject(object, "provisioning", provision_json(&state->provision));
	return object;
}
