/* Query strings and urlencoded bodies. */
#include "phone/form.h"

#include <string.h>

void form_begin(struct form *form)
{
	memset(form, 0, offsetof(struct form, text));
}

static bool fail(struct form *form, enum form_fault fault)
{
	form->fault = fault;
	return false;
}

static bool put(struct form *form, char c)
{
	if (form->length == FORM_ROOM)
		return fail(form, FORM_TOO_LARGE);
	form->text[form->length++] = c;
	return true;
}

/* The name is complete. */
static bool end_name(struct form *form)
{
	if (form->count == FORM_PAIRS)
		return fail(form, FORM_TOO_LARGE);
	if (!put(form, '\0'))
		return false;
	form->pairs[form->count].name = form->begin;
	form->pairs[form->count].value = form->length;
	form->in_value = true;
	return true;
}

static bool end_pair(struct form *form)
{
	if (form->hex > 0)
		return fail(form, FORM_MALFORMED);
	if (!form->open)
		return true;
	/* A name without '=' has an empty value. */
	if (!form->in_value && !end_name(form))
		return false;
	if (!put(form, '\0'))
		return false;
	form->count++;
	form->open = false;
	form->in_value = false;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool take(struct form *form, char c)
{
	int value;

	if (form->hex > 0) {
		value = digit(c);
		if (value < 0)
			return fail(form, FORM_MALFORMED);
		form->code = form->code * 16 + (unsigned)value;
		if (--form->hex > 0)
			return true;
		/* A NUL would end a text before what follows it was judged. */
		return form->code != 0 ? put(form, (char)form->code) : fail(form, FORM_MALFORMED);
	}
	if (c == '&')
		return end_pair(form);
	if (!form->open) {
		form->open = true;
		form->begin = form->length;
	}
	if (c == '=' && !form->in_value)
		return end_name(form);
	if (c == '%') {
		form->hex = 2;
		form->code = 0;
		return true;
	}
	if (c == '\0')
		return fail(form, FORM_MALFORMED);
	return put(form, c == '+' ? ' ' : c);
}

bool form_feed(struct form *form, const char *piece, size_t length)
{
	for (size_t i = 0; i < length && form->fault == FORM_FINE; i++)
		(void)take(form, piece[i]);
	return form->fault == FORM_FINE;
}

bool form_end(struct form *form)
{
	return form->fault == FORM_FINE && end_pair(form);
}

static bool put_text(struct form *form, const char *text)
{
	for (; *text != '\0'; text++) {
		if (!put(form, *text))
			return false;
	}
	return true;
}

bool form_add(struct form *form, const char *name, const char *value)
{
	if (form->fault != FORM_FINE)
		return false;
	form->open = true;
	form->begin = form->length;
	return put_text(form, name) && end_name(form) && put_text(form, value) && end_pair(form);
}

const char *form_value(const struct form *form, const char *name)
{
	for (size_t i = form->count; i > 0; i--) {
		if (strcmp(form->text + form->pairs[i - 1].name, name) == 0)
			return form->text + form->pairs[i - 1].value;
	}
	return NULL;
}

const char *form_pair(const struct form *form, size_t i, const char **value)
{
	*value = form->text + form->pairs[i].value;
	return form->text + form->pairs[i].name;
}

void form_trim(struct form *form, const char *name)
{
	static const char blanks[] = " \t\r\n\f";

	for (size_t i = 0; i < form->count; i++) {
		char *value = form->text + form->pairs[i].value;
		size_t length;

		if (strcmp(form->text + form->pairs[i].name, name) != 0)
			continue;
		form->pairs[i].value += strspn(value, blanks);
		value = form->text + form->pairs[i].value;
		length = strlen(value);
		while (length > 0 && strchr(blanks, value[length - 1]) != NULL)
			value[--length] = '\0';
	}
}

void form_forget(struct form *form)
{
	explicit_bzero(form->text, form->length);
	form_begin(form);
}
