/* An image over a scripted transfer, and the reader in front of it. */
#include "bench.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"

/* Calls in a row that may say AGAIN. */
#define PATIENCE 1000

static bool guards(void *self)
{
	(void)self;
	return true;
}

struct fetch_http_options bench_options(void)
{
	return (struct fetch_http_options){
		.url = URL, .deadlines = UXM_DEADLINES, .seed = 1, .witness = {.guards = guards}};
}

void set_up_with(struct bench *bench, const struct fetch_http_options *options,
		 const struct script *scripts, size_t count)
{
	struct fetch_http_options own = *options;

	memset(bench, 0, sizeof(*bench));
	bench->scripted.scripts = scripts;
	bench->scripted.count = count;
	bench->scripted.time = 1000000;
	own.transfer = scripted_transfer(&bench->scripted);
	own.clock = scripted_clock(&bench->scripted);
	assert_true(fetch_http_new(&own, &bench->http, &bench->why));
	bench->image = fetch_http_image(bench->http);
}

void set_up(struct bench *bench, const char *url, uint64_t largest, const struct script *scripts,
	    size_t count)
{
	struct fetch_http_options options = bench_options();

	options.url = url;
	options.largest = largest;
	set_up_with(bench, &options, scripts, count);
}

void tear_down(struct bench *bench)
{
	fetch_http_free(bench->http);
	assert_false(bench->scripted.running);
}

static void notice_remarks(struct bench *bench)
{
	const char *text;

	while ((text = fetch_http_remark(bench->http)) != NULL) {
		assert_true(bench->remarks < BENCH_REMARKS);
		snprintf(bench->remark[bench->remarks], sizeof(bench->remark[0]), "%s", text);
		bench->pause[bench->remarks] = fetch_http_pause(bench->http);
		bench->remarks++;
	}
}

/* What a sleep would do. */
static void pass_time(struct bench *bench)
{
	uint64_t due = fetch_http_due(bench->http);

	notice_remarks(bench);
	if (!scripted_is_silent(&bench->scripted))
		return;
	assert_true(due != UINT64_MAX);
	if (due > bench->scripted.time)
		bench->scripted.time = due;
}

enum uxm_io open_image(struct bench *bench)
{
	enum uxm_io io = UXM_IO_AGAIN;

	for (int i = 0; i < PATIENCE && io == UXM_IO_AGAIN; i++) {
		io = bench->image.ops->open(bench->image.self, &bench->size, &bench->why);
		if (io == UXM_IO_AGAIN)
			pass_time(bench);
	}
	notice_remarks(bench);
	return io;
}

enum uxm_io read_some(struct bench *bench, size_t room, uint64_t length)
{
	uint8_t *buffer = malloc(room);
	enum uxm_io io = UXM_IO_OK;
	uint64_t end =
		length < UINT64_MAX - bench->position ? bench->position + length : UINT64_MAX;

	assert_non_null(buffer);
	for (int again = 0; again < PATIENCE && bench->position < end; again++) {
		uint64_t left = end - bench->position;
		size_t got = 0;

		io = bench->image.ops->read(bench->image.self, buffer,
					    left < room ? (size_t)left : room, &got, &bench->why);
		if (io == UXM_IO_OK) {
			assert_in_range(got, 1, room);
			assert_int_equal(pattern_match(bench->position, buffer, got), got);
			bench->position += got;
			again = 0;
		} else if (io == UXM_IO_AGAIN) {
			pass_time(bench);
		} else {
			break;
		}
	}
	free(buffer);
	notice_remarks(bench);
	return io;
}

enum uxm_io read_image(struct bench *bench, size_t room)
{
	return read_some(bench, room, UINT64_MAX);
}

enum uxm_io seek_image(struct bench *bench, uint64_t offset)
{
	enum uxm_io io = bench->image.ops->seek(bench->image.self, offset, &bench->why);

	if (io == UXM_IO_OK)
		bench->position = offset;
	return io;
}

void assert_text(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("expected ...%s...\nsaid %s", part, text);
	assert_null(strstr(text, "secret"));
	assert_null(strstr(text, "hidden"));
	assert_null(strstr(text, "user:"));
}

void assert_says(const struct uxm_failure *why, enum uxm_result result, const char *part)
{
	assert_text(why->text, part);
	assert_int_equal(why->result, result);
}
