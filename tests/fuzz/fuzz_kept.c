/*
 * The file of settings: the input is its text. What is refused changes nothing and is said; what is
 * taken keeps to the table, and comes back the same from what is written of it.
 */
#include "phone/settings.h"
#include "phone/text.h"
#include "phone/whole_file.h"
#include "tests/fuzz/feed.h"

/* The file, in memory: the last one that was written. */
static char *written;
static size_t written_length;

bool whole_file_write(const char *path, const char *bytes, size_t length, struct uxm_failure *why)
{
	(void)path;
	(void)why;
	free(written);
	written = malloc(length);
	hold(written != NULL, "there is memory");
	memcpy(written, bytes, length);
	written_length = length;
	return true;
}

/* For phone_settings_load, of which the text is asked here. */
bool whole_file_load(const char *path, const struct whole_file_kind *kind, void *to,
		     struct uxm_failure *why)
{
	(void)path;
	(void)kind;
	(void)to;
	(void)why;
	return true;
}

static struct phone_settings *make(void)
{
	struct phone_settings *made = phone_settings_new();

	hold(made != NULL, "there is memory");
	return made;
}

static void check_value(const struct phone_settings *settings, enum phone_id id)
{
	const struct phone_setting *row = phone_setting(id);
	const char *value = phone_settings_text(settings, id);
	uint32_t number;

	hold(text_is_clean(value), "a value is clean");
	if (row->kind == PHONE_TEXT || row->kind == PHONE_URL || row->kind == PHONE_SECRET)
		hold(strlen(value) <= row->most, "a text is not longer than the table allows");
	if (row->kind == PHONE_SWITCH)
		hold(strcmp(value, "on") == 0 || strcmp(value, "off") == 0,
		     "a switch is on or off");
	if (row->kind == PHONE_NUMBER) {
		number = phone_settings_number(settings, id);
		hold(number >= row->least && number <= row->most, "a number is within its limits");
	}
	hold(!phone_settings_is_own(settings, id) ||
		     phone_settings_perm(settings, id) == PHONE_PERM_OWN,
	     "what is the user's own may be");
}

/* The volatile ones are not kept. */
static void check_same(const struct phone_settings *a, const struct phone_settings *b)
{
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		enum phone_id id = (enum phone_id)i;

		if (phone_settings_perm(a, id) == PHONE_PERM_VOLATILE)
			continue;
		hold(strcmp(phone_settings_text(a, id), phone_settings_text(b, id)) == 0,
		     "the value comes back");
		hold(phone_settings_perm(a, id) == phone_settings_perm(b, id),
		     "its permission comes back");
		hold(phone_settings_is_own(a, id) == phone_settings_is_own(b, id),
		     "whose it is comes back");
	}
}

static void check_taken(const struct phone_settings *settings)
{
	struct phone_settings *again = make();
	struct uxm_failure why;
	size_t unknown = 1;

	for (size_t i = 0; i < PHONE_SETTINGS; i++)
		check_value(settings, (enum phone_id)i);
	hold(phone_settings_save(settings, "", &why), "it can be written");
	hold(phone_settings_parse(again, written, written_length, &unknown, &why),
	     "what was written can be read");
	hold(unknown == 0, "it names no unknown setting");
	check_same(settings, again);
	phone_settings_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct phone_settings *settings = make();
	struct uxm_failure why = {.text = ""};
	uint64_t before;
	size_t unknown = 0;

	hold(phone_settings_set(settings, PHONE_DOWNLOAD_SERVER, "before", PHONE_BY_USER, &why) ==
		     UXM_UPDATED,
	     "this is a server");
	before = phone_settings_changes(settings);
	if (phone_settings_parse(settings, (const char *)input, length, &unknown, &why)) {
		check_taken(settings);
	} else {
		hold_sentence(why.text, sizeof(why.text));
		hold(strcmp(phone_settings_text(settings, PHONE_DOWNLOAD_SERVER), "before") == 0 &&
			     phone_settings_changes(settings) == before,
		     "what is refused changes nothing");
	}
	phone_settings_free(settings);
	free(written);
	written = NULL;
	return 0;
}
