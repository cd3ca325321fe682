/*
 * What an error of libcurl means.
 */
#ifndef FETCH_VERDICT_H
#define FETCH_VERDICT_H

#include <curl/curl.h>

#include "fetch/transfer.h"

/*
 * Sets *outcome for a transfer of `easy` that ended with `code`, which is not CURLE_OK; `error` is
 * its CURLOPT_ERRORBUFFER, "" if it was not written.
 */
void fetch_verdict(CURL *easy, CURLcode code, const char *error, struct fetch_outcome *outcome);

#endif
