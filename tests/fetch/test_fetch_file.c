/* fetch/file.c on real files. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "local.h"
#include "pattern.h"

static void reads_a_file_more_than_once(void **state)
{
	struct local *local = *state;

	local_write_file(local, LOCAL_SIZE);
	assert_int_equal(local_open_path(local, local->path, LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local->size, LOCAL_SIZE);
	assert_int_equal(fetch_file_descriptor(local->file), -1);
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(local->position, LOCAL_SIZE);
	local_write_file(local, LOCAL_SIZE / 2);
	local->position = 0;
	assert_int_equal(local->image.ops->open(local->image.self, &local->size, &local->why),
			 UXM_IO_OK);
	assert_int_equal(local->size, LOCAL_SIZE / 2);
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(local->position, LOCAL_SIZE / 2);
}

static void goes_to_an_offset_of_a_file(void **state)
{
	struct local *local = *state;

	local_write_file(local, LOCAL_SIZE);
	assert_int_equal(local_open_path(local, local->path, 0), UXM_IO_OK);
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(local->image.ops->seek(local->image.self, 777, &local->why), UXM_IO_OK);
	local->position = 777;
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(local->position, LOCAL_SIZE);
	assert_int_equal(local->image.ops->seek(local->image.self, LOCAL_SIZE + 1, &local->why),
			 UXM_IO_FAILED);
}

static void refuses_what_is_no_image_file(void **state)
{
	struct local *local = *state;

	assert_int_equal(local_open_path(local, local->path, 0), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "image cannot be opened: No such file");
	assert_int_equal(local_open_path(local, local->folder, 0), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "is a directory");
	local_write_file(local, 0);
	assert_int_equal(local_open_path(local, local->path, 0), UXM_IO_FAILED);
	local_says(local, UXM_IMAGE_REFUSED, "is empty");
	local_write_file(local, 1001);
	assert_int_equal(local_open_path(local, local->path, 1000), UXM_IO_FAILED);
	local_says(local, UXM_IMAGE_REFUSED, "too large: it has 1001 bytes, and at most 1000");
	unlink(local->path);
	assert_int_equal(mkfifo(local->path, 0600), 0);
	assert_int_equal(local_open_path(local, local->path, 0), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "not a regular file");
	assert_int_equal(local->size, 0);
}

/* Root reads whatever it likes, so this is shown on a descriptor that is open for writing only. */
static void refuses_what_cannot_be_read(void **state)
{
	struct local *local = *state;
	int descriptor;

	local_write_file(local, LOCAL_SIZE);
	descriptor = open(local->path, O_WRONLY | O_CLOEXEC);
	assert_true(descriptor >= 0);
	assert_int_equal(local_open_descriptor(local, descriptor, LOCAL_SIZE), UXM_IO_OK);
	assert_int_equal(local_read(local), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "standard input cannot be read: ");
	close(descriptor);
}

static void notices_a_file_that_changes_while_it_is_read(void **state)
{
	struct local *local = *state;

	local_write_file(local, LOCAL_SIZE);
	assert_int_equal(local_open_path(local, local->path, 0), UXM_IO_OK);
	local_write_file(local, LOCAL_SIZE - 1);
	assert_int_equal(local_read(local), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "/image has changed while it was read; start again.");
	local_write_file(local, LOCAL_SIZE + 1);
	assert_int_equal(local_read(local), UXM_IO_FAILED);
	assert_int_equal(local->position, 0);
	local_says(local, UXM_FETCH_FAILED, "has changed while it was read; start again.");
}

/* Writes a byte in place; where it is asked for, as somebody who keeps the time of modification. */
static void overwrite(const struct local *local, bool puts_back)
{
	int descriptor = open(local->path, O_WRONLY | O_CLOEXEC);
	struct stat before;
	struct stat after;

	assert_true(descriptor >= 0);
	assert_int_equal(fstat(descriptor, &before), 0);
	do {
		const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, before.st_mtim};

		assert_int_equal(pwrite(descriptor, "x", 1, LOCAL_SIZE / 2), 1);
		if (puts_back)
			assert_int_equal(futimens(descriptor, times), 0);
		assert_int_equal(fstat(descriptor, &after), 0);
		/* Until the file system's clock has gone on. */
	} while (after.st_ctim.tv_sec == before.st_ctim.tv_sec &&
		 after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
	close(descriptor);
}

/* Without a header nothing else told, and a mixture of the two was installed. */
static void a_file_that_is_overwritten_in_place_has_changed(void **state)
{
	static const struct {
		const char *what;
		bool inherited;
		bool to_its_end; /* all of it was read, only the END was not said */
		bool seeks;      /* from there back */
		bool puts_back;
	} rows[] = {
		{.what = "at once"},
		{.what = "at the end", .to_its_end = true},
		{.what = "before a seek", .to_its_end = true, .seeks = true},
		{.what = "with the time put back", .puts_back = true},
		{.what = "at the end, inherited", .inherited = true, .to_its_end = true},
	};
	struct local *local = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static uint8_t bytes[LOCAL_SIZE];
		int descriptor;
		size_t got = 0;

		local_write_file(local, LOCAL_SIZE);
		descriptor = open(local->path, O_RDONLY | O_CLOEXEC);
		assert_true(descriptor >= 0);
		fetch_file_free(local->file);
		local->file = NULL;
		if (rows[i].inherited)
			assert_int_equal(local_open_descriptor(local, descriptor, LOCAL_SIZE),
					 UXM_IO_OK);
		else
			assert_int_equal(local_open_path(local, local->path, 0), UXM_IO_OK);
		assert_int_equal(local->image.ops->read(local->image.self, bytes,
							rows[i].to_its_end ? LOCAL_SIZE : 1, &got,
							&local->why),
				 UXM_IO_OK);
		overwrite(local, rows[i].puts_back);
		if (rows[i].seeks)
			assert_int_equal(local_seek(local, 1), UXM_IO_OK);
		got = 0;
		if (local->image.ops->read(local->image.self, bytes, LOCAL_SIZE, &got,
					   &local->why) != UXM_IO_FAILED)
			fail_msg("overwritten %s", rows[i].what);
		assert_int_equal(got, 0);
		local_says(local, UXM_FETCH_FAILED, "has changed while it was read; start again.");
		close(descriptor);
	}
}

static void a_file_that_is_replaced_under_its_name_is_read_on(void **state)
{
	struct local *local = *state;
	char other[sizeof(local->path) + 4];

	snprintf(other, sizeof(other), "%s.new", local->path);
	local_write_file(local, LOCAL_SIZE / 2);
	assert_int_equal(rename(local->path, other), 0);
	local_write_file(local, LOCAL_SIZE);
	assert_int_equal(local_open_path(local, local->path, 0), UXM_IO_OK);
	assert_int_equal(rename(other, local->path), 0);
	assert_int_equal(local_read(local), UXM_IO_END);
	assert_int_equal(local->position, LOCAL_SIZE);
}

static void reads_an_inherited_file_from_where_it_stands(void **state)
{
	struct local *local = *state;
	int descriptor;

	local_write_file(local, LOCAL_SIZE);
	descriptor = open(local->path, O_RDONLY | O_CLOEXEC);
	assert_true(descriptor >= 0);
	assert_int_equal(lseek(descriptor, 1000, SEEK_SET), 1000);
	assert_int_equal(local_open_descriptor(local, descriptor, LOCAL_SIZE - 1000), UXM_IO_OK);
	assert_int_equal(fetch_file_descriptor(local->file), -1);
	/* The image's first byte is the file's 1001st. */
	for (int i = 0; i < 2; i++) {
		uint8_t first = 0;
		size_t got = 0;

		assert_int_equal(
			local->image.ops->read(local->image.self, &first, 1, &got, &local->why),
			UXM_IO_OK);
		assert_int_equal(first, pattern_byte(1000));
		assert_int_equal(
			local->image.ops->open(local->image.self, &local->size, &local->why),
			UXM_IO_OK);
	}
	fetch_file_free(local->file);
	local->file = NULL;
	assert_int_equal(local_open_descriptor(local, descriptor, LOCAL_SIZE - 999), UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "truncated");
	fetch_file_free(local->file);
	local->file = NULL;
	assert_int_equal(local_open_descriptor(local, descriptor, LOCAL_SIZE - 1001),
			 UXM_IO_FAILED);
	local_says(local, UXM_FETCH_FAILED, "longer than the 48999 bytes");
	/* It is not ours to close. */
	assert_int_equal(close(descriptor), 0);
}

static void refuses_to_read_before_it_is_open(void **state)
{
	struct local *local = *state;

	assert_int_equal(local_open_path(local, local->path, 0), UXM_IO_FAILED);
	assert_int_equal(local_read(local), UXM_IO_FAILED);
	local_says(local, UXM_INTERNAL, "before it was opened");
	assert_int_equal(local->image.ops->seek(local->image.self, 0, &local->why), UXM_IO_FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, local_set_up, local_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_file_more_than_once),
		TEST(goes_to_an_offset_of_a_file),
		TEST(refuses_what_is_no_image_file),
		TEST(refuses_what_cannot_be_read),
		TEST(notices_a_file_that_changes_while_it_is_read),
		TEST(a_file_that_is_overwritten_in_place_has_changed),
		TEST(a_file_that_is_replaced_under_its_name_is_read_on),
		TEST(reads_an_inherited_file_from_where_it_stands),
		TEST(refuses_to_read_before_it_is_open),
	};

	return cmocka_run_group_tests_name("fetch/file", tests, NULL, NULL);
}
