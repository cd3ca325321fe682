/* What an error of libcurl 7.88, built with GnuTLS, means. */
#include "fetch/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Bits of CURLINFO_SSL_VERIFYRESULT and CURLINFO_PROXY_SSL_VERIFYRESULT, which with GnuTLS are its
 * gnutls_certificate_status_t. */
#define SIGNER_NOT_FOUND 0x040L
#define NOT_ACTIVATED    0x200L
#define EXPIRED          0x400L

/* How libcurl begins what it says of a client's certificate or key that cannot be read. */
#define OWN_FILES "error reading X.509"

/* What GnuTLS calls an alert that ends the connection. */
#define ALERT "TLS fatal alert"

/* libcurl has one code for all that can be wrong with a certificate; `result` says whose. */
static enum fetch_end certificate_end(CURL *easy, CURLINFO result)
{
	long status = 0;

	if (curl_easy_getinfo(easy, result, &status) != CURLE_OK)
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

static enum fetch_end connection_end(CURL *easy, const struct fetch_verdict *verdict)
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
	case 0:
		/* The control connection was closed. */
		if (verdict->ftp)
			return verdict->answered ? FETCH_RESET : FETCH_NO_ANSWER;
		return FETCH_OTHER;
	default:
		return FETCH_OTHER;
	}
}

/* What the server's last reply means (RFC 959, section 4.2), whatever it was an answer to. */
static enum fetch_end reply_end(unsigned reply)
{
	switch (reply) {
	case 331:
	case 332:
	case 530:
	case 532:
		return FETCH_NO_LOGIN;
	case 550:
		return FETCH_MISSING;
	default:
		return reply >= 400 && reply < 500 ? FETCH_FTP_LATER : FETCH_FTP;
	}
}

static enum fetch_end ftp_end(const struct fetch_verdict *verdict)
{
	enum fetch_end end = reply_end(verdict->reply);

	switch (verdict->code) {
	/* The data connection ended, and what came over it is counted; or the server did not say
	 * that it is content, in time. */
	case CURLE_PARTIAL_FILE:
		return FETCH_COMPLETE;
	case CURLE_OPERATION_TIMEDOUT:
		/* libcurl takes 421 for a time-out, too. */
		if (verdict->answered)
			return FETCH_COMPLETE;
		return end == FETCH_FTP_LATER ? end : FETCH_CONNECT_TIMEOUT;
	default:
		return end;
	}
}

static enum fetch_end end_of(CURL *easy, const struct fetch_verdict *verdict)
{
	switch (verdict->code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return FETCH_NO_HOST;
	case CURLE_COULDNT_RESOLVE_PROXY:
		return FETCH_NO_PROXY;
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		/* With TLS 1.3 a server that misses the client's certificate says so only when the
		 * handshake is over (RFC 8446, section 4.4.2.4). */
		if (strstr(verdict->error, ALERT) != NULL)
			return FETCH_TLS;
		return connection_end(easy, verdict);
	case CURLE_COULDNT_CONNECT:
		return connection_end(easy, verdict);
	/* There is no time limit but the one for connecting. */
	case CURLE_OPERATION_TIMEDOUT:
		return verdict->ftp ? ftp_end(verdict) : FETCH_CONNECT_TIMEOUT;
	case CURLE_GOT_NOTHING:
		return FETCH_NO_ANSWER;
	case CURLE_PEER_FAILED_VERIFICATION:
		return certificate_end(easy, CURLINFO_SSL_VERIFYRESULT);
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return FETCH_CERTIFICATE_PIN;
	case CURLE_SSL_CACERT_BADFILE:
		return FETCH_AUTHORITIES;
	case CURLE_SSL_CERTPROBLEM:
		return FETCH_OWN_CERTIFICATE;
	case CURLE_SSL_CONNECT_ERROR:
		/* With GnuTLS it is this, too, when the client's own files cannot be used. */
		return strncmp(verdict->error, OWN_FILES, strlen(OWN_FILES)) == 0
			       ? FETCH_OWN_CERTIFICATE
			       : FETCH_TLS;
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_USE_SSL_FAILED:
		return FETCH_TLS;
	case CURLE_OUT_OF_MEMORY:
		return FETCH_NO_MEMORY;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_REMOTE_ACCESS_DENIED:
	case CURLE_FTP_WEIRD_PASS_REPLY:
	case CURLE_FTP_WEIRD_PASV_REPLY:
	case CURLE_FTP_WEIRD_227_FORMAT:
	case CURLE_FTP_CANT_GET_HOST:
	case CURLE_FTP_COULDNT_SET_TYPE:
	case CURLE_PARTIAL_FILE:
	case CURLE_FTP_COULDNT_RETR_FILE:
	case CURLE_FTP_COULDNT_USE_REST:
	case CURLE_LOGIN_DENIED:
	case CURLE_REMOTE_FILE_NOT_FOUND:
		return verdict->ftp ? ftp_end(verdict) : FETCH_OTHER;
	default:
		return FETCH_OTHER;
	}
}

/* The proxy's setting stands whole, with its password, in what libcurl says of a wrong one. */
static bool may_hold_secret(const char *text)
{
	return strchr(text, '@') != NULL || strstr(text, "proxy syntax") != NULL ||
	       strstr(text, "proxy scheme") != NULL;
}

/* Whether it befell the way to the proxy, and nothing behind it: one of HTTP has not answered
 * CONNECT with success, or is not asked to; of one of SOCKS libcurl tells no more than that it is
 * connected.
 */
static bool is_before_proxy(CURL *easy, const struct fetch_verdict *verdict)
{
	CURLINFO info = verdict->proxy == FETCH_PROXY_SOCKS ? CURLINFO_PRIMARY_PORT
							    : CURLINFO_HTTP_CONNECTCODE;
	long reached = 0;

	return verdict->proxy != FETCH_PROXY_NONE &&
	       curl_easy_getinfo(easy, info, &reached) == CURLE_OK && reached == 0;
}

/* What is wrong with a proxy's certificate, or NULL. */
static const char *certificate_text(enum fetch_end end)
{
	switch (end) {
	case FETCH_CERTIFICATE_EXPIRED:
		return "its certificate has expired";
	case FETCH_CERTIFICATE_EARLY:
		return "its certificate is not valid yet";
	case FETCH_CERTIFICATE_NAME:
		return "its certificate is for another name";
	case FETCH_CERTIFICATE_UNKNOWN:
		return "its certificate was not signed by a trusted authority";
	default:
		return NULL;
	}
}

/* What would be said of the server is the proxy's. */
static void blame_proxy(CURL *easy, const struct fetch_verdict *verdict,
			struct fetch_outcome *outcome)
{
	const char *text = NULL;
	long error = 0;

	if (verdict->code == CURLE_PEER_FAILED_VERIFICATION) {
		text = certificate_text(certificate_end(easy, CURLINFO_PROXY_SSL_VERIFYRESULT));
		outcome->end = FETCH_PROXY_TLS;
	} else if (outcome->end == FETCH_TLS) {
		outcome->end = FETCH_PROXY_TLS;
	} else if (outcome->end == FETCH_CONNECTION_REFUSED || outcome->end == FETCH_UNREACHABLE ||
		   outcome->end == FETCH_CONNECT_TIMEOUT) {
		/* libcurl's own words name the server's port there. */
		if (verdict->code == CURLE_COULDNT_CONNECT &&
		    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error) == CURLE_OK)
			text = strerror((int)error);
		outcome->end = FETCH_PROXY_AWAY;
	}
	if (text != NULL)
		snprintf(outcome->detail, sizeof(outcome->detail), "%s", text);
}

void fetch_verdict(CURL *easy, const struct fetch_verdict *verdict, struct fetch_outcome *outcome)
{
	const char *text =
		verdict->error[0] != '\0' ? verdict->error : curl_easy_strerror(verdict->code);
	size_t length;

	/* "Timeout was reached". */
	if (verdict->ftp && verdict->code == CURLE_OPERATION_TIMEDOUT && verdict->reply == 421)
		text = "it closes the connection (421)";
	if (strstr(text, "netrc parser") != NULL)
		text = "the netrc file cannot be understood; look for a missing quotation mark";
	if (may_hold_secret(text))
		text = strstr(text, "proxy") != NULL ? "the setting of the proxy is wrong"
						     : curl_easy_strerror(verdict->code);
	if (strstr(text, ALERT) != NULL)
		text = "it ended with an alert of the server, which may want a client's "
		       "certificate";
	length = strlen(text);
	/* It becomes the end of a sentence. */
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '.'))
		length--;
	snprintf(outcome->detail, sizeof(outcome->detail), "%.*s", (int)length, text);
	outcome->end = end_of(easy, verdict);
	if (is_before_proxy(easy, verdict))
		blame_proxy(easy, verdict, outcome);
}
