/* What must hold of a provisioning file. */
#include "tests/fuzz/provisioned.h"

#include "tests/fuzz/feed.h"

static void hold_found(enum provision_kind kind, const char *text, size_t length,
		       const struct provision *found)
{
	struct phone_settings *judge = phone_settings_new();
	size_t named = 0;

	hold(judge != NULL, "there is memory");
	for (size_t i = 0; i < PHONE_SETTINGS; i++) {
		enum phone_id id = (enum phone_id)i;
		struct uxm_failure why;

		hold(found->of[i].named == (found->of[i].value != NULL),
		     "what is named has a value");
		if (!found->of[i].named)
			continue;
		named++;
		hold(kind == PROVISION_SETTINGS || id == PHONE_FIRMWARE || id == PHONE_FIRMWARE_UXM,
		     "a firmware file names firmware alone");
		hold(phone_setting(id)->reach != PHONE_REACH_MACHINE,
		     "what is this machine's alone stays so");
		hold(phone_settings_provision(judge, id, found->of[i].value, found->of[i].perm,
					      &why) == UXM_UPDATED,
		     "a value that was taken is one that may be set");
	}
	hold(!found->empty || named + found->unknown + found->kept_out == 0,
	     "nothing names nothing");
	hold(found->ampersands <= length && (found->ampersands == 0 || !found->empty),
	     "there are no more \"&\" than bytes");
	/* UTF-16 has one in two bytes. */
	hold(found->ampersands == 0 || memchr(text, '&', length) != NULL,
	     "those that are counted are there");
	phone_settings_free(judge);
}

/* 0 where there is none. */
static unsigned long number_behind(const char *text, const char *words)
{
	const char *at = strstr(text, words);

	return at != NULL ? strtoul(at + strlen(words), NULL, 10) : 0;
}

void hold_provisioned(enum provision_kind kind, const char *text, size_t length)
{
	struct provision found;
	struct uxm_failure why = {.text = ""};
	unsigned long line;
	unsigned long column;

	memset(&found, 0x5A, sizeof(found));
	if (provision_read(&found, kind, text, length, &why)) {
		hold_found(kind, text, length, &found);
		provision_release(&found);
		return;
	}
	hold(found.unknown == (size_t)0x5A5A5A5A5A5A5A5A, "what is refused leaves nothing");
	hold(why.result == UXM_FETCH_FAILED, "it is the server's fault");
	hold_sentence(why.text, sizeof(why.text));
	if (strstr(why.text, "UTF-16") != NULL || strstr(why.text, "more than") != NULL)
		return;
	line = number_behind(why.text, "line ");
	column = number_behind(why.text, ", column ");
	hold(line >= 1 && column >= 1 && line + column <= length + 2,
	     "a line and a column of it are named");
}
