/* Which proxy of the environment libcurl takes. It says so nowhere, and has rules of its own. */
#include <stdlib.h>
#include <strings.h>

#include "fetch/curl_inside.h"

static int refuse_name(void *state, void *reserved, void *self)
{
	(void)state;
	(void)reserved;
	(void)self;
	return 1;
}

/* A proxy may be a socket in the file system, which has no name to look up. */
static curl_socket_t refuse_socket(void *self, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)self;
	(void)purpose;
	(void)address;
	return CURL_SOCKET_BAD;
}

/* Where nothing may be looked up, what libcurl cannot find is the host that it would connect. */
static bool is_used(CURL *easy)
{
	CURL *asked = curl_easy_duphandle(easy);
	bool used = false;

	if (asked == NULL)
		return false;
	if (curl_easy_setopt(asked, CURLOPT_ERRORBUFFER, NULL) == CURLE_OK &&
	    curl_easy_setopt(asked, CURLOPT_OPENSOCKETFUNCTION, refuse_socket) == CURLE_OK &&
	    curl_easy_setopt(asked, CURLOPT_RESOLVER_START_FUNCTION, refuse_name) == CURLE_OK)
		used = curl_easy_perform(asked) == CURLE_COULDNT_RESOLVE_PROXY;
	curl_easy_cleanup(asked);
	return used;
}

static bool names_socks(void)
{
	static const char *const variables[] = {
		"http_proxy", "https_proxy", "HTTPS_PROXY", "ftp_proxy", "FTP_PROXY",
		"ftps_proxy", "FTPS_PROXY",  "all_proxy",   "ALL_PROXY",
	};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *proxy = getenv(variables[i]);

		if (proxy != NULL && strncasecmp(proxy, "socks", 5) == 0)
			return true;
	}
	return false;
}

enum fetch_proxy fetch_curl_proxy(CURL *easy)
{
	if (!is_used(easy))
		return FETCH_PROXY_NONE;
	return names_socks() ? FETCH_PROXY_SOCKS : FETCH_PROXY_HTTP;
}
