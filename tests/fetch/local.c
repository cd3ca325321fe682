/* A file and a pipe to read an image from. */
#include "local.h"

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
#include <unistd.h>

#include "pattern.h"

int local_set_up(void **state)
{
	struct local *local = calloc(1, sizeof(*local));

	if (local == NULL)
		return -1;
	snprintf(local->folder, sizeof(local->folder), "/tmp/uxm-file-XXXXXX");
	if (mkdtemp(local->folder) == NULL || pipe(local->pipe) != 0) {
		free(local);
		return -1;
	}
	snprintf(local->path, sizeof(local->path), "%s/image", local->folder);
	*state = local;
	return 0;
}

int local_tear_down(void **state)
{
	struct local *local = *state;

	fetch_file_free(local->file);
	close(local->pipe[0]);
	if (local->pipe[1] >= 0)
		close(local->pipe[1]);
	unlink(local->path);
	rmdir(local->folder);
	free(local);
	return 0;
}

void local_write(int descriptor, uint64_t offset, size_t length)
{
	uint8_t *bytes = malloc(length + 1);

	assert_non_null(bytes);
	pattern_fill(offset, bytes, length);
	assert_int_equal(write(descriptor, bytes, length), (ssize_t)length);
	free(bytes);
}

void local_write_file(const struct local *local, size_t length)
{
	int descriptor = open(local->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(descriptor >= 0);
	local_write(descriptor, 0, length);
	close(descriptor);
}

void local_close_writer(struct local *local)
{
	close(local->pipe[1]);
	local->pipe[1] = -1;
}

enum uxm_io local_open_path(struct local *local, const char *path, uint64_t largest)
{
	fetch_file_free(local->file);
	local->file = NULL;
	assert_true(fetch_file_new(path, largest, &local->file, &local->why));
	local->image = fetch_file_image(local->file);
	return local->image.ops->open(local->image.self, &local->size, &local->why);
}

enum uxm_io local_open_descriptor(struct local *local, int descriptor, uint64_t declared)
{
	assert_true(fetch_file_inherit(descriptor, "standard input", declared, 0, &local->file,
				       &local->why));
	local->image = fetch_file_image(local->file);
	return local->image.ops->open(local->image.self, &local->size, &local->why);
}

enum uxm_io local_read(struct local *local)
{
	uint8_t buffer[4096];
	size_t got = 0;

	for (;;) {
		enum uxm_io io = local->image.ops->read(local->image.self, buffer, sizeof(buffer),
							&got, &local->why);
		if (io != UXM_IO_OK)
			return io;
		assert_in_range(got, 1, sizeof(buffer));
		assert_int_equal(pattern_match(local->position, buffer, got), got);
		local->position += got;
	}
}

enum uxm_io local_seek(struct local *local, uint64_t offset)
{
	local->position = offset;
	return local->image.ops->seek(local->image.self, offset, &local->why);
}

void local_says(const struct local *local, enum uxm_result result, const char *part)
{
	if (strstr(local->why.text, part) == NULL)
		fail_msg("expected ...%s..., said %s", part, local->why.text);
	assert_int_equal(local->why.result, result);
}
