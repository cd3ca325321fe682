/* Parts of an image that are asked for by a seek, and redirects on the way to it. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "bench.h"

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
	struct fetch_http_options options = bench_options();
	enum uxm_io io;

	options.deadlines.retries = 0;
	set_up_with(bench, &options, scripts, 2);
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
		{"HTTP/1.1 416 No\nContent-Range: bytes */400000", "(416 No)"},
		{"HTTP/1.1 412 Precondition Failed",
		 "has changed on the server while it was fetched; start again."},
		{"HTTP/1.1 404 Not Found", "(404 Not Found)"},
		{"HTTP/1.1 500 Oh", "(500 Oh)"},
		{"HTTP/1.1 304 Not Modified", "status 304"},
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
		cmocka_unit_test(goes_on_from_an_offset),
		cmocka_unit_test(skips_what_comes_before_the_offset_when_the_whole_comes),
		cmocka_unit_test(refuses_a_part_that_was_not_asked_for),
		cmocka_unit_test(follows_redirects_with_the_password_kept_at_home),
		cmocka_unit_test(refuses_the_sixth_redirect),
		cmocka_unit_test(refuses_a_redirect_from_https_to_http),
		cmocka_unit_test(asks_the_first_url_again_after_a_seek),
	};

	return cmocka_run_group_tests_name("fetch/ranges", tests, NULL, NULL);
}
