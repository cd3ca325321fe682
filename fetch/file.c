/* One image from a local file, or from a descriptor such as standard input. */
#include "fetch/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/url.h"

/* Of what is passed over, bytes at a time. */
#define PIECE 16384

struct fetch_file {
	char *name; /* or path */
	char shown[FETCH_SHOWN_TEXT];
	bool inherited; /* the descriptor is somebody else's */
	bool regular;   /* it can be read from any place */
	bool open;
	bool awaited;   /* the last read said AGAIN */
	int descriptor; /* -1 when there is none */
	uint64_t declared;
	uint64_t largest;
	uint64_t base;     /* where the image begins in the file */
	uint64_t size;     /* of the image */
	uint64_t position; /* the offset of the next byte that is read */
	uint64_t ahead;    /* bytes to pass over first; of a regular file none */
	uint64_t passed;   /* bytes passed over, until they are asked for */
	struct stat began; /* as it was when it was opened */
};

static enum uxm_io fail_system(const struct fetch_file *file, const char *verb, int error,
			       struct uxm_failure *why)
{
	uxm_fail(why, UXM_FETCH_FAILED, "%s cannot be %s: %s.", file->shown, verb, strerror(error));
	return UXM_IO_FAILED;
}

static enum uxm_io fail_truncated(const struct fetch_file *file, uint64_t came,
				  struct uxm_failure *why)
{
	uxm_fail(why, UXM_FETCH_FAILED,
		 "%s is truncated: it was to have %" PRIu64 " bytes and ended after %" PRIu64 ".",
		 file->shown, file->size, came);
	return UXM_IO_FAILED;
}

static enum uxm_io fail_longer(const struct fetch_file *file, struct uxm_failure *why)
{
	uxm_fail(why, UXM_FETCH_FAILED, "%s is longer than the %" PRIu64 " bytes it was to have.",
		 file->shown, file->size);
	return UXM_IO_FAILED;
}

/* The bytes in a regular file from `base` on. */
static uint64_t bytes_in(const struct fetch_file *file, const struct stat *status)
{
	uint64_t length = status->st_size > 0 ? (uint64_t)status->st_size : 0;

	return length > file->base ? length - file->base : 0;
}

static bool is_then(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

/*
 * Whether a regular file holds the bytes yet that it had when it was opened. A writer may put the
 * time of modification back, as 'cp -p' does, but not that of change. This one moves for less, too:
 * that a file is started again for a chmod is no harm, but another one renamed over it is the way
 * to replace it while it is read; then it has lost a link.
 */
static enum uxm_io check_unchanged(const struct fetch_file *file, struct uxm_failure *why)
{
	const struct stat *began = &file->began;
	struct stat status;

	if (fstat(file->descriptor, &status) != 0)
		return fail_system(file, "read", errno, why);
	if (status.st_size == began->st_size && is_then(&status.st_mtim, &began->st_mtim) &&
	    (status.st_nlink != began->st_nlink || is_then(&status.st_ctim, &began->st_ctim)))
		return UXM_IO_OK;
	uxm_fail(why, UXM_FETCH_FAILED, "%s has changed while it was read; start again.",
		 file->shown);
	return UXM_IO_FAILED;
}

/* Opens the path, or takes what was inherited, and finds out what it is. */
static enum uxm_io look(struct fetch_file *file, struct stat *status, struct uxm_failure *why)
{
	off_t place;

	/* Without O_NONBLOCK a named pipe would block until somebody writes. */
	if (!file->inherited && file->descriptor < 0)
		file->descriptor = open(file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file->descriptor < 0)
		return fail_system(file, "opened", errno, why);
	if (fstat(file->descriptor, status) != 0)
		return fail_system(file, "read", errno, why);
	if (S_ISDIR(status->st_mode)) {
		uxm_fail(why, UXM_FETCH_FAILED, "%s is a directory.", file->shown);
		return UXM_IO_FAILED;
	}
	file->regular = S_ISREG(status->st_mode);
	if (!file->regular && !file->inherited) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "%s is not a regular file; hand it over as standard input, with its size.",
			 file->shown);
		return UXM_IO_FAILED;
	}
	if (file->inherited && file->regular && !file->open) {
		place = lseek(file->descriptor, 0, SEEK_CUR);
		if (place < 0)
			return fail_system(file, "read", errno, why);
		file->base = (uint64_t)place;
	}
	return UXM_IO_OK;
}

static enum uxm_io judge_size(const struct fetch_file *file, uint64_t size, struct uxm_failure *why)
{
	if (size == 0) {
		uxm_fail(why, UXM_IMAGE_REFUSED, "%s is empty.", file->shown);
		return UXM_IO_FAILED;
	}
	if (file->largest != 0 && size > file->largest) {
		uxm_fail(why, UXM_IMAGE_REFUSED,
			 "%s is too large: it has %" PRIu64 " bytes, and at most %" PRIu64
			 " are taken.",
			 file->shown, size, file->largest);
		return UXM_IO_FAILED;
	}
	return UXM_IO_OK;
}

static enum uxm_io image_open(void *self, uint64_t *size, struct uxm_failure *why)
{
	struct fetch_file *file = self;
	struct stat status;
	enum uxm_io io;
	uint64_t there;

	if (file->open && !file->regular && file->position != 0) {
		uxm_fail(why, UXM_FETCH_FAILED, "%s cannot be read a second time.", file->shown);
		return UXM_IO_FAILED;
	}
	if (!file->inherited && file->descriptor >= 0) {
		close(file->descriptor);
		file->descriptor = -1;
	}
	io = look(file, &status, why);
	if (io != UXM_IO_OK)
		return io;
	there = file->regular ? bytes_in(file, &status) : file->declared;
	io = judge_size(file, there, why);
	if (io != UXM_IO_OK)
		return io;
	file->size = file->inherited ? file->declared : there;
	if (there < file->size)
		return fail_truncated(file, there, why);
	if (there > file->size)
		return fail_longer(file, why);
	file->open = true;
	file->began = status;
	file->position = 0;
	file->ahead = 0;
	*size = file->size;
	return UXM_IO_OK;
}

/* Whether reading from what is no regular file would return at once. */
static bool is_ready(const struct fetch_file *file)
{
	struct pollfd waited = {.fd = file->descriptor, .events = POLLIN};

	return poll(&waited, 1, 0) > 0;
}

/* One read() at the position. Sets *got, to 0 at the end. */
static enum uxm_io read_some(const struct fetch_file *file, uint8_t *buffer, size_t room,
			     size_t *got, struct uxm_failure *why)
{
	ssize_t length;

	if (file->regular) {
		length =
			pread(file->descriptor, buffer, room, (off_t)(file->base + file->position));
	} else if (is_ready(file)) {
		length = read(file->descriptor, buffer, room);
	} else {
		return UXM_IO_AGAIN;
	}
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return UXM_IO_AGAIN;
	if (length < 0)
		return fail_system(file, "read", errno, why);
	*got = (size_t)length;
	return UXM_IO_OK;
}

/* Reads on towards the offset that is wanted. */
static enum uxm_io pass_over(struct fetch_file *file, struct uxm_failure *why)
{
	uint8_t piece[PIECE];
	size_t length = 0;
	enum uxm_io io = read_some(file, piece, file->ahead < PIECE ? (size_t)file->ahead : PIECE,
				   &length, why);

	if (io != UXM_IO_OK)
		return io;
	if (length == 0)
		return fail_truncated(file, file->position, why);
	file->position += length;
	file->ahead -= length;
	file->passed += length;
	return file->ahead == 0 ? UXM_IO_OK : UXM_IO_AGAIN;
}

/* What comes at the position; past the last byte one more is asked for, to see the end. */
static enum uxm_io read_on(struct fetch_file *file, uint8_t *buffer, size_t room, size_t *got,
			   struct uxm_failure *why)
{
	uint64_t left = file->size - file->position;
	uint8_t beyond;
	size_t length = 0;
	enum uxm_io io;

	io = left > 0 ? read_some(file, buffer, room < left ? room : (size_t)left, &length, why)
		      : read_some(file, &beyond, 1, &length, why);
	/* Afterwards: a writer moves the times before the bytes. */
	if (io == UXM_IO_OK && file->regular)
		io = check_unchanged(file, why);
	if (io != UXM_IO_OK)
		return io;
	if (left == 0)
		return length == 0 ? UXM_IO_END : fail_longer(file, why);
	if (length == 0)
		return fail_truncated(file, file->position, why);
	file->position += length;
	*got = length;
	return UXM_IO_OK;
}

static enum uxm_io image_read(void *self, uint8_t *buffer, size_t room, size_t *got,
			      struct uxm_failure *why)
{
	struct fetch_file *file = self;
	enum uxm_io io = UXM_IO_OK;

	if (!file->open) {
		uxm_fail(why, UXM_INTERNAL, "%s is read before it was opened.", file->shown);
		return UXM_IO_FAILED;
	}
	if (file->ahead > 0)
		io = pass_over(file, why);
	if (io == UXM_IO_OK)
		io = read_on(file, buffer, room, got, why);
	file->awaited = io == UXM_IO_AGAIN;
	return io;
}

static enum uxm_io image_seek(void *self, uint64_t offset, struct uxm_failure *why)
{
	struct fetch_file *file = self;

	if (!file->open || offset > file->size) {
		uxm_fail(why, UXM_INTERNAL, "%s cannot be read from byte %" PRIu64 " on.",
			 file->shown, offset);
		return UXM_IO_FAILED;
	}
	if (file->regular) {
		file->position = offset;
		return UXM_IO_OK;
	}
	if (offset < file->position) {
		uxm_fail(why, UXM_FETCH_FAILED,
			 "%s cannot go back to byte %" PRIu64 ": it can be read only once.",
			 file->shown, offset);
		return UXM_IO_FAILED;
	}
	file->ahead = offset - file->position;
	return UXM_IO_OK;
}

/* A file says nothing of itself. */
// NOLINTNEXTLINE(readability-non-const-parameter): the table wants it so
static bool image_digest(void *self, uint8_t digest[32])
{
	(void)self;
	(void)digest;
	return false;
}

static bool image_owes(void *self)
{
	(void)self;
	return true;
}

static const struct uxm_image_ops image_ops = {
	.open = image_open,
	.read = image_read,
	.seek = image_seek,
	.digest = image_digest,
	.owes = image_owes,
};

static struct fetch_file *make(const char *name, struct uxm_failure *why)
{
	struct fetch_file *made = calloc(1, sizeof(*made));
	char shown[FETCH_SHOWN_TEXT];

	fetch_location_shown(name, shown);
	if (made != NULL)
		made->name = strdup(name);
	if (made == NULL || made->name == NULL) {
		free(made);
		uxm_fail(why, UXM_INTERNAL, "There is no memory to read %s.", shown);
		return NULL;
	}
	memcpy(made->shown, shown, sizeof(shown));
	made->descriptor = -1;
	return made;
}

bool fetch_file_new(const char *path, uint64_t largest, struct fetch_file **file,
		    struct uxm_failure *why)
{
	struct fetch_file *made = make(path, why);

	if (made == NULL)
		return false;
	made->largest = largest;
	*file = made;
	return true;
}

bool fetch_file_inherit(int descriptor, const char *name, uint64_t declared, uint64_t largest,
			struct fetch_file **file, struct uxm_failure *why)
{
	struct fetch_file *made = make(name, why);

	if (made == NULL)
		return false;
	made->inherited = true;
	made->descriptor = descriptor;
	made->declared = declared;
	made->largest = largest;
	*file = made;
	return true;
}

void fetch_file_free(struct fetch_file *file)
{
	if (file == NULL)
		return;
	if (!file->inherited && file->descriptor >= 0)
		close(file->descriptor);
	free(file->name);
	free(file);
}

struct uxm_image fetch_file_image(struct fetch_file *file)
{
	return (struct uxm_image){.ops = &image_ops, .self = file};
}

int fetch_file_descriptor(const struct fetch_file *file)
{
	return file->awaited ? file->descriptor : -1;
}

uint64_t fetch_file_passed(struct fetch_file *file)
{
	uint64_t passed = file->passed;

	file->passed = 0;
	return passed;
}
