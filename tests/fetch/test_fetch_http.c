/* The logic of fetch/http.c on a scripted transfer: the stream, its pauses, ranges and redirects.
 */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/http.h"
#include "pattern.h"
#include "scripted.h"

#define URL "http://user:secret@server/dir/snomD7C-1.6.1-r.bin?token=hidden"

/* One image over one scripted transfer. */
struct bench {
	struct scripted scripted;
	struct fetch_http *http;
	struct uxm_image image;
	struct uxm_failure why;
	uint64_t size;
	uint64_t position;
};

static void set_up(struct bench *bench, const char *url, uint64_t largest,
		   const struct script *scripts, size_t count)
{
	struct fetch_http_options options = {
		.url = url, .largest = largest, .deadlines = UXM_DEADLINES};

	memset(bench, 0, sizeof(*bench));
	bench->scripted.scripts = scripts;
	bench->scripted.count = count;
	options.transfer = scripted_transfer(&bench->scripted);
	assert_true(fetch_http_new(&options, &bench->http, &bench->why));
	bench->image = fetch_http_image(bench->http);
}

static void tear_down(struct bench *bench)
{
	fetch_http_free(bench->http);
	assert_false(bench->scripted.running);
}

static enum uxm_io open_image(struct bench *bench)
{
	enum uxm_io io = UXM_IO_AGAIN;

	for (int i = 0; i < 100 && io == UXM_IO_AGAIN; i++)
		io = bench->image.ops->open(bench->image.self, &bench->size, &bench->why);
	return io;
}

/* Reads pieces of `room` until something else than OK or AGAIN is said; every byte must be the
 * pattern's. */
static enum uxm_io read_image(struct bench *bench, size_t room)
{
	uint8_t *buffer = malloc(room);
	enum uxm_io io = UXM_IO_AGAIN;

	assert_non_null(buffer);
	for (int again = 0; again < 100; again++) {
		size_t got = 0;

		io = bench->image.ops->read(bench->image.self, buffer, room, &got, &bench->why);
		if (io == UXM_IO_OK) {
			assert_in_range(got, 1, room);
			assert_int_equal(pattern_match(bench->position, buffer, got), got);
			bench->position += got;
			again = 0;
		} else if (io != UXM_IO_AGAIN) {
			break;
		}
	}
	free(buffer);
	return io;
}

static enum uxm_io seek_image(struct bench *bench, uint64_t offset)
{
	enum uxm_io io = bench->image.ops->seek(bench->image.self, offset, &bench->why);

	if (io == UXM_IO_OK)
		bench->position = offset;
	return io;
}

static void assert_says(const struct uxm_failure *why, enum uxm_result result, const char *part)
{
	if (why->result != result || strstr(why->text, part) == NULL) {
		print_error("expected (%d) ...%s...\nsaid (%d) %s\n", result, part, why->result,
			    why->text);
	}
	assert_int_equal(why->result, result);
	assert_non_null(strstr(why->text, part));
	assert_null(strstr(why->text, "secret"));
	assert_null(strstr(why->text, "hidden"));
	assert_null(strstr(why->text, "user:"));
}

#define HEAD_200(length) "HTTP/1.1 200 OK\nContent-Length: " #length
#define HEAD_206(range)  "HTTP/1.1 206 Partial Content\nContent-Range: bytes " range

static void reads_the_image_and_says_its_size(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_NOTHING},
		{.kind = STEP_HEADERS, .lines = HEAD_200(100000)},
		{.kind = STEP_BODY, .length = 60000},
		{.kind = STEP_NOTHING},
		{.kind = STEP_BODY, .offset = 60000, .length = 40000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(bench.image.ops->open(bench.image.self, &bench.size, &bench.why),
			 UXM_IO_AGAIN);
	assert_int_equal(bench.size, 0);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(bench.size, 100000);
	assert_int_equal(read_image(&bench, 7000), UXM_IO_END);
	assert_int_equal(bench.position, 100000);
	assert_int_equal(read_image(&bench, 7000), UXM_IO_END);
	assert_string_equal(bench.scripted.url[0], URL);
	tear_down(&bench);
}

/* The ring holds a part only: the transfer pauses, the ring wraps, no byte is lost or doubled. */
static void holds_the_server_back_when_the_ring_is_full(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000003)},
		{.kind = STEP_BODY, .length = 1000003, .piece = 15013},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	static const size_t rooms[] = {1, 999, 16384, 100000, 262144};

	(void)state;
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		struct bench bench;

		set_up(&bench, URL, 0, scripts, 1);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, rooms[i]), UXM_IO_END);
		assert_int_equal(bench.position, 1000003);
		assert_int_equal(bench.scripted.most_held, 15013);
		tear_down(&bench);
	}
}

static void leaves_a_held_transfer_alone_until_a_block_finds_room(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000000)},
		{.kind = STEP_BODY, .length = 1000000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;
	uint8_t buffer[1024];
	size_t got = 0;
	size_t performs;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_true(fetch_http_pump(bench.http));
	performs = bench.scripted.performs;
	assert_false(fetch_http_pump(bench.http));
	for (size_t read = 0; read + sizeof(buffer) < FETCH_BLOCK; read += sizeof(buffer)) {
		assert_int_equal(bench.image.ops->read(bench.image.self, buffer, sizeof(buffer),
						       &got, &bench.why),
				 UXM_IO_OK);
		assert_false(fetch_http_pump(bench.http));
	}
	assert_int_equal(bench.scripted.performs, performs);
	assert_int_equal(
		bench.image.ops->read(bench.image.self, buffer, sizeof(buffer), &got, &bench.why),
		UXM_IO_OK);
	assert_true(fetch_http_pump(bench.http));
	assert_int_equal(bench.scripted.performs, performs + 1);
	tear_down(&bench);
}

static void says_end_only_after_the_connection_has_ended(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 10},
		{.kind = STEP_NOTHING},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;
	uint8_t buffer[100];
	size_t got = 0;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(bench.image.ops->read(bench.image.self, buffer, 100, &got, &bench.why),
			 UXM_IO_OK);
	assert_int_equal(got, 10);
	assert_int_equal(bench.image.ops->read(bench.image.self, buffer, 100, &got, &bench.why),
			 UXM_IO_AGAIN);
	assert_int_equal(bench.image.ops->read(bench.image.self, buffer, 100, &got, &bench.why),
			 UXM_IO_END);
	tear_down(&bench);
}

static void takes_a_reset_after_the_last_byte_for_the_end(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(10)},
		{.kind = STEP_BODY, .length = 10},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	tear_down(&bench);
}

static void starts_from_scratch_when_opened_again(void **state)
{
	static const struct step first[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(200)},
		{.kind = STEP_BODY, .length = 200},
		{.kind = STEP_FINISH},
	};
	static const struct step second[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(300)},
		{.kind = STEP_BODY, .length = 300},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = first}, {.steps = second}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 64), UXM_IO_END);
	bench.position = 0;
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(bench.size, 300);
	assert_int_equal(read_image(&bench, 64), UXM_IO_END);
	assert_int_equal(bench.position, 300);
	tear_down(&bench);
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

		set_up(&bench, URL, 1000, scripts, 1);
		assert_int_equal(open_image(&bench), UXM_IO_FAILED);
		assert_says(&bench.why, rows[i].result, rows[i].says);
		assert_int_equal(bench.size, 0);
		assert_int_equal(bench.scripted.performs, 1);
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

		set_up(&bench, URL, 10, scripts, 1);
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
		{FETCH_NO_MEMORY, UXM_INTERNAL, NULL, "no memory"},
		{FETCH_OTHER, UXM_FETCH_FAILED, "it rains", "failed: it rains."},
		{FETCH_OTHER, UXM_FETCH_FAILED, NULL, "no reason is known"},
		{FETCH_COMPLETE, UXM_FETCH_FAILED, NULL, "no reason is known"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step steps[] = {
			{.kind = STEP_NOTHING},
			{.kind = STEP_FINISH, .end = rows[i].end, .detail = rows[i].detail},
		};
		const struct script scripts[] = {{.steps = steps}};
		struct bench bench;

		set_up(&bench, URL, 0, scripts, 1);
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

		set_up(&bench, URL, 0, scripts, 1);
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

		set_up(&bench, URL, 0, scripts, 1);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 5000), UXM_IO_FAILED);
		assert_says(&bench.why, UXM_FETCH_FAILED,
			    "is longer than the 300000 bytes that the server announced");
		assert_true(bench.position <= 300000);
		tear_down(&bench);
	}
}

/* Opens an image of 400000 bytes, reads some, and goes to 250000, to which `lines` is the answer,
 * with the image's bytes from `offset` on. */
static enum uxm_io seek_and_read(struct bench *bench, const char *lines, uint64_t offset,
				 uint64_t length)
{
	static const struct step first[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(400000)},
		{.kind = STEP_BODY, .length = 100000},
		{.kind = STEP_FINISH, .end = FETCH_RESET},
	};
	const struct step second[] = {
		{.kind = STEP_HEADERS, .lines = lines},
		{.kind = STEP_BODY, .offset = offset, .length = length},
		{.kind = STEP_FINISH},
	};
	const struct script scripts[] = {{.steps = first}, {.steps = second}};
	enum uxm_io io;

	set_up(bench, URL, 0, scripts, 2);
	assert_int_equal(open_image(bench), UXM_IO_OK);
	assert_int_equal(read_image(bench, 30000), UXM_IO_FAILED);
	assert_int_equal(bench->position, 100000);
	assert_int_equal(seek_image(bench, 250000), UXM_IO_OK);
	io = read_image(bench, 30000);
	assert_int_equal(bench->scripted.from[1], 250000);
	assert_string_equal(bench->scripted.url[1], URL);
	tear_down(bench);
	return io;
}

static void goes_on_from_an_offset(void **state)
{
	struct bench bench;

	(void)state;
	assert_int_equal(seek_and_read(&bench,
				       HEAD_206("250000-399999/400000") "\nContent-Length: 150000",
				       250000, 150000),
			 UXM_IO_END);
	assert_int_equal(bench.position, 400000);
	/* The length of a part follows from Content-Range. */
	assert_int_equal(seek_and_read(&bench, HEAD_206("250000-399999/400000"), 250000, 150000),
			 UXM_IO_END);
	assert_int_equal(bench.position, 400000);
}

static void skips_what_comes_before_the_offset_when_the_whole_comes(void **state)
{
	struct bench bench;

	(void)state;
	assert_int_equal(seek_and_read(&bench, HEAD_200(400000), 0, 400000), UXM_IO_END);
	assert_int_equal(bench.position, 400000);
	/* Truncated before the offset is reached. */
	assert_int_equal(seek_and_read(&bench, HEAD_200(400000), 0, 200000), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "announced 400000 bytes and ended after 200000");
}

static void refuses_a_part_that_was_not_asked_for(void **state)
{
	static const struct {
		const char *lines;
		const char *says;
	} rows[] = {
		{HEAD_206("250001-399999/400000"),
		 "bytes 250001 to 399999 instead of 250000 to 399999"},
		{HEAD_206("0-399999/400000"), "bytes 0 to 399999 instead of"},
		{HEAD_206("250000-399998/400000"), "bytes 250000 to 399998 instead of"},
		{HEAD_206("250000-400000/400001"),
		 "has changed on the server while it was fetched: it had 400000 bytes and has "
		 "400001 now"},
		{HEAD_206("250000-399999/400000") "\nContent-Length: 7", "two different lengths"},
		{HEAD_206("250000-399999/400000") "\nContent-Length: x", "two different lengths"},
		{HEAD_206("250000-399999/*"), "without saying which"},
		{HEAD_206("*/400000"), "without saying which"},
		{HEAD_206("399999-250000/400000"), "without saying which"},
		{HEAD_206("250000-400000/400000"), "without saying which"},
		{HEAD_206("250000-99999999999999999999/400000"), "without saying which"},
		{HEAD_206("250000/400000"), "without saying which"},
		{HEAD_206("250000-399999"), "without saying which"},
		{HEAD_206("250000-399999/400000 "
			  "x"),
		 "without saying which"},
		{"HTTP/1.1 206 P\nContent-Range: lines 250000-399999/400000",
		 "without saying which"},
		{"HTTP/1.1 206 P\nContent-Range: bytes", "without saying which"},
		{"HTTP/1.1 206 P\nContent-Type: multipart/byteranges", "without saying which"},
		{HEAD_206("250000-399999/400000") "\nContent-Encoding: br", "encoded (br)"},
		{HEAD_200(400001), "has changed"},
		{HEAD_200(0), "it had 400000 bytes and has 0 now"},
		{"HTTP/1.1 416 No\nContent-Range: bytes */1000", "and has 1000 now"},
		{"HTTP/1.1 416 No", "(416 No)"},
		{"HTTP/1.1 404 Not Found", "(404 Not Found)"},
	};
	struct bench bench;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(seek_and_read(&bench, rows[i].lines, 250000, 150000),
				 UXM_IO_FAILED);
		assert_says(&bench.why, UXM_FETCH_FAILED, rows[i].says);
		assert_int_equal(bench.position, 250000);
	}
}

static void seeks_without_asking_where_nothing_is_to_come(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000)},
		{.kind = STEP_BODY, .length = 1000},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = steps}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 1);
	assert_int_equal(seek_image(&bench, 0), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_INTERNAL, "from byte 0 on");
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(seek_image(&bench, 0), UXM_IO_OK);
	assert_int_equal(seek_image(&bench, 1001), UXM_IO_FAILED);
	assert_int_equal(seek_image(&bench, 1000), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_int_equal(bench.scripted.starts, 1);
	tear_down(&bench);
}

static void refuses_to_read_before_it_is_open(void **state)
{
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, NULL, 0);
	assert_int_equal(read_image(&bench, 100), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_INTERNAL, "before it was opened");
	tear_down(&bench);
}

static void says_when_a_transfer_cannot_be_started(void **state)
{
	static const struct step steps[] = {
		{.kind = STEP_HEADERS, .lines = HEAD_200(1000)},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {
		{.start = FETCH_NO_MEMORY}, {.steps = steps}, {.start = FETCH_NO_MEMORY}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 3);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_INTERNAL, "no memory");
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(seek_image(&bench, 500), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_INTERNAL, "no memory");
	tear_down(&bench);
}

#define REDIRECT(to)                                                                               \
	{                                                                                          \
		.steps = (const struct step[])                                                     \
		{                                                                                  \
			{.kind = STEP_HEADERS, .lines = "HTTP/1.1 302 Found\nLocation: " to},      \
				{.kind = STEP_FINISH},                                             \
		}                                                                                  \
	}
#define ARRIVES                                                                                    \
	{                                                                                          \
		.steps = (const struct step[])                                                     \
		{                                                                                  \
			{.kind = STEP_HEADERS, .lines = HEAD_200(10)},                             \
				{.kind = STEP_BODY, .length = 10}, {.kind = STEP_FINISH},          \
		}                                                                                  \
	}

/* Who asks is told to the same server only. */
static void follows_redirects_with_the_password_kept_at_home(void **state)
{
	const struct script scripts[] = {
		REDIRECT("../other/x.bin"), REDIRECT("HTTP://SERVER:80/a b.bin"),
		REDIRECT("//mirror/y.bin"), REDIRECT("https://server/z.bin"),
		REDIRECT("/last.bin"),      ARRIVES,
	};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 6);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_string_equal(bench.scripted.url[1], "http://user:secret@server/other/x.bin");
	assert_string_equal(bench.scripted.url[2], "http://user:secret@SERVER:80/a%20b.bin");
	assert_string_equal(bench.scripted.url[3], "http://mirror/y.bin");
	assert_string_equal(bench.scripted.url[4], "https://server/z.bin");
	assert_string_equal(bench.scripted.url[5], "https://server/last.bin");
	tear_down(&bench);
}

static void refuses_the_sixth_redirect(void **state)
{
	const struct script scripts[] = {
		REDIRECT("/1"), REDIRECT("/2"), REDIRECT("/3"),
		REDIRECT("/4"), REDIRECT("/5"), REDIRECT("/6"),
	};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 6);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "more than 5 times");
	assert_int_equal(bench.scripted.starts, 6);
	tear_down(&bench);
}

static void refuses_a_redirect_from_https_to_http(void **state)
{
	const struct script scripts[] = {
		REDIRECT("https://server/2"),
		REDIRECT("http://server/3"),
	};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 2);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED,
		    "redirects https://server/2 from https to http, which is not followed");
	tear_down(&bench);
}

static void asks_the_first_url_again_after_a_seek(void **state)
{
	const struct script scripts[] = {
		REDIRECT("/moved"),
		ARRIVES,
		REDIRECT("/elsewhere"),
		{.steps =
			 (const struct step[]){
				 {.kind = STEP_HEADERS, .lines = HEAD_206("4-9/10")},
				 {.kind = STEP_BODY, .offset = 4, .length = 6},
				 {.kind = STEP_FINISH},
			 }},
	};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 4);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(seek_image(&bench, 4), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 100), UXM_IO_END);
	assert_int_equal(bench.position, 10);
	assert_string_equal(bench.scripted.url[2], URL);
	assert_int_equal(bench.scripted.from[2], 4);
	assert_int_equal(bench.scripted.from[3], 4);
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_image_and_says_its_size),
		cmocka_unit_test(holds_the_server_back_when_the_ring_is_full),
		cmocka_unit_test(leaves_a_held_transfer_alone_until_a_block_finds_room),
		cmocka_unit_test(says_end_only_after_the_connection_has_ended),
		cmocka_unit_test(takes_a_reset_after_the_last_byte_for_the_end),
		cmocka_unit_test(starts_from_scratch_when_opened_again),
		cmocka_unit_test(refuses_responses_that_bring_no_image),
		cmocka_unit_test(takes_what_is_allowed_to_differ),
		cmocka_unit_test(names_what_befell_the_connection),
		cmocka_unit_test(names_what_befell_the_body),
		cmocka_unit_test(refuses_a_body_that_is_longer_than_announced),
		cmocka_unit_test(goes_on_from_an_offset),
		cmocka_unit_test(skips_what_comes_before_the_offset_when_the_whole_comes),
		cmocka_unit_test(refuses_a_part_that_was_not_asked_for),
		cmocka_unit_test(seeks_without_asking_where_nothing_is_to_come),
		cmocka_unit_test(refuses_to_read_before_it_is_open),
		cmocka_unit_test(says_when_a_transfer_cannot_be_started),
		cmocka_unit_test(follows_redirects_with_the_password_kept_at_home),
		cmocka_unit_test(refuses_the_sixth_redirect),
		cmocka_unit_test(refuses_a_redirect_from_https_to_http),
		cmocka_unit_test(asks_the_first_url_again_after_a_seek),
	};

	return cmocka_run_group_tests_name("fetch/http", tests, NULL, NULL);
}
