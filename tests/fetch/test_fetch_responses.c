/* What fetch/http.c says to responses, ends and bodies that bring no image. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "bench.h"

/* At most `largest` bytes, and every failure is the last one. */
static void set_up_once(struct bench *bench, uint64_t largest, const struct script *scripts)
{
	struct fetch_http_options options = bench_options();

	options.largest = largest;
	options.deadlines.retries = 0;
	set_up_with(bench, &options, scripts, 1);
}

/* Responses to the first request that are refused before a byte is taken. */
static void refuses_responses_that_bring_no_image(void **state)
{
	static const struct {
		const char *lines;
		enum uxm_result result;
		const char *says;
	} rows[] = {
		{"HTTP/1.1 404 Not Found", UXM_FETCH_FAILED,
		 "The server has no http://server/dir/snomD7C-1.6.1-r.bin?... (404 Not Found)"},
		{"HTTP/1.1 404", UXM_FETCH_FAILED, "(404); check the URL"},
		{"HTTP/1.1 401 Unauthorized", UXM_FETCH_FAILED, "check user and password"},
		{"HTTP/1.1 403 Forbidden", UXM_FETCH_FAILED, "does not permit"},
		{"HTTP/1.1 407 No", UXM_FETCH_FAILED,
		 "The proxy does not permit http://server/dir/snomD7C-1.6.1-r.bin?... (407 Proxy "
		 "Authentication Required); check user and password in the proxy setting."},
		{"HTTP/1.1 502 from the proxy", UXM_FETCH_FAILED,
		 "The proxy made no connection to the server of "
		 "http://server/dir/snomD7C-1.6.1-r.bin?... (502); check the URL and the proxy."},
		{"HTTP/1.1 403 from the proxy", UXM_FETCH_FAILED, "The proxy made no connection"},
		{"HTTP/1.1 410 Gone", UXM_FETCH_FAILED, "refuses http://server/"},
		{"HTTP/1.1 416 No", UXM_FETCH_FAILED, "(416 No)"},
		{"HTTP/1.1 500 Internal Server Error", UXM_FETCH_FAILED,
		 "failed to send http://server/dir/snomD7C-1.6.1-r.bin?... (500 Internal Server "
		 "Error); try again later"},
		{"HTTP/1.1 204 No Content", UXM_FETCH_FAILED, "status 204 No Content"},
		{"HTTP/1.1 300 Choices\nLocation: /x", UXM_FETCH_FAILED, "status 300 Choices"},
		{"HTTP/1.1 304 Not Modified", UXM_FETCH_FAILED, "status 304"},
		{HEAD_206("0-9/10") "\nContent-Length: 10", UXM_FETCH_FAILED, "status 206"},
		{"HTTP/1.1 200 OK", UXM_FETCH_FAILED, "does not say how long"},
		{HEAD_200(10) "\nTransfer-Encoding: chunked", UXM_FETCH_FAILED, "in chunks"},
		{"HTTP/1.1 200 OK\nTransfer-Encoding: chunked", UXM_FETCH_FAILED, "in chunks"},
		{HEAD_200(many), UXM_FETCH_FAILED, "cannot be understood"},
		{HEAD_200(-1), UXM_FETCH_FAILED, "cannot be understood"},
		{HEAD_200(99999999999999999999), UXM_FETCH_FAILED, "cannot be understood"},
		{HEAD_200(10) "\nContent-Length: 11", UXM_FETCH_FAILED, "cannot be understood"},
		{HEAD_200(0), UXM_IMAGE_REFUSED, "is empty"},
		{HEAD_200(1001), UXM_IMAGE_REFUSED,
		 "too large: it has 1001 bytes, and at most 1000 are taken"},
		{HEAD_200(10) "\nContent-Encoding: gzip", UXM_FETCH_FAILED, "encoded (gzip)"},
		{"HTTP/1.1 302 Found", UXM_FETCH_FAILED, "no URL"},
		{"HTTP/1.1 302 Found\nLocation:", UXM_FETCH_FAILED, "no URL"},
		{"HTTP/1.1 302 Found\nLocation: http://", UXM_FETCH_FAILED, "no URL"},
		{"HTTP/1.1 302 Found\nLocation: http://a b:c/", UXM_FETCH_FAILED, "no URL"},
		{"HTTP/1.1 302 Found\nLocation: file:///etc/passwd", UXM_FETCH_FAILED,
		 "redirects http://server/dir/snomD7C-1.6.1-r.bin?... to file:"},
		{"HTTP/1.1 307 Go\nLocation: FTP://server/x", UXM_FETCH_FAILED, "to ftp:"},
		{"HTTP/1.1 308 Go\nLocation: data:text/plain,x", UXM_FETCH_FAILED, "no URL"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step steps[] = {
			{.kind = STEP_HEADERS, .lines = rows[i].lines},
			{.kind = STEP_BODY, .length = 10},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = steps}};
		struct bench bench;

		set_up_once(&bench, 1000, scripts);
		assert_int_equal(open_image(&bench), UXM_IO_FAILED);
		assert_says(&bench.why, rows[i].result, rows[i].says);
		assert_int_equal(bench.size, 0);
		assert_int_equal(bench.scripted.performs, 1);
		assert_null(strstr(bench.why.text, "Tried"));
		tear_down(&bench);
	}
}

static void takes_what_is_allowed_to_differ(void **state)
{
	static const char *const lines[] = {
		"HTTP/1.0 200 Fine\ncontent-length:\t10 ",
		"HTTP/1.1 200 OK\nContent-Length: 10\nContent-Length: 10",
		"HTTP/1.1 200 OK\nContent-Length: 0010\nContent-Encoding: Identity",
		"HTTP/1.1 103 Early Hints\nContent-Length: 3\n\nHTTP/1.1 200\nContent-Length: 10",
		"HTTP/1.1 200 OK\nContent-Length: 10\nno colon\nX: \xff\xfe\n folded: 3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct step steps[] = {
			{.kind = STEP_HEADERS, .lines = lines[i]},
			{.kind = STEP_BODY, .length = 10},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = steps}};
		struct bench bench;

		set_up_once(&bench, 10, scripts);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 100), UXM_IO_END);
		assert_int_equal(bench.position, 10);
		tear_down(&bench);
	}
}

/* Ends of a transfer without a response. */
static void names_what_befell_the_connection(void **state)
{
	static const struct {
		enum fetch_end end;
		enum uxm_result result;
		const char *detail;
		const char *says;
	} rows[] = {
		{FETCH_NO_HOST, UXM_FETCH_FAILED, NULL, "name of the server in http://server/"},
		{FETCH_NO_PROXY, UXM_FETCH_FAILED, NULL, "name of the proxy"},
		{FETCH_PROXY_AWAY, UXM_FETCH_FAILED, "no way",
		 "cannot be reached (no way); check the proxy setting"},
		{FETCH_PROXY_TLS, UXM_FETCH_FAILED, "bad record", "secure connection to the proxy"},
		{FETCH_CONNECTION_REFUSED, UXM_FETCH_FAILED, NULL, "was refused; check the port"},
		{FETCH_UNREACHABLE, UXM_FETCH_FAILED, NULL, "no route"},
		{FETCH_CONNECT_TIMEOUT, UXM_FETCH_FAILED, "after 3 ms", "in time: after 3 ms."},
		{FETCH_RESET, UXM_FETCH_FAILED, NULL, "reset the connection before it answered"},
		{FETCH_NO_ANSWER, UXM_FETCH_FAILED, NULL, "without an answer"},
		{FETCH_HEADERS_TOO_LARGE, UXM_FETCH_FAILED, NULL, "more than 65536 bytes of head"},
		{FETCH_CERTIFICATE_EXPIRED, UXM_FETCH_FAILED, NULL, "has expired"},
		{FETCH_CERTIFICATE_EARLY, UXM_FETCH_FAILED, NULL, "not valid yet"},
		{FETCH_CERTIFICATE_NAME, UXM_FETCH_FAILED, NULL, "for another name"},
		{FETCH_CERTIFICATE_UNKNOWN, UXM_FETCH_FAILED, NULL, "trusted authority"},
		{FETCH_AUTHORITIES, UXM_FETCH_FAILED, "no file", "cannot be read: no file."},
		{FETCH_TLS, UXM_FETCH_FAILED, "bad record", "No secure connection"},
		{FETCH_CERTIFICATE_PIN, UXM_FETCH_FAILED, NULL, "than the one that is pinned"},
		{FETCH_OWN_CERTIFICATE, UXM_FETCH_FAILED, "no key", "cannot be used: no key."},
		{FETCH_MISSING, UXM_FETCH_FAILED, NULL, "The server has no http://server/"},
		{FETCH_NO_LOGIN, UXM_FETCH_FAILED, "530", "(530); check user and password"},
		{FETCH_FTP, UXM_FETCH_FAILED, "553", "refuses http://server/"},
		{FETCH_FTP_LATER, UXM_FETCH_FAILED, "421 Busy", ": 421 Busy; try again later."},
		{FETCH_NO_MEMORY, UXM_INTERNAL, NULL, "no memory"},
		{FETCH_OTHER, UXM_FETCH_FAILED, "it rains", "failed: it rains."},
		{FETCH_OTHER, UXM_FETCH_FAILED, NULL, "no reason is known"},
		{FETCH_COMPLETE, UXM_FETCH_FAILED, "9 missing",
		 "is truncated: nothing more of it came (9 missing)."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step steps[] = {
			{.kind = STEP_NOTHING},
			{.kind = STEP_FINISH, .end = rows[i].end, .detail = rows[i].detail},
		};
		const struct script scripts[] = {{.steps = steps}};
		struct bench bench;

		set_up_once(&bench, 0, scripts);
		assert_int_equal(open_image(&bench), UXM_IO_FAILED);
		assert_says(&bench.why, rows[i].result, rows[i].says);
		tear_down(&bench);
	}
}

/* Bodies that are not what was announced: what came is handed out, then the failure is said. */
static void names_what_befell_the_body(void **state)
{
	static const struct {
		uint64_t comes;
		enum fetch_end end;
		enum uxm_result result;
		const char *says;
	} rows[] = {
		{299999, FETCH_COMPLETE, UXM_FETCH_FAILED,
		 "is truncated: the server announced 300000 bytes and ended after 299999."},
		{0, FETCH_COMPLETE, UXM_FETCH_FAILED, "ended after 0."},
		{1234, FETCH_RESET, UXM_FETCH_FAILED, "reset after 1234 of 300000 bytes of http:"},
		{1234, FETCH_TLS, UXM_FETCH_FAILED, "broke off after 1234 of 300000 bytes: odd."},
		{1234, FETCH_NO_MEMORY, UXM_INTERNAL, "no memory to go on"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step steps[] = {
			{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
			{.kind = STEP_BODY, .length = rows[i].comes},
			{.kind = STEP_FINISH, .end = rows[i].end, .detail = "odd"},
		};
		const struct script scripts[] = {{.steps = steps}};
		struct bench bench;

		set_up_once(&bench, 0, scripts);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 500), UXM_IO_FAILED);
		assert_says(&bench.why, rows[i].result, rows[i].says);
		assert_int_equal(bench.position, rows[i].comes);
		assert_int_equal(read_image(&bench, 500), UXM_IO_FAILED);
		tear_down(&bench);
	}
}

static void refuses_a_body_that_is_longer_than_announced(void **state)
{
	static const uint64_t lengths[] = {300001, 316384, 1000000};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const struct step steps[] = {
			{.kind = STEP_HEADERS, .lines = HEAD_200(300000)},
			{.kind = STEP_BODY, .length = lengths[i]},
			{.kind = STEP_FINISH},
		};
		const struct script scripts[] = {{.steps = steps}};
		struct bench bench;

		set_up_once(&bench, 0, scripts);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 5000), UXM_IO_FAILED);
		assert_says(&bench.why, UXM_FETCH_FAILED,
			    "is longer than the 300000 bytes that the server announced");
		assert_true(bench.position <= 300000);
		tear_down(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_responses_that_bring_no_image),
		cmocka_unit_test(takes_what_is_allowed_to_differ),
		cmocka_unit_test(names_what_befell_the_connection),
		cmocka_unit_test(names_what_befell_the_body),
		cmocka_unit_test(refuses_a_body_that_is_longer_than_announced),
	};

	return cmocka_run_group_tests_name("fetch/responses", tests, NULL, NULL);
}
