/* URLs, by libcurl's own parser, so that what is judged is what is fetched. */
#include "fetch/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Other schemes are parsed too, so that a refusal can name them. */
#define PARSE CURLU_NON_SUPPORT_SCHEME

/*
 * Reads a URL once more as libcurl writes it. It undoes the percent-encoding of a host only after
 * it has judged it: the host may be none then, or one that is written otherwise (an IPv4 address).
 */
static CURLUcode settle(CURLU *parsed)
{
	char *text = NULL;
	CURLUcode code = curl_url_get(parsed, CURLUPART_URL, &text, 0);

	if (code == CURLUE_OK)
		code = curl_url_set(parsed, CURLUPART_URL, text, PARSE);
	curl_free(text);
	return code;
}

static CURLUcode parse(CURLU *parsed, const char *url)
{
	CURLUcode code = curl_url_set(parsed, CURLUPART_URL, url, PARSE);

	return code == CURLUE_OK ? settle(parsed) : code;
}

/* Cuts with "..." what has no room. */
static void show(const char *text, char shown[FETCH_SHOWN_TEXT])
{
	size_t length = strlen(text);

	if (length < FETCH_SHOWN_TEXT) {
		memcpy(shown, text, length + 1);
		return;
	}
	memcpy(shown, text, FETCH_SHOWN_TEXT - 4);
	memcpy(shown + FETCH_SHOWN_TEXT - 4, "...", 4);
}

static void show_unparsed(const char *url, char shown[FETCH_SHOWN_TEXT])
{
	const char *at = strrchr(url, '@');
	const char *rest = at != NULL ? at + 1 : url;
	size_t length = strcspn(rest, "?#");

	/* A '@' behind one of these may stand in a password or in a query: both are secret. */
	if (at != NULL && strcspn(url, "?#") < (size_t)(at - url))
		length = 0;
	snprintf(shown, FETCH_SHOWN_TEXT, "%s%.*s", at != NULL ? "..." : "", (int)length, rest);
}

/* A '@' in a path may be what is left of a mistyped password: nothing before it is shown. */
static bool strip_path(CURLU *parsed)
{
	char path[FETCH_SHOWN_TEXT];
	char *whole = NULL;
	const char *at;
	bool stripped = curl_url_get(parsed, CURLUPART_PATH, &whole, 0) == CURLUE_OK;

	at = stripped ? strrchr(whole, '@') : NULL;
	if (at != NULL) {
		snprintf(path, sizeof(path), "/...%s", at + 1);
		stripped = curl_url_set(parsed, CURLUPART_PATH, path, 0) == CURLUE_OK;
	}
	curl_free(whole);
	return stripped;
}

/* Takes the secrets out. The fragment is none of the server's business, and may be one of ours. */
static bool strip(CURLU *parsed)
{
	char *query = NULL;
	bool stripped;

	if (curl_url_get(parsed, CURLUPART_QUERY, &query, 0) == CURLUE_OUT_OF_MEMORY)
		return false;
	stripped = curl_url_set(parsed, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
		   curl_url_set(parsed, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
		   curl_url_set(parsed, CURLUPART_OPTIONS, NULL, 0) == CURLUE_OK &&
		   curl_url_set(parsed, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
		   curl_url_set(parsed, CURLUPART_QUERY, query != NULL ? "..." : NULL, 0) ==
			   CURLUE_OK &&
		   strip_path(parsed);
	curl_free(query);
	return stripped;
}

const char *fetch_url_shown(const char *url, char shown[FETCH_SHOWN_TEXT])
{
	CURLU *parsed = curl_url();
	char *text = NULL;

	if (parsed == NULL || parse(parsed, url) != CURLUE_OK || !strip(parsed) ||
	    curl_url_get(parsed, CURLUPART_URL, &text, 0) != CURLUE_OK) {
		show_unparsed(url, shown);
	} else {
		show(text, shown);
	}
	curl_free(text);
	curl_url_cleanup(parsed);
	return shown;
}

const char *fetch_location_shown(const char *location, char shown[FETCH_SHOWN_TEXT])
{
	if (strstr(location, "://") != NULL || strchr(location, '@') != NULL)
		return fetch_url_shown(location, shown);
	show(location, shown);
	return shown;
}

static bool is_web(const char *scheme)
{
	return strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
}

static bool is_ftp(const char *scheme)
{
	return strcmp(scheme, "ftp") == 0 || strcmp(scheme, "ftps") == 0;
}

static unsigned hex(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, tolower((unsigned char)digit));

	return digit != '\0' && at != NULL ? (unsigned)(at - digits) : 16;
}

/* Whether a text holds a control character, as it is or percent-encoded: a line end within would
 * begin a command or a header of its own. */
static bool has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned value = (unsigned char)*text;

		if (value == '%' && hex(text[1]) < 16 && hex(text[2]) < 16)
			value = hex(text[1]) * 16 + hex(text[2]);
		if (value < ' ' || value == 0x7f)
			return true;
	}
	return false;
}

static CURLUcode check_part(CURLU *parsed, CURLUPart part)
{
	char *text = NULL;
	CURLUcode code = curl_url_get(parsed, part, &text, 0);

	if (code == CURLUE_NO_USER || code == CURLUE_NO_PASSWORD)
		return CURLUE_OK;
	if (code == CURLUE_OK && has_control(text))
		code = CURLUE_MALFORMED_INPUT;
	curl_free(text);
	return code;
}

static CURLUcode check_parts(CURLU *parsed, const char *scheme)
{
	CURLUcode code = check_part(parsed, CURLUPART_USER);

	if (code == CURLUE_OK)
		code = check_part(parsed, CURLUPART_PASSWORD);
	if (code == CURLUE_OK && is_ftp(scheme))
		code = check_part(parsed, CURLUPART_PATH);
	return code;
}

bool fetch_url_check(const char *url, struct uxm_failure *why)
{
	CURLU *parsed = curl_url();
	CURLUcode code = CURLUE_OUT_OF_MEMORY;
	char shown[FETCH_SHOWN_TEXT];
	char *scheme = NULL;
	bool good = false;

	if (strlen(url) >= FETCH_URL_TEXT) {
		uxm_fail(why, UXM_USAGE, "The URL is longer than %d characters.",
			 FETCH_URL_TEXT - 1);
		goto done;
	}
	if (parsed != NULL)
		code = parse(parsed, url);
	if (code == CURLUE_OK)
		code = curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0);
	if (code == CURLUE_OK)
		code = check_parts(parsed, scheme);
	if (code == CURLUE_OUT_OF_MEMORY) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to read the URL.");
	} else if (code != CURLUE_OK) {
		uxm_fail(why, UXM_USAGE, "'%s' is not a URL: %s.", fetch_url_shown(url, shown),
			 curl_url_strerror(code));
	} else if (!is_web(scheme) && !is_ftp(scheme)) {
		uxm_fail(why, UXM_USAGE,
			 "%s is not fetched: only http, https, ftp and ftps are, not %s.",
			 fetch_url_shown(url, shown), scheme);
	} else {
		good = true;
	}
done:
	curl_free(scheme);
	curl_url_cleanup(parsed);
	return good;
}

bool fetch_url_is_ftp(const char *url, bool *secure)
{
	CURLU *parsed = curl_url();
	char *scheme = NULL;
	bool ftp = false;

	if (secure != NULL)
		*secure = false;
	if (parsed != NULL && parse(parsed, url) == CURLUE_OK &&
	    curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK) {
		ftp = is_ftp(scheme);
		if (secure != NULL)
			*secure = scheme[strlen(scheme) - 1] == 's';
	}
	curl_free(scheme);
	curl_url_cleanup(parsed);
	return ftp;
}

/* Puts `suffix` behind the path; *path is the one before, its percent-encoding undone. */
static CURLUcode lengthen_path(CURLU *parsed, const char *suffix, char **path)
{
	char longer[FETCH_URL_TEXT + 16];
	char *encoded = NULL;
	CURLUcode code = curl_url_get(parsed, CURLUPART_PATH, &encoded, 0);

	if (code == CURLUE_OK)
		code = curl_url_get(parsed, CURLUPART_PATH, path, CURLU_URLDECODE);
	if (code == CURLUE_OK) {
		snprintf(longer, sizeof(longer), "%s%s", encoded, suffix);
		code = curl_url_set(parsed, CURLUPART_PATH, longer, 0);
	}
	curl_free(encoded);
	return code;
}

bool fetch_url_beside(const char *url, const char *suffix, char beside[FETCH_URL_TEXT],
		      char path[FETCH_URL_TEXT], struct uxm_failure *why)
{
	CURLU *parsed = curl_url();
	CURLUcode code = CURLUE_OUT_OF_MEMORY;
	char shown[FETCH_SHOWN_TEXT];
	char *before = NULL;
	char *text = NULL;

	if (parsed != NULL)
		code = parse(parsed, url);
	if (code == CURLUE_OK)
		code = lengthen_path(parsed, suffix, &before);
	if (code == CURLUE_OK)
		code = curl_url_get(parsed, CURLUPART_URL, &text, 0);
	if (code == CURLUE_OK && strlen(text) >= FETCH_URL_TEXT)
		code = CURLUE_MALFORMED_INPUT;
	if (code == CURLUE_OK) {
		memcpy(beside, text, strlen(text) + 1);
		memcpy(path, before, strlen(before) + 1);
	} else if (code == CURLUE_OUT_OF_MEMORY) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory to read the URL.");
	} else {
		uxm_fail(why, UXM_USAGE, "There is no URL of a %s file beside %s: %s.", suffix,
			 fetch_url_shown(url, shown), curl_url_strerror(code));
	}
	curl_free(before);
	curl_free(text);
	curl_url_cleanup(parsed);
	return code == CURLUE_OK;
}

/* Whether a part is the same in both; an unset one equals an unset one. */
static bool same(CURLU *a, CURLU *b, CURLUPart part, unsigned flags)
{
	char *of_a = NULL;
	char *of_b = NULL;
	bool equal;

	curl_url_get(a, part, &of_a, flags);
	curl_url_get(b, part, &of_b, flags);
	equal = of_a != NULL && of_b != NULL ? strcasecmp(of_a, of_b) == 0 : of_a == of_b;
	curl_free(of_a);
	curl_free(of_b);
	return equal;
}

static CURLUcode hand_on(CURLU *from, CURLU *to, CURLUPart part)
{
	char *text = NULL;
	CURLUcode code = CURLUE_OK;

	curl_url_get(from, part, &text, 0);
	if (text != NULL)
		code = curl_url_set(to, part, text, 0);
	curl_free(text);
	return code;
}

/* An absolute Location drops who is asking, which is right only when it leads to another server. */
static CURLUcode keep_user(CURLU *from, CURLU *to)
{
	char *user = NULL;
	CURLUcode code = CURLUE_OK;

	curl_url_get(to, CURLUPART_USER, &user, 0);
	if (user == NULL && same(from, to, CURLUPART_SCHEME, 0) &&
	    same(from, to, CURLUPART_HOST, 0) &&
	    same(from, to, CURLUPART_PORT, CURLU_DEFAULT_PORT)) {
		code = hand_on(from, to, CURLUPART_USER);
		if (code == CURLUE_OK)
			code = hand_on(from, to, CURLUPART_PASSWORD);
	}
	curl_free(user);
	return code;
}

/* Judges the scheme of the resolved URL and writes it down. */
static enum fetch_hop judge(CURLU *base, CURLU *target, char next[FETCH_URL_TEXT],
			    char scheme[FETCH_SCHEME_TEXT])
{
	enum fetch_hop hop = FETCH_HOP_NO_MEMORY;
	char *before = NULL;
	char *after = NULL;
	char *text = NULL;

	if (curl_url_get(base, CURLUPART_SCHEME, &before, 0) != CURLUE_OK ||
	    curl_url_get(target, CURLUPART_SCHEME, &after, 0) != CURLUE_OK)
		goto done;
	if (!is_web(after)) {
		snprintf(scheme, FETCH_SCHEME_TEXT, "%s", after);
		hop = FETCH_HOP_SCHEME;
	} else if (strcmp(before, "https") == 0 && strcmp(after, "https") != 0) {
		hop = FETCH_HOP_INSECURE;
	} else if (check_parts(target, after) != CURLUE_OK) {
		hop = FETCH_HOP_BAD;
	} else if (keep_user(base, target) == CURLUE_OK &&
		   curl_url_get(target, CURLUPART_URL, &text, 0) == CURLUE_OK) {
		hop = strlen(text) < FETCH_URL_TEXT ? FETCH_HOP_OK : FETCH_HOP_BAD;
		if (hop == FETCH_HOP_OK)
			memcpy(next, text, strlen(text) + 1);
	}
done:
	curl_free(before);
	curl_free(after);
	curl_free(text);
	return hop;
}

enum fetch_hop fetch_url_follow(const char *url, const char *location, char next[FETCH_URL_TEXT],
				char scheme[FETCH_SCHEME_TEXT])
{
	enum fetch_hop hop = FETCH_HOP_NO_MEMORY;
	CURLU *base = curl_url();
	CURLU *target = NULL;
	CURLUcode code;

	if (base == NULL || parse(base, url) != CURLUE_OK)
		goto done;
	target = curl_url_dup(base);
	if (target == NULL)
		goto done;
	/* Servers put spaces into it that they ought to have encoded. */
	code = curl_url_set(target, CURLUPART_URL, location, PARSE | CURLU_URLENCODE);
	if (code == CURLUE_OK)
		code = settle(target);
	if (code == CURLUE_OK) {
		hop = judge(base, target, next, scheme);
	} else if (code != CURLUE_OUT_OF_MEMORY) {
		hop = FETCH_HOP_BAD;
	}
done:
	curl_url_cleanup(base);
	curl_url_cleanup(target);
	return hop;
}

bool fetch_url_same_server(const char *a, const char *b)
{
	CURLU *of_a = curl_url();
	CURLU *of_b = curl_url();
	char *host = NULL;
	bool equal;

	/* What cannot be read is missing on both sides, and would seem the same. */
	equal = of_a != NULL && of_b != NULL && parse(of_a, a) == CURLUE_OK &&
		parse(of_b, b) == CURLUE_OK &&
		curl_url_get(of_a, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		same(of_a, of_b, CURLUPART_SCHEME, 0) && same(of_a, of_b, CURLUPART_HOST, 0) &&
		same(of_a, of_b, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	curl_free(host);
	curl_url_cleanup(of_a);
	curl_url_cleanup(of_b);
	return equal;
}
