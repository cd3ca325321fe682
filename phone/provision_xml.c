/*
 * The XML of provisioning files. A bare "&", which URLs have and XML forbids, becomes "&amp;" on
 * the way to expat, and what expat says is told of the text as it was.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phone/provision_inside.h"
#include "phone/xml.h"

#define ROOT           "settings"
#define BLOCK          "phone-settings"
#define BLOCK_FIRMWARE "firmware-settings"

#define REFERENCE "&amp;"
/* What it is longer than "&". */
#define GROWTH    (sizeof(REFERENCE) - 2)

#define LITERAL(text) (text), sizeof(text) - 1

/* Where in the text the search for "&" stands. */
struct search {
	const char *text;
	size_t length;
	size_t at;
};

static bool begins(const struct search *search, const char *with, size_t length)
{
	return search->length - search->at >= length &&
	       memcmp(search->text + search->at, with, length) == 0;
}

/* Past the next `end`, or to the text's end. */
static void pass(struct search *search, const char *end, size_t length)
{
	const char *found =
		memmem(search->text + search->at, search->length - search->at, end, length);

	search->at = found != NULL ? (size_t)(found - search->text) + length : search->length;
}

static size_t count_of(const struct search *search, size_t from, const char *set)
{
	size_t count = 0;

	while (from + count < search->length && search->text[from + count] != '\0' &&
	       strchr(set, search->text[from + count]) != NULL)
		count++;
	return count;
}

/* Whether a reference of XML begins here: "&#65;", "&#x41;", or one that is predefined (XML 1.0,
 * sections 4.1 and 4.6). */
static bool is_reference(const struct search *search)
{
	bool hex = begins(search, LITERAL("&#x"));
	size_t from = search->at + (hex ? 3 : 2);
	size_t digits;

	if (begins(search, LITERAL("&amp;")) || begins(search, LITERAL("&lt;")) ||
	    begins(search, LITERAL("&gt;")) || begins(search, LITERAL("&quot;")) ||
	    begins(search, LITERAL("&apos;")))
		return true;
	if (!begins(search, LITERAL("&#")))
		return false;
	digits = count_of(search, from, hex ? "0123456789abcdefABCDEF" : "0123456789");
	return digits > 0 && from + digits < search->length && search->text[from + digits] == ';';
}

/* The next bare "&", outside of what is taken literally (sections 2.5 to 2.7), or the text's end;
 * the search then goes on behind it. */
static size_t next_bare(struct search *search)
{
	while (search->at < search->length) {
		char c = search->text[search->at];

		if (c == '<' && begins(search, LITERAL("<![CDATA["))) {
			pass(search, LITERAL("]]>"));
		} else if (c == '<' && begins(search, LITERAL("<!--"))) {
			pass(search, LITERAL("-->"));
		} else if (c == '<' && begins(search, LITERAL("<?"))) {
			pass(search, LITERAL("?>"));
		} else if (c == '&' && !is_reference(search)) {
			return search->at++;
		} else {
			search->at++;
		}
	}
	return search->length;
}

static size_t count_bare(const char *text, size_t length)
{
	struct search search = {.text = text, .length = length};
	size_t count = 0;

	while (next_bare(&search) < length)
		count++;
	return count;
}

/* The text with `count` references; NULL without memory. */
static char *write_references(const char *text, size_t length, size_t count)
{
	struct search search = {.text = text, .length = length};
	char *made = malloc(length + count * GROWTH + 1);
	char *to = made;
	size_t from = 0;
	size_t at;

	if (made == NULL)
		return NULL;
	while ((at = next_bare(&search)) < length) {
		memcpy(to, text + from, at - from);
		to += at - from;
		memcpy(to, LITERAL(REFERENCE));
		to += sizeof(REFERENCE) - 1;
		from = at + 1;
	}
	memcpy(to, text + from, length - from);
	return made;
}

/* Where in the text stands what is at `offset` after write_references. */
static size_t offset_before(const char *text, size_t length, size_t offset)
{
	struct search search = {.text = text, .length = length};
	size_t grown = 0;
	size_t at;

	while ((at = next_bare(&search)) < length && at + grown < offset) {
		/* Inside of a reference is at its "&". */
		if (at + grown + GROWTH >= offset)
			return at;
		grown += GROWTH;
	}
	return offset - grown;
}

struct walk {
	struct provision_taker *taker;
	enum provision_kind kind;
	unsigned depth; /* at which the settings stand */
	bool firmware;  /* only the two count here */
	/* The setting whose text comes. */
	enum phone_id id;
	enum phone_perm perm;
};

static enum xml_step begin_root(struct walk *walk, const char *name, struct uxm_failure *why)
{
	walk->firmware = walk->kind == PROVISION_FIRMWARE || strcmp(name, BLOCK_FIRMWARE) == 0;
	walk->depth = strcmp(name, BLOCK_FIRMWARE) == 0 ? 2 : 3;
	if (strcmp(name, ROOT) == 0 || strcmp(name, BLOCK_FIRMWARE) == 0)
		return XML_ENTER;
	if (strcasecmp(name, "html") == 0)
		uxm_fail(why, UXM_FETCH_FAILED, "this is a web page (HTML).");
	else
		uxm_fail(why, UXM_FETCH_FAILED,
			 "the outermost element is <%.100s>, neither <" ROOT
			 "> nor <" BLOCK_FIRMWARE ">.",
			 name);
	return XML_REFUSE;
}

static enum xml_step begin_block(struct walk *walk, const char *name)
{
	bool firmware = strcmp(name, BLOCK_FIRMWARE) == 0;

	walk->firmware = walk->kind == PROVISION_FIRMWARE || firmware;
	return firmware || strcmp(name, BLOCK) == 0 ? XML_ENTER : XML_PASS;
}

static enum xml_step begin_setting(struct walk *walk, const char *name,
				   const char *const *attributes)
{
	if (!provision_wants(walk->taker, name, walk->firmware, &walk->id))
		return XML_PASS;
	walk->perm = PHONE_PERM_WRITE;
	for (size_t i = 0; attributes[i] != NULL; i += 2) {
		if (strcmp(attributes[i], "perm") == 0)
			walk->perm = phone_perm_parse(attributes[i + 1]);
	}
	return XML_VALUE;
}

static enum xml_step on_open(void *self, unsigned depth, const char *name,
			     const char *const *attributes, struct uxm_failure *why)
{
	struct walk *walk = self;

	if (depth == 1)
		return begin_root(walk, name, why);
	return depth < walk->depth ? begin_block(walk, name)
				   : begin_setting(walk, name, attributes);
}

static bool on_value(void *self, const char *text, size_t length, struct uxm_failure *why)
{
	struct walk *walk = self;

	return provision_take(walk->taker, walk->id, walk->perm, text, length, why);
}

bool provision_read_xml(struct provision_taker *taker, enum provision_kind kind,
			const struct provision_text *text, size_t *offset, struct uxm_failure *why)
{
	struct walk walk = {.taker = taker, .kind = kind};
	struct xml_options options = {
		.calls = {.open = on_open, .value = on_value, .self = &walk},
		.deep = PROVISION_FILE_DEEP,
		.encoding = text->encoding,
		.wrong = UXM_FETCH_FAILED,
	};
	size_t count = count_bare(text->bytes, text->length);
	size_t grown = text->length + count * GROWTH;
	char *made = write_references(text->bytes, text->length, count);
	size_t at = 0;
	bool done;

	if (made == NULL) {
		uxm_fail(why, UXM_INTERNAL, "there is not enough memory.");
		return false;
	}
	done = xml_read(&options, made, grown, &at, why);
	if (done)
		taker->made->ampersands = count;
	else
		*offset = offset_before(text->bytes, text->length, at);
	explicit_bzero(made, grown);
	free(made);
	return done;
}
