/* The older text form of the settings file: lines `name<flag>: value`. */
#include <string.h>

#include "phone/provision_inside.h"

#define BLANKS       " \t\r"
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
/* Longer ones are no setting's. */
#define NAME_MOST    64

static size_t span(const char *text, size_t length, const char *set)
{
	size_t count = 0;

	while (count < length && text[count] != '\0' && strchr(set, text[count]) != NULL)
		count++;
	return count;
}

/* Reads what stands between a name and its colon; false for what is no flag. */
static bool read_flag(const char *text, size_t length, enum phone_perm *perm)
{
	static const char *const flags[] = {"", "!", "R", "&", " ", "RW", "$", "V"};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strlen(flags[i]) == length && memcmp(flags[i], text, length) == 0) {
			*perm = phone_perm_parse(flags[i]);
			return true;
		}
	}
	return false;
}

static bool take_line(struct provision_taker *taker, const char *line, size_t length,
		      struct uxm_failure *why)
{
	const char *colon = memchr(line, ':', length);
	const char *end = line + length;
	size_t letters = span(line, length, NAME_LETTERS);
	char name[NAME_MOST] = "";
	const char *value;
	enum phone_perm perm;
	enum phone_id id;

	if (colon == NULL || colon == line) {
		uxm_fail(why, UXM_FETCH_FAILED, "there is no setting, \"name: value\".");
		return false;
	}
	if (memchr(line, '\0', length) != NULL) {
		uxm_fail(why, UXM_FETCH_FAILED, "there is a zero byte.");
		return false;
	}
	if (letters >= sizeof(name) || line + letters > colon ||
	    !read_flag(line + letters, (size_t)(colon - line) - letters, &perm)) {
		taker->made->unknown++;
		return true;
	}
	memcpy(name, line, letters);
	if (!provision_wants(taker, name, false, &id))
		return true;
	/* The rest is the value's: a password may begin and end with blanks. */
	if (end[-1] == '\r')
		end--;
	value = colon + 1;
	if (value < end && (*value == ' ' || *value == '\t'))
		value++;
	return provision_take(taker, id, perm, value, (size_t)(end - value), why);
}

bool provision_read_lines(struct provision_taker *taker, const char *text, size_t length,
			  size_t *offset, struct uxm_failure *why)
{
	size_t at = 0;

	while (at < length) {
		const char *end = memchr(text + at, '\n', length - at);
		size_t next = end != NULL ? (size_t)(end - text) : length;
		size_t begin = at + span(text + at, next - at, BLANKS);

		if (begin < next && text[begin] != '#' && text[begin] != '<' &&
		    !take_line(taker, text + begin, next - begin, why)) {
			*offset = begin;
			return false;
		}
		at = next + 1;
	}
	return true;
}
