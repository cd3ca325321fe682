/* Stored download defaults out of JSON. */
#include "defaults.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "document.h"

#define PORT_MOST 65535

static const struct text_key {
	const char *key;
	size_t place; /* in struct fetch_defaults */
} text_keys[] = {
	{"server", offsetof(struct fetch_defaults, server)},
	{"account", offsetof(struct fetch_defaults, account)},
	{"user", offsetof(struct fetch_defaults, user)},
	{"password", offsetof(struct fetch_defaults, password)},
	{"path", offsetof(struct fetch_defaults, path)},
	{"base_url", offsetof(struct fetch_defaults, base_url)},
};

static bool wrong(const char *what, const char *key, const char *wanted, struct uxm_failure *why)
{
	uxm_fail(why, UXM_USAGE, "%s: \"%s\" must be %s.", what, key, wanted);
	return false;
}

static bool take_text(const cJSON *item, const char *what, struct fetch_defaults *defaults,
		      struct uxm_failure *why)
{
	for (size_t i = 0; i < sizeof(text_keys) / sizeof(text_keys[0]); i++) {
		if (strcmp(item->string, text_keys[i].key) != 0)
			continue;
		if (!cJSON_IsString(item))
			return wrong(what, item->string, "a text", why);
		*(const char **)((char *)defaults + text_keys[i].place) = item->valuestring;
		return true;
	}
	uxm_fail(why, UXM_USAGE,
		 "%s: \"%s\" is unknown; there are method, server, port, account, user, password, "
		 "path and base_url.",
		 what, item->string);
	return false;
}

static bool take_port(const cJSON *item, const char *what, struct fetch_defaults *defaults,
		      struct uxm_failure *why)
{
	double port = cJSON_GetNumberValue(item);

	/* What is no number compares with nothing. */
	if (!(port >= 0 && port <= PORT_MOST) || port > (double)(uint16_t)port ||
	    port < (double)(uint16_t)port)
		return wrong(what, item->string, "a number from 0 to 65535", why);
	defaults->port = (uint16_t)port;
	return true;
}

static bool is_repeated(const cJSON *item)
{
	for (const cJSON *next = item->next; next != NULL; next = next->next) {
		if (strcmp(next->string, item->string) == 0)
			return true;
	}
	return false;
}

bool defaults_take(const cJSON *object, const char *what, struct fetch_defaults *defaults,
		   struct uxm_failure *why)
{
	struct fetch_defaults taken = {.method = FETCH_METHOD_FTP};

	for (const cJSON *item = object->child; item != NULL; item = item->next) {
		if (is_repeated(item)) {
			uxm_fail(why, UXM_USAGE, "%s: \"%s\" is there twice.", what, item->string);
			return false;
		}
		if (strcmp(item->string, "method") == 0) {
			if (!cJSON_IsString(item) ||
			    !fetch_method_parse(item->valuestring, &taken.method))
				return wrong(what, item->string, "ftp, ftps, http or https", why);
		} else if (strcmp(item->string, "port") == 0) {
			if (!take_port(item, what, &taken, why))
				return false;
		} else if (!take_text(item, what, &taken, why)) {
			return false;
		}
	}
	*defaults = taken;
	return true;
}

static bool is_there(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static bool holds_secret(const struct fetch_defaults *defaults)
{
	return is_there(defaults->password) || is_there(defaults->account) ||
	       (is_there(defaults->base_url) && strchr(defaults->base_url, '@') != NULL);
}

bool defaults_read(const char *path, cJSON **object, struct fetch_defaults *defaults, bool *exposed,
		   struct uxm_failure *why)
{
	struct fetch_defaults taken;
	struct stat status;
	cJSON *made = NULL;
	char what[UXM_SENTENCE];
	bool read = false;
	/* Not blocking: a FIFO that nobody writes would be waited for in open. */
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	snprintf(what, sizeof(what), "The file of defaults %s", path);
	if (descriptor < 0 || fstat(descriptor, &status) != 0) {
		uxm_fail(why, UXM_USAGE, "%s cannot be read: %s.", what, strerror(errno));
		goto done;
	}
	if (!document_read(descriptor, what, DOCUMENT_PATIENCE, &made, why) ||
	    !defaults_take(made, what, &taken, why))
		goto done;
	*exposed = S_ISREG(status.st_mode) && (status.st_mode & (S_IRGRP | S_IROTH)) != 0 &&
		   holds_secret(&taken);
	*defaults = taken;
	*object = made;
	made = NULL;
	read = true;
done:
	document_forget(made);
	if (descriptor >= 0)
		close(descriptor);
	return read;
}
