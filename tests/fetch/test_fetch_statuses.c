/* What a server answers before a body, and what cannot be asked at all. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reader.h"

static void refuses_before_the_body(void **state)
{
	static const struct {
		const char *path;
		const char *says;
		enum uxm_result result;
		bool lasting;
	} rows[] = {
		{"/404/a.bin", "/404/a.bin (404 Not Found)", UXM_FETCH_FAILED, true},
		{"/plain/missing.bin", "/plain/missing.bin (404 Not Found)", UXM_FETCH_FAILED,
		 true},
		{"/403/a.bin", "(403 Forbidden); check user and password", UXM_FETCH_FAILED, true},
		{"/user/other/one/gen/5/a.bin", "(401 Unauthorized)", UXM_FETCH_FAILED, true},
		{"/410/a.bin", "(410 Gone)", UXM_FETCH_FAILED, true},
		{"/500/a.bin", "(500 Internal Server Error); try again later", UXM_FETCH_FAILED,
		 false},
		{"/418/a.bin", "(418)", UXM_FETCH_FAILED, true},
		{"/204/a.bin", "status 204", UXM_FETCH_FAILED, false},
		{"/206/a.bin", "status 206", UXM_FETCH_FAILED, false},
		{"/nolength/gen/5000/a.bin", "does not say how long", UXM_FETCH_FAILED, false},
		{"/chunked/gen/5000/a.bin", "in chunks", UXM_FETCH_FAILED, false},
		{"/badlength/gen/5000/a.bin", "cannot be understood", UXM_FETCH_FAILED, false},
		{"/twolengths/gen/5000/a.bin", "cannot be understood", UXM_FETCH_FAILED, false},
		{"/gzip/gen/5000/a.bin", "encoded (gzip)", UXM_FETCH_FAILED, false},
		{"/empty/a.bin", "a.bin is empty", UXM_IMAGE_REFUSED, false},
		{"/gen/10001/a.bin", "10001 bytes, and at most 10000", UXM_IMAGE_REFUSED, false},
		{"/loop/a.bin", "more than 5 times", UXM_FETCH_FAILED, false},
		{"/hops/6/gen/5/a.bin", "more than 5 times", UXM_FETCH_FAILED, false},
		{"/nowhere/a.bin", "no URL", UXM_FETCH_FAILED, false},
		{"/tofile/etc/passwd", "to file:, which is not followed", UXM_FETCH_FAILED, false},
		{"/toftp/a.bin", "to ftp:, which is not followed", UXM_FETCH_FAILED, false},
		{"/headers/endless", "more than 65536 bytes of headers", UXM_FETCH_FAILED, false},
		{"/headers/none", "closed the connection without an answer", UXM_FETCH_FAILED,
		 false},
		{"/headers/reset", "reset the connection before it answered", UXM_FETCH_FAILED,
		 false},
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {
			.url = reader_python_url(servers, rows[i].path, url), .largest = 10000};
		struct reader reader;

		reader_set_up(&reader, &options);
		if (reader_open(&reader) != UXM_IO_FAILED)
			fail_msg("%s was accepted", rows[i].path);
		reader_said(&reader.why, rows[i].result, rows[i].says);
		assert_int_equal(reader.size, 0);
		assert_int_equal(reader.why.lasting, rows[i].lasting);
		reader_tear_down(&reader);
	}
}

static void follows_no_redirect_from_https_to_http(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	char path[96];
	struct fetch_options options = {.url = url,
					.trust = {.ca_file = reader_authority(servers, path)}};
	struct reader reader;

	snprintf(url, sizeof(url),
		 "https://127.0.0.1:%u/redirect?to=http://127.0.0.1:%u/gen/5/a.bin",
		 servers->python_tls, servers->python);
	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED, "from https to http, which is not followed");
	reader_tear_down(&reader);

	/* The other way round is an improvement. */
	snprintf(url, sizeof(url),
		 "http://127.0.0.1:%u/redirect?to=https://127.0.0.1:%u/gen/5/a.bin",
		 servers->python, servers->python_tls);
	reader_set_up(&reader, &options);
	assert_int_equal(reader_all(&reader), UXM_IO_END);
	reader_tear_down(&reader);
}

static void can_be_opened_again_after_a_failure(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {
		.url = reader_python_url(servers, "/once500/gen/70000/a.bin", url)};
	struct reader reader;

	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	assert_int_equal(reader_all(&reader), UXM_IO_END);
	reader.position = 0;
	assert_int_equal(reader_all(&reader), UXM_IO_END);
	assert_int_equal(reader.position, 70000);
	reader_tear_down(&reader);
}

static void says_what_cannot_be_connected(void **state)
{
	unsigned port = 0;
	int listener = servers_listen(1, &port);
	char url[512];
	struct fetch_options options = {.url = url};
	struct reader reader;

	(void)state;
	assert_true(listener >= 0);
	close(listener);
	snprintf(url, sizeof(url), "http://user:secret@127.0.0.1:%u/a.bin", port);
	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED, "was refused; check the port");
	reader_tear_down(&reader);

	/* RFC 6761, section 6.4: there will never be such a name. */
	snprintf(url, sizeof(url), "http://user:secret@nosuch.invalid/a.bin");
	reader_set_up(&reader, &options);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED,
		    "The name of the server in http://nosuch.invalid/a.bin was not found");
	reader_tear_down(&reader);
}

/* Linux drops the SYN for a listener whose queue is full. */
static void gives_up_connecting_in_time(void **state)
{
	unsigned port = 0;
	int listener = servers_listen(0, &port);
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fillers[4];
	char url[512];
	struct fetch_options options = {.url = url, .deadlines = {.connect = 300}};
	struct reader reader;
	uint64_t start;

	(void)state;
	assert_true(listener >= 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	for (int i = 0; i < 4; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		assert_true(fillers[i] >= 0);
		(void)connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/a.bin", port);
	reader_set_up(&reader, &options);
	start = reader_now();
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_said(&reader.why, UXM_FETCH_FAILED, "could not be reached in time");
	assert_in_range(reader_now() - start, 250, 3000);
	reader_tear_down(&reader);
	for (int i = 0; i < 4; i++)
		close(fillers[i]);
	close(listener);
}

/* In a network of its own, without an interface that is up; told by its exit status. */
static void says_when_there_is_no_route(void **state)
{
	struct fetch_options options = {.url = "http://192.0.2.1/a.bin"};
	int status = 0;
	pid_t process;

	(void)state;
	process = fork();
	if (process == 0) {
		struct reader reader;

		if (unshare(CLONE_NEWNET) != 0)
			_exit(77);
		reader_set_up(&reader, &options);
		if (reader_open(&reader) != UXM_IO_FAILED)
			_exit(1);
		status = strstr(reader.why.text, "There is no route to the server of "
						 "http://192.0.2.1/a.bin") == NULL;
		if (status != 0)
			fprintf(stderr, "%s\n", reader.why.text);
		reader_tear_down(&reader);
		_exit(status);
	}
	assert_true(process > 0);
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void asks_as_documented(void **state)
{
	unsigned port = 0;
	int listener = servers_listen(1, &port);
	char request[4096] = "";
	char url[512];
	struct fetch_options options = {.url = url};
	struct reader reader;
	int connection;

	(void)state;
	assert_true(listener >= 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/a.bin", port);
	reader_set_up(&reader, &options);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(
			reader.image.ops->open(reader.image.self, &reader.size, &reader.why),
			UXM_IO_AGAIN);
		reader_sleep(&reader, 10);
	}
	connection = accept(listener, NULL, NULL);
	assert_true(connection >= 0);
	assert_true(recv(connection, request, sizeof(request) - 1, 0) > 0);
	assert_memory_equal(request, "GET /a.bin HTTP/1.1\r\n", 21);
	assert_non_null(strstr(request, "\r\nUser-Agent: uxm/" UXM_PROGRAM_VERSION "\r\n"));
	assert_non_null(strstr(request, "\r\nConnection: close\r\n"));
	assert_non_null(strstr(request, "\r\nAccept-Encoding: identity\r\n"));
	assert_null(strstr(request, "Range:"));
	close(connection);
	close(listener);
	assert_int_equal(reader_open(&reader), UXM_IO_FAILED);
	reader_tear_down(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_before_the_body),
		cmocka_unit_test(follows_no_redirect_from_https_to_http),
		cmocka_unit_test(can_be_opened_again_after_a_failure),
		cmocka_unit_test(says_what_cannot_be_connected),
		cmocka_unit_test(gives_up_connecting_in_time),
		cmocka_unit_test(says_when_there_is_no_route),
		cmocka_unit_test(asks_as_documented),
	};

	return cmocka_run_group_tests_name("fetch, statuses", tests, reader_start, reader_stop);
}
