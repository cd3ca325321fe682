/*
 * Lines of jobs, as uxmd takes them: the input is lines, which come after each other. Whatever they
 * say, the state is one that can be shown: clean texts, counts that do not go backwards, and a
 * status.json that can be read.
 */
#include "phone/state.h"
#include "phone/text.h"
#include "tests/fuzz/feed.h"

static const char *const phases[] = {
	[STATE_IDLE] = "idle",
	[STATE_RUNNING] = "running",
	[STATE_COMMITTED] = "committed",
	[STATE_ENDED] = "ended",
};

static void check_clean(const char *text, size_t room)
{
	hold(strnlen(text, room) < room, "a text ends");
	hold(text_is_clean(text), "a text is clean");
}

#define CHECK(text) check_clean((text), sizeof(text))

static void check_update(const struct state_update *update)
{
	CHECK(update->source);
	CHECK(update->step);
	CHECK(update->text);
	CHECK(update->note);
	CHECK(update->serial);
	CHECK(update->version);
	hold(update->percent <= 100, "no step is more than done");
	hold(update->rate >= 0, "nothing flows backwards");
	hold((unsigned)update->result <= UXM_NOT_PERMITTED, "a result is one of those there are");
}

static void check_list(const struct state_list *list)
{
	hold(list->count <= STATE_MODULES_MOST, "a list is bounded");
	for (size_t i = 0; i < list->count; i++) {
		const struct state_module *module = &list->modules[i];

		CHECK(module->port);
		CHECK(module->serial);
		CHECK(module->model);
		CHECK(module->version);
		CHECK(module->protocol);
		CHECK(module->status);
		CHECK(module->error);
		hold(module->port[0] != '\0', "a module is somewhere");
		hold(module->error[0] != '\0' || module->model[0] != '\0',
		     "a module says what it is, or why not is said");
	}
}

static void check_json(const struct state *state)
{
	cJSON *object = state_json(state);
	char *text = cJSON_PrintUnformatted(object);
	cJSON *again = cJSON_Parse(text);
	const cJSON *update = cJSON_GetObjectItemCaseSensitive(again, "update");
	const char *phase = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(update, "phase"));
	const cJSON *modules = cJSON_GetObjectItemCaseSensitive(again, "modules");

	hold(object != NULL && text != NULL, "there is memory");
	hold(cJSON_IsObject(again) && text_is_clean(text), "status.json is one clean line of JSON");
	hold(cJSON_Compare(object, again, 1) != 0, "it says the same when it is read");
	hold(phase != NULL && strcmp(phase, phases[state->update.phase]) == 0, "it has the phase");
	hold(cJSON_GetArraySize(modules) == (int)state->list.count, "it has every module");
	cJSON_Delete(again);
	cJSON_free(text);
	cJSON_Delete(object);
}

/* One line; false: the job would have been ended for it. */
static bool take(struct state *state, struct state_list *list, const char *text, size_t length)
{
	struct state before = *state;
	size_t count = list->count;
	cJSON *line = cJSON_ParseWithLength(text, length);

	if (!cJSON_IsObject(line)) {
		cJSON_Delete(line);
		return false;
	}
	if (!state_list_take(list, line))
		hold(list->count == count, "what is no module is none more");
	if (state_take_line(state, line))
		hold(state->revision == before.revision + 1, "a line that is taken is a change");
	else
		hold(state->revision == before.revision &&
			     state->update.phase == before.update.phase &&
			     strcmp(state->update.note, before.update.note) == 0 &&
			     strcmp(state->update.text, before.update.text) == 0,
		     "another line changes nothing");
	hold(state->update.accepted >= before.update.accepted, "the count never goes backwards");
	hold(before.update.phase != STATE_COMMITTED || state->update.phase == STATE_COMMITTED,
	     "a commit is not taken back");
	cJSON_Delete(line);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	const char *text = (const char *)input;
	const char *end = text + length;
	struct state_list list = {.count = 0};
	struct uxm_failure why;
	struct state state;

	memset(&state, 0, sizeof(state));
	state.phone_version = "10.1.64.14";
	state_begin(&state, "http://h/snomD7C-1.6.1-r.bin", "A1", "1.6.1");
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		stop = stop != NULL ? stop : end;
		if (!take(&state, &list, text, (size_t)(stop - text)))
			break;
		text = stop + 1;
	}
	check_update(&state.update);
	check_list(&list);
	state_set_list(&state, &list, NULL);
	if (!state_is_ready(&state, &why))
		hold_sentence(why.text, sizeof(why.text));
	check_json(&state);
	state_end(&state, state.update.result, state.update.text, 1);
	check_json(&state);
	return 0;
}
