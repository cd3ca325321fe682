/* All that can be set. */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

/* The longest time that may be asked for, in seconds: an hour. */
#define TIMEOUT_MOST    3600u
/* The longest User-Agent. */
#define USER_AGENT_MOST 511u

/* A whole decimal number from `least` to `most`. */
static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	unsigned long long read;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	read = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || read < least || read > most)
		return false;
	*number = read;
	return true;
}

static bool read_timeout(const char *label, const char *text, uint32_t *milliseconds,
			 struct uxm_failure *why)
{
	uint64_t seconds;

	if (!read_number(text, 1, TIMEOUT_MOST, &seconds)) {
		uxm_fail(why, UXM_USAGE, "%s takes seconds from 1 to %u, not '%s'.", label,
			 TIMEOUT_MOST, text);
		return false;
	}
	*milliseconds = (uint32_t)seconds * 1000;
	return true;
}

static bool read_network_timeout(struct options *options, const char *label, const char *text,
				 struct uxm_failure *why)
{
	return read_timeout(label, text, &options->network_timeout, why);
}

static bool read_return_timeout(struct options *options, const char *label, const char *text,
				struct uxm_failure *why)
{
	return read_timeout(label, text, &options->return_timeout, why);
}

static bool read_id(struct options *options, const char *label, const char *text,
		    struct uxm_failure *why)
{
	if (options->id_count == OPTIONS_IDS_MOST) {
		uxm_fail(why, UXM_USAGE, "%s takes at most %d ids.", label, OPTIONS_IDS_MOST);
		return false;
	}
	if (!usb_id_parse(text, &options->ids[options->id_count])) {
		uxm_fail(why, UXM_USAGE,
			 "%s takes two hexadecimal numbers as in 1209:0001, not '%s'.", label,
			 text);
		return false;
	}
	options->id_count++;
	return true;
}

static bool read_size(struct options *options, const char *label, const char *text,
		      struct uxm_failure *why)
{
	if (read_number(text, 1, INT64_MAX, &options->size))
		return true;
	uxm_fail(why, UXM_USAGE, "%s takes the number of bytes, not '%s'.", label, text);
	return false;
}

static bool read_descriptor(const char *label, const char *text, int *descriptor,
			    struct uxm_failure *why)
{
	uint64_t number;

	if (!read_number(text, 0, 65535, &number) || fcntl((int)number, F_GETFD) < 0) {
		uxm_fail(why, UXM_USAGE, "%s takes the number of an open descriptor, not '%s'.",
			 label, text);
		return false;
	}
	*descriptor = (int)number;
	return true;
}

static bool read_progress_fd(struct options *options, const char *label, const char *text,
			     struct uxm_failure *why)
{
	return read_descriptor(label, text, &options->progress_fd, why);
}

static bool read_job_fd(struct options *options, const char *label, const char *text,
			struct uxm_failure *why)
{
	return read_descriptor(label, text, &options->job_fd, why);
}

static bool read_key(struct options *options, const char *label, const char *text,
		     struct uxm_failure *why)
{
	if (options->key_count == UXM_KEYS_MOST) {
		uxm_fail(why, UXM_USAGE, "%s takes at most %d keys.", label, UXM_KEYS_MOST);
		return false;
	}
	options->keys[options->key_count++] = text;
	return true;
}

static bool read_digest(struct options *options, const char *label, const char *text,
			struct uxm_failure *why)
{
	size_t size = sizeof(options->digest);
	gnutls_datum_t hex = {.size = (unsigned)strlen(text)};
	char copy[2 * sizeof(options->digest) + 1];

	options->has_digest = false;
	if (hex.size == 2 * size) {
		memcpy(copy, text, sizeof(copy));
		hex.data = (unsigned char *)copy;
		options->has_digest = gnutls_hex_decode(&hex, options->digest, &size) == 0;
	}
	if (!options->has_digest)
		uxm_fail(why, UXM_USAGE,
			 "%s takes 64 hexadecimal digits, as sha256sum prints them, not '%s'.",
			 label, text);
	return options->has_digest;
}

static bool read_mac(struct options *options, const char *label, const char *text,
		     struct uxm_failure *why)
{
	if (fetch_mac_parse(text, options->mac))
		return true;
	uxm_fail(why, UXM_USAGE,
		 "%s takes six pairs of hexadecimal digits as in 00:04:13:aa:bb:cc, not '%s'.",
		 label, text);
	return false;
}

static bool read_pin(struct options *options, const char *label, const char *text,
		     struct uxm_failure *why)
{
	if (fetch_trust_is_pin(text)) {
		options->trust.pin = text;
		return true;
	}
	uxm_fail(why, UXM_USAGE,
		 "%s takes sha256// and a SHA-256 in base64, or several with ';' between them, not "
		 "'%s'.",
		 label, text);
	return false;
}

static bool read_access(const char *label, const char *text, char access[FETCH_ACCESS_TEXT],
			struct uxm_failure *why)
{
	size_t length = strlen(text);

	if (length >= FETCH_ACCESS_TEXT) {
		uxm_fail(why, UXM_USAGE, "%s takes at most %d characters.", label,
			 FETCH_ACCESS_TEXT - 1);
		return false;
	}
	memcpy(access, text, length + 1);
	return true;
}

static bool read_user_agent(struct options *options, const char *label, const char *text,
			    struct uxm_failure *why)
{
	size_t length = 0;

	while (length <= USER_AGENT_MOST && text[length] >= ' ' && text[length] <= '~')
		length++;
	if (text[length] != '\0' || length > USER_AGENT_MOST) {
		uxm_fail(why, UXM_USAGE, "%s takes at most %u characters of ASCII.", label,
			 USER_AGENT_MOST);
		return false;
	}
	options->trust.user_agent = text;
	return true;
}

static bool read_user(struct options *options, const char *label, const char *text,
		      struct uxm_failure *why)
{
	return read_access(label, text, options->access.user, why);
}

static bool read_password(struct options *options, const char *label, const char *text,
			  struct uxm_failure *why)
{
	return read_access(label, text, options->access.password, why);
}

static bool read_account(struct options *options, const char *label, const char *text,
			 struct uxm_failure *why)
{
	return read_access(label, text, options->access.account, why);
}

#define AT(member) .place = offsetof(struct options, member)
#define OF_ALL     .of = (SETTING_OF_UPDATE | SETTING_OF_LIST | SETTING_OF_CHECK)
#define OF_CHECK   .of = SETTING_OF_CHECK
/* Whatever asks a server. */
#define OF_SERVERS .of = (SETTING_OF_UPDATE | SETTING_OF_CHECK)

static const struct setting settings[] = {
	{"json", NULL, SETTING_FLAG, OF_ALL, AT(json)},
	{"module-id", "module_ids", SETTING_TEXTS, .of = SETTING_OF_UPDATE | SETTING_OF_LIST,
	 .read = read_id},
	{NULL, "url", SETTING_TEXT, AT(job_url)},
	{NULL, "file", SETTING_TEXT, AT(job_file)},
	{NULL, "upload", SETTING_UPLOAD, .place = 0},
	{"name", "name", SETTING_TEXT, AT(name)},
	{"size", NULL, SETTING_NUMBER, .read = read_size},
	{"override", "override", SETTING_FLAG, AT(override)},
	{"allow-older", "allow_older", SETTING_FLAG, AT(allow_older)},
	{"if-needed", "if_needed", SETTING_FLAG, AT(if_needed)},
	{"serial", "serial", SETTING_TEXT, AT(serial)},
	{"wait", "wait", SETTING_FLAG, AT(wait)},
	{"each", NULL, SETTING_FLAG, AT(each)},
	{"key", "keys", SETTING_TEXTS, .read = read_key},
	{"require-signature", "require_signature", SETTING_FLAG, AT(require_signature)},
	{"sha256", "sha256", SETTING_TEXT, .read = read_digest},
	{"sha256-beside", "sha256_beside", SETTING_FLAG, AT(digest_beside)},
	{"progress-fd", NULL, SETTING_NUMBER, .read = read_progress_fd},
	{"job", NULL, SETTING_NUMBER, OF_SERVERS, .read = read_job_fd},
	{"ca-file", "ca_file", SETTING_TEXT, OF_SERVERS, AT(trust.ca_file)},
	{"ca-directory", "ca_directory", SETTING_TEXT, OF_SERVERS, AT(trust.ca_directory)},
	{"cert", "certificate", SETTING_TEXT, OF_SERVERS, AT(trust.certificate)},
	{"cert-key", "certificate_key", SETTING_TEXT, OF_SERVERS, AT(trust.key)},
	{"pin", "pin", SETTING_TEXT, OF_SERVERS, .read = read_pin},
	{"netrc", "netrc", SETTING_TEXT, OF_SERVERS, AT(trust.netrc)},
	{"mac", "mac", SETTING_TEXT, OF_SERVERS, .read = read_mac},
	{"user-agent", "user_agent", SETTING_TEXT, OF_SERVERS, .read = read_user_agent},
	{"setting-server", "setting_server", SETTING_TEXT, OF_CHECK, AT(setting_server)},
	{"firmware-status", "firmware_status", SETTING_TEXT, OF_CHECK, AT(firmware_status)},
	{NULL, "firmware_status_own", SETTING_FLAG, OF_CHECK, AT(firmware_status_own)},
	{NULL, "settings_known", SETTING_KNOWN, OF_CHECK, AT(settings_known)},
	{NULL, "firmware_known", SETTING_KNOWN, OF_CHECK, AT(firmware_known)},
	{NULL, "user", SETTING_TEXT, .read = read_user},
	{NULL, "password", SETTING_TEXT, .read = read_password},
	{NULL, "account", SETTING_TEXT, .read = read_account},
	{"defaults", "defaults", SETTING_OBJECT, AT(defaults_file)},
	{"network-timeout", "network_timeout", SETTING_NUMBER, OF_SERVERS,
	 .read = read_network_timeout},
	{"return-timeout", "return_timeout", SETTING_NUMBER, .read = read_return_timeout},
};

#undef AT
#undef OF_ALL
#undef OF_CHECK
#undef OF_SERVERS

const struct setting *setting_at(size_t number)
{
	return number < sizeof(settings) / sizeof(settings[0]) ? &settings[number] : NULL;
}

bool setting_is_of(const struct setting *setting, enum options_verb verb)
{
	unsigned of = setting->of != 0 ? setting->of : SETTING_OF_UPDATE;

	switch (verb) {
	case OPTIONS_LIST:
		return (of & SETTING_OF_LIST) != 0;
	case OPTIONS_UPDATE:
		return (of & SETTING_OF_UPDATE) != 0;
	case OPTIONS_CHECK:
		return (of & SETTING_OF_CHECK) != 0;
	case OPTIONS_HELP:
	case OPTIONS_VERSION:
		break;
	}
	return false;
}

const struct setting *setting_of_key(enum options_verb verb, const char *key)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (settings[i].key != NULL && strcmp(settings[i].key, key) == 0 &&
		    setting_is_of(&settings[i], verb))
			return &settings[i];
	}
	return NULL;
}

bool setting_take(const struct setting *setting, struct options *options, const char *label,
		  const char *text, struct uxm_failure *why)
{
	if (text[0] == '\0') {
		uxm_fail(why, UXM_USAGE, "%s must not be empty.", label);
		return false;
	}
	if (setting->read != NULL)
		return setting->read(options, label, text, why);
	*(const char **)((char *)options + setting->place) = text;
	return true;
}

void setting_flag(const struct setting *setting, struct options *options, bool on)
{
	*(bool *)((char *)options + setting->place) = on;
}

struct options_known *setting_known(const struct setting *setting, struct options *options)
{
	return (struct options_known *)(void *)((char *)options + setting->place);
}
