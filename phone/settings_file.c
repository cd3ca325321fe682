/* The file of settings: XML in the provisioning format, read by expat. */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone/settings.h"
#include "phone/whole_file.h"

#define ROOT  "settings"
#define BLOCK "phone-settings"
#define BAD   ".bad"

/* Elements of the settings themselves stand in ROOT and BLOCK. */
#define DEPTH_SETTING 3

struct reading {
	XML_Parser parser;
	struct phone_settings *made;
	size_t unknown;
	int depth;
	bool in_block;
	bool in_setting; /* of the table; `id`, `perm`, `own` and `value` are of it */
	enum phone_id id;
	enum phone_perm perm;
	bool own;
	char *value; /* with a zero behind it */
	size_t length;
	size_t room;
	bool failed; /* `why` has it */
	struct uxm_failure *why;
};

static void stop(struct reading *reading, const char *what)
{
	if (!reading->failed)
		uxm_fail(reading->why, UXM_INTERNAL, "line %lu: %s",
			 (unsigned long)XML_GetCurrentLineNumber(reading->parser), what);
	reading->failed = true;
	XML_StopParser(reading->parser, XML_FALSE);
}

static void XMLCALL on_doctype(void *self, const XML_Char *name, const XML_Char *system_id,
			       const XML_Char *public_id, int has_internal_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	stop(self, "there must be no doctype.");
}

static void begin_setting(struct reading *reading, const char *name, const char **attributes)
{
	if (!phone_setting_find(name, &reading->id)) {
		reading->unknown++;
		return;
	}
	reading->in_setting = true;
	reading->perm = PHONE_PERM_WRITE;
	reading->own = false;
	reading->length = 0;
	for (size_t i = 0; attributes[i] != NULL; i += 2) {
		if (strcmp(attributes[i], "perm") == 0)
			reading->perm = phone_perm_parse(attributes[i + 1]);
		else if (strcmp(attributes[i], "by") == 0)
			reading->own = strcmp(attributes[i + 1], "user") == 0;
	}
}

static void XMLCALL on_start(void *self, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *reading = self;

	reading->depth++;
	if (reading->depth > PHONE_SETTINGS_FILE_DEEP)
		stop(reading, "the elements stand too deep in each other.");
	else if (reading->in_setting)
		stop(reading, "a setting must not hold an element.");
	else if (reading->depth == 1 && strcmp(name, ROOT) != 0)
		stop(reading, "the outermost element is not " ROOT ".");
	else if (reading->depth == 2)
		reading->in_block = strcmp(name, BLOCK) == 0;
	else if (reading->depth == DEPTH_SETTING && reading->in_block)
		begin_setting(reading, name, attributes);
}

static void XMLCALL on_text(void *self, const XML_Char *text, int length)
{
	struct reading *reading = self;
	size_t needed = reading->length + (size_t)length + 1;

	if (!reading->in_setting || reading->failed)
		return;
	if (needed > reading->room) {
		/* The file's size bounds it. */
		char *larger = realloc(reading->value, 2 * needed);

		if (larger == NULL) {
			stop(reading, "there is not enough memory.");
			return;
		}
		reading->value = larger;
		reading->room = 2 * needed;
	}
	memcpy(reading->value + reading->length, text, (size_t)length);
	reading->length += (size_t)length;
}

static void XMLCALL on_end(void *self, const XML_Char *name)
{
	struct reading *reading = self;
	struct uxm_failure why;

	(void)name;
	reading->depth--;
	if (!reading->in_setting || reading->failed)
		return;
	reading->in_setting = false;
	if (reading->length > 0)
		reading->value[reading->length] = '\0';
	if (phone_settings_restore(reading->made, reading->id,
				   reading->length > 0 ? reading->value : "", reading->perm,
				   reading->own, &why) != UXM_UPDATED)
		stop(reading, why.text);
}

static bool read_text(struct reading *reading, const char *text, size_t length)
{
	XML_Parser parser = reading->parser;

	XML_SetUserData(parser, reading);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	if (XML_Parse(parser, text, (int)length, XML_TRUE) == XML_STATUS_OK)
		return !reading->failed;
	if (!reading->failed)
		uxm_fail(reading->why, UXM_INTERNAL, "line %lu: %s.",
			 (unsigned long)XML_GetCurrentLineNumber(parser),
			 XML_ErrorString(XML_GetErrorCode(parser)));
	return false;
}

bool phone_settings_parse(struct phone_settings *settings, const char *text, size_t length,
			  size_t *unknown, struct uxm_failure *why)
{
	struct reading reading = {.made = phone_settings_new(), .why = why};
	bool done = false;

	reading.parser = XML_ParserCreate(NULL);
	if (reading.parser == NULL || reading.made == NULL) {
		uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
		goto end;
	}
	if (length > PHONE_SETTINGS_FILE_MOST) {
		uxm_fail(why, UXM_INTERNAL, "there are more than %u bytes.",
			 PHONE_SETTINGS_FILE_MOST);
		goto end;
	}
	done = read_text(&reading, text, length);
	if (done) {
		phone_settings_take_over(settings, reading.made);
		*unknown = reading.unknown;
	}
end:
	if (reading.value != NULL)
		explicit_bzero(reading.value, reading.room);
	free(reading.value);
	if (reading.parser != NULL)
		XML_ParserFree(reading.parser);
	phone_settings_free(reading.made);
	return done;
}

bool phone_settings_load(struct phone_settings *settings, const char *path, size_t *unknown,
			 struct uxm_failure *why)
{
	struct uxm_failure reason = {.text = ""};
	struct uxm_failure aside;
	char *text = NULL;
	size_t length = 0;
	bool done = false;

	switch (whole_file_read(path, PHONE_SETTINGS_FILE_MOST, &text, &length, &reason)) {
	case WHOLE_FILE_NONE:
		*unknown = 0;
		return true;
	case WHOLE_FILE_READ:
		done = phone_settings_parse(settings, text, length, unknown, &reason);
		explicit_bzero(text, length);
		free(text);
		break;
	case WHOLE_FILE_FAILED:
		break;
	}
	if (done)
		return true;
	if (whole_file_set_aside(path, BAD, &aside))
		uxm_fail(why, UXM_INTERNAL,
			 "The settings in %s cannot be used and were set aside as %s" BAD
			 "; the defaults are used: %s",
			 path, path, reason.text);
	else
		uxm_fail(why, UXM_INTERNAL,
			 "The settings in %s cannot be used; the defaults are used: %s They could "
			 "not be set aside either: %s",
			 path, reason.text, aside.text);
	return false;
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
	const char *value = phone_settings_text(settings, id);
	enum phone_perm perm = phone_settings_perm(settings, id);
	bool own = phone_settings_is_own(settings, id);

	if (perm == PHONE_PERM_VOLATILE ||
	    (perm == PHONE_PERM_WRITE && strcmp(value, row->initial) == 0))
		return;
	fprintf(file, "<%s perm=\"%s\"%s>", row->name, phone_perm_text(perm),
		own ? " by=\"user\"" : "");
	write_escaped(file, value);
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
