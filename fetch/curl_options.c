/* The options of libcurl for one request. */
#include <stdio.h>
#include <string.h>

#include "fetch/curl_inside.h"
#include "fetch/url.h"

/* Ends with the first option that cannot be set; only memory can be missing. */
#define SET(option, value)                                                                         \
	do {                                                                                       \
		CURLcode set = curl_easy_setopt(easy, option, value);                              \
		if (set != CURLE_OK)                                                               \
			return set;                                                                \
	} while (0)

static CURLcode set_limits(CURL *easy, uint32_t connect_time)
{
	SET(CURLOPT_PROTOCOLS_STR, "http,https,ftp,ftps");
	/* Redirects are followed one level up, where they are judged and counted. */
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)connect_time);
	/* No signals in a process that has its own; no seconds lost in a thread that still looks
	 * a name up when the transfer is stopped. */
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	/* One read of the socket fills one block. With libcurl's own 16 KiB the calls to the kernel
	 * weigh; more than a block would not find room in the ring. */
	SET(CURLOPT_BUFFERSIZE, (long)FETCH_BLOCK);
	return CURLE_OK;
}

static CURLcode set_tls(CURL *easy, const struct fetch_trust *trust)
{
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	/* Named authorities stand in for the system's, they do not join them. */
	if (trust->ca_file != NULL || trust->ca_directory != NULL) {
		SET(CURLOPT_CAINFO, trust->ca_file);
		SET(CURLOPT_CAPATH, trust->ca_directory);
		SET(CURLOPT_PROXY_CAINFO, trust->ca_file);
		SET(CURLOPT_PROXY_CAPATH, trust->ca_directory);
	}
	if (trust->certificate != NULL) {
		SET(CURLOPT_SSLCERT, trust->certificate);
		SET(CURLOPT_SSLKEY, trust->key);
	}
	if (trust->pin != NULL)
		SET(CURLOPT_PINNEDPUBLICKEY, trust->pin);
	return CURLE_OK;
}

/* A line end in what is sent would begin a header or a command of its own. */
static bool is_clean(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

static CURLcode set_access(CURL *easy, const struct fetch_request *request,
			   const struct fetch_trust *trust)
{
	const struct fetch_access *access = request->access;

	/* With more than one way libcurl asks without a password first, and takes the strongest of
	 * those that the server then offers. */
	SET(CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	SET(CURLOPT_PROXYAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	if (access == NULL) {
		if (trust->netrc != NULL && request->netrc) {
			SET(CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
			SET(CURLOPT_NETRC_FILE, trust->netrc);
		}
		return CURLE_OK;
	}
	if (!is_clean(access->user) || !is_clean(access->password) || !is_clean(access->account))
		return CURLE_BAD_FUNCTION_ARGUMENT;
	if (access->user[0] != '\0' || access->password[0] != '\0') {
		SET(CURLOPT_USERNAME, access->user);
		SET(CURLOPT_PASSWORD, access->password);
	}
	if (access->account[0] != '\0')
		SET(CURLOPT_FTP_ACCOUNT, access->account);
	return CURLE_OK;
}

static bool append(struct curl_slist **list, const char *name, const char *value)
{
	char line[256];
	struct curl_slist *longer;

	if (value[0] == '\0' || !is_clean(value))
		return true;
	snprintf(line, sizeof(line), "%s: %s", name, value);
	longer = curl_slist_append(*list, line);
	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

static CURLcode set_http(struct fetch_curl *curl, const struct fetch_request *request)
{
	CURL *easy = curl->easy;
	const struct fetch_validators *known = request->known;

	/* HTTP/2 would buffer a paused stream's whole window, 32 MiB, instead of leaving it with
	 * the server. */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_IGNORE_CONTENT_LENGTH, 1L);
	SET(CURLOPT_USERAGENT, curl->options.trust.user_agent != NULL
				       ? curl->options.trust.user_agent
				       : "uxm/" UXM_PROGRAM_VERSION);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (!append(&curl->fields, "Connection", "close") ||
	    !append(&curl->fields, "Accept-Encoding", "identity") ||
	    (request->from != 0 && !append(&curl->fields, "If-Range", request->if_range)) ||
	    (known != NULL && !append(&curl->fields, "If-None-Match", known->etag)) ||
	    (known != NULL && !append(&curl->fields, "If-Modified-Since", known->modified)))
		return CURLE_OUT_OF_MEMORY;
	SET(CURLOPT_HTTPHEADER, curl->fields);
	/* Not CURLOPT_RESUME_FROM: there libcurl ends with an error when the server sends the
	 * whole instead. */
	if (request->from != 0) {
		char range[24];

		snprintf(range, sizeof(range), "%llu-", (unsigned long long)request->from);
		SET(CURLOPT_RANGE, range);
	}
	return CURLE_OK;
}

static CURLcode set_ftp(struct fetch_curl *curl, const struct fetch_request *request, bool secure)
{
	CURL *easy = curl->easy;

	SET(CURLOPT_FILETIME, 1L);
	SET(CURLOPT_RESUME_FROM_LARGE, (curl_off_t)request->from);
	/* A proxy is asked for a tunnel, not to speak FTP itself. */
	SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* Or libcurl would go on without where the server does not protect the data. */
	if (secure)
		SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	return CURLE_OK;
}

CURLcode fetch_curl_set(struct fetch_curl *curl, const struct fetch_request *request,
			const struct fetch_curl_calls *calls)
{
	CURL *easy = curl->easy;
	bool secure;
	CURLcode code;

	curl->ftp = fetch_url_is_ftp(request->url, &secure);
	code = set_limits(easy, curl->options.connect_time);
	if (code == CURLE_OK)
		code = set_tls(easy, &curl->options.trust);
	if (code == CURLE_OK)
		code = set_access(easy, request, &curl->options.trust);
	if (code == CURLE_OK)
		code = curl->ftp ? set_ftp(curl, request, secure) : set_http(curl, request);
	if (code != CURLE_OK)
		return code;
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_ERRORBUFFER, curl->error);
	SET(CURLOPT_HEADERFUNCTION, calls->header);
	SET(CURLOPT_HEADERDATA, curl);
	SET(CURLOPT_WRITEFUNCTION, calls->body);
	SET(CURLOPT_WRITEDATA, curl);
	SET(CURLOPT_PREREQFUNCTION, calls->connected);
	SET(CURLOPT_PREREQDATA, curl);
	return CURLE_OK;
}
