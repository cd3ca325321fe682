/* Who may do what over the web. */
#include "phone/access.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* Room for the longest Host that is understood: a name (RFC 1035, section 2.3.4) in brackets. */
#define HOST_TEXT 260

/* So many wrong passwords in a row are free. */
#define TRIES_FREE     5u
#define TRIES_WAIT     1000u
#define TRIES_DOUBLING 9u /* doublings from 1 s; more than 5 minutes is cut to these */
#define TRIES_MOST     300000u

static bool is_from_browser(const struct access_request *request)
{
	return request->accept_language != NULL || request->origin != NULL ||
	       request->referer != NULL || request->has_fetch_metadata;
}

/* The part of a Host that says where: without the port that its scheme has anyway. */
static size_t authority(const char *host, size_t length, const char *port)
{
	size_t digits = strlen(port);

	if (length > digits && memcmp(host + length - digits, port, digits) == 0)
		return length - digits;
	return length;
}

/* Whether a URL, as Origin and Referer have it, is of this host. */
static bool is_own(const struct access_request *request, const char *url)
{
	bool tls = strncasecmp(url, "https://", 8) == 0;
	const char *port = tls ? ":443" : ":80";
	const char *host = url + (tls ? 8 : 7);
	size_t length;
	size_t other;

	if (!tls && (request->tls || strncasecmp(url, "http://", 7) != 0))
		return false;
	length = authority(host, strcspn(host, "/?#"), port);
	other = authority(request->host, strlen(request->host), port);
	return length == other && strncasecmp(host, request->host, length) == 0;
}

bool access_is_foreign(const struct access_request *request)
{
	const char *site = request->fetch_site;

	if (site != NULL && strcasecmp(site, "same-origin") != 0 && strcasecmp(site, "none") != 0)
		return true;
	if (request->origin != NULL && !is_own(request, request->origin))
		return true;
	return request->referer != NULL && request->referer[0] != '\0' &&
	       !is_own(request, request->referer);
}

enum access_verdict access_judge(const struct access_request *request)
{
	if (!access_host_is_right(request->host, request->name))
		return ACCESS_NO_HOST;
	if (request->has_password && !request->knows_password)
		return ACCESS_WHO;
	if (request->act == ACCESS_READ)
		return ACCESS_GRANTED;
	if (!request->has_password && !request->loopback)
		return ACCESS_LOCAL_ONLY;
	if (request->is_post)
		return request->token_right && !access_is_foreign(request) ? ACCESS_GRANTED
									   : ACCESS_TOKEN;
	if (request->hidden_tags)
		return ACCESS_HIDDEN_TAGS;
	return is_from_browser(request) ? ACCESS_CONFIRM : ACCESS_GRANTED;
}

/* Whether it ends here, or in a port. */
static bool is_port(const char *text)
{
	size_t digits;

	if (*text == '\0')
		return true;
	if (*text != ':')
		return false;
	digits = strspn(text + 1, "0123456789");
	return digits >= 1 && digits <= 5 && text[1 + digits] == '\0';
}

bool access_host_is_right(const char *host, const char *name)
{
	struct in6_addr address;
	char text[HOST_TEXT];
	bool bracket = host != NULL && host[0] == '[';
	size_t length;

	if (host == NULL)
		return false;
	host += bracket ? 1 : 0;
	length = strcspn(host, bracket ? "]" : ":");
	if (length == 0 || length >= sizeof(text))
		return false;
	memcpy(text, host, length);
	text[length] = '\0';
	host += length;
	if (bracket && *host != ']')
		return false;
	if (!is_port(host + (bracket ? 1 : 0)))
		return false;
	if (bracket)
		return inet_pton(AF_INET6, text, &address) == 1;
	return inet_pton(AF_INET, text, &address) == 1 || strcasecmp(text, "localhost") == 0 ||
	       (name != NULL && strcasecmp(text, name) == 0);
}

bool access_same_text(const char *a, const char *b)
{
	size_t length = strlen(a);
	size_t other = strlen(b);
	size_t differs = length ^ other;

	/* As long as the first text, whatever the second is. */
	for (size_t i = 0; i < length; i++)
		differs |= (size_t)((unsigned char)a[i] ^ (unsigned char)b[i <= other ? i : other]);
	return differs == 0;
}

void access_address(const struct sockaddr *from, uint8_t address[ACCESS_ADDRESS])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

	memset(address, 0, ACCESS_ADDRESS);
	if (from->sa_family == AF_INET) {
		struct sockaddr_in of_4;

		memcpy(&of_4, from, sizeof(of_4));
		memcpy(address, mapped, sizeof(mapped));
		memcpy(address + sizeof(mapped), &of_4.sin_addr, 4);
	} else if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 of_6;
		bool is_mapped;

		memcpy(&of_6, from, sizeof(of_6));
		is_mapped = memcmp(&of_6.sin6_addr, mapped, sizeof(mapped)) == 0;
		memcpy(address, &of_6.sin6_addr, is_mapped ? 16 : 8);
	}
}

/* The entry of an address, or ACCESS_TRIES_MOST. */
static size_t find(const struct access_tries *tries, const uint8_t address[ACCESS_ADDRESS])
{
	size_t i = 0;

	while (i < ACCESS_TRIES_MOST &&
	       (tries->of[i].wrong == 0 || memcmp(tries->of[i].address, address, 16) != 0))
		i++;
	return i;
}

uint32_t access_tries_wait(const struct access_tries *tries, const struct sockaddr *from,
			   uint64_t now)
{
	uint8_t address[ACCESS_ADDRESS];
	size_t at;

	access_address(from, address);
	at = find(tries, address);
	if (at == ACCESS_TRIES_MOST || tries->of[at].until <= now)
		return 0;
	return (uint32_t)((tries->of[at].until - now + 999) / 1000);
}

void access_tries_wrong(struct access_tries *tries, const struct sockaddr *from, uint64_t now)
{
	uint8_t address[ACCESS_ADDRESS];
	unsigned over;
	uint64_t wait;
	size_t at;

	access_address(from, address);
	at = find(tries, address);
	if (at == ACCESS_TRIES_MOST) {
		at = 0;
		/* A free entry, else the one that was quiet for longest. */
		for (size_t i = 0; i < ACCESS_TRIES_MOST && tries->of[at].wrong > 0; i++) {
			if (tries->of[i].wrong == 0 || tries->of[i].last < tries->of[at].last)
				at = i;
		}
		memset(&tries->of[at], 0, sizeof(tries->of[at]));
		memcpy(tries->of[at].address, address, sizeof(address));
	}
	if (tries->of[at].wrong < TRIES_FREE + TRIES_DOUBLING)
		tries->of[at].wrong++;
	tries->of[at].last = now;
	if (tries->of[at].wrong < TRIES_FREE)
		return;
	over = tries->of[at].wrong - TRIES_FREE;
	wait = (uint64_t)TRIES_WAIT << over;
	tries->of[at].until = now + (wait < TRIES_MOST ? wait : TRIES_MOST);
}

void access_tries_right(struct access_tries *tries, const struct sockaddr *from)
{
	uint8_t address[ACCESS_ADDRESS];
	size_t at;

	access_address(from, address);
	at = find(tries, address);
	if (at < ACCESS_TRIES_MOST)
		memset(&tries->of[at], 0, sizeof(tries->of[at]));
}
