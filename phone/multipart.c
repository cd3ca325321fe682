/* Forms with a file. */
#include "phone/multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Copies a parameter's value, quoted or not, up to the end of it. False if it does not fit, is not
 * ended, or is empty. */
static bool read_parameter(const char *from, char *to, size_t room)
{
	bool quoted = *from == '"';
	size_t length;

	from += quoted ? 1 : 0;
	length = strcspn(from, quoted ? "\"" : "; \t");
	if (length == 0 || length >= room || (quoted && from[length] != '"'))
		return false;
	memcpy(to, from, length);
	to[length] = '\0';
	return true;
}

/* Finds "; name=" in a header's value, outside of quotes; returns what is behind it, or NULL. */
static const char *find_parameter(const char *value, const char *name)
{
	size_t length = strlen(name);
	bool quoted = false;

	for (; *value != '\0'; value++) {
		if (*value == '"')
			quoted = !quoted;
		if (*value != ';' || quoted)
			continue;
		value += 1 + strspn(value + 1, " \t");
		if (strncasecmp(value, name, length) == 0 && value[length] == '=')
			return value + length + 1;
		/* Another ';' may stand here at once. */
		value--;
	}
	return NULL;
}

bool multipart_begin(struct multipart *multipart, const char *content_type, uint64_t total,
		     struct form *form)
{
	static const char type[] = "multipart/form-data";
	char boundary[MULTIPART_BOUNDARY + 1];
	const char *found;

	memset(multipart, 0, sizeof(*multipart));
	multipart->state = MULTIPART_FAILED;
	if (strncasecmp(content_type, type, sizeof(type) - 1) != 0)
		return false;
	found = find_parameter(content_type, "boundary");
	if (found == NULL || !read_parameter(found, boundary, sizeof(boundary)) ||
	    strpbrk(boundary, "\r\n") != NULL)
		return false;
	multipart->delimiter_length = (size_t)snprintf(
		multipart->delimiter, sizeof(multipart->delimiter), "\r\n--%s", boundary);
	multipart->total = total;
	multipart->form = form;
	multipart->state = MULTIPART_AT_BOUNDARY;
	/* The body begins with a delimiter that has no line end before it. */
	multipart->matched = 2;
	return true;
}

static enum multipart_event fail(struct multipart *multipart)
{
	multipart->state = MULTIPART_FAILED;
	return MULTIPART_BAD;
}

/* A part's header line is complete. */
static bool take_header(struct multipart *multipart)
{
	static const char disposition[] = "content-disposition:";
	const char *name;
	const char *file;

	multipart->line[multipart->line_length] = '\0';
	/* Other headers of a part say nothing that is needed here. */
	if (strncasecmp(multipart->line, disposition, sizeof(disposition) - 1) != 0)
		return true;
	name = find_parameter(multipart->line, "name");
	if (name == NULL || !read_parameter(name, multipart->name, sizeof(multipart->name)))
		return false;
	file = find_parameter(multipart->line, "filename");
	multipart->is_file = file != NULL;
	/* No file was chosen: an empty name. */
	if (file != NULL &&
	    !read_parameter(file, multipart->file_name, sizeof(multipart->file_name))) {
		multipart->file_name[0] = '\0';
		return strncmp(file, "\"\"", 2) == 0;
	}
	return true;
}

/* The empty line behind a part's headers. */
static enum multipart_event begin_content(struct multipart *multipart)
{
	uint64_t tail = multipart->delimiter_length + 4; /* "--", and a line's end */

	if (multipart->name[0] == '\0')
		return fail(multipart);
	multipart->matched = 0;
	multipart->line_length = 0;
	if (!multipart->is_file) {
		multipart->state = MULTIPART_IN_FIELD;
		return MULTIPART_MORE;
	}
	if (multipart->total < multipart->at || multipart->total - multipart->at < tail)
		return fail(multipart);
	multipart->file_size = multipart->total - multipart->at - tail;
	multipart->state = MULTIPART_IN_FILE;
	return MULTIPART_FILE;
}

/* Characters of a line go to `line`; true with its end, which is left out. */
static bool take_line(struct multipart *multipart, char c, bool *too_long)
{
	size_t length = multipart->line_length;

	if (c == '\n' && length > 0 && multipart->line[length - 1] == '\r') {
		multipart->line_length = length - 1;
		return true;
	}
	*too_long = length + 1 >= MULTIPART_LINE || c == '\0';
	if (!*too_long)
		multipart->line[multipart->line_length++] = c;
	return false;
}

/* Behind a delimiter: "--" ends all, a line's end begins a part. */
static enum multipart_event take_behind(struct multipart *multipart, char c)
{
	bool too_long = false;

	if (take_line(multipart, c, &too_long)) {
		if (multipart->line_length != strspn(multipart->line, " \t"))
			return fail(multipart);
		/* The file is the last. */
		if (multipart->is_file)
			return fail(multipart);
		multipart->name[0] = '\0';
		multipart->line_length = 0;
		multipart->state = MULTIPART_IN_HEADER;
		return MULTIPART_MORE;
	}
	if (too_long)
		return fail(multipart);
	if (multipart->line_length == 2 && memcmp(multipart->line, "--", 2) == 0) {
		multipart->state = MULTIPART_ENDED;
		return MULTIPART_END;
	}
	return MULTIPART_MORE;
}

static enum multipart_event take_in_header(struct multipart *multipart, char c)
{
	bool too_long = false;

	if (!take_line(multipart, c, &too_long))
		return too_long ? fail(multipart) : MULTIPART_MORE;
	if (multipart->line_length == 0)
		return begin_content(multipart);
	if (!take_header(multipart))
		return fail(multipart);
	multipart->line_length = 0;
	return MULTIPART_MORE;
}

static void behind_delimiter(struct multipart *multipart)
{
	multipart->state = MULTIPART_BEHIND_BOUNDARY;
	multipart->matched = 0;
	multipart->line_length = 0;
}

/* A field's value: kept whole, for it is short, and the delimiter is found at its end. */
static enum multipart_event take_in_field(struct multipart *multipart, char c)
{
	size_t length = multipart->line_length;
	size_t delimiter = multipart->delimiter_length;

	if (length + 1 >= MULTIPART_LINE || c == '\0')
		return fail(multipart);
	multipart->line[length++] = c;
	multipart->line_length = length;
	if (length < delimiter ||
	    memcmp(multipart->line + length - delimiter, multipart->delimiter, delimiter) != 0)
		return MULTIPART_MORE;
	multipart->line[length - delimiter] = '\0';
	if (!form_add(multipart->form, multipart->name, multipart->line))
		return fail(multipart);
	behind_delimiter(multipart);
	return MULTIPART_MORE;
}

/* The first delimiter: nothing stands before it. */
static enum multipart_event take_at_boundary(struct multipart *multipart, char c)
{
	if (c != multipart->delimiter[multipart->matched])
		return fail(multipart);
	if (++multipart->matched == multipart->delimiter_length)
		behind_delimiter(multipart);
	return MULTIPART_MORE;
}

static enum multipart_event take(struct multipart *multipart, char c)
{
	switch (multipart->state) {
	case MULTIPART_AT_BOUNDARY:
		return take_at_boundary(multipart, c);
	case MULTIPART_BEHIND_BOUNDARY:
		return take_behind(multipart, c);
	case MULTIPART_IN_HEADER:
		return take_in_header(multipart, c);
	case MULTIPART_IN_FIELD:
		return take_in_field(multipart, c);
	case MULTIPART_ENDED:
		return MULTIPART_MORE;
	case MULTIPART_IN_FILE:
	case MULTIPART_FAILED:
		break;
	}
	return fail(multipart);
}

/*
 * In the file. Of the delimiter only its first character is a carriage return, so where it breaks
 * off all that matched is the file's, and the search begins anew with the character that broke it.
 */
static bool find_bytes(struct multipart *multipart, const char *input, size_t length, size_t *used,
		       const char **bytes, size_t *count)
{
	while (multipart->replay == 0 && *used < length) {
		const char *from = input + *used;
		const char *end;

		if (multipart->matched == 0) {
			end = memchr(from, '\r', length - *used);
			*bytes = from;
			*count = end != NULL ? (size_t)(end - from) : length - *used;
			if (*count > 0)
				return true;
		}
		if (*from != multipart->delimiter[multipart->matched]) {
			multipart->replay = multipart->matched;
			multipart->replay_at = 0;
			multipart->matched = 0;
			break;
		}
		(*used)++;
		multipart->at++;
		if (++multipart->matched == multipart->delimiter_length) {
			behind_delimiter(multipart);
			return false;
		}
	}
	*bytes = multipart->delimiter + multipart->replay_at;
	*count = multipart->replay;
	return multipart->replay > 0;
}

enum multipart_event multipart_next(struct multipart *multipart, const char *input, size_t length,
				    size_t *used, const char **bytes, size_t *count)
{
	enum multipart_event event = MULTIPART_MORE;

	if (multipart->state == MULTIPART_FAILED)
		return MULTIPART_BAD;
	while (event == MULTIPART_MORE) {
		if (multipart->state == MULTIPART_IN_FILE) {
			if (find_bytes(multipart, input, length, used, bytes, count))
				return MULTIPART_BYTES;
			if (multipart->state == MULTIPART_IN_FILE)
				return MULTIPART_MORE;
			continue;
		}
		if (*used == length)
			return MULTIPART_MORE;
		multipart->at++;
		event = take(multipart, input[(*used)++]);
	}
	return event;
}

void multipart_took(struct multipart *multipart, size_t count, size_t *used)
{
	if (multipart->replay > 0) {
		multipart->replay -= count;
		multipart->replay_at += count;
		return;
	}
	*used += count;
	multipart->at += count;
}
