/*
 * URLs with a password in them. Wherever the fuzzer's texts lead, the password is not shown, and it
 * is handed on to its own server alone. Around it anything may stand but what ends the part of a
 * URL in which passwords are (RFC 3986, section 3.2).
 */
#include "fetch/url.h"
#include "tests/fuzz/feed.h"

#define SECRET   "Hush31415"
#define PIECE    200
#define URL_ROOM (6 * PIECE + 64)

/* A text of the fuzzer's, without what is in `without`. */
static void take_piece(struct feed *feed, char piece[PIECE], const char *without)
{
	size_t length = feed_byte(feed) % PIECE;

	feed_fill(feed, piece, length);
	piece[length] = '\0';
	for (size_t i = strcspn(piece, without); i < strlen(piece);
	     i += strcspn(piece + i, without))
		piece[i] = '_';
	/* It must not be the secret that is looked for. */
	if (strstr(piece, SECRET) != NULL)
		piece[0] = '\0';
}

static void make_url(struct feed *feed, char url[URL_ROOM])
{
	static const char *const schemes[] = {
		"http://", "https://", "ftp://", "ftps://",  "HTTP://", "file://", "x://",
		"",        "http:",    "http:/", "http:///", "://",     " http://"};
	uint8_t how = feed_byte(feed);
	char user[PIECE];
	char more[PIECE];
	char rest[PIECE];
	const char *scheme = schemes[feed_byte(feed) % (sizeof(schemes) / sizeof(schemes[0]))];

	take_piece(feed, user, "/\\?#");
	take_piece(feed, more, "/\\?#");
	take_piece(feed, rest, "");
	if (how == 1) {
		snprintf(url, URL_ROOM, "%shost/path?%s=" SECRET "%s", scheme, more, user);
	} else if (how == 2) {
		snprintf(url, URL_ROOM, "%shost/%s#%s" SECRET, scheme, more, user);
	} else if (how == 3) {
		snprintf(url, URL_ROOM, "%s" SECRET "%s@%s", scheme, more, rest);
	} else {
		snprintf(url, URL_ROOM, "%s%s:" SECRET "%s@%s", scheme, user, more, rest);
	}
}

static void hold_hidden(const char *text)
{
	hold(strstr(text, SECRET) == NULL, "a password is not shown");
}

static void check_shown(const char *url)
{
	/* A copy of just this size, so that writing behind it is seen. */
	char *shown = malloc(FETCH_SHOWN_TEXT);

	hold(shown != NULL && fetch_url_shown(url, shown) == shown, "what may be shown is shown");
	hold(strnlen(shown, FETCH_SHOWN_TEXT) < FETCH_SHOWN_TEXT, "it has an end");
	hold_hidden(shown);
	free(shown);
}

static bool is_web(const char *url)
{
	return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

/* Where a redirect leads, and where that shows. */
static void check_hop(const char *url, const char *location)
{
	static char next[FETCH_URL_TEXT];
	char scheme[FETCH_SCHEME_TEXT] = "";
	enum fetch_hop hop = fetch_url_follow(url, location, next, scheme);

	if (hop == FETCH_HOP_SCHEME)
		hold(scheme[0] != '\0' && strcmp(scheme, "https") != 0, "a wrong scheme is named");
	if (hop != FETCH_HOP_OK)
		return;
	hold(is_web(next), "a redirect stays on the web");
	hold(strncmp(url, "https://", 8) != 0 || strncmp(next, "https://", 8) == 0,
	     "and where it was secure, secure");
	check_shown(next);
	hold(strstr(next, SECRET) == NULL || fetch_url_same_server(url, next),
	     "a password stays with its server");
}

static void check_beside(const char *url)
{
	static char beside[FETCH_URL_TEXT];
	static char path[FETCH_URL_TEXT];
	struct uxm_failure why = {.result = UXM_UPDATED};

	if (!fetch_url_beside(url, ".sha256", beside, path, &why)) {
		hold(why.result == UXM_USAGE, "it is the URL that was wrong");
		hold_sentence(why.text, sizeof(why.text));
		hold_hidden(why.text);
		return;
	}
	check_shown(beside);
	hold(fetch_url_same_server(url, beside), "the file beside is on the same server");
	hold(strstr(beside, ".sha256") != NULL, "it has the suffix");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct feed feed = {.bytes = input, .left = length};
	struct uxm_failure why = {.result = UXM_UPDATED};
	char url[URL_ROOM];
	char location[PIECE];

	make_url(&feed, url);
	take_piece(&feed, location, "");
	check_shown(url);
	if (!fetch_url_check(url, &why)) {
		hold(why.result == UXM_USAGE, "a URL that is none is the caller's mistake");
		hold_sentence(why.text, sizeof(why.text));
		hold_hidden(why.text);
		return 0;
	}
	check_hop(url, location);
	check_beside(url);
	return 0;
}
