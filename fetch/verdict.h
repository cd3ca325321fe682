/*
 * What an error of libcurl means.
 */
#ifndef FETCH_VERDICT_H
#define FETCH_VERDICT_H

#include <curl/curl.h>

#include "fetch/transfer.h"

/* What a transfer goes through. */
enum fetch_proxy {
	FETCH_PROXY_NONE = 0,
	FETCH_PROXY_HTTP, /* by TLS or not */
	FETCH_PROXY_SOCKS,
};

/* How a transfer ended that did not end well. */
struct fetch_verdict {
	CURLcode code;     /* not CURLE_OK */
	const char *error; /* its CURLOPT_ERRORBUFFER, "" if that was not written */
	bool ftp;          /* it was one by FTP */
	unsigned reply;    /* ... and this the server's last reply to anything but QUIT, or 0 */
	bool answered;     /* the receiver had been told of a response before */
	enum fetch_proxy proxy;
};

/* Sets *outcome for that transfer of `easy`. The detail holds neither a password nor what may hold
 * one. */
void fetch_verdict(CURL *easy, const struct fetch_verdict *verdict, struct fetch_outcome *outcome);

#endif
