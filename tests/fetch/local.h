/*
 * A file and a pipe of this machine, with the test pattern (pattern.h) in them, and the image that
 * is read from one of them.
 */
#ifndef TESTS_FETCH_LOCAL_H
#define TESTS_FETCH_LOCAL_H

#include "fetch/file.h"

/* Bytes of an image that fits into a pipe. */
#define LOCAL_SIZE 50000

struct local {
	char folder[64];
	char path[96]; /* of the file in it, which is not there yet */
	int pipe[2];   /* its reader and its writer, -1 once that is closed */
	struct fetch_file *file;
	struct uxm_image image;
	struct uxm_failure why;
	uint64_t size;
	uint64_t position; /* of the next byte that is read, for the comparison */
};

/* The set-up and tear-down of a test. */
int local_set_up(void **state);
int local_tear_down(void **state);

/* Writes the pattern's bytes from `offset` on. */
void local_write(int descriptor, uint64_t offset, size_t length);
/* Makes the file one of `length` bytes, in place. */
void local_write_file(const struct local *local, size_t length);
void local_close_writer(struct local *local);

/* Each makes the image of it and says what its open says. */
enum uxm_io local_open_path(struct local *local, const char *path, uint64_t largest);
enum uxm_io local_open_descriptor(struct local *local, int descriptor, uint64_t declared);
/* Reads as long as something comes, and compares it; says what the image says then. */
enum uxm_io local_read(struct local *local);
enum uxm_io local_seek(struct local *local, uint64_t offset);

/* Fails the test unless the failure is that one and holds that part. */
void local_says(const struct local *local, enum uxm_result result, const char *part);

#endif
