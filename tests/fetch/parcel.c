/* A small file over a scripted transfer. */
#include "parcel.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#include "pattern.h"

/* Calls in a row that may say AGAIN. */
#define PATIENCE 10000

struct fetch_whole_options parcel_options(void)
{
	return (struct fetch_whole_options){
		.url = URL,
		.largest = LARGEST,
		.deadlines = UXM_DEADLINES,
		.seed = 1,
	};
}

void parcel_set_up(struct parcel *parcel, const struct fetch_whole_options *options,
		   const struct script *scripts, size_t count)
{
	struct fetch_whole_options own = *options;

	memset(parcel, 0, sizeof(*parcel));
	parcel->scripted.scripts = scripts;
	parcel->scripted.count = count;
	parcel->scripted.time = 1000000;
	parcel->begun = parcel->scripted.time;
	own.transfer = scripted_transfer(&parcel->scripted);
	own.clock = scripted_clock(&parcel->scripted);
	if (!fetch_whole_new(&own, &parcel->whole, &parcel->why))
		fail_msg("%s", parcel->why.text);
	assert_int_equal(parcel->scripted.starts, 0);
}

void parcel_tear_down(struct parcel *parcel)
{
	fetch_whole_free(parcel->whole);
	parcel->whole = NULL;
	assert_false(parcel->scripted.running);
}

/* What a sleep would do. */
static void pass_time(struct parcel *parcel)
{
	uint64_t due = fetch_whole_due(parcel->whole);

	if (!scripted_is_silent(&parcel->scripted))
		return;
	assert_true(due != UINT64_MAX);
	assert_true(due > parcel->scripted.time);
	parcel->scripted.time = due;
}

static void check_file(const struct fetch_small_file *file)
{
	assert_non_null(file->bytes);
	assert_int_equal(pattern_match(0, file->bytes, file->length), file->length);
	assert_int_equal(file->bytes[file->length], 0);
}

enum uxm_io parcel_read(struct parcel *parcel)
{
	struct fetch_small_file once_more;
	struct uxm_failure again;
	enum uxm_io io = UXM_IO_AGAIN;

	for (int i = 0; i < PATIENCE && io == UXM_IO_AGAIN; i++) {
		io = fetch_whole_read(parcel->whole, &parcel->file, &parcel->why);
		if (io == UXM_IO_AGAIN)
			pass_time(parcel);
	}
	assert_int_not_equal(io, UXM_IO_AGAIN);
	assert_int_equal(fetch_whole_read(parcel->whole, &once_more, &again), io);
	assert_true(fetch_whole_due(parcel->whole) == UINT64_MAX);
	assert_false(fetch_whole_pump(parcel->whole));
	if (io == UXM_IO_FAILED) {
		assert_string_equal(again.text, parcel->why.text);
		return io;
	}
	check_file(&parcel->file);
	assert_ptr_equal(once_more.bytes, parcel->file.bytes);
	assert_int_equal(once_more.length, parcel->file.length);
	return io;
}

enum uxm_io parcel_fetch(struct parcel *parcel, const struct script *scripts, size_t count)
{
	const struct fetch_whole_options options = parcel_options();
	enum uxm_io io;

	parcel_set_up(parcel, &options, scripts, count);
	io = parcel_read(parcel);
	parcel_tear_down(parcel);
	return io;
}

void parcel_says(const struct parcel *parcel, enum uxm_result result, const char *part)
{
	if (parcel->why.result != result || strstr(parcel->why.text, part) == NULL)
		fail_msg("expected (%d) ...%s...\nsaid (%d) %s", result, part, parcel->why.result,
			 parcel->why.text);
	assert_null(strstr(parcel->why.text, "secret"));
	assert_null(strstr(parcel->why.text, "hidden"));
}
