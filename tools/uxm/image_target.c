/* A file that appears whole or not at all. */
#include "image_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names that are tried for the temporary file. */
#define ATTEMPTS 100u

static bool fail_exists(const char *path, struct uxm_failure *why)
{
	uxm_fail(why, UXM_USAGE, "%s is there already; give --force to replace it.", path);
	return false;
}

static bool fail_write(const struct image_target *target, int error, struct uxm_failure *why)
{
	uxm_fail(why, UXM_INTERNAL, "%s cannot be written: %s.", target->path, strerror(error));
	return false;
}

static bool find_folder(struct image_target *target)
{
	const char *slash = strrchr(target->path, '/');
	size_t length = slash != NULL ? (size_t)(slash - target->path) + 1 : 0;

	if (length >= sizeof(target->folder))
		return false;
	memcpy(target->folder, target->path, length);
	snprintf(target->folder + length, sizeof(target->folder) - length, "%s",
		 length == 0 ? "./" : "");
	return true;
}

/* Opens a file that was not there before, hidden beside the final one. Returns 0 or an error. */
static int open_temporary(struct image_target *target)
{
	const char *file = target->path + (strrchr(target->path, '/') != NULL
						   ? strrchr(target->path, '/') - target->path + 1
						   : 0);
	int error = EEXIST;

	for (unsigned i = 0; i < ATTEMPTS && error == EEXIST; i++) {
		int length = snprintf(target->temporary, sizeof(target->temporary), "%s.%s.%ld-%u",
				      target->folder, file, (long)getpid(), i);

		if (length < 0 || (size_t)length >= sizeof(target->temporary))
			return ENAMETOOLONG;
		target->descriptor = open(target->temporary,
					  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
		error = target->descriptor < 0 ? errno : 0;
	}
	return error;
}

/* What may not be kept is not: another owner needs root. */
static int take_mode(const struct image_target *target, const struct stat *from)
{
	if (fchown(target->descriptor, from->st_uid, from->st_gid) != 0 && errno != EPERM)
		return errno;
	return fchmod(target->descriptor, from->st_mode & 0777) != 0 ? errno : 0;
}

bool image_target_open(struct image_target *target, const char *path, bool replace,
		       struct uxm_failure *why)
{
	struct stat there;
	bool is_there = lstat(path, &there) == 0;
	int error = ENAMETOOLONG;

	*target = (struct image_target){.path = path, .descriptor = -1, .replace = replace};
	/* Said at once, rather than after the copy; what comes there later is seen at the end. */
	if (is_there && !replace)
		return fail_exists(path, why);
	if (find_folder(target))
		error = open_temporary(target);
	if (error == 0 && is_there && S_ISREG(there.st_mode))
		error = take_mode(target, &there);
	if (error == 0)
		return true;
	uxm_fail(why, UXM_USAGE, "%s cannot be made: %s.", path, strerror(error));
	return false;
}

bool image_target_write(struct image_target *target, const void *bytes, size_t length,
			struct uxm_failure *why)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t written = write(target->descriptor, at, length);

		if (written < 0 && errno != EINTR)
			return fail_write(target, errno, why);
		if (written > 0) {
			at += written;
			length -= (size_t)written;
		}
	}
	return true;
}

bool image_target_begin_with(struct image_target *target, const void *bytes, size_t length,
			     struct uxm_failure *why)
{
	if (lseek(target->descriptor, 0, SEEK_SET) != 0)
		return fail_write(target, errno, why);
	return image_target_write(target, bytes, length, why);
}

/* Gives the file its name, only if nothing has it. Returns 0 or an error. */
static int rename_to_nothing(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* Not every file system knows this kind of rename; a hard link does not replace either. */
	if (link(from, to) != 0)
		return errno;
	return unlink(from) != 0 ? errno : 0;
}

/* The name, too, survives a loss of power only once the folder has been written. */
static int sync_folder(const char *folder)
{
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	if (descriptor < 0)
		return errno;
	/* EINVAL: a file system that cannot, and has no need to. */
	if (fsync(descriptor) != 0 && errno != EINVAL)
		error = errno;
	close(descriptor);
	return error;
}

bool image_target_finish(struct image_target *target, struct uxm_failure *why)
{
	int descriptor = target->descriptor;
	int error = 0;

	if (fsync(descriptor) != 0)
		return fail_write(target, errno, why);
	if (target->replace)
		error = rename(target->temporary, target->path) != 0 ? errno : 0;
	else
		error = rename_to_nothing(target->temporary, target->path);
	if (error == EEXIST && !target->replace)
		return fail_exists(target->path, why);
	if (error != 0)
		return fail_write(target, error, why);
	target->descriptor = -1;
	if (close(descriptor) != 0)
		return fail_write(target, errno, why);
	error = sync_folder(target->folder);
	return error == 0 || fail_write(target, error, why);
}

void image_target_release(struct image_target *target)
{
	if (target->descriptor < 0)
		return;
	close(target->descriptor);
	unlink(target->temporary);
	target->descriptor = -1;
}
