/*
 * The table of transfer.h over libcurl's multi interface.
 *
 * Where a body ends. libcurl, given a Content-Length, stops there and drops what follows without a
 * word. So it is told to ignore that and to ask for "Connection: close": the body then ends where
 * the connection does, and the receiver counts. Caught is every byte too many that comes before the
 * server closes, or within FETCH_CLOSE_GRACE after the last byte that was announced; not caught is
 * what comes later still, and what a proxy cuts off on the way.
 */
#include "fetch/curl.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fetch/headers.h"
#include "fetch/verdict.h"

struct fetch_curl {
	struct fetch_curl_options options;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *fields;
	struct fetch_receiver receiver;
	struct fetch_headers headers;
	bool active;       /* the easy handle is in the multi handle */
	bool answered;     /* the receiver has been told of the response */
	bool held;         /* the receiver had no room */
	bool enough;       /* the receiver wants no more */
	bool too_large;    /* the headers are */
	uint64_t expected; /* bytes of the body */
	uint64_t taken;    /* bytes of the body that the receiver has */
	uint64_t grace;    /* when the server has had time enough to close, 0 as long as open */
	char error[CURL_ERROR_SIZE];
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static size_t on_header(char *line, size_t size, size_t count, void *self)
{
	struct fetch_curl *curl = self;
	size_t length = size * count;

	/* After the body come trailers, which say nothing that matters. */
	if (curl->answered)
		return length;
	switch (fetch_headers_line(&curl->headers, line, length)) {
	case FETCH_LINE_MORE:
		return length;
	case FETCH_LINE_TOO_LARGE:
		curl->too_large = true;
		return 0;
	case FETCH_LINE_COMPLETE:
		break;
	}
	curl->answered = true;
	curl->enough = !curl->receiver.ops->response(curl->receiver.self, &curl->headers.response,
						     &curl->expected);
	return curl->enough ? 0 : length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *self)
{
	struct fetch_curl *curl = self;
	size_t length = size * count;

	if (length == 0)
		return 0;
	switch (curl->receiver.ops->body(curl->receiver.self, (const uint8_t *)bytes, length)) {
	case FETCH_TAKEN:
		curl->taken += length;
		if (curl->taken >= curl->expected && curl->grace == 0)
			curl->grace = now() + FETCH_CLOSE_GRACE;
		return length;
	case FETCH_FULL:
		curl->held = true;
		return CURL_WRITEFUNC_PAUSE;
	case FETCH_ENOUGH:
		break;
	}
	curl->enough = true;
	return 0;
}

/* Ends with the first option that cannot be set; only memory can be missing. */
#define SET(option, value)                                                                         \
	do {                                                                                       \
		CURLcode set = curl_easy_setopt(easy, option, value);                              \
		if (set != CURLE_OK)                                                               \
			return set;                                                                \
	} while (0)

static CURLcode set_limits(CURL *easy, uint32_t connect_time)
{
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	/* Redirects are followed one level up, where they are judged and counted. */
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)connect_time);
	/* No signals in a process that has its own; no seconds lost in a thread that still looks
	 * a name up when the transfer is stopped. */
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);
	/* HTTP/2 would buffer a paused stream's whole window, 32 MiB, instead of leaving it with
	 * the server. */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_IGNORE_CONTENT_LENGTH, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	/* One read of the socket fills one block. With libcurl's own 16 KiB the calls to the kernel
	 * weigh; more than a block would not find room in the ring. */
	SET(CURLOPT_BUFFERSIZE, (long)FETCH_BLOCK);
	return CURLE_OK;
}

static CURLcode set_tls(CURL *easy, const struct fetch_curl_options *options)
{
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	/* Named authorities stand in for the system's, they do not join them. */
	if (options->trust.ca_file != NULL || options->trust.ca_directory != NULL) {
		SET(CURLOPT_CAINFO, options->trust.ca_file);
		SET(CURLOPT_CAPATH, options->trust.ca_directory);
	}
	return CURLE_OK;
}

static CURLcode set_request(struct fetch_curl *curl, const struct fetch_request *request)
{
	CURL *easy = curl->easy;

	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_USERAGENT, "uxm/" UXM_PROGRAM_VERSION);
	SET(CURLOPT_HTTPHEADER, curl->fields);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* Not CURLOPT_RESUME_FROM: there libcurl ends with an error when the server sends the
	 * whole instead. */
	if (request->from != 0) {
		char range[24];

		snprintf(range, sizeof(range), "%llu-", (unsigned long long)request->from);
		SET(CURLOPT_RANGE, range);
	}
	SET(CURLOPT_ERRORBUFFER, curl->error);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, curl);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, curl);
	return CURLE_OK;
}

static void transfer_stop(void *self)
{
	struct fetch_curl *curl = self;

	if (!curl->active)
		return;
	curl_multi_remove_handle(curl->multi, curl->easy);
	curl->active = false;
}

static enum fetch_end transfer_start(void *self, const struct fetch_request *request,
				     const struct fetch_receiver *receiver)
{
	struct fetch_curl *curl = self;
	CURLcode code;

	transfer_stop(curl);
	curl_easy_reset(curl->easy);
	curl->receiver = *receiver;
	fetch_headers_clear(&curl->headers);
	curl->answered = false;
	curl->held = false;
	curl->enough = false;
	curl->too_large = false;
	curl->expected = 0;
	curl->taken = 0;
	curl->grace = 0;
	curl->error[0] = '\0';
	code = set_limits(curl->easy, curl->options.connect_time);
	if (code == CURLE_OK)
		code = set_tls(curl->easy, &curl->options);
	if (code == CURLE_OK)
		code = set_request(curl, request);
	if (code != CURLE_OK)
		return code == CURLE_OUT_OF_MEMORY ? FETCH_NO_MEMORY : FETCH_OTHER;
	if (curl_multi_add_handle(curl->multi, curl->easy) != CURLM_OK)
		return FETCH_NO_MEMORY;
	curl->active = true;
	return FETCH_RUNNING;
}

static const char *authorities(const struct fetch_curl *curl)
{
	if (curl->options.trust.ca_file != NULL)
		return curl->options.trust.ca_file;
	return curl->options.trust.ca_directory != NULL ? curl->options.trust.ca_directory
							: "the system's";
}

/* What libcurl's end means to the receiver. */
static enum fetch_end finish(struct fetch_curl *curl, CURLcode code, struct fetch_outcome *outcome)
{
	outcome->end = FETCH_COMPLETE;
	outcome->detail[0] = '\0';
	if (curl->enough) {
		outcome->end = FETCH_STOPPED;
	} else if (curl->too_large) {
		outcome->end = FETCH_HEADERS_TOO_LARGE;
	} else if (code != CURLE_OK) {
		fetch_verdict(curl->easy, code, curl->error, outcome);
	}
	/* libcurl does not say which file it could not read. */
	if (outcome->end == FETCH_AUTHORITIES)
		snprintf(outcome->detail, sizeof(outcome->detail), "%s", authorities(curl));
	transfer_stop(curl);
	return outcome->end;
}

static enum fetch_end transfer_perform(void *self, struct fetch_outcome *outcome)
{
	struct fetch_curl *curl = self;
	CURLcode paused = CURLE_OK;
	CURLMcode code;
	CURLMsg *message;
	int running;
	int left;

	if (curl->held) {
		/* It offers the held block from within this call. */
		curl->held = false;
		paused = curl_easy_pause(curl->easy, CURLPAUSE_CONT);
	}
	code = curl_multi_perform(curl->multi, &running);
	for (message = curl_multi_info_read(curl->multi, &left); message != NULL;
	     message = curl_multi_info_read(curl->multi, &left)) {
		if (message->msg == CURLMSG_DONE)
			return finish(curl, message->data.result, outcome);
	}
	if (paused != CURLE_OK)
		return finish(curl, paused, outcome);
	if (code != CURLM_OK) {
		snprintf(curl->error, sizeof(curl->error), "%s", curl_multi_strerror(code));
		return finish(curl,
			      code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT,
			      outcome);
	}
	if (curl->grace != 0 && now() >= curl->grace)
		return finish(curl, CURLE_OK, outcome);
	return FETCH_RUNNING;
}

static const struct fetch_transfer_ops transfer_ops = {
	.start = transfer_start,
	.perform = transfer_perform,
	.stop = transfer_stop,
};

struct fetch_transfer fetch_curl_transfer(struct fetch_curl *curl)
{
	return (struct fetch_transfer){.ops = &transfer_ops, .self = curl};
}

static bool append(struct curl_slist **list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*list, text);

	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

bool fetch_curl_new(const struct fetch_curl_options *options, struct fetch_curl **curl)
{
	struct fetch_curl *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return false;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(made);
		return false;
	}
	made->options = *options;
	made->multi = curl_multi_init();
	made->easy = curl_easy_init();
	if (made->multi == NULL || made->easy == NULL ||
	    !append(&made->fields, "Connection: close") ||
	    !append(&made->fields, "Accept-Encoding: identity")) {
		fetch_curl_free(made);
		return false;
	}
	*curl = made;
	return true;
}

void fetch_curl_free(struct fetch_curl *curl)
{
	if (curl == NULL)
		return;
	transfer_stop(curl);
	curl_easy_cleanup(curl->easy);
	curl_multi_cleanup(curl->multi);
	curl_slist_free_all(curl->fields);
	curl_global_cleanup();
	free(curl);
}

bool fetch_curl_wait(struct fetch_curl *curl, struct pollfd *extra, size_t count, int timeout)
{
	struct curl_waitfd waited[FETCH_WAIT_MOST];
	uint64_t time = curl->active && curl->grace != 0 ? now() : 0;
	int running;

	if (count > FETCH_WAIT_MOST)
		return false;
	/* A held transfer is not performed, but libcurl's timers go on: one that has run out would
	 * end every sleep at once until it is looked at. */
	if (curl->active && curl->held && curl_multi_perform(curl->multi, &running) != CURLM_OK)
		return false;
	for (size_t i = 0; i < count; i++) {
		waited[i] = (struct curl_waitfd){.fd = extra[i].fd};
		if ((extra[i].events & POLLIN) != 0)
			waited[i].events |= CURL_WAIT_POLLIN;
		if ((extra[i].events & POLLPRI) != 0)
			waited[i].events |= CURL_WAIT_POLLPRI;
		if ((extra[i].events & POLLOUT) != 0)
			waited[i].events |= CURL_WAIT_POLLOUT;
	}
	if (time != 0 && curl->grace <= time) {
		timeout = 0;
	} else if (time != 0 && curl->grace - time < (uint64_t)timeout) {
		timeout = (int)(curl->grace - time);
	}
	if (curl_multi_poll(curl->multi, waited, (unsigned)count, timeout, NULL) != CURLM_OK)
		return false;
	/* libcurl says nothing of POLLERR and POLLHUP, by which a device's leaving is told. */
	return count == 0 || poll(extra, (nfds_t)count, 0) >= 0;
}
