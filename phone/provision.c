/* Provisioning files: which form it is, and what becomes of one setting. */
#include "phone/provision.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phone/provision_inside.h"
#include "phone/xml.h"

/* How many of one character begin a line that version control writes into a conflict. */
#define MARK 7

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t blanks(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && is_blank(text[count]))
		count++;
	return count;
}

bool provision_wants(struct provision_taker *taker, const char *name, bool firmware,
		     enum phone_id *id)
{
	enum phone_id found;

	if (!phone_setting_find(name, &found)) {
		taker->made->unknown++;
		return false;
	}
	if (phone_setting(found)->reach == PHONE_REACH_MACHINE ||
	    (firmware && found != PHONE_FIRMWARE && found != PHONE_FIRMWARE_UXM)) {
		taker->made->kept_out++;
		return false;
	}
	*id = found;
	return true;
}

/* A value may be a password. */
static void forget(char *value)
{
	if (value != NULL)
		explicit_bzero(value, strlen(value));
	free(value);
}

bool provision_take(struct provision_taker *taker, enum phone_id id, enum phone_perm perm,
		    const char *value, size_t length, struct uxm_failure *why)
{
	const struct phone_setting *row = phone_setting(id);
	bool text = row->kind == PHONE_TEXT || row->kind == PHONE_URL;
	bool secret = row->kind == PHONE_SECRET;
	struct uxm_failure reason;
	char *copy;

	if (!secret) {
		size_t before = blanks(value, length);

		value += before;
		length -= before;
		while (length > 0 && is_blank(value[length - 1]))
			length--;
	}
	if (length == 0 && !text && !secret)
		return true;
	copy = strndup(value, length);
	if (copy == NULL) {
		uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
		return false;
	}
	switch (phone_settings_provision(taker->judge, id, copy, perm, &reason)) {
	case UXM_UPDATED:
		break;
	case UXM_INTERNAL:
		uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
		goto fail;
	default:
		uxm_fail(why, UXM_FETCH_FAILED, "%s", reason.text);
		goto fail;
	}
	forget(taker->made->of[id].value);
	taker->made->of[id].named = true;
	taker->made->of[id].value = copy;
	taker->made->of[id].perm = perm;
	return true;
fail:
	forget(copy);
	return false;
}

void provision_keep_out(struct provision *provision, enum phone_id id)
{
	forget(provision->of[id].value);
	memset(&provision->of[id], 0, sizeof(provision->of[id]));
}

void provision_release(struct provision *provision)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++)
		forget(provision->of[i].value);
	memset(provision, 0, sizeof(*provision));
}

/* A conflict of two versions that nobody resolved: whichever was meant, it is none of them. */
static bool is_conflict(const char *text, size_t length, size_t *offset)
{
	const char *line = text;
	const char *end = text + length;

	while (line != NULL && end - line >= MARK) {
		size_t left = (size_t)(end - line);
		bool ends = left == MARK || is_blank(line[MARK]);

		if (ends &&
		    (memcmp(line, "<<<<<<<", MARK) == 0 || memcmp(line, ">>>>>>>", MARK) == 0)) {
			*offset = (size_t)(line - text);
			return true;
		}
		line = memchr(line, '\n', left);
		line = line != NULL ? line + 1 : NULL;
	}
	return false;
}

static bool begins(const char *text, size_t length, const char *with)
{
	size_t wanted = strlen(with);

	return length >= wanted && strncasecmp(text, with, wanted) == 0;
}

/* Whether it begins as the text form does. */
static bool is_lines(const char *text, size_t length)
{
	static const char html[] = "<html>";
	size_t at = blanks(text, length);

	if (!begins(text + at, length - at, html))
		return false;
	at += sizeof(html) - 1;
	at += blanks(text + at, length - at);
	return begins(text + at, length - at, "<pre>");
}

static bool read_form(struct provision_taker *taker, enum provision_kind kind,
		      const struct provision_text *text, struct uxm_failure *why)
{
	size_t offset = 0;
	bool done;

	if (blanks(text->bytes, text->length) == text->length) {
		taker->made->empty = true;
		return true;
	}
	if (is_conflict(text->bytes, text->length, &offset)) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "there is a mark of a merge conflict that nobody resolved.");
		done = false;
	} else if (kind == PROVISION_SETTINGS && is_lines(text->bytes, text->length)) {
		done = provision_read_lines(taker, text->bytes, text->length, &offset, why);
	} else {
		done = provision_read_xml(taker, kind, text, &offset, why);
	}
	if (!done && why->result != UXM_INTERNAL)
		xml_say_where(text->bytes, text->length, offset, why);
	return done;
}

bool provision_read(struct provision *provision, enum provision_kind kind, const char *text,
		    size_t length, struct uxm_failure *why)
{
	struct provision made = {.unknown = 0};
	struct provision_taker taker = {.made = &made};
	struct provision_text plain;
	bool done = false;

	if (length > PROVISION_FILE_MOST) {
		uxm_fail(why, UXM_FETCH_FAILED, "there are more than %u bytes.",
			 PROVISION_FILE_MOST);
		return false;
	}
	if (!provision_decode(text, length, &plain, why))
		return false;
	taker.judge = phone_settings_new();
	if (taker.judge != NULL)
		done = read_form(&taker, kind, &plain, why);
	else
		uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
	if (done)
		*provision = made;
	else
		provision_release(&made);
	phone_settings_free(taker.judge);
	provision_text_release(&plain);
	return done;
}
