/* Showing what a look at the server found. */
#include "check_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch/url.h"
#include "json.h"
#include "phone/job.h"

#define HIDDEN "..."

const char *check_file_name(enum provision_kind kind)
{
	return kind == PROVISION_SETTINGS ? "settings file" : "firmware file";
}

static const char *short_name(enum provision_kind kind)
{
	return kind == PROVISION_SETTINGS ? "settings" : "firmware";
}

static void add(cJSON *object, const char *name, const char *text)
{
	if (text[0] != '\0')
		cJSON_AddStringToObject(object, name, text);
}

/* What may be shown of a value. */
static const char *shown_value(enum check_form form, enum phone_id id, const char *value,
			       char shown[FETCH_SHOWN_TEXT])
{
	if (form == CHECK_JOB || value[0] == '\0')
		return value;
	if (phone_setting(id)->kind == PHONE_SECRET)
		return HIDDEN;
	return phone_setting(id)->kind == PHONE_URL ? fetch_url_shown(value, shown) : value;
}

static cJSON *make_setting(enum check_form form, const struct check_file *file, enum phone_id id)
{
	cJSON *line = cJSON_CreateObject();
	char shown[FETCH_SHOWN_TEXT];

	cJSON_AddStringToObject(line, "event", "setting");
	cJSON_AddStringToObject(line, "file", short_name(file->kind));
	cJSON_AddStringToObject(line, "name", phone_setting(id)->name);
	cJSON_AddStringToObject(line, "value",
				shown_value(form, id, file->found->of[id].value, shown));
	cJSON_AddStringToObject(line, "perm", phone_perm_text(file->found->of[id].perm));
	return line;
}

/* Whether uxmd would take it; escaped, a value may be twice as long. */
static bool fits(const struct check_file *file, enum phone_id id)
{
	cJSON *line = make_setting(CHECK_JOB, file, id);
	char *text = cJSON_PrintUnformatted(line);
	bool fitting = text != NULL && strlen(text) + 1 < PHONE_JOB_LINE;

	if (text != NULL)
		explicit_bzero(text, strlen(text));
	cJSON_free(text);
	cJSON_Delete(line);
	return fitting;
}

static void show_setting(enum check_form form, const struct check_file *file, enum phone_id id)
{
	static const char *const about[] = {
		[PHONE_PERM_WRITE] = "",
		[PHONE_PERM_OWN] = " (the user's own, once changed)",
		[PHONE_PERM_READ] = " (read-only)",
		[PHONE_PERM_VOLATILE] = " (until the next start)",
	};
	char shown[FETCH_SHOWN_TEXT];

	if (form != CHECK_LINES) {
		json_print(make_setting(form, file, id));
		return;
	}
	printf("  %s = %s%s\n", phone_setting(id)->name,
	       shown_value(form, id, file->found->of[id].value, shown),
	       about[file->found->of[id].perm]);
}

static void note(enum check_form form, const char *text)
{
	cJSON *line;

	if (form == CHECK_LINES) {
		printf("  note: %s\n", text);
		return;
	}
	line = cJSON_CreateObject();
	cJSON_AddStringToObject(line, "event", "note");
	cJSON_AddStringToObject(line, "text", text);
	json_print(line);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void note_all(enum check_form form, const struct check_file *file)
{
	const struct provision *found = file->found;
	char shown[FETCH_SHOWN_TEXT];
	struct uxm_failure text;

	for (size_t i = 0; i < 2; i++) {
		if (file->wrong[i].text[0] != '\0')
			note(form, file->wrong[i].text);
	}
	fetch_url_shown(file->url, shown);
	if (found->ampersands > 0) {
		uxm_fail(&text, UXM_UPDATED,
			 "The %s %s holds %zu bare '&'; each was read as meant, but XML wants "
			 "\"&amp;\".",
			 check_file_name(file->kind), shown, found->ampersands);
		note(form, text.text);
	}
	if (found->unknown > 0) {
		uxm_fail(&text, UXM_UPDATED,
			 "The %s %s names %zu setting%s that %s not known here; passed over.",
			 check_file_name(file->kind), shown, found->unknown, plural(found->unknown),
			 found->unknown == 1 ? "is" : "are");
		note(form, text.text);
	}
	if (found->kept_out > 0) {
		uxm_fail(&text, UXM_UPDATED,
			 "The %s %s names %zu setting%s that such a file does not set; passed "
			 "over.",
			 check_file_name(file->kind), shown, found->kept_out,
			 plural(found->kept_out));
		note(form, text.text);
	}
}

static void show_head(enum check_form form, const struct check_file *file)
{
	static const char *const names[] = {"not_asked", "unchanged", "empty", "came"};
	static const char *const sentences[] = {"none is named.", "unchanged.",
						"empty: there is nothing to do.", "read."};
	char shown[FETCH_SHOWN_TEXT] = "";
	cJSON *line;

	if (file->url[0] != '\0')
		fetch_url_shown(file->url, shown);
	if (form == CHECK_LINES) {
		printf("The %s%s%s: %s\n", check_file_name(file->kind), shown[0] != '\0' ? " " : "",
		       shown, sentences[file->what]);
		return;
	}
	line = cJSON_CreateObject();
	cJSON_AddStringToObject(line, "event", "file");
	cJSON_AddStringToObject(line, "file", short_name(file->kind));
	cJSON_AddStringToObject(line, "state", names[file->what]);
	add(line, "url", form == CHECK_JOB ? file->url : shown);
	add(line, "etag", file->validators->etag);
	add(line, "last_modified", file->validators->modified);
	json_print(line);
}

bool check_show_file(enum check_form form, const struct check_file *file, struct uxm_failure *why)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		if (!file->found->of[i].named || fits(file, (enum phone_id)i))
			continue;
		uxm_fail(why, UXM_FETCH_FAILED, "the setting %s is too long.",
			 phone_setting((enum phone_id)i)->name);
		return false;
	}
	show_head(form, file);
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		if (file->found->of[i].named)
			show_setting(form, file, (enum phone_id)i);
	}
	note_all(form, file);
	return true;
}

void check_show_result(enum check_form form, const struct uxm_failure *why, uint32_t retry_after)
{
	cJSON *line;

	if (form == CHECK_LINES)
		return;
	line = cJSON_CreateObject();
	cJSON_AddStringToObject(line, "event", "result");
	cJSON_AddStringToObject(line, "result", uxm_result_name(why->result));
	cJSON_AddNumberToObject(line, "code", why->result);
	cJSON_AddStringToObject(line, "text", why->text);
	if (retry_after > 0)
		cJSON_AddNumberToObject(line, "retry_after", retry_after);
	json_print(line);
}
