/* The whole of fetch/ with the real libcurl against real servers on loopback. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <arpa/inet.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fetch/fetch.h"
#include "pattern.h"
#include "servers.h"

/* No test may take longer, in milliseconds. */
#define PATIENCE 20000

/* One image. */
struct bench {
	struct fetch *fetch;
	struct uxm_image image;
	struct uxm_failure why;
	uint64_t size;
	uint64_t position;
	bool zeros; /* what comes are zeros, not the pattern */
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void set_up(struct bench *bench, const struct fetch_options *options)
{
	memset(bench, 0, sizeof(*bench));
	if (!fetch_new(options, &bench->fetch, &bench->why))
		fail_msg("%s", bench->why.text);
	bench->image = fetch_image(bench->fetch);
}

static void tear_down(struct bench *bench)
{
	fetch_free(bench->fetch);
	bench->fetch = NULL;
}

static void sleep_for(struct bench *bench, int timeout)
{
	assert_true(fetch_wait(bench->fetch, NULL, 0, timeout, &bench->why));
}

static enum uxm_io open_image(struct bench *bench)
{
	uint64_t until = now() + PATIENCE;

	while (now() < until) {
		enum uxm_io io =
			bench->image.ops->open(bench->image.self, &bench->size, &bench->why);

		if (io != UXM_IO_AGAIN)
			return io;
		sleep_for(bench, 1000);
	}
	fail_msg("the server is silent");
	return UXM_IO_AGAIN;
}

/* Reads on to `until` bytes, or to the end or failure. */
static enum uxm_io read_image(struct bench *bench, uint64_t until)
{
	static uint8_t buffer[100000];
	uint64_t deadline = now() + PATIENCE;

	while (bench->position < until && now() < deadline) {
		size_t got = 0;
		enum uxm_io io = bench->image.ops->read(bench->image.self, buffer, sizeof(buffer),
							&got, &bench->why);

		if (io == UXM_IO_AGAIN) {
			sleep_for(bench, 1000);
			continue;
		}
		if (io != UXM_IO_OK)
			return io;
		if (!bench->zeros)
			assert_int_equal(pattern_match(bench->position, buffer, got), got);
		bench->position += got;
	}
	return bench->position < until ? UXM_IO_AGAIN : UXM_IO_OK;
}

static enum uxm_io seek_image(struct bench *bench, uint64_t offset)
{
	enum uxm_io io = bench->image.ops->seek(bench->image.self, offset, &bench->why);

	if (io == UXM_IO_OK)
		bench->position = offset;
	return io;
}

/* Opens and reads the whole. */
static enum uxm_io fetch_all(struct bench *bench)
{
	enum uxm_io io = open_image(bench);

	return io == UXM_IO_OK ? read_image(bench, UINT64_MAX) : io;
}

static void assert_says(const struct uxm_failure *why, enum uxm_result result, const char *part)
{
	if (why->result != result || strstr(why->text, part) == NULL) {
		fail_msg("expected (%d) ...%s...\nsaid (%d) %s", result, part, why->result,
			 why->text);
	}
	assert_null(strstr(why->text, "secret"));
}

/* A URL of tests/server.py, or of nginx. */
static const char *python_url(const struct servers *servers, const char *path, char url[512])
{
	snprintf(url, 512, "http://user:secret@127.0.0.1:%u%s", servers->python, path);
	return url;
}

static const char *site_url(const struct servers *servers, enum site site, char url[512])
{
	snprintf(url, 512, "http%s://localhost:%u/image.bin", site == SITE_PLAIN ? "" : "s",
		 servers->site[site]);
	return url;
}

static const char *authority(const struct servers *servers, char path[96])
{
	snprintf(path, 96, "%s/authority.pem", servers->folder);
	return path;
}

static void fetches_from_nginx(void **state)
{
	const struct servers *servers = *state;
	static const enum site sites[] = {SITE_PLAIN, SITE_RIGHT};
	char url[512];
	char path[96];

	for (size_t i = 0; i < 2; i++) {
		struct fetch_options options = {.url = site_url(servers, sites[i], url),
						.trust = {.ca_file = authority(servers, path)},
						.largest = SERVERS_IMAGE};
		struct bench bench;

		set_up(&bench, &options);
		if (fetch_all(&bench) != UXM_IO_END)
			fail_msg("%s", bench.why.text);
		assert_int_equal(bench.size, SERVERS_IMAGE);
		assert_int_equal(bench.position, SERVERS_IMAGE);
		tear_down(&bench);
	}
}

static void fetches_in_spite_of_a_servers_habits(void **state)
{
	static const struct {
		const char *path;
		uint64_t size;
	} rows[] = {
		{"/gen/1/a.bin", 1},
		{"/gen/1000003/a.bin", 1000003},
		{"/plain/image.bin", SERVERS_IMAGE},
		{"/headers/early/gen/500/a.bin", 500},
		{"/hops/5/gen/500/a.bin", 500},
		{"/redirect?to=/gen/500/a.bin", 500},
		{"/user/user/secret/gen/500/a.bin", 500},
		{"/trickle/20000/gen/10000/a.bin", 10000},
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {.url = python_url(servers, rows[i].path, url)};
		struct bench bench;

		set_up(&bench, &options);
		if (fetch_all(&bench) != UXM_IO_END)
			fail_msg("%s: %s", rows[i].path, bench.why.text);
		assert_int_equal(bench.size, rows[i].size);
		assert_int_equal(bench.position, rows[i].size);
		tear_down(&bench);
	}
}

static void hands_on_the_digest_that_a_server_names(void **state)
{
	static const struct {
		const char *path;
		bool said;
		bool right;
	} rows[] = {
		{"/digest/gen/200003/a.bin", true, true},
		{"/content-digest/gen/200003/a.bin", true, true},
		{"/redirect?to=/digest/gen/200003/a.bin", true, true},
		{"/wrong-digest/gen/200003/a.bin", true, false},
		{"/two-digests/gen/200003/a.bin", false, false},
		{"/bad-digest/gen/200003/a.bin", false, false},
		{"/plain/gen/200003/a.bin", false, false},
	};
	const struct servers *servers = *state;
	uint8_t *bytes = malloc(200003);
	uint8_t right[32];
	char url[512];

	assert_non_null(bytes);
	pattern_fill(0, bytes, 200003);
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, 200003, right), 0);
	free(bytes);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {.url = python_url(servers, rows[i].path, url)};
		uint8_t said[32] = {0};
		struct bench bench;

		set_up(&bench, &options);
		assert_false(bench.image.ops->digest(bench.image.self, said));
		if (open_image(&bench) != UXM_IO_OK)
			fail_msg("%s: %s", rows[i].path, bench.why.text);
		if (bench.image.ops->digest(bench.image.self, said) != rows[i].said)
			fail_msg("%s: %s", rows[i].path, rows[i].said ? "not said" : "said");
		assert_int_equal(memcmp(said, right, sizeof(right)) == 0, rows[i].right);
		/* The part that is asked for afterwards has another Content-Digest. */
		assert_int_equal(seek_image(&bench, 100000), UXM_IO_OK);
		assert_int_equal(read_image(&bench, UINT64_MAX), UXM_IO_END);
		assert_int_equal(bench.image.ops->digest(bench.image.self, said), rows[i].said);
		assert_int_equal(memcmp(said, right, sizeof(right)) == 0, rows[i].right);
		tear_down(&bench);
	}
}

static void refuses_before_the_body(void **state)
{
	static const struct {
		const char *path;
		enum uxm_result result;
		const char *says;
	} rows[] = {
		{"/404/a.bin", UXM_FETCH_FAILED, "/404/a.bin (404 Not Found)"},
		{"/plain/missing.bin", UXM_FETCH_FAILED, "/plain/missing.bin (404 Not Found)"},
		{"/403/a.bin", UXM_FETCH_FAILED, "(403 Forbidden); check user and password"},
		{"/user/other/one/gen/5/a.bin", UXM_FETCH_FAILED, "(401 Unauthorized)"},
		{"/410/a.bin", UXM_FETCH_FAILED, "(410 Gone)"},
		{"/500/a.bin", UXM_FETCH_FAILED, "(500 Internal Server Error); try again later"},
		{"/418/a.bin", UXM_FETCH_FAILED, "(418)"},
		{"/204/a.bin", UXM_FETCH_FAILED, "status 204"},
		{"/206/a.bin", UXM_FETCH_FAILED, "status 206"},
		{"/nolength/gen/5000/a.bin", UXM_FETCH_FAILED, "does not say how long"},
		{"/chunked/gen/5000/a.bin", UXM_FETCH_FAILED, "in chunks"},
		{"/badlength/gen/5000/a.bin", UXM_FETCH_FAILED, "cannot be understood"},
		{"/twolengths/gen/5000/a.bin", UXM_FETCH_FAILED, "cannot be understood"},
		{"/gzip/gen/5000/a.bin", UXM_FETCH_FAILED, "encoded (gzip)"},
		{"/empty/a.bin", UXM_IMAGE_REFUSED, "a.bin is empty"},
		{"/gen/10001/a.bin", UXM_IMAGE_REFUSED, "10001 bytes, and at most 10000"},
		{"/loop/a.bin", UXM_FETCH_FAILED, "more than 5 times"},
		{"/hops/6/gen/5/a.bin", UXM_FETCH_FAILED, "more than 5 times"},
		{"/nowhere/a.bin", UXM_FETCH_FAILED, "no URL"},
		{"/tofile/etc/passwd", UXM_FETCH_FAILED, "to file:, which is not followed"},
		{"/toftp/a.bin", UXM_FETCH_FAILED, "to ftp:, which is not followed"},
		{"/headers/endless", UXM_FETCH_FAILED, "more than 65536 bytes of headers"},
		{"/headers/none", UXM_FETCH_FAILED, "closed the connection without an answer"},
		{"/headers/reset", UXM_FETCH_FAILED, "reset the connection before it answered"},
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {.url = python_url(servers, rows[i].path, url),
						.largest = 10000};
		struct bench bench;

		set_up(&bench, &options);
		if (open_image(&bench) != UXM_IO_FAILED)
			fail_msg("%s was accepted", rows[i].path);
		assert_says(&bench.why, rows[i].result, rows[i].says);
		assert_int_equal(bench.size, 0);
		tear_down(&bench);
	}
}

static void notices_a_body_that_is_not_as_announced(void **state)
{
	static const struct {
		const char *path;
		const char *says;
		uint64_t least; /* bytes that have to come before the failure */
	} rows[] = {
		{"/short/199999/gen/200000/a.bin", "announced 200000 bytes and ended after 199999",
		 199999},
		{"/short/0/gen/200000/a.bin", "announced 200000 bytes and ended after 0", 0},
		{"/cut/1000/gen/200000/a.bin", "reset after 1000 of 200000 bytes", 1000},
		{"/long/1/gen/200000/a.bin", "longer than the 200000 bytes", 0},
		{"/long/1000000/gen/200000/a.bin", "longer than the 200000 bytes", 0},
		{"/late/1/gen/200000/a.bin", "longer than the 200000 bytes", 200000},
		{"/endless/gen/200000/a.bin", "longer than the 200000 bytes", 0},
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {.url = python_url(servers, rows[i].path, url)};
		struct bench bench;

		set_up(&bench, &options);
		if (fetch_all(&bench) != UXM_IO_FAILED)
			fail_msg("%s was accepted", rows[i].path);
		assert_says(&bench.why, UXM_FETCH_FAILED, rows[i].says);
		assert_in_range(bench.position, rows[i].least, bench.size);
		tear_down(&bench);
	}
}

/* libcurl itself would stop at the length and say nothing of more. Over TLS the same has to hold,
 * and an end without close_notify is a truncation unless all has come. */
static void counts_bytes_over_tls_too(void **state)
{
	static const struct {
		const char *path;
		enum uxm_io io;
		const char *says;
	} rows[] = {
		{"/gen/300000/a.bin", UXM_IO_END, ""},
		{"/unclean/gen/300000/a.bin", UXM_IO_END, ""},
		{"/short/1000/gen/300000/a.bin", UXM_IO_FAILED, "ended after 1000"},
		{"/cut/1000/gen/300000/a.bin", UXM_IO_FAILED, "after 1000 of 300000 bytes"},
		{"/long/1/gen/300000/a.bin", UXM_IO_FAILED, "longer than the 300000 bytes"},
		{"/late/1/gen/300000/a.bin", UXM_IO_FAILED, "longer than the 300000 bytes"},
	};
	const struct servers *servers = *state;
	char path[96];
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {.url = url,
						.trust = {.ca_file = authority(servers, path)}};
		struct bench bench;
		enum uxm_io io;

		snprintf(url, sizeof(url), "https://127.0.0.1:%u%s", servers->python_tls,
			 rows[i].path);
		set_up(&bench, &options);
		io = fetch_all(&bench);
		if (io != rows[i].io)
			fail_msg("%s: %d, %s", rows[i].path, io, bench.why.text);
		if (io == UXM_IO_FAILED) {
			assert_says(&bench.why, UXM_FETCH_FAILED, rows[i].says);
		} else {
			assert_int_equal(bench.position, 300000);
		}
		tear_down(&bench);
	}
}

static void tells_certificates_apart(void **state)
{
	static const struct {
		enum site site;
		const char *says;
	} rows[] = {
		{SITE_EXPIRED, "has expired"},
		{SITE_EARLY, "is not valid yet"},
		{SITE_UNKNOWN, "was not signed by a trusted authority"},
		{SITE_OTHER, "is for another name"},
		{SITE_OLD, "No secure connection to the server of https://localhost"},
	};
	const struct servers *servers = *state;
	char url[512];
	char path[96];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {.url = site_url(servers, rows[i].site, url),
						.trust = {.ca_file = authority(servers, path)}};
		struct bench bench;

		set_up(&bench, &options);
		assert_int_equal(open_image(&bench), UXM_IO_FAILED);
		assert_says(&bench.why, UXM_FETCH_FAILED, rows[i].says);
		tear_down(&bench);
	}
}

static void trusts_the_named_authorities_and_no_others(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	char path[96];
	struct fetch_options options = {.url = site_url(servers, SITE_RIGHT, url)};
	struct bench bench;

	/* The system's do not vouch for it. */
	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "trusted authority");
	tear_down(&bench);

	snprintf(path, sizeof(path), "%s/trusted", servers->folder);
	options.trust.ca_directory = path;
	set_up(&bench, &options);
	assert_int_equal(fetch_all(&bench), UXM_IO_END);
	tear_down(&bench);

	snprintf(path, sizeof(path), "%s/stranger.pem", servers->folder);
	options.trust.ca_directory = NULL;
	options.trust.ca_file = path;
	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "trusted authority");
	tear_down(&bench);

	snprintf(path, sizeof(path), "%s/missing.pem", servers->folder);
	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "/missing.pem");
	tear_down(&bench);
}

static void says_when_a_server_does_not_speak_tls(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {.url = url};
	struct bench bench;

	snprintf(url, sizeof(url), "https://127.0.0.1:%u/image.bin", servers->site[SITE_PLAIN]);
	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "No secure connection");
	tear_down(&bench);
}

static void follows_no_redirect_from_https_to_http(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	char path[96];
	struct fetch_options options = {.url = url, .trust = {.ca_file = authority(servers, path)}};
	struct bench bench;

	snprintf(url, sizeof(url),
		 "https://127.0.0.1:%u/redirect?to=http://127.0.0.1:%u/gen/5/a.bin",
		 servers->python_tls, servers->python);
	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "from https to http, which is not followed");
	tear_down(&bench);

	/* The other way round is an improvement. */
	snprintf(url, sizeof(url),
		 "http://127.0.0.1:%u/redirect?to=https://127.0.0.1:%u/gen/5/a.bin",
		 servers->python, servers->python_tls);
	set_up(&bench, &options);
	assert_int_equal(fetch_all(&bench), UXM_IO_END);
	tear_down(&bench);
}

static void goes_on_from_any_offset(void **state)
{
	static const char *const paths[] = {"/gen/500000/a.bin", "/ignore-range/gen/500000/a.bin",
					    "/hops/2/gen/500000/a.bin"};
	static const uint64_t offsets[] = {499999, 1, 250000, 0, 500000, 300000};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct fetch_options options = {.url = python_url(servers, paths[i], url)};
		struct bench bench;

		set_up(&bench, &options);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(read_image(&bench, 100000), UXM_IO_OK);
		for (size_t j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++) {
			assert_int_equal(seek_image(&bench, offsets[j]), UXM_IO_OK);
			if (read_image(&bench, UINT64_MAX) != UXM_IO_END)
				fail_msg("%s: %s", paths[i], bench.why.text);
			assert_int_equal(bench.position, 500000);
		}
		tear_down(&bench);
	}
}

static void refuses_another_part_than_it_asked_for(void **state)
{
	static const struct {
		const char *path;
		const char *says;
	} rows[] = {
		{"/wrong-range/gen/5000/a.bin", "bytes 1001 to 4999 instead of 1000 to 4999"},
		{"/part-range/gen/5000/a.bin", "bytes 1000 to 4998 instead of 1000 to 4999"},
		{"/no-range/gen/5000/a.bin", "without saying which"},
		{"/changed/gen/5000/a.bin", "it had 5000 bytes and has 5001 now"},
	};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_options options = {.url = python_url(servers, rows[i].path, url)};
		struct bench bench;

		set_up(&bench, &options);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_int_equal(seek_image(&bench, 1000), UXM_IO_OK);
		assert_int_equal(read_image(&bench, UINT64_MAX), UXM_IO_FAILED);
		assert_says(&bench.why, UXM_FETCH_FAILED, rows[i].says);
		assert_int_equal(bench.position, 1000);
		tear_down(&bench);
	}
}

static void goes_on_after_a_connection_was_cut(void **state)
{
	static const char *const paths[] = {"/once-cut/100000/gen/400000/a.bin",
					    "/once-short/100000/gen/400000/b.bin"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 2; i++) {
		struct fetch_options options = {.url = python_url(servers, paths[i], url)};
		struct bench bench;

		set_up(&bench, &options);
		assert_int_equal(fetch_all(&bench), UXM_IO_FAILED);
		assert_int_equal(bench.position, 100000);
		assert_int_equal(seek_image(&bench, bench.position), UXM_IO_OK);
		assert_int_equal(read_image(&bench, UINT64_MAX), UXM_IO_END);
		assert_int_equal(bench.position, 400000);
		tear_down(&bench);
	}
}

static void can_be_opened_again_after_a_failure(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {
		.url = python_url(servers, "/once500/gen/70000/a.bin", url)};
	struct bench bench;

	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_int_equal(fetch_all(&bench), UXM_IO_END);
	bench.position = 0;
	assert_int_equal(fetch_all(&bench), UXM_IO_END);
	assert_int_equal(bench.position, 70000);
	tear_down(&bench);
}

static void bears_a_server_that_leaves_the_connection_open(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {.url = python_url(servers, "/keep/gen/70000/a.bin", url)};
	struct bench bench;
	uint64_t start;

	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 70000), UXM_IO_OK);
	start = now();
	assert_int_equal(read_image(&bench, UINT64_MAX), UXM_IO_END);
	assert_in_range(now() - start, 500, 5000);
	tear_down(&bench);
}

/* After a while, when what was on its way has arrived and libcurl's timers have run out, each sleep
 * is as long as it says. */
static void assert_sleeps(struct bench *bench)
{
	int full = 0;

	for (int wakes = 0; wakes < 200 && full < 3; wakes++) {
		uint64_t start = now();

		sleep_for(bench, 100);
		full = now() - start >= 99 ? full + 1 : 0;
	}
	assert_int_equal(full, 3);
}

static void sleeps_while_nobody_reads_and_while_nothing_comes(void **state)
{
	static const char *const paths[] = {"/gen/50000000/a.bin", "/stall/1000/gen/5000/a.bin",
					    "/endless/gen/100000/a.bin"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 3; i++) {
		struct fetch_options options = {.url = python_url(servers, paths[i], url)};
		struct bench bench;

		set_up(&bench, &options);
		assert_int_equal(open_image(&bench), UXM_IO_OK);
		assert_sleeps(&bench);
		tear_down(&bench);
	}
}

static void wakes_for_the_callers_descriptors(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {.url = python_url(servers, "/headers/slow", url)};
	struct pollfd extra[33] = {{.events = POLLIN}, {.events = POLLOUT}};
	struct bench bench;
	uint64_t start;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	extra[0].fd = ends[0];
	set_up(&bench, &options);
	assert_int_equal(bench.image.ops->open(bench.image.self, &bench.size, &bench.why),
			 UXM_IO_AGAIN);
	assert_true(fetch_wait(bench.fetch, extra, 1, 10, &bench.why));
	assert_int_equal(extra[0].revents, 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	start = now();
	assert_true(fetch_wait(bench.fetch, extra, 1, 10000, &bench.why));
	assert_int_equal(extra[0].revents, POLLIN);
	extra[1].fd = ends[1];
	assert_true(fetch_wait(bench.fetch, extra, 2, 10000, &bench.why));
	assert_int_equal(extra[1].revents, POLLOUT);
	close(ends[0]);
	/* What libcurl does not tell of. */
	assert_true(fetch_wait(bench.fetch, extra + 1, 1, 10000, &bench.why));
	assert_int_equal(extra[1].revents, POLLOUT | POLLERR);
	assert_in_range(now() - start, 0, 5000);
	assert_false(fetch_wait(bench.fetch, extra, 33, 0, &bench.why));
	assert_int_equal(bench.why.result, UXM_INTERNAL);
	close(ends[1]);
	tear_down(&bench);
}

static void never_blocks(void **state)
{
	static const char *const paths[] = {"/stall/10/gen/5000/a.bin", "/headers/slow"};
	const struct servers *servers = *state;
	char url[512];

	for (size_t i = 0; i < 2; i++) {
		struct fetch_options options = {.url = python_url(servers, paths[i], url)};
		uint64_t start = now();
		struct bench bench;

		set_up(&bench, &options);
		for (int j = 0; j < 100; j++) {
			uint8_t byte;
			size_t got;

			if (bench.size == 0) {
				bench.image.ops->open(bench.image.self, &bench.size, &bench.why);
			} else {
				bench.image.ops->read(bench.image.self, &byte, 1, &got, &bench.why);
			}
			sleep_for(&bench, 1);
		}
		tear_down(&bench);
		assert_in_range(now() - start, 0, 3000);
	}
}

static void says_what_cannot_be_connected(void **state)
{
	unsigned port = 0;
	int listener = servers_listen(1, &port);
	char url[512];
	struct fetch_options options = {.url = url};
	struct bench bench;

	(void)state;
	assert_true(listener >= 0);
	close(listener);
	snprintf(url, sizeof(url), "http://user:secret@127.0.0.1:%u/a.bin", port);
	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "was refused; check the port");
	tear_down(&bench);

	/* RFC 6761, section 6.4: there will never be such a name. */
	snprintf(url, sizeof(url), "http://user:secret@nosuch.invalid/a.bin");
	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED,
		    "The name of the server in http://nosuch.invalid/a.bin was not found");
	tear_down(&bench);
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
	struct bench bench;
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
	set_up(&bench, &options);
	start = now();
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "could not be reached in time");
	assert_in_range(now() - start, 250, 3000);
	tear_down(&bench);
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
		struct bench bench;

		if (unshare(CLONE_NEWNET) != 0)
			_exit(77);
		set_up(&bench, &options);
		if (open_image(&bench) != UXM_IO_FAILED)
			_exit(1);
		status = strstr(bench.why.text, "There is no route to the server of "
						"http://192.0.2.1/a.bin") == NULL;
		if (status != 0)
			fprintf(stderr, "%s\n", bench.why.text);
		tear_down(&bench);
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
	struct bench bench;
	int connection;

	(void)state;
	assert_true(listener >= 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/a.bin", port);
	set_up(&bench, &options);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(bench.image.ops->open(bench.image.self, &bench.size, &bench.why),
				 UXM_IO_AGAIN);
		sleep_for(&bench, 10);
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
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	tear_down(&bench);
}

static void goes_through_the_proxy_of_the_environment(void **state)
{
	const struct servers *servers = *state;
	struct fetch_options options = {.url = "http://nosuch.invalid/gen/5000/a.bin"};
	struct bench bench;
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", servers->python);
	unsetenv("no_proxy");
	setenv("http_proxy", proxy, 1);
	set_up(&bench, &options);
	assert_int_equal(fetch_all(&bench), UXM_IO_END);
	tear_down(&bench);
	setenv("http_proxy", "http://who:secret@nosuch.invalid:3128", 1);
	set_up(&bench, &options);
	assert_int_equal(open_image(&bench), UXM_IO_FAILED);
	assert_says(&bench.why, UXM_FETCH_FAILED, "name of the proxy for http://nosuch.invalid");
	tear_down(&bench);
	unsetenv("http_proxy");
	setenv("no_proxy", "*", 1);
}

/* 300 MB through a budget of 1 MiB. */
static void takes_no_more_memory_for_a_large_image(void **state)
{
	const struct servers *servers = *state;
	char url[512];
	struct fetch_options options = {.url = url};
	struct rusage before;
	struct rusage after;
	struct bench bench;
	uint64_t start = now();

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/large.bin", servers->site[SITE_PLAIN]);
	set_up(&bench, &options);
	bench.zeros = true;
	assert_int_equal(open_image(&bench), UXM_IO_OK);
	assert_int_equal(read_image(&bench, 5000000), UXM_IO_OK);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(read_image(&bench, UINT64_MAX), UXM_IO_END);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_int_equal(bench.position, SERVERS_LARGE);
	print_message("%.0f MB/s\n", (double)SERVERS_LARGE / 1000 / (double)(now() - start));
	/* AddressSanitizer keeps what was freed. */
#ifndef __SANITIZE_ADDRESS__
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 1024);
#endif
	tear_down(&bench);
}

static int start_all(void **state)
{
	static struct servers servers;

	*state = &servers;
	/* The servers are on loopback, whatever proxy this machine has. */
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
	setenv("no_proxy", "*", 1);
	return servers_start(&servers) ? 0 : -1;
}

static int stop_all(void **state)
{
	servers_stop(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_no_more_memory_for_a_large_image),
		cmocka_unit_test(fetches_from_nginx),
		cmocka_unit_test(fetches_in_spite_of_a_servers_habits),
		cmocka_unit_test(hands_on_the_digest_that_a_server_names),
		cmocka_unit_test(refuses_before_the_body),
		cmocka_unit_test(notices_a_body_that_is_not_as_announced),
		cmocka_unit_test(counts_bytes_over_tls_too),
		cmocka_unit_test(tells_certificates_apart),
		cmocka_unit_test(trusts_the_named_authorities_and_no_others),
		cmocka_unit_test(says_when_a_server_does_not_speak_tls),
		cmocka_unit_test(follows_no_redirect_from_https_to_http),
		cmocka_unit_test(goes_on_from_any_offset),
		cmocka_unit_test(refuses_another_part_than_it_asked_for),
		cmocka_unit_test(goes_on_after_a_connection_was_cut),
		cmocka_unit_test(can_be_opened_again_after_a_failure),
		cmocka_unit_test(bears_a_server_that_leaves_the_connection_open),
		cmocka_unit_test(sleeps_while_nobody_reads_and_while_nothing_comes),
		cmocka_unit_test(wakes_for_the_callers_descriptors),
		cmocka_unit_test(never_blocks),
		cmocka_unit_test(says_what_cannot_be_connected),
		cmocka_unit_test(gives_up_connecting_in_time),
		cmocka_unit_test(says_when_there_is_no_route),
		cmocka_unit_test(asks_as_documented),
		cmocka_unit_test(goes_through_the_proxy_of_the_environment),
	};

	return cmocka_run_group_tests_name("fetch, servers", tests, start_all, stop_all);
}
