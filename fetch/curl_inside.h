/*
 * What the parts of curl.c share: the state of a transfer, the options of a request, and FTP.
 */
#ifndef FETCH_CURL_INSIDE_H
#define FETCH_CURL_INSIDE_H

#include <curl/curl.h>

#include "fetch/curl.h"
#include "fetch/headers.h"
#include "fetch/verdict.h"

struct fetch_curl {
	struct fetch_curl_options options;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *fields; /* of the present request */
	struct fetch_receiver receiver;
	struct fetch_headers headers;
	bool active;       /* the easy handle is in the multi handle */
	bool challenge;    /* the response is a 401 or 407 that libcurl may answer itself */
	bool answered;     /* the receiver has been told of the response */
	bool held;         /* the receiver had no room */
	bool enough;       /* the receiver wants no more */
	bool whole;        /* FTP: all bytes have come */
	bool too_large;    /* the headers are */
	uint64_t expected; /* bytes of the body */
	uint64_t taken;    /* bytes of the body that the receiver has */
	uint64_t trailers; /* bytes of lines behind the body */
	uint64_t started;  /* when the transfer was, milliseconds */
	uint64_t grace;    /* when the server has had time enough to close, 0 as long as open */

	bool ftp;          /* the present request is by FTP */
	uint64_t from;     /* ... from this offset on */
	bool has_size;     /* ... and the server has answered SIZE: */
	uint64_t size;     /* bytes of the whole */
	uint64_t ftp_seen; /* bytes of the server's replies */
	unsigned reply;    /* the code of its last one, but for the farewell; 0 before the first */
	char known[FETCH_DATE_TEXT]; /* the date of the state that is known, or "" */

	char error[CURL_ERROR_SIZE];
};

/* The receiver's functions for libcurl. */
struct fetch_curl_calls {
	curl_write_callback header;
	curl_write_callback body;
	curl_prereq_callback connected;
};

/*
 * Sets all options of the request; `curl->easy` is as curl_easy_reset leaves it. Returns CURLE_OK,
 * CURLE_OUT_OF_MEMORY, or CURLE_BAD_FUNCTION_ARGUMENT for access that holds control characters.
 */
CURLcode fetch_curl_set(struct fetch_curl *curl, const struct fetch_request *request,
			const struct fetch_curl_calls *calls);

/* Through what the request goes for which `easy` is set. Asks nobody but libcurl, and leaves `easy`
 * and its error buffer as they are. SOCKS where the environment names any such proxy, for libcurl
 * does not tell which one it takes. */
enum fetch_proxy fetch_curl_proxy(CURL *easy);

/* Takes a line of the server's replies, `length` bytes, that came `elapsed` milliseconds after the
 * transfer was started. Returns false when there are too many. */
bool fetch_curl_ftp_line(struct fetch_curl *curl, const char *line, size_t length,
			 uint64_t elapsed);

/*
 * The response that says what is known of the file when its first byte has come, or its end:
 * 200 or 206, or 304 when its date is the known one; 416 when nothing is left from the offset on.
 */
void fetch_curl_ftp_response(const struct fetch_curl *curl, struct fetch_response *response);

#endif
