/*
 * Forms: the first byte says how large the pieces are in which the rest comes, and whether it is a
 * query or a form with a file. Whatever the pieces, the same must come out as in one.
 */
#include "phone/form.h"
#include "phone/multipart.h"
#include "tests/fuzz/feed.h"

struct outcome {
	struct form form;
	bool fine;
	bool has_file;
	enum multipart_event last;
	char name[MULTIPART_NAME];
	uint64_t size;
	char *bytes;
	size_t room;
	size_t count;
};

static void check_form(const struct form *form)
{
	hold(form->length <= FORM_ROOM && form->count <= FORM_PAIRS, "a form is bounded");
	for (size_t i = 0; i < form->count; i++) {
		const char *value;
		const char *name = form_pair(form, i, &value);

		hold(name >= form->text && name < form->text + form->length &&
			     memchr(name, '\0', (size_t)(form->text + form->length - name)) != NULL,
		     "a name ends within the form");
		hold(value == name + strlen(name) + 1 && value < form->text + form->length &&
			     memchr(value, '\0', (size_t)(form->text + form->length - value)) !=
				     NULL,
		     "its value stands behind it, and ends");
		hold(form_value(form, name) != NULL, "a pair is found by its name");
	}
}

static void read_query(const uint8_t *input, size_t length, size_t piece, struct outcome *outcome)
{
	outcome->fine = true;
	for (size_t at = 0; at < length; at += piece) {
		size_t some = length - at < piece ? length - at : piece;

		outcome->fine = form_feed(&outcome->form, (const char *)input + at, some);
	}
	outcome->fine = form_end(&outcome->form);
}

/* Takes what one piece gives. False when the form is none. */
static bool read_piece(struct multipart *multipart, const char *piece, size_t length, size_t bite,
		       struct outcome *outcome)
{
	size_t used = 0;

	for (;;) {
		const char *bytes = NULL;
		size_t count = 0;
		enum multipart_event event =
			multipart_next(multipart, piece, length, &used, &bytes, &count);

		hold(used <= length, "no more is used than there is");
		if (event == MULTIPART_MORE) {
			hold(used == length, "all of a piece is used");
			return true;
		}
		outcome->last = event;
		if (event == MULTIPART_BAD)
			return false;
		if (event == MULTIPART_FILE) {
			hold(!outcome->has_file, "there is one file");
			outcome->has_file = true;
			outcome->size = multipart->file_size;
			memcpy(outcome->name, multipart->file_name, sizeof(outcome->name));
		}
		if (event != MULTIPART_BYTES)
			continue;
		hold(outcome->has_file && count > 0, "bytes are the file's");
		count = count < bite ? count : bite;
		hold(outcome->count + count <= outcome->room, "a file is not longer than its form");
		memcpy(outcome->bytes + outcome->count, bytes, count);
		outcome->count += count;
		multipart_took(multipart, count, &used);
	}
}

static void read_file(const uint8_t *input, size_t length, size_t piece, size_t bite,
		      struct outcome *outcome)
{
	struct multipart multipart;

	hold(multipart_begin(&multipart, "multipart/form-data; boundary=b", length, &outcome->form),
	     "this is a boundary");
	outcome->fine = true;
	for (size_t at = 0; at < length && outcome->fine; at += piece) {
		size_t some = length - at < piece ? length - at : piece;
		/* A copy of just this size, so that reading behind it is seen. */
		char *copy = malloc(some);

		hold(copy != NULL, "there is memory");
		memcpy(copy, input + at, some);
		outcome->fine = read_piece(&multipart, copy, some, bite, outcome);
		free(copy);
	}
}

static struct outcome *read_all(const uint8_t *input, size_t length, size_t piece, bool file,
				size_t bite)
{
	struct outcome *outcome = calloc(1, sizeof(*outcome));

	hold(outcome != NULL, "there is memory");
	outcome->room = length;
	outcome->bytes = malloc(length);
	hold(outcome->bytes != NULL, "there is memory");
	form_begin(&outcome->form);
	if (file)
		read_file(input, length, piece, bite, outcome);
	else
		read_query(input, length, piece, outcome);
	check_form(&outcome->form);
	return outcome;
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
	hold(a->fine == b->fine && a->form.fault == b->form.fault && a->last == b->last,
	     "the end is the same");
	hold(a->form.count == b->form.count && a->form.length == b->form.length &&
		     memcmp(a->form.text, b->form.text, a->form.length) == 0,
	     "the fields are the same");
	hold(a->has_file == b->has_file && a->size == b->size &&
		     memcmp(a->name, b->name, sizeof(a->name)) == 0,
	     "the file's name and size are the same");
	hold(a->count == b->count && memcmp(a->bytes, b->bytes, a->count) == 0,
	     "its bytes are the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct feed feed = {.bytes = input, .left = length};
	uint8_t how = feed_byte(&feed);
	size_t piece = (size_t)(how >> 1 & 31) + 1;
	struct outcome *whole;
	struct outcome *pieces;

	if (feed.left == 0)
		return 0;
	whole = read_all(feed.bytes, feed.left, feed.left, (how & 1) != 0, SIZE_MAX);
	pieces = read_all(feed.bytes, feed.left, piece, (how & 1) != 0, (size_t)(how >> 6) + 1);
	check_same(whole, pieces);
	free(whole->bytes);
	free(whole);
	free(pieces->bytes);
	free(pieces);
	return 0;
}
