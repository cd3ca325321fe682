/* What an error of libcurl 7.88, built with GnuTLS, means. */
#include "fetch/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Bits of CURLINFO_SSL_VERIFYRESULT, which with GnuTLS is its gnutls_certificate_status_t. */
#define SIGNER_NOT_FOUND 0x040L
#define NOT_ACTIVATED    0x200L
#define EXPIRED          0x400L

/* libcurl has one code for all that can be wrong with a certificate. */
static enum fetch_end certificate_end(CURL *easy)
{
	long status = 0;

	if (curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &status) != CURLE_OK)
		return FETCH_TLS;
	/* A certificate that nobody vouches for says nothing, not even when it expires. */
	if ((status & SIGNER_NOT_FOUND) != 0)
		return FETCH_CERTIFICATE_UNKNOWN;
	if ((status & EXPIRED) != 0)
		return FETCH_CERTIFICATE_EXPIRED;
	if ((status & NOT_ACTIVATED) != 0)
		return FETCH_CERTIFICATE_EARLY;
	/* The chain was found good; what is left to be wrong is the name. */
	return status == 0 ? FETCH_CERTIFICATE_NAME : FETCH_TLS;
}

static enum fetch_end connection_end(CURL *easy)
{
	long error = 0;

	if (curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error) != CURLE_OK)
		return FETCH_OTHER;
	switch (error) {
	case ECONNREFUSED:
		return FETCH_CONNECTION_REFUSED;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
		return FETCH_UNREACHABLE;
	case ETIMEDOUT:
		return FETCH_CONNECT_TIMEOUT;
	case ECONNRESET:
	case EPIPE:
		return FETCH_RESET;
	default:
		return FETCH_OTHER;
	}
}

static enum fetch_end end_of(CURL *easy, CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return FETCH_NO_HOST;
	case CURLE_COULDNT_RESOLVE_PROXY:
		return FETCH_NO_PROXY;
	case CURLE_COULDNT_CONNECT:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return connection_end(easy);
	/* There is no time limit but the one for connecting. */
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_CONNECT_TIMEOUT;
	case CURLE_GOT_NOTHING:
		return FETCH_NO_ANSWER;
	case CURLE_PEER_FAILED_VERIFICATION:
		return certificate_end(easy);
	case CURLE_SSL_CACERT_BADFILE:
		return FETCH_AUTHORITIES;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
		return FETCH_TLS;
	case CURLE_OUT_OF_MEMORY:
		return FETCH_NO_MEMORY;
	default:
		return FETCH_OTHER;
	}
}

void fetch_verdict(CURL *easy, CURLcode code, const char *error, struct fetch_outcome *outcome)
{
	const char *text = error[0] != '\0' ? error : curl_easy_strerror(code);
	size_t length = strlen(text);

	/* It becomes the end of a sentence. */
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '.'))
		length--;
	snprintf(outcome->detail, sizeof(outcome->detail), "%.*s", (int)length, text);
	outcome->end = end_of(easy, code);
}
