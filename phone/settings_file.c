/* The file of settings: XML in the provisioning format. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/settings.h"
#include "phone/whole_file.h"
#include "phone/xml.h"

#define ROOT  "settings"
#define BLOCK "phone-settings"

/* Elements of the settings themselves stand in ROOT and BLOCK. */
#define DEPTH_SETTING 3

struct reading {
	struct phone_settings *made;
	size_t unknown;
	/* The setting whose text comes. */
	enum phone_id id;
	enum phone_perm perm;
	bool own;
};

static enum xml_step begin_setting(struct reading *reading, const char *name,
				   const char *const *attributes)
{
	if (!phone_setting_find(name, &reading->id)) {
		reading->unknown++;
		return XML_PASS;
	}
	reading->perm = PHONE_PERM_WRITE;
	reading->own = false;
	for (size_t i = 0; attributes[i] != NULL; i += 2) {
		if (strcmp(attributes[i], "perm") == 0)
			reading->perm = phone_perm_parse(attributes[i + 1]);
		else if (strcmp(attributes[i], "by") == 0)
			reading->own = strcmp(attributes[i + 1], "user") == 0;
	}
	return XML_VALUE;
}

static enum xml_step on_open(void *self, unsigned depth, const char *name,
			     const char *const *attributes, struct uxm_failure *why)
{
	if (depth == DEPTH_SETTING)
		return begin_setting(self, name, attributes);
	if (depth == 1 && strcmp(name, ROOT) != 0) {
		uxm_fail(why, UXM_USAGE, "the outermost element is not " ROOT ".");
		return XML_REFUSE;
	}
	return depth == 1 || strcmp(name, BLOCK) == 0 ? XML_ENTER : XML_PASS;
}

static bool on_value(void *self, const char *text, size_t length, struct uxm_failure *why)
{
	struct reading *reading = self;

	(void)length;
	return phone_settings_restore(reading->made, reading->id, text, reading->perm, reading->own,
				      why) == UXM_UPDATED;
}

bool phone_settings_parse(struct phone_settings *settings, const char *text, size_t length,
			  size_t *unknown, struct uxm_failure *why)
{
	struct reading reading = {.made = phone_settings_new()};
	struct xml_options options = {
		.calls = {.open = on_open, .value = on_value, .self = &reading},
		.deep = PHONE_SETTINGS_FILE_DEEP,
		.wrong = UXM_USAGE,
	};
	size_t offset = 0;
	bool done = false;

	if (reading.made == NULL) {
		uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
		return false;
	}
	if (length > PHONE_SETTINGS_FILE_MOST) {
		uxm_fail(why, UXM_USAGE, "there are more than %u bytes.", PHONE_SETTINGS_FILE_MOST);
		goto end;
	}
	done = xml_read(&options, text, length, &offset, why);
	if (done) {
		phone_settings_take_over(settings, reading.made);
		*unknown = reading.unknown;
	} else if (why->result == UXM_USAGE) {
		xml_say_where(text, length, offset, why);
	}
end:
	phone_settings_free(reading.made);
	return done;
}

/* What is read, and how many of its names the table does not know. */
struct target {
	struct phone_settings *settings;
	size_t unknown;
};

static bool take(void *to, const char *text, size_t length, struct uxm_failure *why)
{
	struct target *target = to;

	return phone_settings_parse(target->settings, text, length, &target->unknown, why);
}

bool phone_settings_load(struct phone_settings *settings, const char *path, const char *instead,
			 size_t *unknown, struct uxm_failure *why)
{
	const struct whole_file_kind kind = {
		.name = "The settings file",
		.instead = instead,
		.most = PHONE_SETTINGS_FILE_MOST,
		.take = take,
	};
	struct target target = {.settings = settings};

	if (!whole_file_load(path, &kind, &target, why))
		return false;
	*unknown = target.unknown;
	return true;
}

/* Text between tags. Values hold no control characters, so no line end changes on the way. */
static void write_escaped(FILE *file, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		default:
			putc(*text, file);
		}
	}
}

static void write_setting(FILE *file, const struct phone_settings *settings, enum phone_id id)
{
	const struct phone_setting *row = phone_setting(id);
	struct phone_kept kept = phone_settings_kept(settings, id);

	if (kept.perm == PHONE_PERM_VOLATILE ||
	    (kept.perm == PHONE_PERM_WRITE && strcmp(kept.value, row->initial) == 0))
		return;
	fprintf(file, "<%s perm=\"%s\"%s>", row->name, phone_perm_text(kept.perm),
		kept.own ? " by=\"user\"" : "");
	write_escaped(file, kept.value);
	fprintf(file, "</%s>\n", row->name);
}

bool phone_settings_save(const struct phone_settings *settings, const char *path,
			 struct uxm_failure *why)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	bool made = file != NULL;
	bool done = false;

	if (made) {
		fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<" ROOT ">\n<" BLOCK ">\n",
		      file);
		for (size_t i = 0; i < PHONE_SETTINGS; i++)
			write_setting(file, settings, (enum phone_id)i);
		fputs("</" BLOCK ">\n</" ROOT ">\n", file);
		made = ferror(file) == 0;
		made = fclose(file) == 0 && made;
	}
	if (made)
		done = whole_file_write(path, text, length, why);
	else
		uxm_fail(why, UXM_INTERNAL, "There is not enough memory to save the settings.");
	if (text != NULL)
		explicit_bzero(text, length);
	free(text);
	return done;
}
