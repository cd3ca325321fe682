/* Certificate and key. */
#include "phone/certificate.h"

#include <stdlib.h>
#include <string.h>

#include "phone/whole_file.h"

static bool read_text(const char *path, char **text, struct uxm_failure *why)
{
	size_t length;

	switch (whole_file_read(path, CERTIFICATE_MOST, text, &length, why)) {
	case WHOLE_FILE_READ:
		return true;
	case WHOLE_FILE_NONE:
		uxm_fail(why, UXM_USAGE, "There is no file %s, which --certificate or --key names.",
			 path);
		return false;
	case WHOLE_FILE_FAILED:
		break;
	}
	why->result = UXM_USAGE;
	return false;
}

static void forget(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

bool certificate_read(struct certificate *certificate, const char *chain, const char *key,
		      struct uxm_failure *why)
{
	struct certificate made = {.chain = NULL};

	if (!read_text(chain, &made.chain, why) || !read_text(key, &made.key, why)) {
		certificate_forget(&made);
		return false;
	}
	*certificate = made;
	return true;
}

void certificate_forget(struct certificate *certificate)
{
	forget(certificate->chain);
	forget(certificate->key);
	certificate->chain = NULL;
	certificate->key = NULL;
}
