/* Stored download defaults into URLs. */
#include "fetch/defaults.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const method_names[FETCH_METHODS] = {
	[FETCH_METHOD_FTP] = "ftp",
	[FETCH_METHOD_FTPS] = "ftps",
	[FETCH_METHOD_HTTP] = "http",
	[FETCH_METHOD_HTTPS] = "https",
};

/* A URL as it grows. */
struct draft {
	char text[FETCH_URL_TEXT];
	size_t length;
	bool too_long; /* what came last found no room */
};

const char *fetch_method_name(enum fetch_method method)
{
	return method_names[method];
}

bool fetch_method_parse(const char *name, enum fetch_method *method)
{
	for (int i = 0; i < FETCH_METHODS; i++) {
		if (strcasecmp(name, method_names[i]) == 0) {
			*method = (enum fetch_method)i;
			return true;
		}
	}
	return false;
}

static bool is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static bool is_ftp(enum fetch_method method)
{
	return method == FETCH_METHOD_FTP || method == FETCH_METHOD_FTPS;
}

/* Letters and digits of ASCII, whatever the locale is. */
static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A line end in a text that goes to the server would begin a command of its own (RFC 959). */
static bool check_text(const char *what, const char *text, size_t room, struct uxm_failure *why)
{
	if (text == NULL)
		return true;
	if (strlen(text) >= room) {
		uxm_fail(why, UXM_USAGE, "%s is longer than %zu characters; give a shorter one.",
			 what, room - 1);
		return false;
	}
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f) {
			uxm_fail(why, UXM_USAGE, "%s holds a control character; remove it.", what);
			return false;
		}
	}
	return true;
}

static bool check_texts(const struct fetch_defaults *defaults, struct uxm_failure *why)
{
	return check_text("The server of the download defaults", defaults->server, FETCH_URL_TEXT,
			  why) &&
	       check_text("The account of the download defaults", defaults->account,
			  FETCH_ACCESS_TEXT, why) &&
	       check_text("The user of the download defaults", defaults->user, FETCH_ACCESS_TEXT,
			  why) &&
	       check_text("The password of the download defaults", defaults->password,
			  FETCH_ACCESS_TEXT, why) &&
	       check_text("The path of the download defaults", defaults->path, FETCH_URL_TEXT,
			  why) &&
	       check_text("The base URL of the download defaults", defaults->base_url,
			  FETCH_URL_TEXT, why);
}

static void put(struct draft *draft, const char *text, size_t length)
{
	if (draft->too_long || length >= sizeof(draft->text) - draft->length) {
		draft->too_long = true;
		return;
	}
	memcpy(draft->text + draft->length, text, length);
	draft->length += length;
	draft->text[draft->length] = '\0';
}

/*
 * One segment of a path: what RFC 3986, section 3.3, lets stand in it stands, but for ';', behind
 * which FTP has the transfer's type (RFC 1738, section 3.2.2). "{mac}" is replaced later.
 */
static void put_segment(struct draft *draft, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char encoded[4];

		if (length - i >= sizeof(UXM_MAC_PLACE) - 1 && uxm_is_mac_place(text + i)) {
			put(draft, text + i, sizeof(UXM_MAC_PLACE) - 1);
			i += sizeof(UXM_MAC_PLACE) - 2;
		} else if (is_plain(text[i]) || strchr("-._~!$&'()*+,=:@", text[i]) != NULL) {
			put(draft, text + i, 1);
		} else {
			snprintf(encoded, sizeof(encoded), "%%%02X", (unsigned char)text[i]);
			put(draft, encoded, 3);
		}
	}
}

/* "." and "..", which a URL does not carry to the server (RFC 3986, section 5.2.4). */
static bool is_dots(const char *text, size_t length)
{
	return (length == 1 && text[0] == '.') || (length == 2 && memcmp(text, "..", 2) == 0);
}

/* The folder's segments, each with a '/' behind it. */
static bool put_path(struct draft *draft, const struct fetch_defaults *defaults,
		     struct uxm_failure *why)
{
	const char *path = is_given(defaults->path) ? defaults->path : "";

	/* In an FTP URL a path begins where the login leads to, and a '/' of its own is encoded
	 * (RFC 1738, section 3.2.2). */
	if (is_ftp(defaults->method) && path[0] == '/')
		put(draft, "%2F", 3);
	while (*path != '\0') {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (is_dots(path, length)) {
			uxm_fail(why, UXM_USAGE,
				 "The path '%s' of the download defaults holds '.' or '..'; name "
				 "the folder itself.",
				 defaults->path);
			return false;
		}
		if (length > 0) {
			put_segment(draft, path, length);
			put(draft, "/", 1);
		}
		path += length;
	}
	return true;
}

/* Letters, digits and `more`. Bytes above ASCII are an international name's. */
static bool holds_only(const char *text, const char *more)
{
	for (; *text != '\0'; text++) {
		if (!is_plain(*text) && strchr(more, *text) == NULL && (unsigned char)*text < 0x80)
			return false;
	}
	return true;
}

/* Whether the first `length` bytes are an IPv6 address, perhaps with a zone ("fe80::1%eth0"). */
static bool is_ipv6(const char *text, size_t length)
{
	char address[INET6_ADDRSTRLEN + 32];
	struct in6_addr binary;
	char *zone;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	zone = strchr(address, '%');
	if (zone != NULL)
		*zone++ = '\0';
	return inet_pton(AF_INET6, address, &binary) == 1 &&
	       (zone == NULL || (zone[0] != '\0' && holds_only(zone, "-._")));
}

/* The beginning of the URL: the method, the server and its port. */
static bool put_server(struct draft *draft, const struct fetch_defaults *defaults,
		       struct uxm_failure *why)
{
	const char *server = is_given(defaults->server) ? defaults->server : "";
	const char *method = fetch_method_name(defaults->method);
	size_t length = strlen(server);
	bool bare = is_ipv6(server, length);
	char shown[FETCH_SHOWN_TEXT];
	char text[16];

	if (length == 0) {
		uxm_fail(why, UXM_USAGE,
			 "The download defaults name no server for %s; name one, or give a whole "
			 "URL.",
			 method);
		return false;
	}
	if (!bare && !holds_only(server, "-._") &&
	    !(server[0] == '[' && server[length - 1] == ']' && is_ipv6(server + 1, length - 2))) {
		uxm_fail(why, UXM_USAGE,
			 "The server '%s' of the download defaults is neither a name nor an "
			 "address; port and path are settings of their own.",
			 fetch_url_shown(server, shown));
		return false;
	}
	snprintf(text, sizeof(text), "%s://%s", method, bare ? "[" : "");
	put(draft, text, strlen(text));
	put(draft, server, length);
	snprintf(text, sizeof(text), "%s:%u", bare ? "]" : "", defaults->port);
	put(draft, text, defaults->port != 0 ? strlen(text) : strcspn(text, ":"));
	put(draft, "/", 1);
	return true;
}

/* Takes a part of who asks out of the base URL. */
static CURLUcode take_access(CURLU *base, CURLUPart part, char access[FETCH_ACCESS_TEXT])
{
	char *text = NULL;
	CURLUcode code = curl_url_get(base, part, &text, CURLU_URLDECODE);

	if (code == CURLUE_OK && strlen(text) >= FETCH_ACCESS_TEXT)
		code = CURLUE_MALFORMED_INPUT;
	if (code == CURLUE_OK)
		memcpy(access, text, strlen(text) + 1);
	if (code == CURLUE_NO_USER || code == CURLUE_NO_PASSWORD)
		code = CURLUE_OK;
	curl_free(text);
	return code == CURLUE_OK ? curl_url_set(base, part, NULL, 0) : code;
}

/* The parsed base URL, which becomes a folder; its user and password go to `access`. */
static CURLUcode put_parsed(struct draft *draft, CURLU *base, struct fetch_access *access)
{
	char *text = NULL;
	CURLUcode code = take_access(base, CURLUPART_USER, access->user);

	if (code == CURLUE_OK)
		code = take_access(base, CURLUPART_PASSWORD, access->password);
	if (code == CURLUE_OK)
		code = curl_url_get(base, CURLUPART_URL, &text, 0);
	if (code == CURLUE_OK) {
		put(draft, text, strlen(text));
		if (draft->length > 0 && draft->text[draft->length - 1] != '/')
			put(draft, "/", 1);
	}
	curl_free(text);
	return code;
}

/* The beginning of the URL, by the base URL. */
static bool put_base(struct draft *draft, const struct fetch_defaults *defaults,
		     struct fetch_access *access, struct uxm_failure *why)
{
	const char *method = fetch_method_name(defaults->method);
	const char *text = defaults->base_url;
	CURLU *base = curl_url();
	CURLUcode code = CURLUE_OUT_OF_MEMORY;
	char shown[FETCH_SHOWN_TEXT];
	char *scheme = NULL;
	bool good = false;

	if (base != NULL)
		code = curl_url_set(base, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
	if (code == CURLUE_OK)
		code = curl_url_get(base, CURLUPART_SCHEME, &scheme, 0);
	if (code == CURLUE_OK && strcmp(scheme, method) != 0) {
		uxm_fail(why, UXM_USAGE,
			 "The base URL %s of the download defaults is not one for the method %s; "
			 "change one of them.",
			 fetch_url_shown(text, shown), method);
		goto done;
	}
	if (code == CURLUE_OK && strpbrk(text, "?#") != NULL) {
		uxm_fail(why, UXM_USAGE,
			 "The base URL %s of the download defaults has a query or a fragment, "
			 "behind which no file name can stand; remove it.",
			 fetch_url_shown(text, shown));
		goto done;
	}
	if (code == CURLUE_OK)
		code = put_parsed(draft, base, access);
	if (code == CURLUE_OUT_OF_MEMORY)
		uxm_fail(why, UXM_INTERNAL, "There is no memory to read the base URL.");
	else if (code != CURLUE_OK)
		uxm_fail(why, UXM_USAGE,
			 "The base URL '%s' of the download defaults is not a URL: %s.",
			 fetch_url_shown(text, shown), curl_url_strerror(code));
	good = code == CURLUE_OK;
done:
	curl_free(scheme);
	curl_url_cleanup(base);
	return good;
}

/* A complete URL: whoever gave it has said all. */
static bool take_url(const char *name, char url[FETCH_URL_TEXT], struct fetch_access *access,
		     struct uxm_failure *why)
{
	if (!check_text("The URL", name, FETCH_URL_TEXT, why))
		return false;
	memcpy(url, name, strlen(name) + 1);
	*access = (struct fetch_access){.user = ""};
	return true;
}

static bool check_name(const char *name, struct uxm_failure *why)
{
	char shown[FETCH_SHOWN_TEXT];

	if (!check_text("The file name", name, FETCH_URL_TEXT, why))
		return false;
	if (name[0] != '\0' && strchr(name, '/') == NULL && !is_dots(name, strlen(name)))
		return true;
	uxm_fail(why, UXM_USAGE,
		 "'%s' is neither the name of a file nor a URL; the folder belongs into the "
		 "download defaults.",
		 fetch_url_shown(name, shown));
	return false;
}

/* Copies a text whose length was checked; one that is not stored leaves what is there. */
static void copy_access(const char *text, char copy[FETCH_ACCESS_TEXT])
{
	if (is_given(text))
		memcpy(copy, text, strlen(text) + 1);
}

bool fetch_defaults_url(const struct fetch_defaults *defaults, const char *name,
			char url[FETCH_URL_TEXT], struct fetch_access *access,
			struct uxm_failure *why)
{
	struct draft draft = {.length = 0};
	struct fetch_access asks = {.user = ""};
	bool ftp = is_ftp(defaults->method);

	if (strstr(name, "://") != NULL)
		return take_url(name, url, access, why);
	if (!check_name(name, why) || !check_texts(defaults, why))
		return false;
	if (!ftp && is_given(defaults->base_url)) {
		if (!put_base(&draft, defaults, &asks, why))
			return false;
	} else if (!put_server(&draft, defaults, why) || !put_path(&draft, defaults, why)) {
		return false;
	}
	put_segment(&draft, name, strlen(name));
	if (draft.too_long) {
		uxm_fail(why, UXM_USAGE,
			 "The URL by the download defaults is longer than %d characters.",
			 FETCH_URL_TEXT - 1);
		return false;
	}
	/* A password without its user would go with the wrong one. */
	if (is_given(defaults->user))
		asks = (struct fetch_access){.user = ""};
	copy_access(defaults->user, asks.user);
	copy_access(defaults->password, asks.password);
	if (ftp)
		copy_access(defaults->account, asks.account);
	memcpy(url, draft.text, draft.length + 1);
	*access = asks;
	return true;
}
