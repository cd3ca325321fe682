/* Firmware files. */
#include "tests/fuzz/feed.h"
#include "tests/fuzz/provisioned.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	char *text = malloc(length + (length == 0));

	hold(text != NULL, "there is memory");
	if (length > 0)
		memcpy(text, input, length);
	hold_provisioned(PROVISION_FIRMWARE, text, length);
	free(text);
	return 0;
}
