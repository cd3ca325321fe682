/* The older text form of settings files, behind its beginning. */
#include "tests/fuzz/feed.h"
#include "tests/fuzz/provisioned.h"

#define BEGIN "<html>\n<pre>\n"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	size_t whole = sizeof(BEGIN) - 1 + length;
	char *text = malloc(whole);

	hold(text != NULL, "there is memory");
	memcpy(text, BEGIN, sizeof(BEGIN) - 1);
	if (length > 0)
		memcpy(text + sizeof(BEGIN) - 1, input, length);
	hold_provisioned(PROVISION_SETTINGS, text, whole);
	free(text);
	return 0;
}
