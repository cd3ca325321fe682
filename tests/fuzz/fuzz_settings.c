/* Settings files in XML: of a server, and uxmd's own. */
#include "tests/fuzz/feed.h"
#include "tests/fuzz/provisioned.h"

static void hold_own(const char *text, size_t length)
{
	struct phone_settings *settings = phone_settings_new();
	struct uxm_failure why = {.text = ""};
	size_t unknown = 0;

	hold(settings != NULL, "there is memory");
	if (!phone_settings_parse(settings, text, length, &unknown, &why)) {
		hold_sentence(why.text, sizeof(why.text));
		hold(phone_settings_changes(settings) == 0, "what is refused changes nothing");
	}
	phone_settings_free(settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	/* An array of its own: what is read beyond its end is seen. */
	char *text = malloc(length + (length == 0));

	hold(text != NULL, "there is memory");
	if (length > 0)
		memcpy(text, input, length);
	hold_provisioned(PROVISION_SETTINGS, text, length);
	hold_own(text, length);
	free(text);
	return 0;
}
