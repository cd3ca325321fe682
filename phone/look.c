/* The lines between uxmd and `uxm check`. */
#include "phone/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/text.h"

static const char *const file_names[] = {"settings", "firmware"};
static const char *const state_names[] = {"not_asked", "unchanged", "empty", "came"};

static bool add_text(cJSON *object, const char *name, const char *text)
{
	return text[0] == '\0' || cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool add_known(cJSON *object, const char *name, const struct look_known *known)
{
	cJSON *made;

	if (known->url[0] == '\0' || (known->etag[0] == '\0' && known->last_modified[0] == '\0'))
		return true;
	made = cJSON_AddObjectToObject(object, name);
	return made != NULL && add_text(made, "url", known->url) &&
	       add_text(made, "etag", known->etag) &&
	       add_text(made, "last_modified", known->last_modified);
}

cJSON *look_order_json(const struct look_order *order)
{
	const struct phone_settings *settings = order->settings;
	bool own = phone_settings_is_own(settings, PHONE_FIRMWARE_STATUS);
	cJSON *made = cJSON_CreateObject();

	if (made != NULL &&
	    add_text(made, "setting_server", phone_settings_text(settings, PHONE_SETTING_SERVER)) &&
	    add_text(made, "firmware_status",
		     phone_settings_text(settings, PHONE_FIRMWARE_STATUS)) &&
	    (!own || cJSON_AddTrueToObject(made, "firmware_status_own") != NULL) &&
	    add_text(made, "mac", order->mac) && add_text(made, "user_agent", order->user_agent) &&
	    add_text(made, "ca_file", phone_settings_text(settings, PHONE_UXM_CA_FILE)) &&
	    add_known(made, "settings_known", &order->known[PROVISION_SETTINGS]) &&
	    add_known(made, "firmware_known", &order->known[PROVISION_FIRMWARE]))
		return made;
	cJSON_Delete(made);
	return NULL;
}

/* Adds a word, with what no header (RFC 9110, sections 5.5 and 5.6.5) may hold left out. */
static void add_word(char *text, size_t room, const char *before, const char *word,
		     const char *after)
{
	size_t used = strlen(text);
	size_t begin;

	if (word[0] == '\0' || used + strlen(before) + 1 >= room)
		return;
	memcpy(text + used, before, strlen(before) + 1);
	used += strlen(before);
	begin = used;
	for (; *word != '\0' && used + 1 < room; word++) {
		if (*word > ' ' && *word < 0x7F && strchr("()\\", *word) == NULL)
			text[used++] = *word;
	}
	text[used] = '\0';
	if (used > begin)
		strncat(text, after, room - used - 1);
	else
		text[begin - strlen(before)] = '\0';
}

const char *look_user_agent(char *text, size_t room, const char *type, const char *version,
			    const char *mac, size_t modules)
{
	static const char vendor[] = "snom";
	bool named = strncmp(type, vendor, sizeof(vendor) - 1) == 0;
	char count[24];

	snprintf(text, room, "Mozilla/4.0 (compatible;");
	add_word(text, room, named ? " " : " snom", type, "-SIP");
	add_word(text, room, " ", version, "");
	add_word(text, room, " ", mac, "");
	snprintf(count, sizeof(count), "UXM:%zu", modules);
	add_word(text, room, " SXM:0 ", count, ")");
	return text;
}

static const char *text_of(const cJSON *line, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, name));
}

/* The number of the text among `names`, or -1. */
static int number_of(const char *text, const char *const *names, size_t count)
{
	for (size_t i = 0; text != NULL && i < count; i++) {
		if (strcmp(names[i], text) == 0)
			return (int)i;
	}
	return -1;
}

static int file_of(const cJSON *line)
{
	return number_of(text_of(line, "file"), file_names, 2);
}

/* A text that is not there is "". What is too long, or no clean text, is none. */
static bool take_text(const cJSON *line, const char *name, char *to, size_t room)
{
	const char *text = text_of(line, name);

	if (text == NULL)
		text = "";
	if (strlen(text) >= room || !text_is_clean(text))
		return false;
	memcpy(to, text, strlen(text) + 1);
	return true;
}

static bool take_file(struct look *look, const cJSON *line)
{
	int file = file_of(line);
	int state = number_of(text_of(line, "state"), state_names, 4);
	struct look_known known = {.url = ""};

	if (file < 0 || state < 0 || !take_text(line, "url", known.url, sizeof(known.url)) ||
	    !take_text(line, "etag", known.etag, sizeof(known.etag)) ||
	    !take_text(line, "last_modified", known.last_modified, sizeof(known.last_modified)))
		return false;
	provision_release(&look->of[file].found);
	look->of[file].what = (enum look_file)state;
	look->of[file].known = known;
	look->of[file].found.empty = state == LOOK_EMPTY;
	return true;
}

/* Whether the table allows it, as a value that a server provides. */
static bool is_allowed(enum phone_id id, const char *value, enum phone_perm perm)
{
	struct phone_settings *judge = phone_settings_new();
	struct uxm_failure why;
	bool allowed = judge != NULL &&
		       phone_settings_provision(judge, id, value, perm, &why) == UXM_UPDATED;

	phone_settings_free(judge);
	return allowed;
}

static bool take_setting(struct look *look, const cJSON *line)
{
	int file = file_of(line);
	const char *name = text_of(line, "name");
	const char *value = text_of(line, "value");
	const char *perm = text_of(line, "perm");
	struct provision *found;
	enum phone_id id;
	char *copy;

	if (file < 0 || look->of[file].what != LOOK_CAME || name == NULL || value == NULL ||
	    perm == NULL || !phone_setting_find(name, &id) ||
	    (file == PROVISION_FIRMWARE && id != PHONE_FIRMWARE && id != PHONE_FIRMWARE_UXM) ||
	    !is_allowed(id, value, phone_perm_parse(perm)))
		return false;
	copy = strdup(value);
	if (copy == NULL)
		return false;
	found = &look->of[file].found;
	if (found->of[id].value != NULL)
		explicit_bzero(found->of[id].value, strlen(found->of[id].value));
	free(found->of[id].value);
	found->of[id].named = true;
	found->of[id].value = copy;
	found->of[id].perm = phone_perm_parse(perm);
	return true;
}

static bool take_note(struct look *look, const cJSON *line)
{
	const char *text = text_of(line, "text");

	if (text == NULL)
		return false;
	/* More of them are not kept. */
	if (look->remark_count < LOOK_REMARKS)
		text_take(look->remarks[look->remark_count++], LOOK_REMARK, text);
	return true;
}

static bool take_result(struct look *look, const cJSON *line)
{
	const char *name = text_of(line, "result");
	const char *text = text_of(line, "text");
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(line, "code");
	const cJSON *after = cJSON_GetObjectItemCaseSensitive(line, "retry_after");
	double seconds = cJSON_IsNumber(after) ? after->valuedouble : 0;

	if (name == NULL || text == NULL || !cJSON_IsNumber(code) ||
	    !(code->valuedouble >= UXM_UPDATED && code->valuedouble <= UXM_NOT_PERMITTED) ||
	    strcmp(uxm_result_name((enum uxm_result)code->valuedouble), name) != 0 ||
	    !(seconds >= 0 && seconds <= LOOK_RETRY_AFTER_MOST))
		return false;
	look->has_result = true;
	look->result = (enum uxm_result)code->valuedouble;
	text_take(look->text, sizeof(look->text), text);
	look->retry_after = (uint32_t)seconds;
	return true;
}

bool look_take_line(struct look *look, const cJSON *line)
{
	static const char *const events[] = {"file", "setting", "note", "result"};
	static bool (*const take[])(struct look *, const cJSON *) = {take_file, take_setting,
								     take_note, take_result};
	int event = number_of(text_of(line, "event"), events, 4);

	/* The result is the last line. */
	return event >= 0 && !look->has_result && take[event](look, line);
}

void look_release(struct look *look)
{
	for (size_t i = 0; i < 2; i++)
		provision_release(&look->of[i].found);
	memset(look, 0, sizeof(*look));
}
