/* fetch/file.c on real pipes. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <fcntl.h>
#include <unistd.h>

#include "local.h"

static void reads_a_pipe_without_blocking(void **state)
{
	struct local *local = *state;

	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	/* Who has not asked is not woken. */
	assert_int_equal(fetch_file_descriptor(local->file), -1);
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_int_equal(fetch_file_descriptor(local->file), local->pipe[0]);
	local_write(local->pipe[1], 0, 10000);
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_int_equal(local->position, 10000);
	local_write(local->pipe[1], 10000, LOCAL_SIZE - 10000);
	/* Whether it is all is known when the writer closes. */
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_int_equal(local->position, LOCAL_SIZE);
	local_close_writer(local);
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(fcntl(local->pipe[0], F_GETFL) & O_NONBLOCK, 0);
}

static void refuses_a_pipe_that_ends_too_early(void **state)
{
	struct local *local = *state;

	local_write(local->pipe[1], 0, LOCAL_SIZE - 1);
	local_close_writer(local);
	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local_read(local), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED,
		   "standard input is truncated: it was to have 50000 bytes and ended after "
		   "49999.");
}

static void refuses_a_pipe_that_goes_on_too_long(void **state)
{
	struct local *local = *state;

	local_write(local->pipe[1], 0, LOCAL_SIZE + 1);
	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local_read(local), UXM_IO_FAILED);
	assert_int_equal(local->position, LOCAL_SIZE);
	local_says(local, UXM_FETCH_FAILED, "standard input is longer than the 50000 bytes");
}

/* Who sent the same image before goes on where the module is; refused, that never ended. */
static void passes_over_what_comes_before_an_offset_of_a_pipe(void **state)
{
	struct local *local = *state;

	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local_seek(local, 48000), UXM_IO_OK);
	/* Nothing is there yet. */
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_int_equal(fetch_file_descriptor(local->file), local->pipe[0]);
	assert_int_equal(fetch_file_passed(local->file), 0);
	local_write(local->pipe[1], 0, 1000);
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_int_equal(fetch_file_passed(local->file), 1000);
	assert_int_equal(fetch_file_passed(local->file), 0);
	/* The same again, as after a module that did not answer, and what was not passed yet. */
	assert_int_equal(local_seek(local, 48000), UXM_IO_OK);
	local_write(local->pipe[1], 1000, 47000);
	/* However much is there, a call takes a piece of it, and wants to be called again. */
	for (unsigned pieces = 0; pieces < 2; pieces++) {
		assert_int_equal(local_read(local), UXM_IO_AGAIN);
		assert_int_equal(fetch_file_passed(local->file), 16384);
		assert_int_equal(fetch_file_descriptor(local->file), local->pipe[0]);
	}
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_int_equal(fetch_file_passed(local->file), 47000 - 2 * 16384);
	assert_int_equal(local->position, 48000);
	local_write(local->pipe[1], 48000, LOCAL_SIZE - 48000);
	local_close_writer(local);
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(local->position, LOCAL_SIZE);
	assert_int_equal(fetch_file_passed(local->file), 0);
}

/* A module may have all of it, and only the commit was missing. */
static void passes_over_all_of_a_pipe_and_sees_its_end(void **state)
{
	struct local *local = *state;
	enum uxm_io io;

	local_write(local->pipe[1], 0, LOCAL_SIZE);
	local_close_writer(local);
	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local_seek(local, LOCAL_SIZE), UXM_IO_OK);
	for (unsigned pieces = 0; (io = local_read(local)) == UXM_IO_AGAIN; pieces++)
		assert_in_range(pieces, 0, LOCAL_SIZE / 16384);
	assert_int_equal(io, UXM_IO_END);
	assert_int_equal(fetch_file_passed(local->file), LOCAL_SIZE);
}

static void refuses_a_pipe_that_ends_in_what_is_passed_over(void **state)
{
	struct local *local = *state;

	local_write(local->pipe[1], 0, 7000);
	local_close_writer(local);
	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local_seek(local, 48000), UXM_IO_OK);
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_int_equal(local_read(local), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED,
		   "standard input is truncated: it was to have 50000 bytes and ended after "
		   "7000.");
}

static void refuses_to_go_back_in_a_pipe(void **state)
{
	struct local *local = *state;

	local_write(local->pipe[1], 0, 5000);
	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local->image.ops->seek(local->image.self, 0, &local->why), UXM_IO_OK);
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	/* Where nothing was passed over yet there is a way back. */
	assert_int_equal(local_seek(local, 9000), UXM_IO_OK);
	assert_int_equal(local_seek(local, 5000), UXM_IO_OK);
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_int_equal(local_seek(local, 0), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "cannot go back to byte 0");
	assert_int_equal(local->image.ops->open(local->image.self, &local->size, &local->why),
			 UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "cannot be read a second time");
}

static void waits_for_a_pipe_whose_writer_owes_it(void **state)
{
	struct local *local = *state;

	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local_read(local), UXM_IO_AGAIN);
	assert_true(local->image.ops->owes(local->image.self));
	local_write(local->pipe[1], 0, LOCAL_SIZE);
	local_close_writer(local);
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(local->position, LOCAL_SIZE);
}

static void says_so_when_what_was_inherited_is_closed(void **state)
{
	struct local *local = *state;
	int closed = dup(local->pipe[0]);

	assert_true(closed >= 0);
	close(closed);
	assert_int_equal(local_open_descriptor(local, closed, LOCAL_SIZE), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "standard input cannot be read");
}

static void refuses_a_pipe_that_is_declared_empty(void **state)
{
	struct local *local = *state;

	assert_int_equal(local_open_descriptor(local, local->pipe[0], 0), UXM_IO_FAILED);
	local_says(local, UXM_IMAGE_REFUSED, "standard input is empty");
}

static void says_no_digest_of_its_own(void **state)
{
	struct local *local = *state;
	uint8_t digest[32] = {7};

	local_write(local->pipe[1], 0, LOCAL_SIZE);
	assert_int_equal(local_open_descriptor(local, local->pipe[0], LOCAL_SIZE), UXM_IO_OK);
	assert_false(local->image.ops->digest(local->image.self, digest));
	assert_int_equal(digest[0], 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, local_set_up, local_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_pipe_without_blocking),
		TEST(refuses_a_pipe_that_ends_too_early),
		TEST(refuses_a_pipe_that_goes_on_too_long),
		TEST(passes_over_what_comes_before_an_offset_of_a_pipe),
		TEST(passes_over_all_of_a_pipe_and_sees_its_end),
		TEST(refuses_a_pipe_that_ends_in_what_is_passed_over),
		TEST(refuses_to_go_back_in_a_pipe),
		TEST(waits_for_a_pipe_whose_writer_owes_it),
		TEST(says_so_when_what_was_inherited_is_closed),
		TEST(refuses_a_pipe_that_is_declared_empty),
		TEST(says_no_digest_of_its_own),
	};

	return cmocka_run_group_tests_name("fetch/file, pipes", tests, NULL, NULL);
}
