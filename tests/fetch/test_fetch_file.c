/* fetch/file.c on real files and pipes. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/file.h"
#include "pattern.h"

/* Fits into a pipe. */
#define SIZE 50000

struct bench {
	char folder[64];
	char path[96];
	int pipe[2];
	struct fetch_file *file;
	struct uxm_image image;
	struct uxm_failure why;
	uint64_t size;
	uint64_t position;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (bench == NULL)
		return -1;
	snprintf(bench->folder, sizeof(bench->folder), "/tmp/uxm-file-XXXXXX");
	if (mkdtemp(bench->folder) == NULL || pipe(bench->pipe) != 0) {
		free(bench);
		return -1;
	}
	snprintf(bench->path, sizeof(bench->path), "%s/image", bench->folder);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	fetch_file_free(bench->file);
	close(bench->pipe[0]);
	if (bench->pipe[1] >= 0)
		close(bench->pipe[1]);
	unlink(bench->path);
	rmdir(bench->folder);
	free(bench);
	return 0;
}

static void write_all(int descriptor, uint64_t offset, size_t length)
{
	uint8_t *bytes = malloc(length + 1);

	assert_non_null(bytes);
	pattern_fill(offset, bytes, length);
	assert_int_equal(write(descriptor, bytes, length), (ssize_t)length);
	free(bytes);
}

static void write_file(const struct bench *bench, size_t length)
{
	int descriptor = open(bench->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(descriptor >= 0);
	write_all(descriptor, 0, length);
	close(descriptor);
}

static void close_writer(struct bench *bench)
{
	close(bench->pipe[1]);
	bench->pipe[1] = -1;
}

static enum uxm_io open_path(struct bench *bench, const char *path, uint64_t largest)
{
	fetch_file_free(bench->file);
	bench->file = NULL;
	assert_true(fetch_file_new(path, largest, &bench->file, &bench->why));
	bench->image = fetch_file_image(bench->file);
	return bench->image.ops->open(bench->image.self, &bench->size, &bench->why);
}

static enum uxm_io open_descriptor(struct bench *bench, int descriptor, uint64_t declared)
{
	assert_true(fetch_file_inherit(descriptor, "standard input", declared, 0, &bench->file,
				       &bench->why));
	bench->image = fetch_file_image(bench->file);
	return bench->image.ops->open(bench->image.self, &bench->size, &bench->why);
}

static enum uxm_io read_image(struct bench *bench)
{
	uint8_t buffer[4096];
	size_t got = 0;

	for (;;) {
		enum uxm_io io = bench->image.ops->read(bench->image.self, buffer, sizeof(buffer),
							&got, &bench->why);
		if (io != UXM_IO_OK)
			return io;
		assert_in_range(got, 1, sizeof(buffer));
		assert_int_equal(pattern_match(bench->position, buffer, got), got);
		bench->position += got;
	}
}

static void assert_says(const struct bench *bench, enum uxm_result result, const char *part)
{
	if (strstr(bench->why.text, part) == NULL)
		fail_msg("expected ...%s..., said %s", part, bench->why.text);
	assert_int_equal(bench->why.result, result);
}

static void reads_a_file_more_than_once(void **state)
{
	struct bench *bench = *state;

	write_file(bench, SIZE);
	assert_int_equal(open_path(bench, bench->path, SIZE), UXM_IO_OK);
	assert_int_equal(bench->size, SIZE);
	assert_int_equal(fetch_file_descriptor(bench->file), -1);
	assert_int_equal(read_image(bench), UXM_IO_END);
	assert_int_equal(bench->position, SIZE);
	write_file(bench, SIZE / 2);
	bench->position = 0;
	assert_int_equal(bench->image.ops->open(bench->image.self, &bench->size, &bench->why),
			 UXM_IO_OK);
	assert_int_equal(bench->size, SIZE / 2);
	assert_int_equal(read_image(bench), UXM_IO_END);
	assert_int_equal(bench->position, SIZE / 2);
}

static void goes_to_an_offset_of_a_file(void **state)
{
	struct bench *bench = *state;

	write_file(bench, SIZE);
	assert_int_equal(open_path(bench, bench->path, 0), UXM_IO_OK);
	assert_int_equal(read_image(bench), UXM_IO_END);
	assert_int_equal(bench->image.ops->seek(bench->image.self, 777, &bench->why), UXM_IO_OK);
	bench->position = 777;
	assert_int_equal(read_image(bench), UXM_IO_END);
	assert_int_equal(bench->position, SIZE);
	assert_int_equal(bench->image.ops->seek(bench->image.self, SIZE + 1, &bench->why),
			 UXM_IO_FAILED);
}

static void refuses_what_is_no_image_file(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(open_path(bench, bench->path, 0), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "image cannot be opened: No such file");
	assert_int_equal(open_path(bench, bench->folder, 0), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "is a directory");
	write_file(bench, 0);
	assert_int_equal(open_path(bench, bench->path, 0), UXM_IO_FAILED);
	assert_says(bench, UXM_IMAGE_REFUSED, "is empty");
	write_file(bench, 1001);
	assert_int_equal(open_path(bench, bench->path, 1000), UXM_IO_FAILED);
	assert_says(bench, UXM_IMAGE_REFUSED, "too large: it has 1001 bytes, and at most 1000");
	unlink(bench->path);
	assert_int_equal(mkfifo(bench->path, 0600), 0);
	assert_int_equal(open_path(bench, bench->path, 0), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "not a regular file");
	assert_int_equal(bench->size, 0);
}

/* Root reads whatever it likes, so this is shown on a descriptor that is open for writing only. */
static void refuses_what_cannot_be_read(void **state)
{
	struct bench *bench = *state;
	int descriptor;

	write_file(bench, SIZE);
	descriptor = open(bench->path, O_WRONLY | O_CLOEXEC);
	assert_true(descriptor >= 0);
	assert_int_equal(open_descriptor(bench, descriptor, SIZE), UXM_IO_OK);
	assert_int_equal(read_image(bench), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "standard input cannot be read: ");
	close(descriptor);
}

static void notices_a_file_that_changes_while_it_is_read(void **state)
{
	struct bench *bench = *state;

	write_file(bench, SIZE);
	assert_int_equal(open_path(bench, bench->path, 0), UXM_IO_OK);
	write_file(bench, SIZE - 1);
	assert_int_equal(read_image(bench), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED,
		    "truncated: it was to have 50000 bytes and ended after 49999");
	write_file(bench, SIZE + 1);
	assert_int_equal(read_image(bench), UXM_IO_FAILED);
	assert_int_equal(bench->position, SIZE);
	assert_says(bench, UXM_FETCH_FAILED, "longer than the 50000 bytes");
}

static void reads_an_inherited_file_from_where_it_stands(void **state)
{
	struct bench *bench = *state;
	int descriptor;

	write_file(bench, SIZE);
	descriptor = open(bench->path, O_RDONLY | O_CLOEXEC);
	assert_true(descriptor >= 0);
	assert_int_equal(lseek(descriptor, 1000, SEEK_SET), 1000);
	assert_int_equal(open_descriptor(bench, descriptor, SIZE - 1000), UXM_IO_OK);
	assert_int_equal(fetch_file_descriptor(bench->file), -1);
	/* The image's first byte is the file's 1001st. */
	for (int i = 0; i < 2; i++) {
		uint8_t first = 0;
		size_t got = 0;

		assert_int_equal(
			bench->image.ops->read(bench->image.self, &first, 1, &got, &bench->why),
			UXM_IO_OK);
		assert_int_equal(first, pattern_byte(1000));
		assert_int_equal(
			bench->image.ops->open(bench->image.self, &bench->size, &bench->why),
			UXM_IO_OK);
	}
	fetch_file_free(bench->file);
	bench->file = NULL;
	assert_int_equal(open_descriptor(bench, descriptor, SIZE - 999), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "truncated");
	fetch_file_free(bench->file);
	bench->file = NULL;
	assert_int_equal(open_descriptor(bench, descriptor, SIZE - 1001), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "longer than the 48999 bytes");
	/* It is not ours to close. */
	assert_int_equal(close(descriptor), 0);
}

static void reads_a_pipe_without_blocking(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	/* Who has not asked is not woken. */
	assert_int_equal(fetch_file_descriptor(bench->file), -1);
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_int_equal(fetch_file_descriptor(bench->file), bench->pipe[0]);
	write_all(bench->pipe[1], 0, 10000);
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_int_equal(bench->position, 10000);
	write_all(bench->pipe[1], 10000, SIZE - 10000);
	/* Whether it is all is known when the writer closes. */
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_int_equal(bench->position, SIZE);
	close_writer(bench);
	assert_int_equal(read_image(bench), UXM_IO_END);
	assert_int_equal(read_image(bench), UXM_IO_END);
	assert_int_equal(fcntl(bench->pipe[0], F_GETFL) & O_NONBLOCK, 0);
}

static void refuses_a_pipe_that_ends_too_early(void **state)
{
	struct bench *bench = *state;

	write_all(bench->pipe[1], 0, SIZE - 1);
	close_writer(bench);
	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	assert_int_equal(read_image(bench), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED,
		    "standard input is truncated: it was to have 50000 bytes and ended after "
		    "49999.");
}

static void refuses_a_pipe_that_goes_on_too_long(void **state)
{
	struct bench *bench = *state;

	write_all(bench->pipe[1], 0, SIZE + 1);
	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	assert_int_equal(read_image(bench), UXM_IO_FAILED);
	assert_int_equal(bench->position, SIZE);
	assert_says(bench, UXM_FETCH_FAILED, "standard input is longer than the 50000 bytes");
}

static enum uxm_io go_to(struct bench *bench, uint64_t offset)
{
	bench->position = offset;
	return bench->image.ops->seek(bench->image.self, offset, &bench->why);
}

/* Who sent the same image before goes on where the module is; refused, that never ended. */
static void passes_over_what_comes_before_an_offset_of_a_pipe(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	assert_int_equal(go_to(bench, 48000), UXM_IO_OK);
	/* Nothing is there yet. */
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_int_equal(fetch_file_descriptor(bench->file), bench->pipe[0]);
	assert_int_equal(fetch_file_passed(bench->file), 0);
	write_all(bench->pipe[1], 0, 1000);
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_int_equal(fetch_file_passed(bench->file), 1000);
	assert_int_equal(fetch_file_passed(bench->file), 0);
	/* The same again, as after a module that did not answer, and what was not passed yet. */
	assert_int_equal(go_to(bench, 48000), UXM_IO_OK);
	write_all(bench->pipe[1], 1000, 47000);
	/* However much is there, a call takes a piece of it, and wants to be called again. */
	for (unsigned pieces = 0; pieces < 2; pieces++) {
		assert_int_equal(read_image(bench), UXM_IO_AGAIN);
		assert_int_equal(fetch_file_passed(bench->file), 16384);
		assert_int_equal(fetch_file_descriptor(bench->file), bench->pipe[0]);
	}
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_int_equal(fetch_file_passed(bench->file), 47000 - 2 * 16384);
	assert_int_equal(bench->position, 48000);
	write_all(bench->pipe[1], 48000, SIZE - 48000);
	close_writer(bench);
	assert_int_equal(read_image(bench), UXM_IO_END);
	assert_int_equal(bench->position, SIZE);
	assert_int_equal(fetch_file_passed(bench->file), 0);
}

/* A module may have all of it, and only the commit was missing. */
static void passes_over_all_of_a_pipe_and_sees_its_end(void **state)
{
	struct bench *bench = *state;
	enum uxm_io io;

	write_all(bench->pipe[1], 0, SIZE);
	close_writer(bench);
	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	assert_int_equal(go_to(bench, SIZE), UXM_IO_OK);
	for (unsigned pieces = 0; (io = read_image(bench)) == UXM_IO_AGAIN; pieces++)
		assert_in_range(pieces, 0, SIZE / 16384);
	assert_int_equal(io, UXM_IO_END);
	assert_int_equal(fetch_file_passed(bench->file), SIZE);
}

static void refuses_a_pipe_that_ends_in_what_is_passed_over(void **state)
{
	struct bench *bench = *state;

	write_all(bench->pipe[1], 0, 7000);
	close_writer(bench);
	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	assert_int_equal(go_to(bench, 48000), UXM_IO_OK);
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_int_equal(read_image(bench), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED,
		    "standard input is truncated: it was to have 50000 bytes and ended after "
		    "7000.");
}

static void refuses_to_go_back_in_a_pipe(void **state)
{
	struct bench *bench = *state;

	write_all(bench->pipe[1], 0, 5000);
	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	assert_int_equal(bench->image.ops->seek(bench->image.self, 0, &bench->why), UXM_IO_OK);
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	/* Where nothing was passed over yet there is a way back. */
	assert_int_equal(go_to(bench, 9000), UXM_IO_OK);
	assert_int_equal(go_to(bench, 5000), UXM_IO_OK);
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_int_equal(go_to(bench, 0), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "cannot go back to byte 0");
	assert_int_equal(bench->image.ops->open(bench->image.self, &bench->size, &bench->why),
			 UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "cannot be read a second time");
}

static void waits_for_a_pipe_whose_writer_owes_it(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	assert_int_equal(read_image(bench), UXM_IO_AGAIN);
	assert_true(bench->image.ops->owes(bench->image.self));
	write_all(bench->pipe[1], 0, SIZE);
	close_writer(bench);
	assert_int_equal(read_image(bench), UXM_IO_END);
	assert_int_equal(bench->position, SIZE);
}

static void says_so_when_what_was_inherited_is_closed(void **state)
{
	struct bench *bench = *state;
	int closed = dup(bench->pipe[0]);

	assert_true(closed >= 0);
	close(closed);
	assert_int_equal(open_descriptor(bench, closed, SIZE), UXM_IO_FAILED);
	assert_says(bench, UXM_FETCH_FAILED, "standard input cannot be read");
}

static void refuses_a_pipe_that_is_declared_empty(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(open_descriptor(bench, bench->pipe[0], 0), UXM_IO_FAILED);
	assert_says(bench, UXM_IMAGE_REFUSED, "standard input is empty");
}

static void says_no_digest_of_its_own(void **state)
{
	struct bench *bench = *state;
	uint8_t digest[32] = {7};

	write_all(bench->pipe[1], 0, SIZE);
	assert_int_equal(open_descriptor(bench, bench->pipe[0], SIZE), UXM_IO_OK);
	assert_false(bench->image.ops->digest(bench->image.self, digest));
	assert_int_equal(digest[0], 7);
}

static void refuses_to_read_before_it_is_open(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(open_path(bench, bench->path, 0), UXM_IO_FAILED);
	assert_int_equal(read_image(bench), UXM_IO_FAILED);
	assert_says(bench, UXM_INTERNAL, "before it was opened");
	assert_int_equal(bench->image.ops->seek(bench->image.self, 0, &bench->why), UXM_IO_FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_file_more_than_once),
		TEST(goes_to_an_offset_of_a_file),
		TEST(refuses_what_is_no_image_file),
		TEST(refuses_what_cannot_be_read),
		TEST(notices_a_file_that_changes_while_it_is_read),
		TEST(reads_an_inherited_file_from_where_it_stands),
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
		TEST(refuses_to_read_before_it_is_open),
	};

	return cmocka_run_group_tests_name("fetch/file", tests, NULL, NULL);
}
