/* Connections that break, and servers that ask to come later: the image goes on where it stopped.
 */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define CUTS_MOST 24
#define ETAG      "\"one\""

/* A server that sends `piece` bytes on each connection and then resets it, `cuts` times. */
struct cutter {
	char lines[CUTS_MOST + 1][256];
	struct step steps[CUTS_MOST + 1][3];
	struct script scripts[CUTS_MOST + 1];
};

static void make_cutter(struct cutter *cutter, uint64_t size, uint64_t piece, unsigned cuts)
{
	memset(cutter, 0, sizeof(*cutter));
	assert_true(cuts <= CUTS_MOST && cuts * piece < size);
	for (unsigned i = 0; i <= cuts; i++) {
		unsigned long long from = i * piece;
		unsigned long long all = size;

		if (i == 0)
			snprintf(cutter->lines[i], sizeof(cutter->lines[i]),
				 "HTTP/1.1 200 OK\nContent-Length: %llu\nETag: " ETAG, all);
		else
			snprintf(cutter->lines[i], sizeof(cutter->lines[i]),
				 "HTTP/1.1 206 Part\nContent-Range: bytes "
				 "%llu-%llu/%llu\nETag: " ETAG,
				 from, all - 1, all);
		cutter->steps[i][0] = (struct step){STEP_HEADERS, .lines = cutter->lines[i]};
		cutter->steps[i][1] = (struct step){
			STEP_BODY,
			.offset = from,
			.length = i < cuts ? piece : size - from,
			.piece = 15013,
		};
		cutter->steps[i][2] =
			(struct step){STEP_FINISH, .end = i < cuts ? FETCH_RESET : FETCH_COMPLETE};
		cutter->scripts[i].steps = cutter->steps[i];
	}
}

static void twenty_cuts_fetch_no_byte_twice(void **state)
{
	static const size_t rooms[] = {500, 16384, 262144};
	static struct cutter cutter;

	(void)state;
	make_cutter(&cutter, 1000003, 47777, 20);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		struct bench bench;

		set_up(&bench, URL, 0, cutter.scripts, 21);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, rooms[i]), UXM_IO_END);
		assert_int_equal(bench.position, 1000003);
		assert_int_equal(bench.scripted.offered, 1000003);
		assert_int_equal(bench.scripted.starts, 21);
		assert_int_equal(bench.remarks, 20);
		assert_string_equal(bench.scripted.if_range[0], "");
		for (size_t cut = 1; cut <= 20; cut++) {
			assert_int_equal(bench.scripted.from[cut], cut * 47777);
			assert_string_equal(bench.scripted.if_range[cut], ETAG);
			assert_string_equal(bench.scripted.url[cut], URL);
		}
		tear_down(&bench);
	}
}

/* 65,536 bytes of five connections begin a new row, 65,530 do not. */
static void counts_over_after_64_kib_of_new_bytes(void **state)
{
	static struct cutter cutter;
	struct bench bench;

	(void)state;
	make_cutter(&cutter, 1000003, 13108, 24);
	set_up(&bench, URL, 0, cutter.scripts, 25);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 5000), UXM_IO_END);
	assert_int_equal(bench.scripted.starts, 25);
	tear_down(&bench);

	make_cutter(&cutter, 1000003, 10922, 24);
	set_up(&bench, URL, 0, cutter.scripts, 25);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 5000), UXM_IO_FAILED);
	assert_int_equal(bench.position, 6 * 10922);
	assert_int_equal(bench.scripted.starts, 6);
	assert_says(&bench.why, UXM_FETCH_FAILED,
		    "The connection was reset after 65532 of 1000003 bytes of http://server/dir/"
		    "snomD7C-1.6.1-r.bin?.... Tried 6 times.");
	tear_down(&bench);
}

static void waits_longer_each_time_by_the_seed(void **state)
{
	static const uint64_t middles[] = {250, 1000, 4000, 16000, 30000};
	const struct step reset[] = {{.kind = STEP_FINISH, .end = FETCH_RESET}};
	const struct script scripts[] = {{.steps = reset}, {.steps = reset}, {.steps = reset},
					 {.steps = reset}, {.steps = reset}, {.steps = reset}};
	struct fetch_http_options options = bench_options();
	uint64_t pauses[3][5];

	(void)state;
	for (size_t run = 0; run < 3; run++) {
		struct bench bench;

		options.seed = run < 2 ? 99 : 98;
		set_up_with(&bench, &options, scripts, 6);
		assert_int_equal(open_image(&bench), UXM_IO_FAILED);
		assert_says(&bench.why, UXM_FETCH_FAILED, "before it answered. Tried 6 times.");
		assert_int_equal(bench.scripted.starts, 6);
		for (size_t i = 0; i < 5; i++) {
			pauses[run][i] = bench.scripted.started[i + 1] - bench.scripted.started[i];
			assert_in_range(pauses[run][i], middles[i] / 2, middles[i] * 3 / 2);
		}
		tear_down(&bench);
	}
	assert_memory_equal(pauses[0], pauses[1], sizeof(pauses[0]));
	assert_memory_not_equal(pauses[0], pauses[2], sizeof(pauses[0]));
}

static const struct step half[] = {
	{.kind = STEP_HEADERS, .lines = HEAD_200(60000)},
	{.kind = STEP_BODY, .length = 20000},
	{.kind = STEP_FINISH, .end = FETCH_RESET},
};
static const struct step rest[] = {
	{.kind = STEP_HEADERS, .lines = HEAD_206("20000-59999/60000")},
	{.kind = STEP_BODY, .offset = 20000, .length = 40000},
	{.kind = STEP_FINISH},
};

/* What befalls the connection in the middle, and what is remarked on. */
static void goes_on_after_whatever_passes(void **state)
{
	static const struct {
		enum fetch_end end;
		const char *lines; /* instead of it: a response */
		const char *says;
	} rows[] = {
		{FETCH_COMPLETE, NULL, "ended the connection without an answer"},
		{FETCH_RESET, NULL, "ended the connection without an answer"},
		{FETCH_NO_ANSWER, NULL, "ended the connection without an answer"},
		{FETCH_OTHER, NULL, "ended the connection without an answer"},
		{FETCH_NO_HOST, NULL, "cannot be reached"},
		{FETCH_NO_PROXY, NULL, "cannot be reached"},
		{FETCH_PROXY_AWAY, NULL, "cannot be reached"},
		{FETCH_PROXY_TLS, NULL, "cannot be reached"},
		{FETCH_CONNECTION_REFUSED, NULL, "cannot be reached"},
		{FETCH_UNREACHABLE, NULL, "cannot be reached"},
		{FETCH_CONNECT_TIMEOUT, NULL, "cannot be reached"},
		{FETCH_TLS, NULL, "cannot be reached"},
		{FETCH_FTP_LATER, NULL, "cannot send now"},
		{FETCH_RUNNING, "HTTP/1.1 408 Slow", "answered with 408 Slow; trying again in "},
		{FETCH_RUNNING, "HTTP/1.1 425", "answered with 425; trying again in "},
		{FETCH_RUNNING, "HTTP/1.1 429 Too Many", "answered with 429 Too Many;"},
		{FETCH_RUNNING, "HTTP/1.1 500 Oh", "answered with 500 Oh;"},
		{FETCH_RUNNING, "HTTP/1.1 503 Busy\nContent-Length: 9", "answered with 503 Busy;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step ends[] = {{.kind = STEP_FINISH, .end = rows[i].end}};
		const struct step says[] = {{.kind = STEP_HEADERS, .lines = rows[i].lines},
					    {.kind = STEP_FINISH}};
		const struct script scripts[] = {
			{.steps = half},
			{.steps = rows[i].lines != NULL ? says : ends},
			{.steps = rest},
		};
		struct bench bench;

		set_up(&bench, URL, 0, scripts, 3);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 7000), UXM_IO_END);
		assert_int_equal(bench.position, 60000);
		assert_int_equal(bench.remarks, 2);
		assert_text(bench.remark[0],
			    "The connection to the server of http://server/dir/snomD7C-1.6.1-r.bin"
			    "?... broke after 20000 of 60000 bytes; trying again in 0.");
		assert_text(bench.remark[1], rows[i].says);
		tear_down(&bench);
	}
}

static void gives_up_at_once_on_what_does_not_pass(void **state)
{
	static const struct {
		enum fetch_end end;
		enum uxm_result result;
		const char *lines;
	} rows[] = {
		{FETCH_HEADERS_TOO_LARGE, UXM_FETCH_FAILED, NULL},
		{FETCH_CERTIFICATE_EXPIRED, UXM_FETCH_FAILED, NULL},
		{FETCH_CERTIFICATE_EARLY, UXM_FETCH_FAILED, NULL},
		{FETCH_CERTIFICATE_NAME, UXM_FETCH_FAILED, NULL},
		{FETCH_CERTIFICATE_UNKNOWN, UXM_FETCH_FAILED, NULL},
		{FETCH_CERTIFICATE_PIN, UXM_FETCH_FAILED, NULL},
		{FETCH_AUTHORITIES, UXM_FETCH_FAILED, NULL},
		{FETCH_OWN_CERTIFICATE, UXM_FETCH_FAILED, NULL},
		{FETCH_MISSING, UXM_FETCH_FAILED, NULL},
		{FETCH_NO_LOGIN, UXM_FETCH_FAILED, NULL},
		{FETCH_FTP, UXM_FETCH_FAILED, NULL},
		{FETCH_NO_MEMORY, UXM_INTERNAL, NULL},
		{FETCH_RUNNING, UXM_FETCH_FAILED, "HTTP/1.1 400 Bad"},
		{FETCH_RUNNING, UXM_FETCH_FAILED, "HTTP/1.1 401 Who"},
		{FETCH_RUNNING, UXM_FETCH_FAILED, "HTTP/1.1 403 No\nRetry-After: 1"},
		{FETCH_RUNNING, UXM_FETCH_FAILED, "HTTP/1.1 404 None"},
		{FETCH_RUNNING, UXM_FETCH_FAILED, "HTTP/1.1 501 Never"},
		{FETCH_RUNNING, UXM_FETCH_FAILED, "HTTP/1.1 505 Version"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step ends[] = {{.kind = STEP_FINISH, .end = rows[i].end}};
		const struct step says[] = {{.kind = STEP_HEADERS, .lines = rows[i].lines},
					    {.kind = STEP_FINISH}};
		const struct script scripts[] = {{.steps = half},
						 {.steps = rows[i].lines != NULL ? says : ends}};
		struct bench bench;

		set_up(&bench, URL, 0, scripts, 2);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 7000), UXM_IO_FAILED);
		assert_int_equal(bench.position, 20000);
		assert_int_equal(bench.why.result, rows[i].result);
		assert_null(strstr(bench.why.text, "Tried"));
		assert_int_equal(bench.scripted.starts, 2);
		tear_down(&bench);
	}
}

/* A wrong URL is more likely than a server that is down for a moment. */
static void tries_a_server_that_was_never_met_again_only_when_it_answers(void **state)
{
	static const struct {
		enum fetch_end end;
		size_t starts;
	} rows[] = {
		{FETCH_RESET, 2},     {FETCH_NO_ANSWER, 2},
		{FETCH_NO_HOST, 1},   {FETCH_CONNECTION_REFUSED, 1},
		{FETCH_TLS, 1},       {FETCH_CONNECT_TIMEOUT, 1},
		{FETCH_FTP_LATER, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step ends[] = {{.kind = STEP_FINISH, .end = rows[i].end}};
		const struct script scripts[] = {{.steps = ends}, {.steps = half}};
		struct bench bench;

		set_up(&bench, URL, 0, scripts, 2);
		assert_int_equal(open_image(&bench),
				 rows[i].starts == 2 ? UXM_IO_OK : UXM_IO_FAILED);
		assert_int_equal(bench.scripted.starts, rows[i].starts);
		assert_int_equal(bench.size, rows[i].starts == 2 ? 60000 : 0);
		tear_down(&bench);
	}
}

static void waits_as_long_as_a_server_asks_for(void **state)
{
	static const struct step busy[] = {
		{.kind = STEP_HEADERS,
		 .lines = "HTTP/1.1 503 Service Unavailable\nRetry-After: 12"},
		{.kind = STEP_FINISH},
	};
	static const struct step soon[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 429 Slow\nRetry-After: 0"},
		{.kind = STEP_FINISH},
	};
	static const struct step never[] = {
		{.kind = STEP_HEADERS, .lines = "HTTP/1.1 503 Closed\nRetry-After: 601"},
		{.kind = STEP_FINISH},
	};
	static const struct script scripts[] = {{.steps = busy}, {.steps = soon}, {.steps = never}};
	struct bench bench;

	(void)state;
	set_up(&bench, URL, 0, scripts, 3);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_in_range(bench.scripted.started[1] - bench.scripted.started[0], 12000, 15000);
	assert_in_range(bench.scripted.started[2] - bench.scripted.started[1], 500, 1500);
	assert_int_equal(bench.remarks, 2);
	assert_text(bench.remark[0], "asks to wait 12 s (503 Service Unavailable); trying again");
	assert_in_range(bench.pause[0], 12000, 15000);
	assert_in_range(bench.pause[1], 500, 1500);
	assert_int_equal(fetch_http_pause(bench.http), 0);
	assert_text(bench.remark[1], "answered with 429 Slow; trying again in");
	assert_says(&bench.why, UXM_FETCH_FAILED,
		    "asks to wait 601 s (503 Closed), and at most 600 s are waited; try again");
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twenty_cuts_fetch_no_byte_twice),
		cmocka_unit_test(counts_over_after_64_kib_of_new_bytes),
		cmocka_unit_test(waits_longer_each_time_by_the_seed),
		cmocka_unit_test(goes_on_after_whatever_passes),
		cmocka_unit_test(gives_up_at_once_on_what_does_not_pass),
		cmocka_unit_test(tries_a_server_that_was_never_met_again_only_when_it_answers),
		cmocka_unit_test(waits_as_long_as_a_server_asks_for),
	};

	return cmocka_run_group_tests_name("fetch/resume", tests, NULL, NULL);
}
