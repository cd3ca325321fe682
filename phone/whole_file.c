/* Small files, read and written whole. */
#include "phone/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BAD ".bad"

static bool fail(struct uxm_failure *why, const char *path, const char *what)
{
	uxm_fail(why, UXM_INTERNAL, "The file %s cannot be %s: %s.", path, what, strerror(errno));
	return false;
}

/* Of what cannot be read: whether it is the machine that lacks something, or a permission, so that
 * the file may be a good one. Else it is as one that is damaged. */
static bool fail_read(struct uxm_failure *why, const char *path)
{
	bool passing = errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == EACCES ||
		       errno == EPERM;

	(void)fail(why, path, "read");
	if (!passing)
		why->result = UXM_USAGE;
	return false;
}

/* At most `room` bytes from the file's beginning, to be freed, with room for a zero behind them. */
static char *read_room(int descriptor, size_t room, size_t *length)
{
	char *bytes = malloc(room + 1);
	size_t had = 0;

	while (bytes != NULL && had < room) {
		ssize_t got = pread(descriptor, bytes + had, room - had, (off_t)had);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int reason = errno;

			free(bytes);
			errno = reason;
			return NULL;
		}
		if (got == 0)
			break;
		had += (size_t)got;
	}
	*length = had;
	return bytes;
}

enum whole_file whole_file_read(const char *path, size_t most, char **bytes, size_t *length,
				struct uxm_failure *why)
{
	enum whole_file end = WHOLE_FILE_FAILED;
	/* A pipe in its place must not hold the loop up. */
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *made = NULL;
	struct stat about;
	size_t got = 0;
	size_t room;
	bool fits;

	if (descriptor < 0 && errno == ENOENT)
		return WHOLE_FILE_NONE;
	if (descriptor < 0 || fstat(descriptor, &about) != 0) {
		(void)fail_read(why, path);
		goto end;
	}
	fits = S_ISREG(about.st_mode) && (uint64_t)about.st_size <= most;
	if (fits) {
		/* One byte more tells that it has grown since. */
		room = (size_t)about.st_size + 1;
		made = read_room(descriptor, room, &got);
		if (made != NULL && got == room && room <= most) {
			free(made);
			made = read_room(descriptor, most + 1, &got);
		}
		if (made == NULL) {
			(void)fail_read(why, path);
			goto end;
		}
		fits = got <= most;
	}
	if (!fits) {
		uxm_fail(why, UXM_USAGE, "%s is no file of at most %zu bytes.", path, most);
		goto end;
	}
	made[got] = '\0';
	*bytes = made;
	*length = got;
	made = NULL;
	end = WHOLE_FILE_READ;
end:
	free(made);
	if (descriptor >= 0)
		close(descriptor);
	return end;
}

/* What was renamed or removed in a folder is so for good only after this. */
static bool sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int descriptor;
	bool done;

	if (slash == NULL)
		snprintf(folder, sizeof(folder), ".");
	else
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
	descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0)
		return false;
	/* EINVAL: a file system that cannot, and has no need to (fsync(2)). */
	done = fsync(descriptor) == 0 || errno == EINVAL;
	close(descriptor);
	return done;
}

static bool write_all(int descriptor, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(descriptor, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

bool whole_file_write(const char *path, const char *bytes, size_t length, struct uxm_failure *why)
{
	char fresh[PATH_MAX];
	int descriptor = -1;
	bool done = false;
	int reason;

	if ((size_t)snprintf(fresh, sizeof(fresh), "%s.new", path) >= sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return fail(why, path, "written");
	}
	/* What is left of a write that a power cut ended, whoever's it was. */
	if (unlink(fresh) != 0 && errno != ENOENT)
		return fail(why, path, "written");
	descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return fail(why, path, "written");
	done = write_all(descriptor, bytes, length) && fsync(descriptor) == 0;
	reason = errno;
	if (close(descriptor) != 0 && done) {
		done = false;
		reason = errno;
	}
	errno = reason;
	if (!done || rename(fresh, path) != 0) {
		(void)fail(why, path, "written");
		(void)unlink(fresh);
		return false;
	}
	if (!sync_folder(path))
		return fail(why, path, "written for good");
	return true;
}

/* Whether it was renamed. What failed, in that or in making it last, is in *why. */
static bool set_aside(const char *path, struct uxm_failure *why)
{
	char aside[PATH_MAX];

	if ((size_t)snprintf(aside, sizeof(aside), "%s" BAD, path) >= sizeof(aside)) {
		errno = ENAMETOOLONG;
		return fail(why, path, "renamed");
	}
	if (rename(path, aside) != 0)
		return fail(why, path, "renamed");
	if (!sync_folder(path))
		(void)fail(why, path, "renamed for good");
	return true;
}

bool whole_file_load(const char *path, const struct whole_file_kind *kind, void *to,
		     struct uxm_failure *why)
{
	struct uxm_failure reason = {.text = ""};
	struct uxm_failure aside = {.text = ""};
	enum whole_file end;
	char *text = NULL;
	size_t length = 0;
	bool taken = false;
	bool renamed;

	end = whole_file_read(path, kind->most, &text, &length, &reason);
	if (end == WHOLE_FILE_READ) {
		taken = kind->take(to, text, length, &reason);
		/* There may be passwords in it. */
		explicit_bzero(text, length);
		free(text);
	}
	if (taken || end == WHOLE_FILE_NONE)
		return true;
	if (reason.result == UXM_INTERNAL) {
		uxm_fail(why, UXM_INTERNAL,
			 "%s in %s cannot be read and was left as it is; mend that and begin "
			 "again: %s",
			 kind->name, path, reason.text);
		return false;
	}
	renamed = set_aside(path, &aside);
	uxm_fail(why, UXM_USAGE, "%s in %s cannot be used%s%s%s; %s: %s%s%s", kind->name, path,
		 renamed ? " and was set aside as " : "", renamed ? path : "", renamed ? BAD : "",
		 kind->instead, reason.text,
		 aside.text[0] == '\0' ? ""
		 : renamed             ? " "
				       : " It could not be set aside either: ",
		 aside.text);
	return false;
}

bool whole_file_remove(const char *path, struct uxm_failure *why)
{
	if (unlink(path) != 0) {
		if (errno == ENOENT)
			return true;
		return fail(why, path, "removed");
	}
	return sync_folder(path) || fail(why, path, "removed for good");
}
