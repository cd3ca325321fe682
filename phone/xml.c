/* Reading XML, by expat. */
#include "phone/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reading {
	const struct xml_options *options;
	XML_Parser parser;
	unsigned depth;
	unsigned passed; /* depth of the element that is passed over, 0: none is */
	bool in_value;
	char *value; /* with room for a zero behind it */
	size_t length;
	size_t room;
	size_t began; /* the offset of the XML_VALUE */
	bool failed;
	size_t offset;
	struct uxm_failure *why;
};

static size_t here(const struct reading *reading)
{
	XML_Index index = XML_GetCurrentByteIndex(reading->parser);

	return index > 0 ? (size_t)index : 0;
}

/* *why is set. */
static void stop(struct reading *reading, size_t offset)
{
	reading->failed = true;
	reading->offset = offset;
	XML_StopParser(reading->parser, XML_FALSE);
}

static void refuse(struct reading *reading, const char *sentence)
{
	uxm_fail(reading->why, reading->options->wrong, "%s", sentence);
	stop(reading, here(reading));
}

static void XMLCALL on_doctype(void *self, const XML_Char *name, const XML_Char *system_id,
			       const XML_Char *public_id, int has_internal_subset)
{
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	refuse(self, strcasecmp(name, "html") == 0 ? "this is a web page (HTML)."
						   : "there must be no doctype.");
}

static void XMLCALL on_start(void *self, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *reading = self;
	const struct xml_calls *calls = &reading->options->calls;

	/* expat may call once more after it was stopped. */
	if (reading->failed)
		return;
	reading->depth++;
	if (reading->depth > reading->options->deep) {
		refuse(reading, "the elements stand too deep in each other.");
		return;
	}
	if (reading->in_value) {
		refuse(reading, "a setting must not hold an element.");
		return;
	}
	if (reading->passed != 0)
		return;
	switch (calls->open(calls->self, reading->depth, name, attributes, reading->why)) {
	case XML_ENTER:
		break;
	case XML_VALUE:
		reading->in_value = true;
		reading->length = 0;
		reading->began = here(reading);
		break;
	case XML_PASS:
		reading->passed = reading->depth;
		break;
	case XML_REFUSE:
		stop(reading, here(reading));
		break;
	}
}

static void XMLCALL on_text(void *self, const XML_Char *text, int length)
{
	struct reading *reading = self;
	size_t needed = reading->length + (size_t)length + 1;

	if (!reading->in_value || reading->failed)
		return;
	if (needed > reading->room) {
		/* The size of the whole text bounds it. */
		char *larger = malloc(2 * needed);

		if (larger == NULL) {
			uxm_fail(reading->why, UXM_INTERNAL, "there is not enough memory.");
			stop(reading, here(reading));
			return;
		}
		if (reading->length > 0)
			memcpy(larger, reading->value, reading->length);
		/* It may be a password. */
		if (reading->value != NULL)
			explicit_bzero(reading->value, reading->room);
		free(reading->value);
		reading->value = larger;
		reading->room = 2 * needed;
	}
	memcpy(reading->value + reading->length, text, (size_t)length);
	reading->length += (size_t)length;
}

static void XMLCALL on_end(void *self, const XML_Char *name)
{
	struct reading *reading = self;
	const struct xml_calls *calls = &reading->options->calls;

	(void)name;
	if (reading->failed)
		return;
	if (reading->passed == reading->depth)
		reading->passed = 0;
	reading->depth--;
	if (!reading->in_value)
		return;
	reading->in_value = false;
	if (reading->length > 0)
		reading->value[reading->length] = '\0';
	if (!calls->value(calls->self, reading->length > 0 ? reading->value : "", reading->length,
			  reading->why))
		stop(reading, reading->began);
}

static bool parse(struct reading *reading, const char *text, size_t length)
{
	XML_Parser parser = reading->parser;
	enum XML_Error error;

	XML_SetUserData(parser, reading);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	if (XML_Parse(parser, text, (int)length, XML_TRUE) == XML_STATUS_OK)
		return !reading->failed;
	if (reading->failed)
		return false;
	error = XML_GetErrorCode(parser);
	uxm_fail(reading->why,
		 error == XML_ERROR_NO_MEMORY ? UXM_INTERNAL : reading->options->wrong, "%s.",
		 XML_ErrorString(error));
	reading->offset = here(reading);
	return false;
}

bool xml_read(const struct xml_options *options, const char *text, size_t length, size_t *offset,
	      struct uxm_failure *why)
{
	struct reading reading = {.options = options, .why = why};
	bool done;

	if (length > INT_MAX) {
		uxm_fail(why, options->wrong, "there are too many bytes.");
		*offset = 0;
		return false;
	}
	reading.parser = XML_ParserCreate(options->encoding);
	if (reading.parser == NULL) {
		uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
		*offset = 0;
		return false;
	}
	done = parse(&reading, text, length);
	if (!done)
		*offset = reading.offset < length ? reading.offset : length;
	if (reading.value != NULL)
		explicit_bzero(reading.value, reading.room);
	free(reading.value);
	XML_ParserFree(reading.parser);
	return done;
}

void xml_say_where(const char *text, size_t length, size_t offset, struct uxm_failure *why)
{
	unsigned long line = 1;
	unsigned long column = 1;
	char sentence[UXM_SENTENCE];

	for (size_t i = 0; i < offset && i < length; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text[i] & 0xC0) != 0x80) {
			column++;
		}
	}
	memcpy(sentence, why->text, sizeof(sentence));
	uxm_fail(why, why->result, "line %lu, column %lu: %.1900s", line, column, sentence);
}
