/* What libcurl's errors mean, error by error: most of them no server on loopback brings about. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "fetch/verdict.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define EXPIRED    ((long)(GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED))

/* What curl_easy_getinfo says. */
static struct {
	long os_error;
	long status; /* of the server's certificate */
	long proxy_status;
	long port;
	long connect_code;
	bool fails;
} told;

/* The linker puts this in the place of libcurl's (-Wl,--wrap). */
/* NOLINTNEXTLINE(bugprone-reserved-identifier): the linker chose the name */
CURLcode __wrap_curl_easy_getinfo(CURL *easy, CURLINFO info, ...);

CURLcode __wrap_curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
	const struct {
		CURLINFO info;
		long number;
	} numbers[] = {
		{CURLINFO_OS_ERRNO, told.os_error},
		{CURLINFO_SSL_VERIFYRESULT, told.status},
		{CURLINFO_PROXY_SSL_VERIFYRESULT, told.proxy_status},
		{CURLINFO_PRIMARY_PORT, told.port},
		{CURLINFO_HTTP_CONNECTCODE, told.connect_code},
	};
	va_list arguments;
	long *number = NULL;

	(void)easy;
	if (told.fails)
		return CURLE_UNKNOWN_OPTION;
	va_start(arguments, info);
	number = va_arg(arguments, long *);
	va_end(arguments);
	for (size_t i = 0; i < ROWS(numbers); i++) {
		if (numbers[i].info == info) {
			*number = numbers[i].number;
			return CURLE_OK;
		}
	}
	return CURLE_UNKNOWN_OPTION;
}

static enum fetch_end end_of(const struct fetch_verdict *verdict)
{
	struct fetch_outcome outcome = {.end = FETCH_RUNNING};
	struct fetch_verdict whole = *verdict;

	if (whole.error == NULL)
		whole.error = "";
	fetch_verdict(NULL, &whole, &outcome);
	return outcome.end;
}

static void tells_apart_why_there_is_no_connection(void **state)
{
	static const struct {
		long os_error;
		enum fetch_end end;
	} rows[] = {
		{ECONNREFUSED, FETCH_CONNECTION_REFUSED},
		{ENETUNREACH, FETCH_UNREACHABLE},
		{EHOSTUNREACH, FETCH_UNREACHABLE},
		{ENETDOWN, FETCH_UNREACHABLE},
		{EHOSTDOWN, FETCH_UNREACHABLE},
		{ETIMEDOUT, FETCH_CONNECT_TIMEOUT},
		{ECONNRESET, FETCH_RESET},
		{EPIPE, FETCH_RESET},
		{0, FETCH_OTHER},
		{EINVAL, FETCH_OTHER},
	};
	static const CURLcode codes[] = {CURLE_COULDNT_CONNECT, CURLE_RECV_ERROR, CURLE_SEND_ERROR};

	(void)state;
	for (size_t i = 0; i < ROWS(rows) * ROWS(codes); i++) {
		const struct fetch_verdict verdict = {.code = codes[i % ROWS(codes)]};

		told.os_error = rows[i / ROWS(codes)].os_error;
		assert_int_equal(end_of(&verdict), rows[i / ROWS(codes)].end);
	}
}

static void without_an_error_of_the_system_ftps_connection_was_closed(void **state)
{
	const struct fetch_verdict before = {.code = CURLE_RECV_ERROR, .ftp = true};
	const struct fetch_verdict after = {
		.code = CURLE_RECV_ERROR, .ftp = true, .answered = true};

	(void)state;
	told.os_error = 0;
	assert_int_equal(end_of(&before), FETCH_NO_ANSWER);
	assert_int_equal(end_of(&after), FETCH_RESET);
}

static void tells_apart_what_is_wrong_with_a_certificate(void **state)
{
	static const struct {
		unsigned status;
		enum fetch_end end;
	} rows[] = {
		{GNUTLS_CERT_INVALID | GNUTLS_CERT_SIGNER_NOT_FOUND, FETCH_CERTIFICATE_UNKNOWN},
		{GNUTLS_CERT_INVALID | GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_EXPIRED,
		 FETCH_CERTIFICATE_UNKNOWN},
		{GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED, FETCH_CERTIFICATE_EXPIRED},
		{GNUTLS_CERT_INVALID | GNUTLS_CERT_NOT_ACTIVATED, FETCH_CERTIFICATE_EARLY},
		{GNUTLS_CERT_INVALID | GNUTLS_CERT_REVOKED, FETCH_TLS},
		{0, FETCH_CERTIFICATE_NAME},
	};
	const struct fetch_verdict verdict = {.code = CURLE_PEER_FAILED_VERIFICATION};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		told.status = (long)rows[i].status;
		assert_int_equal(end_of(&verdict), rows[i].end);
	}
}

/* What is behind a proxy is the server's, and of a SOCKS proxy no more is known than whether it was
 * connected. */
static void tells_what_befell_the_way_to_a_proxy(void **state)
{
	static const struct {
		CURLcode code;
		enum fetch_proxy proxy;
		long port;
		long connect_code;
		long status;
		long proxy_status;
		enum fetch_end end;
	} rows[] = {
		{CURLE_COULDNT_CONNECT, FETCH_PROXY_NONE, 0, 0, 0, 0, FETCH_CONNECTION_REFUSED},
		{CURLE_COULDNT_CONNECT, FETCH_PROXY_HTTP, 0, 0, 0, 0, FETCH_PROXY_AWAY},
		{CURLE_COULDNT_CONNECT, FETCH_PROXY_SOCKS, 0, 0, 0, 0, FETCH_PROXY_AWAY},
		{CURLE_OPERATION_TIMEDOUT, FETCH_PROXY_HTTP, 1, 0, 0, 0, FETCH_PROXY_AWAY},
		{CURLE_OPERATION_TIMEDOUT, FETCH_PROXY_HTTP, 1, 200, 0, 0, FETCH_CONNECT_TIMEOUT},
		{CURLE_OPERATION_TIMEDOUT, FETCH_PROXY_SOCKS, 1, 0, 0, 0, FETCH_CONNECT_TIMEOUT},
		{CURLE_SSL_CONNECT_ERROR, FETCH_PROXY_HTTP, 1, 0, 0, 0, FETCH_PROXY_TLS},
		{CURLE_SSL_CONNECT_ERROR, FETCH_PROXY_HTTP, 1, 200, 0, 0, FETCH_TLS},
		{CURLE_SSL_CONNECT_ERROR, FETCH_PROXY_SOCKS, 1, 0, 0, 0, FETCH_TLS},
		{CURLE_PEER_FAILED_VERIFICATION, FETCH_PROXY_HTTP, 1, 0, 0, EXPIRED,
		 FETCH_PROXY_TLS},
		{CURLE_PEER_FAILED_VERIFICATION, FETCH_PROXY_HTTP, 1, 0, 0, 0, FETCH_PROXY_TLS},
		{CURLE_PEER_FAILED_VERIFICATION, FETCH_PROXY_HTTP, 1, 200, 0, 0,
		 FETCH_CERTIFICATE_NAME},
		{CURLE_PEER_FAILED_VERIFICATION, FETCH_PROXY_SOCKS, 1, 0, EXPIRED, 0,
		 FETCH_CERTIFICATE_EXPIRED},
		{CURLE_GOT_NOTHING, FETCH_PROXY_HTTP, 1, 0, 0, 0, FETCH_NO_ANSWER},
	};

	(void)state;
	told.os_error = ECONNREFUSED;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fetch_verdict verdict = {.code = rows[i].code, .proxy = rows[i].proxy};

		told.port = rows[i].port;
		told.connect_code = rows[i].connect_code;
		told.status = rows[i].status;
		told.proxy_status = rows[i].proxy_status;
		assert_int_equal(end_of(&verdict), rows[i].end);
	}
}

static void claims_nothing_that_libcurl_does_not_tell(void **state)
{
	const struct fetch_verdict connection = {.code = CURLE_COULDNT_CONNECT};
	const struct fetch_verdict certificate = {.code = CURLE_PEER_FAILED_VERIFICATION};

	(void)state;
	told.fails = true;
	assert_int_equal(end_of(&connection), FETCH_OTHER);
	assert_int_equal(end_of(&certificate), FETCH_TLS);
	told.fails = false;
}

/* One code, whatever the connection was. */
static void has_an_end_for_each_error(void **state)
{
	static const struct {
		const char *error;
		CURLcode code;
		enum fetch_end end;
	} rows[] = {
		{NULL, CURLE_COULDNT_RESOLVE_HOST, FETCH_NO_HOST},
		{NULL, CURLE_COULDNT_RESOLVE_PROXY, FETCH_NO_PROXY},
		{NULL, CURLE_OPERATION_TIMEDOUT, FETCH_CONNECT_TIMEOUT},
		{NULL, CURLE_GOT_NOTHING, FETCH_NO_ANSWER},
		{NULL, CURLE_SSL_PINNEDPUBKEYNOTMATCH, FETCH_CERTIFICATE_PIN},
		{NULL, CURLE_SSL_CACERT_BADFILE, FETCH_AUTHORITIES},
		{NULL, CURLE_SSL_CERTPROBLEM, FETCH_OWN_CERTIFICATE},
		{"error reading X.509 key or certificate file: no", CURLE_SSL_CONNECT_ERROR,
		 FETCH_OWN_CERTIFICATE},
		{"gnutls_handshake() failed", CURLE_SSL_CONNECT_ERROR, FETCH_TLS},
		{"GnuTLS recv error (-12): A TLS fatal alert has been received.", CURLE_RECV_ERROR,
		 FETCH_TLS},
		{NULL, CURLE_SSL_CIPHER, FETCH_TLS},
		{NULL, CURLE_SSL_ISSUER_ERROR, FETCH_TLS},
		{NULL, CURLE_USE_SSL_FAILED, FETCH_TLS},
		{NULL, CURLE_OUT_OF_MEMORY, FETCH_NO_MEMORY},
		{NULL, CURLE_WEIRD_SERVER_REPLY, FETCH_OTHER},
		{NULL, CURLE_PARTIAL_FILE, FETCH_OTHER},
		{NULL, CURLE_LOGIN_DENIED, FETCH_OTHER},
		{NULL, CURLE_WRITE_ERROR, FETCH_OTHER},
	};

	(void)state;
	told.os_error = ECONNRESET;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fetch_verdict verdict = {.code = rows[i].code, .error = rows[i].error};

		assert_int_equal(end_of(&verdict), rows[i].end);
	}
}

/* RFC 959, section 4.2. */
static void of_ftp_the_last_reply_counts(void **state)
{
	static const struct {
		CURLcode code;
		unsigned reply;
		bool answered;
		enum fetch_end end;
	} rows[] = {
		{CURLE_LOGIN_DENIED, 331, false, FETCH_NO_LOGIN},
		{CURLE_LOGIN_DENIED, 332, false, FETCH_NO_LOGIN},
		{CURLE_LOGIN_DENIED, 530, false, FETCH_NO_LOGIN},
		{CURLE_LOGIN_DENIED, 532, false, FETCH_NO_LOGIN},
		{CURLE_REMOTE_FILE_NOT_FOUND, 550, false, FETCH_MISSING},
		{CURLE_FTP_COULDNT_RETR_FILE, 450, false, FETCH_FTP_LATER},
		{CURLE_FTP_COULDNT_RETR_FILE, 426, true, FETCH_FTP_LATER},
		{CURLE_FTP_WEIRD_PASV_REPLY, 502, false, FETCH_FTP},
		{CURLE_WEIRD_SERVER_REPLY, 0, false, FETCH_FTP},
		{CURLE_PARTIAL_FILE, 426, true, FETCH_COMPLETE},
		{CURLE_OPERATION_TIMEDOUT, 150, true, FETCH_COMPLETE},
		{CURLE_OPERATION_TIMEDOUT, 421, false, FETCH_FTP_LATER},
		{CURLE_OPERATION_TIMEDOUT, 220, false, FETCH_CONNECT_TIMEOUT},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fetch_verdict verdict = {.code = rows[i].code,
						      .ftp = true,
						      .reply = rows[i].reply,
						      .answered = rows[i].answered};

		assert_int_equal(end_of(&verdict), rows[i].end);
	}
}

static void says_it_as_the_end_of_a_sentence_and_without_secrets(void **state)
{
	static const struct {
		const char *error;
		const char *detail;
	} rows[] = {
		{"", "Failed writing received data to disk/application"},
		{"Something was wrong.\n", "Something was wrong"},
		{"...", ""},
		{"no such user:password@host", "Failed writing received data to disk/application"},
		{"Unsupported proxy syntax in 'u:secret/x'", "the setting of the proxy is wrong"},
		{"Unsupported proxy scheme for 'secret'", "the setting of the proxy is wrong"},
		{"proxy u:secret@host", "the setting of the proxy is wrong"},
		{".netrc parser error",
		 "the netrc file cannot be understood; look for a missing quotation mark"},
		{"A TLS fatal alert has been received", "it ended with an alert of the server, "
							"which may want a client's certificate"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fetch_verdict verdict = {.code = CURLE_WRITE_ERROR,
						      .error = rows[i].error};
		struct fetch_outcome outcome = {.end = FETCH_RUNNING};

		fetch_verdict(NULL, &verdict, &outcome);
		assert_string_equal(outcome.detail, rows[i].detail);
	}
}

/* libcurl takes it for a time-out. */
static void says_of_ftp_that_the_server_closes(void **state)
{
	static const struct {
		unsigned reply;
		bool ftp;
		const char *detail;
	} rows[] = {
		{421, true, "it closes the connection (421)"},
		{421, false, "Timeout was reached"},
		{220, true, "Timeout was reached"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fetch_verdict verdict = {.code = CURLE_OPERATION_TIMEDOUT,
						      .error = "",
						      .ftp = rows[i].ftp,
						      .reply = rows[i].reply};
		struct fetch_outcome outcome = {.end = FETCH_RUNNING};

		fetch_verdict(NULL, &verdict, &outcome);
		assert_string_equal(outcome.detail, rows[i].detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_apart_why_there_is_no_connection),
		cmocka_unit_test(without_an_error_of_the_system_ftps_connection_was_closed),
		cmocka_unit_test(tells_apart_what_is_wrong_with_a_certificate),
		cmocka_unit_test(tells_what_befell_the_way_to_a_proxy),
		cmocka_unit_test(claims_nothing_that_libcurl_does_not_tell),
		cmocka_unit_test(has_an_end_for_each_error),
		cmocka_unit_test(of_ftp_the_last_reply_counts),
		cmocka_unit_test(says_it_as_the_end_of_a_sentence_and_without_secrets),
		cmocka_unit_test(says_of_ftp_that_the_server_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
