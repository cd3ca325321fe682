/*
 * The table of transfer.h over libcurl's multi interface.
 *
 * Where a body ends. libcurl, given a Content-Length, stops there and drops what follows without a
 * word. So it is told to ignore that and to ask for "Connection: close": the body then ends where
 * the connection does, and the receiver counts. Caught is every byte too many that comes before the
 * server closes, or within FETCH_CLOSE_GRACE after the last byte that was announced; not caught is
 * what comes later still, and what a proxy cuts off on the way. With FTP it ends with the last byte
 * of the size that the server named: waiting for the server's last word would block.
 *
 * Who asks. libcurl asks once without a password, is refused with 401 or 407, and asks again. The
 * first of these is held back until it is clear that it was the last word.
 *
 * What blocks in spite of all. libcurl waits for the reply after the data connection of an FTP
 * transfer that ended early, and for the one to QUIT, for a second at most each; and for TLS on
 * the data connection, for FETCH_DATA_TLS, if the server has answered RETR before it is done.
 */
#include "fetch/curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fetch/curl_inside.h"

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* The type is libcurl's. */
// NOLINTNEXTLINE(readability-non-const-parameter)
static int on_connected(void *self, char *address, char *own, int port, int own_port)
{
	const struct fetch_curl *curl = self;

	(void)address;
	(void)own;
	(void)port;
	(void)own_port;
	curl->receiver.ops->connected(curl->receiver.self);
	return CURL_PREREQFUNC_OK;
}

/* Tells the receiver; returns whether the body is wanted. */
static bool tell(struct fetch_curl *curl, const struct fetch_response *response)
{
	curl->answered = true;
	curl->challenge = false;
	curl->enough =
		!curl->receiver.ops->response(curl->receiver.self, response, &curl->expected);
	return !curl->enough;
}

static size_t on_header(char *line, size_t size, size_t count, void *self)
{
	struct fetch_curl *curl = self;
	size_t length = size * count;
	unsigned status;

	if (curl->ftp) {
		curl->too_large = !fetch_curl_ftp_line(curl, line, length, now() - curl->started);
		return curl->too_large ? 0 : length;
	}
	/* After the body come trailers, which say nothing that matters; but libcurl keeps them. */
	if (curl->answered) {
		curl->trailers += length;
		curl->too_large = curl->trailers > FETCH_HEADERS;
		return curl->too_large ? 0 : length;
	}
	switch (fetch_headers_line(&curl->headers, line, length)) {
	case FETCH_LINE_MORE:
		return length;
	case FETCH_LINE_TOO_LARGE:
		curl->too_large = true;
		return 0;
	case FETCH_LINE_COMPLETE:
		break;
	}
	status = curl->headers.response.status;
	curl->challenge = status == 401 || status == 407;
	if (curl->challenge)
		return length;
	return tell(curl, &curl->headers.response) ? length : 0;
}

/* What has not been told when the body begins, or ends without a byte; returns whether the body is
 * wanted. */
static bool tell_late(struct fetch_curl *curl)
{
	struct fetch_response response;

	if (curl->answered)
		return true;
	if (!curl->ftp)
		return tell(curl, &curl->headers.response);
	fetch_curl_ftp_response(curl, &response);
	return tell(curl, &response);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *self)
{
	struct fetch_curl *curl = self;
	size_t length = size * count;

	if (length == 0 || !tell_late(curl))
		return 0;
	switch (curl->receiver.ops->body(curl->receiver.self, (const uint8_t *)bytes, length)) {
	case FETCH_TAKEN:
		curl->taken += length;
		if (curl->taken < curl->expected)
			return length;
		if (curl->grace == 0)
			curl->grace = now() + FETCH_CLOSE_GRACE;
		curl->whole = curl->ftp;
		return curl->whole ? 0 : length;
	case FETCH_FULL:
		curl->held = true;
		return CURL_WRITEFUNC_PAUSE;
	case FETCH_ENOUGH:
		break;
	}
	curl->enough = true;
	return 0;
}

static void transfer_stop(void *self)
{
	struct fetch_curl *curl = self;

	if (!curl->active)
		return;
	curl_multi_remove_handle(curl->multi, curl->easy);
	curl->active = false;
}

/* Begins with nothing but what lasts longer than a request. */
static void clear(struct fetch_curl *curl)
{
	transfer_stop(curl);
	curl_easy_reset(curl->easy);
	curl_slist_free_all(curl->fields);
	*curl = (struct fetch_curl){
		.options = curl->options, .multi = curl->multi, .easy = curl->easy};
}

static enum fetch_end transfer_start(void *self, const struct fetch_request *request,
				     const struct fetch_receiver *receiver)
{
	static const struct fetch_curl_calls calls = {
		.header = on_header, .body = on_body, .connected = on_connected};
	struct fetch_curl *curl = self;
	CURLcode code;

	clear(curl);
	curl->started = now();
	curl->receiver = *receiver;
	curl->from = request->from;
	if (request->known != NULL)
		memcpy(curl->known, request->known->modified, sizeof(curl->known));
	code = fetch_curl_set(curl, request, &calls);
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

/* Whether the receiver is still to be told of a response that libcurl's end came with. */
static bool has_more_to_tell(struct fetch_curl *curl, CURLcode code)
{
	long status = 0;

	if (curl->answered)
		return false;
	if (curl->ftp && (code == CURLE_OK || code == CURLE_BAD_DOWNLOAD_RESUME))
		return true;
	if (curl->challenge)
		return true;
	/* The proxy refused the tunnel, and kept its headers to itself. */
	if (code == CURLE_OK ||
	    curl_easy_getinfo(curl->easy, CURLINFO_HTTP_CONNECTCODE, &status) != CURLE_OK ||
	    status < 300 || status > 999)
		return false;
	curl->headers.response = (struct fetch_response){.status = (unsigned)status};
	snprintf(curl->headers.response.phrase, sizeof(curl->headers.response.phrase), "%s",
		 FETCH_OF_PROXY);
	curl->ftp = false;
	return true;
}

/* What libcurl's end means to the receiver. */
static enum fetch_end finish(struct fetch_curl *curl, CURLcode code, struct fetch_outcome *outcome)
{
	const struct fetch_trust *trust = &curl->options.trust;
	bool told = curl->answered;

	outcome->end = FETCH_COMPLETE;
	outcome->detail[0] = '\0';
	if (!curl->enough && !curl->too_large && has_more_to_tell(curl, code)) {
		tell_late(curl);
		code = CURLE_OK;
	}
	if (curl->enough) {
		outcome->end = FETCH_STOPPED;
	} else if (curl->too_large) {
		outcome->end = FETCH_HEADERS_TOO_LARGE;
		snprintf(outcome->detail, sizeof(outcome->detail),
			 "the server sends more than %u bytes of headers or trailers",
			 FETCH_HEADERS);
	} else if (code != CURLE_OK && !curl->whole) {
		const struct fetch_verdict verdict = {.code = code,
						      .error = curl->error,
						      .ftp = curl->ftp,
						      .reply = curl->reply,
						      .answered = told,
						      .proxy = fetch_curl_proxy(curl->easy)};

		fetch_verdict(curl->easy, &verdict, outcome);
	}
	/* libcurl does not say which file it could not read. */
	if (outcome->end == FETCH_AUTHORITIES)
		snprintf(outcome->detail, sizeof(outcome->detail), "%s", authorities(curl));
	if (outcome->end == FETCH_OWN_CERTIFICATE && trust->certificate != NULL)
		snprintf(outcome->detail, sizeof(outcome->detail), "%s, %s", trust->certificate,
			 trust->key);
	transfer_stop(curl);
	return outcome->end;
}

/* A server that cannot begin in the middle is asked for the whole, as one of HTTP may do by itself.
 * Returns whether that is so. */
static bool begins_again(struct fetch_curl *curl, CURLcode code)
{
	if (code != CURLE_FTP_COULDNT_USE_REST || curl->from == 0 || curl->reply < 500)
		return false;
	transfer_stop(curl);
	curl->from = 0;
	curl->has_size = false;
	curl->ftp_seen = 0;
	if (curl_easy_setopt(curl->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)0) != CURLE_OK ||
	    curl_multi_add_handle(curl->multi, curl->easy) != CURLM_OK)
		return false;
	curl->active = true;
	return true;
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
		if (message->msg != CURLMSG_DONE)
			continue;
		return begins_again(curl, message->data.result)
			       ? FETCH_RUNNING
			       : finish(curl, message->data.result, outcome);
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
	if (made->multi == NULL || made->easy == NULL) {
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
