/*
 * One image from a local file, or from a descriptor such as standard input.
 */
#ifndef FETCH_FILE_H
#define FETCH_FILE_H

#include "uxm/io.h"

struct fetch_file;

/*
 * Makes one for the file `path`, which is copied; `largest` is the number of bytes above which it
 * is refused, 0 for no limit. It is opened when the image is. Returns whether there was the memory;
 * else *why is UXM_INTERNAL. *file is set only with true.
 */
bool fetch_file_new(const char *path, uint64_t largest, struct fetch_file **file,
		    struct uxm_failure *why);

/*
 * Makes one for `descriptor`, from where it stands on: a file, pipe, socket or terminal, whose
 * flags stay as they are and which is not closed. `name` (copied) stands for it in sentences, as
 * "standard input". `declared`: how many bytes there will be; a file or pipe that ends before is
 * truncated, one that goes on is too long. Else as fetch_file_new.
 */
bool fetch_file_inherit(int descriptor, const char *name, uint64_t declared, uint64_t largest,
			struct fetch_file **file, struct uxm_failure *why);

/* Closes what it opened and frees it. NULL is harmless. */
void fetch_file_free(struct fetch_file *file);

/*
 * The image (uxm/io.h), as long as `file` lives. Its failures: UXM_IMAGE_REFUSED for one that is
 * empty or larger than `largest`; UXM_FETCH_FAILED for one that is missing, no file, not readable,
 * truncated or too long; also from a second `open` of what is no regular file, and from `seek` to
 * what has been read of it. Before an offset ahead `read` passes over what lies between, a piece
 * with each call, and says AGAIN until it is there; nothing is known that it could be held
 * against, and who begins there knows a digest for the whole. END is said when the end has been
 * seen: a pipe's writer has to close it.
 *
 * Of a regular file nothing is handed over, and no END said, once its length or the time of its
 * modification is not what it was at `open`, or, as long as it has as many links, the time of its
 * change (stat(2)): UXM_FETCH_FAILED. One that is replaced under its name is read on as it was.
 */
struct uxm_image fetch_file_image(struct fetch_file *file);

/*
 * The descriptor to wait for (POLLIN) while the image's last read has said AGAIN; -1 otherwise, for
 * who does not want the bytes now must not be woken by them.
 */
int fetch_file_descriptor(const struct fetch_file *file);

/* The bytes that were passed over since this was asked last: nobody above has seen them come. */
uint64_t fetch_file_passed(struct fetch_file *file);

#endif
